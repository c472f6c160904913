//! Other spellings: what means the same as a word of the language, and what to write in place of what means nothing.

/// The usual spelling of a name: a Greek letter is the name of the letter.
pub(super) fn plain(name: &str) -> &str {
    match name {
        "α" => "alpha",
        "β" => "beta",
        "γ" => "gamma",
        "δ" => "delta",
        "ε" | "ϵ" => "epsilon",
        "η" => "eta",
        "θ" | "ϑ" => "theta",
        "κ" => "kappa",
        "λ" => "lambda",
        "μ" | "µ" => "mu",
        "ν" => "nu",
        "ξ" => "xi",
        "π" => "pi",
        "ρ" => "rho",
        "σ" => "sigma",
        "τ" => "tau",
        "φ" | "ϕ" => "phi",
        "ψ" => "psi",
        "ω" => "omega",
        name => name,
    }
}

/// The digit or sign that is raised: those of `x²` and `x⁻¹`.
pub(super) fn raised(sign: char) -> Option<char> {
    let (raised, plain) = ("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-");
    raised.chars().position(|other| other == sign).and_then(|place| plain.chars().nth(place))
}

/// The digit that is lowered: that of `θ₁`.
pub(super) fn lowered(sign: char) -> Option<char> {
    "₀₁₂₃₄₅₆₇₈₉".chars().zip('0'..='9').find(|(lowered, _)| *lowered == sign).map(|(_, digit)| digit)
}

/// The number that a sign is.
pub(super) fn fraction(sign: char) -> Option<f64> {
    match sign {
        '½' => Some(0.5),
        '⅓' => Some(1.0 / 3.0),
        '⅔' => Some(2.0 / 3.0),
        '¼' => Some(0.25),
        '¾' => Some(0.75),
        '⅛' => Some(0.125),
        _ => None,
    }
}

/// How a choice is written.
pub(super) const CHOICE: &str =
    "a choice is written `if(x > 0, 1, 0)`: the condition, what it is then, what it is otherwise";

/// What to write in place of a sign that others use.
pub(super) fn instead(sign: char) -> Option<&'static str> {
    Some(match sign {
        'Σ' | '∑' => "write `sum(…)`",
        '∏' => "write `exp(sum(ln(…)))`",
        '√' => "write `sqrt(…)`",
        '‖' => "write `norm(…)`",
        'ᵀ' | '⊤' | '\'' | '′' => super::elsewhere::TRANSPOSED,
        '∂' | '∇' => "write the loss alone: the page derives it",
        '∞' => "write a large number, such as 1e9",
        '!' => "to compare, there are < <= > >=; the logarithm of a factorial is `lgamma(x + 1)`",
        '≠' => "to compare, there are < <= > >=",
        '&' | '∧' => "multiply conditions: `(x > 0)*(x < 1)`",
        '{' | '}' => "write ( and )",
        ':' | '?' => CHOICE,
        '%' => "there are + - * / ^",
        '“' | '”' | '„' | '‘' | '’' | '«' | '»' | '"' | '`' => {
            "nothing is quoted here: names stand as they are"
        }
        '$' | '#' | '\\' | '~' => "there are + - * / ^ < <= > >= | | ( ) and names of functions",
        _ => return None,
    })
}
