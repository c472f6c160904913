//! The generated table of the documentation, `operations.md`, and the test that it is current.

use crate::catalogue::{Operation, operations};
use std::fmt::Write;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalogue/operations.md");

/// Set to anything, it has the test write the table.
const UPDATE: &str = "UPDATE_CATALOGUE";

fn row(operation: Operation) -> String {
    let error = match operation.ulp() {
        None => "—".into(),
        Some([double, single]) if double == single => format!("{double}"),
        Some([double, single]) => format!("{double}; {single}"),
    };
    let [name, formula, derivative, domain] =
        [operation.name(), operation.formula(), operation.derivative(), operation.domain()]
            .map(|text| text.replace('|', "\\|"));
    format!("| `{name}` | {formula} | {derivative} | {domain} | {error} |")
}

fn table() -> String {
    let mut text = String::from(
        "# All operations\n\n\
         The largest error seen of the value is in units in the last place, for `f64` (and, after a semicolon, `f32`\n\
         where it differs); 0 is exact, ½ correctly rounded. `y` is the result, `ȳ` its adjoint.\n\n",
    );
    for (title, elementwise) in [("Elementwise", true), ("Of arrays", false)] {
        let _ = writeln!(text, "## {title}\n");
        let _ = writeln!(text, "| operation | value | derivative | domain and edges | ulp |");
        let _ = writeln!(text, "|---|---|---|---|---|");
        for operation in operations().filter(|operation| operation.is_elementwise() == elementwise) {
            let _ = writeln!(text, "{}", row(operation));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len() + 1);
    text
}

#[test]
fn the_table_in_the_documentation_is_current() {
    let current = table();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(PATH, &current).expect("the table is written");
    }
    let written = std::fs::read_to_string(PATH).unwrap_or_default().replace("\r\n", "\n");
    let stale = current.lines().zip(written.lines().chain(std::iter::repeat(""))).find(|(new, old)| new != old);
    assert!(
        written == current,
        "src/catalogue/operations.md is stale, first at {stale:?}; generate it with \
         `{UPDATE}=1 cargo test -p autodiff --lib catalogue`"
    );
}

#[test]
fn every_operation_is_there_once() {
    let mut names: Vec<_> = operations().map(Operation::name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}
