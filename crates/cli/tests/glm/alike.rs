//! Many small files, each read into memory, read in every pass, and as the one file of a folder: the same estimates, or the same words.

use crate::run::{Run, glm, scratch};

/// A fit of the file of this name in a folder of its own, by each of the ways; all have to print the same.
pub fn fits(folder: &str, name: &str, options: &[&str]) -> Run {
    let file = format!("{folder}/{name}");
    let fit = |data: &str, memory: &[&str]| {
        let mut run = glm(&[&["fit", data, "--json"], options, memory].concat());
        let told: Vec<&str> = run.err.lines().filter(|line| !line.contains("row by row in every pass")).collect();
        run.err = told.join("\n").replace(&file, "DATA").replace(folder, "DATA");
        run
    };
    let in_memory = fit(&file, &["--memory", "1G"]);
    for (way, streamed) in [("streamed", fit(&file, &["--memory", "1"])), ("folder", fit(folder, &[]))] {
        assert_eq!(
            (streamed.code, &streamed.out, &streamed.err),
            (in_memory.code, &in_memory.out, &in_memory.err),
            "{way}: {file} {options:?}"
        );
    }
    in_memory
}

/// A new folder.
pub fn folder(name: &str) -> String {
    let folder = scratch(&format!("alike_{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Checks that all ways of reading this text say these words, or none and fit a model.
fn check(name: &str, text: &[u8], options: &[&str], words: &[&str]) {
    let folder = folder(name);
    std::fs::write(format!("{folder}/data.csv"), text).unwrap();
    let run = fits(&folder, "data.csv", &[&["--response", "y", "--ridge", "1"], options].concat());
    assert_eq!(run.code, if words.is_empty() { 0 } else { 2 }, "{name}: {}", run.err);
    assert!(words.iter().all(|words| run.err.contains(words)), "{name}: {}", run.err);
    // What is wrong is told alone: a warning of levels beside it would be of rows that are no model's.
    assert!(words.is_empty() || !run.err.contains("warning"), "{name}: {}", run.err);
}

const ROWS: &str = "y,x,f\n0,1,a\n1,2,b\n1,1.5,a\n0,3,b\n1,2.5,c\n";

#[test]
fn text_means_the_same_however_it_is_read() {
    let with = |more: &str| format!("{ROWS}{more}");
    for (name, text, options) in [
        ("lf", with(""), &[][..]),
        ("no_end", with("0,1,a"), &[]),
        ("crlf", with("").replace('\n', "\r\n"), &[]),
        ("cr", with("\n0,2,\"a\nb\"\n").replace('\n', "\r"), &[]),
        ("cr_within", with("0,\r2,\"a\rb\"\n"), &[]),
        ("mark", format!("\u{feff}{ROWS}"), &[]),
        ("unnamed", with("").replace('\n', ",1,\n").replacen(",1,", ",,", 1), &["--terms", "x,f"]),
        ("mixed_factor", with("0,3,7\n"), &["--terms", "x,factor(f)"]),
        ("own_words", with("0,3,NA\n"), &["--na-words", "-"]),
        ("large_code", with("0,3,9007199254740993\n"), &["--na-words", "9007199254740992", "--terms", "factor(f)"]),
        ("interactions", with("0,4,c\n"), &["--terms", "x*f"]),
        ("truth", with("").replace("\n0,", "\nFALSE,").replace("\n1,", "\nTRUE,"), &["--terms", "x"]),
        ("letters", with("").replace("\n0,", "\nF,").replace("\n1,", "\nT,"), &["--terms", "x"]),
        (
            "mixed_truth",
            with("").replace("\n0,", "\nF,").replacen("\n1,", "\nTRUE,", 1).replace("\n1,", "\nT,"),
            &["--terms", "x"],
        ),
        ("truth_factor", "y,x,f\n0,1,TRUE\n1,2,T\n1,3,False\n0,1,FALSE\n".into(), &["--terms", "factor(f, ref=True)"]),
    ] {
        check(name, text.as_bytes(), options, &[]);
    }
}

#[test]
fn bad_text_is_told_the_same_however_it_is_read() {
    let with = |more: &str| format!("{ROWS}{more}");
    for (name, text, options, words) in [
        // A column that mixes numbers and words.
        ("number_first", with("0,x,a\n"), &[][..], &["line 7, column `x`: `x` is not a number", "factor(x)"][..]),
        ("word_first", with("0,1,7\n"), &[], &["line 2, column `f`: `a` is not a number", "factor(f)"]),
        ("spelled", "y,x\n0,\"1,5\"\n1,\"2,5\"\n".into(), &[], &["line 2, column `x`: `1,5`", "--decimal"]),
        ("mixed_and_bad", with("0,1,7\n0,z,7\n"), &[], &["line 8, column `x`: `z`"]),
        ("response", with("no,1,a\n"), &[], &["line 7, column `y`: `no` is not a number", "--na-words", "--success"]),
        (
            "one_word",
            format!("y,x\n{}0,abc\n{}", "0,1\n1,2\n".repeat(1500), "1,3\n".repeat(10)),
            &[],
            &["line 3002, column `x`: `abc` is not a number; other cells of the column are", "--na-words", "factor(x)"],
        ),
        (
            "one_word_of_response",
            format!("y,x\n{}unknown,1\n{}", "0,1\n1,2\n".repeat(1500), "1,3\n".repeat(10)),
            &["--family", "poisson"],
            &["line 3002, column `y`: `unknown` is not a number; other cells of the response are", "--na-words"],
        ),
        (
            "one_word_of_weights",
            format!("y,x,w\n{}1,1,abc\n", "0,1,1\n1,2,1\n".repeat(1500)),
            &["--weights", "w"],
            &["line 3002, column `w`: `abc` is not a number; weights must be numbers", "--na-words"],
        ),
        (
            "quantity",
            "y,x\nyes,1\nno,2\n".into(),
            &["--family", "poisson"],
            &["not words (here `no`, `yes`)", "multinomial"],
        ),
        (
            "truth_range",
            "y,x\nTRUE,1\nFALSE,2\n".into(),
            &["--family", "gamma"],
            &["line 3, column `y`: the value is 0"],
        ),
        (
            "words",
            "y,x\nyes,1\nno,2\n".into(),
            &[],
            &["line 2, column `y`: `yes` is", "the levels `no`, `yes` is one", "--success"],
        ),
        ("words_number", "y,x\nyes,1\n0,2\n".into(), &[], &["line 2, column `y`: `yes` is not a number", "--success"]),
        ("words_gap", "y,x\nyes,1\nno,\n".into(), &[], &["line 3, column `x`: the cell is empty"]),
        (
            "identifiers",
            "y,x,f\n0,1,a\n1,2,b\n1,3,c\n".into(),
            &[],
            &["column `f`: every row is a category of its own"],
        ),
        ("identifiers_gap", "y,x,f\n0,1,a\n1,2,b\n1,,c\n".into(), &[], &["line 4, column `x`: the cell is empty"]),
        ("identifiers_stray", "y,f,x\n0,a,1\n1,b,2\n1,c,z\n".into(), &[], &["line 4, column `x`: `z`"]),
        (
            "classes_gap",
            with("NA,1,a\n"),
            &["--family", "multinomial"],
            &["line 7, column `y`: `NA` is a missing value"],
        ),
        ("weight", with("0,1,a\n"), &["--weights", "f"], &["line 2, column `f`: `a` is not a number; weights"]),
        // Words that seem to stand for one; and no warning of levels comes before or after what is wrong with a cell.
        ("question", with("0,?,a\n"), &[], &["line 7, column `x`: `?` is not", "as it seems", "--na-words 'NA,?'"]),
        ("unknown", with("Unknown,1,a\n"), &[], &["column `y`: `Unknown` is not", "--na-words 'NA,Unknown'"]),
        ("not_usual", with("0,n/a,a\n"), &["--na-words", "."], &["column `x`: `n/a` is not", "--na-words 'NA,n/a'"]),
        ("doubt_bad", with("0,1,TRUE\n0,2,True\n0,z,maybe\n"), &[], &["glm: ", "line 9, column `x`: `z` is not"]),
        ("doubt_gap", with("0,1,TRUE\n0,2,True\n,1,maybe\n"), &[], &["line 9, column `y`: the cell is empty"]),
        // Missing values, by their words.
        ("na", with("0,NA,a\n"), &[], &["line 7, column `x`: `NA` is a missing value", "--na omit"]),
        ("gap", with("0,1,\n"), &[], &["line 7, column `f`: the cell is empty", "--na omit"]),
        ("none", with("0,1,None\n"), &[], &["column `f`: `None` is a missing value", "--na-words NA"]),
        ("code", with("0,-99,a\n"), &["--na-words", "-99"], &["column `x`: `-99` is a missing value"]),
        // The first of several bad rows, whatever is wrong with them, and its first cell.
        ("gap_word", with("0,NA,a\n0,z,a\n"), &[], &["line 7, column `x`: `NA`"]),
        ("word_gap", with("0,z,a\n0,NA,a\n"), &[], &["line 7, column `x`: `z`"]),
        ("number_factor", with("0,z,a\n0,1,NA\n"), &[], &["line 7, column `x`: `z`"]),
        ("factor_number", with("0,1,NA\n0,z,a\n"), &[], &["line 7, column `f`: `NA`"]),
        ("one_row", with("0,z,NA\n"), &["--terms", "f,x"], &["line 7, column `x`: `z`"]),
        ("response_factor", with("0,1,a\n?,1,NA\n"), &[], &["line 8, column `y`: `?`"]),
        (
            "infinite_gap",
            with("0,inf,a\n0,,a\n"),
            &[],
            &["line 7, column `x`: the value is inf; numbers must be finite"],
        ),
        ("range_gap", with("2,1,a\n0,,a\n"), &[], &["line 8, column `x`: the cell is empty"]),
        (
            "range_weight",
            with("2,1,a\n1,-1,a\n"),
            &["--weights", "x", "--terms", "f"],
            &["line 7, column `y`: the value is 2"],
        ),
        (
            "weight_range",
            with("1,-1,a\n2,1,a\n"),
            &["--weights", "x", "--terms", "f"],
            &["line 7, column `x`: the value is -1"],
        ),
        ("short_gap", with("0,1\n0,,a\n"), &[], &["line 7: the row has 2 cells", "mend the row"]),
        ("gap_short", with("0,1,\n0,1\n"), &[], &["line 7, column `f`: the cell is empty"]),
        // Lines and names.
        ("long", with("0,1,a,b\n"), &[], &["line 7: the row has 4 cells, but the header has 3; mend the row"]),
        ("cr_long", with("0,1,a,b\n").replace('\n', "\r"), &[], &["line 7: the row has 4 cells"]),
        ("quote", with("0,1,\"a\n"), &[], &["line 7: a quote is opened"]),
        ("doubled", ROWS.replacen("f\n", "x\n", 1), &[], &["columns 2 and 3 are both named `x`"]),
        ("zeros", ROWS.replacen("x,", "x\0,", 1), &[], &["zero bytes", "UTF-16"]),
        ("nothing", String::new(), &[], &["is empty; it needs a line of column names and at least one row"]),
        ("blank", "\n\n".into(), &[], &["blank lines only"]),
        ("no_rows", "y,x,f\n".into(), &[], &["no rows"]),
        ("rows_alone", "0.5,1.5,a\n1,2,b\n".into(), &[], &["no column `y`", "--header no"]),
        ("delimiter", ROWS.into(), &["--delimiter", ";"], &["single column `y,x,f`", "--delimiter ','"]),
        ("lacking", ROWS.into(), &["--terms", "x,g"], &["no column `g`"]),
        // Terms.
        (
            "three",
            ROWS.into(),
            &["--terms", "x*f*factor(x)"],
            &["more than two variables", "x*f,x*factor(x),f*factor(x)"],
        ),
        (
            "three_of_numbers",
            "y,x,z,f\n0,1,2,a\n1,2,2,b\n".into(),
            &["--terms", "x*z*f"],
            &["`x:z:f` joins more than two"],
        ),
        (
            "product_no_main",
            "y,x,z,f\n0,1,2,a\n1,2,2,b\n".into(),
            &["--terms", "x:z,f:x"],
            &["`f:x` needs `f` as a term"],
        ),
        ("no_main", ROWS.into(), &["--terms", "f:x"], &["`f:x` needs `f` as a term of its own; write f*x"]),
        ("one_main", ROWS.into(), &["--terms", "f,f:x"], &["`f:x` needs `x` as a term of its own; write f*x"]),
        ("no_intercept", ROWS.into(), &["--terms", "f*x", "--no-intercept"], &["`f:x` has a categorical variable"]),
    ] {
        check(name, text.as_bytes(), options, words);
    }
    check("latin", b"y,x,f\n0,1,caf\xe9\n", &[], &["line 2, column `f`", "not UTF-8 text; save the file in UTF-8"]);
    check("latin_name", b"y,caf\xe9\n0,1\n", &[], &["column names are not UTF-8 text; save the file in UTF-8"]);
}

/// Files of a folder, of which the first decides: what is wrong with another is told with its name and advice.
#[test]
fn files_of_a_folder_are_told_by_name() {
    for (name, second, words) in [
        ("word_later", "y,x,f\n0,z,a\n", &["b.csv, line 2, column `x`: `z` is not a number", "factor(x)"][..]),
        ("number_later", "y,x,f\n0,1,7\n", &["a.csv, line 2, column `f`: `a` is not a number", "factor(f)"]),
        ("gap_later", "y,x,f\n0,1,\n", &["b.csv, line 2, column `f`: the cell is empty"]),
        ("rows_alone", "0.5,1,a\n1,2,b\n", &["b.csv: its first line has `0.5`, `1`, `a`", "--header no"]),
        ("near", "y,x,F\n0,1,a\n", &["b.csv: has no column `f`, which ", "(did you mean its `F`?)", "--terms 'x'"]),
    ] {
        let folder = folder(&format!("several_{name}"));
        std::fs::write(format!("{folder}/a.csv"), ROWS).unwrap();
        std::fs::write(format!("{folder}/b.csv"), second).unwrap();
        let run = glm(&["fit", &folder, "--response", "y"]);
        assert_eq!(run.code, 2, "{name}: {}", run.err);
        assert!(words.iter().all(|words| run.err.contains(words)), "{name}: {}", run.err);
    }
}

/// A column of the model that some files have and others lack, wherever these stand: the file that lacks it is named, before any row is read.
#[test]
fn a_file_that_lacks_a_column_of_the_model_is_named() {
    let rows = |has: bool| if has { "y,x,z\n0,1,2\n1,2,1\n1,0,z\n" } else { "y,x\n0,1\n1,2\n" };
    for lacking in 0..3 {
        let folder = folder(&format!("lacking_{lacking}"));
        for place in 0..3 {
            std::fs::write(format!("{folder}/{place}.csv"), rows(place != lacking)).unwrap();
        }
        let run = |options: &[&str]| glm(&[&["fit", &folder, "--response", "y"], options].concat());
        for options in [&[][..], &["--terms", "x,z"], &["--terms", "x", "--weights", "z"], &["--terms", "x,factor(z)"]]
        {
            let told = run(options);
            assert!(told.code == 2 && told.out.is_empty(), "{lacking} {options:?}: {}", told.err);
            // Not a bad cell of the others, which a pass would have met.
            let is_told = told.err.contains(&format!("{lacking}.csv")) && told.err.contains("no column `z`");
            assert!(is_told, "{lacking} {options:?}: {}", told.err);
        }
        // One that the model doesn't have may be lacking.
        assert_eq!(run(&["--terms", "x", "--ridge", "1"]).code, 0);
        let model = scratch("lacking.json");
        let data = crate::run::file("lacking.csv", "y,x,z\n0,1,2\n1,2,1\n1,0,3\n0,2,2\n");
        assert_eq!(glm(&["fit", &data, "--response", "y", "--ridge", "1", "--save", &model]).code, 0);
        let told = glm(&["predict", &model, &folder]);
        let is_told = told.err.contains(&format!("{lacking}.csv")) && told.err.contains("no column `z`");
        assert!(told.code == 2 && told.out.is_empty() && is_told, "{lacking}: {}{}", told.out, told.err);
    }
}

/// Responses that are no counts where the family counts: one warning, as R gives it, whatever is printed.
#[test]
fn responses_that_are_no_counts_are_warned_of() {
    let text = "y,h,p,t,w,x\n1,0.5,0.25,4,1.5,1\n0,1,0.3,4,1,2\n1,2.25,0.5,4,2,1.5\n0,3,0.75,4,1,3\n1,1,1,4,1,2.5\n0,2,0,4,1,0.5\n";
    let folder = folder("counts");
    std::fs::write(format!("{folder}/data.csv"), text).unwrap();
    for (options, rows) in [
        ("--response h --family poisson", Some("2 rows the response")),
        ("--response h --family negative-binomial --dispersion 1", Some("2 rows the response")),
        ("--response p --weights t", Some("1 row successes or failures")),
        ("--response p", Some("4 rows successes or failures")),
        ("--response y --weights w", Some("1 row successes or failures")),
        ("--response y", None),
        ("--response h --family quasipoisson", None),
        ("--response p --family quasibinomial", None),
        ("--response h --family gaussian", None),
    ] {
        let options: Vec<&str> = options.split(' ').chain(["--terms", "x", "--ridge", "0.1"]).collect();
        let run = fits(&folder, "data.csv", &options);
        assert_eq!((run.code, run.err.matches("warning").count()), (0, usize::from(rows.is_some())), "{options:?}");
        assert!(rows.is_none_or(|rows| run.err.contains(&format!("in {rows}"))), "{options:?}: {}", run.err);
    }
}

/// What can be read once only: the same words as of the standard input.
#[cfg(unix)]
#[test]
fn pipes_are_no_files() {
    let pipe = scratch("alike_pipe");
    let _ = std::fs::remove_file(&pipe);
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let journal = scratch("alike_pipe.journal");
    for data in [pipe.as_str(), "/dev/stdin", "-"] {
        let run = crate::run::glm_given(b"", &["fit", data, "--response", "y", "--checkpoint", &journal]);
        assert!(run.code == 2 && run.err.contains("--checkpoint needs files: "), "{data}: {}", run.err);
        assert!(run.err.contains("can be read once only; save what comes from it"), "{data}: {}", run.err);
    }
    assert!(!std::path::Path::new(&journal).exists());
}
