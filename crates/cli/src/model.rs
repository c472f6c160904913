//! The model that the arguments name: family, link, penalty.

use crate::args::ModelArgs;
use crate::error::{Error, Result};
use models::{Family, Link};

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

/// The family that `--family` and `--dispersion` name.
pub fn family(args: &ModelArgs) -> Result<Family> {
    let negative_binomial = args.family.eq_ignore_ascii_case(NEGATIVE_BINOMIAL);
    match (negative_binomial, args.dispersion) {
        (true, Some(dispersion)) => Ok(Family::NegativeBinomial { dispersion }),
        (true, None) => {
            Err(Error::Usage("--family negative-binomial needs --dispersion α, for the variance μ + αμ²".into()))
        }
        (false, Some(_)) => Err(Error::Usage("--dispersion is for --family negative-binomial only".into())),
        (false, None) => spelled(&args.family, &FAMILIES)
            .ok_or_else(|| unknown("--family", &args.family, &FAMILIES, &[NEGATIVE_BINOMIAL])),
    }
}

/// The link that `--link` names, or the family's canonical one.
pub fn link(args: &ModelArgs, family: Family) -> Result<Link> {
    match &args.link {
        None => Ok(family.canonical_link()),
        Some(name) => spelled(name, &LINKS).ok_or_else(|| unknown("--link", name, &LINKS, &[])),
    }
}

fn spelled<T: Copy>(name: &str, known: &[Spellings<T>]) -> Option<T> {
    let named = |(_, spellings): &&Spellings<T>| spellings.iter().any(|spelling| spelling.eq_ignore_ascii_case(name));
    known.iter().find(named).map(|(value, _)| *value)
}

fn unknown<T>(option: &str, name: &str, known: &[Spellings<T>], more: &[&str]) -> Error {
    let names: Vec<&str> = known.iter().filter_map(|(_, spellings)| spellings.first()).chain(more).copied().collect();
    Error::Usage(format!("{option}: there is no `{name}`; choose one of {}", names.join(", ")))
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
