//! The command line: what may be said, and the words of `--help`.

use crate::error::{Error, Result};
use crate::table::{Format, Spelling};
use clap::{Args, Parser, Subcommand, ValueEnum};
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
  glm fit birthwt.csv --response low --terms 'lwt,factor(race, ref=3)'
  zcat claims.csv.gz | glm fit - --response claims --family poisson
  glm predict model.json new.csv > predictions.csv
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
    /// Apply a saved model to the rows of a file: prints CSV with the linear predictor `eta` and the mean `mu`.
    #[command(after_help = EXIT_CODES)]
    Predict(PredictArgs),
    /// Check the gradient of a model's log-likelihood on the data against finite differences.
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
}

/// A data file.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// The data: text with a line of column names (CSV), which may be gzip, or Parquet; `-` is the standard input.
    pub data: PathBuf,
    /// What separates the columns of a text file: one character, or `tab` [default: whichever of , ; | and tab its first
    /// lines have].
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<u8>,
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

/// What becomes of rows with missing values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Missing {
    /// They are refused.
    Fail,
    /// They are left out.
    Omit,
}

impl DataArgs {
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
        let words = self.na_words.iter().flatten().map(|word| word.trim().to_owned());
        let spelling = Spelling {
            decimal: Some(self.decimal),
            thousands: self.thousands,
            missing: self.na_words.is_some().then(|| words.collect()),
        };
        Ok(Format { delimiter: self.delimiter, spelling, omit: self.na == Missing::Omit })
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
    /// The distribution of the response: gaussian, binomial, poisson, gamma, inverse-gaussian or negative-binomial.
    #[arg(long, value_name = "FAMILY", default_value = "binomial")]
    pub family: String,
    /// The link between mean and linear predictor: identity, logit, probit, cloglog, log, inverse, inverse-squared or sqrt
    /// [default: the family's canonical link].
    #[arg(long, value_name = "LINK")]
    pub link: Option<String>,
    /// The dispersion α of the negative binomial family, whose variance is μ + αμ² (R's theta is 1/α).
    #[arg(long, value_name = "ALPHA")]
    pub dispersion: Option<f64>,
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
    /// Leave out the intercept. The null deviance is then, as in R, that of a linear predictor of 0, or of the offset alone.
    #[arg(long)]
    pub no_intercept: bool,
    /// Add λ/2 times the sum of the squared coefficients, the intercept's not, to the negative log-likelihood.
    #[arg(long, value_name = "LAMBDA", default_value_t = 0.0, value_parser = penalty)]
    pub ridge: f64,
}

/// The arguments of `glm fit`.
#[derive(Debug, Args)]
pub struct FitArgs {
    #[command(flatten)]
    pub data: DataArgs,
    #[command(flatten)]
    pub model: ModelArgs,
    /// Print one JSON object instead of the summary.
    #[arg(long)]
    pub json: bool,
    /// Save the fitted model for `glm predict`.
    #[arg(long, value_name = "MODEL.json")]
    pub save: Option<PathBuf>,
    /// Draw coefficients, calibration, residuals, convergence and, for a binary response, ROC into this directory, as SVG
    /// and PNG.
    #[arg(long, value_name = "DIRECTORY")]
    pub plots: Option<PathBuf>,
}

/// The arguments of `glm predict`.
#[derive(Debug, Args)]
pub struct PredictArgs {
    /// A model saved by `glm fit --save`.
    pub model: PathBuf,
    #[command(flatten)]
    pub data: DataArgs,
}

/// The arguments of `glm check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub data: DataArgs,
    #[command(flatten)]
    pub model: ModelArgs,
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
