//! What a pass gives over some of the rows, as a value: nodes of the tree in which the parts of all rows are put together.

use super::combine;
use super::plan::{Pass, Plan};
use crate::error::{Error, Result};
use crate::hash::Fingerprint;
use crate::scalar::Scalar;
use crate::sum_tree::SumTree;
use num_traits::{FromBytes, ToBytes};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What one pass of a [`StreamingRun`](crate::StreamingRun) gives over some of the rows.
///
/// Partial results of all rows, from whatever threads, files or machines, merge in any order into the same bits: each knows
/// where its rows stand, and numbers are added only where the tree of all sums adds them.
///
/// ```
/// use autodiff::{Partial, Tape, bind};
/// let tape = Tape::<f64>::new();
/// let program = tape.compile(&[(tape.rows("x", &[]) * tape.input("scale", &[])).sum()])?;
/// let x: Vec<f64> = (0..200_000).map(f64::from).collect();
/// let mut run = program.stream(&[bind("scale", 0.1)], Some(x.len()))?;
/// let half = run.part_rows();
/// let second = run.partial(half, &[bind("x", &x[half..])])?;
/// let sent = second.to_bytes(); // to another process, which runs the same program on the same fixed inputs
/// let mut all = run.read_partial(&sent)?;
/// all.merge(run.partial(0, &[bind("x", &x[..half])])?)?;
/// run.take(all)?;
/// run.end_pass()?;
/// assert_eq!(run.finish()?, program.run(&[bind("scale", 0.1), bind("x", &x)])?);
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone)]
pub struct Partial<T: Scalar> {
    plan: Arc<Plan<T>>,
    of: Computation,
    /// The numbers of parts.
    tree: SumTree<Vec<T>>,
    /// Where the rows end, if the last part isn't whole.
    end: Option<usize>,
}

/// What partial results have to agree in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Computation {
    /// The program, its fixed inputs, and what the passes before gave.
    pub(super) fingerprint: u64,
    pub(super) stage: usize,
    /// Rows a part.
    pub(super) part: usize,
}

impl<T: Scalar> fmt::Debug for Partial<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partial").field("rows", &self.rows()).finish_non_exhaustive()
    }
}

/// Two are equal where they have the same nodes with equal numbers.
impl<T: Scalar> PartialEq for Partial<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.of, self.end, &self.tree) == (other.of, other.end, &other.tree)
    }
}

impl<T: Scalar> Partial<T> {
    /// Of no rows.
    pub(super) fn nothing(plan: &Arc<Plan<T>>, of: Computation) -> Self {
        Partial { plan: plan.clone(), of, tree: SumTree::new(), end: None }
    }

    /// Of consecutive parts from `first` on, whose numbers stand one after the other; they have so many rows in all.
    pub(super) fn of_parts(
        plan: &Arc<Plan<T>>,
        of: Computation,
        first: usize,
        rows: usize,
        numbers: &[T],
    ) -> Result<Self> {
        let mut partial = Self::nothing(plan, of);
        let size = partial.pass().map_or(0, |pass| pass.accumulated);
        for part in 0..rows.div_ceil(of.part) {
            partial.tree.insert(first + part, 0, numbers[part * size..][..size].to_vec(), merging(plan, of))?;
        }
        partial.end = (!rows.is_multiple_of(of.part)).then_some(first * of.part + rows);
        Ok(partial)
    }

    fn pass(&self) -> Option<&Pass> {
        self.plan.stages.get(self.of.stage)?.pass.as_ref()
    }

    /// The rows it is of, as ranges in order that don't touch each other.
    pub fn rows(&self) -> Vec<Range<usize>> {
        let mut rows: Vec<Range<usize>> = Vec::new();
        for parts in self.tree.pieces() {
            let of_node = self.rows_of(parts);
            match rows.last_mut() {
                Some(last) if last.end == of_node.start => last.end = of_node.end,
                _ => rows.push(of_node),
            }
        }
        rows
    }

    fn rows_of(&self, parts: Range<usize>) -> Range<usize> {
        let end = parts.end.saturating_mul(self.of.part);
        parts.start.saturating_mul(self.of.part)..self.end.map_or(end, |last| last.min(end))
    }

    /// Takes in the partial result of other rows.
    ///
    /// # Errors
    /// One of another computation; rows that are there already, or lie beyond the end of the data.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        if self.of != other.of {
            return Err(Error::ForeignPartial);
        }
        self.check_fits(&other)?;
        self.end = self.end.or(other.end);
        let merge = merging(&self.plan, self.of);
        self.tree.merge(other.tree, merge)
    }

    fn check_fits(&self, other: &Self) -> Result<()> {
        let refused = |rows: Range<usize>, reason| Err(Error::PartialRows { rows, reason });
        for parts in other.tree.pieces() {
            if self.tree.overlaps(&parts) {
                return refused(other.rows_of(parts), "these rows have been taken already");
            }
        }
        let last = |of: &Self| of.tree.pieces().next_back().map(|parts| of.rows_of(parts));
        for (ending, rows) in [(self.end, last(other)), (other.end, last(self))] {
            match (ending, rows) {
                (Some(end), Some(rows)) if rows.end > end => {
                    return refused(rows, "they come after a part that isn't whole, which only the last can be");
                }
                _ => {}
            }
        }
        match (self.end, other.end) {
            (Some(_), Some(end)) => refused(end..end, "two parts can't both be the last"),
            _ => Ok(()),
        }
    }

    /// How many rows there are, if all from the first on are there.
    pub(super) fn whole(&self) -> std::result::Result<usize, usize> {
        match self.rows().as_slice() {
            [] => Ok(0),
            [rows] if rows.start == 0 => Ok(rows.end),
            [first, ..] if first.start == 0 => Err(first.end),
            _ => Err(0),
        }
    }

    /// The numbers of all rows, which have to be whole; of no rows, `None`.
    pub(super) fn total(self) -> Option<Vec<T>> {
        self.tree.total(merging(&self.plan, self.of))
    }
}

/// Puts together the numbers of parts and of those that follow them.
fn merging<T: Scalar>(plan: &Arc<Plan<T>>, of: Computation) -> impl Fn(Vec<T>, Vec<T>) -> Vec<T> {
    let plan = plan.clone();
    move |mut left, mut right| {
        let pass = plan.stages.get(of.stage).and_then(|stage| stage.pass.as_ref());
        for accumulator in pass.map_or(&[][..], |pass| &pass.accumulators) {
            combine::merge(accumulator, &mut left, &mut right);
        }
        left
    }
}

/// The first bytes of all that follow.
const MAGIC: &[u8; 8] = b"partial\x02";
/// Where the rows end, if that isn't known.
const NO_END: u64 = u64::MAX;

/// A sum over bytes that any one changed byte changes: FNV-1a, of eight bytes at a time. (Each step is one-to-one.)
fn checksum(bytes: &[u8]) -> u64 {
    let step = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x0000_0100_0000_01B3);
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(0xCBF2_9CE4_8422_2325, |sum, word| step(sum, u64::from_le_bytes(*word)));
    rest.iter().fold(sum, |sum, &byte| step(sum, u64::from(byte)))
}

impl<T> Partial<T>
where
    T: Scalar + ToBytes + FromBytes<Bytes = <T as ToBytes>::Bytes>,
{
    /// The partial result as bytes: a version, what it is of, its nodes, a checksum; the same on every machine.
    pub fn to_bytes(&self) -> Vec<u8> {
        let word = |bytes: &mut Vec<u8>, word: u64| bytes.extend(word.to_le_bytes());
        let size = self.pass().map_or(0, |pass| pass.accumulated);
        let mut bytes = Vec::with_capacity(80 + self.tree.nodes().count() * (16 + size * size_of::<T>()));
        bytes.extend(MAGIC);
        let end = self.end.map_or(NO_END, |end| end as u64);
        let head = [self.of.fingerprint, self.of.stage as u64, self.of.part as u64, end, size as u64];
        for number in head.into_iter().chain([size_of::<T>() as u64, self.tree.nodes().count() as u64]) {
            word(&mut bytes, number);
        }
        for (first, level, numbers) in self.tree.nodes() {
            word(&mut bytes, first as u64);
            word(&mut bytes, u64::from(level));
            numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes().as_ref()));
        }
        let sum = checksum(&bytes);
        word(&mut bytes, sum);
        bytes
    }

    /// The partial result of bytes, which has to be of this computation.
    pub(super) fn from_bytes(plan: &Arc<Plan<T>>, of: Computation, bytes: &[u8]) -> Result<Self> {
        let damaged = |reason| Error::DamagedPartial { reason };
        let Some((body, sum)) = bytes.split_last_chunk::<8>() else { return Err(damaged("they are too few")) };
        if !body.starts_with(MAGIC) {
            return Err(damaged("they don't begin as those of this version do"));
        }
        if checksum(body) != u64::from_le_bytes(*sum) {
            return Err(damaged("their checksum is wrong"));
        }
        let mut reader = Reader { bytes: &body[MAGIC.len()..] };
        let mut partial = Self::nothing(plan, of);
        let size = partial.pass().map_or(0, |pass| pass.accumulated);
        let expected = [of.fingerprint, of.stage as u64, of.part as u64];
        for word in expected {
            if reader.word()? != word {
                return Err(Error::ForeignPartial);
            }
        }
        let end = reader.word()?;
        partial.end = match end {
            NO_END => None,
            end => Some(usize::try_from(end).map_err(|_| damaged("its rows are too many for this machine"))?),
        };
        if [reader.word()?, reader.word()?] != [size as u64, size_of::<T>() as u64] {
            return Err(Error::ForeignPartial);
        }
        for _ in 0..reader.word()? {
            let (row, level) = (reader.word()?, reader.word()?);
            let numbers = reader.numbers(size)?;
            // A machine of 64 bits counts rows that one of 32 bits can't.
            let (first, level) = (usize::try_from(row), u32::try_from(level));
            let (Ok(first), Ok(level)) = (first, level) else { return Err(damaged("its rows are in no order")) };
            if partial.tree.insert(first, level, numbers, merging(plan, of)).is_err() {
                return Err(damaged("its rows are in no order"));
            }
        }
        match reader.bytes.is_empty() {
            true => Ok(partial),
            false => Err(damaged("they are too many")),
        }
    }
}

/// What is left of bytes.
struct Reader<'b> {
    bytes: &'b [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (first, rest) = self.bytes.split_first_chunk().ok_or(Error::DamagedPartial { reason: "they end early" })?;
        self.bytes = rest;
        Ok(*first)
    }

    fn word(&mut self) -> Result<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn numbers<T: Scalar + ToBytes + FromBytes<Bytes = <T as ToBytes>::Bytes>>(
        &mut self,
        count: usize,
    ) -> Result<Vec<T>> {
        let len = count.saturating_mul(size_of::<T>());
        let (first, rest) =
            self.bytes.split_at_checked(len).ok_or(Error::DamagedPartial { reason: "they end early" })?;
        self.bytes = rest;
        let number = |bytes: &[u8]| {
            let mut number = T::zero().to_le_bytes();
            number.as_mut().copy_from_slice(bytes);
            T::from_le_bytes(&number)
        };
        Ok(first.chunks_exact(size_of::<T>()).map(number).collect())
    }
}

impl Computation {
    /// The next pass of the same run, after this one gave these numbers.
    pub(super) fn after<T: Scalar>(self, numbers: &[T]) -> u64 {
        let mut fingerprint = Fingerprint::of(self.fingerprint);
        fingerprint.add_numbers(numbers);
        fingerprint.finish()
    }
}
