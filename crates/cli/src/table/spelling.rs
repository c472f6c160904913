//! How a file writes its cells: the mark before the decimals, what separates thousands, the words for a missing value.

use data::MissingWords;
use std::borrow::Cow;

/// The separators of thousands that are meant by a space: French spreadsheets write narrow ones that don't break.
const SPACES: [char; 3] = [' ', '\u{a0}', '\u{202f}'];

/// How cells are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spelling {
    /// The mark before the decimals; a point where none is given.
    pub decimal: Option<char>,
    /// What may separate the thousands.
    pub thousands: Option<char>,
    /// The words for a missing value.
    pub missing: MissingWords,
}

impl Spelling {
    /// Whether the cell says that there is no value.
    pub fn is_missing(&self, text: &str) -> bool {
        let is_code = || self.plain(text).is_some_and(|plain| self.missing.is_missing(&plain));
        self.missing.has_word(text) || self.missing.has_codes() && is_code()
    }

    /// The number that the cell is, if it is one.
    pub fn number(&self, text: &str) -> Option<f64> {
        self.plain(text)?.parse().ok()
    }

    /// The cell as programs write it, if it is a number.
    pub fn plain<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        let text = text.trim();
        let plain = match (self.decimal, self.thousands) {
            (None | Some('.'), None) => Cow::Borrowed(text),
            _ => Cow::Owned(self.with_point(text)?),
        };
        plain.parse::<f64>().is_ok().then_some(plain)
    }

    /// The number as programs write it; `None` where its marks don't stand where they belong.
    fn with_point(&self, text: &str) -> Option<String> {
        let decimal = self.decimal.unwrap_or('.');
        let end = text.find([decimal, 'e', 'E']);
        let (whole, rest) = text.split_at(end.unwrap_or(text.len()));
        let sign = if whole.starts_with(['+', '-']) { 1 } else { 0 };
        let (sign, digits) = whole.split_at(sign);
        let rest = match rest.strip_prefix(decimal) {
            Some(decimals) => format!(".{decimals}"),
            None => rest.to_owned(),
        };
        // A point that isn't the decimal mark stands nowhere else.
        let digits = self.ungrouped(digits)?;
        let points = usize::from(rest.starts_with('.'));
        (!digits.contains('.') && rest.matches('.').count() == points).then(|| [sign, &digits, &rest].concat())
    }

    /// The digits without what separates their thousands, which must stand in groups of three.
    fn ungrouped(&self, digits: &str) -> Option<String> {
        let Some(separator) = self.thousands else { return Some(digits.into()) };
        let is_separator = |character: char| character == separator || separator == ' ' && SPACES.contains(&character);
        let mut groups = digits.split(is_separator);
        let first = groups.next()?;
        let others: Vec<&str> = groups.collect();
        let is_group = |group: &&str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
        let well_formed = others.is_empty()
            || (1..=3).contains(&first.len())
                && first.bytes().all(|byte| byte.is_ascii_digit())
                && others.iter().all(is_group);
        well_formed.then(|| first.to_owned() + &others.concat())
    }

    /// What to do about a cell that would be a number in another spelling.
    pub fn advice(&self, text: &str) -> Option<&'static str> {
        let comma = Spelling { decimal: Some(','), ..Spelling::default() };
        let grouped = |thousands: char, decimal: char| {
            Spelling { decimal: Some(decimal), thousands: Some(thousands), missing: MissingWords::default() }
                .number(text)
                .is_some()
        };
        match self.decimal.unwrap_or('.') {
            _ if text.parse::<f64>().is_ok() => {
                Some("its mark isn't that of --decimal or --thousands: write all numbers alike")
            }
            '.' if comma.number(text).is_some() => Some(
                "write numbers with a decimal point, or say --decimal ',' (--thousands ',' if that is what the comma separates)",
            ),
            '.' if grouped(',', '.') => Some("if commas separate thousands, say --thousands ','"),
            _ if grouped('.', ',') => {
                Some("if it is written with points between thousands, say --decimal ',' --thousands '.'")
            }
            _ if grouped(' ', ',') || grouped(' ', '.') => Some("if spaces separate thousands, say --thousands ' '"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(decimal: char, thousands: char) -> Spelling {
        Spelling { decimal: Some(decimal), thousands: Some(thousands), missing: MissingWords::default() }
    }

    #[test]
    fn marks_count_where_they_belong_only() {
        let german = spelled(',', '.');
        for (text, number) in [
            ("1.234,5", Some(1234.5)),
            ("-1.234.567", Some(-1234567.0)),
            ("+0,25", Some(0.25)),
            ("1,5e-3", Some(1.5e-3)),
            ("7", Some(7.0)),
            ("1234,5", Some(1234.5)),
            ("3.5", None),
            ("1.23,5", None),
            ("1.2345", None),
            (".234", None),
            ("1,234.5", None),
            ("1,2,3", None),
            ("1,5.", None),
            ("", None),
            ("-", None),
            ("a", None),
        ] {
            assert_eq!(german.number(text), number, "{text}");
        }
        let comma = Spelling { decimal: Some(','), ..Spelling::default() };
        assert_eq!((comma.number("3,5"), comma.number("3.5"), comma.number("1e.5")), (Some(3.5), None, None));
        let english = spelled('.', ',');
        assert_eq!(
            (english.number("1,234.5"), english.number("1,5"), english.number("12,34,567")),
            (Some(1234.5), None, None)
        );
        let french = spelled(',', ' ');
        assert_eq!(
            (french.number("1 234,5"), french.number("1\u{202f}234"), french.number("1\u{a0}234 567,5")),
            (Some(1234.5), Some(1234.0), Some(1234567.5))
        );
    }

    #[test]
    fn words_for_a_missing_value_are_matched_as_text_and_as_numbers() {
        let usual = Spelling::default();
        for text in ["", "NA", "nan", "NULL", "n/a"] {
            assert!(usual.is_missing(text), "{text}");
        }
        assert!(!usual.is_missing(".") && !usual.is_missing("-99"));
        let own = Spelling { missing: MissingWords::new(&[".", "-99"]), ..Spelling::default() };
        for text in ["", ".", "-99", "-99.0"] {
            assert!(own.is_missing(text), "{text}");
        }
        assert!(!own.is_missing("None") && !own.is_missing("99"));
        let comma = Spelling { decimal: Some(','), ..own };
        assert!(comma.is_missing("-99,0") && !comma.is_missing("-99.0"));
    }
}
