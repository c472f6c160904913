//! Columns of one file that several threads decode.

use crate::arrow::BatchIter;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, FieldRef, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

/// What a thread sends: a batch, an error, or that it has come to the end. One that sends no end has broken down.
type Sent = Option<Result<RecordBatch, ArrowError>>;

/// Batches that a thread holds ready, beside the one that it decodes.
const WAITING: usize = 1;

/// The batches of readers of the same rows side by side, each decoded on a thread of its own.
pub(crate) fn together<'o>(readers: Vec<ParquetRecordBatchReader>) -> std::io::Result<BatchIter<'o>> {
    let receivers = readers.into_iter().map(decoded).collect::<std::io::Result<Vec<Receiver<Sent>>>>()?;
    Ok(Box::new(std::iter::from_fn(move || next(&receivers).transpose())))
}

/// Decodes on a thread that ends when nobody receives any more.
fn decoded(reader: ParquetRecordBatchReader) -> std::io::Result<Receiver<Sent>> {
    let (sender, receiver) = sync_channel(WAITING);
    std::thread::Builder::new().spawn(move || {
        for batch in reader {
            let failed = batch.is_err();
            if sender.send(Some(batch)).is_err() || failed {
                return;
            }
        }
        // Nobody may be there to receive it.
        let _ = sender.send(None);
    })?;
    Ok(receiver)
}

/// The next batch of each thread, as one.
fn next(receivers: &[Receiver<Sent>]) -> Result<Option<RecordBatch>, ArrowError> {
    let mut columns: Vec<(FieldRef, ArrayRef)> = Vec::new();
    let mut ended = 0;
    for receiver in receivers {
        let broken = |_| ArrowError::ParquetError("the reader broke down: the file is damaged".into());
        match receiver.recv().map_err(broken)? {
            Some(batch) => {
                let (schema, arrays, _) = batch?.into_parts();
                columns.extend(schema.fields().iter().cloned().zip(arrays));
            }
            None => ended += 1,
        }
    }
    if ended == receivers.len() {
        return Ok(None);
    }
    let (fields, arrays): (Vec<FieldRef>, Vec<ArrayRef>) = columns.into_iter().unzip();
    match ended {
        0 => RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map(Some),
        _ => Err(ArrowError::ParquetError("its columns have different numbers of rows; the file is damaged".into())),
    }
}
