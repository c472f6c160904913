//! Memory whose size a user decides, asked for before it is allocated: what can't be had is an error, not the end of the
//! process.
//!
//! The allocator's word is not enough. Linux hands out addresses for more memory than there is, and ends the process that
//! writes to them. So what is large is first compared with what the system says is available.

use crate::error::Error;
use ndarray::{ArrayD, IxDyn};
use num_traits::Zero;

/// Requests up to this many bytes are granted without a look at what is available, which would cost more than they do.
const SMALL: u128 = 64 << 20;

/// The most bytes that may be asked for at once: as many as are available, if none is set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Limit {
    set: Option<usize>,
}

/// How many bytes were asked for in vain, and how many there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shortage {
    bytes: u128,
    limit: usize,
}

impl Shortage {
    /// The error of what asked, named as the subject of a sentence.
    pub(crate) fn of(self, what: String) -> Error {
        Error::OutOfMemory { what, bytes: self.bytes, limit: self.limit }
    }
}

impl Limit {
    /// A limit of so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        Limit { set: Some(bytes) }
    }

    /// The number of bytes that was set.
    pub(crate) fn bytes(self) -> Option<usize> {
        self.set
    }

    /// Whether `bytes` can be had.
    pub(crate) fn ask(self, bytes: u128) -> Result<(), Shortage> {
        let limit = match self.set {
            Some(limit) => limit,
            None if bytes <= SMALL => return Ok(()),
            None => available(),
        };
        let shortage = Shortage { bytes, limit };
        let len = usize::try_from(bytes).ok().filter(|&len| len <= limit).ok_or(shortage)?;
        // What is within the limit may still be more than the allocator has.
        Vec::<u8>::new().try_reserve_exact(len).map_err(|_| shortage)
    }

    /// Whether an array of `T` with axes of these lengths can be had. The product of the lengths that aren't 0 must be
    /// countable, even if another is 0: ndarray wants it so.
    pub(crate) fn ask_array<T>(self, dims: &[usize]) -> Result<(), Shortage> {
        if !dims.contains(&0) {
            return self.ask(bytes_of::<T>(dims.iter().copied()));
        }
        let lengths = dims.iter().copied().filter(|&len| len > 0);
        match bytes_of::<u8>(lengths.clone()) <= isize::MAX as u128 {
            true => Ok(()),
            false => Err(Shortage { bytes: bytes_of::<T>(lengths), limit: self.set.unwrap_or(isize::MAX as usize) }),
        }
    }

    /// An array of zeros.
    pub(crate) fn zeros<T: Clone + Zero>(self, dims: &[usize]) -> Result<ArrayD<T>, Shortage> {
        self.ask_array::<T>(dims)?;
        Ok(ArrayD::zeros(IxDyn(dims)))
    }
}

/// The bytes of an array of `T` with axes of these lengths.
pub(crate) fn bytes_of<T>(dims: impl IntoIterator<Item = usize>) -> u128 {
    dims.into_iter().fold(size_of::<T>() as u128, |bytes, len| bytes.saturating_mul(len as u128))
}

/// The bytes of memory that the system says can still be had, as far as it says so: what arrays whose size a user decides are held
/// against. As many as there can be, where it does not say.
///
/// ```
/// assert!(autodiff::available_memory() > 0);
/// ```
pub fn available_memory() -> usize {
    available()
}

/// The bytes that this process can still be given, as the system reports them.
fn available() -> usize {
    #[cfg(target_os = "linux")]
    let bytes = linux::available();
    #[cfg(not(target_os = "linux"))]
    let bytes: Option<u64> = None;
    bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(isize::MAX as usize)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::read_to_string;
    use std::path::Path;

    /// What the machine has left, or the control groups of the process, if that is less.
    pub(super) fn available() -> Option<u64> {
        let machine = read_to_string("/proc/meminfo").ok()?;
        let kibibytes = |name: &str| entry(&machine, name);
        let left = kibibytes("MemAvailable:")?.saturating_add(kibibytes("SwapFree:").unwrap_or(0)).saturating_mul(1024);
        let groups = read_to_string("/proc/self/cgroup").unwrap_or_default();
        Some(groups.lines().filter_map(left_in_group).fold(left, u64::min))
    }

    /// The number behind a name in a file of names and numbers.
    fn entry(text: &str, name: &str) -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// What a control group, given as a line of `/proc/self/cgroup`, and those around it leave; of both versions.
    fn left_in_group(line: &str) -> Option<u64> {
        let (_, group) = line.split_once(':')?;
        let (root, limit, used, cached) = match group.split_once(':')?.0 {
            "" => ("/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file "),
            names if names.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ")
            }
            _ => return None,
        };
        let own = Path::new(root).join(group.split_once(':')?.1.trim_start_matches('/'));
        let number = |path: &Path, name: &str| read_to_string(path.join(name)).ok()?.trim().parse::<u64>().ok();
        let left = |path: &Path| {
            // Pages of files are given back when memory is needed.
            let files =
                read_to_string(path.join("memory.stat")).ok().and_then(|stat| entry(&stat, cached)).unwrap_or(0);
            Some(number(path, limit)?.saturating_sub(number(path, used)?.saturating_sub(files)))
        };
        own.ancestors().take_while(|path| path.starts_with(root)).filter_map(left).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_limit_is_refused_and_what_is_within_is_had() {
        let limit = Limit::new(1000);
        assert!(limit.zeros::<f64>(&[5, 25]).is_ok());
        assert_eq!(limit.zeros::<f64>(&[6, 25]), Err(Shortage { bytes: 1200, limit: 1000 }));
    }

    #[test]
    fn what_no_machine_has_is_refused_without_a_limit() {
        let none = Limit::default();
        for dims in [vec![1 << 40], vec![1 << 40, 1 << 40], vec![usize::MAX; 8]] {
            assert!(none.zeros::<f64>(&dims).is_err(), "{dims:?}");
        }
        assert!(none.zeros::<f64>(&[0, 1 << 40, 1 << 40]).is_err());
        assert_eq!(none.zeros::<f64>(&[0, 1 << 40]).unwrap().shape(), [0, 1 << 40]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_says_how_much_is_left() {
        let left = linux::available().unwrap();
        assert!(left > 1 << 20 && left < 1 << 60, "{left}");
    }
}
