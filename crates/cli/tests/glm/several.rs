//! Files that are read as one: which columns they need, what separates these, and what may not differ between them.

#[cfg(feature = "parquet")]
use crate::alike_types::{Cells, write};
use crate::run::{Run, file, glm, scratch};

/// A new folder with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> String {
    let folder = scratch(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (file, text) in files {
        std::fs::write(format!("{folder}/{file}"), text).unwrap();
    }
    folder
}

fn fit(data: &str, more: &[&str]) -> Run {
    glm(&[&["fit", data, "--response", "y", "--family", "gaussian"], more].concat())
}

/// What a refused run says.
#[track_caller]
fn refused(run: &Run, words: &[&str]) {
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
    assert!(words.iter().all(|word| run.err.contains(word)), "{words:?}: {}", run.err);
}

const ROWS: [&str; 2] = ["1,1\n2,2\n4,3\n", "3,1\n5,2\n4,4\n"];

/// The same fit and the same predictions as of one file with the rows, whichever file lacks a column that nobody asked for.
#[test]
fn only_the_columns_in_use_are_needed_in_all_files() {
    let whole = file("several_whole.csv", format!("y,x\n{}{}", ROWS[0], ROWS[1]));
    let model = scratch("several.json");
    let expected = fit(&whole, &["--terms", "x", "--save", &model]);
    assert_eq!(expected.code, 0, "{}", expected.err);
    let predicted = glm(&["predict", &model, &whole]);
    let (first, second) = (format!("y,x\n{}", ROWS[0]), format!("y,x\n{}", ROWS[1]));
    let noted = [["1,1,a\n2,2,b\n4,3,c\n", "y,x,note\n"], ["a,3,1\n2,5,2\n,4,4\n", "note,y,x\n"]];
    let noted = noted.map(|[rows, names]| format!("{names}{rows}"));
    for (name, files) in [("several_first", [&noted[0], &second]), ("several_second", [&first, &noted[1]])] {
        let folder = folder(name, &[("0.csv", files[0]), ("1.csv", files[1])]);
        let found = fit(&folder, &["--terms", "x"]);
        assert_eq!((found.code, &found.out), (0, &expected.out), "{name}: {}", found.err);
        let found = glm(&["predict", &model, &folder]);
        assert_eq!((found.code, &found.out), (0, &predicted.out), "{name}: {}", found.err);
        // Where no terms are named, all columns are in use.
        let lacking =
            if name == "several_first" { "1.csv: has no column `note`" } else { "0.csv: has no column `note`" };
        refused(&fit(&folder, &[]), &[lacking, "--terms 'x'"]);
        refused(&fit(&folder, &["--terms", "x,note"]), &[lacking, "leave it out of the model"]);
        refused(&fit(&folder, &["--terms", "x", "--weights", "note"]), &[lacking]);
    }
}

/// Each file's own separator is found, as in a prediction; one that is given is that of all.
#[test]
fn files_may_have_separators_of_their_own() {
    let whole = file("several_commas.csv", format!("y,x\n{}{}{}", ROWS[0], ROWS[1], ROWS[0]));
    let model = scratch("several_separators.json");
    let expected = fit(&whole, &["--save", &model]);
    let [semicolons, tabs] = [";", "\t"].map(|by| ROWS.map(|rows| format!("y,x\n{rows}").replace(',', by)));
    let files = [("0.csv", format!("y,x\n{}", ROWS[0])), ("1.csv", semicolons[1].clone()), ("2.csv", tabs[0].clone())];
    for order in [[0, 1, 2], [1, 0, 2]] {
        let named = ["0.csv", "1.csv", "2.csv"];
        let files: Vec<(&str, &str)> =
            order.iter().zip(named).map(|(&at, name)| (name, files[at].1.as_str())).collect();
        let folder = folder("several_separators", &files);
        let found = fit(&folder, &[]);
        assert_eq!(found.code, 0, "{}", found.err);
        if order == [0, 1, 2] {
            assert_eq!(found.out, expected.out);
            assert_eq!(glm(&["predict", &model, &folder]).out, glm(&["predict", &model, &whole]).out);
        }
        for run in [fit(&folder, &["--delimiter", ","]), glm(&["predict", &model, &folder, "--delimiter", ","])] {
            refused(&run, &[".csv: the header is the single column", "--delimiter"]);
        }
    }
}

#[test]
fn a_file_without_its_line_of_names_is_told() {
    let model = scratch("several_names.json");
    let named = file("several_names.csv", "y,x,g\n1,2,a\n2,1,b\n3,5,a\n5,4,b\n1,3,a\n");
    assert_eq!(fit(&named, &["--save", &model]).code, 0);
    let text = std::fs::read_to_string(&named).unwrap();
    for rows in ["3,1,2\n1,2,4\n", "3,3,3\n", "3,1,a\n1,2,b\n"] {
        for (name, files) in [("last", [text.as_str(), rows]), ("first", [rows, text.as_str()])] {
            let folder = folder(&format!("several_{name}"), &[("0.csv", files[0]), ("1.csv", files[1])]);
            for run in [fit(&folder, &["--terms", "x"]), glm(&["predict", &model, &folder])] {
                if name == "last" {
                    refused(&run, &["1.csv: its first line has `3`", "of ", "0.csv", "line of names", "--header no"]);
                } else {
                    // Numbers alone are no names; others may be.
                    refused(&run, &[".csv: "]);
                }
            }
        }
    }
    // Without names, columns are told by their places.
    let folder = folder("several_nameless", &[("0.csv", "1,2\n2,1\n3,5\n"), ("1.csv", "4,2\n2,3\n")]);
    let nameless = glm(&["fit", &folder, "--header", "no", "--response", "V1", "--family", "gaussian"]);
    assert_eq!(nameless.code, 0, "{}", nameless.err);
}

/// A second file, or the only one, that isn't what its name or the first file says.
#[cfg(feature = "parquet")]
#[test]
fn files_of_another_format_are_named() {
    let parquet = scratch("several_format.parquet");
    let (y, x) = (Cells::Whole(&[0, 1, 1, 0, 1, 0]), Cells::Real(&[1.0, 2.0, 1.5, 3.0, 2.5, 0.5]));
    write(&parquet, &[("y", y), ("x", x)]);
    let bytes = std::fs::read(&parquet).unwrap();
    let text = "y,x\n0,1\n1,2\n1,1.5\n0,3\n";
    let of = |name: &str, first: &[u8], second: &[u8], extension: &str| {
        let folder = folder(name, &[]);
        for (number, bytes) in [first, second].into_iter().enumerate() {
            std::fs::write(format!("{folder}/{number}.{extension}"), bytes).unwrap();
        }
        folder
    };
    for (name, first, second, words) in [
        ("format_text", &bytes[..], text.as_bytes(), ["1.csv: is text, but ", "0.csv is Parquet"]),
        ("format_parquet", text.as_bytes(), &bytes, ["1.csv: is Parquet, but ", "0.csv is text"]),
    ] {
        let folder = of(name, first, second, "csv");
        refused(&fit(&folder, &[]), &words);
    }
    let broken = [&[0, 1][..], &bytes[4..]].concat();
    for (name, second, words) in [
        ("format_named", text.as_bytes(), "is text, not Parquet, as its name says; rename it"),
        ("format_empty", b"", "is empty, and no Parquet file"),
        ("format_broken", &broken, "is no Parquet file, as its name says"),
        ("format_cut", &bytes[..bytes.len() / 2], "write or copy it again"),
    ] {
        let folder = of(name, &bytes, second, "parquet");
        let one = format!("{folder}/1.parquet");
        for run in [fit(&folder, &[]), fit(&one, &[]), fit(&one, &["--memory", "1"])] {
            refused(&run, &["1.parquet: ", words]);
        }
    }
    // By its content, a Parquet file of another name is read.
    let called = file("several_called.csv", &bytes);
    assert_eq!(fit(&called, &[]).out, fit(&parquet, &[]).out);
}

/// Columns of Parquet that files have of several types: refused in use, and by the names of both files.
#[cfg(feature = "parquet")]
#[test]
fn types_differ_only_in_columns_that_are_not_used() {
    use Cells::{Real, Small, Text, Truth, Whole};
    const TRUTHS: Cells = Truth(&[true, false, true, true, false, false]);
    const ONES: Cells = Whole(&[1, 0, 1, 1, 0, 0]);
    const WORDS: Cells = Text(&["a", "b", "a", "b", "a", "a"]);
    const DAYS: Cells = Small("DATE", &[1, 2, 3, 4, 5, 6]);
    let written = |name: &str, columns: [Cells; 2]| {
        let folder = folder(name, &[]);
        for (number, cells) in columns.into_iter().enumerate() {
            let (y, x) = (Whole(&[0, 1, 1, 0, 1, 0]), Real(&[1.0, 2.0, 1.5, 3.0, 2.5, 0.5]));
            write(&format!("{folder}/{number}.parquet"), &[("y", y), ("x", x), ("t", cells)]);
        }
        folder
    };
    let expected = fit(&written("types_alike", [TRUTHS, TRUTHS]), &["--terms", "x"]);
    assert_eq!(expected.code, 0, "{}", expected.err);
    for (name, columns, [found, before]) in [
        ("types_bool_int", [TRUTHS, ONES], ["numbers", "booleans"]),
        ("types_int_bool", [ONES, TRUTHS], ["booleans", "numbers"]),
        ("types_bool_text", [TRUTHS, WORDS], ["words", "booleans"]),
        ("types_int_text", [ONES, WORDS], ["words", "numbers"]),
    ] {
        let folder = written(name, columns);
        let unused = fit(&folder, &["--terms", "x"]);
        assert_eq!((unused.code, &unused.out), (0, &expected.out), "{name}: {}", unused.err);
        let told = format!("1.parquet: column `t` holds {found}, but {before} in ");
        let words = [told.as_str(), "0.parquet", "one type"];
        refused(&fit(&folder, &[]), &[&words[..], &["terms without it (--terms)"]].concat());
        // Whatever the column is used as.
        for more in [&["--terms", "factor(t)"][..], &["--terms", "x", "--weights", "t"]] {
            refused(&fit(&folder, more), &words);
        }
        refused(&glm(&["fit", &folder, "--response", "t", "--terms", "x"]), &words);
        refused(&glm(&["fit", &folder, "--response", "t", "--success", "True", "--terms", "x"]), &words);
    }
    for columns in [[WORDS, DAYS], [DAYS, WORDS]] {
        let folder = written("types_days", columns);
        let unused = fit(&folder, &["--terms", "x"]);
        assert_eq!((unused.code, &unused.out), (0, &expected.out), "{}", unused.err);
        refused(
            &fit(&folder, &[]),
            &["column `t` is of type Date32", "save it as a number", "or name terms without it (--terms)"],
        );
    }
}

/// In text as well: booleans beside whole numbers are neither numbers nor categories, or are told to be levels of their own.
#[test]
fn truths_are_never_several_levels_in_silence() {
    let rows = |truths: [&str; 6]| {
        let numbers = [1.0, 2.0, 4.0, 3.0, 5.0, 2.5];
        numbers.iter().zip(truths).map(|(y, t)| format!("{y},{t}\n")).collect::<String>()
    };
    for (name, cells, terms, told) in [
        ("alike", ["TRUE", "F", "T", "false", "True", "F"], "t", None),
        (
            "other",
            ["TRUE", "F", "True", "F", "maybe", "F"],
            "t",
            Some("`TRUE`, `True` are levels of their own, since `maybe`"),
        ),
        ("one_other", ["TRUE", "F", "TRUE", "F", "M", "F"], "t", None),
        (
            "numbers",
            ["True", "False", "1", "0", "1", "True"],
            "factor(t)",
            Some("`0`, `1`, `False`, `True` are levels"),
        ),
    ] {
        let text = rows(cells);
        let whole = file(&format!("truths_{name}.csv"), format!("y,t\n{text}"));
        let at = text.match_indices('\n').nth(2).unwrap().0 + 1;
        let parts = [&text[..at], &text[at..]].map(|part| format!("y,t\n{part}"));
        let folder = folder(&format!("truths_{name}"), &[("0.csv", &parts[0]), ("1.csv", &parts[1])]);
        for run in [
            fit(&whole, &["--terms", terms]),
            fit(&whole, &["--terms", terms, "--memory", "1"]),
            fit(&folder, &["--terms", terms]),
        ] {
            assert_eq!(run.code, 0, "{name}: {}", run.err);
            assert!(
                told.map_or(!run.err.contains("levels of their own"), |words| run.err.contains(words)),
                "{name}: {}",
                run.err
            );
        }
        if name == "numbers" {
            for run in [fit(&whole, &[]), fit(&whole, &["--memory", "1"]), fit(&folder, &[])] {
                refused(&run, &["column `t`: `True` is not a number", "factor(t)"]);
            }
        }
    }
}

/// Without an intercept, one of several factors keeps all of its levels: where files have their columns in different orders, the first decides
/// which, and says so.
#[test]
fn the_order_of_the_first_files_columns_is_told_where_it_decides() {
    let (first, second) = ("f,t,y\nu,a,1\nv,b,2\nu,b,3\nv,a,1\n", "t,f,y\nb,u,2\na,v,0\na,u,4\n");
    for (name, files, spelled) in [
        ("order_f", [("1.csv", first), ("2.csv", second)], "f"),
        ("order_t", [("1.csv", second), ("2.csv", first)], "t"),
    ] {
        let folder = folder(name, &files);
        let told = fit(&folder, &["--no-intercept", "--ridge", "0.5"]);
        let words = format!("1.csv are the terms, in their order: `{spelled}` keeps all of its levels");
        assert!(told.code == 0 && told.err.contains(&words), "{}", told.err);
        assert!(told.err.contains("the penalised estimates are by that choice"), "{}", told.err);
        assert!(!fit(&folder, &["--no-intercept"]).err.contains("penalised"));
        // With the terms' order given, both give the same; with an intercept, no choice is made.
        for more in [&["--no-intercept", "--terms", "f,t"][..], &["--ridge", "0.5"]] {
            let silent = fit(&folder, more);
            assert!(silent.code == 0 && !silent.err.contains("in their order"), "{}", silent.err);
        }
    }
}
