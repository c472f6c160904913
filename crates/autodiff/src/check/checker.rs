//! The checks themselves, and their options.

use super::function::{Function, Parameter, scale_of};
use super::judge::{Numerical, component};
use super::random::Uniform;
use super::report::{Component, Report, Verdict};
use super::rounding::Rounding;
use super::slope::Samples;
use crate::error::{Error, Result};
use crate::given::{IntoValue, owned};
use crate::scalar::{Scalar, count, real};
use crate::tape::Var;
use ndarray::ArrayD;

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
        self.compare_gradient(loss, &parameters, &values, &gradients)
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
    #[track_caller]
    pub fn given_gradient<'a>(
        &self,
        loss: Var<'_, T>,
        parameter: Var<'_, T>,
        gradient: impl IntoValue<'a, T>,
    ) -> Result<Report<T>> {
        let parameters = self.parameters(loss, &[parameter])?;
        let gradient = owned(gradient, loss.tape().memory())
            .map_err(|shortage| shortage.of(format!("a copy of the gradient given for `{}`", parameters[0].name)))?;
        if parameters.iter().any(|parameter| parameter.value.shape() != gradient.shape()) {
            let (name, expected) = (&parameters[0].name, parameters[0].value.shape());
            let reason = format!("the given gradient has shape {:?}, but `{name}` has {expected:?}", gradient.shape());
            return Err(Error::Check { reason });
        }
        self.compare_gradient(loss, &parameters, &[gradient.into_owned()], &[])
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
        // The elements of all blocks, one after the other, and where each begins.
        let (mut values, mut starts) = (Vec::new(), vec![0]);
        for block in &blocks {
            values.extend(block.value()?);
            starts.push(values.len());
        }
        let names: Vec<String> = parameters.iter().flat_map(component_names).collect();
        let mut function = Function::new(&gradients, &parameters)?;
        let (mut rounding, mut own) =
            (Rounding::compiled(&gradients, &parameters, self.scale), Rounding::recorded(&blocks));
        let mut components = Vec::new();
        for (column, parameter) in parameters.iter().enumerate() {
            let stride = parameter.value.len();
            for (flat, by) in component_names(parameter).enumerate() {
                let scale = scale_of(parameter.component(flat), self.scale);
                let line = &mut |t| function.along_component(column, flat, t);
                let found = self.slopes(line, scale)?;
                // Down a column of the Hessian: a block for each parameter, in each the elements with this last index.
                let blocks = (0..parameters.len()).map(|row| row * parameters.len() + column);
                let places = blocks.flat_map(|block| (starts[block] + flat..starts[block + 1]).step_by(stride));
                for (output, ((name, place), found)) in names.iter().zip(places).zip(found).enumerate() {
                    let component = self.component(format!("{name}, {by}"), values[place], found);
                    let known = &mut || [rounding.of(output), own.of(place)];
                    components.push(self.reconsidered(component, output, line, scale, known)?);
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
        let losses = [loss];
        let mut function = Function::new(&losses, &parameters)?;
        let mut rounding = Rounding::compiled(&losses, &parameters, self.scale);
        let mut random = Uniform { state: self.seed };
        let mut components = Vec::new();
        for number in 0..self.directions {
            let direction = self.random_direction(&parameters, &mut random);
            let products = gradients.iter().zip(&direction).flat_map(|(gradient, direction)| {
                gradient.iter().zip(direction).map(|(&gradient, &direction)| gradient * direction)
            });
            let analytical = products.fold(T::zero(), |sum, product| sum + product);
            let line = &mut |t| function.along(&direction, t);
            for found in self.slopes(line, T::one())? {
                let component = self.component(format!("direction {number}"), analytical, found);
                let known = &mut || [rounding.of(0), T::zero()];
                components.push(self.reconsidered(component, 0, line, T::one(), known)?);
            }
        }
        Ok(self.report("gradient along random directions", components))
    }

    fn compare_gradient(
        &self,
        loss: Var<'_, T>,
        parameters: &[Parameter<'_, T>],
        gradients: &[ArrayD<T>],
        recorded: &[Var<'_, T>],
    ) -> Result<Report<T>> {
        let losses = [loss];
        let mut function = Function::new(&losses, parameters)?;
        let (mut rounding, mut own) =
            (Rounding::compiled(&losses, parameters, self.scale), Rounding::recorded(recorded));
        let mut components = Vec::new();
        for (index, (parameter, gradient)) in parameters.iter().zip(gradients).enumerate() {
            for (flat, (name, &analytical)) in component_names(parameter).zip(gradient).enumerate() {
                let scale = scale_of(parameter.component(flat), self.scale);
                let line = &mut |t| function.along_component(index, flat, t);
                for found in self.slopes(line, scale)? {
                    let component = self.component(name.clone(), analytical, found);
                    let place = components.len();
                    let known = &mut || [rounding.of(0), own.of(place)];
                    components.push(self.reconsidered(component, 0, line, scale, known)?);
                }
            }
        }
        Ok(self.report("gradient", components))
    }

    /// The parameters' names and values, if a check at them makes sense.
    #[track_caller]
    fn parameters<'t>(&self, loss: Var<'t, T>, parameters: &[Var<'t, T>]) -> Result<Vec<Parameter<'t, T>>> {
        loss.tape().check_owns("check", parameters, std::panic::Location::caller())?;
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

    /// A component that doesn't pass, by what is known of the rounding of the function and of its own.
    fn reconsidered(
        &self,
        component: Component<T>,
        output: usize,
        function: &mut dyn FnMut(T) -> Result<Vec<T>>,
        scale: T,
        rounding: &mut dyn FnMut() -> [T; 2],
    ) -> Result<Component<T>> {
        if component.verdict == Verdict::Pass || self.step.is_some() {
            return Ok(component);
        }
        let [of_function, own] = rounding();
        let found = Samples::new(function, scale, self.tolerance)?.with_rounding(of_function).slope(output)?;
        let numerical = Numerical::Extrapolated(found.widened(own));
        Ok(self.component(component.name, component.analytical, numerical))
    }

    fn component(&self, name: String, analytical: T, numerical: Numerical<T>) -> Component<T> {
        component(name, analytical, numerical, self.tolerance)
    }

    /// A direction with components uniform in (−1, 1) times the parameters' scales, over the root of their number.
    fn random_direction(&self, parameters: &[Parameter<'_, T>], random: &mut Uniform) -> Vec<ArrayD<T>> {
        let components: usize = parameters.iter().map(|parameter| parameter.value.len()).sum();
        let unit = count::<T>(components.max(1)).sqrt().recip();
        let mut component = |&x: &T| scale_of(x, self.scale) * unit * real(random.next());
        parameters.iter().map(|parameter| parameter.value.map(&mut component)).collect()
    }

    fn report(&self, subject: &'static str, components: Vec<Component<T>>) -> Report<T> {
        Report { subject, tolerance: self.tolerance, step: self.step, components }
    }
}

fn component_names<T: Scalar>(parameter: &Parameter<'_, T>) -> impl Iterator<Item = String> {
    (0..parameter.value.len()).map(|flat| parameter.component_name(flat))
}
