//! Value and gradient of the logistic loss over rows of files, beside the same rows in memory, with the same bits.
//!
//! The files are written anew, and are in the system's cache when they are read. `…-decoded` reads the columns by the format's own crate
//! and does nothing with them.

use super::{Outcome, finish};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Logistic, digest, record_logistic};
use crate::settings::Settings;
use autodiff::{Program, Tape, bind};
use data::{Npy, Source};
use ndarray::Array1;

pub(super) fn run(settings: &Settings) -> Result<Outcome> {
    let data = Logistic::<f64>::draw(settings.rows, settings.cols);
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    ndarray_npy::write_npy(path("x.npy"), &data.x)?;
    ndarray_npy::write_npy(path("y.npy"), &data.y)?;
    let npy = Npy::new().with("X", path("x.npy"))?.with("y", path("y.npy"))?;
    let tape = Tape::<f64>::new();
    let (theta, loss) = record_logistic(&tape, settings.cols);
    let program = tape.compile(&[loss, loss.grad(theta)])?.with_threads(settings.threads);
    let mut contest = Contest::new(settings, data.bytes());
    contest.enter("memory", || {
        let inputs = [bind("X", &data.x), bind("y", &data.y), bind("theta", &data.theta)];
        Ok(digest(program.run(&inputs)?.iter().flatten()))
    })?;
    contest.enter("npy", || over(&program, &data.theta, &npy))?;
    #[cfg(feature = "parquet")]
    tables::enter(&mut contest, &program, &data, folder.path())?;
    finish(contest)
}

/// Files hold double precision here.
pub(super) fn refuse(_: &Settings) -> Result<Outcome> {
    Err("stream runs with --dtype f64 only".into())
}

fn over(program: &Program<f64>, theta: &Array1<f64>, source: &dyn Source) -> Result<f64> {
    Ok(digest(data::run(program, &[bind("theta", theta)], source)?.iter().flatten()))
}

/// Parquet files, uncompressed and by zstd.
#[cfg(feature = "parquet")]
mod tables {
    use super::*;
    use arrow_array::{ArrayRef, Float64Array, RecordBatch};
    use data::{Adapt, Parquet};
    use ndarray::ArrayView1;
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::basic::{Compression, ZstdLevel};
    use parquet::file::properties::WriterProperties;
    use std::fs::File;
    use std::path::Path;
    use std::sync::Arc;

    /// Rows that are written and decoded at once.
    const BATCH: usize = 16384;

    pub(super) fn enter<'c>(
        contest: &mut Contest<'c>,
        program: &'c Program<f64>,
        data: &'c Logistic<f64>,
        folder: &Path,
    ) -> Result<()> {
        let columns: Vec<String> = (0..data.x.ncols()).map(|column| format!("x{column}")).collect();
        let parts: Vec<&str> = columns.iter().map(String::as_str).collect();
        for (name, compression) in
            [("parquet", Compression::UNCOMPRESSED), ("zstd", Compression::ZSTD(ZstdLevel::default()))]
        {
            let path = folder.join(name);
            write(&path, data, &columns, compression)?;
            let source = Parquet::open(&[&path])?.stacked("X", &parts)?;
            contest.enter(name, move || over(program, &data.theta, &source))?;
            contest.enter_unchecked(&format!("{name}-decoded"), move || decode(&path))?;
        }
        Ok(())
    }

    fn write(path: &Path, data: &Logistic<f64>, columns: &[String], compression: Compression) -> Result<()> {
        let properties = WriterProperties::builder().set_compression(compression).set_dictionary_enabled(false).build();
        let batch = |from: usize| {
            let rows = from..(from + BATCH).min(data.y.len());
            let array = |column: ArrayView1<'_, f64>| -> ArrayRef {
                Arc::new(Float64Array::from_iter_values(rows.clone().map(|row| column[row])))
            };
            let x = columns.iter().zip(data.x.columns()).map(|(name, column)| (name.as_str(), array(column)));
            RecordBatch::try_from_iter(x.chain([("y", array(data.y.view()))]))
        };
        let mut writer = ArrowWriter::try_new(File::create(path)?, batch(0)?.schema(), Some(properties))?;
        for from in (0..data.y.len()).step_by(BATCH) {
            writer.write(&batch(from)?)?;
        }
        writer.close()?;
        Ok(())
    }

    /// Decodes all columns.
    fn decode(path: &Path) -> Result<()> {
        for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.with_batch_size(BATCH).build()? {
            std::hint::black_box(batch?);
        }
        Ok(())
    }
}
