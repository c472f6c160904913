//! The options about a model.

use clap::Args;

/// A model of the columns of a file.
#[derive(Debug, Args)]
pub struct ModelArgs {
    /// The column of the response: for binomial 0/1, true/false, words (--success), successes (--failures), or a proportion with the
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
    /// [default: the family's canonical link]. Restricted links, under which some coefficients give means that the family can't have (the log of
    /// binomial, inverse-squared, and identity, sqrt and inverse of any family but gaussian), need the rows in memory where a fit comes to such means.
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
    /// interactions a:b, and a*b for a,b,a:b; `1` alone is just an intercept [default: all columns that have no other role]. Columns of words
    /// are factors; their levels are told apart to the letter, but that in text files TRUE, True, true and T are one level (and FALSE, False, false and F), as
    /// other files may write it, unless other words are among them.
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

/// The dispersion of the negative binomial family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Dispersion {
    /// Given.
    Given(f64),
    /// To be estimated.
    Estimated,
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
