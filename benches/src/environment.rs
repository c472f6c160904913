//! What the processes of all contenders find in their environment.

use crate::Result;

/// What glibc is told: to ask for huge pages, as NumPy does for its arrays, and to keep memory that is freed.
///
/// On an Intel Xeon, huge pages made 80 ms of 135 for a pass over 800 MB after another process had run, and saved a tenth otherwise.
const ALLOCATION: [(&str, &str); 3] = [
    ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"),
    ("MALLOC_TRIM_THRESHOLD_", "1000000000"),
    ("MALLOC_MMAP_THRESHOLD_", "1000000000"),
];

/// Starts the program anew, with the same arguments, if a variable is missing: they are read when a process starts. What is
/// set stays as it is.
///
/// # Errors
/// The program can't be started.
pub fn complete(threads: usize) -> Result<()> {
    let threads = threads.to_string();
    let variables = ALLOCATION.into_iter().chain([("RAYON_NUM_THREADS", threads.as_str())]);
    let missing: Vec<_> = variables.filter(|(name, _)| std::env::var_os(name).is_none()).collect();
    if missing.is_empty() { Ok(()) } else { restart(&missing) }
}

#[cfg(unix)]
fn restart(variables: &[(&str, &str)]) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let mut command = std::process::Command::new(std::env::current_exe()?);
    Err(command.args(std::env::args_os().skip(1)).envs(variables.iter().copied()).exec().into())
}

#[cfg(not(unix))]
fn restart(_: &[(&str, &str)]) -> Result<()> {
    Ok(())
}
