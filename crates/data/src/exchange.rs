//! Messages of all processes of a job, merged pairwise along a tree.

use crate::error::{Error, Result};
use crate::ranks::Ranks;

/// What a process gives to an exchange, or several have given together.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Message {
    /// What has been merged of their bytes.
    Given(Vec<u8>),
    /// The first of them that failed, and why.
    Failed { rank: usize, reason: String },
    /// They have come to the end of their work.
    Concluded { first: usize, end: End },
}

/// How processes come to the end of their work.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Well,
    /// All of them in the same way.
    Alike {
        status: u8,
        reason: String,
    },
    /// The first that failed.
    Failed {
        rank: usize,
        status: u8,
        reason: String,
    },
}

/// What a message is, by its first byte.
const GIVEN: u8 = 0;
const FAILED: u8 = 1;
const WELL: u8 = 2;
const ALIKE: u8 = 3;
const FAILED_AT_THE_END: u8 = 4;

impl Message {
    fn to_bytes(&self) -> Vec<u8> {
        let text = |kind: u8, numbers: &[usize], status: &[u8], text: &[u8]| {
            let numbers: Vec<u8> = numbers.iter().flat_map(|&number| (number as u64).to_le_bytes()).collect();
            [&[kind], numbers.as_slice(), status, text].concat()
        };
        match self {
            Message::Given(bytes) => text(GIVEN, &[], &[], bytes),
            Message::Failed { rank, reason } => text(FAILED, &[*rank], &[], reason.as_bytes()),
            Message::Concluded { first, end } => match end {
                End::Well => text(WELL, &[*first], &[], &[]),
                End::Alike { status, reason } => text(ALIKE, &[*first], &[*status], reason.as_bytes()),
                End::Failed { rank, status, reason } => {
                    text(FAILED_AT_THE_END, &[*first, *rank], &[*status], reason.as_bytes())
                }
            },
        }
    }

    /// The message of bytes that the process `from` sent.
    fn of_bytes(from: usize, bytes: &[u8]) -> Self {
        Self::parse(bytes).unwrap_or_else(|| Message::Failed { rank: from, reason: "its message was cut".into() })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (&kind, rest) = bytes.split_first()?;
        if kind == GIVEN {
            return Some(Message::Given(rest.to_vec()));
        }
        let (first, rest) = number(rest)?;
        let end = match kind {
            FAILED => return Some(Message::Failed { rank: first, reason: text(rest) }),
            WELL => End::Well,
            ALIKE => {
                let (&status, reason) = rest.split_first()?;
                End::Alike { status, reason: text(reason) }
            }
            FAILED_AT_THE_END => {
                let (rank, rest) = number(rest)?;
                let (&status, reason) = rest.split_first()?;
                End::Failed { rank, status, reason: text(reason) }
            }
            _ => return None,
        };
        Some(Message::Concluded { first, end })
    }

    /// The failure that it is to processes which go on.
    fn failure(&self) -> Option<(usize, String)> {
        match self {
            Message::Given(_) => None,
            Message::Failed { rank, reason } => Some((*rank, reason.clone())),
            Message::Concluded { first, end: End::Well } => Some((*first, "it has ended".into())),
            Message::Concluded { first, end: End::Alike { reason, .. } } => Some((*first, reason.clone())),
            Message::Concluded { end: End::Failed { rank, reason, .. }, .. } => Some((*rank, reason.clone())),
        }
    }

    /// This one and that of higher ranks as one; `merge` puts together what was given.
    fn with(self, other: Message, merge: &mut dyn FnMut(Vec<u8>, Vec<u8>) -> Result<Vec<u8>>) -> Message {
        match (self, other) {
            (Message::Given(left), Message::Given(right)) => match merge(left, right) {
                Ok(merged) => Message::Given(merged),
                Err(Error::Rank { rank, reason }) => Message::Failed { rank, reason },
                Err(error) => Message::Failed { rank: 0, reason: error.to_string() },
            },
            (Message::Concluded { first, end }, Message::Concluded { first: right, end: other }) => {
                let end = if end == other { end } else { end.first_failure(first, other, right) };
                Message::Concluded { first, end }
            }
            (left, right) => match left.failure().or_else(|| right.failure()) {
                Some((rank, reason)) => Message::Failed { rank, reason },
                None => left,
            },
        }
    }
}

impl End {
    /// The failure of the lowest rank: of processes from `first` on, and others from `right` on, that end otherwise.
    fn first_failure(self, first: usize, other: End, right: usize) -> End {
        let at = |end: End, rank: usize| match end {
            End::Alike { status, reason } => End::Failed { rank, status, reason },
            end => end,
        };
        match self {
            End::Well => at(other, right),
            end => at(end, first),
        }
    }
}

/// The number that bytes begin with, and what follows it.
pub(crate) fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    Some((usize::try_from(u64::from_le_bytes(*number)).ok()?, rest))
}

/// Merges the messages of all along a binomial tree, and gives each the result. Every process makes this call.
fn merged(
    ranks: &dyn Ranks,
    own: Message,
    merge: &mut dyn FnMut(Vec<u8>, Vec<u8>) -> Result<Vec<u8>>,
) -> Result<Message> {
    let (rank, size) = (ranks.rank(), ranks.size());
    let (mut message, mut distance) = (own, 1);
    while distance < size && rank & distance == 0 {
        if rank + distance < size {
            let from = rank + distance;
            let other = Message::of_bytes(from, &ranks.receive(from)?);
            message = message.with(other, merge);
        }
        distance *= 2;
    }
    let mut bytes = message.to_bytes();
    if rank > 0 {
        ranks.send(rank - distance, &bytes)?;
        bytes = ranks.receive(rank - distance)?;
        message = Message::of_bytes(rank - distance, &bytes);
    }
    while distance > 1 {
        distance /= 2;
        if rank + distance < size {
            ranks.send(rank + distance, &bytes)?;
        }
    }
    Ok(message)
}

/// Gives each process what all have given, merged pairwise: `merge` gets what lower ranks gave first. An error of any is the error of all.
/// With n processes it takes `2·log₂ n` messages one after the other, and no process holds more than two.
///
/// # Errors
/// What the first rank that failed says, with its number; a process's own error keeps its type.
pub fn exchange<E: From<Error> + std::fmt::Display>(
    ranks: &dyn Ranks,
    own: std::result::Result<Vec<u8>, E>,
    mut merge: impl FnMut(Vec<u8>, Vec<u8>) -> Result<Vec<u8>>,
) -> std::result::Result<Vec<u8>, E> {
    let (message, own) = match own {
        Ok(bytes) => (Message::Given(bytes), Ok(())),
        Err(error) => (Message::Failed { rank: ranks.rank(), reason: error.to_string() }, Err(error)),
    };
    let message = merged(ranks, message, &mut merge)?;
    own?;
    match message {
        Message::Given(bytes) => Ok(bytes),
        other => {
            let (rank, reason) = other.failure().unwrap_or_default();
            Err(Error::Rank { rank, reason }.into())
        }
    }
}

/// How a process failed that ends its work: its rank, its exit status, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The rank; none where all failed in the same way.
    pub rank: Option<usize>,
    /// The exit status.
    pub status: u8,
    /// What went wrong.
    pub reason: String,
}

/// Ends the work of all processes together, once in each: with its failure, if it failed on its own, at whatever point. Processes that still
/// are at work have it as an [`Error::Rank`] of their next exchange, and end with no failure of their own. Gives the first rank's failure.
///
/// # Errors
/// Whatever keeps messages from being exchanged.
pub fn conclude(ranks: &dyn Ranks, failure: Option<(u8, &str)>) -> Result<Option<Failure>> {
    let end = failure.map_or(End::Well, |(status, reason)| End::Alike { status, reason: reason.into() });
    let own = Message::Concluded { first: ranks.rank(), end };
    loop {
        // Where it is not the end of all, others were in an exchange, and come here because of it.
        if let Message::Concluded { end, .. } = merged(ranks, own.clone(), &mut |left, _| Ok(left))? {
            return Ok(match end {
                End::Well => None,
                End::Alike { status, reason } => Some(Failure { rank: None, status, reason }),
                End::Failed { rank, status, reason } => Some(Failure { rank: Some(rank), status, reason }),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_they_were_written() {
        let end = |end: End| Message::Concluded { first: 3, end };
        let messages = [
            Message::Given(Vec::new()),
            Message::Given(vec![4, 0, 255]),
            Message::Failed { rank: 7, reason: "the disk is full".into() },
            end(End::Well),
            end(End::Alike { status: 2, reason: String::new() }),
            end(End::Failed { rank: 9, status: 130, reason: "stopped".into() }),
        ];
        for message in messages {
            let bytes = message.to_bytes();
            assert_eq!(Message::of_bytes(0, &bytes), message);
            // A text may be shorter; what stands before it may not.
            for cut in 0..bytes.len().min(9) {
                let is_given = matches!(message, Message::Given(_)) && cut > 0;
                let is_cut = Message::Failed { rank: 5, reason: "its message was cut".into() };
                assert!(is_given || Message::of_bytes(5, &bytes[..cut]) == is_cut, "{message:?} cut at {cut}");
            }
        }
    }
}
