//! How messages put places, and lists of any length, into words.

use super::Combination;

/// The most items that a message lists.
const LISTED: usize = 6;

/// The first items, and how many there are more.
fn list<T>(items: &[T], between: &str, shown: impl Fn(&T) -> String) -> String {
    let mut text = items.iter().take(LISTED).map(shown).collect::<Vec<_>>().join(between);
    if items.len() > LISTED {
        text.push_str(&format!("{between}and {} more", items.len() - LISTED));
    }
    text
}

/// Names, in quotes.
pub(super) fn list_names(names: &[String]) -> String {
    list(names, ", ", |name| format!("`{name}`"))
}

pub(super) fn list_combinations(combinations: &[Combination]) -> String {
    list(combinations, "; ", |combination| match combination.of.as_slice() {
        [] => format!("column `{}` is zero throughout", combination.column),
        of => format!("column `{}` is a combination of {}", combination.column, list_names(of)),
    })
}

pub(super) fn list_direction(direction: &[(String, f64)]) -> String {
    list(direction, " ", |(name, weight)| format!("{weight:+.3}·`{name}`"))
}

/// A direction whose parts are rounded to the digits that they need.
pub(super) fn list_exact_direction(direction: &[(String, f64)]) -> String {
    list(direction, " ", |(name, weight)| match (1e-4..1e15).contains(&weight.abs()) {
        true => format!("{weight:+}·`{name}`"),
        false => format!("{weight:+e}·`{name}`"),
    })
}

pub(super) fn place(file: &std::path::Path) -> String {
    if file.as_os_str().is_empty() { String::new() } else { format!("{}, ", file.display()) }
}

pub(super) fn indented(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\n  {}", text.replace('\n', "\n  ")) }
}

#[cfg(test)]
mod tests {
    use crate::error::{Combination, Error};

    #[test]
    fn lists_in_messages_are_short() {
        let names: Vec<String> = (0..5_000).map(|number| format!("x{number}")).collect();
        let combination = |column: &String| Combination { column: column.clone(), of: names.clone() };
        let combinations = names.iter().map(combination).collect();
        let direction = names.iter().map(|name| (name.clone(), 1.0)).collect();
        for error in [
            Error::RankDeficient { combinations },
            Error::Separation { complete: true, direction, separated: 1, rows: 2 },
            Error::UnknownColumn { name: "y".into(), known: names.clone() },
        ] {
            let message = error.to_string();
            assert!(message.len() < 1_000 && message.contains("and 4994 more"), "{message}");
        }
    }
}
