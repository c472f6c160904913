//! Jobs of Open MPI that can't hang. The tests of the command share this file.

use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Runs `mpirun` with these arguments; it has to end within a minute.
pub fn mpirun(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    let mut child = Command::new("mpirun")
        .args(["--allow-run-as-root", "--oversubscribe"])
        .args(arguments)
        .env("RAYON_NUM_THREADS", "1")
        .env("OMPI_MCA_btl", "self,tcp")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("mpirun is there: apt-get install openmpi-bin libopenmpi-dev libclang-dev");
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("the job hangs");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}
