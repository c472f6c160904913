//! The page that an [`Accuracy`] prints.

use super::trace::digits;
use super::{Accuracy, AccuracyNode, Loss, ResultAccuracy};
use crate::scalar::Scalar;
use crate::wide::Wide;
use std::fmt;

impl fmt::Display for AccuracyNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.operation)?;
        if let Some(name) = &self.name {
            write!(f, " \"{name}\"")?;
        }
        write!(f, " at {}", self.source_line)
    }
}

impl<T: Scalar> fmt::Display for Accuracy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, result) in self.results.iter().enumerate() {
            write!(f, "result {number}, {result}")?;
        }
        for node in &self.taken_as_given {
            writeln!(f, "taken as given: what the custom operation {node} gives")?;
        }
        Ok(())
    }
}

impl<T: Scalar> fmt::Display for ResultAccuracy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.index.is_empty() { String::new() } else { format!(", worst at {:?}", self.index) };
        writeln!(f, "{}{place}: {} right", self.node, count(self.digits))?;
        writeln!(f, "  a program gives {}{}", short(self.value), should_be(self.value, self.right, self.right_digits))?;
        if self.right_digits < digits::<T>(0.0) && self.digits > self.right_digits - 2.0 {
            writeln!(f, "  31 digits are too few: of the right value {} are known", count(self.right_digits))?;
        }
        if self.lost.is_some() && self.input_digits < self.digits + 1.0 {
            let left = count(self.input_digits);
            writeln!(f, "  ill-conditioned: the inputs' own rounding leaves {left}, however it is written")?;
        }
        if let Some(loss) = &self.lost {
            writeln!(f, "  lost by {loss}")?;
        }
        if let Some(loss) = &self.saved {
            let (value, digits) = (short(self.recorded_value), count(self.recorded_digits));
            writeln!(f, "  the recording as it stands gives {value} ({digits}): they are lost by {loss}")?;
            for rewrite in &self.rewrites {
                writeln!(f, "    saved by {rewrite}")?;
            }
        }
        Ok(())
    }
}

impl<T: Scalar> fmt::Display for Loss<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.index.is_empty() { String::new() } else { format!(" {:?}", self.index) };
        write!(f, "{}{place} = {}{}", self.node, short(self.value), should_be(self.value, self.right, 10.0))?;
        for operand in &self.operands {
            write!(f, "\n      from {}", operand.node)?;
            if let Some(value) = operand.value {
                write!(f, " = {} ({})", short(value), count(operand.digits))?;
            }
        }
        if let Some(advice) = &self.advice {
            write!(f, "\n    help: {advice}")?;
        }
        Ok(())
    }
}

fn count(digits: f64) -> String {
    if digits < 0.05 { "no digits".into() } else { format!("{digits:.1} digits") }
}

/// A number, by a power of ten where it is large or small.
fn short<T: Scalar>(x: T) -> String {
    let size = x.to_f64().unwrap_or(f64::NAN).abs();
    if is_plain(size) || !size.is_finite() { x.to_string() } else { format!("{:e}", x.to_f64().unwrap_or(f64::NAN)) }
}

/// Whether a number of this size is written without a power of ten.
fn is_plain(size: f64) -> bool {
    size == 0.0 || (1e-4..1e9).contains(&size)
}

/// The right value with the digits that are known, where it is another one than was found.
fn should_be<T: Scalar>(value: T, right: Wide, known: f64) -> String {
    let nearest = right.to::<T>();
    if Wide::of(value) == right || nearest == value || nearest.is_nan() && value.is_nan() {
        return String::new();
    }
    let in_range = nearest.is_finite() && !nearest.is_zero();
    match known as usize {
        _ if known >= digits::<T>(0.0) && in_range => format!(", right is {}", short(nearest)),
        0 => String::new(),
        // In the form of the value beside it.
        known if in_range && is_plain(nearest.abs().to_f64().unwrap_or(f64::NAN)) => {
            let rounded: f64 = format!("{:.*e}", known.min(17) - 1, right.to::<f64>()).parse().unwrap_or(f64::NAN);
            format!(", right is {rounded}")
        }
        known => format!(", right is {right:.*}", known.min(17) - 1),
    }
}
