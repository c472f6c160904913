//! Arrays as bytes, for a file or another process.

use ndarray::{ArrayD, IxDyn};

/// A record: its length, its key, arrays with their shapes, a checksum.
pub(super) fn bytes_of(key: u64, arrays: &[ArrayD<f64>]) -> Vec<u8> {
    let mut words = vec![key, arrays.len() as u64];
    for array in arrays {
        words.push(array.ndim() as u64);
        words.extend(array.shape().iter().map(|&len| len as u64));
        words.extend(array.iter().map(|x| x.to_bits()));
    }
    let body: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let sum = checksum(&body);
    [&(body.len() as u64).to_le_bytes(), body.as_slice(), &sum.to_le_bytes()].concat()
}

/// A sum over bytes that any one changed byte changes (FNV-1a).
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

/// A key, and its arrays.
pub(super) type Record = (u64, Vec<ArrayD<f64>>);

/// The records up to the first that isn't whole, and how many bytes they take.
pub(super) fn records_of(bytes: &[u8]) -> (Vec<Record>, usize) {
    let (mut records, mut left) = (Vec::new(), bytes);
    while let Some((record, rest)) = record(left) {
        records.push(record);
        left = rest;
    }
    (records, bytes.len() - left.len())
}

/// The first record, and what follows it; `None` where it isn't whole.
fn record(bytes: &[u8]) -> Option<(Record, &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<8>()?;
    let (body, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    if checksum(body) != u64::from_le_bytes(*sum) {
        return None;
    }
    let mut words = body.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
    let (key, count) = (words.next()?, words.next()?);
    let mut arrays = Vec::new();
    for _ in 0..count {
        let axes = words.next()?;
        let dims: Vec<usize> = (0..axes).map(|_| words.next().map(|len| len as usize)).collect::<Option<_>>()?;
        let len = dims.iter().try_fold(1usize, |product, &len| product.checked_mul(len))?;
        let elements: Vec<f64> = words.by_ref().take(len).map(f64::from_bits).collect();
        arrays.push(ArrayD::from_shape_vec(IxDyn(&dims), elements).ok()?);
    }
    Some(((key, arrays), rest))
}
