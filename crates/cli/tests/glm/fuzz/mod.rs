//! Damaged files of every format through the program: it must answer or refuse each of them in order.
//!
//! Valid files are damaged at random (`damage`), and `fit`, `check` and `predict` are run on them. Whatever comes out, the
//! exit code is one of the documented ones, nothing panics, what is said fits on a screen, and it takes no longer than a
//! while. `GLM_FUZZ_SECONDS`, `GLM_FUZZ_SEED` and `GLM_FUZZ_PROGRAM` choose for how long, which damage, and another build.
//! Whole files under random options are the matter of `commands`.

mod commands;
mod damage;
mod options;
mod seeds;
mod watch;

use crate::run::gzip;
use damage::{Random, damaged, damaged_json};
use seeds::Format;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use watch::{Outcome, watched};

/// How many faults are collected before the end.
const MOST_FAULTS: usize = 20;
/// What a screen holds.
const MOST_LINES: usize = 24;
const MOST_CHARACTERS: usize = 2_000;

#[test]
#[ignore = "takes a minute: a step of its own in .ci/run"]
fn damaged_files_are_answered_or_refused() {
    let number = |name: &str, otherwise: u64| std::env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let (seconds, seed) = (number("GLM_FUZZ_SECONDS", 60), number("GLM_FUZZ_SEED", 1));
    let seeds = seeds::all();
    let mut random = Random::new(seed);
    let (mut tally, mut faults) = (BTreeMap::<(Format, Option<i32>), u64>::new(), Vec::new());
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(seconds) && faults.len() < MOST_FAULTS {
        let seed = random.pick(&seeds);
        let content = match seed.format {
            Format::Json if random.below(2) == 0 => damaged_json(&seed.content, &mut random),
            // What was zipped, or the zip.
            Format::Gzip if random.below(2) == 0 => gzip(&damaged(&seed.content, &seed.content, &mut random)),
            Format::Gzip => damaged(&gzip(&seed.content), &seed.content, &mut random),
            _ => damaged(&seed.content, &random.pick(&seeds).content, &mut random),
        };
        let path = crate::run::file(&format!("fuzzed.{}", seed.format.extension()), &content);
        let arguments = random.pick(&seed.commands).iter().map(|word| if *word == "FILE" { &path } else { word });
        let outcome = watched(&arguments.cloned().collect::<Vec<_>>());
        *tally.entry((seed.format, outcome.code)).or_default() += 1;
        if let Some(fault) = fault(&outcome) {
            let kept = crate::run::file(&format!("fault_{}.{}", faults.len(), seed.format.extension()), &content);
            faults.push(format!("{kept}: {fault}\n  glm {}\n  {}", outcome.arguments.join(" "), outcome.err));
        }
    }
    println!("{}", summary(&tally, faults.len(), started.elapsed()));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is wrong with how a run ended, if anything.
fn fault(outcome: &Outcome) -> Option<String> {
    let Some(code) = outcome.code else {
        return Some(outcome.killed.to_owned());
    };
    match () {
        () if !(0..=3).contains(&code) => Some(format!("exit code {code}")),
        () if outcome.err.contains("panicked") || outcome.err.contains("RUST_BACKTRACE") => Some("a panic".into()),
        () if outcome.err.lines().count() > MOST_LINES => Some("a message of more lines than a screen".into()),
        () if outcome.err.chars().count() > MOST_CHARACTERS => Some("a message of more than a screen".into()),
        () if code != 0 && code != 3 && outcome.err.is_empty() => Some("no message".into()),
        () if code == 0 && outcome.out.starts_with("eta,mu") && outcome.out.contains("\nNaN") => {
            Some("a NaN predicted".into())
        }
        () => None,
    }
}

/// One line: how many files of each format, and how the runs ended.
fn summary(tally: &BTreeMap<(Format, Option<i32>), u64>, faults: usize, time: Duration) -> String {
    let mut of_formats = BTreeMap::<Format, Vec<String>>::new();
    for ((format, code), count) in tally {
        let code = code.map_or("killed".into(), |code| format!("exit {code}"));
        of_formats.entry(*format).or_default().push(format!("{code}: {count}"));
    }
    let total: u64 = tally.values().sum();
    let of = |(format, codes): (&Format, &Vec<String>)| {
        let files: u64 = tally.iter().filter(|((of, _), _)| of == format).map(|(_, count)| count).sum();
        format!("{files} {format:?} ({})", codes.join(", "))
    };
    let formats = of_formats.iter().map(of).collect::<Vec<_>>().join(", ");
    format!("fuzz: {total} damaged files in {} s: {formats}; {faults} faults", time.as_secs())
}
