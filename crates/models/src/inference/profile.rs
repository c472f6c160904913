//! Confidence intervals by profiling the likelihood: the values of a parameter at which the loss, minimised over the other
//! parameters, is a given amount above its minimum. Unlike Wald's they need not be symmetric, and don't depend on how the
//! parameter is expressed.
//!
//! The fits along a profile are in other columns than the user's, so that neither origins and units of these nor correlations
//! matter. Their predictors start where they would be if the loss were a parabola: those of the estimates plus the distance of
//! the held parameter times what the other columns leave of its column, which least squares with the rows' informations as
//! weights takes from it. The fits move them from there along an orthonormal basis of the other columns. A ridge penalty keeps
//! the coefficients in their own units: its fits are in centred columns.

use super::{Inference, Reference};
use crate::design::Design;
use crate::error::{Error, Result, check_memory};
use crate::evaluate::{Evaluator, row_values};
use crate::fit::{Fit, Options, Status};
use crate::glm::{Glm, GlmFit};
use crate::linalg::{norm, orthonormal};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use std::fmt;

/// How often the distance from the estimate is widened by half.
const WIDENINGS: usize = 30;
/// The most steps between two ends.
const STEPS: usize = 200;
/// A height, relative to that of the ends, is the same as another from which it differs by less.
const LEVEL: f64 = 1e-9;
/// A height that differs by more is not what it should be.
const WRONG: f64 = 1e-6;
/// The most bytes of the columns that the fits are in.
const MOST_BYTES: usize = 4 << 30;

/// Profile intervals of the parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileIntervals {
    /// The lower and the upper end of each. An end is infinite where the likelihood doesn't fall so far, NaN where it wasn't
    /// found.
    pub ends: Vec<(f64, f64)>,
    /// Why ends are NaN.
    pub missing: Vec<MissingEnd>,
}

/// An end of an interval that wasn't found.
///
/// Its text is a line: ``the upper end of `dose` was not found: …``.
#[derive(Clone, Debug, PartialEq)]
pub struct MissingEnd {
    /// The name of the parameter.
    pub parameter: String,
    /// Whether it is the upper end.
    pub is_upper: bool,
    /// What was in the way.
    pub reason: String,
}

impl fmt::Display for MissingEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.is_upper { "upper" } else { "lower" };
        write!(f, "the {side} end of `{}` was not found: {}", self.parameter, self.reason)
    }
}

/// The intervals, for each parameter, that cover the truth with probability `level`. As R's `confint` has it, the root of the
/// likelihood ratio is compared with the normal distribution, where the dispersion is estimated too.
///
/// Where the likelihood doesn't fall so far on a side, the interval is infinite there; where values that are still within it
/// leave no mean that the family can have, it ends at the last that does. An end that isn't found is NaN,
/// [with the reason](ProfileIntervals::missing), and the others stand.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// let intervals = models::inference::profile_intervals(&model, &fit, 0.95)?;
/// let (low, high) = intervals.ends[1];
/// assert!(low < 0.42 && 0.42 < high && intervals.missing.is_empty());
/// # Ok::<(), models::Error>(())
/// ```
///
/// # Errors
/// A level that is not between 0 and 1; more cells than fit in 4 GB; whatever [`inference`](GlmFit::inference) gives.
pub fn profile_intervals(model: &Glm<'_>, fit: &GlmFit, level: f64) -> Result<ProfileIntervals> {
    let inference = fit.inference(model, super::Covariance::Expected)?;
    let columns = Columns::new(model, fit)?;
    intervals(&inference, level, |index| {
        let profile = Profile::new(model, fit, &columns, index, &inference)?;
        Ok(move |distance: f64| profile.root(distance))
    })
}

/// The root of the likelihood ratio at a distance from an estimate, as far as it is known.
pub(crate) enum Root {
    At(f64),
    /// It is at most this: the loss falls on for ever along the others.
    AtMost(f64),
    /// There are no means that the family can have.
    Outside,
    /// The reason.
    Unknown(String),
}

/// The intervals between the values at which the roots of the likelihood ratio reach the quantile of the level; `root_of` makes
/// that function of the distance from the estimate for the parameter at a place.
pub(crate) fn intervals<R: FnMut(f64) -> Root>(
    inference: &Inference,
    level: f64,
    root_of: impl Fn(usize) -> Result<R>,
) -> Result<ProfileIntervals> {
    if !(0.0..1.0).contains(&level) {
        return Err(Error::Option { option: "level", value: level, allowed: "it must be at least 0 and below 1" });
    }
    let limit = Reference::Normal.quantile(0.5 + level / 2.0);
    let mut found = ProfileIntervals { ends: Vec::new(), missing: Vec::new() };
    for (index, coefficient) in inference.coefficients.iter().enumerate() {
        let mut end = |side: f64| {
            let step = side * limit * coefficient.std_error;
            let distance = match step.is_finite() && step != 0.0 || limit == 0.0 {
                true => root_of(index).map_err(|error| error.to_string()).and_then(|root| crossing(root, step, limit)),
                false => Err(format!("the standard error is {}", coefficient.std_error)),
            };
            distance.map_or_else(
                |reason| {
                    let (parameter, is_upper) = (coefficient.name.clone(), side > 0.0);
                    found.missing.push(MissingEnd { parameter, is_upper, reason });
                    f64::NAN
                },
                |distance| coefficient.estimate + distance,
            )
        };
        let ends = (end(-1.0), end(1.0));
        found.ends.push(ends);
    }
    Ok(found)
}

/// The cells of the rows of positive weight, the others 0.
struct Columns {
    cells: Array2<f64>,
    /// The rows' informations at the estimates.
    information: Array1<f64>,
    /// The rows' predictors there.
    eta: Array1<f64>,
}

impl Columns {
    fn new(model: &Glm<'_>, fit: &GlmFit) -> Result<Self> {
        let design = model.design();
        let (rows, parameters) = (design.rows(), design.parameters());
        let advice = "take Wald's intervals";
        check_memory("the columns of a profile", parameters, rows.saturating_mul(16), MOST_BYTES, advice)?;
        let values = row_values(model, ArrayView1::from(fit.coefficients()))?;
        let largest = values.information.iter().filter(|value| value.is_finite()).fold(0.0f64, |a, &b| a.max(b));
        let mut columns = Self {
            cells: Array2::zeros((rows, parameters)),
            information: Array1::zeros(rows),
            eta: Array1::zeros(rows),
        };
        for row in design.observed_rows() {
            design.write_row(row, columns.cells.row_mut(row));
            columns.eta[row] = values.eta[row];
            // A row at an end of what means can be may have none, or any.
            let information = values.information[row];
            columns.information[row] = if information.is_finite() { information } else { largest };
        }
        Ok(columns)
    }
}

/// The profile of one parameter: fits without its column, whose part in the predictor is an offset.
struct Profile<'m, 'a> {
    model: &'m Glm<'a>,
    /// The columns of the fits.
    columns: Array2<f64>,
    has_intercept: bool,
    /// The offset at the estimate, and what a unit of distance from it adds.
    offset: Array1<f64>,
    along: Array1<f64>,
    /// The parameters of the fits at the estimate, and what a unit adds to them where the loss is a parabola.
    start: Array1<f64>,
    drift: Array1<f64>,
    estimate: f64,
    penalised: bool,
    minimum: f64,
    dispersion: f64,
}

impl<'m, 'a> Profile<'m, 'a> {
    fn new(model: &'m Glm<'a>, fit: &GlmFit, columns: &Columns, index: usize, inference: &Inference) -> Result<Self> {
        let others: Vec<usize> = (0..fit.coefficients().len()).filter(|&place| place != index).collect();
        let order: Vec<usize> = others.iter().copied().chain([index]).collect();
        let mut profile = Self {
            model,
            columns: columns.cells.select(Axis(1), &order),
            has_intercept: false,
            offset: columns.eta.clone(),
            along: Array1::zeros(0),
            start: Array1::zeros(others.len()),
            drift: Array1::zeros(others.len()),
            estimate: fit.coefficients()[index],
            penalised: model.ridge() > 0.0 && !(model.design().has_intercept() && index == 0),
            minimum: fit.fit.loss,
            dispersion: inference.dispersion,
        };
        if model.ridge() > 0.0 {
            let slope = |&other: &usize| inference.covariance[other][index] / inference.covariance[index][index];
            profile.drift = others.iter().map(slope).collect();
            profile.start = others.iter().map(|&other| fit.coefficients()[other]).collect();
            profile.centre(index);
            return Ok(profile);
        }
        let triangle = orthonormal(&mut profile.columns, &columns.information)
            .map_err(|place| Error::SingularInformation { parameter: fit.names()[order[place]].clone() })?;
        profile.along = profile.columns.column(others.len()).mapv(|cell| cell * triangle.last());
        profile.columns.remove_index(Axis(1), others.len());
        Ok(profile)
    }

    /// Centres the columns, the last one of which is the held one's, where an intercept takes up what that changes.
    fn centre(&mut self, index: usize) {
        let (design, last) = (self.model.design(), self.start.len());
        let first = usize::from(design.has_intercept() && index != 0);
        self.has_intercept = first == 1;
        let weights: Array1<f64> = (0..design.rows()).map(|row| design.weight(row)).collect();
        for place in (first..=last).filter(|_| first == 1) {
            let mut column = self.columns.column_mut(place);
            let mean = column.dot(&weights) / weights.sum();
            column -= mean;
            let (start, drift) = match place == last {
                true => (self.estimate, 1.0),
                false => (self.start[place], self.drift[place]),
            };
            self.start[0] += mean * start;
            self.drift[0] += mean * drift;
        }
        self.along = self.columns.column(last).to_owned();
        self.columns.remove_index(Axis(1), last);
        self.offset = &self.along * self.estimate;
        if let Some(known) = design.offset() {
            design.observed_rows().for_each(|row| self.offset[row] += known[row]);
        }
        if self.has_intercept {
            self.columns.remove_index(Axis(1), 0);
        }
    }

    /// `√(2(loss − minimum)/φ)` with the parameter held at this distance from its estimate: about linear in it.
    fn root(&self, distance: f64) -> Root {
        let loss = match self.least_loss(distance) {
            Ok(Some(loss)) => loss,
            Ok(None) => return Root::Outside,
            Err(Error::AtInfinity { loss, .. }) => {
                return match root_of(loss, self.minimum, self.dispersion) {
                    Root::At(root) => Root::AtMost(root),
                    other => other,
                };
            }
            Err(error) => return Root::Unknown(error.to_string()),
        };
        let value = self.estimate + distance;
        let penalty = if self.penalised { 0.5 * self.model.ridge() * value * value } else { 0.0 };
        root_of(loss + penalty, self.minimum, self.dispersion)
    }

    /// The least loss at this distance; none, where there are no means that the family can have.
    fn least_loss(&self, distance: f64) -> Result<Option<f64>> {
        let offset = &self.offset + &(&self.along * distance);
        let mut design = Design::new(&self.columns).with_offset(&offset)?;
        if !self.has_intercept {
            design = design.without_intercept();
        }
        if let Some(weights) = self.model.design().weights() {
            design = design.with_weights(weights)?;
        }
        let held = self.model.clone().with_design(design);
        let restricted = self.model.family().domain(self.model.link()).is_some();
        if held.design().parameters() == 0 {
            let loss = Evaluator::new(&held)?.at(Array1::zeros(0))?.loss;
            return match loss.is_finite() {
                true => Ok(Some(loss)),
                false if restricted => Ok(None),
                false => Err(Error::Start { what: "the loss".into(), value: loss, found: String::new() }),
            };
        }
        let start = &self.start + &(&self.drift * distance);
        match held.fit(&Options { start: Some(start.to_vec()), ..Options::default() }) {
            Ok(fit) => self.confirmed(fit.fit).map(Some),
            Err(Error::NoMeans { .. }) => Ok(None),
            Err(Error::Start { .. }) if restricted => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The loss of a fit that ended where it is least.
    fn confirmed(&self, fit: Fit) -> Result<f64> {
        let slope = norm(ArrayView1::from(&fit.gradient));
        // In the orthonormal basis, half the square of the slope is about what the loss may be too large by.
        let is_level = self.model.ridge() > 0.0 || slope * slope <= WRONG * self.dispersion;
        match fit.status {
            Status::Boundary => Ok(fit.loss),
            _ if fit.converged() && is_level => Ok(fit.loss),
            _ => Err(Error::Unavailable { what: "the profile there", needs: "a fit of the others that converges" }),
        }
    }
}

/// The root of the likelihood ratio of a loss.
pub(crate) fn root_of(loss: f64, minimum: f64, dispersion: f64) -> Root {
    let square = 2.0 * (loss - minimum) / dispersion;
    let rounding = WRONG + 64.0 * f64::EPSILON * minimum.abs() / dispersion;
    match () {
        () if square.is_nan() => Root::Unknown(format!("the loss there is {loss}")),
        () if square < -rounding => Root::Unknown("the likelihood there is larger than at the estimates".into()),
        () => Root::At(square.max(0.0).sqrt()),
    }
}

/// A distance from the estimate, in steps, and how far the root is above its limit there, as a part of that.
type Place = (f64, f64);

/// The signed distance at which the root crosses `limit`; the reason, where it isn't found. It is looked for by widening, then
/// by the Illinois variant of regula falsi, or halves where the root isn't known.
fn crossing(mut root: impl FnMut(f64) -> Root, step: f64, limit: f64) -> std::result::Result<f64, String> {
    if limit == 0.0 {
        return Ok(0.0);
    }
    let mut reason = None;
    let mut height = |at: f64| match root(at * step) {
        Root::At(root) => root / limit - 1.0,
        Root::AtMost(root) if root < (1.0 - WRONG) * limit => root / limit - 1.0,
        Root::AtMost(_) => {
            reason = Some("the likelihood of the others rises for ever".into());
            f64::NAN
        }
        Root::Outside => f64::INFINITY,
        Root::Unknown(why) => {
            reason = Some(why);
            f64::NAN
        }
    };
    let (mut near, mut far): (Place, Place) = ((0.0, -1.0), (1.0, height(1.0)));
    for _ in 0..WIDENINGS {
        if far.1.is_nan() || far.1 >= 0.0 {
            break;
        }
        near = far;
        far.0 *= 1.5;
        far.1 = height(far.0);
    }
    if far.1 < 0.0 {
        return Ok(f64::INFINITY.copysign(step));
    }
    // What regula falsi takes the heights for, and what they are.
    let (mut ends, mut last_above) = ((near.1, far.1), None);
    for _ in 0..STEPS {
        if far.0 - near.0 <= 1e-12 * far.0 {
            break;
        }
        let at = match ends.1.is_finite() {
            true => far.0 - ends.1 * (far.0 - near.0) / (ends.1 - ends.0),
            false => 0.5 * (near.0 + far.0),
        };
        let found = height(at);
        if found.abs() <= LEVEL {
            return Ok(at * step);
        }
        let above = found.is_nan() || found >= 0.0;
        let again = last_above == Some(above);
        match above {
            true => (far, ends) = ((at, found), (ends.0 / if again { 2.0 } else { 1.0 }, found)),
            false => (near, ends) = ((at, found), (found, ends.1 / if again { 2.0 } else { 1.0 })),
        }
        last_above = Some(above);
    }
    let place = format!("{:.6e} from the estimate", far.0 * step);
    match () {
        () if near.1.abs() <= WRONG || far.1 == f64::INFINITY => Ok(near.0 * step),
        () if far.1.is_nan() => Err(format!("{place}, {}", reason.unwrap_or_default())),
        () if limit * limit <= WRONG => Err(format!("{place}, the level is so small that rounding hides its end")),
        () => Err(format!("{place}, the least loss jumps past the limit: it has several minima")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loss of a held fit may be below the least one by rounding, of which there is the more the larger losses are; by more, there is
    /// another minimum.
    #[test]
    fn a_loss_that_rounding_lowers_is_the_least() {
        for (loss, minimum, dispersion) in
            [(1.0 - 1e-7, 1.0, 1.0), (1e12 - 1e-3, 1e12, 1.0), (1e-3 - 1e-10, 1e-3, 1e-3)]
        {
            assert!(matches!(root_of(loss, minimum, dispersion), Root::At(0.0)), "{loss}");
        }
        for (loss, minimum, dispersion) in [(1.0 - 1e-5, 1.0, 1.0), (1e12 - 1.0, 1e12, 1.0), (f64::NAN, 1.0, 1.0)] {
            assert!(matches!(root_of(loss, minimum, dispersion), Root::Unknown(_)), "{loss}");
        }
        assert!(matches!(root_of(3.0, 1.0, 1.0), Root::At(root) if root == 2.0));
    }

    /// A root that jumps past its limit: of several minima, unless the limit is as small as the rounding of losses.
    #[test]
    fn a_jump_is_of_several_minima_or_of_rounding() {
        let jump = |limit: f64| crossing(|at| Root::At(if at < 1.0 { 0.5 * limit } else { 2.0 * limit }), 1.0, limit);
        assert!(jump(1.96).unwrap_err().contains("several minima"));
        assert!(jump(1e-5).unwrap_err().contains("the level is so small that rounding hides its end"));
    }
}
