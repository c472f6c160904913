//! Jobs of Open MPI: the same bits for 1, 2 and 3 ranks, and no rank that fails or is killed leaves the others waiting.

use std::ffi::OsStr;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Output;

#[path = "support/mpirun.rs"]
mod mpirun;
use mpirun::mpirun;

/// The example, which is built with the tests.
fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(|deps| deps.parent()).unwrap().join("examples/ranks")
}

fn rows(rows: usize) -> String {
    let mut text = String::from("y,a,b\n");
    for row in 0..rows {
        let (a, b) = ((row * 7919 % 1009) as f64 / 512.0, (row * 31 % 97) as f64 / 64.0);
        let y = u8::from((row as f64 * 0.37).sin() + a - b > 0.2);
        writeln!(text, "{y},{a},{b}").unwrap();
    }
    text
}

/// Runs the example on so many ranks; it has to end within a minute.
fn job(ranks: usize, path: &std::path::Path, more: &[&str]) -> Output {
    let (ranks, program) = (ranks.to_string(), example());
    let job: [&OsStr; 4] = ["-n".as_ref(), ranks.as_ref(), program.as_ref(), path.as_ref()];
    mpirun(job.into_iter().chain(["y", "a", "b"].iter().chain(more).map(AsRef::as_ref)))
}

#[test]
fn any_number_of_ranks_prints_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, rows(150_000)).unwrap();
    let printed: Vec<String> = [1, 2, 3]
        .map(|ranks| {
            let output = job(ranks, &path, &[]);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        })
        .into();
    assert_eq!(printed[0].lines().count(), 3, "{}", printed[0]);
    assert_eq!(printed[1], printed[0]);
    assert_eq!(printed[2], printed[0]);
    // Fewer rows than one part.
    std::fs::write(&path, rows(40)).unwrap();
    let [one, three] = [1, 3].map(|ranks| job(ranks, &path, &[]));
    assert_eq!(one.stdout, three.stdout);
}

#[test]
fn a_rank_that_fails_or_is_killed_ends_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, rows(150_000)).unwrap();
    for rank in ["0", "1", "2"] {
        let failed = job(3, &path, &["--fail", rank, "5"]);
        let words = String::from_utf8_lossy(&failed.stderr).into_owned();
        if rank == "0" {
            assert!(!failed.status.success() && words.contains("the disk is broken"), "{words}");
        }
        let killed = job(3, &path, &["--kill", rank]);
        assert!(!killed.status.success());
        assert!(killed.stdout.is_empty(), "{}", String::from_utf8_lossy(&killed.stdout));
    }
    // A row of the last rank's share: the first tells whose it is.
    let failed = job(3, &path, &["--fail", "2", "149999"]);
    let words = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert_eq!(failed.status.code(), Some(2), "{words}");
    assert!(words.contains("rank 2: ") && words.contains("line 150001, column `a`: the disk is broken"), "{words}");
}
