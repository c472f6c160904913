//! Running the program.

use serde_json::Value;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a run printed and how it ended.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The output as JSON, after a run that went well.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Runs `glm` with these arguments.
pub fn glm(arguments: &[&str]) -> Run {
    run_of(Command::new(env!("CARGO_BIN_EXE_glm")).args(arguments).output().unwrap())
}

fn run_of(output: Output) -> Run {
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `glm` with these arguments, and these bytes on its standard input.
pub fn glm_given(input: &[u8], arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glm"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    run_of(child.wait_with_output().unwrap())
}

/// Runs `glm` with these arguments, and does this once it has begun to print and before what it prints is read on.
pub fn glm_while(arguments: &[&str], act: impl FnOnce()) -> Run {
    glm_while_its(arguments, |_| act())
}

/// The same, given the number of the process.
pub fn glm_while_its(arguments: &[&str], act: impl FnOnce(u32)) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glm"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = [0];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    act(child.id());
    let mut run = run_of(child.wait_with_output().unwrap());
    run.out.insert(0, char::from(first[0]));
    run
}

/// The bytes as gzip has them.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Writes a file for one test, and gives its path.
pub fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = scratch(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// A path for one test to write to.
pub fn scratch(name: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    path.to_str().unwrap().to_owned()
}

/// A file of the reference data.
pub fn reference(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "tests", "reference", "glm", name].iter().collect();
    path.to_str().unwrap().to_owned()
}

/// The numbers of a JSON array.
pub fn numbers(array: &Value) -> Vec<f64> {
    array.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// One number of every coefficient.
pub fn of_coefficients(fit: &Value, key: &str) -> Vec<f64> {
    fit["coefficients"].as_array().unwrap().iter().map(|coefficient| coefficient[key].as_f64().unwrap()).collect()
}

/// The coefficients' names.
pub fn names(fit: &Value) -> Vec<&str> {
    fit["coefficients"].as_array().unwrap().iter().map(|coefficient| coefficient["name"].as_str().unwrap()).collect()
}

/// Panics unless both are equal to this relative accuracy.
pub fn assert_close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let error = (found - expected).abs() / expected.abs();
    assert!(error <= tolerance, "{what}: {found:e} instead of {expected:e}, relative error {error:.1e}");
}
