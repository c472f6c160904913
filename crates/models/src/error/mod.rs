//! Everything that can go wrong with a model, as data: what, where (row, column, value) and what to do. Rows and columns
//! are counted from 0, as in the arrays they index. [`Combination`] and [`SourceError`] are parts of
//! them; [`wording`] puts lists into messages. What there is to say of a single cell is in `cell`.

mod cell;
mod combination;
mod memory;
mod source;
mod wording;

pub use combination::Combination;
pub(crate) use memory::check_memory;
pub use source::SourceError;

use wording::{indented, list_combinations, list_direction, list_exact_direction, list_names, place};

/// The result of fitting and of whatever follows from it.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong with the data, the design or the fit.
///
/// ```
/// use models::{Design, Error, Family, Glm};
/// use ndarray::{arr1, arr2};
/// let (x, y) = (arr2(&[[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]), arr1(&[1.0, 2.0, 4.0]));
/// let design = Design::new(&x).with_names(&["a", "b"])?;
/// let error = Glm::new(design, &y, Family::Poisson)?.fit(&Default::default()).unwrap_err();
/// assert!(matches!(error, Error::RankDeficient { .. }));
/// assert!(error.to_string().contains("column `b` is a combination of `a`"));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing to learn from.
    #[error("there are no rows, or none with a positive weight; give at least one observation")]
    NoRows,
    /// There is nothing to estimate.
    #[error("the design has no columns and no intercept; give at least one column or keep the intercept")]
    NoColumns,
    /// Two arrays that should have one element for each row don't.
    #[error("`{name}` has {found} elements, but the design has {expected} rows; give one for each row")]
    LengthMismatch {
        /// The array.
        name: String,
        /// Its length.
        found: usize,
        /// The number of rows.
        expected: usize,
    },
    /// A number of names, parameters or starting values does not fit what they are for.
    #[error("{found} {what} are given, but {expected} are needed")]
    CountMismatch {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
    /// A cell of the data is NaN or infinite.
    #[error("row {row} of column `{column}` is {value}, which is not a finite number; remove or impute the row")]
    NonFinite {
        /// The row.
        row: usize,
        /// The column.
        column: String,
        /// What stands there.
        value: f64,
    },
    /// A response, weight or count lies outside what the model allows.
    #[error("row {row} of `{column}` is {value}, but {allowed}")]
    OutOfRange {
        /// The row.
        row: usize,
        /// The column.
        column: String,
        /// What stands there.
        value: f64,
        /// What may stand there, and what to do.
        allowed: &'static str,
    },
    /// A code of a categorical column names no level.
    #[error("row {row} of the factor `{factor}` is level {code}, but there are {levels} levels, numbered from 0")]
    UnknownLevel {
        /// The row.
        row: usize,
        /// The factor.
        factor: String,
        /// The code found there.
        code: usize,
        /// The number of levels.
        levels: usize,
    },
    /// A class label names no class.
    #[error("row {row} has the label {label}, but there are {classes} classes, numbered from 0")]
    LabelOutOfRange {
        /// The row.
        row: usize,
        /// The label found there.
        label: usize,
        /// The number of classes.
        classes: usize,
    },
    /// A cell of a source can't be what the model needs.
    #[error("{}{at}, column `{column}`: {reason}", place(file))]
    Cell {
        /// The file; empty for rows that are in none.
        file: std::path::PathBuf,
        /// The row in the file.
        at: data::At,
        /// The column.
        column: String,
        /// What stands there, what may, and what to do.
        reason: String,
    },
    /// A name of no class.
    #[error("there is no class `{name}`; there are: {}", list_names(known))]
    UnknownClass {
        /// The name looked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A class has no rows, so that the maximum of the likelihood lies at infinity.
    #[error(
        "the class `{class}` has no rows of positive weight: its intercept would go to minus infinity; drop the class, or merge it with another"
    )]
    EmptyClass {
        /// The class.
        class: String,
    },
    /// A level of an ordinal response has no rows, so that nothing tells the thresholds beside it apart.
    #[error(
        "the level `{level}` has no rows of positive weight: its thresholds can't be told apart; leave it out, or merge it with another"
    )]
    EmptyLevel {
        /// The level.
        level: String,
    },
    /// A factor that can have no effect.
    #[error("the factor `{factor}` has {levels} level(s); it needs at least two, the first being the reference")]
    TooFewLevels {
        /// The factor.
        factor: String,
        /// The number of its levels.
        levels: usize,
    },
    /// A term names a column that is not there.
    #[error("there is no column or factor `{name}`; there are: {}", list_names(known))]
    UnknownColumn {
        /// The name looked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A name of no parameter.
    #[error("there is no parameter `{name}`; there are: {}", known.join(", "))]
    UnknownParameter {
        /// The name looked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// Two columns or factors have the same name.
    #[error("the name `{name}` is used twice; columns and factors are told apart by name")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// Columns that are linear combinations of the columns before them.
    #[error(
        "the design is rank deficient: {}; drop a column of each combination, or add a ridge penalty",
        list_combinations(combinations)
    )]
    RankDeficient {
        /// Each superfluous column and the columns that make it up.
        combinations: Vec<Combination>,
    },
    /// There are more coefficients than rows that could tell them apart.
    #[error(
        "the design is rank deficient: it has {parameters} coefficients, but only {rows} row{} to tell them apart by{}; drop at least {} of its columns, or add a ridge penalty",
        if *rows == 1 { "" } else { "s" },
        combinations.iter().map(|one| format!("; {}", list_combinations(std::slice::from_ref(one)))).collect::<String>(),
        parameters.saturating_sub(*rows)
    )]
    MoreColumnsThanRows {
        /// The number of coefficients.
        parameters: usize,
        /// The number of rows with a positive weight.
        rows: usize,
        /// The first superfluous columns and the columns that make them up, where they were looked for.
        combinations: Vec<Combination>,
    },
    /// All labels are equal, so that the maximum of the likelihood lies at infinity.
    #[error(
        "all {rows} labels are {value}: with labels of one class the likelihood has no maximum; give data of both classes (a ridge penalty helps only where there is no intercept)"
    )]
    OneClass {
        /// The number of rows with a positive weight.
        rows: usize,
        /// The label of all of them.
        value: f64,
    },
    /// All counts are 0, so that the maximum of the likelihood lies at a mean of 0.
    #[error(
        "all {rows} counts are 0: the likelihood has no maximum, as the mean would have to be 0; give data with events"
    )]
    AllZero {
        /// The number of rows with a positive weight.
        rows: usize,
    },
    /// Counts that vary no more than Poisson's, so that the negative binomial likelihood grows as the dispersion goes to 0.
    #[error(
        "the likelihood has no maximum: the counts vary no more than Poisson's, so that a negative binomial θ would have to be infinite; take the Poisson family"
    )]
    NotOverdispersed,
    /// Responses of 0 or less want means of 0, which a logarithmic link has at infinity only.
    #[error(
        "the likelihood has no maximum: it grows for ever along {}, as the means of {rows} rows, whose responses are 0 or negative, go to 0; leave these rows out, take the identity link, or add a ridge penalty",
        list_exact_direction(direction)
    )]
    VanishingMeans {
        /// The columns of the direction, and their coefficients in the columns' own units.
        direction: Vec<(String, f64)>,
        /// How many rows have such means.
        rows: usize,
    },
    /// A combination of columns separates the responses, so that the maximum of the likelihood lies at infinity
    /// (Albert & Anderson 1984).
    #[error(
        "{} separation: the likelihood grows without bound along {}, which tells {separated} of {rows} rows apart without error; drop those columns, merge their levels, or add a ridge penalty",
        if *complete { "complete" } else { "quasi-complete" },
        list_exact_direction(direction)
    )]
    Separation {
        /// Whether the combination tells all rows apart, rather than some.
        complete: bool,
        /// The columns of the separating combination, and their coefficients in the columns' own units, rounded to as few digits as
        /// still tell the rows apart.
        direction: Vec<(String, f64)>,
        /// How many rows it tells apart.
        separated: usize,
        /// How many rows there are.
        rows: usize,
    },
    /// Numbers so large or so small that sums of their squares leave the range of the numbers.
    #[error(
        "{what} of the size {size:e} can't be worked with: sums of squares would leave the range of the numbers; give other units"
    )]
    Units {
        /// What is in such units.
        what: String,
        /// How large it is.
        size: f64,
    },
    /// A link can't have means as large as the responses.
    #[error(
        "the {link} link has means between 0 and 1, but the mean response is {mean}; take another link, such as the family's own"
    )]
    LinkRange {
        /// The link.
        link: crate::link::Link,
        /// The mean response.
        mean: f64,
    },
    /// A link restricts the predictors, and no coefficients were found that keep those of all rows within.
    #[error(
        "no coefficients were found that give every row a mean that the family can have: with the {link} link the linear predictors must lie {}; take another link, such as {}, or see to the offset or the intercept",
        match high.is_finite() {
            true if low.is_finite() => format!("between {low} and {high}"),
            true => format!("below {high}"),
            false => format!("above {low}"),
        },
        if *low == 0.0 && *high == f64::INFINITY { "log" } else { "logit" }
    )]
    NoMeans {
        /// The link.
        link: crate::link::Link,
        /// What the linear predictors must lie above.
        low: f64,
        /// What they must lie below.
        high: f64,
    },
    /// The loss or a derivative is not a finite number where the fit would start.
    #[error(
        "{what} is {value} at the starting values; give other ones, take another link, or rescale the columns{}",
        indented(found)
    )]
    Start {
        /// What is not finite: the loss, or its derivative by a parameter.
        what: String,
        /// What it is.
        value: f64,
        /// The operation that made it, its operands and its source line, where they were found.
        found: String,
    },
    /// The loss goes to minus infinity.
    #[error(
        "the loss has no minimum: it falls without bound along {} ({loss:.3e} at a distance of {distance:.1e}); check its sign, or add a penalty",
        list_direction(direction)
    )]
    Unbounded {
        /// The parameters that the direction moves, and by how much (the largest is 1 in size).
        direction: Vec<(String, f64)>,
        /// The loss that was reached.
        loss: f64,
        /// How far along the direction.
        distance: f64,
    },
    /// The loss goes to its infimum at infinity, so that no parameters attain it.
    #[error(
        "the loss has no minimum: along {} it falls for ever, by less and less ({loss:.6e} here); add a penalty, or leave out what the direction moves",
        list_direction(direction)
    )]
    AtInfinity {
        /// The parameters that the direction moves, and by how much (the largest is 1 in size).
        direction: Vec<(String, f64)>,
        /// The loss that was reached.
        loss: f64,
    },
    /// Steps were too long: the loss or its gradient is no longer a finite number.
    #[error(
        "diverged: the loss is {loss} or has no finite gradient after {step} step(s) of epoch {epoch}, at the learning rate {learning_rate}; take a tenth of it, or bring the columns to a standard deviation of 1"
    )]
    Diverged {
        /// The loss there.
        loss: f64,
        /// The epoch, counted from 1.
        epoch: usize,
        /// The steps taken in it.
        step: usize,
        /// The learning rate of the epoch.
        learning_rate: f64,
    },
    /// A model has more parameters than there is memory for.
    #[error("{what} of {parameters} parameters would take {} bytes, and there may be at most {most}; {advice}", parameters.saturating_mul(*each))]
    TooLarge {
        /// What would be so large.
        what: &'static str,
        /// The number of parameters.
        parameters: usize,
        /// The bytes for each of them.
        each: usize,
        /// The most bytes there may be.
        most: usize,
        /// What to do.
        advice: &'static str,
    },
    /// An option has a value that makes no sense.
    #[error("the option `{option}` is {value}, but {allowed}")]
    Option {
        /// The option.
        option: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// What was asked needs something that this model does not have.
    #[error("{what} needs {needs}")]
    Unavailable {
        /// What was asked.
        what: &'static str,
        /// What is missing and what to do.
        needs: &'static str,
    },
    /// A fit of rows in a source that only rows in memory can follow.
    #[error("not every predictor has a mean under the link {link}, and {what}: that needs the rows in memory")]
    BoundaryNeedsRows {
        /// The link.
        link: crate::link::Link,
        /// Where the means end.
        what: &'static str,
    },
    /// The information matrix can't be inverted.
    #[error(
        "the information matrix is singular at parameter `{parameter}`: its standard error is infinite, or lost in rounding, where a column is far from 0 beside what it varies by (then subtract a constant, such as its mean)"
    )]
    SingularInformation {
        /// The first parameter that is not determined.
        parameter: String,
    },
    /// The information matrix has lost the digits that its inverse would need.
    #[error(
        "the standard error of `{parameter}` is lost in rounding, as what it measures hardly differs from what the parameters before it do: a column far from 0 beside what it varies by; subtract a constant from it, such as its mean, and fit again"
    )]
    LostInformation {
        /// The first parameter of which this is true.
        parameter: String,
    },
    /// The standard error of a prediction is the difference of numbers so large that nothing is left of it.
    #[error(
        "the standard error of row {row} is lost in rounding, as its columns are far from 0 beside what they vary by; subtract a constant from them, such as their mean, and fit again"
    )]
    LostInRounding {
        /// The row.
        row: usize,
    },
    /// The recording of the loss, or its evaluation, failed.
    #[error(transparent)]
    Autodiff(#[from] autodiff::Error),
    /// The source of the rows failed.
    #[error(transparent)]
    Source(SourceError),
}
