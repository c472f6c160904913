//! Rows, programs over them, and what these give in memory.

use autodiff::{Binding, Outputs, Program, Tape, bind, bind_indices};
use data::{Adapt, Arrays, Block, Column, Source};
use ndarray::{Array1, Array2};
use std::ops::Range;

/// Enough rows for several parts of a program.
pub const ROWS: usize = 60_001;

/// Rows with two columns of numbers, labels, and a group.
pub struct Rows {
    pub x: Array2<f64>,
    pub y: Array1<f64>,
    pub group: Array1<usize>,
}

pub const GROUPS: [&str; 3] = ["blue", "green", "red"];

impl Rows {
    pub fn new(rows: usize) -> Self {
        // Of few digits, so that they can be written and read as text.
        let number = |row: usize, k: usize| ((row * k % 8191) as f64 - 4095.0) / 1024.0;
        Rows {
            x: Array2::from_shape_fn((rows, 2), |(row, column)| number(row, [7919, 104_729][column])),
            y: Array1::from_shape_fn(rows, |row| (row * 31 % 7 % 2) as f64),
            group: Array1::from_shape_fn(rows, |row| row * 5 % 3),
        }
    }

    pub fn word(&self, row: usize) -> &'static str {
        GROUPS[self.group[row]]
    }

    pub fn arrays(&self) -> Arrays<'_> {
        let arrays = Arrays::new().with("x", &self.x).unwrap().with("y", &self.y).unwrap();
        arrays.with_indices_of("group", &self.group).unwrap()
    }
}

/// Of two passes: a loss centred by its mean, its gradient by slopes and by effects of groups, and the Hessian.
pub fn program() -> Program<f64> {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("x", &[2]), tape.rows("y", &[]));
    let (theta, effects) = (tape.input("theta", &[2]), tape.input("effects", &[3]));
    let eta = x.linear(theta) + effects.gather(tape.index_rows("group", &[]));
    let loss = (eta - eta.mean()).sigmoid().log_loss(y).sum();
    tape.compile(&[loss, loss.grad(theta), loss.grad(effects), loss.hessian(theta), eta.max(), eta.logsumexp()])
        .unwrap()
}

pub fn fixed<'a>() -> Vec<Binding<'a, f64>> {
    vec![bind("theta", &[0.4, -0.3]), bind("effects", &[0.0, 0.5, -0.25])]
}

pub fn bits(outputs: &Outputs<f64>) -> Vec<u64> {
    outputs.iter().flatten().map(|x| x.to_bits()).collect()
}

/// What the program gives on all rows in memory, by one thread.
pub fn in_memory(rows: &Rows) -> Vec<u64> {
    let data = [bind("x", &rows.x), bind("y", &rows.y), bind_indices("group", &rows.group)];
    let all: Vec<Binding<'_, f64>> = fixed().into_iter().chain(data).collect();
    bits(&program().with_threads(1).run(&all).unwrap())
}

/// What it gives on a source, by one to five threads.
#[track_caller]
pub fn check_same(source: &dyn Source, rows: &Rows, what: &str) {
    let expected = in_memory(rows);
    for threads in [1, 2, 5] {
        let found = data::run(&program().with_threads(threads), &fixed(), source);
        let found = found.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(bits(&found), expected, "{what}, {threads} threads");
    }
}

/// Makes sure that shares of a source hold its rows, whichever they are.
#[track_caller]
pub fn check_shares(source: &dyn Source, what: &str) {
    let column = source.find("a").unwrap();
    let numbers = |rows: Option<Range<usize>>| {
        let mut numbers = Vec::new();
        let take = |block: Block<'_>| {
            let Column::Numbers(cells) = &block.columns[0] else { panic!("{what}: no numbers") };
            assert_eq!(cells.len(), block.rows);
            numbers.extend(cells.iter().copied());
            Ok::<(), data::Error>(())
        };
        match rows {
            None => data::each(source, &[column], take),
            Some(rows) => data::each_within(source, &[column], rows, take),
        }
        .unwrap_or_else(|error| panic!("{what}: {error}"));
        numbers
    };
    let all = numbers(None);
    let size = all.len();
    for rows in [0..size, 0..1, 1..2, size / 3..size / 2, size / 2..size, size - 1..size, 5..5, size..size + 10] {
        let expected = &all[rows.start.min(size)..rows.end.min(size)];
        assert_eq!(numbers(Some(rows.clone())), expected, "{what}: rows {rows:?}");
    }
}

#[test]
fn arrays_in_blocks_of_any_size_give_the_same_bits() {
    let rows = Rows::new(ROWS);
    check_same(&rows.arrays(), &rows, "all at once");
    for size in [1_000, 7_777, ROWS] {
        check_same(&rows.arrays().with_block_rows(size), &rows, &format!("blocks of {size} rows"));
    }
    let few = Rows::new(50);
    check_same(&few.arrays().with_block_rows(1), &few, "row by row");
    check_same(&few.arrays().with_block_rows(7), &few, "blocks of 7");
    let none = Rows::new(0);
    check_same(&none.arrays(), &none, "no rows");
}

#[test]
fn columns_are_found_by_name_and_refused_where_they_are_not_what_is_needed() {
    let rows = Rows::new(10);
    let source = Arrays::new().with("x", &rows.x).unwrap().with("y", &rows.y).unwrap();
    let error = data::run(&program(), &fixed(), &source).unwrap_err().to_string();
    assert_eq!(error, "there is no column `group`; there are: x, y");
    let numbers = rows.group.mapv(|group| group as f64);
    let source = source.with("group", &numbers).unwrap();
    let error = data::run(&program(), &fixed(), &source).unwrap_err().to_string();
    assert!(error.contains("input `group` takes indices"), "{error}");
    check_same(&source.clone().with_indices(&["group"]).unwrap(), &rows, "whole numbers as indices");
    let halves = rows.group.mapv(|group| group as f64 / 2.0);
    let source = Arrays::new().with("x", &rows.x).unwrap().with("y", &rows.y).unwrap().with("group", &halves).unwrap();
    let error = data::run(&program(), &fixed(), &source.with_indices(&["group"]).unwrap()).unwrap_err().to_string();
    assert!(error.contains("row 3, column `group`: 0.5 is no index"), "{error}");
    assert!(matches!(rows.arrays().with("y", &rows.y).unwrap_err(), data::Error::DoubledColumn { .. }));
    let short = Array1::<f64>::zeros(9);
    assert!(matches!(
        rows.arrays().with("z", &short).unwrap_err(),
        data::Error::Lengths { found: 9, expected: 10, .. }
    ));
}

#[test]
fn columns_side_by_side_are_a_matrix() {
    let rows = Rows::new(5_000);
    let columns = Arrays::new().with("b", rows.x.column(1)).unwrap().with("y", &rows.y).unwrap();
    let columns = columns.with("a", rows.x.column(0)).unwrap().with_indices_of("group", &rows.group).unwrap();
    check_same(&columns.with_block_rows(300).stacked("x", &["a", "b"]).unwrap(), &rows, "stacked");
}
