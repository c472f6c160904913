//! What becomes of results and messages where they can't be printed.

use crate::run::{file, reference, scratch};
use std::process::{Command, Output, Stdio};

/// Runs a line of the shell in which `glm` is the program.
fn shell(line: &str) -> Output {
    let define = format!("glm() {{ '{}' \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_glm"));
    Command::new("bash").args(["-c", &define]).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_is_no_fault_and_files_are_still_written() {
    let (data, model, classes) = (reference("birthwt.csv"), scratch("closed_pipe.json"), scratch("closed_pipe_2.json"));
    let _ = std::fs::remove_file(&model);
    // The reader is gone before the first line comes.
    for command in [
        format!("fit '{data}' --response y --terms age,lwt,smoke,ht,ui --save '{model}'"),
        format!("predict '{model}' '{data}'"),
        format!("fit '{data}' --response smoke --family multinomial --terms age,lwt --save '{classes}'"),
        // More than a buffer holds.
        format!("predict '{classes}' '{data}' --se --interval 0.9"),
        "--help".into(),
    ] {
        let run = shell(&format!("{{ sleep 0.2; glm {command}; echo $? >&2; }} | true"));
        assert_eq!((text(&run.stdout), text(&run.stderr)), (String::new(), "0\n".into()), "{command}");
    }
    assert!(std::fs::read_to_string(&model).unwrap().ends_with("}\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_the_output_ends_with_2_and_a_line_and_files_are_still_written() {
    let (data, model) = (reference("birthwt.csv"), scratch("full_disk.json"));
    let _ = std::fs::remove_file(&model);
    for command in [
        format!("fit '{data}' --response y --terms age,lwt,smoke,ht,ui --save '{model}'"),
        format!("fit '{data}' --response y --terms age,lwt,smoke,ht,ui --json"),
        format!("predict '{model}' '{data}'"),
        format!("check '{data}' --response y --terms age"),
        "--help".into(),
    ] {
        let run = shell(&format!("glm {command} > /dev/full"));
        let said = text(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{command}");
        assert!(
            said.starts_with("glm: the standard output can't be written to: No space") && said.lines().count() == 1,
            "{said}"
        );
    }
    assert!(std::fs::read_to_string(&model).unwrap().ends_with("}\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_the_messages_ends_with_2() {
    let separated = file("full_stderr.csv", "y,x\n0,1\n0,2\n1,3\n1,4\n");
    for command in ["fit no_such_file --response y".into(), "guess".into(), format!("fit '{separated}' --response y")] {
        let run = shell(&format!("glm {command} 2> /dev/full"));
        assert_eq!((run.status.code(), text(&run.stdout)), (Some(2), String::new()), "{command}");
    }
}

#[test]
fn messages_are_a_screen_at_most_and_free_of_control_characters() {
    let long = "x".repeat(100_000);
    let header = (0..5_000).map(|column| format!("column{column}")).collect::<Vec<_>>().join(",");
    for (name, content) in [
        ("long_cell.csv", format!("y,x\n0,1\n1,{long}\n")),
        ("long_name.csv", format!("y,{long},{long}\n0,1,2\n")),
        ("many_names.csv", format!("{header}\n")),
        ("escape.csv", "y,x\n0,1\n1,\u{1b}[2J\u{7}\n".to_owned()),
        (
            "many_levels.csv",
            format!(
                "y,g\n{}",
                (0..3_000).map(|row| format!("{},{}{long}\n", row % 2, row / 2)).take(20).collect::<String>()
            ),
        ),
    ] {
        let run = crate::run::glm(&["fit", &file(name, content), "--response", "y"]);
        assert!(run.err.chars().count() < 2_000 && run.err.lines().count() < 24, "{name}: {}", run.err);
        assert!(
            !run.err.contains(|character: char| character.is_control() && character != '\n'),
            "{name}: {}",
            run.err
        );
        assert_ne!(run.code, 101, "{name}");
    }
}
