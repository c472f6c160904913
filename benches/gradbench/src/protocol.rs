//! The suite's messages, and the evals by name.

use crate::compiled::Evaluation;
use crate::{Result, ba, det, gmm, hello, ht, kmeans, llsq, lse, lstm, ode, particle, saddle};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A message of the suite.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Message {
    Start { id: i64 },
    Define { id: i64, module: String },
    Evaluate { id: i64, module: String, function: String, input: Value },
    Analysis { id: i64 },
    End { id: i64 },
}

/// How long a run took.
#[derive(Debug, Serialize)]
struct Timing {
    name: &'static str,
    nanoseconds: u128,
}

/// Makes a function of an eval ready to run on an input.
type Prepare = fn(&str, Value) -> Result<Box<dyn Evaluation>>;

/// The answer to a message.
pub(crate) fn reply(line: &str) -> Result<Value> {
    Ok(match serde_json::from_str(line)? {
        Message::Start { id } => json!({ "id": id, "tool": "autodiff" }),
        Message::Define { id, module } => match eval(&module) {
            Some(_) => json!({ "id": id, "success": true }),
            None => json!({ "id": id, "success": false, "error": format!("no eval `{module}`") }),
        },
        Message::Evaluate { id, module, function, input } => match evaluated(&module, &function, input) {
            Ok((output, timings)) => json!({ "id": id, "success": true, "output": output, "timings": timings }),
            Err(error) => json!({ "id": id, "success": false, "error": error.to_string() }),
        },
        Message::Analysis { id } | Message::End { id } => json!({ "id": id }),
    })
}

fn eval(module: &str) -> Option<Prepare> {
    Some(match module {
        "ba" => ba::prepare,
        "det" => det::prepare,
        "gmm" => gmm::prepare,
        "hello" => hello::prepare,
        "ht" => ht::prepare,
        "kmeans" => kmeans::prepare,
        "llsq" => llsq::prepare,
        "lse" => lse::prepare,
        "lstm" => lstm::prepare,
        "ode" => ode::prepare,
        "particle" => particle::prepare,
        "saddle" => saddle::prepare,
        _ => return None,
    })
}

/// Runs a function as often and as long as its input asks for.
fn evaluated(module: &str, function: &str, input: Value) -> Result<(Value, Vec<Timing>)> {
    let prepare = eval(module).ok_or_else(|| format!("no eval `{module}`"))?;
    let runs = input.get("min_runs").and_then(Value::as_u64).unwrap_or(1).max(1);
    let seconds = input.get("min_seconds").and_then(Value::as_f64).unwrap_or(0.0);
    let started = Instant::now();
    let mut evaluation = prepare(function, input)?;
    let mut timings = vec![Timing { name: "prepare", nanoseconds: started.elapsed().as_nanos() }];
    let mut elapsed = Duration::ZERO;
    while (timings.len() as u64) <= runs || elapsed.as_secs_f64() < seconds {
        let started = Instant::now();
        evaluation.evaluate()?;
        let run = started.elapsed();
        elapsed += run;
        timings.push(Timing { name: "evaluate", nanoseconds: run.as_nanos() });
    }
    Ok((evaluation.output(), timings))
}

/// That an eval has no such function.
pub(crate) fn no_function<T>(function: &str) -> Result<T> {
    Err(format!("no function `{function}`").into())
}
