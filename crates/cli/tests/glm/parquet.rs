//! Parquet files, written here with the types and the missing cells that others write.

use crate::run::{glm, names, scratch};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;

/// Writes a file of two row groups of the same eight rows; `x` of the third row is missing if said so.
pub fn write(name: &str, missing: bool) -> String {
    let schema = "message m { REQUIRED BOOLEAN y; OPTIONAL DOUBLE x; REQUIRED INT32 u (INTEGER(32,false)); \
                  REQUIRED INT64 k; REQUIRED BYTE_ARRAY g (STRING); REQUIRED INT32 d (DATE); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let path = scratch(name);
    let properties = Arc::new(WriterProperties::builder().set_compression(parquet::basic::Compression::SNAPPY).build());
    let mut writer = SerializedFileWriter::new(std::fs::File::create(&path).unwrap(), schema, properties).unwrap();
    for _ in 0..2 {
        let mut group = writer.next_row_group().unwrap();
        let x = [1.0, 2.0, 3.0, 4.0, 2.5, 3.5, 1.5, 4.5];
        let levels: Vec<i16> = (0..8).map(|row| i16::from(!(missing && row == 2))).collect();
        let present: Vec<f64> = x.iter().zip(&levels).filter(|(_, level)| **level == 1).map(|(x, _)| *x).collect();
        let mut column = group.next_column().unwrap().unwrap();
        let y = [false, true, false, true, true, false, false, true];
        column.typed::<BoolType>().write_batch(&y, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&present, Some(&levels), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let u = [1, 2, -1, 4, 5, 6, 7, 8];
        column.typed::<Int32Type>().write_batch(&u, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[3, 1, 2, 3, 1, 2, 3, 1], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let g: Vec<ByteArray> = ["b", "a", "b", "a", "b", "a", "a", "b"].map(ByteArray::from).to_vec();
        column.typed::<ByteArrayType>().write_batch(&g, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int32Type>().write_batch(&[0; 8], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.close().unwrap();
    path
}

#[test]
fn columns_have_their_own_types() {
    let data = write("types.parquet", false);
    let columns = ["--response", "y", "--terms", "x,factor(k),g", "--family", "gaussian"];
    let fit = glm(&[&["fit", &data, "--json"], &columns[..]].concat()).json();
    assert_eq!(fit["n"], 16);
    assert_eq!(names(&fit), ["(Intercept)", "x", "factor(k)2", "factor(k)3", "gb"]);
}

#[test]
fn parquet_and_csv_of_the_same_rows_give_the_same_fit() {
    let rows = "0,1,1\n1,2,2\n0,3,4294967295\n1,4,4\n1,2.5,5\n0,3.5,6\n0,1.5,7\n1,4.5,8\n";
    let csv = crate::run::file("types.csv", format!("y,x,u\n{rows}{rows}"));
    let fit = |data: &str| glm(&["fit", data, "--response", "y", "--terms", "x,u", "--json"]).out;
    assert_eq!(fit(&write("same.parquet", false)), fit(&csv));
}

#[test]
fn missing_cells_and_other_types_are_refused() {
    let data = write("missing.parquet", true);
    let run = glm(&["fit", &data, "--response", "y", "--terms", "x"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("row 3, column `x`: the cell is empty"), "{}", run.err);
    let run = glm(&["fit", &data, "--response", "y", "--terms", "d"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("column `d` is of type Date"), "{}", run.err);
}

#[test]
fn rows_with_missing_cells_are_left_out_where_asked() {
    let data = write("omitted.parquet", true);
    let fit = |more: &[&str]| {
        let arguments = ["--response", "y", "--terms", "x,factor(k)", "--family", "gaussian", "--json", "--na", "omit"];
        glm(&[&["fit", &data], &arguments[..], more].concat())
    };
    let omitted = fit(&[]).json();
    assert_eq!((omitted["n"].as_u64(), omitted["rows_omitted"].as_u64()), (Some(14), Some(2)));
    // Numbers may stand for missing values too: three of eight rows have k = 3, one of the others has no x.
    let coded = fit(&["--na-words", "3"]);
    assert_eq!(coded.json()["n"].as_u64(), Some(2 * (8 - 3 - 1)), "{}", coded.out);
    let words = glm(&["fit", &data, "--response", "g", "--success", "a", "--terms", "k", "--json"]).json();
    assert_eq!(words["n"], 16);
    let classes = glm(&["fit", &data, "--response", "g", "--family", "multinomial", "--terms", "k", "--json"]).json();
    assert_eq!(classes["reference"], "a");
}

/// Columns that writers without types write, text and bytes for numbers and words, and identifiers of 64 bits.
#[test]
fn columns_of_odd_types_are_the_same_in_memory_and_read_in_every_pass() {
    let schema = "message m { REQUIRED BYTE_ARRAY y (STRING); REQUIRED BYTE_ARRAY g; REQUIRED BYTE_ARRAY w (STRING); REQUIRED INT64 id; }";
    let path = scratch("odd.parquet");
    let (file, schema) = (std::fs::File::create(&path).unwrap(), Arc::new(parse_message_type(schema).unwrap()));
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::new())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for cells in [
        ["0", "1", "1", "0", "1", "0", "1", "0", "1"],
        ["a", "b", "c", "b", "a", "c", "c", "a", "b"],
        ["1", "2.0", " 1.5", "1", "2", "1", "1e0", "1", "3"],
    ] {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&cells.map(ByteArray::from), None, None).unwrap();
        column.close().unwrap();
    }
    let mut column = group.next_column().unwrap().unwrap();
    let ids = [0, 1, 2, 2, 1, 0, 0, 2, 1].map(|id| (1 << 53) + id);
    column.typed::<Int64Type>().write_batch(&ids, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    for (options, expected) in [
        (&["--response", "y", "--terms", "g", "--weights", "w"][..], &["(Intercept)", "gb", "gc"][..]),
        (
            &["--response", "y", "--terms", "factor(id)", "--ridge", "1"],
            &["(Intercept)", "factor(id)9007199254740993", "factor(id)9007199254740994"],
        ),
    ] {
        let model = scratch("odd.json");
        let [in_memory, streamed] = [&[][..], &["--memory", "1"]]
            .map(|memory| glm(&[&["fit", &path, "--json", "--save", &model], options, memory].concat()));
        assert_eq!(names(&in_memory.json()), expected);
        assert_eq!((streamed.code, streamed.out), (0, in_memory.out), "{}", streamed.err);
        let predicted = glm(&["predict", &model, &path]);
        assert_eq!((predicted.code, predicted.out.lines().count()), (0, 10), "{}", predicted.err);
    }
}

/// Numbers of the model are no booleans of a file that it predicts of; a model fitted to booleans predicts of them.
#[test]
fn booleans_are_no_numbers_of_a_model() {
    let data = write("booleans.parquet", false);
    let (model, numbers) = (scratch("booleans.json"), scratch("booleans.csv"));
    std::fs::write(&numbers, "y,x\n0,1\n1,2\n0,3\n1,5\n").unwrap();
    let fit = |data: &str| {
        let run = glm(&["fit", data, "--response", "x", "--terms", "y", "--family", "gaussian", "--save", &model]);
        assert_eq!(run.code, 0, "{}", run.err);
    };
    fit(&numbers);
    let run = glm(&["predict", &model, &data]);
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
    let covariate = "column `y`: it has booleans; the column held numbers when the model was fitted: write 1 for true";
    assert!(run.err.contains("booleans.parquet, ") && run.err.contains(covariate), "{}", run.err);
    // Of numbers that are no terms, too.
    let (data, numbers) = (&data, &numbers);
    let offset = ["fit", numbers, "--response", "x", "--terms", "1", "--offset", "y", "--family", "gaussian"];
    assert_eq!(glm(&[&offset[..], &["--save", &model]].concat()).code, 0);
    let text = crate::run::file("booleans_text.csv", "x,y\n1,True\n2,False\n");
    let as_text =
        "line 2, column `y`: `True` is not a number; an offset must be numbers: write 1 for true and 0 for false";
    for (file, told) in
        [(data, "column `y`: it has booleans; an offset must be numbers: write 1 for true"), (&text, as_text)]
    {
        let run = glm(&["predict", &model, file]);
        assert!(run.code == 2 && run.out.is_empty() && run.err.contains(told), "{}", run.err);
    }
    let failures = glm(&["fit", data, "--response", "x", "--failures", "y"]);
    assert!(failures.code == 2 && failures.err.contains("failures must be numbers: write 1"), "{}", failures.err);
    fit(data);
    let run = glm(&["predict", &model, data]);
    assert_eq!((run.code, run.out.lines().count()), (0, 17), "{}", run.err);
}
