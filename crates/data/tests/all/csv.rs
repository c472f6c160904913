//! Text files.

use crate::common::{GROUPS, ROWS, Rows, check_same, check_shares, fixed, program};
use data::{Adapt, Csv, Error, Kind, MissingWords, Nulls, Source, Stacked, WithLevels};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Writes some of the rows, with the columns in this order.
pub fn write(path: &Path, rows: &Rows, part: std::ops::Range<usize>, order: [&str; 4]) {
    let mut text = order.join(",") + "\n";
    for row in part {
        let cell = |name: &str| match name {
            "a" => rows.x[[row, 0]].to_string(),
            "b" => rows.x[[row, 1]].to_string(),
            "y" => rows.y[row].to_string(),
            _ => rows.word(row).into(),
        };
        writeln!(text, "{}", order.map(cell).join(",")).unwrap();
    }
    std::fs::write(path, text).unwrap();
}

fn open(files: &[PathBuf], nulls: Nulls) -> data::Result<Stacked<WithLevels<Csv>>> {
    let csv = Csv::open(files)?.with_words(&["group"])?.with_nulls(nulls);
    csv.with_levels(&["group"])?.stacked("x", &["a", "b"])
}

#[test]
fn files_give_the_same_bits_as_memory() {
    let folder = tempfile::tempdir().unwrap();
    let rows = Rows::new(ROWS);
    let whole = folder.path().join("whole.csv");
    write(&whole, &rows, 0..ROWS, ["a", "b", "y", "group"]);
    check_same(&open(&[whole], Nulls::Refuse).unwrap(), &rows, "one file");
    let shards = folder.path().join("shards");
    std::fs::create_dir(&shards).unwrap();
    // Columns in another order, and a file without rows.
    let cuts = [
        (0..100, ["a", "b", "y", "group"]),
        (100..100, ["y", "b", "a", "group"]),
        (100..ROWS, ["group", "b", "y", "a"]),
    ];
    for (number, (part, order)) in cuts.into_iter().enumerate() {
        write(&shards.join(format!("{number}.csv")), &rows, part, order);
    }
    let folder = open(&data::files(&shards).unwrap(), Nulls::Refuse).unwrap();
    check_same(&folder, &rows, "a folder");
    check_shares(&folder, "a folder");
}

/// Whatever the first files lack, and however later ones order their columns.
#[test]
fn words_are_detected_in_the_first_rows_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let texts = ["a,t\n", "t,a\nNA,1\n", "a,t\n2,True\n3,1\n", "a,t\nx,2\n"];
    let paths: Vec<PathBuf> = (0..texts.len()).map(|number| folder.path().join(format!("{number}.csv"))).collect();
    paths.iter().zip(texts).for_each(|(path, text)| std::fs::write(path, text).unwrap());
    for from in 0..2 {
        let source = Csv::open(&paths[from..]).unwrap();
        let source = source.with_words_detected().unwrap();
        let kinds: Vec<(&str, Kind)> = source.fields().iter().map(|field| (field.name.as_str(), field.kind)).collect();
        for expected in [("a", Kind::Numbers), ("t", Kind::Words)] {
            assert!(kinds.contains(&expected), "from {from}: {kinds:?}");
        }
    }
}

#[track_caller]
fn error(text: &str, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, text).unwrap();
    let run =
        || -> data::Result<_> { data::run(&program(), &fixed(), &open(std::slice::from_ref(&path), Nulls::Refuse)?) };
    let message = run().unwrap_err().to_string().replace(&format!("{}", path.display()), "rows.csv");
    assert_eq!(message, expected);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    error("", "rows.csv: is empty; it needs a line of column names and at least one row");
    error("\n\n", "rows.csv: has blank lines only; it needs a line of column names and at least one row");
    error("a,b,y\n1,2,3\n", "there is no column `group`; there are: a, b, y");
    error("a,b,y,group,a\n", "rows.csv: columns 1 and 5 are both named `a`; rename or remove one");
    let head = "a,b,y,group\n1,2,1,red\n";
    error(
        &format!("{head}1,x,1,red\n"),
        "rows.csv, line 3, column `b`: `x` is no number; take the column as a factor, of words (`with_words`)",
    );
    error(&format!("{head}1,inf,1,red\n"), "rows.csv, line 3, column `b`: the value is inf; numbers must be finite");
    let missing = "fill it in, or have such rows dropped (`Nulls::Drop`)";
    error(&format!("{head}1,,1,red\n"), &format!("rows.csv, line 3, column `b`: the cell is empty; {missing}"));
    error(
        &format!("{head}1,2,1,NA\n"),
        &format!("rows.csv, line 3, column `group`: `NA` is a missing value; {missing}"),
    );
    error(
        &format!("{head}1,2,1\n"),
        "rows.csv, line 3: the row has 3 cells, but the header has 4; mend the row (a cell that holds the delimiter needs quotes around it)",
    );
    error(
        "a,b,y,gro\0up\n",
        "rows.csv: the column names hold zero bytes, as in UTF-16; save the file in UTF-8 and try again",
    );
}

#[test]
fn rows_with_missing_values_are_dropped_by_request_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    let rows = Rows::new(3);
    let line = |row: usize| format!("{},{},{},{}\n", rows.x[[row, 0]], rows.x[[row, 1]], rows.y[row], rows.word(row));
    let text =
        format!("a,b,y,group\n{},NA,0,red\n{}{}1,2,,red\n", line(0), line(1), line(2)).replace("\n,NA", "\n1,NA");
    std::fs::write(&path, text).unwrap();
    let csv = Csv::open(&[&path]).unwrap().with_words(&["group"]).unwrap().with_nulls(Nulls::Drop);
    let csv = &csv;
    let source = csv.with_levels(&["group"]).unwrap().stacked("x", &["a", "b"]).unwrap();
    check_same(&source, &rows, "dropped");
    assert_eq!(csv.dropped(), 2);
    check_shares(&source, "dropped");
    assert_eq!(GROUPS.len(), 3);
}

#[test]
fn a_file_that_changes_between_passes_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    let rows = Rows::new(100);
    write(&path, &rows, 0..100, ["a", "b", "y", "group"]);
    let source = open(std::slice::from_ref(&path), Nulls::Refuse).unwrap();
    data::run(&program(), &fixed(), &source).unwrap();
    write(&path, &rows, 0..99, ["a", "b", "y", "group"]);
    let error = data::run(&program(), &fixed(), &source).unwrap_err();
    assert!(matches!(&error, Error::Changed { file, .. } if *file == path), "{error}");
    std::fs::remove_file(&path).unwrap();
    let error = data::run(&program(), &fixed(), &source).unwrap_err();
    assert!(matches!(&error, Error::Changed { file, .. } if *file == path), "{error}");
}

#[test]
fn columns_are_read_as_what_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, "a,g\n1,none\n  \n-99,9007199254740993\n3,9007199254740992").unwrap();
    let missing = MissingWords::new(&["-99"]);
    let csv = || Csv::open(&[&path]).unwrap().with_missing(missing.clone()).with_words_of(&[("words", "a")]).unwrap();
    let source = csv().with_words(&["g"]).unwrap().with_levels(&["g"]).unwrap();
    assert_eq!(source.levels("g").unwrap(), ["9007199254740992", "9007199254740993", "none"]);
    check_shares(&csv().with_nulls(Nulls::Drop), "with a blank line");
    let error = csv().with_levels(&["words"]).unwrap_err();
    assert!(matches!(&error, Error::Null { at: data::At::Line(4), column, .. } if column == "a"), "{error}");
    let dropping = csv().with_nulls(Nulls::Drop).with_levels(&["words"]).unwrap();
    assert_eq!(dropping.levels("words").unwrap(), ["1", "3"]);
    let twice = csv().with_words_of(&[("a", "g")]).unwrap_err();
    assert!(matches!(&twice, Error::DoubledColumn { name, .. } if name == "a"), "{twice}");
    let open = format!("{}1,\"two\nlines\"\n2,\"x\n3,y\n", "a,g\n");
    std::fs::write(&path, open).unwrap();
    let error = csv().with_words(&["g"]).unwrap().with_levels(&["g"]).unwrap_err().to_string();
    assert!(error.contains("line 4: a quote is opened in this row and never closed"), "{error}");
}

/// Lines may end with `\n`, `\r\n` or `\r`: the rows are the same, and so is what is said of them.
#[test]
fn rows_are_the_same_however_lines_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ends.csv");
    let text = "a,\"g\nh\"\n1,x\n\n2,\"y\"\n3,x\n";
    for end in ["\n", "\r\n", "\r"] {
        let write = |more: &str| std::fs::write(&path, (text.to_owned() + more).replace('\n', end)).unwrap();
        let levels = || {
            let source = Csv::open(&[&path])?.with_words_detected()?.with_levels(&["a"])?;
            Ok::<_, Error>(source.levels("a")?.to_vec())
        };
        write("");
        assert_eq!(levels().unwrap(), ["1", "2", "3"], "{end:?}");
        for (more, told) in [
            ("NA,x\n", "line 7, column `a`: `NA` is a missing value; "),
            ("4,x,y\n", "line 7: the row has 3 cells, but the header has 2; mend the row"),
            ("\n4,\"x\n", "line 8: a quote is opened in this row and never closed"),
            ("4,x\nword,x\nNA,y\n", "line 8, column `a`: `word` is no number"),
            ("inf,x\n", "line 7, column `a`: the value is inf; numbers must be finite"),
        ] {
            write(more);
            let error = levels().unwrap_err().to_string();
            assert!(error.contains(told), "{end:?}: {error}");
        }
    }
}
