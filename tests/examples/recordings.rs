//! Checks random recordings for as long as asked, and lists those that fail:
//! `cargo run --release -p tests --example recordings -- COUNT [FIRST [WHAT]]`, where `WHAT` is `programs` (the default: programs
//! agree with the interpreter), `tangents` or `hessians` (ways to the same derivatives agree), or `hostile` (mistakes are errors).
//!
//! Number n is the same recording in every run. `CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true` has the library check itself.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Mutex;
use tests::random_graph::{Tally, bytes_of, check, check_hessians, check_hostile, check_tangents};

/// Where the last panic came from, and what it said.
static LAST: Mutex<String> = Mutex::new(String::new());

/// How many failures of a kind are listed.
const LISTED: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize| arguments.get(place).and_then(|argument| argument.parse::<u64>().ok());
    let (count, first) = (number(0).unwrap_or(1_000), number(1).unwrap_or(0));
    let what = arguments.get(2).map_or("programs", String::as_str);
    let mut tally = Tally::default();
    let mut check_one = |bytes: &[u8]| match what {
        "tangents" => check_tangents(bytes),
        "hessians" => check_hessians(bytes),
        "hostile" => {
            check_hostile(bytes, &mut tally);
            1
        }
        _ => check(bytes),
    };
    // Of a single recording all is wanted.
    let shown = if count == 1 { usize::MAX } else { 300 };
    set_hook(Box::new(move |panic| {
        let place = panic.location().map(|location| format!("{}:{}", location.file(), location.line()));
        let message = said(panic.payload()).chars().take(shown).collect::<String>();
        if let Ok(mut last) = LAST.lock() {
            *last = format!("{}\n  {message}", place.unwrap_or_default());
        }
    }));
    let (mut failures, mut checks) = (BTreeMap::<String, usize>::new(), 0);
    for number in first..first + count {
        if let Ok(checked) = catch_unwind(AssertUnwindSafe(|| check_one(&bytes_of(number)))) {
            checks += checked;
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
            println!("{} recordings, {checks} checks of {what} passed, {failed} recordings failed", number + 1 - first);
        }
    }
    println!("{count} recordings from number {first} on: {checks} checks of {what} passed");
    for ((step, ended), count) in &tally.counts {
        println!("{step:28} {ended:20} {count}");
    }
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
