//! Numbers on their way to the page: JSON has no NaN and no infinity, and a sentence has no room for 300 digits.

use serde::{Serialize, Serializer};

/// A number, written `"NaN"`, `"Infinity"` or `"-Infinity"` where JSON has no number for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            x if x.is_finite() => serializer.serialize_f64(x),
            x if x.is_nan() => serializer.serialize_str("NaN"),
            x if x > 0.0 => serializer.serialize_str("Infinity"),
            _ => serializer.serialize_str("-Infinity"),
        }
    }
}

/// All of some numbers.
pub(crate) fn numbers(values: impl IntoIterator<Item = f64>) -> Vec<Number> {
    values.into_iter().map(Number).collect()
}

/// A number as a sentence has it: four digits, and a power of ten where it is large or small.
pub(crate) fn spoken(x: f64) -> String {
    let text = match x {
        x if x.is_nan() => "NaN".into(),
        x if x.is_infinite() => if x > 0.0 { "∞" } else { "-∞" }.into(),
        x => {
            let rounded: f64 = format!("{x:.3e}").parse().unwrap_or(x);
            // A zero without a sign.
            let rounded = rounded + 0.0;
            let is_plain = rounded == 0.0 || (1e-4..1e6).contains(&rounded.abs());
            if is_plain { rounded.to_string() } else { format!("{rounded:e}") }
        }
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn numbers_in_sentences_are_short() {
        let spoken: Vec<String> =
            [-0.0, 0.1 + 0.2, -12.0, 123_456.7, 1e308, -1.5e-9, f64::NEG_INFINITY, f64::NAN].map(spoken).into();
        assert_eq!(spoken, ["0", "0.3", "−12", "123500", "1e308", "−1.5e−9", "−∞", "NaN"]);
    }
}
