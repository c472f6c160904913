//! Saved models, and predictions from them.

use crate::run::{assert_close, file, glm, glm_while, names, reference, scratch};

/// Fits, saves, predicts the same rows: linear predictors and means.
fn predictions(name: &str, data: &str, arguments: &[&str]) -> Vec<(f64, f64)> {
    let model = scratch(&format!("{name}.model.json"));
    let fit = glm(&[&["fit", data, "--save", &model], arguments].concat());
    assert_eq!(fit.code, 0, "{}", fit.err);
    let run = glm(&["predict", &model, data]);
    assert_eq!(run.code, 0, "{}", run.err);
    let mut lines = run.out.lines();
    assert_eq!(lines.next(), Some("eta,mu"));
    let cells = |line: &str| line.split_once(',').map(|(eta, mu)| (eta.parse().unwrap(), mu.parse().unwrap()));
    lines.map(|line| cells(line).unwrap()).collect()
}

#[test]
fn predictions_of_the_fitted_rows_are_the_fitted_values() {
    let data = reference("birthwt.csv");
    let arguments = ["--response", "y", "--terms", "age,lwt,smoke,age:smoke"];
    let fit = glm(&[&["fit", &data, "--json"], &arguments[..]].concat()).json();
    let theta = crate::run::of_coefficients(&fit, "estimate");
    assert_eq!(names(&fit), ["(Intercept)", "age", "lwt", "smoke", "age:smoke"]);
    let text = std::fs::read_to_string(&data).unwrap();
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let place = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let found = predictions("birthwt", &data, &arguments);
    assert_eq!(found.len(), 189);
    for (line, (eta, mu)) in text.lines().skip(1).zip(found) {
        let cell = |name: &str| line.split(',').nth(place(name)).unwrap().parse::<f64>().unwrap();
        let (age, lwt, smoke) = (cell("age"), cell("lwt"), cell("smoke"));
        let expected = theta[0] + theta[1] * age + theta[2] * lwt + theta[3] * smoke + theta[4] * age * smoke;
        assert_close("eta", eta, expected, 1e-11);
        assert_close("mu", mu, 1.0 / (1.0 + (-expected).exp()), 1e-11);
    }
}

/// With an intercept, the canonical link and weights, the weighted residuals sum to zero.
#[test]
fn predictions_take_the_offset_and_the_links_inverse() {
    let data = file("offset.csv", "y,x,t\n3,1,0.5\n2,2,-0.5\n8,3,1\n4,4,0\n9,2,1.5\n");
    let found = predictions("offset", &data, &["--response", "y", "--offset", "t", "--family", "poisson"]);
    let total: f64 = found.iter().map(|(_, mu)| mu).sum();
    assert_close("sum of means", total, 26.0, 1e-10);
    for (eta, mu) in found {
        assert_close("mu", mu, eta.exp(), 1e-14);
    }
}

/// Seconds since 1970: the standard errors are those of the centred seconds.
#[test]
fn standard_errors_hold_for_columns_that_hardly_move() {
    let rows = |shift: f64| -> String {
        let row = |row: u32| format!("{:?},{:?}\n", shift + f64::from(900 * row), (f64::from(row) * 0.7).sin());
        "t,y\n".to_owned() + &(0..60).map(row).collect::<String>()
    };
    let errors = |name: &str, shift: f64, more: &[&str]| -> Vec<Vec<f64>> {
        let (data, model) = (file(&format!("{name}.csv"), rows(shift)), scratch(&format!("{name}.json")));
        let arguments = ["fit", &data, "--response", "y", "--family", "gaussian", "--save", &model];
        let fit = glm(&[&arguments[..], more].concat());
        assert_eq!(fit.code, 0, "{}", fit.err);
        let run = glm(&["predict", &model, &data, "--type", "link", "--se", "--interval"]);
        assert_eq!(run.code, 0, "{}", run.err);
        let cells = |line: &str| line.split(',').map(|cell| cell.parse().unwrap()).collect();
        run.out.lines().skip(1).map(cells).collect()
    };
    for robust in [&[][..], &["--robust", "HC3"]] {
        let pairs = errors("times", 1.7e9, robust).into_iter().zip(errors("centred_times", 0.0, robust));
        for (found, expected) in pairs {
            assert_close("eta_se", found[1], expected[1], 1e-6);
        }
    }
}

#[test]
fn levels_are_those_of_the_fit_whatever_rows_come() {
    let data = file("levels.csv", "y,g\n1,a\n2,b\n3,c\n3,a\n6,b\n5,c\n");
    let model = scratch("levels.model.json");
    assert_eq!(glm(&["fit", &data, "--response", "y", "--family", "gaussian", "--save", &model]).code, 0);
    let run = glm(&["predict", &model, &file("levels_new.csv", "g\nc\nb\nc\n")]);
    let means: Vec<f64> =
        run.out.lines().skip(1).map(|line| line.split_once(',').unwrap().1.parse().unwrap()).collect();
    for (found, expected) in means.iter().zip([4.0, 4.0, 4.0]) {
        assert_close("mean of the group", *found, expected, 1e-12);
    }
    let unknown = glm(&["predict", &model, &file("levels_unknown.csv", "g\na\nmars\n")]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("line 3, column `g`: `mars` is none of the categories"), "{}", unknown.err);
    for remedy in ["mend the cell", "--na omit --na-words", "fit the model again"] {
        assert!(unknown.err.contains(remedy), "{}", unknown.err);
    }
    // Its cell is then a missing value.
    let unknown = scratch("levels_unknown.csv");
    let omitted = glm(&["predict", &model, &unknown, "--na", "omit", "--na-words", "mars"]);
    assert!(omitted.code == 0 && omitted.out.ends_with("\nNA,NA\n"), "{}", omitted.err);
}

#[test]
fn new_data_without_a_column_or_with_words_in_it_is_refused() {
    let data = file("refused.csv", "y,x\n1,1\n2,2\n3,4\n");
    let model = scratch("refused.model.json");
    assert_eq!(glm(&["fit", &data, "--response", "y", "--family", "gaussian", "--save", &model]).code, 0);
    let said = |content: &str| {
        let run = glm(&["predict", &model, &file("refused_new.csv", content)]);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        run.err
    };
    let lacking = said("z\n1\n");
    assert!(lacking.contains("there is no column `x`") && lacking.contains("the model has it: add it"), "{lacking}");
    assert!(said("x\ntall\n").contains("line 2, column `x`: `tall` is not a number"));
    assert!(said("x\n\"\"\n").contains("line 2, column `x`: the cell is empty"));
}

/// More rows than are read at once, gaps among them: as the lines of the rows one part after the other, and as those of a folder of parts.
#[test]
fn predictions_come_part_by_part() {
    let model = scratch("parts.json");
    let data = file("parts.csv", "y,x,c\n0,1,a\n1,2,b\n0,3,b\n1,4,a\n1,2.5,b\n0,3.5,a\n");
    assert_eq!(glm(&["fit", &data, "--response", "y", "--save", &model]).code, 0);
    let folder = scratch("parts");
    std::fs::create_dir_all(&folder).unwrap();
    let rows: Vec<String> = (0..150_000)
        .map(|row| match row % 50_001 {
            7 => ",a\n".to_owned(),
            _ => format!("{},{}\n", row % 977, ["a", "b"][row % 2]),
        })
        .collect();
    let whole = file("parts_whole.csv", String::from("x,c\n") + &rows.concat());
    for (number, part) in rows.chunks(60_000).enumerate() {
        file(&format!("parts/{number}.csv"), String::from("x,c\n") + &part.concat());
    }
    let predict = |data: &str| glm(&["predict", &model, data, "--na", "omit", "--type", "link"]);
    let [of_whole, of_folder, of_pattern] =
        [whole.clone(), folder.clone(), format!("{folder}/?.csv")].map(|path| predict(&path));
    assert_eq!((of_whole.code, of_whole.out.lines().count()), (0, 150_001), "{}", of_whole.err);
    assert!(of_whole.err.contains("3 rows are left out for missing values: 3 in `x`"), "{}", of_whole.err);
    assert!((of_folder.code, &of_folder.out, &of_folder.err) == (0, &of_whole.out, &of_whole.err));
    assert!(of_pattern.out == of_whole.out);
    let lines: Vec<&str> = of_whole.out.lines().collect();
    assert!(lines[8] == "NA" && lines[50_009] == "NA" && lines[100_010] == "NA");
    // Of the same row, wherever it stands: 977 · 2 rows on.
    assert!((0..140_000).filter(|row| row % 1954 == 3).all(|row| lines[row + 1] == lines[4]));
    let bad = file("parts_bad.csv", String::from("x,c\n") + &rows[10..100_010].concat() + "1,z\n");
    let failed = predict(&bad);
    assert!(failed.code == 2 && failed.err.contains("line 100002, column `c`"), "{}", failed.err);
    // What is said to be written is there.
    for (name, end) in [("part", "1,z\n"), ("long", "1,b,7\n")] {
        let second = format!("x,c\n{}{end}", if name == "part" { rows[..66_000].concat() } else { String::new() });
        let folder = scratch(&format!("parts_{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        file(&format!("parts_{name}/0.csv"), "x,c\n1,a\n,b\n3,b\n");
        file(&format!("parts_{name}/1.csv"), second);
        let failed = predict(&folder);
        let written = failed.out.lines().count() - 1;
        assert!(written >= 3, "{}", failed.out);
        let told = format!("; {written} rows of predictions were written before it");
        assert!(failed.code == 2 && failed.err.trim_end().ends_with(&told), "{}", failed.err);
    }
    let first = predict(&file("parts_first.csv", "x,c\n1,z\n"));
    assert!(first.code == 2 && first.out.is_empty() && !first.err.contains("written"), "{}", first.err);
}

/// What a pipe doesn't hold keeps the program from the next part, or the next file, until it is read.
#[test]
fn files_that_change_before_they_are_read_are_refused() {
    let model = scratch("changing.json");
    assert_eq!(
        glm(&[
            "fit",
            &file("changing.csv", "y,x\n1,1\n2,2\n4,3\n"),
            "--response",
            "y",
            "--family",
            "gaussian",
            "--save",
            &model
        ])
        .code,
        0
    );
    let rows = |count: usize| String::from("x\n") + &"1.5\n".repeat(count);
    let folder = scratch("changing");
    std::fs::create_dir_all(&folder).unwrap();
    for (data, changed, before, after, written) in [
        (file("changing_parts.csv", rows(70_000)), scratch("changing_parts.csv"), 70_000, 69_000, 65_536),
        (folder.clone(), format!("{folder}/1.csv"), 10, 9, 20_000),
    ] {
        std::fs::write(format!("{folder}/0.csv"), rows(20_000)).unwrap();
        std::fs::write(&changed, rows(before)).unwrap();
        let run = glm_while(&["predict", &model, &data], || std::fs::write(&changed, rows(after)).unwrap());
        assert_eq!((run.code, run.out.lines().count()), (2, written + 1), "{}", run.err);
        let words =
            [format!("{changed}: has changed while it was read"), format!("{written} rows of predictions were")];
        assert!(words.iter().all(|words| run.err.contains(words)), "{}", run.err);
    }
}

/// A predictor that no mean of the family has: NA, and told.
#[test]
fn means_that_the_family_cannot_have_are_na_and_counted() {
    let data = file("without_mean.csv", "x,y,n\n1,2,0.9\n2,3,0.7\n3,6,0.6\n4,7,0.4\n5,11,0.3\n6,12,0.2\n");
    let new = file("without_mean_new.csv", "x\n3\n-40\n\n4\n-50\n");
    for (family, response, link) in [
        ("poisson", "y", "identity"),
        ("poisson", "y", "sqrt"),
        ("gamma", "y", "identity"),
        ("inverse-gaussian", "y", "sqrt"),
        ("quasibinomial", "n", "identity"),
    ] {
        let model = scratch("without_mean.json");
        let fit = glm(&[
            "fit",
            &data,
            "--response",
            response,
            "--terms",
            "x",
            "--family",
            family,
            "--link",
            link,
            "--save",
            &model,
        ]);
        assert_eq!(fit.code, 0, "{family}, {link}: {}", fit.err);
        let run = glm(&["predict", &model, &new, "--se", "--interval"]);
        assert_eq!(run.code, 0, "{}", run.err);
        let has_mean = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            assert!(cells[..4].iter().all(|cell| cell.parse::<f64>().is_ok_and(f64::is_finite)), "{line}");
            assert!(cells[4..].iter().all(|cell| (*cell == "NA") == (cells[4] == "NA")), "{line}");
            cells[4] != "NA"
        };
        let found: Vec<bool> = run.out.lines().skip(1).map(has_mean).collect();
        let expected = [true, false, true, false];
        assert_eq!(found, expected, "{family}, {link}: {}", run.out);
        let called = family.strip_prefix("quasi").unwrap_or(family);
        let told = format!("2 rows have no mean, printed as NA: by the {link} link");
        assert!(
            run.err.contains(&told)
                && run.err.contains(&format!("the {called} family"))
                && run.err.contains("without_mean_new.csv, line 3"),
            "{}",
            run.err
        );
        assert_eq!(glm(&["predict", &model, &new, "--type", "link"]).err, "", "no mean is printed");
    }
}

/// Cells of any size: their standard errors are in proportion, and one that is beyond the numbers is told by its row.
#[test]
fn standard_errors_of_large_cells_are_in_proportion() {
    let rows = "0.3,1\n-0.5,2\n0.9,-1\n-0.2,0.5\n0.4,-3\n1.1,2.5\n";
    let data = file("large_cells.csv", format!("y,x\n{rows}"));
    let model = scratch("large_cells.json");
    let fit =
        ["fit", &data, "--response", "y", "--family", "gaussian", "--terms", "x", "--no-intercept", "--save", &model];
    assert_eq!(glm(&fit).code, 0);
    let predict = |cells: &str| {
        let new = file("large_cells_new.csv", format!("x\n{cells}\n"));
        glm(&["predict", &model, &new, "--type", "link", "--se", "--interval", "0.9"])
    };
    let of = |cell: &str| -> Vec<f64> {
        let run = predict(cell);
        assert_eq!(run.code, 0, "{cell}: {}", run.err);
        run.out.lines().nth(1).unwrap().split(',').map(|number| number.parse().unwrap()).collect()
    };
    let ordinary = of("1");
    for cell in ["1e-200", "1e70", "1e100", "1e150", "1e160", "1e250", "1e307"] {
        let unit: f64 = cell.parse().unwrap();
        for (found, expected) in of(cell).into_iter().zip(&ordinary) {
            assert_close(cell, found / unit, *expected, 1e-14);
        }
    }
    assert!(predict("1e308\n1e309").err.contains("line 3, column `x`: the value is inf"));
    // Of a slope near 0 with a standard error above 1.
    let flat = file("large_cells.csv", "y,x\n3,0.01\n3,-0.01\n-5,0.02\n-5,-0.02\n1,0.03\n1,-0.03\n");
    assert_eq!(glm(&fit.map(|argument| if argument == data { flat.as_str() } else { argument })).code, 0);
    let run = predict("1\n1e307");
    assert!(run.code == 2 && run.err.contains("line 3: the standard error of the linear predictor"), "{}", run.err);
}

/// A Ctrl-C ends a prediction in order: the rows that were written are whole, and counted.
#[cfg(unix)]
#[test]
fn a_prediction_that_is_interrupted_says_how_much_it_wrote() {
    let data = file("interrupted.csv", "y,x\n1,1\n2,2\n3,4\n");
    let model = scratch("interrupted.json");
    assert_eq!(glm(&["fit", &data, "--response", "y", "--family", "gaussian", "--save", &model]).code, 0);
    let many = file("interrupted_many.csv", format!("x\n{}", "1.25\n".repeat(400_000)));
    // What the pipe doesn't hold keeps it from going on until it is read.
    let run = crate::run::glm_while_its(&["predict", &model, &many], |process| {
        let kill = std::process::Command::new("kill").args(["-INT", &process.to_string()]).status();
        assert!(kill.unwrap().success());
        std::thread::sleep(std::time::Duration::from_millis(200));
    });
    let written = run.out.lines().count() - 1;
    assert!(written > 0 && written < 400_000 && run.out.ends_with('\n'), "{written}");
    let told =
        format!("interrupted before all rows were predicted; {written} rows of predictions were written before it");
    assert!(run.code == 130 && run.err.contains(&told), "{}", run.err);
}
