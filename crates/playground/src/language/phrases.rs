//! What visitors write who know R, Python or LaTeX, and what to write in its place: looked for where the reading of a text stopped.

use super::data::DATA;
use super::elsewhere::{LAGS, LOOPS, instead};
use super::functions::function;
use super::spelling::{CHOICE, plain, raised};
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
    ("/", "/", "there are no comments: leave it out; a quotient has one `/`"),
    ("where(", "", CHOICE),
    ("and ", "", "multiply conditions: `(x > 0)*(x < 1)`"),
    ("or ", "", "of conditions, take the larger: `max(x < 0, x > 1)`"),
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
    ("top", super::elsewhere::TRANSPOSED),
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
    let Span { start, end } = mistake.span;
    let (Some(before), Some(at)) = (source.get(..start), source.get(start..)) else { return mistake };
    let before = before.trim_end();
    let is_it = |&&(here, ending, _): &&(&str, &str, &str)| at.starts_with(here) && before.ends_with(ending);
    let phrase = PHRASES.iter().find(is_it).map(|&(_, _, hint)| hint.to_string());
    let others = [member, command, comma, index, bracket, program, declaration, power, operator];
    let argument = || decimal_argument(source.get(start..end)?).filter(|_| mistake.message.contains(" argument"));
    match phrase.or_else(|| others.iter().find_map(|other| other(before, at))).or_else(argument) {
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

/// `0,5`, and what stands behind its comma.
fn comma(before: &str, at: &str) -> Option<String> {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let (before, at) = match at.strip_prefix(',') {
        Some(part) => (before, part),
        None => (before.strip_suffix(',')?, at),
    };
    let (whole, part) = (last_name(before), digits(at));
    let is_number = !whole.is_empty() && whole.chars().all(|c| c.is_ascii_digit()) && !part.is_empty();
    is_number.then(|| format!("write `{whole}.{part}`: numbers have a point"))
}

/// `sum(0,5*theta)`: a call with one argument too many, for a number with a comma.
fn decimal_argument(call: &str) -> Option<String> {
    call.match_indices(',').find_map(|(at, _)| comma(&call[..at], &call[at..]))
}

/// `y[i]`, `y[1:]`, `theta[i]`, and `E[…]`.
fn index(before: &str, at: &str) -> Option<String> {
    let open = before.rfind('[').filter(|&open| !before[open..].contains(']'))?;
    let name = last_name(before[..open].trim_end());
    match name {
        "E" => Some("write `mean(…)`: the mean over the points".into()),
        _ if DATA.iter().any(|(data, _)| *data == name) => Some(LAGS.into()),
        _ if at.starts_with(':') => Some("parts of a vector are its elements, one by one: `theta[0]`".into()),
        _ => None,
    }
}

/// `sum[…]`.
fn bracket(before: &str, _: &str) -> Option<String> {
    let name = last_name(before.strip_suffix('[')?);
    function(name).map(|_| format!("write `{name}(…)`: what a function is of stands in parentheses"))
}

/// `lambda theta: …`, `def loss(theta): …`, `function(theta) …`, and loops.
fn program(before: &str, at: &str) -> Option<String> {
    let first = name(before.trim_start());
    let is_loop = matches!(name(at), "for" | "while") || matches!(first, "for" | "while") && at.starts_with([':', '{']);
    let is_program = at.starts_with(':') && matches!(first, "lambda" | "def");
    let is_search = matches!(last_name(before).split('_').next(), Some("argmin" | "min" | "minimize" | "minimise"));
    if let Some((defined, _)) = before.split_once("<-") {
        return Some(format!(
            "definitions stand behind the loss: `sum(…) where {} = …`",
            last_name(defined.trim_end())
        ));
    }
    match first {
        _ if is_loop => Some(LOOPS.into()),
        _ if is_program => Some("write the loss alone: the page makes a function of it".into()),
        "import" | "from" | "using" | "library" => Some("nothing is imported: write the loss alone".into()),
        "let" | "var" | "const" if last_name(before) == first => {
            Some(format!("definitions stand behind the loss: `sum(…) where {} = …`", name(at)))
        }
        _ if is_search && function(name(at)).is_some() => Some("write the loss alone: the page minimises it".into()),
        _ => None,
    }
}

/// `sin^2(x)`.
fn power(before: &str, at: &str) -> Option<String> {
    let inner = at.strip_prefix('(')?;
    let base = before.trim_end_matches(|c: char| c.is_ascii_digit() || raised(c).is_some());
    let exponent: String = before[base.len()..].chars().map(|c| raised(c).unwrap_or(c)).collect();
    let name = last_name(base.strip_suffix('^').unwrap_or(base));
    let argument = inner.split(')').next().filter(|inner| !inner.contains('(')).unwrap_or("…");
    let is_power = !exponent.is_empty() && function(name).is_some();
    is_power.then(|| format!("the power stands behind: write `{name}({argument})^{exponent}`"))
}

/// `L(theta) = …`, and `sum_i (…)`.
fn operator(_: &str, at: &str) -> Option<String> {
    let called = name(at);
    let (arguments, rest) = at[called.len()..].trim_start().strip_prefix('(')?.split_once(')')?;
    if rest.trim_start().starts_with('=') && !rest.trim_start().starts_with("==") {
        return Some(format!("write the loss alone: leave out `{called}({arguments}) =`"));
    }
    let (stem, _) = called.split_once('_').filter(|(stem, index)| function(stem).is_some() && index.len() <= 2)?;
    Some(format!("write `{stem}(…)`: it is over all points, and they have no index"))
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
        true => format!(
            "write the loss alone, without a name; what it is made of stands behind it: `sum(…) where {defined} = …`"
        ),
        false => format!("definitions stand behind `where`: write `where {defined} = …`"),
    })
}
