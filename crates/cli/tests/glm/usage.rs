//! Arguments and exit codes.

use crate::run::{file, glm, reference, scratch};

#[test]
fn help_documents_the_exit_codes() {
    for arguments in [&["--help"][..], &["fit", "--help"], &["predict", "--help"], &["check", "--help"]] {
        let run = glm(arguments);
        assert_eq!(run.code, 0);
        assert!(run.out.contains("Exit codes:"), "{}", run.out);
    }
}

/// The words of a command as a shell reads them, those between quotes as one.
fn words(command: &str) -> Vec<String> {
    let parts = command.split('\'').enumerate();
    let words = parts.flat_map(|(place, part)| match place % 2 {
        0 => part.split_whitespace().map(String::from).collect(),
        _ => vec![part.to_string()],
    });
    words.collect()
}

#[test]
fn examples_of_the_help_run_on_the_files_of_the_readme() {
    let help = glm(&["--help"]).out;
    let mut run_through = 0;
    for line in help.lines().filter_map(|line| line.trim().strip_prefix("glm ")) {
        let words = words(line);
        let data = reference(&format!("options/{}", words[1]));
        if !std::path::Path::new(&data).exists() {
            continue;
        }
        let arguments: Vec<&str> =
            [words[0].as_str(), &data].into_iter().chain(words[2..].iter().map(String::as_str)).collect();
        let run = glm(&arguments);
        assert_eq!(run.code, 0, "glm {line}: {}", run.err);
        run_through += 1;
    }
    assert!(run_through >= 4, "{run_through}");
}

#[test]
fn wrong_arguments_end_with_2() {
    let data = reference("birthwt.csv");
    for arguments in [
        &["fit", &data][..],
        &["fit", &data, "--response", "y", "--family", "binomal"],
        &["fit", &data, "--response", "y", "--link", "log-it"],
        &["fit", &data, "--response", "y", "--ridge", "-1"],
        &["fit", &data, "--response", "y", "--family", "negative-binomial"],
        &["fit", &data, "--response", "y", "--dispersion", "1"],
        &["fit", &data, "--response", "y", "--delimiter", ",,"],
        &["predict", &data, &data],
        &["guess", &data],
    ] {
        let run = glm(arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}");
        assert!(!run.err.is_empty());
    }
}

#[test]
fn no_maximum_ends_with_1_and_names_the_columns() {
    let said = |name: &str, content: &str| {
        let run = glm(&["fit", &file(name, content), "--response", "y", "--json"]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
        run.err
    };
    let separated = said("separated.csv", "y,x,z\n0,1,5\n0,2,3\n1,3,4\n1,4,5\n");
    assert!(separated.contains("separation") && separated.contains("`x`"), "{separated}");
    let dependent = said("dependent.csv", "y,x,z\n0,1,2\n1,2,4\n1,3,6\n0,4,8\n");
    assert!(dependent.contains("`x`") && dependent.contains("`z`"), "{dependent}");
    let one_class = said("one_class.csv", "y,x\n1,1\n1,2\n1,3\n");
    assert!(one_class.contains("one class"), "{one_class}");
}

#[test]
fn a_ridge_penalty_makes_a_separated_fit_converge() {
    let data = file("separated_ridge.csv", "y,x,z\n0,1,5\n0,2,3\n1,3,4\n1,4,5\n");
    assert_eq!(glm(&["fit", &data, "--response", "y", "--ridge", "0.1"]).code, 0);
}

#[test]
fn families_and_links_are_spelled_as_in_r_too() {
    let data = reference("clotting_gamma.csv");
    let fit = |family: &str, link: &str| {
        glm(&["fit", &data, "--response", "y", "--terms", "log(u)", "--family", family, "--link", link, "--json"]).out
    };
    assert_eq!(fit("Gamma", "log"), fit("gamma", "LOG"));
    assert_eq!(fit("inverse.gaussian", "1/mu^2"), fit("inverse-gaussian", "inverse-squared"));
}

#[test]
fn the_summary_names_every_coefficient() {
    let run = glm(&["fit", &reference("birthwt.csv"), "--response", "y", "--terms", "age,lwt,smoke"]);
    assert_eq!(run.code, 0);
    for name in ["(Intercept)", "age", "lwt", "smoke"] {
        assert!(run.out.contains(name), "{}", run.out);
    }
}

/// Several files are named by a folder or a pattern, in quotes.
#[test]
fn files_that_are_not_there_or_too_many_are_told_with_what_to_do() {
    let folder = scratch("usage_files");
    std::fs::create_dir_all(&folder).unwrap();
    let [first, second] =
        ["a.csv", "b.csv"].map(|name| file(&format!("usage_files/{name}"), "y,x\n0,1\n1,2\n1,1\n0,2\n"));
    let said = |arguments: &[&str]| {
        let run = glm(arguments);
        assert_eq!(run.code, 2, "{}", run.err);
        run.err
    };
    let expanded = said(&["fit", &first, &second, "--response", "y"]);
    assert!(expanded.contains(&format!("`{second}` is one file too many")), "{expanded}");
    assert!(expanded.contains(&format!("'{folder}/*.csv'")), "{expanded}");
    let model = scratch("usage_files.json");
    assert_eq!(glm(&["fit", &folder, "--response", "y", "--save", &model]).code, 0);
    assert!(said(&["predict", &model, &first, &second]).contains("one file too many"));
    let none = said(&["fit", &format!("{folder}/*.cvs"), "--response", "y"]);
    assert!(none.contains(&format!("the folder `{folder}` has others, such as `a.csv`")), "{none}");
    let none = said(&["fit", &format!("{folder}/none/*.csv"), "--response", "y"]);
    assert!(none.contains(&format!("there is no folder `{folder}/none`")), "{none}");
    assert!(
        said(&["fit", &folder, "--response", "y", "--memory", "0"]).contains("give 1 to read every file row by row")
    );
    file("usage_files/b.csv", "y,z\n0,1\n");
    let lacks = said(&["predict", &model, &folder]);
    assert!(lacks.contains("b.csv: there is no column `x`"), "{lacks}");
}

/// Data whose loss falls for ever have no fit: the exit code is that of a fit that wasn't found, not of arguments that can't be used.
#[test]
fn a_loss_without_a_minimum_is_a_fit_that_was_not_found() {
    let rows = [(-4, 0), (-3, 0), (-2, 0), (-1, 0), (1, 1), (2, 1), (3, 1), (4, 1), (5, 0), (6, 1), (7, 1), (8, 1)];
    let rows: String = rows.iter().map(|(x, y)| format!("{x},{y}\n")).collect();
    let data = file("falls.csv", format!("x,y\n{rows}"));
    let run = glm(&["fit", &data, "--response", "y", "--family", "poisson", "--link", "logit"]);
    assert!(run.err.contains("the loss has no minimum"), "{}", run.err);
    assert_eq!(run.code, 1);
}
