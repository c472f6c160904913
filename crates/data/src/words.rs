//! What the words of a cell mean: a missing value, a number, a level.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

/// How other software writes that there is no value: R, pandas, spreadsheets, databases.
const MISSING: [&str; 7] = ["NA", "N/A", "#N/A", "NaN", "-NaN", "null", "None"];

/// From this on not every whole number is one of 64 bits: 2⁵³.
pub(crate) const NOT_ALL_WHOLE: f64 = 9_007_199_254_740_992.0;

/// The words that say that there is no value: NA, N/A, #N/A, NaN, -NaN, null and None in any case, or words of one's own. An empty cell always
/// says so.
///
/// ```
/// use data::MissingWords;
/// let usual = MissingWords::default();
/// assert!(["", "NA", "nan", "NULL"].into_iter().all(|word| usual.is_missing(word)));
/// assert!(!usual.is_missing("nano"));
/// let own = MissingWords::new(&[".", "-99"]);
/// assert!(["", ".", "-99", "-99.0"].into_iter().all(|word| own.is_missing(word)));
/// assert!(!own.is_missing("none") && own.is_code(-99.0));
/// let identifier = MissingWords::new(&["9007199254740992"]);
/// assert!(identifier.is_missing("9007199254740992") && !identifier.is_missing("9007199254740993"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MissingWords {
    own: Option<Vec<String>>,
    /// Those of one's own that are numbers.
    codes: Vec<f64>,
}

impl MissingWords {
    /// These words, in place of the usual ones.
    pub fn new<S: AsRef<str>>(words: &[S]) -> Self {
        let own: Vec<String> = words.iter().map(|word| word.as_ref().to_owned()).collect();
        MissingWords { codes: own.iter().filter_map(|word| word.parse().ok()).collect(), own: Some(own) }
    }

    /// Whether a cell says that there is no value.
    pub fn is_missing(&self, cell: &str) -> bool {
        // Of larger numbers, one stands for several.
        let is_code = |number: f64| number.abs() < NOT_ALL_WHOLE && self.is_code(number);
        self.has_word(cell) || !self.codes.is_empty() && cell.parse().is_ok_and(is_code)
    }

    /// Whether a text says so in a file that tells text from missing values: one without a letter, or a word of one's own. The usual words are text
    /// there, such as NA for Namibia.
    ///
    /// ```
    /// use data::MissingWords;
    /// let usual = MissingWords::default();
    /// assert!(usual.is_missing_text(" ") && !usual.is_missing_text("NA"));
    /// assert!(MissingWords::new(&["NA"]).is_missing_text("NA"));
    /// ```
    pub fn is_missing_text(&self, text: &str) -> bool {
        let text = text.trim();
        text.is_empty() || self.own.is_some() && self.is_missing(text)
    }

    /// Whether a cell is one of the words to the letter, or empty.
    pub fn has_word(&self, cell: &str) -> bool {
        match &self.own {
            _ if cell.is_empty() => true,
            Some(words) => words.iter().any(|word| word == cell),
            None => cell.len() <= 4 && MISSING.iter().any(|word| word.eq_ignore_ascii_case(cell)),
        }
    }

    /// Whether a number is one of the words, as -99 is in some files.
    pub fn is_code(&self, number: f64) -> bool {
        self.codes.contains(&number)
    }

    /// Whether any word is a number.
    pub fn has_codes(&self) -> bool {
        !self.codes.is_empty()
    }
}

/// The truth that a word says, as R reads it: TRUE, True, true and T, or FALSE, False, false and F.
///
/// ```
/// use data::truth;
/// assert_eq!(["TRUE", "F", "yes"].map(truth), [Some(true), Some(false), None]);
/// ```
pub fn truth(word: &str) -> Option<bool> {
    match word {
        "TRUE" | "True" | "true" | "T" => Some(true),
        "FALSE" | "False" | "false" | "F" => Some(false),
        _ => None,
    }
}

/// The levels of a category, in their order: of finite numbers by size, else of their characters. Where the words of a text file are all finite
/// numbers, these are one level however they are written (1, 1.0, 01); whole numbers are told apart to the last digit, as identifiers need it. Where all
/// say a [`truth`], the same goes for true and false.
///
/// ```
/// use data::Levels;
/// let numbers = Levels::of(["10", "9007199254740993", "2.0", "2", "9007199254740992"]);
/// assert_eq!(numbers.words(), ["2", "10", "9007199254740992", "9007199254740993"]);
/// assert_eq!((numbers.place("1e1"), numbers.place("3")), (Some(1), None));
/// let mixed = Levels::of(["b", "1.0", "1"]);
/// assert_eq!(mixed.words(), ["1", "1.0", "b"]);
/// assert_eq!(mixed.place("01"), None);
/// let versions = Levels::of_text(["1.10", "1.2", "1.1"]);
/// assert_eq!(versions.words(), ["1.1", "1.10", "1.2"]);
/// let truths = Levels::of(["TRUE", "FALSE"]);
/// assert_eq!((truths.place("True"), truths.truths()), (Some(1), Some([Some(0), Some(1)])));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    words: Vec<String>,
    places: HashMap<String, usize>,
    are_numbers: bool,
    have_blanks: bool,
    truths: Option<[Option<usize>; 2]>,
}

impl Levels {
    /// The levels that these words of a text file are.
    pub fn of<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> Self {
        let words = distinct(words);
        Self::known(match numbers(&words) {
            None => one_word_a_truth(words),
            Some(mut numbers) => {
                numbers.sort_by(Number::by_size);
                numbers.dedup_by(|a, b| a.text == b.text);
                numbers.into_iter().map(|number| number.text).collect()
            }
        })
    }

    /// The levels that these words are, each its own: those of columns of text, in files that tell text from numbers.
    pub fn of_text<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> Self {
        let words = distinct(words);
        Self::known(match numbers(&words) {
            None => words,
            Some(numbers) => {
                let mut sized: Vec<(Number, String)> = numbers.into_iter().zip(words).collect();
                sized.sort_by(|(a, _), (b, _)| a.by_size(b));
                sized.into_iter().map(|(_, word)| word).collect()
            }
        })
    }

    /// These levels in this order, such as those of a model.
    pub fn known(words: Vec<String>) -> Self {
        // Others are text that is to be matched to the letter.
        let is_plain = |word: &String| Number::of(word).is_some_and(|number| number.text == *word);
        let (are_numbers, truths) = (words.iter().all(is_plain), truths(&words));
        let have_blanks = words.iter().any(|word| word.trim() != word);
        Levels { are_numbers, have_blanks, truths, places: words.iter().cloned().zip(0..).collect(), words }
    }

    /// Their words.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether all are numbers, so that another notation of one is the same level.
    pub fn are_numbers(&self) -> bool {
        self.are_numbers
    }

    /// Whether any has blanks around it, as text of files whose columns have types may.
    pub fn have_blanks(&self) -> bool {
        self.have_blanks
    }

    /// The places of false and of true, as far as they are there, where all levels say a truth and no two the same.
    pub fn truths(&self) -> Option<[Option<usize>; 2]> {
        self.truths
    }

    /// Which of them a word is to the letter, or as a truth: of files whose columns have types, where "1.10" isn't "1.1".
    pub fn place_of_text(&self, word: &str) -> Option<usize> {
        self.places.get(word).copied().or_else(|| self.truths?[usize::from(truth(word)?)])
    }

    /// Which of them a word is.
    pub fn place(&self, word: &str) -> Option<usize> {
        if !self.are_numbers {
            return self.place_of_text(word);
        }
        self.places.get(word).or_else(|| self.places.get(&Number::of(word)?.text)).copied()
    }
}

/// The words, each once, in the order of their characters.
fn distinct<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> Vec<String> {
    let words: BTreeSet<String> = words.into_iter().map(|word| word.as_ref().to_owned()).collect();
    words.into_iter().collect()
}

/// The places of the words for false and for true, where all are and no two say the same.
fn truths(words: &[String]) -> Option<[Option<usize>; 2]> {
    let mut places = [None; 2];
    for (place, word) in words.iter().enumerate() {
        let of_truth = &mut places[usize::from(truth(word)?)];
        if of_truth.replace(place).is_some() {
            return None;
        }
    }
    (!words.is_empty()).then_some(places)
}

/// The words; False and True in place of several for one of the two, where all are such.
fn one_word_a_truth(words: Vec<String>) -> Vec<String> {
    let said: Option<BTreeSet<bool>> = words.iter().map(|word| truth(word)).collect();
    match said {
        Some(said) if said.len() < words.len() => {
            said.into_iter().map(|said| if said { "True" } else { "False" }.to_owned()).collect()
        }
        _ => words,
    }
}

/// The numbers that words are, where all are finite.
fn numbers(words: &[String]) -> Option<Vec<Number>> {
    words.iter().map(|word| Number::of(word)).collect()
}

/// The one way to write a number; a word that is none stays as it is.
#[cfg_attr(not(feature = "arrow"), allow(dead_code))]
pub(crate) fn plain(word: String) -> String {
    Number::of(&word).map_or(word, |number| number.text)
}

/// A finite number, and the one way to write it.
struct Number {
    value: f64,
    text: String,
}

impl Number {
    fn of(word: &str) -> Option<Self> {
        let value = word.parse::<f64>().ok().filter(|value| value.is_finite())?;
        // A zero has no sign.
        let text = if value.abs() < NOT_ALL_WHOLE { (value + 0.0).to_string() } else { all_digits(word) };
        Some(Number { value, text })
    }

    fn by_size(&self, other: &Self) -> Ordering {
        // Digits that rounding took away are in the text, of numbers of one sign.
        let size = |text: &str| (text.find('.').unwrap_or(text.len()), text.to_owned());
        let digits = || match self.value < 0.0 {
            true => size(&other.text).cmp(&size(&self.text)),
            false => size(&self.text).cmp(&size(&other.text)),
        };
        self.value.partial_cmp(&other.value).unwrap_or(Ordering::Equal).then_with(digits)
    }
}

/// A number of more than one, in whatever notation, with all of its digits and without an exponent.
fn all_digits(number: &str) -> String {
    let (sign, number) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number.trim_start_matches('+')),
    };
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, decimals].concat();
    let point = whole.len() as i64 + exponent.parse::<i64>().unwrap_or(0);
    let significant = digits.trim_start_matches('0');
    let point = usize::try_from(point - (digits.len() - significant.len()) as i64).unwrap_or(0);
    match significant.split_at_checked(point) {
        None => format!("{sign}{significant}{}", "0".repeat(point - significant.len())),
        Some((whole, decimals)) => match decimals.trim_end_matches('0') {
            "" => format!("{sign}{whole}"),
            decimals => format!("{sign}{whole}.{decimals}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_level_however_it_is_written_and_no_other() {
        for (words, levels) in [
            (&["1", "1.0", "01", "+1", "1e0", "-0", "0"][..], &["0", "1"][..]),
            (&["0.30", ".3", "3e-1"], &["0.3"]),
            (&["1e20", "100000000000000000000", "1.0E+20"], &["100000000000000000000"]),
            (
                &[
                    "9007199254740993",
                    "90071992547409930e-1",
                    "9007199254740992.0",
                    "-9007199254740993",
                    "-9007199254740992",
                ],
                &["-9007199254740993", "-9007199254740992", "9007199254740992", "9007199254740993"],
            ),
            (
                &["99999999999999999999", "100000000000000000001", "100000000000000000000.50"],
                &["99999999999999999999", "100000000000000000000.5", "100000000000000000001"],
            ),
            (&["18446744073709551615", "18446744073709551614"], &["18446744073709551614", "18446744073709551615"]),
            // Not all are numbers: each is a word.
            (&["1", "1.0", "b"], &["1", "1.0", "b"]),
            (&["1", "1.0", "inf"], &["1", "1.0", "inf"]),
        ] {
            let found = Levels::of(words);
            assert_eq!(found.words(), levels);
            for word in words {
                let place = found.place(word).unwrap();
                assert_eq!(word.parse::<f64>().ok(), levels[place].parse().ok(), "{word}");
            }
            assert_eq!(Levels::known(found.words().to_vec()), found);
        }
        let text = ["1.10", "1.1", "01", "1", "1.0", "10", "9"];
        let found = Levels::of_text(text);
        assert_eq!(found.words(), ["01", "1", "1.0", "1.1", "1.10", "9", "10"]);
        assert!(found.words().iter().enumerate().all(|(place, word)| found.place(word) == Some(place)));
        assert_eq!((found.place("1.100"), Levels::known(vec!["1.10".into()]).place("1.1")), (None, None));
        // True and false are one level each however they are written, and no other word is one.
        let mixed = Levels::of(["TRUE", "F", "true"]);
        assert_eq!(mixed.words(), ["False", "True"]);
        for (levels, word, place) in [
            (&mixed, "T", Some(1)),
            (&Levels::of(["T", "F"]), "False", Some(0)),
            (&Levels::of_text(["TRUE", "FALSE"]), "True", Some(1)),
            (&Levels::of(["TRUE"]), "False", None),
            (&Levels::of(["T", "F", "M"]), "True", None),
            (&Levels::of(["T", "F"]), "t", None),
            (&Levels::of_text(["TRUE", "True"]), "T", None),
            (&Levels::default(), "T", None),
        ] {
            assert_eq!(levels.place(word), place, "{levels:?} {word}");
        }
        let large = format!("1{}", "0".repeat(300));
        assert_eq!(Levels::of(["1e300"]).words(), [large]);
        assert_eq!(Levels::of(["1"]).place("9007199254740993"), None);
    }
}
