//! Columns of Parquet, which have types: the same estimates, or the same words, in memory, read in every pass, and as text.

use crate::alike::{fits, folder};
use crate::run::glm;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;

/// The cells of a column, a text that is `NULL` being null, and its type.
#[derive(Clone)]
pub enum Cells {
    Text(&'static [&'static str]),
    Real(&'static [f64]),
    Whole(&'static [i64]),
    Small(&'static str, &'static [i32]),
    Truth(&'static [bool]),
    Bytes(&'static str, usize, Vec<Vec<u8>>),
}
use Cells::{Bytes, Real, Small, Text, Truth, Whole};

impl Cells {
    fn kind(&self, name: &str) -> String {
        match self {
            Text(_) => format!("OPTIONAL BYTE_ARRAY {name} (STRING);"),
            Real(_) => format!("REQUIRED DOUBLE {name};"),
            Whole(_) => format!("REQUIRED INT64 {name};"),
            Small(kind, _) => format!("REQUIRED INT32 {name} ({kind});"),
            Truth(_) => format!("REQUIRED BOOLEAN {name};"),
            Bytes(kind, length, _) => format!("REQUIRED FIXED_LEN_BYTE_ARRAY({length}) {name} ({kind});"),
        }
    }
}

/// Writes a file of these columns.
pub fn write(path: &str, columns: &[(&str, Cells)]) {
    let kinds: String = columns.iter().map(|(name, cells)| cells.kind(name)).collect();
    let schema = Arc::new(parse_message_type(&format!("message m {{ {kinds} }}")).unwrap());
    let file = std::fs::File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for (_, cells) in columns {
        let mut column = group.next_column().unwrap().unwrap();
        match cells {
            Text(cells) => {
                let levels: Vec<i16> = cells.iter().map(|cell| i16::from(*cell != "NULL")).collect();
                let cells: Vec<ByteArray> =
                    cells.iter().filter(|cell| **cell != "NULL").map(|cell| ByteArray::from(*cell)).collect();
                column.typed::<ByteArrayType>().write_batch(&cells, Some(&levels), None).unwrap();
            }
            Real(cells) => drop(column.typed::<DoubleType>().write_batch(cells, None, None).unwrap()),
            Whole(cells) => drop(column.typed::<Int64Type>().write_batch(cells, None, None).unwrap()),
            Small(_, cells) => drop(column.typed::<Int32Type>().write_batch(cells, None, None).unwrap()),
            Truth(cells) => drop(column.typed::<BoolType>().write_batch(cells, None, None).unwrap()),
            Bytes(.., cells) => {
                let cells: Vec<FixedLenByteArray> = cells.iter().cloned().map(FixedLenByteArray::from).collect();
                column.typed::<FixedLenByteArrayType>().write_batch(&cells, None, None).unwrap();
            }
        }
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

const Y: Cells = Whole(&[0, 1, 1, 0, 1, 0]);
const X: Cells = Real(&[1.0, 2.0, 1.5, 3.0, 2.5, 0.5]);

#[test]
fn columns_of_parquet_mean_the_same_however_they_are_read() {
    let halves =
        || [0x3c00u16, 0x4000, 0x3e00, 0x4200, 0x4100, 0x3800].map(|half| half.to_le_bytes().to_vec()).to_vec();
    let digits =
        || [1i128, -2, 150, 12_345_678_901_234_567_890, 3, 4].map(|digits| digits.to_be_bytes().to_vec()).to_vec();
    for (name, g, options, words) in [
        ("words", Text(&["a", "b", "a", "b", "a", "a"]), &[][..], &[][..]),
        ("numerals", Text(&["1", "2", "01", "2.0", "1", "3"]), &[], &[]),
        (
            "mixed",
            Text(&["7", "a", "7", "b", "a", "7"]),
            &[],
            &["row 2, column `g`: `a` is not a number", "which is of text", "as numbers", "factor(g)"],
        ),
        (
            "mixed_last",
            Text(&["7", "1", "7", "2", "1", "z"]),
            &[],
            &["row 6, column `g`: `z` is not a number", "factor(g)"],
        ),
        ("text_response", Text(&["1", "0", " 1", "0.0", "1e0", "0"]), &["--response", "g", "--terms", "x"], &[]),
        (
            "word_response",
            Text(&["1", "0", "1", "z", "1", "0"]),
            &["--response", "g", "--terms", "x"],
            &["row 4, column `g`: `z` is not a number; other cells of the response are", "--na-words"],
        ),
        (
            "words_response",
            Text(&["no", "yes", "no", "yes", "no", "no"]),
            &["--response", "g", "--terms", "x"],
            &["row 1, column `g`: `no` is not a number", "the levels `no`, `yes` is one", "--success"],
        ),
        (
            "words_first",
            Text(&["no", "1", "0", "yes", "0", "0"]),
            &["--response", "g", "--terms", "x"],
            &["row 1, column `g`: `no` is not a number; other cells"],
        ),
        (
            "words_quantity",
            Text(&["no", "yes", "no", "yes", "no", "no"]),
            &["--response", "g", "--terms", "x", "--family", "gamma"],
            &["row 1, column `g`: `no` is not a number; the response of this family", "(here `no`, `yes`)"],
        ),
        (
            "infinite_response",
            Text(&["1", "0", "inf", "1", "1", "0"]),
            &["--response", "g", "--terms", "x", "--family", "gaussian"],
            &["row 3, column `g`: the value is inf"],
        ),
        ("text_truth", Text(&["T", "F", "T", "F", "F", "F"]), &["--response", "g", "--terms", "x"], &[]),
        (
            "two_truths",
            Text(&["T", "F", "TRUE", "F", "F", "F"]),
            &["--response", "g", "--terms", "x"],
            &["the levels `F`, `T`, `TRUE`"],
        ),
        ("spelled", Text(&["1,5", "2,5", "1,5", "2,5", "1,5", "3,5"]), &[], &["row 1, column `g`: `1,5`", "factor(g)"]),
        ("mixed_factor", Text(&["7", "a", "7", "b", "a", "7"]), &["--terms", "x,factor(g)"], &[]),
        ("mixed_reference", Text(&["7", "a", "7", "b", "a", "7"]), &["--terms", "factor(g, ref=a)"], &[]),
        (
            "mixed_classes",
            Text(&["7", "a", "7", "b", "a", "7"]),
            &["--response", "g", "--family", "multinomial", "--terms", "x"],
            &[],
        ),
        ("text_weights", Text(&["1", "2", " 1", "2", "1", "3"]), &["--terms", "x", "--weights", "g"], &[]),
        (
            "word_weights",
            Text(&["1", "2", "1", "z", "1", "3"]),
            &["--terms", "x", "--weights", "g"],
            &["row 4, column `g`: `z` is not a number; weights"],
        ),
        ("null", Text(&["a", "b", "a", "NULL", "a", "b"]), &[], &["row 4, column `g`: the cell is empty"]),
        ("usual_words", Text(&["a", "b", "a", "n/a", "NA", "b"]), &[], &[]),
        ("blanks", Text(&["a", "a ", " a", "b", "a", "b"]), &[], &[]),
        ("seen", Text(&["a", "b", "a", "n/a", " ", "b"]), &[], &["row 5, column `g`: the cell is empty"]),
        (
            "own_words",
            Text(&["a", "b", "a", "n/a", "NULL", "b"]),
            &["--na-words", "n/a"],
            &["row 4, column `g`: `n/a` is a missing value"],
        ),
        (
            "truth_weights",
            Truth(&[true, false, true, true, false, false]),
            &["--terms", "x", "--weights", "g"],
            &["column `g`: it has booleans; weights must be numbers: write 1 for true and 0 for false"],
        ),
        (
            "truth_offset",
            Truth(&[true, false, true, true, false, false]),
            &["--terms", "x", "--offset", "g"],
            &["column `g`: it has booleans; an offset must be numbers: write 1 for true and 0 for false"],
        ),
        (
            "both",
            Real(&[1.0, 2.0, f64::NAN, 1.0, f64::INFINITY, 4.0]),
            &[],
            &["row 3, column `g`: `NaN` is a missing value", "--na omit"],
        ),
        (
            "nan_later",
            Real(&[1.0, f64::INFINITY, f64::NAN, 1.0, 2.0, 4.0]),
            &[],
            &["row 2, column `g`: the value is inf; numbers must be finite"],
        ),
        (
            "nan_factor",
            Real(&[1.0, 2.0, f64::NAN, 1.0, 2.0, 1.0]),
            &["--terms", "factor(g)", "--na-words", "-"],
            &["row 3, column `g`: `NaN` is a missing value"],
        ),
        ("versions", Text(&["1.1", "1.10", "1.2", "1.1", "1.10", "1.2"]), &[], &[]),
        ("truth", Truth(&[true, false, true, true, false, false]), &[], &[]),
        ("truth_reference", Truth(&[true, false, true, true, false, false]), &["--terms", "factor(g, ref=True)"], &[]),
        (
            "truth_success",
            Truth(&[true, false, true, true, false, false]),
            &["--response", "g", "--success", "True", "--terms", "x"],
            &[],
        ),
        ("truth_response", Truth(&[true, false, true, true, false, false]), &["--response", "g", "--terms", "x"], &[]),
        (
            "infinite",
            Real(&[1.0, 2.0, 3.0, 1.0, f64::NEG_INFINITY, 4.0]),
            &[],
            &["row 5, column `g`: the value is -inf"],
        ),
        (
            "code",
            Whole(&[1, 2, -99, 3, 4, 2]),
            &["--na-words", "-99"],
            &["row 3, column `g`: `-99` is a missing value"],
        ),
        ("identifiers", Whole(&[1 << 53, (1 << 53) + 1, 7, 1 << 53, 7, 7]), &["--terms", "factor(g)"], &[]),
        ("decimals", Small("DECIMAL(9,2)", &[110, 230, 1, 300, 100, 250]), &[], &[]),
        (
            "decimal_factor",
            Small("DECIMAL(9,2)", &[110, 230, 1, 230, 110, 110]),
            &["--terms", "factor(g, ref=2.3)"],
            &[],
        ),
        ("large_decimals", Bytes("DECIMAL(38,3)", 16, digits()), &[], &[]),
        ("large_decimal_factor", Bytes("DECIMAL(38,0)", 16, digits()), &["--terms", "factor(g)"], &[]),
        ("halves", Bytes("FLOAT16", 2, halves()), &[], &[]),
        ("days", Small("DATE", &[1, 2, 3, 4, 5, 6]), &[], &["column `g` is of type Date32; save it as a number"]),
        (
            "days_factor",
            Small("DATE", &[1, 2, 3, 4, 5, 6]),
            &["--terms", "factor(g)"],
            &["column `g` is of type Date32; save it"],
        ),
        ("days_unused", Small("DATE", &[1, 2, 3, 4, 5, 6]), &["--terms", "x"], &[]),
        (
            "times",
            Small("TIME(MILLIS,true)", &[1, 2, 3, 4, 5, 6]),
            &[],
            &["column `g` is of type Time32(ms); save it as a number"],
        ),
    ] {
        let folder = folder(&format!("parquet_{name}"));
        write(&format!("{folder}/data.parquet"), &[("y", Y), ("x", X), ("g", g)]);
        let response = if options.contains(&"--response") { &[][..] } else { &["--response", "y"] };
        let run = fits(&folder, "data.parquet", &[response, &["--ridge", "1"], options].concat());
        assert_eq!(run.code, if words.is_empty() { 0 } else { 2 }, "{name}: {}", run.err);
        assert!(words.iter().all(|words| run.err.contains(words)), "{name}: {}", run.err);
    }
}

/// What pandas saves of an index, as where rows were chosen or sorted.
#[test]
fn row_names_of_pandas_are_no_terms() {
    let path = format!("{}/data.parquet", folder("row_names"));
    write(&path, &[("y", Y), ("x", X), ("__index_level_0__", Whole(&[3, 1, 5, 0, 2, 4]))]);
    for memory in ["1G", "1"] {
        let fit = |more: &[&str]| glm(&[&["fit", &path, "--response", "y", "--memory", memory], more].concat());
        let told = fit(&[]);
        assert!(told.code == 2 && told.err.contains("the names of the rows that pandas saved"), "{}", told.err);
        assert_eq!(fit(&["--terms", "x"]).code, 0);
    }
}

/// A file of one column `g` beside `y` and `x`, and what it is called.
fn written(name: &str, file: &str, g: Cells) -> String {
    let path = format!("{}/{file}", folder(name));
    write(&path, &[("y", Y), ("x", X), ("g", g)]);
    path
}

/// The names of the coefficients of `g`, as it is and written as a factor.
#[test]
fn text_of_parquet_stays_as_it_is() {
    for (name, cells, levels) in [
        ("versions", ["1.1", "1.10", "1.2", "1.1", "1.10", "1.2"], &["1.10", "1.2"][..]),
        ("zeros", ["01", "1", "1.0", "01", "1", "1.0"], &["1", "1.0"]),
        ("sizes", ["10", "9", "10", "9.0", "9", "9.0"], &["9.0", "10"]),
        ("powers", ["1e1", "10", "1e1", "10", "10", "1e1"], &["1e1"]),
    ] {
        let path = written(&format!("stays_{name}"), "data.parquet", Text(Box::leak(Box::new(cells))));
        for (term, memory) in [("g", "1G"), ("g", "1"), ("factor(g)", "1G"), ("factor(g)", "1")] {
            let model = format!("{path}.json");
            let options = ["--terms", term, "--ridge", "1", "--json", "--save", &model, "--memory", memory];
            let fit = glm(&[&["fit", &path, "--response", "y"], &options[..]].concat()).json();
            let expected: Vec<String> = levels.iter().map(|level| format!("{term}{level}")).collect();
            assert_eq!(crate::run::names(&fit)[1..], expected, "{name} {memory}");
            let predicted = glm(&["predict", &model, &path]);
            assert_eq!(predicted.code, 0, "{name} {term} {memory}: {}", predicted.err);
            let predicted = predicted.out;
            let of_row: Vec<&str> = predicted.lines().skip(1).collect();
            let pairs = (0..6).flat_map(|row| (0..row).map(move |other| (row, other)));
            for (row, other) in pairs {
                assert_eq!(
                    of_row[row] == of_row[other],
                    cells[row] == cells[other],
                    "{name} {row} {other}: {predicted}"
                );
            }
        }
    }
}

/// Text of Parquet is a level of the model to the letter only; numbers of Parquet and of text files are by what they are.
#[test]
fn text_of_parquet_is_no_level_that_reads_as_the_same_number() {
    let model = crate::run::scratch("to_the_letter.json");
    let path = written("to_the_letter", "data.parquet", Text(&["1.1", "2", "1.1", "2", "1.1", "2"]));
    let fit = glm(&["fit", &path, "--response", "x", "--terms", "g", "--family", "gaussian", "--save", &model]);
    assert_eq!(fit.code, 0, "{}", fit.err);
    for cells in [
        &["1.1", "2", "1.10", "2", "1.1", "2"],
        &["1.1", "2", "1.1", "2.0", "1.1", "2"],
        &["1.1", "02", "1.1", "2", "2", "2"],
    ] {
        let other = written("to_the_letter_other", "data.parquet", Text(cells));
        let run = glm(&["predict", &model, &other]);
        assert!(
            run.code == 2 && run.err.contains("is none of the categories of the fitted model"),
            "{cells:?}: {}",
            run.err
        );
    }
    let rows = glm(&["predict", &model, &path]).out;
    let text = crate::run::file("to_the_letter.csv", "x,g\n1,1.10\n2,2\n3,1.1\n4,2.0\n5,1.1\n6,02\n");
    assert_eq!(glm(&["predict", &model, &text]).out, rows, "of text files, numbers are by what they are");
}

/// What R writes as text for a boolean: TRUE and FALSE, or T and F. Whatever a model was fitted to, it predicts of the others, and options name the levels
/// in any of the spellings.
#[test]
fn truths_are_the_same_levels_in_all_files_and_of_all_writers() {
    let truth = [true, false, true, true, false, false];
    let boolean = written("truths", "data.parquet", Truth(Box::leak(Box::new(truth))));
    let text = |[no, yes]: [&str; 2]| {
        let lines = [0, 1, 1, 0, 1, 0].iter().zip(["1", "2", "1.5", "3", "2.5", "0.5"]).zip(truth);
        let rows: String = lines.map(|((y, x), truth)| format!("{y},{x},{}\n", if truth { yes } else { no })).collect();
        crate::run::file(&format!("truths_{yes}.csv"), format!("y,x,g\n{rows}"))
    };
    let files = [boolean, text(["FALSE", "TRUE"]), text(["F", "T"]), text(["False", "True"]), text(["false", "true"])];
    for options in [
        &["--response", "y", "--terms", "x,g"][..],
        &["--response", "y", "--terms", "factor(g, ref=TRUE)"],
        &["--response", "g", "--success", "TRUE", "--terms", "x"],
        &["--response", "g", "--success", "F", "--terms", "x"],
        &["--response", "g", "--terms", "x"],
        &["--response", "g", "--terms", "x", "--family", "gaussian"],
    ] {
        let mut found = Vec::new();
        for data in &files {
            let model = format!("{data}.truth.json");
            let estimates = ["1G", "1"].map(|memory| {
                let more = ["--ridge", "1", "--json", "--save", &model, "--memory", memory];
                crate::run::of_coefficients(&glm(&[&["fit", data], options, &more].concat()).json(), "estimate")
            });
            assert_eq!(estimates[0], estimates[1], "{data} {options:?}");
            for other in &files {
                let run = glm(&["predict", &model, other]);
                assert_eq!(run.code, 0, "{data} {other} {options:?}: {}", run.err);
                found.push((estimates[0].clone(), run.out));
            }
        }
        assert!(found.iter().all(|other| *other == found[0]), "{options:?}: {found:?}");
    }
}

/// What pandas writes as text and as Parquet: a missing number is NaN, and a boolean is False or True.
#[test]
fn what_pandas_writes_means_the_same_in_text_and_in_parquet() {
    let (truth, cells) = ([true, false, true, true, false, false], [1.0, 2.0, f64::NAN, 3.0, 2.5, 0.5]);
    let of_truth = written("pandas_truth", "data.parquet", Truth(Box::leak(Box::new(truth))));
    let of_gaps = written("pandas_gaps", "data.parquet", Real(Box::leak(Box::new(cells))));
    let text = |of: &str, cells: [String; 6]| {
        let lines = [0, 1, 1, 0, 1, 0].iter().zip(["1", "2", "1.5", "3", "2.5", "0.5"]).zip(cells);
        let rows: String = lines.map(|((y, x), g)| format!("{y},{x},{g}\n")).collect();
        crate::run::file(&format!("pandas_{of}.csv"), format!("y,x,g\n{rows}"))
    };
    let text_of_truth = text("truth", truth.map(|cell| if cell { "True" } else { "False" }.to_owned()));
    let text_of_gaps = text("gaps", cells.map(|cell| cell.to_string()));
    for (one, other, options) in [
        (&of_truth, &text_of_truth, &["--response", "y", "--terms", "x,g"][..]),
        (&of_truth, &text_of_truth, &["--response", "y", "--terms", "factor(g, ref=True)"]),
        (&of_truth, &text_of_truth, &["--response", "g", "--success", "True", "--terms", "x"]),
        (&of_truth, &text_of_truth, &["--response", "g", "--family", "multinomial", "--terms", "x"]),
        (&of_gaps, &text_of_gaps, &["--response", "y", "--terms", "x,g", "--na", "omit"]),
        (&of_gaps, &text_of_gaps, &["--response", "y", "--terms", "factor(g)", "--na", "omit"]),
        (&of_gaps, &text_of_gaps, &["--response", "g", "--family", "gaussian", "--terms", "x", "--na", "omit"]),
    ] {
        let runs = [one, other].map(|data| {
            let model = format!("{data}.json");
            let fit = glm(&[&["fit", data], options, &["--ridge", "1", "--json", "--save", &model]].concat());
            assert_eq!(fit.code, 0, "{data} {options:?}: {}", fit.err);
            let predicted = [one, other].map(|data| glm(&["predict", &model, data, "--na", "omit"]));
            assert_eq!(
                (predicted[0].code, &predicted[0].out),
                (0, &predicted[1].out),
                "{options:?}: {}",
                predicted[0].err
            );
            (fit.out, predicted[0].out.clone())
        });
        assert_eq!(runs[0], runs[1], "{options:?}");
    }
    // One that is read row by row is known by its first bytes, too.
    let named_text = written("pandas_named", "data.csv", X);
    fits(&named_text.replace("/data.csv", ""), "data.csv", &["--response", "y", "--terms", "x", "--ridge", "1"]);
}

/// Blanks and the words for missing values are text: levels of their own, warned of, that predictions of Parquet and of text files find again.
#[test]
fn text_of_parquet_is_told_apart_to_the_letter() {
    for (name, cells, options, told) in [
        ("blanks", ["a", "a ", "b", "a ", "b", "a"], &[][..], Some("`a`, `a ` differ in blanks")),
        ("namibia", ["DE", "NA", "DE", "NA", "NA", "DE"], &[], Some("`NA` is text here, and a level of its own; ")),
        ("named", ["DE", "NA", "DE", "NA", "NA", "DE"], &["--na-words", "-"], None),
    ] {
        let path = written(&format!("letter_{name}"), "data.parquet", Text(Box::leak(Box::new(cells))));
        let model = format!("{path}.json");
        let mut found = Vec::new();
        for memory in ["1G", "1"] {
            let more = ["--family", "gaussian", "--save", &model, "--memory", memory];
            let fit = glm(&[&["fit", &path, "--response", "x", "--terms", "g"], options, &more].concat());
            assert_eq!(fit.code, 0, "{name}: {}", fit.err);
            assert!(told.map_or(!fit.err.contains("warning"), |told| fit.err.contains(told)), "{name}: {}", fit.err);
            found.push(fit.out);
        }
        assert_eq!(found[0], found[1], "{name}");
        let rows: String = cells.map(|cell| format!("{cell}\n")).concat();
        let text = crate::run::file(&format!("letter_{name}.csv"), format!("g\n{rows}"));
        let as_text = glm(&["predict", &model, &text, "--na-words", "-"]);
        let predicted = glm(&["predict", &model, &path]);
        assert_eq!((predicted.code, &predicted.out), (0, &as_text.out), "{name}: {}", as_text.err);
        let lines: Vec<&str> = predicted.out.lines().skip(1).collect();
        for (row, other) in (0..6).flat_map(|row| (0..row).map(move |other| (row, other))) {
            assert_eq!(lines[row] == lines[other], cells[row] == cells[other], "{name}: {}", predicted.out);
        }
    }
}

/// A column that is of numbers in one file of a folder and of words in another is refused by the files' names, in whatever role.
#[test]
fn files_with_a_column_of_several_kinds_are_refused() {
    let (numbers, words) = (Whole(&[1, 2, 1, 2, 3, 1]), Text(&["1.0", "2.0", "1.0", "2.0", "3.0", "1.0"]));
    for (order, first, second) in [("numbers", &numbers, &words), ("words", &words, &numbers)] {
        let folder = folder(&format!("kinds_{order}"));
        write(&format!("{folder}/1.parquet"), &[("y", Y), ("x", X), ("g", first.clone())]);
        write(&format!("{folder}/2.parquet"), &[("y", Y), ("x", X), ("g", second.clone())]);
        let fit =
            |options: &[&str]| glm(&[&["fit", &folder, "--response", "y", "--ridge", "1", "--json"], options].concat());
        for options in [&[][..], &["--terms", "x,factor(g)"], &["--terms", "x", "--weights", "g"]] {
            let refused = fit(options);
            assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{order} {options:?}");
            for words in ["2.parquet: column `g` holds ", "1.parquet; save it with one type in all files"] {
                assert!(refused.err.contains(words), "{order} {options:?}: {}", refused.err);
            }
        }
        assert_eq!(fit(&["--terms", "x"]).code, 0, "{order}");
    }
}
