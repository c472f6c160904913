//! How data files may be written: decimal commas, missing values, gzip, the standard input.

use crate::run::{assert_close, file, glm, glm_given, gzip, of_coefficients, reference, scratch};

const PLAIN: &str = "y,x,g\n1.5,1000,a\n2.25,2500.5,b\n0.5,1250000,a\n3.125,40,b\n1.75,3000,a\n";
const GERMAN: &str = "y;x;g\n1,5;1.000;a\n2,25;2.500,5;b\n0,5;1.250.000;a\n3,125;40;b\n1,75;3.000;a\n";
const FIT: [&str; 5] = ["--response", "y", "--family", "gaussian", "--json"];

fn fit(data: &str, more: &[&str]) -> String {
    let run = glm(&[&["fit", data], &FIT[..], more].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    run.out
}

fn complaint(name: &str, content: &str, more: &[&str]) -> String {
    let run = glm(&[&["fit", &file(name, content)], &FIT[..], more].concat());
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
    run.err
}

#[test]
fn decimal_commas_and_thousands_give_the_same_fit() {
    let plain = fit(&file("plain.csv", PLAIN), &[]);
    let german = file("german.csv", GERMAN);
    assert_eq!(fit(&german, &["--decimal", ",", "--thousands", "."]), plain);
    let quoted = GERMAN.lines().map(|line| format!("\"{}\"\n", line.replace(';', "\",\""))).collect::<String>();
    assert_eq!(fit(&file("quoted.csv", quoted), &["--decimal", ",", "--thousands", "."]), plain);
    let french = GERMAN.replace('.', "\u{202f}").replace(';', "\t");
    assert_eq!(fit(&file("french.tsv", french), &["--decimal", ",", "--thousands", "space"]), plain);
    let swiss = PLAIN.replace("1250000", "1'250'000");
    assert_eq!(fit(&file("swiss.csv", swiss), &["--thousands", "'"]), plain);
    // Factors of numbers are the same levels however the file writes them.
    let (point, comma) =
        (file("point.csv", "y,d\n1,0.5\n2,1.5\n4,0.50\n3,1.5\n"), "y;d\n1;0,5\n2;1,50\n4;0,5\n3;1,5\n");
    let model = scratch("point.json");
    fit(&point, &["--terms", "factor(d)", "--save", &model]);
    let comma = glm(&["predict", &model, &file("comma.csv", comma), "--decimal", ","]);
    assert_eq!((comma.code, comma.out), (0, glm(&["predict", &model, &point]).out));
}

#[test]
fn numbers_in_another_spelling_are_never_other_numbers() {
    let said = complaint("comma_unsaid.csv", GERMAN, &[]);
    assert!(said.contains("line 3, column `x`: `2.500,5` is not a number"), "{said}");
    assert!(said.contains("say --decimal ',' --thousands '.'"), "{said}");
    let said = complaint("comma_unsaid.csv", "y;x\n1,5;3\n2,25;4\n", &[]);
    assert!(said.contains("line 2, column `y`: `1,5` is not a number") && said.contains("--decimal ','"), "{said}");
    let said = complaint("point_in_comma.csv", "y;x\n1,5;3.25\n2;4\n3;5\n", &["--decimal", ","]);
    assert!(said.contains("line 2, column `x`: `3.25` is not a number") && said.contains("--decimal"), "{said}");
    let said = complaint("odd_groups.csv", "y;x\n1,5;3\n2;4\n3;12.34\n", &["--decimal", ",", "--thousands", "."]);
    assert!(said.contains("line 4, column `x`: `12.34` is not a number"), "{said}");
    let said = complaint("thousands_unsaid.csv", "y;x\n1;1,234,567\n2;1,000\n", &[]);
    assert!(said.contains("`1,234,567` is not a number") && said.contains("--thousands ','"), "{said}");
    for arguments in [&["--thousands", "."][..], &["--decimal", "'"], &["--decimal", "x"], &["--na", "drop"]] {
        complaint("wrong_marks.csv", PLAIN, arguments);
    }
}

const WITH_GAPS: &str = "y,x,g,unused\n1,2,a,\nNA,3,b,1\n2,,a,1\n4,5,b,1\n3,4,NA,1\n\n6,-99,a,1\n5,7,b,1\n2.5,3,a,1\n";

#[test]
fn rows_with_missing_values_are_left_out_and_counted() {
    let data = file("gaps.csv", WITH_GAPS);
    let arguments = ["--terms", "x,g", "--na", "omit", "--na-words", "NA,-99"];
    let omitted: serde_json::Value = serde_json::from_str(&fit(&data, &arguments)).unwrap();
    assert_eq!((omitted["n"].as_u64(), omitted["rows_omitted"].as_u64()), (Some(4), Some(4)));
    let complete = file("complete.csv", "y,x,g\n1,2,a\n4,5,b\n5,7,b\n2.5,3,a\n");
    let complete: serde_json::Value = serde_json::from_str(&fit(&complete, &[])).unwrap();
    assert_eq!(omitted["coefficients"], complete["coefficients"]);
    let page = glm(&[&["fit", &data, "--response", "y", "--family", "gaussian"], &arguments[..]].concat());
    assert!(
        page.out.ends_with("4 rows are left out for missing values: 1 in `y`, 2 in `x`, 1 in `g`\n"),
        "{}",
        page.out
    );
    // A level that only rows without values have is no level.
    let lone = file("lone_level.csv", "y,x,g\n1,2,a\n4,5,b\n5,,c\n2,3,a\n3,3,b\n");
    let fit: serde_json::Value = serde_json::from_str(&fit(&lone, &["--na", "omit"])).unwrap();
    assert_eq!(crate::run::names(&fit), ["(Intercept)", "x", "gb"]);
}

#[test]
fn missing_values_are_refused_where_they_are_not_to_be_left_out() {
    let said = complaint("gaps_fail.csv", WITH_GAPS, &["--terms", "x,g"]);
    assert!(said.contains("line 3, column `y`: `NA` is a missing value") && said.contains("--na omit"), "{said}");
    let said = complaint("gaps_words.csv", "y,x\n1,2\n2,-99\n", &["--na-words", "-99"]);
    assert!(said.contains("line 3, column `x`: `-99` is a missing value"), "{said}");
    // The line of a fault counts the rows that were left out.
    let said = complaint("gaps_then_word.csv", "y,x\n1,2\n,3\n2,3\n4,tall\n", &["--na", "omit"]);
    assert!(said.contains("line 5, column `x`: `tall` is not a number"), "{said}");
    let said = complaint("all_gaps.csv", "y,x\n1,\nNA,3\n", &["--na", "omit"]);
    assert!(said.contains("a missing value in each of its rows") && said.contains("1 in `x`"), "{said}");
}

/// A category may be called None, if the words for missing values are others.
#[test]
fn own_words_take_the_place_of_the_usual_ones() {
    let data = file("none.csv", "y,g\n1,None\n2,some\n4,None\n3,some\n");
    let fit: serde_json::Value = serde_json::from_str(&fit(&data, &["--na-words", "."])).unwrap();
    assert_eq!(crate::run::names(&fit), ["(Intercept)", "gsome"]);
}

#[test]
fn predictions_keep_to_the_rows_of_the_file() {
    let model = scratch("gaps_model.json");
    fit(&file("gaps_fit.csv", "y,x\n1,2\n4,5\n5,7\n2.5,3\n"), &["--save", &model]);
    let run =
        glm(&["predict", &model, &file("gaps_new.csv", "x\n2\nNA\n\n5\n.\n"), "--na", "omit", "--na-words", "NA,."]);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!((run.code, lines.len(), lines[2], lines[4]), (0, 5, "NA,NA", "NA,NA"), "{}", run.out);
    assert!(lines[1] != "NA,NA" && lines[3] != "NA,NA" && run.err.contains("2 rows"), "{}", run.err);
    let refused = glm(&["predict", &model, &file("gaps_new.csv", "x\n2\nNA\n")]);
    assert!(
        refused.code == 2 && refused.err.contains("line 3, column `x`: `NA` is a missing value"),
        "{}",
        refused.err
    );
}

#[test]
fn gzip_is_read_by_content_and_from_the_standard_input() {
    let data = reference("birthwt.csv");
    let text = std::fs::read(&data).unwrap();
    let arguments = ["--response", "y", "--terms", "age,lwt,smoke", "--json"];
    let plain = glm(&[&["fit", &data], &arguments[..]].concat()).out;
    for (name, bytes) in [
        ("birthwt.csv.gz", gzip(&text)),
        ("zipped_birthwt.csv", gzip(&text)),
        ("not_zipped.csv.gz", text.clone()),
        ("two_members.gz", [gzip(&text[..1000]), gzip(&text[1000..])].concat()),
    ] {
        assert_eq!(glm(&[&["fit", &file(name, &bytes)], &arguments[..]].concat()).out, plain, "{name}");
        assert_eq!(glm_given(&bytes, &[&["fit", "-"], &arguments[..]].concat()).out, plain, "{name}");
    }
    let model = scratch("from_stdin.json");
    assert_eq!(glm_given(&text, &[&["fit", "-", "--save", &model], &arguments[..]].concat()).code, 0);
    assert_eq!(glm_given(&gzip(&text), &["predict", &model, "-"]).out, glm(&["predict", &model, &data]).out);
    let said = glm_given(b"y,x\n1,2\n0,old\n", &["fit", "-", "--response", "y"]);
    assert!(said.err.starts_with("glm: standard input, line 3, column `x`: `old` is not"), "{}", said.err);
}

#[test]
fn damaged_gzip_is_refused_as_such() {
    let zipped = gzip(&std::fs::read(reference("birthwt.csv")).unwrap());
    let mut damaged = zipped.clone();
    damaged[zipped.len() / 2] ^= 0x55;
    for (bytes, part) in [(&zipped[..zipped.len() / 2], "its end is missing"), (&damaged, "damaged")] {
        let run = glm(&["fit", &file("damaged.csv.gz", bytes), "--response", "y"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        assert!(run.err.contains("it is gzip") && run.err.contains(part), "{}", run.err);
    }
    let run = glm(&["fit", &file("zipped.parquet.gz", gzip(b"PAR1 and so on")), "--response", "y"]);
    assert!(run.code == 2 && run.err.contains("Parquet"), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn the_file_behind_the_standard_input_is_spared() {
    let data = file("behind_stdin.csv", "y,x\n0,1\n1,2\n0,3\n1,4\n");
    let input = std::fs::File::open(&data).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_glm"));
    let run = command.args(["fit", "-", "--response", "y", "--save", &data]).stdin(input).output().unwrap();
    assert_eq!(run.status.code(), Some(2));
    assert!(std::fs::read_to_string(&data).unwrap().starts_with("y,x\n"));
}

#[test]
fn a_separator_is_found_and_coefficients_are_right() {
    let data = file("pipes.txt", "y|x\n1|1\n3|2\n5|3\n");
    let fit: serde_json::Value = serde_json::from_str(&fit(&data, &[])).unwrap();
    for (found, expected) in of_coefficients(&fit, "estimate").into_iter().zip([-1.0, 2.0]) {
        assert_close("coefficient", found, expected, 1e-12);
    }
}

/// Words for a missing value that are values in some files: the message names the option that says so.
#[test]
fn a_level_called_none_is_told_how_to_be_kept() {
    let data = file("level_none.csv", "y,x\nnone,1\nmild,2\nnone,3\nmild,1\nstrong,4\nstrong,2\nnone,2\nmild,4\n");
    let arguments = ["fit", &data, "--response", "y", "--family", "multinomial"];
    let refused = glm(&arguments);
    assert!(refused.code == 2 && refused.err.contains("--na-words NA"), "{}", refused.err);
    let fit = glm(&[&arguments[..], &["--na-words", "NA", "--json"]].concat()).json();
    assert_eq!(fit["classes"], serde_json::json!(["mild", "none", "strong"]));
}

#[test]
fn a_first_line_of_numbers_is_neither_a_row_nor_names_before_that_is_said() {
    let rows = "1,2.5\n3,4\n2,7\n5,5.5\n4,1\n";
    let (data, named) = (file("no_header.csv", rows), file("named_header.csv", format!("V1,V2\n{rows}")));
    let fit = |data: &str, more: &[&str]| glm(&[&["fit", data, "--family", "gaussian", "--json"], more].concat());
    for memory in [&[][..], &["--memory", "1"]] {
        let refused = fit(&data, &[&["--response", "1"], memory].concat());
        assert!(
            refused.code == 2 && refused.err.contains("the first line, `1,2.5`, holds numbers alone"),
            "{}",
            refused.err
        );
        assert!(refused.err.contains("--header no") && refused.err.contains("--header yes"), "{}", refused.err);
        let [of_rows, of_names] = [(&data, "no"), (&named, "yes")]
            .map(|(data, header)| fit(data, &[&["--response", "V1", "--header", header], memory].concat()));
        assert_eq!((of_rows.code, &of_rows.out), (0, &of_names.out), "{}", of_rows.err);
        let names = fit(&data, &[&["--response", "1", "--header", "yes"], memory].concat()).json();
        assert_eq!((names["n"].as_u64(), crate::run::names(&names)), (Some(4), vec!["(Intercept)", "2.5"]));
    }
    let model = scratch("no_header.json");
    fit(&named, &["--response", "V1", "--save", &model]);
    let predicted = glm(&["predict", &model, &data, "--header", "no"]);
    assert_eq!((predicted.code, predicted.out), (0, glm(&["predict", &model, &named]).out));
    // Gaps and decimal commas are numbers too; a word isn't.
    let refused = fit(&file("no_header_gaps.csv", "1,5;NA;\n2;3;4\n"), &["--response", "y", "--decimal", ","]);
    assert!(refused.err.contains("`1,5,NA,`, holds numbers alone"), "{}", refused.err);
    let refused = fit(&file("no_header_words.csv", "5.1,3.5,setosa\n4.9,3,setosa\n"), &["--response", "yield"]);
    assert!(
        refused.code == 2 && refused.err.contains("if the first line of the file is a row, say --header no"),
        "{}",
        refused.err
    );
}
