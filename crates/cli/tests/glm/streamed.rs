//! Fits of rows that don't lie in memory: the same output as in memory, checkpoints, and what can't be had.

use crate::run::{Run, file, glm, glm_given, gzip, scratch};
use std::fmt::Write;

const TERMS: [&str; 6] = ["--response", "y", "--terms", "x,z,c,factor(d, ref=2),x:c", "--weights", "w"];

/// Rows as lines of CSV.
fn lines(rows: usize) -> Vec<String> {
    let wave = |row: usize, by: f64| (row as f64 * by).sin();
    let line = |row: usize| {
        let (x, z) = (wave(row, 0.7), 2.0 * wave(row, 1.3));
        let y = u8::from(x - 0.5 * z + 2.0 * wave(row, 77.7) > 0.2);
        format!("{y},{x},{z},{},{},{}", ["a", "b", "c"][row * 7 % 3], [1, 2, 3, 10][row * 5 % 4], 1 + row % 2)
    };
    (0..rows).map(line).collect()
}

fn write(path: &str, lines: &[String]) {
    let text = lines.iter().fold(String::from("y,x,z,c,d,w\n"), |mut text, line| {
        writeln!(text, "{line}").unwrap();
        text
    });
    std::fs::write(path, text).unwrap();
}

/// A file with all rows, and a folder with the same in three.
fn files(name: &str) -> (String, String) {
    let (whole, folder) = (scratch(&format!("{name}.csv")), scratch(name));
    std::fs::create_dir_all(&folder).unwrap();
    let lines = lines(3_000);
    write(&whole, &lines);
    for (number, part) in lines.chunks(1_100).enumerate() {
        write(&format!("{folder}/part-{number}.csv"), part);
    }
    (whole, folder)
}

fn fit(data: &str, more: &[&str]) -> Run {
    glm(&[&["fit", data], &TERMS[..], more].concat())
}

#[test]
fn a_folder_a_pattern_and_a_large_file_print_what_memory_does() {
    let (whole, folder) = files("streamed_same");
    for more in [&[][..], &["--json"], &["--level", "0.9"], &["--ridge", "2"], &["--link", "probit"]] {
        let expected = fit(&whole, more);
        assert_eq!(expected.code, 0, "{}", expected.err);
        for (data, size) in
            [(whole.as_str(), &["--memory", "1K"][..]), (&folder, &[]), (&format!("{folder}/part-?.csv"), &[])]
        {
            let found = fit(data, &[more, size].concat());
            assert_eq!((found.code, &found.out), (0, &expected.out), "{data} {more:?}: {}", found.err);
            assert!(found.err.contains("row by row in every pass"), "{}", found.err);
        }
    }
    for terms in ["x,z", "x,c,z,factor(d)", "factor(d, ref=3),x,c"] {
        let without = ["--response", "y", "--terms", terms, "--no-intercept", "--json"];
        let [expected, found] =
            [&[][..], &["--memory", "1"]].map(|size| glm(&[&["fit", &whole], &without[..], size].concat()));
        assert_eq!((found.code, &found.out), (0, &expected.out), "{terms}: {}", found.err);
    }
    let words = ["--response", "c", "--success", "b", "--terms", "x,z"];
    let [expected, found] =
        [&[][..], &["--memory", "1"]].map(|size| glm(&[&["fit", &whole], &words[..], size].concat()));
    // The line that counts the words is of the rows in memory.
    assert!(found.code == 0 && expected.out.starts_with(&found.out), "{}", found.out);
    let reference = glm(&["fit", &whole, "--response", "y", "--terms", "factor(d, ref=99)", "--memory", "1"]);
    assert!(reference.code == 2 && reference.err.contains("99"), "{}", reference.err);
}

#[test]
fn classes_are_fitted_from_files_as_in_memory() {
    let (whole, folder) = files("streamed_classes");
    let fit = |data: &str, more: &[&str]| {
        let terms = ["--family", "multinomial", "--terms", "x,z,factor(d, ref=2)", "--weights", "w"];
        glm(&[&["fit", data, "--response", "c"], &terms[..], more].concat())
    };
    for more in [&[][..], &["--json"], &["--level", "0.9"], &["--ridge", "2"]] {
        let expected = fit(&whole, more);
        assert_eq!(expected.code, 0, "{}", expected.err);
        for (data, size) in [(whole.as_str(), &["--memory", "1K"][..]), (&folder, &[])] {
            let found = fit(data, &[more, size].concat());
            assert_eq!((found.code, &found.out), (0, &expected.out), "{data} {more:?}: {}", found.err);
            assert!(found.err.contains("row by row in every pass"), "{}", found.err);
        }
    }
    let saved = ["streamed_classes_memory.json", "streamed_classes_files.json"].map(scratch);
    for (data, path) in [(&whole, &saved[0]), (&folder, &saved[1])] {
        assert_eq!(fit(data, &["--save", path]).code, 0);
    }
    let [expected, found] = saved.map(|path| glm(&["predict", &path, &whole, "--se"]));
    assert_eq!((found.code, found.out), (0, expected.out), "{}", found.err);
    // Numbers are classes, too; a response of one class, or of very many, is refused.
    let numbers = ["--response", "d", "--terms", "x,z", "--family", "multinomial", "--json"];
    let [expected, found] =
        [&[][..], &["--memory", "1"]].map(|size| glm(&[&["fit", &whole], &numbers[..], size].concat()));
    assert_eq!((found.code, &found.out), (0, &expected.out), "{}", found.err);
    let many = glm(&["fit", &folder, "--response", "x", "--terms", "z", "--family", "multinomial"]);
    assert!(many.code == 2 && many.err.contains("more than 100"), "{}", many.err);
    let ordinal = glm(&["fit", &folder, "--response", "d", "--terms", "x", "--family", "ordinal"]);
    assert!(ordinal.code == 2 && ordinal.err.contains("needs the rows in memory"), "{}", ordinal.err);
    assert!(ordinal.err.contains("(--memory), or take --family multinomial"), "{}", ordinal.err);
}

#[test]
fn a_saved_model_predicts_as_one_that_was_fitted_in_memory() {
    let (whole, folder) = files("streamed_saved");
    let saved = ["streamed_memory.json", "streamed_files.json"].map(scratch);
    for (data, path) in [(&whole, &saved[0]), (&folder, &saved[1])] {
        assert_eq!(fit(data, &["--save", path]).code, 0);
    }
    let [expected, found] = saved.map(|path| glm(&["predict", &path, &whole, "--se"]));
    assert_eq!((found.code, found.out), (0, expected.out), "{}", found.err);
}

#[test]
fn a_fit_goes_on_from_its_checkpoint() {
    let (whole, folder) = files("streamed_checkpoint");
    let expected = fit(&whole, &["--json"]);
    let journal = scratch("streamed.journal");
    let _ = std::fs::remove_file(&journal);
    let first = fit(&folder, &["--json", "--checkpoint", &journal, "--max-iterations", "2"]);
    assert_eq!(first.code, 1, "{}", first.err);
    // As a kill in the midst of writing leaves it.
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &bytes[..bytes.len() - 5]).unwrap();
    let second = fit(&folder, &["--json", "--checkpoint", &journal]);
    assert_eq!((second.code, &second.out), (0, &expected.out), "{}", second.err);
    assert!(second.err.contains("the checkpoint holds "), "{}", second.err);
    assert_eq!(second.err.matches("bytes hold no whole pass").count(), 1, "{}", second.err);
    // Damaged in its midst: what follows is told, and taken again.
    let mut bytes = std::fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&journal, &bytes).unwrap();
    let mended = fit(&folder, &["--json", "--checkpoint", &journal]);
    assert_eq!((mended.code, &mended.out), (0, &expected.out), "{}", mended.err);
    assert_eq!(mended.err.matches("bytes hold no whole pass").count(), 1, "{}", mended.err);
    assert!(!fit(&folder, &["--json", "--checkpoint", &journal]).err.contains("no whole pass"));
    let other = fit(&whole, &["--checkpoint", &journal]);
    assert!(other.code == 2 && other.err.contains("of other data"), "{}", other.err);
    // Cells that are read otherwise are other data.
    let other = fit(&folder, &["--checkpoint", &journal, "--na-words", "."]);
    assert!(other.code == 2 && other.err.contains("of other data"), "{}", other.err);
    let same = fit(&folder, &["--checkpoint", &journal, "--save", &journal]);
    assert!(same.code == 2 && same.err.contains("name the same file"), "{}", same.err);
    // Of the same columns in other places, no pass is of this fit.
    for terms in ["x,z", "z,x", "z", "x"] {
        let of_terms =
            |more: &[&str]| glm(&[&["fit", &folder, "--response", "y", "--terms", terms, "--json"], more].concat());
        let (alone, with_journal) = (of_terms(&[]), of_terms(&["--checkpoint", &journal]));
        assert_eq!((with_journal.code, with_journal.out), (alone.code, alone.out), "{terms}");
    }
}

#[test]
fn what_is_wrong_is_told() {
    let (whole, folder) = files("streamed_wrong");
    for option in ["--firth", "--anova", "--profile", "--robust=HC3", "--cluster=c", "--drop-aliased", "--na=omit"] {
        let refused = fit(&folder, &[option]);
        assert!(refused.code == 2 && refused.err.contains("needs the rows in memory"), "{option}: {}", refused.err);
        // A file that is too large for memory, by default, still is read where it has to be.
        assert_ne!(fit(&whole, &[option]).code, 2, "{option}");
    }
    let no_intercept = glm(&["fit", &folder, "--response", "y", "--terms", "x,c,x:c", "--no-intercept"]);
    assert!(no_intercept.code == 2 && no_intercept.err.contains("needs an intercept"), "{}", no_intercept.err);
    let none = fit(&format!("{folder}/*.txt"), &[]);
    assert!(none.code == 2 && none.err.contains("names no file"), "{}", none.err);
    for size in ["0", "-1", "much", "5X"] {
        assert_eq!(fit(&whole, &["--memory", size]).code, 2, "{size}");
    }
    let mut lines = lines(100);
    lines[41] = "1,x,2,a,1,1".into();
    write(&format!("{folder}/part-1.csv"), &lines);
    let cell = fit(&folder, &[]);
    assert!(cell.code == 2 && cell.err.contains("part-1.csv, line 43, column `x`"), "{}", cell.err);
    write(&format!("{folder}/part-1.csv"), &[]);
    std::fs::write(format!("{folder}/part-2.csv"), "y,x,z,c,d\n1,2,3,a,1\n").unwrap();
    let column = fit(&folder, &[]);
    assert!(column.code == 2 && column.err.contains("part-2.csv") && column.err.contains("`w`"), "{}", column.err);
}

/// The words of a fit that has no maximum, or no single one, of rows in memory and of rows that are read in every pass.
#[test]
fn separation_and_rank_are_told_as_in_memory() {
    let path = scratch("streamed_separated.csv");
    let line = |row: usize| {
        let x = (row as f64 * 0.7).sin();
        let level = ["low", "mid", "high"][row % 3];
        let (apart, none) = (u8::from(x > 0.2), u8::from(level != "mid" && x > -0.3));
        let class = if x > 0.2 { "up" } else { ["down", "level"][row % 2] };
        format!("{apart},{none},{x},{},{level},{class}\n", 3.0 - 2.0 * x)
    };
    std::fs::write(&path, String::from("apart,none,x,twice,level,class\n") + &(0..400).map(line).collect::<String>())
        .unwrap();
    let of = |response: &'static str, terms: &'static str| vec!["--response", response, "--terms", terms];
    for (options, words) in [
        (of("apart", "x,level"), "complete separation"),
        ([of("apart", "x"), vec!["--link", "probit"]].concat(), "tells 400 of 400 rows apart"),
        (of("none", "level"), "levelmid"),
        ([of("none", "level"), vec!["--link", "cloglog"]].concat(), "levelmid"),
        ([of("none", "level"), vec!["--family", "poisson"]].concat(), "levelmid"),
        ([of("none", "level"), vec!["--family", "negative-binomial", "--dispersion", "0.5"]].concat(), "levelmid"),
        ([of("class", "x"), vec!["--family", "multinomial"]].concat(), "separation"),
        (of("none", "x,twice"), "column `twice` is a combination of `(Intercept)`, `x`"),
    ] {
        let [expected, found] =
            [&[][..], &["--memory", "1k"]].map(|size| glm(&[&["fit", &path], &options[..], size].concat()));
        assert!(expected.code == 1 && expected.err.contains(words), "{options:?}: {}", expected.err);
        let (reading, error) = found.err.split_once('\n').unwrap();
        assert!(reading.contains("row by row in every pass"), "{reading}");
        assert_eq!((found.code, &found.out), (expected.code, &expected.out), "{options:?}");
        let error = error.replace(", which needs the rows in memory: give one file that fits (--memory)", "");
        // What helps, too, but needs the rows in memory, is named for these alone.
        let rest = expected.err.trim_end().strip_prefix(error.trim_end());
        let of_memory = ["", ", or reduce the bias of the estimates (--firth)"];
        assert!(rest.is_some_and(|rest| of_memory.contains(&rest)), "{options:?}: {error}\n{}", expected.err);
    }
}

#[test]
fn what_can_be_read_once_only_or_is_compressed_does_not_stream() {
    let (whole, _) = files("once");
    let text = std::fs::read(&whole).unwrap();
    let checkpoint = scratch("once.journal");
    let found = glm_given(b"", &[&["fit", "-"], &TERMS[..], &["--checkpoint", &checkpoint]].concat());
    assert!(found.code == 2 && found.err.contains("--checkpoint needs files: the standard input"), "{}", found.err);
    assert!(!std::path::Path::new(&checkpoint).exists());
    // Told by what is in it, not by its name; in memory it is read.
    for name in ["packed.csv.gz", "packed.csv"] {
        let packed = file(name, gzip(&text));
        assert_eq!(fit(&packed, &[]).code, 0);
        for more in [["--memory", "1k"], ["--checkpoint", &checkpoint]] {
            let found = fit(&packed, &more);
            assert!(found.code == 2 && found.err.contains(name), "{}", found.err);
            assert!(found.err.contains("is compressed") && found.err.contains("unpack it"), "{}", found.err);
        }
    }
}

/// What is said of cells, of rows in memory and of rows that are read in every pass: file, line and column are the same.
#[test]
fn bad_cells_are_told_as_in_memory() {
    let good = "y,x,w,c\n0,1,1,a\n1,2,1,b\n\n0,3,1,\"a\n\"\n";
    for (name, line, column, family, reason) in [
        ("label", "2,4,1,a", "y", "binomial", "the value is 2; "),
        ("count", "-3,4,1,a", "y", "poisson", "the value is -3; "),
        ("weight", "1,4,-1,a", "w", "binomial", "the value is -1; weights must be at least 0"),
        ("word", "1,four,1,a", "x", "binomial", "`four` is not a number; "),
        ("response", "yes,4,1,a", "y", "binomial", "`yes` is not a number; other cells of the response are"),
        ("missing", "1,,1,a", "x", "binomial", "fill it in, "),
        ("level", "1,4,1,", "c", "binomial", "fill it in"),
        ("infinite", "1,inf,1,a", "x", "binomial", "finite"),
    ] {
        let path = file(&format!("streamed_bad_{name}.csv"), format!("{good}{line}\n1,5,1,b\n"));
        let options = ["--response", "y", "--terms", "x,c", "--weights", "w", "--family", family];
        for more in [&[][..], &["--memory", "1"]] {
            let told = glm(&[&["fit", &path], &options[..], more].concat());
            let place = format!("streamed_bad_{name}.csv, line 7, column `{column}`: ");
            assert_eq!(told.code, 2, "{name} {more:?}: {}", told.err);
            let is_told = told.err.contains(&place) && told.err.contains(reason);
            // In memory, a column whose first cells are words is one of words, wherever they stand.
            assert!(is_told || name == "word" && more.is_empty(), "{name} {more:?}: {}", told.err);
            assert!(!told.err.contains("with_words") && !told.err.contains("Nulls"), "{}", told.err);
        }
    }
    let path = file("streamed_words.csv", "y,x\nno,1\nyes,2\nno,3\nyes,2.5\n");
    let fit = |more: &[&str]| glm(&[&["fit", &path, "--response", "y", "--memory", "1"], more].concat());
    for (told, expected) in [(fit(&[]), "--success"), (fit(&["--success", "ja"]), "`y` has no level `ja`; ")] {
        assert!(told.code == 2 && told.err.contains(expected), "{}", told.err);
    }
    for link in ["logit", "log"] {
        let in_memory = glm(&["fit", &path, "--response", "y", "--success", "yes", "--link", link]);
        let streamed = fit(&["--success", "yes", "--link", link]);
        assert!(streamed.code == 0 && streamed.out == in_memory.out, "{}{}", streamed.out, in_memory.out);
        assert!(streamed.out.contains("`yes` in 2 rows, `no` in 2"), "{}", streamed.out);
    }
}

/// Models of the same rows are compared, however these were read; of other rows, they are refused.
#[test]
fn saved_models_of_the_same_rows_are_compared_however_they_were_read() {
    let (whole, folder) = files("streamed_compared");
    let save = |data: &str, terms: &str, name: &str, more: &[&str]| {
        let path = scratch(name);
        let options = ["--response", "y", "--terms", terms, "--weights", "w", "--save", &path];
        let run = glm(&[&["fit", data], &options[..], more].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        path
    };
    let small = save(&whole, "x", "compared_small.json", &[]);
    let found = [(&whole, &[][..]), (&whole, &["--memory", "1K"]), (&folder, &[])].map(|(data, more)| {
        let large = save(data, "x,c", "compared_large.json", more);
        glm(&["anova", &small, &large])
    });
    assert_eq!(found[0].code, 0, "{}", found[0].err);
    assert!(found.iter().all(|run| run.code == 0 && run.out == found[0].out));
    let mut others = lines(3_000);
    let other = if others[1_234].starts_with('0') { "1" } else { "0" };
    others[1_234].replace_range(..1, other);
    write(&whole, &others);
    let other = save(&whole, "x,c", "compared_other.json", &["--memory", "1K"]);
    assert_eq!(glm(&["anova", &small, &other]).code, 2);
    let of_classes = ["", "1K"].map(|memory| {
        let path = scratch(&format!("compared_classes{memory}.json"));
        let options = ["--response", "c", "--terms", "x", "--family", "multinomial", "--save", &path];
        let memory = if memory.is_empty() { vec![] } else { vec!["--memory", memory] };
        assert_eq!(glm(&[&["fit", &whole], &options[..], &memory].concat()).code, 0);
        std::fs::read_to_string(path).unwrap()
    });
    assert_eq!(of_classes[0], of_classes[1]);
}

/// Files without rows among others change nothing; files of another kind are named.
#[test]
fn folders_may_have_files_without_rows_but_not_of_other_kinds() {
    let (whole, folder) = files("streamed_kinds");
    let model = scratch("streamed_kinds.json");
    let _ = std::fs::remove_file(format!("{folder}/notes.txt"));
    assert_eq!(fit(&whole, &["--save", &model]).code, 0);
    let expected = glm(&["predict", &model, &whole]).out;
    for number in [3, 0] {
        std::fs::write(format!("{folder}/part-{number}0.csv"), "y,x,z,c,d,w\n").unwrap();
        let found = glm(&["predict", &model, &folder]);
        assert!(found.code == 0 && found.out == expected, "{}", found.err);
    }
    let none = glm(&["predict", &model, &format!("{folder}/part-?0.csv")]);
    assert!(none.code == 2 && none.err.contains("no rows"), "{}", none.err);
    std::fs::write(format!("{folder}/notes.txt"), "all is well\n").unwrap();
    for told in [glm(&["predict", &model, &folder]), fit(&folder, &[])] {
        let is_told = told.err.contains("`notes.txt` and `part-0.csv`") && told.err.contains("/*.csv'");
        assert!(told.code == 2 && is_told, "{}", told.err);
    }
}

/// Rows whose cells are written in several ways, in one file in memory and read in every pass, and as two files.
#[test]
fn words_and_numbers_mean_the_same_as_in_memory() {
    let numbers = ["0,1", "1,2", "1,1", "0,2.0", "1,1.0", "0,01", "1,+2", "0,1e0", "1,2", "0,-0", "1,0", "0,0.0"];
    for (name, rows, more) in [
        ("levels", &numbers[..], &["--terms", "factor(h)"][..]),
        ("missing", &["0,a", "1,b", "1,a", "0,b", "1,nan"], &[]),
        ("missing_success", &["no,1", "yes,2", "Null,1", "no,3"], &["--success", "yes"]),
        ("first_word", &["0,?", "1,2", "1,1", "0,3", "1,5", "0,4"], &["--ridge", "1"]),
        ("commas", &["0,\"1,5\"", "1,\"2,5\"", "1,\"1,5\"", "0,\"2,5\""], &["--ridge", "1"]),
        ("success", &["1,1", "1.0,2", "0,3", "0,1", "1,2", "0.0,2"], &["--success", "1"]),
        ("classes", &["1,1", "1.0,2", "0,3", "0,1", "1,2", "0.0,2"], &["--family", "multinomial"]),
    ] {
        let path = file(&format!("streamed_spelled_{name}.csv"), format!("y,h\n{}\n", rows.join("\n")));
        let model = |of: &str| scratch(&format!("streamed_spelled_{name}_{of}.json"));
        let fit = |of: &str, size: &[&str]| {
            let saved = model(of);
            glm(&[&["fit", &path, "--response", "y", "--save", &saved], more, size].concat())
        };
        let (expected, found) = (fit("memory", &[]), fit("streamed", &["--memory", "1"]));
        assert_eq!((found.code, &found.out), (expected.code, &expected.out), "{name}: {}{}", expected.err, found.err);
        if expected.code == 0 {
            let [of_memory, of_streamed] = ["memory", "streamed"].map(|of| glm(&["predict", &model(of), &path]));
            assert_eq!((of_streamed.code, &of_streamed.out), (0, &of_memory.out), "{name}: {}", of_streamed.err);
        } else {
            assert!(found.err.contains("column `"), "{name}: {}", found.err);
        }
    }
}

/// Nothing is left out of a folder in silence, and nothing is written into it.
#[cfg(unix)]
#[test]
fn folders_hold_files_of_data_alone() {
    let (_, folder) = files("streamed_folder");
    let (link, inner) = (format!("{folder}/part-7.csv"), format!("{folder}/part-8.csv"));
    let _ = (std::fs::remove_file(&link), std::fs::remove_dir(&inner));
    std::os::unix::fs::symlink("nowhere.csv", &link).unwrap();
    for data in [folder.clone(), format!("{folder}/*.csv")] {
        let told = fit(&data, &[]);
        assert!(told.code == 2 && told.err.contains("part-7.csv: is no file"), "{}", told.err);
    }
    std::fs::remove_file(&link).unwrap();
    std::fs::create_dir(&inner).unwrap();
    let told = fit(&format!("{folder}/*.csv"), &[]);
    assert!(told.code == 2 && told.err.contains("part-8.csv: is a folder"), "{}", told.err);
    std::fs::remove_dir(&inner).unwrap();
    for option in ["--save", "--checkpoint"] {
        let told = fit(&folder, &[option, &format!("{folder}/a.journal")]);
        assert!(told.code == 2 && told.err.contains("lies in the folder of the data"), "{}", told.err);
        let told = fit(&folder, &[option, &format!("{folder}/none/a.journal")]);
        assert!(told.code == 2 && told.err.contains("its folder isn't there"), "{}", told.err);
    }
    let told = fit(&folder, &["--checkpoint", "/dev/zero"]);
    assert!(told.code == 2 && told.err.contains("is no file"), "{}", told.err);
}

/// Without a line of names, columns are told by their places: all files have as many.
#[test]
fn files_without_names_have_as_many_columns() {
    let folder = scratch("streamed_nameless");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(format!("{folder}/0.csv"), "0,1\n1,2\n1,1\n0,2\n").unwrap();
    std::fs::write(format!("{folder}/1.csv"), "9,0,1\n9,1,2\n").unwrap();
    let told = glm(&["fit", &folder, "--response", "V1", "--header", "no"]);
    assert!(
        told.code == 2 && told.err.contains("1.csv: has 3 columns, but ") && told.err.contains("0.csv has 2"),
        "{}",
        told.err
    );
}
