//! What visitors write who know R, Python or LaTeX, and what to write in its place: looked for where the reading of a text stopped.

use super::elsewhere::instead;
use super::functions::function;
use super::spelling::plain;
use super::{Mistake, Span};

/// What the text begins with where it stopped to be read, what it ends with before, and what to write.
const PHRASES: &[(&str, &str, &str)] = &[
    ("%*%", "", "`X*theta` is the matrix product already: write `*`"),
    ("%o%", "", "outer products aren't here"),
    ("==", "", "to compare, there are < <= > >=: for equal, write `(x >= 1)*(x <= 1)`"),
    ("=", "=", "a definition has one `=`"),
    ("||", "", "a norm is written `norm(…)`, an absolute value between two single bars"),
    ("|", "|", "a norm is written `norm(…)`, an absolute value between two single bars"),
    ("#", "", "there are no comments: leave it out"),
    ("~", "", "write the loss: `sum((y - X*theta)^2)`"),
    ("<-", "", "definitions stand behind the loss: `… where mu = X*theta`"),
];

/// What LaTeX has by a command that is no name here.
const COMMANDS: &[(&str, &str)] = &[
    ("frac", "write `(a)/(b)`"),
    ("cdot", "write `*`"),
    ("times", "write `*`"),
    ("left", "leave it out: parentheses grow by themselves"),
    ("right", "leave it out: parentheses grow by themselves"),
    ("top", "nothing is transposed here: `sum(…)` adds up the rows"),
    ("Vert", "write `norm(…)`"),
    ("le", "write `<=`"),
    ("leq", "write `<=`"),
    ("ge", "write `>=`"),
    ("geq", "write `>=`"),
    ("prod", "write `exp(sum(ln(…)))`"),
    ("infty", "write a large number, such as 1e9"),
];

/// The mistake, with what to write in place of what stands there, if that is known.
pub(super) fn explained(source: &str, mistake: Mistake) -> Mistake {
    let Span { start, .. } = mistake.span;
    let (Some(before), Some(at)) = (source.get(..start), source.get(start..)) else { return mistake };
    let before = before.trim_end();
    let is_it = |&&(here, ending, _): &&(&str, &str, &str)| at.starts_with(here) && before.ends_with(ending);
    let phrase = PHRASES.iter().find(is_it).map(|&(_, _, hint)| hint.to_string());
    let others = [member, command, comma, bracket, program, declaration];
    match phrase.or_else(|| others.iter().find_map(|other| other(before, at))) {
        Some(hint) => Mistake { hint, ..mistake },
        None => mistake,
    }
}

/// The name that a text begins with.
fn name(text: &str) -> &str {
    &text[..text.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(text.len())]
}

/// The name that a text ends with.
fn last_name(text: &str) -> &str {
    let begin = text.char_indices().rev().take_while(|(_, c)| *c == '_' || c.is_alphanumeric()).last();
    begin.map_or("", |(at, _)| &text[at..])
}

/// `np.sum(…)`, `x.pow(2)`, `X.T`.
fn member(_: &str, at: &str) -> Option<String> {
    let path = at.strip_prefix('.')?;
    let path = &path[..path.find(|c: char| !matches!(c, '_' | '.') && !c.is_alphanumeric()).unwrap_or(path.len())];
    let name = path.rsplit('.').next().unwrap_or(path);
    match name {
        "" => None,
        "where" => Some("write `if(x > 0, x, y)`: the condition, what it is then, what it is otherwise".into()),
        _ if function(name).is_some() => Some(format!("write `{name}(…)` with nothing before it")),
        _ => instead(name),
    }
}

/// `\sum`, `\theta`.
fn command(_: &str, at: &str) -> Option<String> {
    let command = at.strip_prefix('\\')?;
    let command = &command[..command.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(command.len())];
    Some(match COMMANDS.iter().find(|(known, _)| *known == command) {
        Some((_, hint)) => (*hint).into(),
        None if function(command).is_some() => format!("write `{command}(…)`, without the backslash"),
        None if command.is_empty() => "there are no commands: leave it out".into(),
        None => format!("write `{command}`, without the backslash"),
    })
}

/// `0,5`.
fn comma(before: &str, at: &str) -> Option<String> {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let (whole, part) = (last_name(before), digits(at.strip_prefix(',')?));
    let is_number = !whole.is_empty() && whole.chars().all(|c| c.is_ascii_digit()) && !part.is_empty();
    is_number.then(|| format!("write `{whole}.{part}`: numbers have a point"))
}

/// `sum[…]`.
fn bracket(before: &str, _: &str) -> Option<String> {
    let name = last_name(before.strip_suffix('[')?);
    function(name).map(|_| format!("write `{name}(…)`: what a function is of stands in parentheses"))
}

/// `lambda theta: …`, `def loss(theta): …`, `function(theta) …`.
fn program(before: &str, at: &str) -> Option<String> {
    let is_program = at.starts_with(':') && matches!(name(before.trim_start()), "lambda" | "def");
    is_program.then(|| "write the loss alone: the page makes a function of it".into())
}

/// `with mu = X*theta`, and a definition in front of the loss.
fn declaration(before: &str, at: &str) -> Option<String> {
    let defined = last_name(before);
    if !at.starts_with('=') || defined.is_empty() {
        return None;
    }
    let earlier = before[..before.len() - defined.len()].trim_end();
    let is_first = earlier.is_empty();
    let is_parameter = earlier.rsplit(char::is_whitespace).next() == Some("with");
    let defined = plain(defined);
    (is_first || is_parameter).then(|| match is_first {
        true => format!("the loss stands first: write `sum(…) where {defined} = …`"),
        false => format!("definitions stand behind `where`: write `where {defined} = …`"),
    })
}
