//! Names of columns and levels: which is meant, and what to say of one that isn't there; and rows by their number.

/// So many rows, in words.
pub fn rows(count: usize) -> String {
    if count == 1 { "1 row".into() } else { format!("{count} rows") }
}

/// What to say of a column that isn't among these.
pub fn no_column(name: &str, names: &[String]) -> String {
    let advice = match (formula_advice(name, names), nearest(name, names)) {
        (Some(advice), _) => advice.into(),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => {
            // A name such as 5.1 is most likely a cell.
            let is_cell = |name: &String| name.contains('.') && name.parse::<f64>().is_ok();
            let advice = "; if the first line of the file is a row, say --header no";
            let advice = if names.iter().any(is_cell) { advice } else { "" };
            format!("the columns are {}{advice}", listed(names))
        }
    };
    format!("there is no column `{name}`; {advice}")
}

/// What to write instead of one of R's formulas, and what to do about a file that was read as one column.
fn formula_advice(text: &str, names: &[String]) -> Option<&'static str> {
    let without_intercept = || text.strip_suffix('1').is_some_and(|rest| rest.trim_end().ends_with('-'));
    match names {
        [only] if only.chars().any(|c| c.is_whitespace() || c.is_ascii_punctuation() && c != '_' && c != '.') => {
            Some("the file was read as a single column: say what separates its columns with --delimiter")
        }
        _ if text.contains('~') => Some("of a formula, the left side is --response and the right side --terms"),
        _ if text.trim() == "." => Some("all columns are taken where --terms is left out"),
        _ if text.trim() == "0" || without_intercept() => Some("--no-intercept leaves the intercept out"),
        _ if text.ends_with(')') && text.contains('(') => {
            Some("what is to be computed of a column, compute in the file")
        }
        _ if text.contains('+') => Some("terms stand between commas, as in a,b,a:b"),
        _ => None,
    }
}

/// The name most like this one, if any is much like it.
pub fn nearest<'n>(name: &str, names: &'n [String]) -> Option<&'n str> {
    let likeness = |known: &str| strsim::jaro_winkler(&known.to_lowercase(), &name.to_lowercase());
    let near = names.iter().map(|known| (known, likeness(known))).max_by(|a, b| a.1.total_cmp(&b.1))?;
    (near.1 > 0.75).then_some(near.0.as_str())
}

/// The level most like this one, if any is much like it: of numbers, by size.
pub fn nearest_level<'n>(level: &str, levels: &'n [String]) -> Option<&'n str> {
    /// The difference, in parts of the number, up to which one may be meant for the other.
    const MUCH: f64 = 0.1;
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let numbers: Option<Vec<f64>> = levels.iter().map(|level| number(level)).collect();
    let (Some(meant), Some(numbers)) = (number(level), numbers) else { return nearest(level, levels) };
    let distances = levels.iter().zip(numbers).map(|(level, number)| (level, (number - meant).abs()));
    let near = distances.min_by(|a, b| a.1.total_cmp(&b.1))?;
    (near.1 <= MUCH * meant.abs()).then_some(near.0.as_str())
}

/// The names, in backquotes, the first dozen of them.
pub fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}
