//! The same rows in memory, read in every pass, and in a folder of files: the same output, saved models that predict the same, and the same refusals.

use crate::run::{Run, glm, scratch};

/// A file with these rows, and a folder with the same in two files.
fn files(name: &str, header: &str, rows: &[String]) -> (String, String) {
    let (whole, folder) = (scratch(&format!("layout_{name}.csv")), scratch(&format!("layout_{name}")));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let write = |path: &str, rows: &[String]| std::fs::write(path, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    let (first, second) = rows.split_at(rows.len() / 3);
    write(&whole, rows);
    write(&format!("{folder}/0.csv"), first);
    write(&format!("{folder}/1.csv"), second);
    (whole, folder)
}

/// Fits of all layouts; their models are saved as numbered.
fn fits(whole: &str, folder: &str, options: &[&str]) -> [Run; 3] {
    [(0, &[whole][..]), (1, &[whole, "--memory", "1"]), (2, &[folder])].map(|(number, data)| {
        let saved = format!("{whole}.{number}.json");
        glm(&[&["fit"], data, options, &["--json", "--save", &saved]].concat())
    })
}

/// Makes sure that all layouts give the same coefficients, these, and the same predictions of all layouts.
#[track_caller]
fn check_same(name: &str, header: &str, rows: &[String], options: &[&str], names: &[&str]) {
    let (whole, folder) = files(name, header, rows);
    let found = fits(&whole, &folder, options);
    assert_eq!(crate::run::names(&found[0].json()), names, "{name}");
    for other in &found[1..] {
        assert_eq!((other.code, &other.out), (0, &found[0].out), "{name}: {}", other.err);
    }
    let words: Vec<&str> = options.iter().copied().skip_while(|option| *option != "--na-words").take(2).collect();
    let predict = |number: usize, data: &str| {
        let run = glm(&[&["predict", &format!("{whole}.{number}.json"), data], &words[..]].concat());
        assert_eq!(run.code, 0, "{name}: {}", run.err);
        run.out
    };
    let expected = predict(0, &whole);
    for number in 0..3 {
        assert!(predict(number, &whole) == expected && predict(number, &folder) == expected, "{name}, model {number}");
    }
}

/// Rows with a binary response, a number, and what `cells` gives.
fn rows(cells: impl Fn(usize) -> String) -> Vec<String> {
    let wave = |row: usize, by: f64| (row as f64 * by).sin();
    (0..180).map(|row| format!("{},{:.3},{}", u8::from(wave(row, 77.7) > 0.1), wave(row, 0.7), cells(row))).collect()
}

const FACTOR: [&str; 4] = ["--response", "y", "--terms", "x,factor(g)"];

/// A file, or a part of one, may hold some of the levels only: whether these are numbers is for all of them to say.
#[test]
fn levels_are_told_by_all_rows_not_by_those_of_a_part() {
    let sorted = |row: usize| ["1", "1.0", "b"][row / 60].to_owned();
    check_same("mixed", "y,x,g", &rows(sorted), &FACTOR, &["(Intercept)", "x", "factor(g)1.0", "factor(g)b"]);
    let turned = |row: usize| ["b", "1.0", "1"][row / 60].to_owned();
    check_same("mixed_turned", "y,x,g", &rows(turned), &FACTOR, &["(Intercept)", "x", "factor(g)1.0", "factor(g)b"]);
    let numbers = |row: usize| ["1", "02", "1.0", "2e0"][row / 45].to_owned();
    check_same("spelled", "y,x,g", &rows(numbers), &FACTOR, &["(Intercept)", "x", "factor(g)2"]);
    let model = scratch("layout_mixed.csv.0.json");
    let other = crate::run::file("layout_mixed_other.csv", "x,g\n1,1\n1,01\n");
    let run = glm(&["predict", &model, &other]);
    assert!(run.code == 2 && run.err.contains("line 3, column `g`: `01` is none of the categories"), "{}", run.err);
    // One that isn't among the model's numbers, beside some that are.
    let other = crate::run::file("layout_spelled_other.csv", "x,g\n1,1.0\n1,two\n");
    let run = glm(&["predict", &scratch("layout_spelled.csv.0.json"), &other]);
    assert!(run.code == 2 && run.err.contains("line 3, column `g`: `two` is none of the categories"), "{}", run.err);
}

/// Identifiers of more than 53 bits.
#[test]
fn whole_numbers_are_levels_to_the_last_digit() {
    let id = |row: usize| (9_007_199_254_740_992_u64 + row as u64 * 7 % 3).to_string();
    let names = ["(Intercept)", "x", "factor(g)9007199254740993", "factor(g)9007199254740994"];
    check_same("ids", "y,x,g", &rows(id), &FACTOR, &names);
    let reference = ["--response", "y", "--terms", "x,factor(g, ref=9007199254740993)"];
    let names = ["(Intercept)", "x", "factor(g)9007199254740992", "factor(g)9007199254740994"];
    check_same("ids_reference", "y,x,g", &rows(id), &reference, &names);
    let (whole, folder) = files("ids_success", "y,x,g", &rows(id));
    for run in fits(&whole, &folder, &["--response", "g", "--success", "9007199254740993", "--terms", "x"]) {
        assert_eq!(run.code, 0, "{}", run.err);
    }
    let run = glm(&["fit", &whole, "--response", "g", "--success", "9007199254740993", "--terms", "x"]);
    assert!(run.out.contains("`9007199254740993` in 60 rows"), "{}", run.out);
}

/// A column as it is beside the factor of it, with a reference of its own.
#[test]
fn a_column_and_its_factor_are_two_variables() {
    let level = |row: usize| format!("{},{}", ["a", "b", "c"][row * 5 % 3], row * 7 % 4);
    for (number, (terms, more, names)) in [
        ("g,factor(g, ref=b)", &[][..], &["(Intercept)", "gb", "gc", "factor(g)a", "factor(g)c"][..]),
        (
            "factor(g, ref=c)*x,g",
            &[],
            &["(Intercept)", "x", "factor(g)a", "factor(g)b", "gb", "gc", "x:factor(g)a", "x:factor(g)b"],
        ),
        ("k,factor(k, ref=2)", &[], &["(Intercept)", "k", "factor(k)0", "factor(k)1", "factor(k)3"]),
        ("x,factor(k, ref=3)", &["--weights", "k"], &["(Intercept)", "x", "factor(k)1", "factor(k)2"]),
        ("factor(k, ref=2),k", &["--no-intercept"], &["factor(k)2", "factor(k)0", "factor(k)1", "factor(k)3", "k"]),
    ]
    .into_iter()
    .enumerate()
    {
        let options = [&["--response", "y", "--terms", terms, "--ridge", "1"], more].concat();
        check_same(&format!("both_{number}"), "y,x,g,k", &rows(level), &options, names);
    }
}

#[test]
fn words_for_a_missing_value_are_those_that_are_named() {
    let level = |row: usize| ["none", "low", "high"][row * 5 % 3].to_owned();
    let named = ["--response", "y", "--terms", "x,g", "--na-words", "NA,-99"];
    check_same("none", "y,x,g", &rows(level), &named, &["(Intercept)", "x", "glow", "gnone"]);
    let (whole, folder) = files("none_refused", "y,x,g", &rows(level));
    for run in fits(&whole, &folder, &FACTOR) {
        assert!(run.code == 2 && run.err.contains("column `g`: ") && run.err.contains("--na-words NA"), "{}", run.err);
    }
    let mut coded = rows(level);
    coded[100] = "1,-99.0,low".into();
    let (whole, folder) = files("coded", "y,x,g", &coded);
    for (run, line) in fits(&whole, &folder, &named).iter().zip(["line 102", "line 102", "line 42"]) {
        assert!(run.code == 2 && run.err.contains(&format!("{line}, column `x`: ")), "{}", run.err);
        assert!(run.err.contains("missing"), "{}", run.err);
    }
}

/// Without an intercept a level's coefficient is called as a column may be.
#[test]
fn names_that_clash_are_refused_and_those_that_are_not_used_are_no_matter() {
    let cells = |row: usize| format!("{},{},{}", ["a", "b", "c"][row * 5 % 3], row % 7, row % 5);
    let of = |terms: &'static str| ["--response", "y", "--terms", terms, "--no-intercept"];
    check_same("clash_unused", "y,x,g,ga,gb", &rows(cells), &of("x,g"), &["x", "ga", "gb", "gc"]);
    let factor = ["factor(g)a", "factor(g)b", "factor(g)c", "ga"];
    check_same("clash_factor", "y,x,g,ga,gb", &rows(cells), &of("factor(g),ga"), &factor);
    let (whole, folder) = files("clash", "y,x,g,ga,gb", &rows(cells));
    for terms in ["ga,g", "g,x,gb"] {
        for run in fits(&whole, &folder, &of(terms)) {
            assert!(run.code == 2 && run.err.contains("two coefficients would be called `g"), "{}", run.err);
        }
    }
    let (whole, folder) = files("clash_column", "y,x,g,factor(g)", &rows(|row| cells(row)[..3].to_owned()));
    for run in fits(&whole, &folder, &["--response", "y", "--terms", "factor(g, ref=b),factor(g)"]) {
        assert!(run.code == 2 && run.err.contains("`factor(g)` is a column and the factor of another"), "{}", run.err);
    }
}

/// What isn't written as a table should be.
#[test]
fn blank_lines_are_no_rows_and_open_quotes_are_told_where_they_open() {
    let mut lines = rows(|row| ["a", "b"][row % 2].to_owned());
    lines.insert(20, "   ".into());
    lines.insert(150, "\t".into());
    lines.push(" ".into());
    check_same("blank", "y,x,g", &lines, &FACTOR, &["(Intercept)", "x", "factor(g)b"]);
    lines[140] = "\"1\",2,\"a".into();
    let (whole, folder) = files("quotes", "y,x,g", &lines);
    for (run, line) in fits(&whole, &folder, &FACTOR).iter().zip([142, 142, 81]) {
        assert!(run.code == 2 && run.err.contains(&format!("line {line}: a quote is opened")), "{}", run.err);
    }
    for (name, header, options, reason) in [
        ("no_rows", "y,x,g", &FACTOR[..], "has column names but no rows"),
        ("no_rows_numbers", "y,x,g", &["--response", "y", "--terms", "x"], "has column names but no rows"),
        ("no_classes", "y,x,g", &["--response", "g", "--family", "multinomial"], "has column names but no rows"),
        ("no_success", "y,x,g", &["--response", "g", "--success", "a"], "has column names but no rows"),
    ] {
        let (whole, folder) = files(name, header, &[]);
        for run in fits(&whole, &folder, options) {
            assert!(run.code == 2 && run.err.contains(reason), "{name}: {}", run.err);
        }
    }
    let (whole, folder) = files("words_as_weights", "y,x,g", &rows(|row| ["a", "b"][row % 2].to_owned()));
    for (option, reason) in
        [("--weights", "`a` is not a number; weights must"), ("--offset", "`a` is not a number; an offset must")]
    {
        for run in fits(&whole, &folder, &["--response", "y", "--terms", "x", option, "g"]) {
            assert!(run.code == 2 && run.err.contains(reason) && run.err.contains("line 2, column `g`"), "{}", run.err);
        }
    }
}
