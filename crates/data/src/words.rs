//! What the words of a cell mean: a missing value, a number.

/// How other software writes that there is no value: R, pandas, spreadsheets, databases.
const MISSING: [&str; 7] = ["NA", "N/A", "#N/A", "NaN", "-NaN", "null", "None"];

/// Whether a cell of text says that there is no value: an empty one does, and NA, N/A, #N/A, NaN, -NaN, null and None in any case.
///
/// ```
/// assert!(["", "NA", "nan", "NULL"].into_iter().all(data::is_missing));
/// assert!(!data::is_missing("nano"));
/// ```
pub fn is_missing(text: &str) -> bool {
    text.len() <= 4 && (text.is_empty() || MISSING.iter().any(|word| word.eq_ignore_ascii_case(text)))
}

/// What tells numbers apart; a zero has no sign.
pub(crate) fn bits(number: f64) -> u64 {
    (number + 0.0).to_bits()
}

/// The words in their order, by size where all are numbers, which then are written alike: 1, 1.0 and 01 are one. Else by their characters.
pub(crate) fn in_order(words: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = words.into_iter().collect();
    let numbers: Option<Vec<f64>> = words.iter().map(|word| word.parse().ok()).collect();
    match numbers {
        None => words.sort(),
        Some(mut numbers) => {
            numbers.sort_by(f64::total_cmp);
            numbers.dedup();
            words = numbers.into_iter().map(|number| (number + 0.0).to_string()).collect();
        }
    }
    words
}
