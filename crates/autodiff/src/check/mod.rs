//! Checks of derivatives against finite differences, for tests.
//!
//! [`check_gradient`] and [`check_hessian`] look at every component, [`check_directions`] at a few random directions
//! (for many parameters), [`check_given_gradient`] at a gradient that was worked out by hand. Each gives a [`Report`]:
//!
//! ```
//! use autodiff::{Tape, check_gradient};
//! # fn main() -> autodiff::Result<()> {
//! let tape = Tape::<f64>::new();
//! let theta = tape.variable("theta", ndarray::arr1(&[0.5, -1.0]));
//! let loss = (theta.exp() * theta.sin()).sum();
//! let report = check_gradient(loss, &[theta])?;
//! assert!(report.passed(), "{report}");
//! # Ok(())
//! # }
//! ```
//!
//! # How
//! The differences are central, at a ladder of steps that starts at the size of each component and is walked until the
//! Richardson extrapolations of neighbouring steps agree. The extrapolation's error estimate tells a wrong derivative
//! (the difference is beyond the error) from a function too noisy to tell ([`Verdict::Unclear`], which is no pass). Where the
//! slopes on the two sides of a point differ however small the step, the function has a kink there: a derivative between
//! the two slopes is accepted ([`Verdict::Kink`]) and any other fails. Close to a kink the steps shrink until they are clear
//! of it. [`Check::step`] takes plain central differences of one given step instead.
//!
//! The functions are evaluated by compiled programs at the inputs' values at hand, which stay as they are; what is checked
//! is recorded on the tape as usual. A gradient in d components takes some 20·d evaluations of the loss.

mod function;
mod report;
mod slope;

pub use report::{Component, Report, Verdict};

use crate::error::{Error, Result};
use crate::scalar::{Scalar, real};
use crate::tape::{IntoValue, Var};
use function::{Function, Parameter, scale_of};
use ndarray::ArrayD;
use slope::{Found, Samples, Slope};

/// The least denominator of the relative error with a fixed step.
const LEAST_DENOMINATOR: f64 = 1e-8;

/// Checks the gradient of a scalar by inputs with values at hand: [`Check::gradient`] with the default options.
#[track_caller]
pub fn check_gradient<'t, T: Scalar>(loss: Var<'t, T>, parameters: &[Var<'t, T>]) -> Result<Report<T>> {
    Check::new().gradient(loss, parameters)
}

/// Checks the Hessian of a scalar, all blocks of it: [`Check::hessian`] with the default options.
#[track_caller]
pub fn check_hessian<'t, T: Scalar>(loss: Var<'t, T>, parameters: &[Var<'t, T>]) -> Result<Report<T>> {
    Check::new().hessian(loss, parameters)
}

/// Checks the gradient along random directions: [`Check::directions`] with the default options.
#[track_caller]
pub fn check_directions<'t, T: Scalar>(loss: Var<'t, T>, parameters: &[Var<'t, T>]) -> Result<Report<T>> {
    Check::new().directions(loss, parameters)
}

/// Checks a gradient that was worked out otherwise: [`Check::given_gradient`] with the default options.
pub fn check_given_gradient<T: Scalar>(
    loss: Var<'_, T>,
    parameter: Var<'_, T>,
    gradient: impl IntoValue<T>,
) -> Result<Report<T>> {
    Check::new().given_gradient(loss, parameter, gradient)
}

/// How to check: options, then one of the checks.
///
/// ```
/// use autodiff::{Tape, check::Check};
/// # fn main() -> autodiff::Result<()> {
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", 3.0);
/// let report = Check::new().step(1e-5).tolerance(1e-7).gradient(x * x, &[x])?;
/// assert!(report.passed(), "{report}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check<T> {
    step: Option<T>,
    tolerance: T,
    scale: T,
    directions: usize,
    seed: u64,
}

impl<T: Scalar> Default for Check<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Scalar> Check<T> {
    /// Steps chosen by the check, a tolerance of ε^⅜ (1.3e-6 in f64, 2.5e-3 in f32), parameters of a size about 1, ten
    /// random directions.
    pub fn new() -> Self {
        Self { step: None, tolerance: T::epsilon().powf(real(0.375)), scale: T::one(), directions: 10, seed: 0 }
    }

    /// Takes plain central differences `(f(x + ε) − f(x − ε)) / 2ε` of this step. A component passes if
    /// `|a − n| / max(|a| + |n|, 1e-8)` is within the tolerance: nothing is known of errors and kinks.
    pub fn step(mut self, step: T) -> Self {
        self.step = Some(step);
        self
    }

    /// The relative error that is allowed.
    pub fn tolerance(mut self, tolerance: T) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// How far a parameter may be expected to vary if its own value is smaller than that: the size of the first steps.
    pub fn scale(mut self, scale: T) -> Self {
        self.scale = scale;
        self
    }

    /// How many random directions to take.
    pub fn number_of_directions(mut self, directions: usize) -> Self {
        self.directions = directions;
        self
    }

    /// The seed of the random directions.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Checks `loss.grads(parameters)`, component by component.
    ///
    /// # Errors
    /// The first error of the recording; a parameter that is not an input of numbers or has no value at hand; a loss that is
    /// not one number or is not finite at this point; an option that makes no sense.
    #[track_caller]
    pub fn gradient<'t>(&self, loss: Var<'t, T>, parameters: &[Var<'t, T>]) -> Result<Report<T>> {
        let gradients = loss.grads(parameters);
        let parameters = self.parameters(loss, parameters)?;
        let values = gradients.iter().map(|gradient| gradient.value()).collect::<Result<Vec<_>>>()?;
        self.compare_gradient(loss, &parameters, &values)
    }

    /// Checks a gradient that was worked out otherwise, by hand say, against the differences of the loss.
    ///
    /// ```
    /// use autodiff::{Tape, check_given_gradient};
    /// use ndarray::arr1;
    /// # fn main() -> autodiff::Result<()> {
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr1(&[1.0, 2.0]));
    /// let loss = (x * x).sum();
    /// assert!(check_given_gradient(loss, x, arr1(&[2.0, 4.0]))?.passed());
    /// assert!(!check_given_gradient(loss, x, arr1(&[1.0, 2.0]))?.passed());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient), and a gradient of another shape than the parameter's.
    pub fn given_gradient(
        &self,
        loss: Var<'_, T>,
        parameter: Var<'_, T>,
        gradient: impl IntoValue<T>,
    ) -> Result<Report<T>> {
        let parameters = self.parameters(loss, &[parameter])?;
        let gradient = gradient.into_value();
        if parameters.iter().any(|parameter| parameter.value.shape() != gradient.shape()) {
            let (name, expected) = (&parameters[0].name, parameters[0].value.shape());
            let reason = format!("the given gradient has shape {:?}, but `{name}` has {expected:?}", gradient.shape());
            return Err(Error::Check { reason });
        }
        self.compare_gradient(loss, &parameters, &[gradient])
    }

    /// Checks the Hessian, all blocks between the parameters, against differences of the gradient.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient), and a parameter on the rows, for which there is no Hessian.
    #[track_caller]
    pub fn hessian<'t>(&self, loss: Var<'t, T>, parameters: &[Var<'t, T>]) -> Result<Report<T>> {
        let gradients = loss.grads(parameters);
        let mut blocks = Vec::new();
        for (row, (&gradient, &by)) in gradients.iter().zip(parameters).enumerate() {
            for (column, &x) in parameters.iter().enumerate() {
                blocks.push(if row == column { loss.hessian(by) } else { gradient.jacobian(x) });
            }
        }
        let parameters = self.parameters(loss, parameters)?;
        let blocks = blocks.iter().map(|block| block.value()).collect::<Result<Vec<_>>>()?;
        let names: Vec<String> = parameters.iter().flat_map(component_names).collect();
        let mut function = Function::new(&gradients, &parameters)?;
        let mut components = Vec::new();
        for (column, parameter) in parameters.iter().enumerate() {
            for (flat, by) in component_names(parameter).enumerate() {
                let scale = scale_of(parameter.component(flat), self.scale);
                let found = self.slopes(&mut |t| function.along_component(column, flat, t), scale)?;
                // Down a column of the Hessian: a block for each parameter, in each the elements with this last index.
                let stride = parameter.value.len();
                let analytical = (0..parameters.len()).flat_map(|row| {
                    blocks[row * parameters.len() + column]
                        .iter()
                        .copied()
                        .skip(flat)
                        .step_by(stride)
                        .collect::<Vec<T>>()
                });
                for ((name, analytical), found) in names.iter().zip(analytical).zip(found) {
                    components.push(self.component(format!("{name}, {by}"), analytical, found));
                }
            }
        }
        Ok(self.report("Hessian", components))
    }

    /// Checks the gradient along random directions `d`, that is, the numbers `⟨∇f, d⟩`: a few evaluations of the loss for any
    /// number of parameters. An error in one component among many is a small error of each direction; for that, check
    /// components.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    #[track_caller]
    pub fn directions<'t>(&self, loss: Var<'t, T>, parameters: &[Var<'t, T>]) -> Result<Report<T>> {
        let gradients = loss.grads(parameters);
        let parameters = self.parameters(loss, parameters)?;
        let gradients = gradients.iter().map(|gradient| gradient.value()).collect::<Result<Vec<_>>>()?;
        let mut function = Function::new(&[loss], &parameters)?;
        let mut random = Uniform { state: self.seed };
        let mut components = Vec::new();
        for number in 0..self.directions {
            let direction = self.random_direction(&parameters, &mut random);
            let products = gradients.iter().zip(&direction).flat_map(|(gradient, direction)| {
                gradient.iter().zip(direction).map(|(&gradient, &direction)| gradient * direction)
            });
            let analytical = products.fold(T::zero(), |sum, product| sum + product);
            let found = self.slopes(&mut |t| function.along(&direction, t), T::one())?;
            components.extend(
                found.into_iter().map(|found| self.component(format!("direction {number}"), analytical, found)),
            );
        }
        Ok(self.report("gradient along random directions", components))
    }

    fn compare_gradient(
        &self,
        loss: Var<'_, T>,
        parameters: &[Parameter<'_, T>],
        gradients: &[ArrayD<T>],
    ) -> Result<Report<T>> {
        let mut function = Function::new(&[loss], parameters)?;
        let mut components = Vec::new();
        for (index, (parameter, gradient)) in parameters.iter().zip(gradients).enumerate() {
            for (flat, (name, &analytical)) in component_names(parameter).zip(gradient).enumerate() {
                let scale = scale_of(parameter.component(flat), self.scale);
                let found = self.slopes(&mut |t| function.along_component(index, flat, t), scale)?;
                components.extend(found.into_iter().map(|found| self.component(name.clone(), analytical, found)));
            }
        }
        Ok(self.report("gradient", components))
    }

    /// The parameters' names and values, if a check at them makes sense.
    fn parameters<'t>(&self, loss: Var<'t, T>, parameters: &[Var<'t, T>]) -> Result<Vec<Parameter<'t, T>>> {
        let sensible = |x: T| x > T::zero() && x.is_finite();
        let refuse = |reason: String| Err(Error::Check { reason });
        for (name, option) in [("step", self.step), ("tolerance", Some(self.tolerance)), ("scale", Some(self.scale))] {
            if let Some(value) = option.filter(|&value| !sensible(value)) {
                return refuse(format!("the {name} is {value}; give a positive finite number"));
            }
        }
        let value = loss.item()?;
        if !value.is_finite() {
            return refuse(format!("the loss is {value} at this point, and has no derivative there"));
        }
        parameters.iter().map(|&parameter| Parameter::new(parameter)).collect()
    }

    /// The slopes at 0 of what `function` gives, by the ladder of steps or by the one that was given.
    fn slopes(&self, function: &mut dyn FnMut(T) -> Result<Vec<T>>, scale: T) -> Result<Vec<Numerical<T>>> {
        let Some(step) = self.step else {
            let found = Samples::new(function, scale, self.tolerance)?.slopes()?;
            return Ok(found.into_iter().map(Numerical::Extrapolated).collect());
        };
        let (after, before) = (function(step)?, function(-step)?);
        let difference = |(after, before): (T, T)| Numerical::Difference((after - before) / (step + step));
        Ok(after.into_iter().zip(before).map(difference).collect())
    }

    fn component(&self, name: String, analytical: T, numerical: Numerical<T>) -> Component<T> {
        let relative = |numerical: T, least: T| relative_error(analytical, numerical, least);
        let component = |numerical, numerical_error, sides, relative_error, verdict| Component {
            name,
            analytical,
            numerical,
            numerical_error,
            sides,
            relative_error,
            verdict,
        };
        match numerical {
            Numerical::Difference(numerical) => {
                let error = relative(numerical, real(LEAST_DENOMINATOR));
                let verdict = if error <= self.tolerance { Verdict::Pass } else { Verdict::Fail };
                component(numerical, None, None, error, verdict)
            }
            Numerical::Extrapolated(found) => {
                let verdict = self.judge(analytical, found);
                match found.slope {
                    Slope::Smooth(slope) => {
                        component(slope.value, Some(slope.error), None, relative(slope.value, T::zero()), verdict)
                    }
                    Slope::Kink { left, right } => {
                        let middle = (left.value + right.value) * real(0.5);
                        let (error, sides) = (left.error + right.error, [left.value, right.value]);
                        component(middle, Some(error), Some(sides), relative(middle, T::zero()), verdict)
                    }
                    Slope::Undefined => component(T::nan(), None, None, T::nan(), verdict),
                }
            }
        }
    }

    /// The verdict on a derivative by what the differences say.
    fn judge(&self, analytical: T, found: Found<T>) -> Verdict {
        match found.slope {
            Slope::Undefined => Verdict::Unclear,
            Slope::Smooth(_) if !analytical.is_finite() => {
                if found.is_settled(self.tolerance) {
                    Verdict::Fail
                } else {
                    Verdict::Unclear
                }
            }
            Slope::Smooth(slope) => {
                let allowed = self.tolerance * analytical.abs().max(slope.value.abs());
                let settled = slope.error <= allowed.max(found.negligible);
                let agrees = (analytical - slope.value).abs() <= allowed || slope.covers(analytical);
                match (agrees, settled) {
                    (true, true) => Verdict::Pass,
                    (true, false) => Verdict::Unclear,
                    (false, _) => Verdict::Fail,
                }
            }
            Slope::Kink { left, right } => {
                let (low, high) = if left.value < right.value { (left, right) } else { (right, left) };
                let slack = self.tolerance * low.value.abs().max(high.value.abs());
                let above = analytical >= low.value - slack || low.covers(analytical);
                let below = analytical <= high.value + slack || high.covers(analytical);
                if above && below { Verdict::Kink } else { Verdict::Fail }
            }
        }
    }

    /// A direction with components uniform in (−1, 1) times the parameters' scales, over the root of their number.
    fn random_direction(&self, parameters: &[Parameter<'_, T>], random: &mut Uniform) -> Vec<ArrayD<T>> {
        let count: usize = parameters.iter().map(|parameter| parameter.value.len()).sum();
        let unit = crate::scalar::count::<T>(count.max(1)).sqrt().recip();
        let mut component = |&x: &T| scale_of(x, self.scale) * unit * real(random.next());
        parameters.iter().map(|parameter| parameter.value.map(&mut component)).collect()
    }

    fn report(&self, subject: &'static str, components: Vec<Component<T>>) -> Report<T> {
        Report { subject, tolerance: self.tolerance, step: self.step, components }
    }
}

/// A derivative by differences.
enum Numerical<T> {
    /// Of a given step.
    Difference(T),
    Extrapolated(Found<T>),
}

fn component_names<T: Scalar>(parameter: &Parameter<'_, T>) -> impl Iterator<Item = String> {
    (0..parameter.value.len()).map(|flat| parameter.component_name(flat))
}

fn relative_error<T: Scalar>(a: T, n: T, least: T) -> T {
    let denominator = (a.abs() + n.abs()).max(least);
    if denominator == T::zero() { T::zero() } else { (a - n).abs() / denominator }
}

/// Numbers uniform in (−1, 1), by the generator SplitMix64 (Steele, Lea, Flood 2014).
struct Uniform {
    state: u64,
}

impl Uniform {
    fn next(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ bits >> 31) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}
