//! Every function of every eval at small sizes, beside values of the suite's own `manual` tool, whose derivatives are written by hand in
//! C++. `particle` and `saddle`, which it doesn't have, are held beside the values that the suite asks for; the Jacobians of mirrored
//! hands, in which it forgets the mirror, beside the suite's finite differences.

use crate::protocol::reply;
use serde_json::{Value, json};

/// The suite's tolerance, relative beyond 1, is 1e-4; between two right programs there is rounding alone.
const TOLERANCE: f64 = 1e-9;
/// How close a descent comes to its end.
const DESCENT: f64 = 1e-4;

/// What the tool answers for a function of an eval.
fn answer(module: &str, function: &str, input: &Value) -> Value {
    let message = json!({ "kind": "evaluate", "id": 7, "module": module, "function": function, "input": input });
    reply(&message.to_string()).unwrap()
}

/// Where two outputs differ by more than the tolerance, if anywhere.
fn difference(expected: &Value, found: &Value, tolerance: f64) -> Option<String> {
    match (expected, found) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).find_map(|(a, b)| difference(a, b, tolerance))
        }
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
            a.iter().find_map(|(key, a)| b.get(key).map_or(Some(key.clone()), |b| difference(a, b, tolerance)))
        }
        (Value::Number(_), Value::Number(_)) => {
            let (a, b) = (expected.as_f64()?, found.as_f64()?);
            let is_close = (a - b).abs() <= tolerance * (a.abs() + b.abs()).max(1.0);
            (!is_close).then(|| format!("{a} != {b}"))
        }
        _ => Some(format!("{expected} is of another form than {found}")),
    }
}

#[test]
fn outputs_are_those_of_the_suite_s_own_tool() {
    let mut evals = std::collections::BTreeSet::new();
    for line in include_str!("../reference/cases.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let (module, function) = (case["module"].as_str().unwrap(), case["function"].as_str().unwrap());
        let found = answer(module, function, &case["input"]);
        assert_eq!((&found["id"], &found["success"]), (&json!(7), &json!(true)), "{module} {function}: {found}");
        let tolerance = if matches!(module, "particle" | "saddle") { DESCENT } else { TOLERANCE };
        let wrong = difference(&case["output"], &found["output"], tolerance);
        assert_eq!(wrong, None, "{module} {function} of {}", case["input"]);
        evals.insert(module.to_string());
    }
    let names: Vec<&str> = include_str!("../evals.txt").lines().collect();
    assert_eq!(evals.iter().map(String::as_str).collect::<Vec<_>>(), names);
}

#[test]
fn runs_are_as_many_and_as_long_as_asked_for() {
    let input = json!({ "x": [1.0, 2.0], "min_runs": 5, "min_seconds": 0.001 });
    let found = answer("lse", "primal", &input);
    let timings = found["timings"].as_array().unwrap();
    let (prepare, runs) = timings.split_first().unwrap();
    assert_eq!(prepare["name"], "prepare");
    assert!(runs.len() >= 5 && runs.iter().all(|run| run["name"] == "evaluate"));
    assert!(runs.iter().filter_map(|run| run["nanoseconds"].as_u64()).sum::<u64>() >= 1_000_000);
}

#[test]
fn what_is_not_there_is_an_answer_too() {
    let reply = |message: Value| reply(&message.to_string()).unwrap();
    assert_eq!(reply(json!({ "kind": "start", "id": 0, "eval": "lse" })), json!({ "id": 0, "tool": "autodiff" }));
    assert_eq!(reply(json!({ "kind": "define", "id": 1, "module": "lse" })), json!({ "id": 1, "success": true }));
    assert_eq!(reply(json!({ "kind": "define", "id": 2, "module": "other" }))["success"], false);
    assert_eq!(answer("lse", "other", &json!({ "x": [1.0] }))["success"], false);
    assert_eq!(answer("other", "primal", &json!({ "x": [1.0] }))["success"], false);
    assert_eq!(reply(json!({ "kind": "analysis", "id": 3, "of": 2, "valid": true })), json!({ "id": 3 }));
}
