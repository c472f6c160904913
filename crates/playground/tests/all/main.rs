//! What the page computes, without a browser.

mod checks;
mod derivations;
mod exercises;
mod language;
mod remarks;
mod rewrites;
mod session;
mod walks;

/// A message is short, and has nothing of the library's sources.
fn assert_is_for_visitors(message: &str) {
    assert!(message.len() < 250, "{message}");
    for inner in [".rs", "src/", "::", "theta1", "Options", "tape", "unwrap", "000000"] {
        assert!(!message.contains(inner), "{inner} in {message}");
    }
}
