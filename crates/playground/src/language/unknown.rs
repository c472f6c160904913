//! What to say of a name without a meaning.

use super::data::DATA;
use super::elsewhere::instead;
use super::functions::{FUNCTIONS, function};
use super::spelling::{lowered, plain};
use super::text::{Kind, Text};
use super::{Mistake, Span, similar};

/// The mistake of a name that is no data, no parameter and no definition.
pub(super) fn unknown(text: &Text, span: Span) -> Mistake {
    let name = text.at(span);
    let hint = assigned(text, span)
        .or_else(|| without_the_usual_parameter(text, plain(name)))
        .or_else(|| written_otherwise(text, name))
        .or_else(|| similar(name, known(text)).map(|other| format!("did you mean `{other}`?")))
        .unwrap_or_else(|| format!("give it a meaning: `where {name} = …`, or `with {name}` for a parameter"));
    Mistake::new(span, format!("`{name}` has no meaning"), hint)
}

/// `mu <- …`, which would be read as `mu < -…`.
fn assigned(text: &Text, span: Span) -> Option<String> {
    let name = text.at(span);
    let is_assigned = text.source.get(span.end..)?.trim_start().starts_with("<-");
    is_assigned.then(|| format!("definitions stand behind the loss: `sum(…) where {name} = …`"))
}

/// What to do where `with` has declared other parameters, and theta is none any more.
fn without_the_usual_parameter(text: &Text, name: &str) -> Option<String> {
    let others = text.declarations.join(", ");
    (name == "theta").then(|| format!("`with` declares all parameters: write `with theta[2], {others}`"))
}

/// A mistake of lengths, with where it comes from, if the parameter beside X is declared as one number.
pub(super) fn declared_as_number(text: &Text, mistake: Mistake) -> Mistake {
    let is_data = |place: usize| matches!(text.expressions[place].kind, Kind::Name(name) if text.name_at(name) == "X");
    let declared = |place: usize| match text.expressions[place].kind {
        Kind::Name(name) => {
            text.parameters.iter().find(|other| other.name == text.name_at(name) && other.shape.is_empty())
        }
        _ => None,
    };
    let found = text.expressions.iter().find_map(|expression| match expression.kind {
        Kind::Sign("*", a, b) if is_data(a) => declared(b),
        Kind::Sign("*", a, b) if is_data(b) => declared(a),
        _ => None,
    });
    let Some(found) = found else { return mistake };
    let declared = |other: &String| if *other == found.name { format!("{other}[2]") } else { other.clone() };
    let declarations: Vec<String> = text.declarations.iter().map(declared).collect();
    let declarations = declarations.join(", ");
    let hint = format!("`{}` is one number here, and X has two columns: write `with {declarations}`", found.name);
    Mistake { hint, ..mistake }
}

/// The names that have a meaning.
fn known(text: &Text) -> impl Iterator<Item = &str> {
    let definitions = text.definitions.iter().map(|definition| definition.name.as_str());
    let parameters = text.parameters.iter().map(|parameter| parameter.name.as_str());
    definitions.chain(parameters).chain(DATA.iter().map(|(data, _)| *data))
}

/// How what was meant is written: a function without its argument, factors without a sign between them, a lowered number.
fn written_otherwise(text: &Text, name: &str) -> Option<String> {
    if name == "e" {
        return Some("the exponential function is `exp(…)`".into());
    }
    let is_power = name == "T" && text.source.contains("^T");
    // A letter alone is rather a name of the visitor's own, but for this one.
    if let Some(hint) = instead(name).filter(|_| name.chars().count() > 1 || name == "n" || is_power) {
        return Some(hint);
    }
    if function(name).is_some() {
        return Some(format!("it is a function: write `{name}(…)`"));
    }
    let is_known = |part: &str| known(text).any(|other| other == plain(part));
    if let Some(hint) = indexed(text, name) {
        return Some(hint);
    }
    let at = name.find(|c| lowered(c).is_some()).unwrap_or(name.len());
    let (whole, place) = name.split_at(at);
    let place: Option<String> = place.chars().map(lowered).collect();
    if let Some(place) = place.filter(|place| !place.is_empty() && is_known(whole)) {
        return Some(format!("write `{whole}[{place}]`, counted from 0"));
    }
    let splits = name.char_indices().skip(1).map(|(at, _)| name.split_at(at));
    let mut factors = splits.filter(|(first, second)| is_known(first) && is_known(second));
    factors.next().map(|(first, second)| format!("to multiply, write `{first}*{second}`"))
}

/// `theta0` and `theta_0`, elements of a parameter; `y_i`, one of the data.
fn indexed(text: &Text, name: &str) -> Option<String> {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let (whole, place) = (stem.strip_suffix('_').unwrap_or(stem), &name[stem.len()..]);
    let parameter = text.parameters.iter().find(|parameter| parameter.name == plain(whole));
    if !place.is_empty() && parameter.is_some_and(|parameter| !parameter.shape.is_empty()) {
        return Some(format!("write `{whole}[{place}]`, counted from 0"));
    }
    let (whole, index) = name.split_once('_')?;
    let is_index = matches!(index, "i" | "j" | "k" | "n" | "t" | "ij" | "ik");
    let is_data = DATA.iter().any(|(data, _)| *data == whole);
    (is_index && is_data).then(|| format!("write `{whole}`: it is of every point, and `sum(…)` adds them up"))
}

/// The mistake of a function that there isn't: a misspelt one, or a factor before a parenthesis.
pub(super) fn no_function(name: &str, span: Span) -> Mistake {
    let is_data = |name: &str| DATA.iter().any(|(data, _)| *data == name);
    let names = FUNCTIONS.iter().flat_map(|function| function.names).copied();
    // `Log` is `log`, not the begin of `logsumexp`.
    if let Some(same) = names.clone().find(|other| other.eq_ignore_ascii_case(name)) {
        return Mistake::new(span, format!("there is no function `{name}`"), format!("did you mean `{same}`?"));
    }
    let mut splits = name.char_indices().skip(1).map(|(at, _)| name.split_at(at));
    let factor = splits.find(|(first, second)| is_data(first) && function(second).is_some());
    let hint = match (instead(name), factor, similar(name, names)) {
        (Some(hint), ..) => hint,
        (_, Some((first, function)), _) => format!("to multiply, write `{first}*{function}(…)`"),
        (_, _, Some(other)) => format!("did you mean `{other}`?"),
        _ if is_data(name) => format!("to multiply, write `{name}*(…)`"),
        _ => "“What can be written” lists them; to multiply, write `*` before the parenthesis".into(),
    };
    Mistake::new(span, format!("there is no function `{name}`"), hint)
}
