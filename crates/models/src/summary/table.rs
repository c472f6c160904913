//! The parts of a printed page.

use crate::inference::Coefficient;
use std::fmt;

/// What the stars of a table of coefficients mean.
pub(crate) const LEGEND: &str = "---\nSignif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1";

/// Numbers from here on are printed by their power of ten: their digits are more than a column holds, or a double has.
const LARGE: f64 = 1e15;

/// A table of coefficients, each under a name.
pub(crate) fn coefficients(f: &mut fmt::Formatter<'_>, rows: &[(&str, &Coefficient)], statistic: char) -> fmt::Result {
    let header = ["", "Estimate", "Std. Error", &format!("{statistic} value"), &format!("Pr(>|{statistic}|)"), ""];
    let estimates = aligned(rows.iter().map(|(_, row)| row.estimate), 4);
    let errors = aligned(rows.iter().map(|(_, row)| row.std_error), 4);
    let cells = |((&(name, row), estimate), error): ((&(&str, &Coefficient), String), String)| {
        if row.estimate.is_nan() {
            return [shown(name), "NA".into(), "NA".into(), "NA".into(), "NA".into(), String::new()];
        }
        let statistic = match row.statistic.abs() < LARGE {
            true => format!("{:.3}", row.statistic),
            false => significant(row.statistic, 4),
        };
        [shown(name), estimate, error, statistic, p_value(row.p_value), stars(row.p_value).into()]
    };
    let mut table = vec![header.map(String::from)];
    table.extend(rows.iter().zip(estimates).zip(errors).map(cells));
    write(f, &table)
}

/// Writes rows of cells one below another: the first column to the left, the others to the right, the stars of the last one at
/// the end of their line.
pub(crate) fn write<const N: usize>(f: &mut fmt::Formatter<'_>, rows: &[[String; N]]) -> fmt::Result {
    let width = |column: usize| rows.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    for cells in rows {
        let mut line = format!("{:<width$}", cells[0], width = widths[0]);
        for (cell, width) in cells.iter().zip(widths).take(N - 1).skip(1) {
            line.push_str(&format!(" {cell:>width$}"));
        }
        writeln!(f, "{}", format!("{line} {}", cells[N - 1]).trim_end())?;
    }
    Ok(())
}

/// The effects that have no coefficient.
pub(crate) fn aliased(f: &mut fmt::Formatter<'_>, names: &[String]) -> fmt::Result {
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = names.iter().map(|name| shown(name)).collect();
    writeln!(f, "Aliased (no row has the level or pair of levels, so there is no coefficient): {}", names.join(", "))
}

/// The heading and the table of Wald's intervals of estimates, at this level.
pub(crate) fn wald_intervals<'c>(
    f: &mut fmt::Formatter<'_>,
    of: impl IntoIterator<Item = &'c Coefficient>,
    ends: Vec<(f64, f64)>,
    level: f64,
) -> fmt::Result {
    writeln!(f, "\n{}% intervals (Wald):", (level * 1e8).round() / 1e6)?;
    let rows: Vec<_> = of.into_iter().map(|row| row.name.as_str()).zip(ends).collect();
    intervals(f, &rows, level)
}

/// The table of intervals that cover the truth with this probability.
pub(crate) fn intervals(f: &mut fmt::Formatter<'_>, rows: &[(&str, (f64, f64))], level: f64) -> fmt::Result {
    let percent = |tail: f64| format!("{} %", (tail * 1e8).round() / 1e6);
    let ends = aligned(rows.iter().flat_map(|(_, (low, high))| [*low, *high]), 4);
    let header = [String::new(), percent((1.0 - level) / 2.0), percent((1.0 + level) / 2.0), String::new()];
    let cells = |((name, _), ends): (&(&str, (f64, f64)), &[String])| {
        let end = |place: usize| ends.get(place).map_or(String::new(), |end| end.replace("NaN", "NA"));
        [shown(name), end(0), end(1), String::new()]
    };
    let body = rows.iter().zip(ends.chunks(2)).map(cells);
    write(f, &std::iter::once(header).chain(body).collect::<Vec<_>>())
}

/// A name that keeps the table a table: on one line, and with its middle left out where it is very long.
pub(crate) fn shown(name: &str) -> String {
    const LONGEST: usize = 60;
    let spelled = |character: char| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    let characters: Vec<char> = name.chars().map(spelled).collect::<String>().chars().collect();
    if characters.len() <= LONGEST {
        return characters.into_iter().collect();
    }
    let (start, end) = (&characters[..LONGEST / 2], &characters[characters.len() - LONGEST / 2 + 1..]);
    start.iter().chain(&['…']).chain(end).collect()
}

/// The lines of the null and the residual deviance, with their degrees of freedom where these are known.
pub(crate) fn deviances(f: &mut fmt::Formatter<'_>, of: [(f64, Option<usize>); 2]) -> fmt::Result {
    let figures = of.map(|(deviance, _)| significant(deviance, 5));
    let width = figures.iter().map(String::len).max().unwrap_or(0);
    for ((words, figure), (deviance, df)) in ["    Null", "Residual"].iter().zip(figures).zip(of) {
        let df = df.map_or(String::new(), |df| format!("  on {df} degrees of freedom"));
        let note = if deviance.is_infinite() {
            " (without terms the mean is 0 or infinite, which the responses rule out)"
        } else {
            ""
        };
        writeln!(f, "{words} deviance: {figure:>width$}{df}{note}")?;
    }
    Ok(())
}

/// The lines of the log-likelihood and what follows from it.
pub(crate) fn merit(f: &mut fmt::Formatter<'_>, log_likelihood: f64, aic: f64, bic: f64) -> fmt::Result {
    if log_likelihood.is_nan() {
        return writeln!(f, "No likelihood, AIC or BIC");
    }
    writeln!(f, "Log-likelihood: {}", significant(log_likelihood, 5))?;
    writeln!(f, "AIC: {}, BIC: {}", significant(aic, 5), significant(bic, 5))
}

/// A column of numbers with as many decimals as the smallest needs for so many digits; each on its own where they span too much.
pub(crate) fn aligned(column: impl Iterator<Item = f64> + Clone, digits: i32) -> Vec<String> {
    const MOST_DECIMALS: i32 = 9;
    let needed = |x: f64| if x == 0.0 || !x.is_finite() { 0 } else { digits - 1 - x.abs().log10().floor() as i32 };
    let decimals = column.clone().map(needed).max().unwrap_or(0).max(0);
    let format = |x: f64| {
        let plain = decimals <= MOST_DECIMALS && x.abs() < LARGE;
        if plain || !x.is_finite() { format!("{x:.*}", decimals.max(0) as usize) } else { significant(x, 5) }
    };
    column.map(format).collect()
}

/// A p-value as R prints it.
pub(crate) fn p_value(p: f64) -> String {
    match p {
        p if p.is_nan() => "NaN".into(),
        p if p < 2e-16 => "<2e-16".into(),
        p if p < 1e-4 => format!("{p:.2e}"),
        p => format!("{p:.5}"),
    }
}

pub(crate) fn stars(p: f64) -> &'static str {
    match p {
        p if p < 0.001 => "***",
        p if p < 0.01 => "**",
        p if p < 0.05 => "*",
        p if p < 0.1 => ".",
        _ => "",
    }
}

/// All digits of `x`, by its power of ten where it is very large or small.
pub(crate) fn plain(x: f64) -> String {
    if x == 0.0 || (1e-5..LARGE).contains(&x.abs()) || !x.is_finite() { x.to_string() } else { format!("{x:e}") }
}

/// `x` to so many significant digits, in scientific notation where it is very large or small.
pub(crate) fn significant(x: f64, digits: usize) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    let exponent = x.abs().log10().floor() as i32;
    if !(-5..15).contains(&exponent) {
        return format!("{x:.*e}", digits - 1);
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    format!("{x:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size_fit_the_table() {
        let column = [1.234_567e200, -2.5, 0.0, 7.1e-150, f64::NAN, f64::INFINITY];
        let cells = aligned(column.into_iter(), 4);
        assert_eq!(cells, ["1.2346e200", "-2.5000", "0", "7.1000e-150", "NaN", "inf"]);
        assert_eq!(aligned([1.5e16, 2.0].into_iter(), 4), ["1.5000e16", "2.000"]);
        assert_eq!([0.5, 1e300, 3e-9, 0.0].map(plain), ["0.5", "1e300", "3e-9", "0"]);
    }

    #[test]
    fn names_stay_on_one_line_of_the_table() {
        assert_eq!(shown("a\nb"), "a\\nb");
        let long = shown(&format!("start{}end", "x".repeat(100_000)));
        assert!(long.chars().count() == 60 && long.starts_with("start") && long.ends_with("end"), "{long}");
    }
}
