//! Memory-mapped files.

use crate::common::{ROWS, Rows, check_same, fixed, program};
use data::{Adapt, Error, Npy};
use ndarray::{Array2, ShapeBuilder};
use std::path::Path;

fn write(folder: &Path, rows: &Rows) {
    ndarray_npy::write_npy(folder.join("x.npy"), &rows.x).unwrap();
    ndarray_npy::write_npy(folder.join("y.npy"), &rows.y).unwrap();
    ndarray_npy::write_npy(folder.join("group.npy"), &rows.group.mapv(|group| group as i32)).unwrap();
}

fn open(folder: &Path) -> data::Result<Npy> {
    let at = |name: &str| folder.join(name);
    Npy::new().with("x", at("x.npy"))?.with("y", at("y.npy"))?.with("group", at("group.npy"))
}

#[test]
fn mapped_files_give_the_same_bits_as_memory() {
    let folder = tempfile::tempdir().unwrap();
    let rows = Rows::new(ROWS);
    write(folder.path(), &rows);
    check_same(&open(folder.path()).unwrap().with_indices(&["group"]).unwrap(), &rows, "as it comes");
    for size in [999, ROWS] {
        let source = open(folder.path()).unwrap().with_block_rows(size).with_indices(&["group"]).unwrap();
        check_same(&source, &rows, &format!("blocks of {size}"));
    }
    // Column by column, as Fortran has matrices.
    let mut by_columns = Array2::zeros(rows.x.raw_dim().f());
    by_columns.assign(&rows.x);
    ndarray_npy::write_npy(folder.path().join("x.npy"), &by_columns).unwrap();
    check_same(&open(folder.path()).unwrap().with_indices(&["group"]).unwrap(), &rows, "by columns");
}

#[test]
fn every_type_of_number_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let tape = autodiff::Tape::<f64>::new();
    let program = tape.compile(&[tape.rows("x", &[]).sum()]).unwrap();
    let sum = || data::run(&program, &[], &Npy::new().with("x", &path).unwrap()).unwrap().number(0).unwrap();
    macro_rules! check {
        ($($number:ty)*) => { $(
            ndarray_npy::write_npy(&path, &ndarray::arr1(&[1 as $number, 2 as $number, 100 as $number])).unwrap();
            assert_eq!(sum(), 103.0);
        )* };
    }
    check!(f64 f32 i64 i32 i16 i8 u64 u32 u16 u8);
    ndarray_npy::write_npy(&path, &ndarray::arr1(&[true, false, true])).unwrap();
    assert_eq!(sum(), 2.0);
}

#[test]
fn what_is_wrong_is_told_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let rows = Rows::new(100);
    write(folder.path(), &rows);
    let path = folder.path().join("y.npy");
    let source = open(folder.path()).unwrap().with_indices(&["group"]).unwrap();
    ndarray_npy::write_npy(&path, &ndarray::Array1::<f64>::zeros(101)).unwrap();
    let error = data::run(&program(), &fixed(), &source).unwrap_err();
    assert!(matches!(&error, Error::Changed { file, .. } if *file == path), "{error}");
    assert!(matches!(open(folder.path()).unwrap_err(), Error::Lengths { found: 101, expected: 100, .. }));
    let bytes = std::fs::read(&path).unwrap();
    for cut in [0, 5, 60, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let error = Npy::new().with("y", &path).unwrap_err();
        assert!(matches!(&error, Error::Format { .. } | Error::Io { .. }), "cut at {cut}: {error}");
    }
}
