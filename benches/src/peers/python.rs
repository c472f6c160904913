//! Python libraries, a child process each, which measures itself when it is told to.
//!
//! The data go through files that all children map: none of them holds a copy. See `peers/run.py` for what is said.

use crate::Result;
use crate::contest::Contest;
use crate::data::Array;
use crate::settings::Settings;
use crate::vector::Real;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

const LIBRARIES: [&str; 6] = ["numpy", "sklearn", "sklearn_newton", "glum", "jax", "torch"];
/// Threads of a child that spin for more work would take the next contender's processors.
const PAUSE: Duration = Duration::from_millis(100);

/// Enters every library that has the case.
pub(super) fn enter<T: Real>(contest: &mut Contest<'_>, python: &Path, arrays: &[Array<'_, T>]) -> Result<()> {
    let settings = contest.settings();
    let files = Files::write(arrays, settings)?;
    for library in LIBRARIES {
        let Some((mut peer, digest)) = Peer::start(python, library, settings, &files.0)? else { continue };
        contest.agree(library, digest)?;
        contest.enter_turns(library, move |calls| peer.turn(calls));
    }
    Ok(())
}

/// A directory with a file for each array; children keep what they mapped when it goes.
struct Files(PathBuf);

impl Files {
    fn write<T: Real>(arrays: &[Array<'_, T>], settings: &Settings) -> Result<Self> {
        let files = Files(std::env::temp_dir().join(format!("compare-{}", std::process::id())));
        std::fs::create_dir_all(&files.0)?;
        let dtype = if size_of::<T>() == 4 { "float32" } else { "float64" };
        let mut described = Vec::new();
        for Array { name, shape, elements } in arrays {
            let mut file = std::io::BufWriter::new(std::fs::File::create(files.0.join(name))?);
            for &element in *elements {
                match settings.dtype {
                    crate::settings::Dtype::F64 => {
                        file.write_all(&element.to_f64().unwrap_or(f64::NAN).to_le_bytes())?
                    }
                    crate::settings::Dtype::F32 => {
                        file.write_all(&element.to_f32().unwrap_or(f32::NAN).to_le_bytes())?
                    }
                }
            }
            file.flush()?;
            described.push(format!(r#"{{"name":"{name}","shape":{shape:?},"dtype":"{dtype}"}}"#));
        }
        std::fs::write(files.0.join("arrays.json"), format!("[{}]", described.join(",")))?;
        Ok(files)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // A directory left behind in the temporary one harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A child process.
struct Peer {
    library: &'static str,
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    pause: Duration,
}

impl Peer {
    /// The library's process and its digest; `None` if it has no such case.
    fn start(python: &Path, library: &'static str, settings: &Settings, files: &Path) -> Result<Option<(Self, f64)>> {
        let threads = settings.threads.to_string();
        let mut command = Command::new(python);
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/run.py"))
            .args([library, &settings.case])
            .arg(files)
            .arg(&threads)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
            command.env(variable, &threads);
        }
        // They would make OpenBLAS take kernels or block sizes of another processor.
        command.env_remove("OPENBLAS_CORETYPE").env_remove("OPENBLAS_L2_SIZE");
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", python.display()))?;
        let (Some(orders), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a child process without pipes".into());
        };
        let pause = if settings.threads > 1 { PAUSE } else { Duration::ZERO };
        let mut peer = Peer { library, child, orders, answers: BufReader::new(answers), pause };
        let answer = peer.answer()?;
        if answer == "none" {
            return Ok(None);
        }
        Ok(Some((peer, answer.parse()?)))
    }

    fn turn(&mut self, calls: usize) -> Result<f64> {
        writeln!(self.orders, "{calls}")?;
        let seconds = self.answer()?.parse()?;
        std::thread::sleep(self.pause);
        Ok(seconds)
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line)? {
            0 => Err(format!("{} ended early; its message is above", self.library).into()),
            _ => Ok(line.trim().into()),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
