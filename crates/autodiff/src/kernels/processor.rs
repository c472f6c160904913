//! What a processor is, as one value that plans and kernels ask.

#![allow(unsafe_code)]

use super::dispatch::Instructions;
use crate::error::{Error, Result};
use std::fmt;
use std::sync::OnceLock;

/// The variable of the environment that narrows [`Processor::this`].
const VARIABLE: &str = "AUTODIFF_PROCESSOR";

/// The size of most first-level caches, taken where the processor doesn't report it.
const COMMON: usize = 32 * 1024;

/// Bytes of a block's rows. Memory is idle while a block is computed on: the smaller the block, the sooner the next one is read.
const BLOCK_BYTES: usize = 7 * 1024;

/// Bytes prefetched past a block by the sum over its rows: as many as memory delivers while the block is computed on. With more,
/// all of the next block at a hundred columns, the processor waits for its prefetches.
const AHEAD_OF_BLOCK: usize = 5 * 1024;

/// Bytes prefetched past the row that is read, where a block is summed while the next one is multiplied: the latency of memory times
/// its bandwidth. A pass takes the same time with 8 to 16 KiB, and up to a quarter more without prefetching, or with it in some rows only.
const AHEAD_OF_ROW: usize = 12 * 1024;

/// A cache that memory is prefetched into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    First,
    Second,
}

/// What a program is compiled for: the instruction set, the first-level data cache, and how memory is best read.
///
/// Programs are compiled for [the processor they run on](Self::this). [`Tape::compile_for`](crate::Tape::compile_for) takes another
/// that this one [can be](Self::kinds), as does the variable `AUTODIFF_PROCESSOR` of the environment for all programs: `baseline`,
/// `avx2` (with fused multiply-add) or `avx512`. So anyone can measure on a machine as on a narrower one.
///
/// What it is changes the speed of a program, and no bit of its results, where products and sums are rounded once: with `avx2`, `avx512`, and
/// on AArch64. With `baseline` on x86-64 they are rounded twice, and last digits are others. Nor do bits depend on the
/// number of threads. They do depend on the version of the system's mathematical library, as far as that computes: functions of single
/// numbers that don't depend on the rows, and of arrays powers, `exp2`, `tan`, inverse trigonometric and gamma functions.
///
/// ```
/// use autodiff::{Processor, Tape};
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", &[1.0, 2.0]);
/// for processor in Processor::kinds() {
///     let program = tape.compile_for(&[x.sum()], processor)?;
///     println!("{processor}: {}", program.run(&[])?.number(0)?);
/// }
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processor {
    pub(crate) instructions: Instructions,
    pub(crate) first_level_bytes: usize,
    pub(crate) reads_in_order: bool,
    pub(crate) block_bytes: usize,
}

impl Processor {
    /// This processor, or what `AUTODIFF_PROCESSOR` says that it is to be; asked once.
    ///
    /// # Errors
    /// [`Error::UnknownProcessor`]: the variable names an instruction set that this processor, or this build, does not have.
    pub fn this() -> Result<Self> {
        static THIS: OnceLock<Result<Processor>> = OnceLock::new();
        // Kept: under a virtual machine each question takes microseconds.
        THIS.get_or_init(|| match std::env::var_os(VARIABLE) {
            None => Ok(Self::detected()),
            Some(name) => Self::named(&name.to_string_lossy()),
        })
        .clone()
    }

    /// Every kind of processor that this one can be, the narrowest first: one for each instruction set.
    pub fn kinds() -> Vec<Self> {
        let detected = Self::detected();
        Instructions::available().into_iter().map(|instructions| Self { instructions, ..detected }).collect()
    }

    /// With a first-level data cache of so many bytes.
    pub fn with_first_level_bytes(self, first_level_bytes: usize) -> Self {
        Self { first_level_bytes, ..self }
    }

    /// Taking so many bytes of rows at a time, where they come from memory, and twice as many, where they stay in a cache; at least
    /// some rows.
    pub fn with_block_bytes(self, block_bytes: usize) -> Self {
        Self { block_bytes: block_bytes.min(1 << 30), ..self }
    }

    /// Reading rows from memory one after the other, as is best on AMD's, or four side by side.
    pub fn with_rows_in_order(self, reads_in_order: bool) -> Self {
        Self { reads_in_order, ..self }
    }

    /// The name of the instruction set, as the environment gives it.
    pub fn instructions(self) -> &'static str {
        self.instructions.name()
    }

    /// Whether `a·b + c` is rounded once: programs for all processors with this have the same bits.
    pub fn has_fused_multiply_add(self) -> bool {
        self.instructions.has_fused_multiply_add()
    }

    /// Bytes that a sum over a block's rows prefetches after them: none where prefetchers see rows read one after the other.
    pub(crate) fn ahead_of_block(self) -> usize {
        if self.reads_in_order { 0 } else { AHEAD_OF_BLOCK }
    }

    /// Bytes that it prefetches after the row that is read, where the next block is multiplied meanwhile.
    pub(crate) fn ahead_of_row(self) -> usize {
        AHEAD_OF_ROW
    }

    /// The cache that they are prefetched into. A block, the next one and what is prefetched don't fit a first-level cache of 32 KiB: on
    /// Zen 4 a pass over 100 columns takes 1.8 times as long if they go there.
    pub(crate) fn level_ahead_of_row(self) -> Level {
        if self.first_level_bytes > COMMON { Level::First } else { Level::Second }
    }

    /// The widest kind.
    fn detected() -> Self {
        Self {
            instructions: Instructions::widest(),
            first_level_bytes: first_level_bytes().unwrap_or(COMMON),
            reads_in_order: reads_in_order(),
            block_bytes: BLOCK_BYTES,
        }
    }

    fn named(name: &str) -> Result<Self> {
        let kinds = Self::kinds();
        let found = kinds.iter().find(|kind| kind.instructions().eq_ignore_ascii_case(name));
        found.copied().ok_or_else(|| Error::UnknownProcessor {
            name: name.into(),
            known: kinds.iter().map(|kind| kind.instructions().into()).collect(),
        })
    }
}

impl fmt::Display for Processor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.reads_in_order { "one after the other" } else { "side by side" };
        let kib = self.first_level_bytes / 1024;
        write!(f, "{}, a first-level cache of {kib} KiB, rows read {how}", self.instructions())
    }
}

/// From the list of caches: leaf 4 of `cpuid` on processors of Intel, leaf 0x8000_001D on those of AMD, in the same form (Intel,
/// *Software Developer's Manual*, volume 2A, CPUID).
#[cfg(all(target_arch = "x86_64", not(miri)))]
fn first_level_bytes() -> Option<usize> {
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    for (first, leaf) in [(0, 4), (0x8000_0000, 0x8000_001D)] {
        // SAFETY: every x86-64 processor has the instruction, and the first leaf of both ranges.
        #[allow(unused_unsafe)]
        if unsafe { __cpuid(first) }.eax < leaf {
            continue;
        }
        for cache in 0..8 {
            // SAFETY: as above; the processor has just said that it has the leaf.
            #[allow(unused_unsafe)]
            let about = unsafe { __cpuid_count(leaf, cache) };
            let (kind, level) = (about.eax & 0x1F, about.eax >> 5 & 7);
            let (ways, partitions, line) = (about.ebx >> 22, about.ebx >> 12 & 0x3FF, about.ebx & 0xFFF);
            if (kind, level) == (1, 1) {
                return Some(
                    [ways, partitions, line, about.ecx].iter().map(|&less_one| less_one as usize + 1).product(),
                );
            }
        }
    }
    None
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
fn first_level_bytes() -> Option<usize> {
    None
}

/// Whether rows are best read from memory one after the other, in code that prefetches nothing itself.
///
/// On AMD's processors (which alone have SSE4a) they are: on Zen 5, rows read four side by side take up to 1.8 times as long, unless they
/// are prefetched as well, and then still a tenth longer. On an Intel Xeon both pay.
fn reads_in_order() -> bool {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    return is_x86_feature_detected!("sse4a");
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    return false;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_that_of_a_cache() {
        let bytes = Processor::detected().first_level_bytes;
        assert!((8 * 1024..=512 * 1024).contains(&bytes) && bytes.is_multiple_of(1024), "{bytes}");
    }

    #[test]
    fn a_processor_is_named_by_its_instructions() {
        for kind in Processor::kinds() {
            assert_eq!(Processor::named(&kind.instructions().to_uppercase()).unwrap(), kind);
        }
        assert_eq!(Processor::kinds().last(), Some(&Processor::detected()));
        let message = Processor::named("abacus").unwrap_err().to_string();
        assert!(message.contains("`abacus`") && message.contains("baseline"), "{message}");
    }
}
