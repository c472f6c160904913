//! Parquet, Arrow IPC and record batches.

use crate::common::{GROUPS, ROWS, Rows, check_same, check_shares, fixed, program};
use arrow_array::types::{ArrowPrimitiveType, Decimal256Type, Float16Type, Int8Type};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array, DictionaryArray,
    DurationSecondArray, Float16Array, Float32Array, Float64Array, Int8Array, Int64Array, NullArray, RecordBatch,
    StringArray,
};
use arrow_schema::Schema;
use data::{Adapt, Batches, Block, Column, Error, Ipc, MissingWords, Nulls, Parquet, Source};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::path::Path;
use std::sync::Arc;

/// Rows as a batch: doubles, floats, booleans, and words, as they are or as a dictionary.
pub fn batch(rows: &Rows, part: std::ops::Range<usize>, dictionary: bool) -> RecordBatch {
    let column = |column: usize| part.clone().map(move |row| rows.x[[row, column]]);
    let words: ArrayRef = if dictionary {
        let keys = Int8Array::from_iter_values(part.clone().map(|row| rows.group[row] as i8));
        Arc::new(DictionaryArray::<Int8Type>::new(keys, Arc::new(StringArray::from(GROUPS.to_vec()))))
    } else {
        Arc::new(StringArray::from_iter_values(part.clone().map(|row| rows.word(row))))
    };
    let columns: [(&str, ArrayRef); 4] = [
        ("a", Arc::new(Float64Array::from_iter_values(column(0)))),
        ("b", Arc::new(Float32Array::from_iter_values(column(1).map(|x| x as f32)))),
        ("y", Arc::new(BooleanArray::from_iter(part.clone().map(|row| Some(rows.y[row] > 0.0))))),
        ("group", words),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

pub fn write_parquet(path: &Path, rows: &Rows, part: std::ops::Range<usize>, compression: Compression) {
    let batch = batch(rows, part, false);
    let properties = WriterProperties::builder().set_compression(compression).set_max_row_group_row_count(Some(10_000));
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn put_together(source: impl Source) -> impl Source {
    source.with_levels(&["group"]).unwrap().stacked("x", &["a", "b"]).unwrap()
}

#[test]
fn parquet_gives_the_same_bits_as_memory() {
    let folder = tempfile::tempdir().unwrap();
    let rows = Rows::new(ROWS);
    let whole = folder.path().join("whole.parquet");
    write_parquet(&whole, &rows, 0..ROWS, Compression::UNCOMPRESSED);
    for (size, threads) in [(1_000, 1), (8_192, 2), (7_000, 3), (ROWS, 9)] {
        let source = Parquet::open(&[&whole]).unwrap().with_batch_rows(size).with_threads(threads);
        assert_eq!(source.rows(), Some(ROWS));
        check_same(&put_together(source), &rows, &format!("batches of {size}, decoded on {threads} threads"));
    }
    let shards = folder.path().join("shards");
    std::fs::create_dir(&shards).unwrap();
    for (number, part) in [0..1, 1..1, 1..30_000, 30_000..ROWS].into_iter().enumerate() {
        write_parquet(&shards.join(format!("{number}.parquet")), &rows, part, Compression::SNAPPY);
    }
    let pattern = shards.join("*.parquet");
    let source = put_together(Parquet::open(&data::files(pattern).unwrap()).unwrap());
    check_same(&source, &rows, "shards");
    check_shares(&source, "shards");
    let few = Rows::new(40);
    write_parquet(&whole, &few, 0..40, Compression::UNCOMPRESSED);
    check_same(&put_together(Parquet::open(&[&whole]).unwrap().with_batch_rows(1)), &few, "row by row");
}

#[test]
fn arrow_files_streams_and_batches_give_the_same_bits_as_memory() {
    let folder = tempfile::tempdir().unwrap();
    let rows = Rows::new(ROWS);
    let parts = [0..7, 7..7, 7..20_000, 20_000..ROWS];
    let batches: Vec<RecordBatch> = parts.iter().map(|part| batch(&rows, part.clone(), true)).collect();
    let schema = batches[0].schema();
    let (file, stream) = (folder.path().join("rows.arrow"), folder.path().join("rows.arrows"));
    let mut writer = arrow_ipc::writer::FileWriter::try_new(std::fs::File::create(&file).unwrap(), &schema).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    let mut writer =
        arrow_ipc::writer::StreamWriter::try_new(std::fs::File::create(&stream).unwrap(), &schema).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    let source = put_together(Ipc::open(&[&file]).unwrap());
    check_same(&source, &rows, "file");
    check_shares(&source, "file");
    check_same(&put_together(Ipc::open(&[&stream]).unwrap()), &rows, "stream");
    let source = Batches::new(&schema, || Box::new(batches.iter().cloned().map(Ok))).unwrap();
    check_same(&put_together(source), &rows, "batches");
}

#[test]
fn nulls_are_refused_or_dropped_and_counted() {
    let schema_of = |batch: &RecordBatch| -> Arc<Schema> { batch.schema() };
    let columns: [(&str, ArrayRef); 2] = [
        ("x", Arc::new(Float64Array::from(vec![Some(1.0), None, Some(4.0), Some(8.0)]))),
        ("w", Arc::new(StringArray::from(vec![Some("u"), Some("u"), None, Some("v")]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let source = |nulls| {
        let batch = batch.clone();
        Batches::new(&schema_of(&batch), move || Box::new(std::iter::once(Ok(batch.clone()))))
            .unwrap()
            .with_nulls(nulls)
    };
    let tape = autodiff::Tape::<f64>::new();
    let program = tape.compile(&[tape.rows("x", &[]).sum()]).unwrap();
    let error = data::run(&program, &[], &source(Nulls::Refuse)).unwrap_err();
    assert!(matches!(&error, Error::Null { at: data::At::Row(2), column, .. } if column == "x"), "{error}");
    let dropping = source(Nulls::Drop);
    assert_eq!(data::run(&program, &[], &dropping).unwrap().number(0).unwrap(), 13.0);
    assert_eq!(dropping.dropped(), 1);
    let third = |block: Block<'_>| {
        assert!(matches!(&block.columns[0], Column::Numbers(cells) if cells.iter().eq(&[8.0])), "{block:?}");
        Ok::<(), Error>(())
    };
    data::each_within(&dropping, &[0], 2..3, third).unwrap();
    let levels = dropping.with_levels(&["w"]).unwrap();
    assert_eq!(levels.levels("w").unwrap(), ["u", "v"]);
}

#[test]
fn files_that_lack_a_column_or_have_it_of_another_kind_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rows = Rows::new(10);
    let (first, second) = (folder.path().join("1.parquet"), folder.path().join("2.parquet"));
    write_parquet(&first, &rows, 0..10, Compression::UNCOMPRESSED);
    let write = |columns: Vec<(&str, ArrayRef)>| {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer = ArrowWriter::try_new(std::fs::File::create(&second).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        Parquet::open(&[&first, &second])?.with_levels(&["group"]).map(drop)
    };
    let number = || -> ArrayRef { Arc::new(Float64Array::from(vec![1.0])) };
    let error = write(vec![("a", number()), ("b", number()), ("y", number())]).unwrap_err();
    assert!(matches!(&error, Error::MissingColumn { file, name, .. } if *file == second && name == "group"), "{error}");
    let error = write(vec![("a", number()), ("b", number()), ("y", number()), ("group", number())]).unwrap_err();
    let is_told = matches!(&error, Error::SeveralKinds { file, column, found: "numbers", first: before, expected: "words" } if *file == second && *before == first && column == "group");
    assert!(is_told, "{error}");
}

/// A column that a file lacks, or has of another type, is refused where it is read, and no other.
#[test]
fn columns_that_are_not_read_may_be_lacking() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let number = || -> ArrayRef { Arc::new(Float64Array::from(vec![1.0, 2.0])) };
    let words = || -> ArrayRef { Arc::new(StringArray::from(vec!["u", "v"])) };
    let truths = || -> ArrayRef { Arc::new(BooleanArray::from(vec![true, false])) };
    parquet_of(&path("0"), vec![("x", number()), ("w", words()), ("t", truths())]);
    parquet_of(&path("1"), vec![("t", number()), ("v", words()), ("x", number())]);
    let open = || Parquet::open(&data::files(folder.path()).unwrap()).unwrap();
    assert_eq!(numbers_of(&open(), "x").unwrap(), [1.0, 2.0, 1.0, 2.0]);
    let partial = open().columns_of_some_files().to_vec();
    let partial: Vec<_> = partial.iter().map(|part| (part.name.as_str(), &part.file, &part.lacking)).collect();
    let [first, second] = [path("0"), path("1")];
    assert_eq!(partial, [("w", &first, &second), ("v", &second, &first)]);
    let error = numbers_of(&open(), "w").unwrap_err();
    assert!(matches!(&error, Error::MissingColumn { file, .. } if *file == second), "{error}");
    // Booleans beside numbers are neither, whatever was chosen.
    for source in [open(), open().with_numbers(&["t"]).unwrap(), open().with_words_of_booleans()] {
        let error = numbers_of(&source, "t").unwrap_err();
        let is_told = matches!(&error, Error::SeveralKinds { file, found: "numbers", first: before, expected: "booleans", .. } if *file == second && *before == first);
        assert!(is_told, "{error}");
    }
    assert!(open().with_words(&["t"]).unwrap().with_levels(&["t"]).is_err());
}

#[test]
fn a_file_that_is_cut_or_replaced_between_passes_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    let rows = Rows::new(1_000);
    write_parquet(&path, &rows, 0..1_000, Compression::UNCOMPRESSED);
    let source = put_together(Parquet::open(&[&path]).unwrap());
    data::run(&program(), &fixed(), &source).unwrap();
    write_parquet(&path, &rows, 0..999, Compression::UNCOMPRESSED);
    let error = data::run(&program(), &fixed(), &source).unwrap_err();
    assert!(matches!(&error, Error::Changed { file, .. } if *file == path), "{error}");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(Parquet::open(&[&path]).unwrap_err(), Error::Format { .. }));
    std::fs::remove_file(&path).unwrap();
    let error = data::run(&program(), &fixed(), &source).unwrap_err();
    let is_told = matches!(&error, Error::Changed { file, what } if *file == path && what == "it is no longer there");
    assert!(is_told, "{error}");
}

/// In the midst of a pass, too: what its reader makes of the rest isn't told.
#[test]
fn a_file_that_is_cut_within_a_pass_is_told_to_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows");
    for (rows, threads) in [(200_000, 1), (200_000, 2)] {
        let rows = Rows::new(rows);
        write_parquet(&path, &rows, 0..rows.y.len(), Compression::UNCOMPRESSED);
        let source = Parquet::open(&[&path]).unwrap().with_batch_rows(100).with_threads(threads);
        let columns = [source.find("a").unwrap(), source.find("y").unwrap()];
        let mut blocks = source.blocks(&columns).unwrap();
        assert!(blocks.next().unwrap().is_ok());
        std::fs::File::options().write(true).open(&path).unwrap().set_len(100).unwrap();
        let error = blocks.find_map(Result::err).unwrap();
        assert!(matches!(&error, Error::Changed { file, .. } if *file == path), "{error}");
    }
    let text: String = (0..100_000).map(|row| format!("{row},{row}\n")).collect();
    std::fs::write(&path, format!("a,b\n{text}")).unwrap();
    let source = data::Csv::open(&[&path]).unwrap();
    let mut blocks = source.blocks(&[0, 1]).unwrap();
    assert!(blocks.next().unwrap().is_ok());
    std::fs::File::options().write(true).open(&path).unwrap().set_len(100_001).unwrap();
    let error = blocks.find_map(Result::err).unwrap();
    assert!(matches!(&error, Error::Changed { file, .. } if *file == path), "{error}");
}

/// A file of 32 numbers from another writer, whose page carries a checksum: no changed byte of it passes for a number.
#[test]
fn damaged_pages_are_found_by_their_checksums() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checksums.parquet");
    let bytes = include_bytes!("checksums.parquet");
    let sum = || -> data::Result<f64> {
        let tape = autodiff::Tape::<f64>::new();
        let program = tape.compile(&[tape.rows("x", &[]).sum()])?;
        Ok(data::run(&program, &[], &Parquet::open(&[&path])?)?.number(0)?)
    };
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(sum().unwrap(), 66.0);
    // The column has 289 bytes after the first four; the last 256 are the numbers.
    for place in 293 - 256..293 {
        let mut damaged = bytes.to_vec();
        damaged[place] ^= 1 << (place % 8);
        std::fs::write(&path, damaged).unwrap();
        assert!(sum().is_err(), "byte {place}");
    }
}

/// Words mean in a table what they mean in text: without blanks around them, and missing where they say so; so do numbers as levels.
#[test]
fn words_of_tables_are_text_to_the_letter() {
    let of = |words: Vec<&str>, numbers: Vec<f64>| {
        let columns: [(&str, ArrayRef); 2] =
            [("g", Arc::new(StringArray::from(words))), ("h", Arc::new(Float64Array::from(numbers)))];
        RecordBatch::try_from_iter(columns).unwrap()
    };
    let levels = |batch: &RecordBatch, column: &str| {
        let source = Batches::new(&batch.schema(), || Box::new(std::iter::once(Ok(batch.clone()))))?;
        Ok::<_, Error>(source.with_levels(&[column])?.levels(column)?.to_vec())
    };
    let batch = of(vec!["a", "a ", "NA", "null"], vec![0.0, -0.0, 1.0, 10.0]);
    assert_eq!(levels(&batch, "g").unwrap(), ["NA", "a", "a ", "null"]);
    assert_eq!(levels(&batch, "h").unwrap(), ["0", "1", "10"]);
    for word in ["", " "] {
        let error = levels(&of(vec!["a", "b", word], vec![1.0; 3]), "g").unwrap_err();
        assert!(matches!(&error, Error::Null { at: data::At::Row(3), column, .. } if column == "g"), "{error}");
    }
    let error = levels(&of(vec!["a"; 3], vec![1.0, f64::NAN, 2.0]), "h").unwrap_err();
    assert!(matches!(&error, Error::Cell { at: data::At::Row(2), column, .. } if column == "h"), "{error}");
}

/// A Parquet file of these columns.
fn parquet_of(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, cells)| (name, cells, true)));
    let batch = batch.unwrap();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn numbers_of(source: &dyn Source, column: &str) -> data::Result<Vec<f64>> {
    let mut numbers = Vec::new();
    data::each(source, &[source.find(column)?], |block| match &block.columns[0] {
        Column::Numbers(cells) => {
            numbers.extend(cells.iter().copied());
            Ok::<(), Error>(())
        }
        other => panic!("{other:?}"),
    })?;
    Ok(numbers)
}

#[test]
fn columns_are_read_as_what_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kinds.parquet");
    let keys = || Int8Array::from(vec![Some(1), Some(0), None, Some(1)]);
    let ids = Int64Array::from(vec![1 << 53, (1 << 53) + 1, 7, 1 << 53]);
    let of_bytes = BinaryArray::from(vec![&b"low"[..], b"high", b" low ", b"mid"]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(ids.clone())),
        ("text", Arc::new(StringArray::from(vec!["1", "0.5", " 2 ", "-99"]))),
        ("bytes", Arc::new(of_bytes)),
        ("coded", Arc::new(DictionaryArray::<Int8Type>::new(keys(), Arc::new(Float64Array::from(vec![2.5, 4.0]))))),
        ("coded ids", Arc::new(DictionaryArray::<Int8Type>::new(Int8Array::from(vec![0, 1, 2, 0]), Arc::new(ids)))),
        ("span", Arc::new(DurationSecondArray::from(vec![1, 2, 3, 4]))),
        ("broken", Arc::new(BinaryArray::from(vec![&b"a"[..], b"\xff", b"a", b"b"]))),
    ];
    parquet_of(&path, columns);
    let open = || Parquet::open(&[&path]).unwrap();
    let levels =
        |source: Parquet, name: &str| source.with_levels(&[name]).map(|source| source.levels(name).unwrap().to_vec());
    let ids = ["7", "9007199254740992", "9007199254740993"];
    assert_eq!(levels(open().with_words(&["id"]).unwrap(), "id").unwrap(), ids);
    assert_eq!(levels(open().with_words_of(&[("more", "coded ids")]).unwrap(), "more").unwrap(), ids);
    let rounded = levels(open(), "id").unwrap_err().to_string();
    assert!(rounded.contains("row 1, column `id`") && rounded.contains("with_words"), "{rounded}");
    assert_eq!(levels(open(), "bytes").unwrap(), [" low ", "high", "low", "mid"]);
    assert_eq!(numbers_of(&open().with_numbers(&["text"]).unwrap(), "text").unwrap(), [1.0, 0.5, 2.0, -99.0]);
    let coded = open().with_nulls(Nulls::Drop);
    assert_eq!(numbers_of(&coded, "coded").unwrap(), [4.0, 2.5, 4.0]);
    let missing = || MissingWords::new(&["-99", "mid"]);
    let kept = open().with_missing(missing()).with_nulls(Nulls::Drop);
    assert_eq!(numbers_of(&kept.with_numbers(&["text"]).unwrap(), "text").unwrap(), [1.0, 0.5, 2.0]);
    for (source, column, told) in [
        (open(), "coded", "row 3, column `coded`: the cell is empty"),
        (open().with_missing(missing()), "bytes", "row 4, column `bytes`: `mid` is a missing value"),
        (open(), "broken", "row 2, column `broken`: `\u{fffd}` is not UTF-8 text"),
        (
            open().with_words(&["span"]).unwrap(),
            "span",
            "column `span` is of type Duration(s); save it as a number of some unit",
        ),
    ] {
        let error = levels(source, column).unwrap_err().to_string();
        assert!(error.contains("kinds.parquet") && error.contains(told), "{error}");
    }
    let error = numbers_of(&open().with_numbers(&["bytes"]).unwrap(), "bytes").unwrap_err();
    assert!(matches!(&error, Error::NoNumber { at: data::At::Row(1), cell, .. } if cell == "low"), "{error}");
}

/// Writers that see nulls alone in a column give it no type.
#[test]
fn columns_of_nulls_alone_are_of_the_type_that_other_files_have() {
    let folder = tempfile::tempdir().unwrap();
    let words = || -> ArrayRef { Arc::new(StringArray::from(vec!["u", "v"])) };
    let number = || -> ArrayRef { Arc::new(Float64Array::from(vec![1.0, 2.0])) };
    let nothing = || -> ArrayRef { Arc::new(NullArray::new(2)) };
    for (name, x, w) in [("0", number(), nothing()), ("1", number(), words()), ("2", nothing(), nothing())] {
        parquet_of(&folder.path().join(name), vec![("x", x), ("w", w)]);
    }
    let open = || Parquet::open(&data::files(folder.path()).unwrap()).unwrap();
    let kinds: Vec<data::Kind> = open().fields().iter().map(|field| field.kind).collect();
    assert_eq!(kinds, [data::Kind::Numbers, data::Kind::Words]);
    let error = numbers_of(&open(), "x").unwrap_err();
    assert!(matches!(&error, Error::Null { file, at: data::At::Row(1), .. } if file.ends_with("2")), "{error}");
    let error = open().with_levels(&["w"]).unwrap_err();
    assert!(matches!(&error, Error::Null { file, at: data::At::Row(1), .. } if file.ends_with("0")), "{error}");
    assert_eq!(numbers_of(&open().with_nulls(Nulls::Drop), "x").unwrap(), [1.0, 2.0, 1.0, 2.0]);
    let levels = open().with_nulls(Nulls::Drop).with_levels(&["w"]).unwrap();
    assert_eq!(levels.levels("w").unwrap(), ["u", "v"]);
    parquet_of(&folder.path().join("3"), vec![("x", words()), ("w", words())]);
    // Refused where it is read, whatever it is read as.
    let error = numbers_of(&open(), "x").unwrap_err();
    let is_told = matches!(&error, Error::SeveralKinds { file, column, found: "words", .. } if file.ends_with("3") && column == "x");
    assert!(is_told, "{error}");
    for chosen in [open().with_words(&["x"]), open().with_numbers(&["x"])] {
        let error = chosen.unwrap().with_nulls(Nulls::Drop).with_levels(&["x"]).unwrap_err();
        assert!(matches!(error, Error::SeveralKinds { .. }), "{error}");
    }
}

/// The numbers nearest to decimals, and their words to the last digit; halves; what can't be used is told with what to do.
#[test]
fn decimals_and_halves_are_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decimals.parquet");
    let digits = [123_456_789_012_345_678_i128, 1, -25, 300];
    let half = <Float16Type as ArrowPrimitiveType>::Native::from_f64;
    let of = |precision, scale| -> ArrayRef {
        Arc::new(Decimal128Array::from(digits.to_vec()).with_precision_and_scale(precision, scale).unwrap())
    };
    let wide = Decimal256Array::from(digits.map(<Decimal256Type as ArrowPrimitiveType>::Native::from_i128).to_vec());
    parquet_of(
        &path,
        vec![
            ("cents", of(20, 2)),
            ("small", of(30, 25)),
            ("wide", Arc::new(wide.with_precision_and_scale(50, 3).unwrap())),
            ("half", Arc::new(Float16Array::from([1.5, -0.25, 2.0, 4.0].map(half).to_vec()))),
            ("float", Arc::new(Float32Array::from(vec![0.2, 0.1, 0.2, -1.5]))),
            ("day", Arc::new(Date32Array::from(vec![1, 2, 3, 4]))),
        ],
    );
    let open = || Parquet::open(&[&path]).unwrap();
    for (column, scale) in [("cents", 2), ("small", 25), ("wide", 3)] {
        let expected = digits.map(|digits| format!("{digits}e-{scale}").parse().unwrap());
        assert_eq!(numbers_of(&open(), column).unwrap(), expected, "{column}");
    }
    assert_eq!(numbers_of(&open(), "half").unwrap(), [1.5, -0.25, 2.0, 4.0]);
    let levels = open().with_words(&["cents"]).unwrap().with_levels(&["cents"]).unwrap();
    assert_eq!(levels.levels("cents").unwrap(), ["-0.25", "0.01", "3", "1234567890123456.8"]);
    let levels = open().with_words(&["float"]).unwrap().with_levels(&["float"]).unwrap();
    assert_eq!(levels.levels("float").unwrap(), ["-1.5", "0.1", "0.2"]);
    let error = numbers_of(&open(), "day").unwrap_err().to_string();
    assert!(error.contains("column `day` is of type Date32; save it as a number"), "{error}");
}

/// Of several bad cells, the one of the first row, and of that the first column, is told: as of text.
#[test]
fn the_first_bad_cell_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.parquet");
    let bad = ["1", "2", "NA", "word", "inf", "1"];
    for moved in 0..6 {
        let turned = |by: usize| (0..6).map(|row| bad[(row + by) % 6]).collect::<Vec<_>>();
        let (first, second) = (turned(moved), turned(6 - moved));
        let text = |cells: Vec<&str>| -> ArrayRef { Arc::new(StringArray::from(cells)) };
        parquet_of(&path, vec![("a", text(first.clone())), ("b", text(second.clone()))]);
        let numbers = |columns: &[&str]| {
            let source = Parquet::open(&[&path]).unwrap().with_numbers(&["a", "b"]).unwrap();
            let places: Vec<usize> = columns.iter().map(|column| source.find(column).unwrap()).collect();
            data::each(&source, &places, |_| Ok::<(), Error>(())).unwrap_err().to_string()
        };
        let is_bad = |cell: &str| !cell.parse().is_ok_and(f64::is_finite);
        let row = (0..6).find(|&row| is_bad(first[row]) || is_bad(second[row])).unwrap();
        let column = if is_bad(first[row]) { "a" } else { "b" };
        for columns in [["a", "b"], ["b", "a"]] {
            let told = numbers(&columns);
            assert!(told.contains(&format!("row {}, column `{column}`", row + 1)), "{moved}: {told}");
        }
    }
}
