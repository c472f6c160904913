//! Whether all processes of a job were given the same.

use crate::checksum::Checksum;
use crate::error::{Error, Result};
use crate::exchange::{exchange, number};
use crate::files::Stamped;
use crate::ranks::Ranks;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// Names and values.
type Given = [(String, String)];

/// Makes sure that all processes were given the same, by name and value: results would be of none of what they were given.
///
/// # Errors
/// The first rank that was given something else than rank 0, and what.
pub fn agree(ranks: &dyn Ranks, given: &Given) -> Result<()> {
    let of_first = exchange(ranks, Ok::<_, Error>(to_bytes(given)), |first, _| Ok(first))?;
    let own = match difference(&of_bytes(&of_first)?, given) {
        None => Vec::new(),
        Some(reason) => [&(ranks.rank() as u64).to_le_bytes(), reason.as_bytes()].concat(),
    };
    let found = exchange(ranks, Ok::<_, Error>(own), |left, right| Ok(if left.is_empty() { right } else { left }))?;
    match number(&found) {
        None => Ok(()),
        Some((rank, reason)) => Err(Error::Rank { rank, reason: String::from_utf8_lossy(reason).into_owned() }),
    }
}

/// Makes sure that these are the same files in all processes, under whatever path. Files of the same sizes, times and numbers on their disk are; of
/// others, each process reads its own from beginning to end, once.
///
/// # Errors
/// A file that can't be read; the first rank that has another one than rank 0.
pub fn agree_on_files(ranks: &dyn Ranks, files: &[PathBuf]) -> Result<()> {
    let stamps = files.iter().map(|file| Ok(Stamped::new(file)?.stamp())).collect::<Result<Vec<_>>>();
    let are_one = exchange(ranks, stamps.map(|stamps| stamps.join(" ").into_bytes()), |left, right| {
        // What no list of stamps is stands for lists that differ.
        Ok(if left == right { left } else { b"?".to_vec() })
    })?;
    if are_one != b"?" {
        return Ok(());
    }
    let given = files.iter().zip(1..).map(|(file, place)| {
        let sum = checksum(file).map_err(|source| Error::Io { file: file.clone(), source })?;
        let size = Stamped::new(file)?.length();
        Ok((format!("data file {place}"), format!("one of {size} bytes with the checksum {:016x}", sum.value())))
    });
    match given.collect::<Result<Vec<_>>>() {
        Ok(given) => agree(ranks, &given),
        Err(error) => exchange(ranks, Err(error), |left, _| Ok(left)).map(drop),
    }
}

fn checksum(file: &PathBuf) -> std::io::Result<Checksum> {
    let (mut file, mut sum, mut buffer) = (File::open(file)?, Checksum::default(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(sum),
            read => sum.add(&buffer[..read]),
        }
    }
}

/// What differs between the list of rank 0 and another.
fn difference(first: &Given, own: &Given) -> Option<String> {
    let of = |given: &Given, name: &str| given.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
    let (name, own, first) = first.iter().chain(own).find_map(|(name, _)| {
        let values = [of(own, name), of(first, name)];
        let [own, first] = values.map(|value| value.unwrap_or_else(|| "not given".into()));
        (own != first).then_some((name, own, first))
    })?;
    Some(format!("its {name} is {own}, where that of rank 0 is {first}; all need to be given the same"))
}

fn to_bytes(given: &Given) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in given.iter().flat_map(|(name, value)| [name, value]) {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

fn of_bytes(bytes: &[u8]) -> Result<Vec<(String, String)>> {
    let text = |bytes: &mut &[u8]| {
        let (len, rest) = number(bytes)?;
        let (text, rest) = rest.split_at_checked(len)?;
        *bytes = rest;
        Some(String::from_utf8_lossy(text).into_owned())
    };
    let (mut given, mut left) = (Vec::new(), bytes);
    while !left.is_empty() {
        let pair = text(&mut left).zip(text(&mut left));
        given.push(pair.ok_or(autodiff::Error::DamagedPartial { reason: "they end early" })?);
    }
    Ok(given)
}
