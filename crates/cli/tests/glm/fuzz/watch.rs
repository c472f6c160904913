//! Running the program under a watchdog, with bounded memory.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A run that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(30);
/// The memory that a run may address, in KiB: an allocation that a damaged file asks for fails rather than being promised.
const MEMORY: &str = "8388608";

/// How a run ended.
pub struct Outcome {
    pub arguments: Vec<String>,
    /// The exit code; none, if it was killed.
    pub code: Option<i32>,
    /// Why it was killed.
    pub killed: &'static str,
    pub out: String,
    pub err: String,
}

/// Runs `glm`, and kills it if it hangs.
pub fn watched(arguments: &[String]) -> Outcome {
    watched_given(Stdio::null(), arguments)
}

/// The same, with this standard input.
pub fn watched_given(input: Stdio, arguments: &[String]) -> Outcome {
    let mut command = command(arguments);
    let mut child = command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (out, err) = (drained(child.stdout.take()), drained(child.stderr.take()));
    let (code, killed) = wait(&mut child);
    let text = |reader: std::thread::JoinHandle<Vec<u8>>| String::from_utf8_lossy(&reader.join().unwrap()).into_owned();
    Outcome { arguments: arguments.to_vec(), code, killed, out: text(out), err: text(err) }
}

#[cfg(unix)]
fn command(arguments: &[String]) -> Command {
    let mut command = Command::new("sh");
    let limited = format!("ulimit -v {MEMORY}; ulimit -c 0; exec \"$@\"");
    command.args(["-c", &limited, "sh", &program()]).args(arguments);
    command
}

#[cfg(not(unix))]
fn command(arguments: &[String]) -> Command {
    let _ = MEMORY;
    let mut command = Command::new(program());
    command.args(arguments);
    command
}

/// The program, or the other build of it that `GLM_FUZZ_PROGRAM` names.
fn program() -> String {
    std::env::var("GLM_FUZZ_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_glm").to_owned())
}

fn wait(child: &mut Child) -> (Option<i32>, &'static str) {
    let started = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), "killed by a signal");
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            return (None, "hangs");
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// All that a pipe gives, read beside the program so that it is never full.
fn drained(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}
