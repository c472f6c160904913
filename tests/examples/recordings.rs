//! Checks random recordings for as long as asked, and lists those that fail:
//! `cargo run --release -p tests --example recordings -- COUNT [FIRST]`.
//!
//! Number n is the same recording in every run. `CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true` has the library check itself.

use std::collections::BTreeMap;
use std::panic::{catch_unwind, set_hook};
use std::sync::Mutex;
use tests::random_graph::{bytes_of, check};

/// Where the last panic came from, and what it said.
static LAST: Mutex<String> = Mutex::new(String::new());

/// How many failures of a kind are listed.
const LISTED: usize = 3;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().unwrap_or(0));
    let (count, first) = (arguments.next().unwrap_or(1_000), arguments.next().unwrap_or(0));
    set_hook(Box::new(|panic| {
        let place = panic.location().map(|location| format!("{}:{}", location.file(), location.line()));
        let message = said(panic.payload()).chars().take(300).collect::<String>();
        if let Ok(mut last) = LAST.lock() {
            *last = format!("{}\n  {message}", place.unwrap_or_default());
        }
    }));
    let (mut failures, mut programs) = (BTreeMap::<String, usize>::new(), 0);
    for number in first..first + count {
        if let Ok(compared) = catch_unwind(|| check(&bytes_of(number))) {
            programs += compared;
        } else {
            let last = LAST.lock().map(|last| last.clone()).unwrap_or_default();
            let kind = last.lines().next().unwrap_or_default().to_string();
            let seen = failures.entry(kind).or_default();
            *seen += 1;
            if *seen <= LISTED {
                println!("{number}: {last}");
            }
        }
        if (number + 1) % 10_000 == 0 {
            let failed: usize = failures.values().sum();
            println!("{} recordings, {programs} programs agree, {failed} recordings failed", number + 1 - first);
        }
    }
    println!("{count} recordings from number {first} on: {programs} programs agree with the interpreter");
    for (kind, count) in &failures {
        println!("{count} at {kind}");
    }
    std::process::exit(i32::from(!failures.is_empty()));
}

/// What a panic says.
fn said(payload: &dyn std::any::Any) -> &str {
    match payload.downcast_ref::<String>() {
        Some(said) => said,
        None => payload.downcast_ref::<&str>().copied().unwrap_or_default(),
    }
}
