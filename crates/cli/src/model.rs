//! The model that the arguments name: its kind, family, dispersion, link.

use crate::args::{self, ModelArgs};
use crate::error::{Error, Result};
use crate::names;
use crate::table::Role;
use models::{Family, Link};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The models of classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Classes without an order, each against a reference.
    Multinomial,
    /// Levels in an order, by cumulative logits.
    Ordinal,
}

impl Kind {
    /// The names of all kinds, as `--family` takes them.
    pub const NAMES: [&'static str; 2] = ["multinomial", "ordinal"];

    /// The kind that `--family` names, if it does.
    pub fn of(args: &ModelArgs) -> Option<Kind> {
        [Kind::Multinomial, Kind::Ordinal].into_iter().find(|kind| args.family.eq_ignore_ascii_case(&kind.to_string()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Multinomial => Kind::NAMES[0],
            Kind::Ordinal => Kind::NAMES[1],
        })
    }
}

/// A family or link, and the ways to write it: the first is the name that messages use, the others are R's.
type Spellings<T> = (T, &'static [&'static str]);

const FAMILIES: [Spellings<Family>; 5] = [
    (Family::Gaussian, &["gaussian"]),
    (Family::Binomial, &["binomial"]),
    (Family::Poisson, &["poisson"]),
    (Family::Gamma, &["gamma"]),
    (Family::InverseGaussian, &["inverse-gaussian", "inverse.gaussian"]),
];

const LINKS: [Spellings<Link>; 8] = [
    (Link::Identity, &["identity"]),
    (Link::Logit, &["logit"]),
    (Link::Probit, &["probit"]),
    (Link::Cloglog, &["cloglog"]),
    (Link::Log, &["log"]),
    (Link::Inverse, &["inverse"]),
    (Link::InverseSquared, &["inverse-squared", "1/mu^2"]),
    (Link::Sqrt, &["sqrt"]),
];

const NEGATIVE_BINOMIAL: &str = "negative-binomial";

/// What other software calls families.
const MEANT: [(&str, &str); 8] = [
    ("logistic", "binomial"),
    ("logit", "binomial"),
    ("bernoulli", "binomial"),
    ("normal", "gaussian"),
    ("nb", NEGATIVE_BINOMIAL),
    ("negbin", NEGATIVE_BINOMIAL),
    ("softmax", "multinomial"),
    ("polr", "ordinal"),
];

/// The families that take only mean and variance from another, whose dispersion is estimated.
const QUASI: [Spellings<Family>; 2] =
    [(Family::Binomial, &["quasibinomial", "quasi-binomial"]), (Family::Poisson, &["quasipoisson", "quasi-poisson"])];

/// Where the dispersion comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispersion {
    /// The family knows it, or it is estimated as the family has it.
    Family,
    /// It is estimated, although the family knows it.
    Quasi,
    /// It is a parameter of the negative binomial family, and estimated with the coefficients.
    NegativeBinomial,
}

/// The role of a response of numbers in the model that the arguments name.
pub fn role_of_response(args: &ModelArgs) -> Role {
    match family(args) {
        Ok((Family::Binomial, _)) | Err(_) => Role::Response,
        Ok(_) => Role::Quantity,
    }
}

/// Where a negative binomial dispersion is estimated from.
const START: f64 = 1.0;

/// The family that `--family` and `--dispersion` name, and where its dispersion comes from.
pub fn family(args: &ModelArgs) -> Result<(Family, Dispersion)> {
    let negative_binomial = args.family.eq_ignore_ascii_case(NEGATIVE_BINOMIAL);
    match (negative_binomial, args.dispersion) {
        (true, Some(args::Dispersion::Given(dispersion))) => {
            Ok((Family::NegativeBinomial { dispersion }, Dispersion::Family))
        }
        (true, Some(args::Dispersion::Estimated)) => {
            Ok((Family::NegativeBinomial { dispersion: START }, Dispersion::NegativeBinomial))
        }
        (true, None) => Err(Error::Usage(
            "--family negative-binomial needs --dispersion: α, for the variance μ + αμ², or `estimate`".into(),
        )),
        (false, Some(_)) => Err(Error::Usage(
            "--dispersion is for --family negative-binomial only; other dispersions are known or estimated (to have that of binomial or poisson estimated, take quasibinomial or quasipoisson)".into(),
        )),
        (false, None) => spelled(&args.family, &FAMILIES)
            .map(|family| (family, Dispersion::Family))
            .or_else(|| spelled(&args.family, &QUASI).map(|family| (family, Dispersion::Quasi)))
            .ok_or_else(|| unknown("--family", &args.family, &names(&[&FAMILIES, &QUASI]), &[&[NEGATIVE_BINOMIAL], &Kind::NAMES[..]].concat())),
    }
}

/// What `--family` calls a family.
pub fn name(family: Family) -> &'static str {
    let known = FAMILIES.iter().find(|(known, _)| *known == family);
    known.and_then(|(_, spellings)| spellings.first()).copied().unwrap_or(NEGATIVE_BINOMIAL)
}

/// The link that `--link` names, or the family's canonical one.
pub fn link(args: &ModelArgs, family: Family) -> Result<Link> {
    match &args.link {
        None => Ok(family.canonical_link()),
        Some(name) => spelled(name, &LINKS).ok_or_else(|| unknown("--link", name, &names(&[&LINKS]), &[])),
    }
}

fn spelled<T: Copy>(name: &str, known: &[Spellings<T>]) -> Option<T> {
    let named = |(_, spellings): &&Spellings<T>| spellings.iter().any(|spelling| spelling.eq_ignore_ascii_case(name));
    known.iter().find(named).map(|(value, _)| *value)
}

/// The names of all of these.
fn names<T>(of: &[&[Spellings<T>]]) -> Vec<&'static str> {
    of.iter().copied().flatten().filter_map(|(_, spellings)| spellings.first().copied()).collect()
}

fn unknown(option: &str, name: &str, known: &[&str], more: &[&str]) -> Error {
    let names: Vec<String> = known.iter().chain(more).map(|name| name.to_string()).collect();
    let meant = MEANT
        .iter()
        .find(|(other, family)| other.eq_ignore_ascii_case(name) && names.iter().any(|name| name == family));
    let near = meant
        .map(|(_, family)| *family)
        .or_else(|| names::nearest(name, &names))
        .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    let punctuation = if near.is_empty() { "; choose" } else { " Choose" };
    Error::Usage(format!("{option}: there is no `{name}`{near}{punctuation} one of {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_can_be_named_and_by_the_name_that_summaries_print() {
        for link in Link::ALL {
            assert_eq!(spelled(&link.to_string(), &LINKS), Some(link));
        }
    }
}
