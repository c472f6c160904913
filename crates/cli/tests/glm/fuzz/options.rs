//! Options put together at random, sense and nonsense, on small files of every spelling.

use super::damage::Random;
use std::fmt::Write as _;

/// Files with the same columns: how many rows, how they are spelled.
pub struct Spelling {
    delimiter: char,
    decimal: char,
    missing: Option<&'static str>,
    pub zipped: bool,
}

impl Spelling {
    pub fn random(random: &mut Random) -> Self {
        let (delimiter, decimal) = *random.pick(&[(',', '.'), (';', '.'), (';', ','), ('\t', '.'), ('|', ',')]);
        let missing = *random.pick(&[None, None, None, Some("NA"), Some(""), Some("-99")]);
        Self { delimiter, decimal, missing, zipped: random.below(6) == 0 }
    }

    fn number(&self, value: f64) -> String {
        format!("{value}").replace('.', &self.decimal.to_string())
    }

    /// A file of so many rows.
    pub fn file(&self, rows: usize, random: &mut Random) -> String {
        let separator = self.delimiter.to_string();
        let mut text = COLUMNS.join(&separator) + "\n";
        let kind = random.below(8);
        for row in 0..rows {
            let unit = |random: &mut Random| random.below(1_000_000) as f64 / 1e6;
            let (x, small) = (4.0 * unit(random) - 2.0, random.below(5) as f64);
            let one = f64::from(u8::from(unit(random) < 0.5 + 0.2 * x));
            let trials = 1.0 + random.below(6) as f64;
            let successes = (trials * unit(random)).round();
            let count = ((0.8 * x).exp() * 3.0 * unit(random)).round();
            // Some files are of the kinds that fits fail on.
            let (one, count, amount) = match kind {
                0 => (0.0, 0.0, 1.0),
                1 => (f64::from(u8::from(x > 0.0)), count * 1e12, 1e-9 + unit(random) * 1e9),
                _ => (one, count, 0.05 + (-(1.0 - unit(random)).ln()) * (0.5 * x).exp()),
            };
            let words = [["no", "yes"][one as usize], ["lo", "mid", "hi"][(small as usize + row) % 3]];
            let group = ["a", "b", "c", "d"][random.below(if kind == 2 { 1 } else { 4 })];
            let weight = *random.pick(&[1.0, 1.0, 1.0, 2.0, 0.5, 0.0]);
            let mut cells =
                [one, count, amount, x, successes, trials - successes, small, 7.0, 2.0 * x, weight, 0.1 * x]
                    .map(|value| self.number(value))
                    .to_vec();
            cells.extend([words[0], words[1], group].map(String::from));
            cells.push((row % 4).to_string());
            if let Some(word) = self.missing
                && random.below(5) == 0
            {
                let at = random.below(cells.len());
                cells[at] = word.into();
            }
            let _ = writeln!(text, "{}", cells.join(&separator));
        }
        text
    }

    /// What says how the file is spelled; sometimes it says something else, or nothing.
    fn words(&self, random: &mut Random) -> Vec<String> {
        let mut words = Vec::new();
        if self.decimal == ',' && random.below(12) != 0 {
            words.extend(["--decimal".into(), ",".into()]);
        }
        if self.missing.is_some() && random.below(6) != 0 {
            words.extend(["--na".into(), "omit".into()]);
            if self.missing == Some("-99") {
                words.extend(["--na-words".into(), "NA,-99".into()]);
            }
        }
        if random.below(30) == 0 {
            words.extend(["--thousands".into(), (*random.pick(&[".", ",", "'", "x"])).into()]);
        }
        if random.below(30) == 0 {
            words.extend(["--delimiter".into(), (*random.pick(&[",", ";", "tab", "||"])).into()]);
        }
        if random.below(30) == 0 {
            words.extend(["--header".into(), (*random.pick(&["yes", "no", "maybe"])).into()]);
        }
        words
    }
}

const COLUMNS: [&str; 15] = [
    "one",
    "count",
    "amount",
    "x",
    "successes",
    "failures",
    "small",
    "same",
    "double",
    "w",
    "o",
    "word",
    "level",
    "group",
    "cluster",
];
const FAMILIES: [&str; 12] = [
    "gaussian",
    "binomial",
    "poisson",
    "gamma",
    "inverse-gaussian",
    "negative-binomial",
    "quasibinomial",
    "quasipoisson",
    "multinomial",
    "ordinal",
    "Gamma",
    "normal",
];
const LINKS: [&str; 10] =
    ["identity", "logit", "probit", "cloglog", "log", "inverse", "inverse-squared", "sqrt", "1/mu^2", "power"];
const TERMS: [&str; 22] = [
    "x",
    "x",
    "x,small",
    "x,factor(small)",
    "factor(group)",
    "x*group",
    "x:small",
    "group*level",
    "x,double",
    "same",
    "same,x",
    "1",
    "x,factor(group, ref=b)",
    "x,factor(group, ref=z)",
    "factor(x)",
    "x,,small",
    "y",
    "x*",
    "factor(group",
    "0",
    "cluster,factor(cluster)",
    "x,one,count",
];

/// A column that suits the family, most of the time, with what else says what it holds.
fn response(family: &str, random: &mut Random) -> Vec<&'static str> {
    if random.below(10) == 0 {
        return vec!["--response", *random.pick(&COLUMNS)];
    }
    let of: &[&[&'static str]] = match family {
        "binomial" | "quasibinomial" => &[
            &["--response", "one"],
            &["--response", "one"],
            &["--response", "word", "--success", "yes"],
            &["--response", "word", "--success", "maybe"],
            &["--response", "successes", "--failures", "failures"],
        ],
        "poisson" | "quasipoisson" | "negative-binomial" => &[&["--response", "count"]],
        "multinomial" => &[&["--response", "group"], &["--response", "level"], &["--response", "small"]],
        "ordinal" => &[
            &["--response", "level", "--levels", "lo,mid,hi"],
            &["--response", "level", "--levels", "lo,hi"],
            &["--response", "small"],
            &["--response", "level"],
        ],
        "gaussian" => &[&["--response", "x", "--terms", "small,group"], &["--response", "amount"]],
        _ => &[&["--response", "amount"]],
    };
    random.pick(of).to_vec()
}

/// The words of a fit, but for the file.
pub fn fit(spelling: &Spelling, random: &mut Random) -> Vec<String> {
    let family = *random.pick(&FAMILIES);
    let mut words: Vec<String> = Vec::new();
    words.extend(response(family, random).into_iter().map(String::from));
    if family != "binomial" || random.below(2) == 0 {
        words.extend(["--family".into(), family.into()]);
    }
    if family == "negative-binomial" && random.below(8) != 0 {
        let dispersion = *random.pick(&["estimate", "estimate", "0.5", "1e-9", "1e9", "0", "-1", "nan", "much"]);
        words.extend(["--dispersion".into(), dispersion.into()]);
    }
    if !words.contains(&"--terms".into()) && random.below(12) != 0 {
        words.extend(["--terms".into(), (*random.pick(&TERMS)).into()]);
    }
    let mut sometimes = |one_in: usize, option: &str, values: &[&str]| {
        if random.below(one_in) == 0 {
            words.push(option.into());
            if !values.is_empty() {
                words.push((*random.pick(values)).into());
            }
        }
    };
    sometimes(3, "--link", &LINKS);
    sometimes(5, "--weights", &["w", "w", "w", "small", "x", "group", "none"]);
    sometimes(6, "--offset", &["o", "o", "o", "count", "word", "x"]);
    sometimes(3, "--drop-aliased", &[]);
    sometimes(8, "--no-intercept", &[]);
    sometimes(8, "--ridge", &["0.5", "1e-9", "1e12", "-1", "inf"]);
    sometimes(8, "--robust", &["HC0", "HC1", "HC2", "HC3", "HC4"]);
    sometimes(8, "--cluster", &["cluster", "group", "x", "nothing"]);
    sometimes(6, "--level", &["0.9", "0.5", "0.999999", "95", "0", "1", "-0.5"]);
    sometimes(6, "--profile", &[]);
    sometimes(5, "--anova", &[]);
    sometimes(8, "--firth", &[]);
    sometimes(8, "--start", &["0", "0,0", "0.1,0.1,0.1", "1e300", "a", "nan,1", ""]);
    sometimes(8, "--max-iterations", &["0", "1", "2", "1000", "-3", "many"]);
    sometimes(20, "--memory", &["1", "1K", "-1", "lots"]);
    sometimes(2, "--json", &[]);
    words.extend(spelling.words(random));
    words
}

/// The words of a prediction, but for the files.
pub fn predict(spelling: &Spelling, random: &mut Random) -> Vec<String> {
    let mut words = spelling.words(random);
    let mut sometimes = |one_in: usize, option: &str, values: &[&str]| {
        if random.below(one_in) == 0 {
            words.push(option.into());
            if !values.is_empty() {
                words.push((*random.pick(values)).into());
            }
        }
    };
    sometimes(2, "--type", &["link", "response", "mean"]);
    sometimes(2, "--se", &[]);
    sometimes(3, "--interval", &["0.9", "0.5", "2", "x"]);
    words
}
