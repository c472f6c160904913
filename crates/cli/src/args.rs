//! The command line: what may be said, and the words of `--help`.

use crate::error::{Error, Result};
use crate::table::{Format, Spelling};
use clap::{Args, Parser, Subcommand, ValueEnum};
use data::{Header, MissingWords};
use models::inference::Covariance;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the fit did not converge, or the maximum likelihood estimate does not exist
  2  the arguments or the data can't be used, or the results can't be written
  3  the gradient check failed, or the differences are too rough to tell
  130  the fit was ended by Ctrl-C";

const EXAMPLES: &str = "\
Examples:
  glm fit birthwt.csv --response low --terms age,lwt,factor(race),smoke
  glm fit births.csv --response rate --weights trials --json
  glm fit claims.csv --response claims --family poisson --offset log_exposure --save model.json --plots pictures
  glm fit sales.csv.gz --response sold --success ja --decimal , --thousands . --na omit --na-words NA,-99
  glm fit beetles.csv --response killed --failures survived --terms dose --link cloglog
  glm fit birthwt.csv --response low --terms 'lwt,factor(race, ref=black)'
  glm fit iris.csv --response Species --family multinomial --ridge 1
  glm fit housing.csv --response Sat --family ordinal --levels Low,Medium,High --weights Freq
  zcat claims.csv.gz | glm fit - --response claims --family poisson
  glm fit claims.csv --response claims --family negative-binomial --dispersion estimate --anova
  glm fit birthwt.csv --response low --robust HC3 --level 0.9
  glm fit 'flights/*.csv' --response delayed --terms 'distance,factor(carrier)' --checkpoint flights.journal
  mpirun -n 4 glm fit 'flights/*.csv' --response delayed --mpi
  glm predict model.json new.csv > predictions.csv
  glm predict model.json new.csv --type response --interval 0.9
  glm anova smaller.json larger.json
  glm check birthwt.csv --response low";

/// Generalised linear models, fitted to the rows of a file.
#[derive(Debug, Parser)]
#[command(name = "glm", version, after_help = EXIT_CODES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fit a model, and print its summary.
    #[command(after_help = EXIT_CODES)]
    Fit(FitArgs),
    /// Apply a saved model to the rows of a file: prints CSV with the linear predictor `eta` and the mean `mu`; of a model of
    /// classes with the most probable `class` and each probability `P(…)`.
    #[command(after_help = EXIT_CODES)]
    Predict(PredictArgs),
    /// Compare saved models, each within the next, by likelihood-ratio tests, or F tests where the dispersion is estimated.
    #[command(after_help = EXIT_CODES)]
    Anova(AnovaArgs),
    /// Check the gradient of a model's log-likelihood on the data against finite differences.
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
}

/// A data file.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// The data: text with a line of column names (CSV), which may be gzip, or Parquet; `-` is the standard input; of a fit and a prediction also
    /// all files of a folder or a pattern.
    pub data: PathBuf,
    /// What separates the columns of a text file: one character, or `tab` [default: whichever of , ; | and tab its first
    /// lines have].
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// Whether the first line of a text file has the names of the columns; if not, they are called V1, V2, … [default: yes, but a
    /// line of numbers alone is refused].
    #[arg(long, value_name = "yes|no", value_enum, hide_possible_values = true)]
    pub header: Option<Answer>,
    /// The mark before the decimals: a point or a comma.
    #[arg(long, value_name = "MARK", default_value = ".", value_parser = mark)]
    pub decimal: char,
    /// What may separate thousands: a point, a comma, an apostrophe, an underscore or a space [default: nothing].
    #[arg(long, value_name = "MARK", value_parser = mark)]
    pub thousands: Option<char>,
    /// What becomes of rows with missing values in the columns that are used: `fail` refuses the file, `omit` leaves these
    /// rows out of a fit, and says how many (of a prediction it makes NA).
    #[arg(long, value_enum, default_value_t = Missing::Fail)]
    pub na: Missing,
    /// The words for a missing value, between commas, in place of NA, N/A, NaN, null and None; an empty cell always is one.
    #[arg(long, value_name = "WORDS", allow_hyphen_values = true, value_delimiter = ',')]
    pub na_words: Option<Vec<String>>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Answer {
    /// It is so.
    Yes,
    /// It isn't.
    No,
}

/// What becomes of rows with missing values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Missing {
    /// They are refused.
    Fail,
    /// They are left out.
    Omit,
}

impl DataArgs {
    /// What the first line of a text file is.
    pub fn header(&self) -> Header {
        match self.header {
            None => Header::Words,
            Some(Answer::Yes) => Header::Names,
            Some(Answer::No) => Header::Absent,
        }
    }

    /// The words for a missing value.
    pub fn missing_words(&self) -> MissingWords {
        let trimmed = |words: &Vec<String>| words.iter().map(|word| word.trim().to_owned()).collect::<Vec<String>>();
        self.na_words.as_ref().map_or_else(MissingWords::default, |words| MissingWords::new(&trimmed(words)))
    }

    /// How the file is to be read.
    pub fn format(&self) -> Result<Format> {
        if !matches!(self.decimal, '.' | ',') {
            return Err(Error::Usage(format!("--decimal: `{}` is no decimal mark; give `.` or `,`", self.decimal)));
        }
        if self.thousands == Some(self.decimal) {
            let other = if self.decimal == '.' { ',' } else { '.' };
            return Err(Error::Usage(format!(
                "--thousands: `{}` is the decimal mark already; say --decimal '{other}' if that stands before the decimals",
                self.decimal
            )));
        }
        let spelling =
            Spelling { decimal: Some(self.decimal), thousands: self.thousands, missing: self.missing_words() };
        Ok(Format { delimiter: self.delimiter, header: self.header(), spelling, omit: self.na == Missing::Omit })
    }
}

/// A model of the columns of a file.
#[derive(Debug, Args)]
pub struct ModelArgs {
    /// The column of the response: for binomial 0/1, words (--success), successes (--failures), or a proportion with the
    /// trials as --weights.
    #[arg(long, value_name = "COLUMN")]
    pub response: String,
    /// The level of a binomial response of words, such as `yes`, that is a success; all others are failures.
    #[arg(long, value_name = "LEVEL", conflicts_with = "failures")]
    pub success: Option<String>,
    /// The column of the failures, where the response is the number of successes: R's cbind(successes, failures).
    #[arg(long, value_name = "COLUMN")]
    pub failures: Option<String>,
    /// The levels of a response of classes in their order, between commas: for ordinal from the lowest, for multinomial the
    /// reference first [default: numbers by size, words by the alphabet (of ordinal they must be given)].
    #[arg(long, value_name = "LEVELS", value_delimiter = ',', allow_hyphen_values = true)]
    pub levels: Option<Vec<String>>,
    /// The distribution of the response: gaussian, binomial, poisson, gamma, inverse-gaussian or negative-binomial; quasibinomial
    /// and quasipoisson estimate the dispersion, which binomial and poisson take to be 1.
    /// Responses of classes: multinomial (softmax, each class against a reference; R's nnet::multinom) and ordinal (cumulative
    /// logits with proportional odds; R's MASS::polr).
    #[arg(long, value_name = "FAMILY", default_value = "binomial")]
    pub family: String,
    /// The link between mean and linear predictor: identity, logit, probit, cloglog, log, inverse, inverse-squared or sqrt
    /// [default: the family's canonical link].
    #[arg(long, value_name = "LINK")]
    pub link: Option<String>,
    /// The dispersion α of the negative binomial family, whose variance is μ + αμ² (R's theta is 1/α), or `estimate`: by
    /// maximum likelihood, as R's MASS::glm.nb.
    #[arg(long, value_name = "ALPHA|estimate", value_parser = dispersion, allow_hyphen_values = true)]
    pub dispersion: Option<Dispersion>,
    /// The column of the observations' weights.
    #[arg(long, value_name = "COLUMN")]
    pub weights: Option<String>,
    /// The column of a known part of the linear predictor.
    #[arg(long, value_name = "COLUMN")]
    pub offset: Option<String>,
    /// The terms: columns, factor(column), factor(column, ref=level) with another reference than the first level,
    /// interactions a:b, and a*b for a,b,a:b; `1` alone is just an intercept [default: all columns that have no other role].
    #[arg(long, value_name = "TERMS", allow_hyphen_values = true)]
    pub terms: Option<String>,
    /// Leave out columns that those before them make up, as R does, and report their coefficients as NA; without this such a
    /// design is refused.
    #[arg(long)]
    pub drop_aliased: bool,
    /// Leave out the intercept. The null deviance is then, as in R, that of a linear predictor of 0, or of the offset alone.
    #[arg(long)]
    pub no_intercept: bool,
    /// Add λ/2 times the sum of the squared coefficients, the intercept's not, to the negative log-likelihood.
    #[arg(long, value_name = "LAMBDA", default_value_t = 0.0, value_parser = penalty, allow_hyphen_values = true)]
    pub ridge: f64,
}

/// The arguments of `glm fit`.
#[derive(Debug, Args)]
pub struct FitArgs {
    #[command(flatten)]
    pub data: DataArgs,
    #[command(flatten)]
    pub model: ModelArgs,
    #[command(flatten)]
    pub estimation: EstimationArgs,
    #[command(flatten)]
    pub inference: InferenceArgs,
    #[command(flatten)]
    pub streaming: StreamingArgs,
    /// Print one JSON object instead of the summary.
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Save the fitted model for `glm predict` and `glm anova`.
    #[arg(long, value_name = "MODEL.json", help_heading = "Output")]
    pub save: Option<PathBuf>,
    /// Draw coefficients, calibration, residuals, convergence and, for a binary response, ROC into this directory, as SVG
    /// and PNG; of a model of classes coefficients, calibration and convergence.
    #[arg(long, value_name = "DIRECTORY", help_heading = "Output")]
    pub plots: Option<PathBuf>,
}

/// How the coefficients are estimated.
#[derive(Debug, Args)]
#[command(next_help_heading = "Estimation")]
pub struct EstimationArgs {
    /// Reduce the bias of logistic regression by Firth's penalty (R's logistf): estimates are finite where the responses are
    /// separated, too.
    #[arg(long)]
    pub firth: bool,
    /// Where to start: numbers in the order of the coefficients, such as `0.5,-1,2`; a file with such numbers; or a saved model,
    /// whose coefficients are taken by name, and 0 for those that it lacks.
    #[arg(long, value_name = "NUMBERS|FILE", allow_hyphen_values = true)]
    pub start: Option<String>,
    /// The most iterations before the fit ends without having converged [default: 100].
    #[arg(long, value_name = "N")]
    pub max_iterations: Option<usize>,
}

/// Data that don't lie in memory.
#[derive(Debug, Args)]
#[command(next_help_heading = "More rows than memory")]
pub struct StreamingArgs {
    /// Read files larger than this anew in every pass, such as `500M` or `4G`, rather than into memory: with the same results. So are read
    /// all files of a folder or a pattern (`'data/*.parquet'`) [default: half of the memory that is free].
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub memory: Option<u64>,
    /// Keep what each pass over the files gave in this file: after Ctrl-C, a kill or a power cut the same command goes on from there, to
    /// the same bits.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Share the rows out over the processes of an MPI job, with the same results as of one: `mpirun -n 4 glm fit … --mpi`. All need the
    /// same files and options; one alone prints and writes (needs a `glm` built with `--features mpi`).
    #[arg(long)]
    pub mpi: bool,
}

/// What is said of the estimates.
#[derive(Debug, Args)]
#[command(next_help_heading = "Standard errors, intervals and tests")]
pub struct InferenceArgs {
    /// Standard errors that hold where the variance is not what the family says, as R's sandwich::vcovHC has them; of classes
    /// HC0 and HC1.
    #[arg(long, value_name = "KIND", ignore_case = true)]
    pub robust: Option<Robust>,
    /// Standard errors that hold where rows that agree in this column depend on each other (R's sandwich::vcovCL with type
    /// HC1). Coefficients that rows of one cluster alone tell have none; they are named.
    #[arg(long, value_name = "COLUMN")]
    pub cluster: Option<String>,
    /// Print intervals of the coefficients that cover the truth with this probability [default, of --json and --plots: 0.95].
    #[arg(long, value_name = "LEVEL", value_parser = level, allow_hyphen_values = true)]
    pub level: Option<f64>,
    /// Intervals by the profile of the likelihood instead of Wald's, estimate ± quantile × standard error (R's confint).
    #[arg(long)]
    pub profile: bool,
    /// Add the terms one after another, and test each: by the likelihood ratio, or by F where the dispersion is estimated.
    #[arg(long)]
    pub anova: bool,
}

/// A kind of robust standard errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Robust {
    /// Each row's own squared score (White 1980).
    #[value(name = "HC0")]
    Hc0,
    /// HC0 times n/(n − p).
    #[value(name = "HC1")]
    Hc1,
    /// Each squared score over 1 − h, h being the row's leverage.
    #[value(name = "HC2")]
    Hc2,
    /// Each squared score over (1 − h)²: what to take for small samples.
    #[value(name = "HC3")]
    Hc3,
}

impl Robust {
    /// The name of the kind, and what the models call it.
    pub fn kind(self) -> (&'static str, Covariance) {
        match self {
            Robust::Hc0 => ("HC0", Covariance::HC0),
            Robust::Hc1 => ("HC1", Covariance::HC1),
            Robust::Hc2 => ("HC2", Covariance::HC2),
            Robust::Hc3 => ("HC3", Covariance::HC3),
        }
    }
}

/// The dispersion of the negative binomial family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Dispersion {
    /// Given.
    Given(f64),
    /// To be estimated.
    Estimated,
}

/// The arguments of `glm predict`.
#[derive(Debug, Args)]
pub struct PredictArgs {
    /// A model saved by `glm fit --save`.
    pub model: PathBuf,
    #[command(flatten)]
    pub data: DataArgs,
    /// What to predict: the linear predictor (link), or the mean (response) [default: both]. Of a multinomial model, link gives the
    /// predictor `eta(…)` of each class against the reference [default: response].
    #[arg(long = "type", value_name = "TYPE", ignore_case = true)]
    pub scale: Option<Scale>,
    /// Print standard errors of the predictions, too, in columns `…_se`: of means and of
    /// the probabilities of classes by the delta method, as R's predict.glm.
    #[arg(long)]
    pub se: bool,
    /// Print intervals, too, in columns `…_low` and `…_high`, that cover the true linear predictor or mean with this
    /// probability [default: 0.95]. Those of the mean are those of the linear predictor, transformed, those of the probabilities of
    /// classes those of their log-odds. None of them is an interval of
    /// new responses, which vary about their mean.
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, default_missing_value = "0.95", value_parser = interval)]
    pub interval: Option<f64>,
}

/// What is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scale {
    /// The linear predictor.
    Link,
    /// The mean.
    Response,
}

/// The arguments of `glm anova`.
#[derive(Debug, Args)]
pub struct AnovaArgs {
    /// Models saved by `glm fit --save`, of the same rows, each within another, in any order.
    #[arg(required = true, num_args = 2.., value_name = "MODEL.json")]
    pub models: Vec<PathBuf>,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `glm check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub data: DataArgs,
    #[command(flatten)]
    pub model: ModelArgs,
}

/// A number of bytes, with K, M, G or T for powers of 1024.
fn bytes(text: &str) -> std::result::Result<u64, String> {
    let (digits, power) = match text.trim_end_matches(['b', 'B']).char_indices().last() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => {
            let power = "KMGT".find(unit.to_ascii_uppercase()).ok_or("give K, M, G or T after the number")?;
            (&text[..at], 10 * (power as u32 + 1))
        }
        _ => (text, 0),
    };
    let number: f64 = digits.trim().parse().map_err(|_| "give a size such as 500M or 4G")?;
    let bytes = number * 2f64.powi(power as i32);
    match bytes {
        0.0 => Err("give 1 to read every file row by row, or a size such as 500M or 4G".into()),
        bytes if (1.0..1e18).contains(&bytes) => Ok(bytes as u64),
        _ => Err("give a size such as 500M or 4G".into()),
    }
}

fn delimiter(text: &str) -> std::result::Result<u8, String> {
    match text {
        "tab" | "\\t" | "\t" => Ok(b'\t'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii_graphic() && *byte != b'"' || *byte == b' ' => Ok(*byte),
            _ => Err("give one character, such as ',' or ';', or tab".into()),
        },
    }
}

fn mark(text: &str) -> std::result::Result<char, String> {
    match text {
        "." | "," | "'" | "_" | " " => text.chars().next().ok_or_else(String::new),
        "space" | "\u{a0}" | "\u{202f}" => Ok(' '),
        "’" => Ok('’'),
        _ => Err("give one of . , ' _ or space".into()),
    }
}

fn penalty(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err("give a finite number, zero or more".into()),
    }
}

fn dispersion(text: &str) -> std::result::Result<Dispersion, String> {
    match text.parse::<f64>() {
        Ok(alpha) => Ok(Dispersion::Given(alpha)),
        Err(_) if text.eq_ignore_ascii_case("estimate") => Ok(Dispersion::Estimated),
        Err(_) => Err("give a positive number, or `estimate`".into()),
    }
}

fn level(text: &str) -> std::result::Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(level) if level > 0.0 && level < 1.0 && !text.ends_with('%') => Ok(level),
        Ok(percent) if (1.0..100.0).contains(&percent) => {
            Err(format!("give a probability between 0 and 1; for {percent} % write {}", percent / 100.0))
        }
        _ => Err("give a probability between 0 and 1, such as 0.95".into()),
    }
}

fn interval(text: &str) -> std::result::Result<f64, String> {
    level(text).map_err(|reason| reason + "; for 0.95, put --interval behind the files")
}
