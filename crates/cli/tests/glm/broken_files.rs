//! What is said of files that can't be used: where, what, and what to do.

use crate::run::{file, glm, scratch};

/// Fits `y` and gives what is said, which must start with the file's name and end with exit code 2.
fn complaint(name: &str, content: impl AsRef<[u8]>, more: &[&str]) -> String {
    let path = file(name, content);
    let run = glm(&[&["fit", &path, "--response", "y"], more].concat());
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
    run.err.strip_prefix(&format!("glm: {path}")).unwrap_or_else(|| panic!("{}", run.err)).trim_end().to_owned()
}

#[test]
fn a_missing_file() {
    let path = scratch("there_is_none.csv");
    let run = glm(&["fit", &path, "--response", "y"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains(&path) && run.err.contains("No such file"), "{}", run.err);
}

#[test]
fn an_empty_file() {
    let said = complaint("empty.csv", "", &[]);
    assert_eq!(said, ": is empty; it needs a line of column names and at least one row");
}

#[test]
fn a_header_only() {
    let said = complaint("header_only.csv", "y,x\n", &[]);
    assert_eq!(said, ": has column names but no rows; add at least one row of data");
}

#[test]
fn a_ragged_row() {
    let said = complaint("ragged.csv", "y,x\n0,1\n1,2,3\n", &[]);
    assert!(said.starts_with(", line 3: the row has 3 cells, but the header has 2; mend the row"), "{said}");
}

#[test]
fn a_duplicate_column() {
    let said = complaint("duplicate.csv", "y,x,z,x\n0,1,2,3\n", &[]);
    assert_eq!(said, ": columns 2 and 4 are both named `x`; rename or remove one");
}

#[test]
fn a_missing_column_with_the_nearest_name() {
    let said = complaint("missing_column.csv", "y,weight\n0,1\n1,2\n", &["--terms", "wieght"]);
    assert_eq!(said, ": there is no column `wieght`; did you mean `weight`?");
    let said = complaint("missing_column.csv", "y,x\n0,1\n1,2\n", &["--offset", "exposure"]);
    assert_eq!(said, ": --offset: there is no column `exposure`; the columns are `y`, `x`");
}

#[test]
fn an_empty_cell_and_a_missing_value() {
    let said = complaint("empty_cell.csv", "y,x\n0,1\n1,\n", &[]);
    assert_eq!(
        said,
        ", line 3, column `x`: the cell is empty; fill it in, remove the row, or leave out all such rows with --na omit (a fit: of one file, in memory; a prediction: as NA)"
    );
    let said = complaint("nan.csv", "y,x\n0,1\n1,2\nNaN,3\n", &[]);
    assert_eq!(
        said,
        ", line 4, column `y`: `NaN` is a missing value; fill it in, remove the row, or leave out all such rows with --na omit (a fit: of one file, in memory; a prediction: as NA)"
    );
}

#[test]
fn a_word_among_numbers() {
    let said = complaint("word.csv", "y,age\n0,19\n1,old\n", &[]);
    assert!(said.starts_with(", line 3, column `age`: `old` is not a number"), "{said}");
    assert!(said.contains("factor(age)"), "{said}");
    let said = complaint("word_response.csv", "y,x\nyes,1\nno,2\n", &[]);
    assert!(said.starts_with(", line 2, column `y`: `yes` is not a number"), "{said}");
    assert!(
        said.contains("0 and 1") && said.contains("the levels `no`, `yes`") && said.contains("--success"),
        "{said}"
    );
}

#[test]
fn an_infinite_value() {
    let said = complaint("infinite.csv", "y,x\n0,1\n1,inf\n", &[]);
    assert_eq!(said, ", line 3, column `x`: the value is inf; numbers must be finite");
}

#[test]
fn a_response_that_the_family_cannot_have() {
    let said = complaint("not_binomial.csv", "y,x\n0,1\n2,2\n1,3\n", &[]);
    assert!(said.starts_with(", line 3, column `y`: the value is 2; "), "{said}");
    assert!(said.contains("[0, 1]") && said.contains("--family"), "{said}");
    let said = complaint("negative_counts.csv", "y,x\n3,1\n0,2\n\n-1,3\n", &["--family", "poisson"]);
    assert!(said.starts_with(", line 5, column `y`: the value is -1; "), "{said}");
}

#[test]
fn a_negative_weight() {
    let said = complaint("negative_weight.csv", "y,x,w\n0,1,1\n1,2,-3\n", &["--weights", "w"]);
    assert!(said.starts_with(", line 3, column `w`: the value is -3; "), "{said}");
}

#[test]
fn text_that_is_not_utf_8() {
    let said = complaint("latin1.csv", b"y,town\n0,K\xf6ln\n1,Bonn\n", &[]);
    assert!(said.starts_with(", line 2, column `town`: ") && said.contains("UTF-8"), "{said}");
    let said = complaint("utf16.csv", b"\xff\xfey\0,\0x\0\n\0", &[]);
    assert!(said.contains("text in UTF-16") && said.contains("save it in UTF-8"), "{said}");
}

#[test]
fn another_delimiter() {
    let text = "y;x\n0;1\n1;2\n0;3\n1;2.5\n";
    let said = complaint("semicolon.csv", text, &["--delimiter", "tab"]);
    assert!(said.contains("--delimiter ';'"), "{said}");
    let path = file("semicolon_again.csv", text);
    for delimiter in [&["--delimiter", ";"][..], &[]] {
        assert_eq!(glm(&[&["fit", &path, "--response", "y"], delimiter].concat()).code, 0);
    }
    let path = file("tab.tsv", text.replace(';', "\t"));
    assert_eq!(glm(&["fit", &path, "--response", "y", "--delimiter", "tab"]).code, 0);
}

#[test]
fn a_column_of_row_names_or_identifiers() {
    let said = complaint("row_names.csv", ",y,x\n1,0,1\n2,1,1\n", &[]);
    assert!(said.contains("column 1 has no name"), "{said}");
    let said = complaint("identifiers.csv", "y,id\n0,a\n1,b\n0,c\n", &[]);
    assert!(said.starts_with(", column `id`: every row is a category of its own"), "{said}");
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_without_the_feature() {
    let said = complaint("data.parquet", "PAR1", &[]);
    assert!(said.contains("--features parquet"), "{said}");
}
