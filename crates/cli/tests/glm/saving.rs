//! Files that the program writes: whole or not at all, and never in the place of the data.

use crate::run::{file, glm, reference, scratch};
use std::path::Path;
use std::process::Command;

/// An empty directory for one test.
fn directory(name: &str) -> String {
    let path = scratch(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir(&path).unwrap();
    path
}

fn names_in(directory: &str) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const DATA: &str = "y,x\n0,1\n1,2\n0,3\n1,4\n";

#[cfg(unix)]
#[test]
fn the_data_are_never_overwritten_by_whatever_name() {
    let directory = directory("own_data");
    let data = format!("{directory}/data.csv");
    std::fs::write(&data, DATA).unwrap();
    let (symbolic, hard) = (format!("{directory}/symbolic"), format!("{directory}/hard"));
    std::os::unix::fs::symlink("data.csv", &symbolic).unwrap();
    std::fs::hard_link(&data, &hard).unwrap();
    let relative = format!("{directory}/../own_data/./data.csv");
    for target in [&data, &symbolic, &hard, &relative] {
        for source in [&data, &symbolic, &hard] {
            let run = glm(&["fit", source, "--response", "y", "--save", target]);
            assert_eq!((run.code, run.out.as_str()), (2, ""), "{source} to {target}");
            assert!(run.err.contains("is the data file"), "{}", run.err);
        }
    }
    assert_eq!(std::fs::read_to_string(&data).unwrap(), DATA);
    let picture = format!("{directory}/residuals.svg");
    std::fs::write(&picture, DATA).unwrap();
    let run = glm(&["fit", &picture, "--response", "y", "--plots", &directory]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert_eq!(std::fs::read_to_string(&picture).unwrap(), DATA);
}

/// Runs a fit that may write so many KiB to a file, no more, as on a full disk.
fn fit_with_limit(arguments: &[&str], kibibytes: u32) -> (Option<i32>, String) {
    let limited = format!("ulimit -f {kibibytes}; exec \"$@\"");
    let run = Command::new("bash")
        .args(["-c", &limited, "bash", env!("CARGO_BIN_EXE_glm")])
        .args(arguments)
        .output()
        .unwrap();
    (run.status.code(), String::from_utf8(run.stderr).unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn a_good_model_survives_a_disk_that_fills() {
    let directory = directory("fills");
    let (data, model) = (reference("birthwt.csv"), format!("{directory}/model.json"));
    assert_eq!(glm(&["fit", &data, "--response", "y", "--terms", "age", "--save", &model]).code, 0);
    let good = std::fs::read(&model).unwrap();
    // A model of more than a kibibyte.
    let (code, said) =
        fit_with_limit(&["fit", &data, "--response", "y", "--terms", "age,lwt,smoke,age:lwt", "--save", &model], 1);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("model.json: can't be written") && said.lines().count() == 1, "{said}");
    assert_eq!(std::fs::read(&model).unwrap(), good);
    assert_eq!(names_in(&directory), ["model.json"]);
    let (code, said) =
        fit_with_limit(&["fit", &data, "--response", "y", "--terms", "age,lwt", "--plots", &directory], 1);
    assert_eq!(code, Some(2), "{said}");
    assert_eq!(names_in(&directory), ["model.json"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_model_may_be_written_to_a_pipe_and_not_to_a_full_device() {
    let data = file("to_device.csv", "y,x\n0,1\n1,2\n0,3\n1,4\n0,5\n");
    let run = glm(&["fit", &data, "--response", "y", "--save", "/dev/stdout"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("\"glm_model\": 3"), "{}", run.out);
    let run = glm(&["fit", &data, "--response", "y", "--save", "/dev/full"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("/dev/full: can't be written: No space left"), "{}", run.err);
    assert!(run.err.contains("free some space on that disk, or choose a place on another"), "{}", run.err);
    assert!(Path::new("/dev/full").exists() && !std::fs::metadata("/dev/full").unwrap().is_file());
}

#[test]
fn what_cannot_take_a_file_is_refused() {
    let (data, directory) = (file("to_directory.csv", "y,x\n0,1\n1,2\n0,3\n1,4\n0,5\n"), directory("no_file"));
    for target in [directory.clone(), format!("{directory}/missing/model.json")] {
        let run = glm(&["fit", &data, "--response", "y", "--save", &target]);
        assert_eq!(run.code, 2, "{}", run.err);
        assert!(run.err.contains(&target), "{}", run.err);
    }
    assert!(names_in(&directory).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_a_fit_with_130_and_a_line_on_where_it_was() {
    let directory = directory("ctrl_c");
    // Ten columns and all their products: over a thousand coefficients.
    let cell = |row: usize, column: usize| ((row * (2 * column + 3) + row * row) % 97) as f64 / 50.0 - 1.0;
    let row = |row: usize| (0..10).map(|column| format!(",{}", cell(row, column))).collect::<String>();
    let rows: String = (0..3_000).map(|number| format!("{}{}\n", number % 2, row(number))).collect();
    let names: Vec<String> = (0..10).map(|column| format!("x{column}")).collect();
    let data = file("ctrl_c.csv", format!("y,{}\n{rows}", names.join(",")));
    let model = format!("{directory}/model.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_glm"));
    command.args(["fit", &data, "--response", "y", "--ridge", "1", "--terms", &names.join("*"), "--save", &model]);
    let said = interrupted(command);
    // The signal is sent once the command listens, which it does from the reading of the rows on.
    let is_in_fit = said.starts_with("glm: interrupted ") && said.contains("iteration");
    let is_in_reading = said == "glm: interrupted while rows were read; nothing is saved\n";
    assert!((is_in_fit || is_in_reading) && said.lines().count() == 1, "{said}");
    assert!(names_in(&directory).is_empty());
}

/// Whatever is written: the file that was asked for is named, and what to do, and nothing stays that is half of one.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_names_the_file_and_what_to_do_and_leaves_no_part_of_it() {
    let (directory, data) = (directory("full"), reference("birthwt.csv"));
    let file = |name: &str| format!("{directory}/{name}");
    let fit = ["fit", &data, "--response", "y", "--terms", "age,lwt,smoke"];
    for (option, path) in
        [("--save", file("model.json")), ("--checkpoint", file("journal")), ("--plots", file("plots"))]
    {
        let (code, said) = fit_with_limit(&[&fit[..], &[option, &path]].concat(), 0);
        let last = said.lines().last().unwrap_or_default();
        assert_eq!(code, Some(2), "{option}: {said}");
        assert!(
            last.starts_with(&format!("glm: {path}")) && last.contains("can't be written: File too large"),
            "{said}"
        );
        assert!(last.contains("raise the limit of a file's size (ulimit -f)") && !last.contains(".tmp"), "{said}");
        let left = names_in(&directory);
        assert!(left.iter().all(|name| name == "plots"), "{option} leaves {left:?}");
    }
    // The first passes fit, and are all that stays.
    let journal = file("journal");
    let with_checkpoint = [&fit[..], &["--checkpoint", &journal]].concat();
    let (code, said) = fit_with_limit(&with_checkpoint, 1);
    assert!(
        code == Some(2) && said.contains("the passes before are kept, and the same fit goes on from them"),
        "{said}"
    );
    let again = glm(&with_checkpoint);
    assert!(
        again.code == 0 && again.err.contains("the checkpoint holds ") && !again.err.contains("no whole pass"),
        "{}",
        again.err
    );
    assert!(again.err.contains("the fit went on from its checkpoint in iteration "), "{}", again.err);
    assert_eq!(again.out, glm(&fit).out);
}

/// Rows that are read into memory end with a line, too.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_the_reading_of_rows_into_memory() {
    let rows: String = (0..400_000).map(|row| format!("{},{},c{}\n", row % 3, row % 97, row % 5)).collect();
    let data = file("ctrl_c_reading.csv", format!("y,x,g\n{rows}"));
    for family in ["poisson", "ordinal"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glm"));
        command.args(["fit", &data, "--response", "y", "--family", family]);
        assert_eq!(interrupted(command), "glm: interrupted while rows were read; nothing is saved\n", "{family}");
    }
}

/// The opening passes of a streamed fit, which find levels and what the responses are, end with the block that they are at.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_the_opening_passes_of_a_streamed_fit() {
    let rows: String = (0..400_000).map(|row| format!("{},{},c{}\n", row % 3, row % 97, row % 5)).collect();
    let data = file("ctrl_c_opening.csv", format!("y,x,g\n{rows}"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_glm"));
    command.args(["fit", &data, "--response", "y", "--family", "poisson", "--memory", "1K"]);
    let said = interrupted(command);
    assert!(said.ends_with("glm: interrupted while rows were read; nothing is saved\n"), "{said}");
}

/// What a command says that a Ctrl-C ends with 130 and without a result, as soon as it listens.
#[cfg(target_os = "linux")]
fn interrupted(mut command: Command) -> String {
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    wait_until_it_listens(child.id());
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let run = child.wait_with_output().unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    assert_eq!((run.status.code(), run.stdout.len()), (Some(130), 0), "{said}");
    said
}

/// Waits until a process catches SIGINT.
#[cfg(target_os = "linux")]
fn wait_until_it_listens(process: u32) {
    let caught = || {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim().to_owned();
        u64::from_str_radix(&mask, 16).unwrap() & 2 != 0
    };
    while !caught() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}
