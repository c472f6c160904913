//! Logistic regression with Firth's penalty (Firth 1993; Heinze & Schemper 2002): the likelihood times `√det XᵀWX`, Jeffreys'
//! prior. It removes the first-order bias of the estimates, and has a maximum where the responses are separated.

use crate::error::{Error, Result};
use crate::family::Family;
use crate::fit::{Control, Fit, Observer, Options, Progress, Status};
use crate::glm::{Glm, GlmFit};
use crate::inference::profile::{self, Root};
use crate::inference::{Covariance, ProfileIntervals};
use crate::linalg::{self, Cholesky, orthonormal};
use crate::link::Link;
use ndarray::{Array1, Array2, ArrayView1, Axis};

const MOST_HALVINGS: usize = 40;
/// The same for a step that isn't Fisher scoring's, which comes next.
const MOST_HALVINGS_OF_LEARNT: usize = 6;
/// A step that brings a change of the score shorter than this part of what was expected teaches nothing.
const LEAST_CURVATURE: f64 = 1e-8;
/// A loss that changes by less than this part of it is the same.
const NOISE: f64 = 1e-12;

impl Glm<'_> {
    /// Fits logistic regression with Firth's penalty, as R's `logistf` does: the loss is `−ℓ(β) − ½ ln det XᵀWX`, and its
    /// gradient vanishes at the estimates. Their standard errors are those of
    /// [`inference`](GlmFit::inference) with the expected information.
    ///
    /// ```
    /// use models::{Design, Family, Glm};
    /// use ndarray::{arr1, arr2};
    /// // A column that separates the labels: the likelihood alone has no maximum.
    /// let (x, y) = (arr2(&[[0.0], [0.0], [1.0], [1.0]]), arr1(&[0.0, 0.0, 1.0, 1.0]));
    /// let fit = Glm::new(Design::new(&x), &y, Family::Binomial)?.fit_firth(&Default::default())?;
    /// // As if half a row of the other label stood in each group: ln(0.5/2.5) and ln(2.5/0.5).
    /// assert!((fit.coefficients()[0] + 5f64.ln()).abs() < 1e-9);
    /// assert!((fit.coefficients()[1] - 2.0 * 5f64.ln()).abs() < 1e-9);
    /// # Ok::<(), models::Error>(())
    /// ```
    ///
    /// # Errors
    /// Another family than the binomial, another link than the logit, a ridge penalty; a cell that is not finite; a design
    /// that is rank deficient.
    pub fn fit_firth(&self, options: &Options) -> Result<GlmFit> {
        self.fit_firth_observed(options, &mut |_: &Progress| Control::Continue)
    }

    /// The same, watched by an observer.
    ///
    /// # Errors
    /// As [`fit_firth`](Self::fit_firth).
    pub fn fit_firth_observed(&self, options: &Options, observer: &mut dyn Observer) -> Result<GlmFit> {
        if self.family() != Family::Binomial || self.link() != Link::Logit || self.ridge() != 0.0 {
            let needs = "the binomial family with the logit link, and no ridge penalty";
            return Err(Error::Unavailable { what: "Firth's penalty", needs });
        }
        self.design().check_finite()?;
        let rows = Rows::new(self, None)?;
        let start = options.start.clone().unwrap_or_else(|| vec![0.0; rows.x.ncols()]);
        let (found, expected) = (start.len(), rows.x.ncols());
        if found != expected {
            return Err(Error::CountMismatch { what: "starting values", found, expected });
        }
        let start = rows.root.times(ArrayView1::from(&start));
        let end = rows.maximise(start, None, options, observer).map_err(|index| self.singular(index))?;
        let fit = Fit {
            names: self.design().names(),
            parameters: rows.root.other_half(end.state.parameters.view()).to_vec(),
            loss: end.state.loss,
            gradient: (-rows.root.transposed_times(end.state.score.view())).to_vec(),
            iterations: end.iterations,
            passes: end.passes,
            status: end.status,
        };
        self.with_outcome(fit)
    }

    /// The intervals, for each parameter, by the profile of Firth's penalised likelihood, as R's `logistf` has them: the values
    /// at which it is so far below its maximum, maximised over the other parameters, that the likelihood ratio reaches the
    /// quantile of the level. Where the responses are separated, Wald's are far from the truth (Heinze & Schemper 2002).
    ///
    /// The penalised likelihood of the other parameters may have several maxima; each is looked for from several starts, and the highest counts.
    ///
    /// An interval is infinite on a side where the penalised likelihood doesn't fall so far; an end that isn't found is NaN, with the
    /// reason.
    ///
    /// # Errors
    /// A level that is not between 0 and 1; a fit of other columns; whatever [`inference`](GlmFit::inference) gives.
    pub fn firth_profile_intervals(&self, fit: &GlmFit, level: f64) -> Result<ProfileIntervals> {
        let inference = fit.inference(self, Covariance::Expected)?;
        // The loss is off by the square of the gradient's norm. Far from the estimates Fisher scoring may take many small steps.
        let options = Options { tolerance: 1e-8, max_iterations: 1000, ..Options::default() };
        profile::intervals(&inference, level, |index| {
            let rows = Rows::new(self, Some(index))?;
            let singular = |place: usize| self.singular(rows.order[place]);
            let (minimum, estimate) = (fit.fit.loss, fit.coefficients()[index]);
            let start: Array1<f64> = rows.order.iter().map(|&place| fit.coefficients()[place]).collect();
            let at_estimates = rows.at(rows.root.times(start.view())).map_err(singular)?;
            let mut last = at_estimates.parameters.clone();
            let (held, options) = (rows.order.len() - 1, &options);
            Ok(move |distance: f64| {
                let value = (estimate + distance) * rows.root.last();
                let mut lowest: Option<State> = None;
                let mut problem = String::new();
                for mut start in rows.starts(&at_estimates, &last, held, value) {
                    start[held] = value;
                    match rows.maximise(start, Some(held), options, &mut unwatched) {
                        Err(place) => problem = self.singular(rows.order[place]).to_string(),
                        Ok(End { state, status: Status::Converged | Status::WorkingPrecision, .. }) => {
                            lowest = Some(match lowest {
                                Some(lowest) if lowest.loss <= state.loss => lowest,
                                _ => state,
                            });
                        }
                        Ok(_) => problem = "the fit of the other parameters there did not converge".into(),
                    }
                }
                let Some(lowest) = lowest else { return Root::Unknown(problem) };
                last = lowest.parameters;
                profile::root_of(lowest.loss, minimum, 1.0)
            })
        })
    }
}

impl Glm<'_> {
    fn singular(&self, index: usize) -> Error {
        let parameter = self.design().names().into_iter().nth(index).unwrap_or_default();
        Error::SingularInformation { parameter }
    }
}

/// An observer that lets a fit go on.
fn unwatched(_: &Progress) -> Control {
    Control::Continue
}

/// Where a fit ended.
struct End {
    state: State,
    iterations: usize,
    passes: usize,
    status: Status,
}

/// The rows of positive weight.
///
/// Their columns are an orthonormal basis of the model's, so that origins, units and correlations of these don't matter.
struct Rows {
    x: Array2<f64>,
    /// The columns of the model that are made of the basis, and the triangle that makes them.
    order: Vec<usize>,
    root: linalg::Root,
    y: Array1<f64>,
    offset: Array1<f64>,
    weights: Array1<f64>,
}

/// The penalised loss at some parameters, the score that is to vanish, and the factored information.
struct State {
    parameters: Array1<f64>,
    loss: f64,
    score: Array1<f64>,
    factor: Cholesky,
}

impl State {
    /// The step of Fisher scoring for a score, with one parameter held where it is, if one is given.
    fn step(&self, score: &Array1<f64>, held: Option<usize>) -> Array1<f64> {
        let step = self.factor.solve(score.view());
        let Some(index) = held else { return step };
        let mut step = &step - &(&self.direction(index) * step[index]);
        step[index] = 0.0;
        step
    }

    /// The score's norm in the information's metric.
    fn norm(&self, held: Option<usize>) -> f64 {
        self.score.dot(&self.step(&self.score, held)).max(0.0).sqrt()
    }

    /// The matrix whose product with a score is the step of Fisher scoring.
    fn inverse(&self, held: Option<usize>) -> Array2<f64> {
        let mut inverse = self.factor.inverse();
        let Some(index) = held else { return inverse };
        let column = inverse.column(index).to_owned();
        inverse -= &(outer(&column, &column) / column[index]);
        inverse.row_mut(index).fill(0.0);
        inverse.column_mut(index).fill(0.0);
        inverse
    }

    /// Parameters near the maximum with one of them held at a value: the others follow as they do where the likelihood is a
    /// parabola.
    fn towards(&self, index: usize, value: f64) -> Array1<f64> {
        let mut parameters = &self.parameters + &(&self.direction(index) * (value - self.parameters[index]));
        parameters[index] = value;
        parameters
    }

    /// A column of the inverse of the information over its diagonal element.
    fn direction(&self, index: usize) -> Array1<f64> {
        let mut unit = Array1::zeros(self.parameters.len());
        unit[index] = 1.0;
        let column = self.factor.solve(unit.view());
        &column / column[index]
    }
}

/// `abᵀ`.
fn outer(a: &Array1<f64>, b: &Array1<f64>) -> Array2<f64> {
    Array2::from_shape_fn((a.len(), b.len()), |(i, j)| a[i] * b[j])
}

/// The inverse of the penalised loss's Hessian that a step teaches, which brought the score from one to another (BFGS; Nocedal & Wright
/// 2006, equation 6.17); `None` where the loss didn't curve up on the way.
fn learnt(inverse: &Array2<f64>, from: &State, to: &State, held: Option<usize>) -> Option<Array2<f64>> {
    let (step, mut change) = (&to.parameters - &from.parameters, &from.score - &to.score);
    if let Some(index) = held {
        change[index] = 0.0;
    }
    let curvature = step.dot(&change);
    let image = inverse.dot(&change);
    let size = change.dot(&image);
    if !(curvature > LEAST_CURVATURE * size && size > 0.0 && curvature.is_finite()) {
        return None;
    }
    let both = outer(&step, &image);
    Some(inverse - &((&both + &both.t()) / curvature) + &(outer(&step, &step) * ((1.0 + size / curvature) / curvature)))
}

impl Rows {
    /// The rows of a model, of whose columns this one is the last.
    fn new(model: &Glm<'_>, last: Option<usize>) -> Result<Self> {
        let design = model.design();
        let rows: Vec<usize> = design.observed_rows().collect();
        let mut x = Array2::zeros((rows.len(), design.parameters()));
        rows.iter().zip(x.outer_iter_mut()).for_each(|(&row, cells)| design.write_row(row, cells));
        let of_rows = |f: &dyn Fn(usize) -> f64| rows.iter().map(|&row| f(row)).collect::<Array1<f64>>();
        let weights = of_rows(&|row| design.weight(row));
        let order: Vec<usize> = (0..x.ncols()).filter(|&place| Some(place) != last).chain(last).collect();
        let mut x = x.select(Axis(1), &order);
        let root = orthonormal(&mut x, &weights).map_err(|place| model.singular(order[place]))?;
        Ok(Self {
            y: of_rows(&|row| model.response()[row]),
            offset: of_rows(&|row| design.offset().map_or(0.0, |offset| offset[row])),
            weights,
            x,
            order,
            root,
        })
    }

    /// Maximises the penalised likelihood, with one parameter held where it is, if one is given; the first column that depends on those
    /// before it, if the information is singular at the start.
    ///
    /// The first step is Fisher scoring's, whose information leaves the penalty's curvature out: where that matters, as with few rows, it
    /// would crawl. The steps teach what is missing, and the matrix begins anew where a step fails.
    fn maximise(
        &self,
        start: Array1<f64>,
        held: Option<usize>,
        options: &Options,
        observer: &mut dyn Observer,
    ) -> std::result::Result<End, usize> {
        let mut state = self.at(start)?;
        let (mut iterations, mut passes) = (0, 1);
        let mut inverse = state.inverse(held);
        let mut is_fresh = true;
        let status = loop {
            let norm = state.norm(held);
            if observer.observe(&Progress { iteration: iterations, loss: state.loss, gradient: norm }) == Control::Stop
                || observer.interrupted()
            {
                break Status::Stopped;
            }
            if norm <= options.tolerance * (2.0 * state.loss.abs()).sqrt() {
                break Status::Converged;
            }
            if iterations == options.max_iterations {
                break Status::IterationLimit;
            }
            let step = inverse.dot(&state.score);
            let halvings = if is_fresh { MOST_HALVINGS } else { MOST_HALVINGS_OF_LEARNT };
            let mut tried = (0..halvings).filter_map(|halvings| {
                passes += 1;
                self.at(&state.parameters + &(&step * 0.5f64.powi(halvings as i32))).ok()
            });
            let level = norm * norm <= NOISE * state.loss.abs();
            let better = tried.find(|next| {
                let smaller = level && next.score.dot(&state.step(&next.score, held)).max(0.0).sqrt() < 0.9 * norm;
                next.loss < state.loss - 1e-4 * norm * norm * NOISE || smaller
            });
            match better {
                Some(next) if next.loss.is_finite() => {
                    let learnt = learnt(&inverse, &state, &next, held);
                    (is_fresh, state) = (learnt.is_none(), next);
                    inverse = learnt.unwrap_or_else(|| state.inverse(held));
                }
                _ if !is_fresh => {
                    (inverse, is_fresh) = (state.inverse(held), true);
                    continue;
                }
                _ if level => break Status::WorkingPrecision,
                _ => break Status::NoDescent,
            }
            iterations += 1;
        };
        Ok(End { state, iterations, passes, status })
    }

    /// Where fits with one parameter held at a value start: from the last one's end, where the parameters would be if the likelihood were a
    /// parabola, at the estimates of the others, and at none. The penalised likelihood may have another maximum far from the estimates
    /// where the value is.
    fn starts(&self, at_estimates: &State, last: &Array1<f64>, held: usize, value: f64) -> Vec<Array1<f64>> {
        let near = match self.at(last.clone()) {
            Ok(last) => last.towards(held, value),
            Err(_) => last.clone(),
        };
        vec![near, at_estimates.towards(held, value), at_estimates.parameters.clone(), Array1::zeros(last.len())]
    }

    /// The state, or the first column that depends on those before it.
    fn at(&self, parameters: Array1<f64>) -> std::result::Result<State, usize> {
        let eta = self.x.dot(&parameters) + &self.offset;
        let means = eta.mapv(|eta| Link::Logit.mean(eta));
        let information = &self.weights * &eta.mapv(|eta| Link::Logit.mean(eta) * Link::Logit.mean(-eta));
        let weighted = &self.x * &information.view().insert_axis(Axis(1));
        let matrix = weighted.t().dot(&self.x);
        let factor = Cholesky::new(matrix.view()).map_err(|singular| singular.index)?;
        let inverse = factor.inverse();
        let (mut loss, mut score) = (-0.5 * factor.ln_det() - self.root.ln_det(), Array1::zeros(parameters.len()));
        for (row, cells) in self.x.outer_iter().enumerate() {
            let leverage = information[row] * cells.dot(&inverse.dot(&cells));
            let (y, weight) = (self.y[row], self.weights[row]);
            let (ln_mean, ln_complement) = Link::Logit.ln_mean_and_complement(eta[row]);
            loss -= weight * (y * ln_mean + (1.0 - y) * ln_complement);
            score.scaled_add(weight * (y - means[row]) + leverage * (0.5 - means[row]), &cells);
        }
        Ok(State { parameters, loss, score, factor })
    }
}
