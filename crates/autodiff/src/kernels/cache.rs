//! What is asked of the processor about its caches: the size of the first level, which blocks of rows are to stay in until their
//! second use, and how memory is best read.

#![allow(unsafe_code)]

use std::sync::OnceLock;

/// What processors have that don't tell.
const COMMON: usize = 32 * 1024;

/// Bytes of this processor's first-level data cache.
pub(crate) fn first_level_bytes() -> usize {
    static BYTES: OnceLock<usize> = OnceLock::new();
    // Kept: under a virtual machine each question takes microseconds.
    *BYTES.get_or_init(|| detected().unwrap_or(COMMON))
}

/// From the list of caches: leaf 4 of `cpuid` on processors of Intel, leaf 0x8000_001D on those of AMD, in the same form (Intel,
/// *Software Developer's Manual*, volume 2A, CPUID).
#[cfg(all(target_arch = "x86_64", not(miri)))]
fn detected() -> Option<usize> {
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
fn detected() -> Option<usize> {
    None
}

/// Whether this processor reads rows from memory best one after the other, in code that asks for nothing itself.
///
/// AMD's do (which alone have SSE4a): on Zen 5, rows read four side by side take up to 1.8 times as long, unless they are asked for
/// ahead as well, and then still a tenth longer. On an Intel Xeon both pay.
#[inline(always)]
pub(crate) fn reads_in_order() -> bool {
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
        let bytes = first_level_bytes();
        assert!((8 * 1024..=512 * 1024).contains(&bytes) && bytes.is_multiple_of(1024), "{bytes}");
    }
}
