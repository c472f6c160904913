//! `--mpi`: jobs of Open MPI print the bits that one process prints, once, and end when one of their processes does.

use crate::run::{glm, scratch};
use std::fmt::Write;
use std::process::Output;

#[path = "../../../distributed/tests/support/mpirun.rs"]
mod mpirun;

const MODEL: [&str; 5] = ["--response", "y", "--terms", "x,z,c", "--json"];

/// A folder of files with so many rows in all.
fn folder(name: &str, rows: usize) -> String {
    let folder = scratch(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let rows: Vec<usize> = (0..rows).collect();
    for (number, part) in rows.chunks(9_000).enumerate() {
        let text = part.iter().fold(String::from("y,x,z,c\n"), |mut text, &row| {
            let (x, z) = ((row as f64 * 0.7).sin(), 2.0 * (row as f64 * 1.3).sin());
            let y = u8::from(x - 0.5 * z + 2.0 * (row as f64 * 77.7).sin() > 0.2);
            writeln!(text, "{y},{x},{z},{}", ["a", "b", "c"][row * 7 % 3]).unwrap();
            text
        });
        std::fs::write(format!("{folder}/part-{number}.csv"), text).unwrap();
    }
    folder
}

/// Runs `mpirun` with these arguments, in which `GLM` is the program; it has to end within a minute.
fn mpirun(arguments: &[&str]) -> Output {
    let arguments = arguments.iter().map(|argument| argument.replace("GLM", env!("CARGO_BIN_EXE_glm")));
    mpirun::mpirun(arguments)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn one_to_three_ranks_print_once_what_one_process_prints() {
    let data = folder("job_same", 30_000);
    let expected = glm(&[&["fit", &data], &MODEL[..]].concat());
    assert_eq!(expected.code, 0, "{}", expected.err);
    let model = scratch("job_model.json");
    for ranks in ["1", "2", "3"] {
        let found = mpirun(&[&["-n", ranks, "GLM", "fit", &data], &MODEL[..], &["--save", &model, "--mpi"]].concat());
        assert_eq!((found.status.code(), text(&found.stdout)), (Some(0), expected.out.clone()), "{ranks} ranks");
        assert_eq!(text(&found.stderr).matches("row by row in every pass").count(), 1, "{}", text(&found.stderr));
        assert!(std::fs::read(&model).unwrap().ends_with(b"}\n"));
    }
}

#[test]
fn an_error_ends_all_ranks_with_its_message_and_status() {
    let (data, broken, other) = (folder("job_data", 3_000), folder("job_broken", 3_000), folder("job_other", 3_000));
    let copy = folder("job_copy", 3_000);
    let path = format!("{broken}/part-0.csv");
    let bad = std::fs::read_to_string(&path).unwrap().replacen("1,0.", "1,zero.", 1);
    std::fs::write(&path, bad).unwrap();
    // As many bytes and rows.
    let path = format!("{other}/part-0.csv");
    let turned = std::fs::read_to_string(&path).unwrap().replacen("\n1,", "\n0,", 1);
    std::fs::write(&path, turned).unwrap();
    let of = |data: &str| [&["-n", "1", "GLM", "fit", data], &MODEL[..], &["--mpi"]].concat().join(" ");
    for (first, second, message) in [
        (of(&data), of(&broken), "glm: rank 1: its data file 1 is one of "),
        (of(&data), of(&other), "glm: rank 1: its data file 1 is one of "),
        (of(&broken), of(&broken), "glm: "),
        (of(&data), of(&data) + " --ridge 2", "glm: rank 1: its --ridge is `2`, where that of rank 0 is `0`; "),
        (
            of(&data),
            of(&data).replace("x,z,c", "x,z"),
            "glm: rank 1: its --terms is `x,z`, where that of rank 0 is `x,z,c`; ",
        ),
    ] {
        let both = format!("{first} : {second}");
        let failed = mpirun(&both.split(' ').collect::<Vec<_>>());
        let words = text(&failed.stderr);
        assert_eq!(failed.status.code(), Some(2), "{words}");
        assert!(failed.stdout.is_empty());
        let told: Vec<&str> =
            words.lines().filter(|line| line.starts_with("glm: ") && !line.contains("row by row")).collect();
        assert!(told.len() == 1 && told[0].starts_with(message), "{words}");
        assert!(told[0].contains("column `x`") || told[0].contains("all need to be given the same"), "{words}");
    }
    // The same files elsewhere are the same.
    let both = format!("{} : {}", of(&data), of(&copy));
    let found = mpirun(&both.split(' ').collect::<Vec<_>>());
    assert_eq!(text(&found.stdout), glm(&[&["fit", &data], &MODEL[..]].concat()).out, "{}", text(&found.stderr));
    // Each of several processes does the same on its own.
    let alone = mpirun(&[&["-n", "2", "GLM", "fit", &data], &MODEL[..]].concat());
    assert_eq!(
        (alone.status.code(), text(&alone.stderr).matches("2 processes do all of this, each on its own").count()),
        (Some(0), 1),
        "{}",
        text(&alone.stderr)
    );
    let usage = mpirun(&["-n", "2", "GLM", "fit", &data, "--response", "no", "--mpi"]);
    let words = text(&usage.stderr);
    assert_eq!((usage.status.code(), words.matches("glm: ").count()), (Some(2), 2), "{words}");
    let parsed = mpirun(&["-n", "2", "GLM", "fit", &data, "--mpi", "--nonsense"]);
    assert_eq!((parsed.status.code(), text(&parsed.stderr).matches("unexpected argument").count()), (Some(2), 1));
}

/// The rank is killed once the first pass is in the checkpoint; the same command goes on from there.
#[test]
fn a_killed_rank_ends_the_job_and_the_checkpoint_goes_on() {
    let data = folder("job_killed", 60_000);
    let expected = glm(&[&["fit", &data], &MODEL[..]].concat());
    for rank in 0..3 {
        let journal = scratch("job.journal");
        let _ = std::fs::remove_file(&journal);
        let fit = [&["GLM", "fit", &data], &MODEL[..], &["--checkpoint", &journal, "--mpi"]].concat().join(" ");
        let killed = format!(
            "(while [ $(cat {journal} 2>/dev/null | wc -c) -lt 64 ]; do sleep 0.01; done; kill -9 $$) >/dev/null 2>&1 & exec {fit}"
        );
        let mut arguments: Vec<&str> = Vec::new();
        for other in 0..3 {
            arguments.extend(if other > 0 { &[":", "-n", "1"][..] } else { &["-n", "1"] });
            match other == rank {
                true => arguments.extend(["sh", "-c", &killed]),
                false => arguments.extend(fit.split(' ')),
            }
        }
        let ended = mpirun(&arguments);
        assert!(!ended.status.success() && ended.stdout.is_empty(), "rank {rank}: {}", text(&ended.stderr));
        let again: Vec<&str> = ["-n", "2"].into_iter().chain(fit.split(' ')).collect();
        let again = mpirun(&again);
        assert_eq!((again.status.code(), text(&again.stdout)), (Some(0), expected.out.clone()), "rank {rank}");
        assert!(text(&again.stderr).contains("the checkpoint holds "), "{}", text(&again.stderr));
    }
}
