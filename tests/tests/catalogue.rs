//! One suite for every operation of the catalogue, every scalar and every order: value, first and second derivative.
//!
//! The reference is the double-double interpreter, whose derivatives are themselves compared with difference quotients of
//! its values and gradients, which see about 18 digits of it. What rounding does to a result that cancels is not asked for:
//! an error is measured in units of the scalar's precision times the larger of the result and its [`Spread`] under random rounding.

use autodiff::catalogue::{self, Operation};
use autodiff::{Result, Scalar, Tape, Wide};
use ndarray::ArrayD;
use num_traits::Float;
use ordered_float::OrderedFloat;
use tests::evaluate::{compiled, interpreted};
use tests::splitmix::splitmix;
use tests::stochastic::{self, Stochastic};

/// A scalar of the suite.
trait Known: Scalar {
    const NAME: &'static str;
    fn wide(self) -> Wide;
    fn narrow(x: Wide) -> Self {
        <Self as num_traits::NumCast>::from(x.to_f64()).expect("a number")
    }
}

macro_rules! known {
    ($($scalar:ty, |$x:ident| $wide:expr;)*) => {
        $(
            impl Known for $scalar {
                const NAME: &'static str = stringify!($scalar);
                fn wide(self) -> Wide {
                    let $x = self;
                    $wide
                }
            }
        )*
    };
}

known! {
    f64, |x| x.into();
    f32, |x| f64::from(x).into();
    OrderedFloat<f64>, |x| x.0.into();
    Stochastic, |x| x.0.into();
}

impl Known for Wide {
    const NAME: &'static str = "Wide";
    fn wide(self) -> Wide {
        self
    }
    fn narrow(x: Wide) -> Self {
        x
    }
}

/// Operations whose derivative is not that of their value, and why.
const BY_DECREE: &[(&str, &str)] = &[("stop_gradient", "its derivative is 0 by definition, not by its value")];

/// Results that are not compared, and why: operation, scalar, orders.
const SKIPPED: &[(&str, &str, std::ops::RangeInclusive<usize>, &str)] = &[];

/// A sequence of numbers that `f32` holds exactly.
struct Numbers(u64);

impl Numbers {
    /// A number in [0, 1], a multiple of 2⁻¹².
    fn unit(&mut self) -> f64 {
        (splitmix(&mut self.0) >> 52) as f64 / 4096.0
    }

    fn array(&mut self, shape: &[usize], low: f64, high: f64) -> ArrayD<Wide> {
        let mut elements: Vec<Wide> = Vec::new();
        while elements.len() < shape.iter().product() {
            let element: Wide = f64::from((low + (high - low) * self.unit()) as f32).into();
            // Between two that are equal, what sorts has a kink; between two of one size, what compares these.
            if !elements.iter().any(|other| [element, -element].contains(other)) {
                elements.push(element);
            }
        }
        ArrayD::from_shape_vec(shape, elements).unwrap()
    }
}

/// An operation at a point, with the weights of its elements and a direction.
struct Trial {
    operation: Operation,
    operands: Vec<ArrayD<Wide>>,
    direction: Vec<ArrayD<Wide>>,
    seed: u64,
}

/// What is computed of a trial, flat.
#[derive(Clone)]
struct Results {
    /// By order: the operation's value, the gradient of its weighted sum, the gradient of that along the direction.
    orders: [Vec<Wide>; 3],
    /// The weighted sum, and its derivative along the direction by the gradient and by the tangents.
    loss: Wide,
    slope: Wide,
    slope_by_tangents: Wide,
}

impl Trial {
    fn new(operation: Operation, seed: u64) -> Self {
        let mut numbers = Numbers(seed);
        let operand = |sample: &catalogue::Sample| numbers.array(sample.shape.unwrap_or(&[3]), sample.low, sample.high);
        let operands: Vec<_> = operation.operands().iter().map(operand).collect();
        let direction = operands.iter().map(|operand| numbers.array(operand.shape(), -1.0, 1.0)).collect();
        Self { operation, operands, direction, seed }
    }

    /// The results in the scalar `T`, by the interpreter or a program, `step` along the direction.
    fn run<T: Known>(&self, by_program: bool, step: Wide) -> Result<Results> {
        let tape = Tape::<T>::new();
        let moved = self.operands.iter().zip(&self.direction).map(|(x, d)| (x + &d.mapv(|d| d * step)).mapv(T::narrow));
        let operands: Vec<_> = moved.enumerate().map(|(index, x)| tape.variable(&format!("x{index}"), x)).collect();
        let direction: Vec<_> = self.direction.iter().map(|d| tape.constant(d.mapv(T::narrow))).collect();
        let value = self.operation.record(&tape, &operands);
        let weights = Numbers(!self.seed).array(value.shape().trailing(), -1.0, 1.0);
        let weights = tape.constant(weights.mapv(T::narrow));
        let loss = (value * weights).sum();
        let gradients = loss.grads(&operands);
        let products = gradients.iter().zip(&direction).map(|(&part, &d)| (part * d).sum());
        let slope = products.reduce(|a, b| a + b).expect("an operation with operands");
        let curvatures = slope.grads(&operands);
        let slope_by_tangents = (value.jvp(&operands, &direction) * weights).sum();
        let mut nodes = vec![loss, slope, slope_by_tangents, value];
        nodes.extend(&gradients);
        nodes.extend(&curvatures);
        let found = if by_program { compiled(&tape, &nodes)? } else { interpreted(&nodes)? };
        let number = |index: usize| found[index][[]].wide();
        let flat = |range: std::ops::Range<usize>| found[range].iter().flatten().map(|x| x.wide()).collect();
        let (first, second) = (4 + operands.len(), 4 + 2 * operands.len());
        Ok(Results {
            orders: [flat(3..4), flat(4..first), flat(first..second)],
            loss: number(0),
            slope: number(1),
            slope_by_tangents: number(2),
        })
    }

    /// By how much random rounding moves the results, in units of `f64`'s precision.
    fn spread(&self) -> Result<[Vec<f64>; 3]> {
        let zero = Wide::default();
        let samples: Result<Vec<Results>> = (1..=4)
            .map(|sample| {
                stochastic::seed(sample * 0x9e37_79b9);
                self.run::<Stochastic>(false, zero)
            })
            .collect();
        let (samples, exact) = (samples?, self.run::<Wide>(false, zero)?);
        Ok(std::array::from_fn(|order| {
            let moved = |index: usize| {
                let distance =
                    |sample: &Results| (sample.orders[order][index] - exact.orders[order][index]).abs().to_f64();
                samples.iter().map(distance).fold(0.0, f64::max) / f64::EPSILON
            };
            (0..exact.orders[order].len()).map(moved).collect()
        }))
    }
}

/// How many points each operation is tried at.
const POINTS: u64 = 4;

fn trials() -> impl Iterator<Item = Trial> {
    catalogue::operations().enumerate().flat_map(|(index, operation)| {
        (0..POINTS).map(move |point| Trial::new(operation, 1 + point + POINTS * index as u64))
    })
}

/// The largest errors seen, by order.
#[derive(Default)]
struct Worst {
    checked: usize,
    errors: [(f64, &'static str); 3],
}

/// Runs the suite in the scalar `T`; errors are in units of `epsilon`.
fn suite<T: Known>(epsilon: f64, bounds: [f64; 3]) {
    let mut failures = Vec::new();
    for (by_program, way) in [(false, "interpreter"), (true, "program")] {
        let mut worst = Worst::default();
        for trial in trials() {
            let name = trial.operation.name();
            let exact = trial.run::<Wide>(false, Wide::default()).unwrap();
            let spread = trial.spread().unwrap();
            let found = trial.run::<T>(by_program, Wide::default()).unwrap();
            for order in 0..3 {
                if SKIPPED.iter().any(|(skipped, scalar, orders, _)| {
                    *skipped == name && (*scalar == "all" || *scalar == T::NAME) && orders.contains(&order)
                }) {
                    continue;
                }
                worst.checked += 1;
                for ((found, exact), spread) in found.orders[order].iter().zip(&exact.orders[order]).zip(&spread[order])
                {
                    let scale = exact.to_f64().abs().max(*spread).max(1e-30) * epsilon;
                    let error = if found == exact { 0.0 } else { (*found - *exact).abs().to_f64() / scale };
                    let error = if error.is_nan() { f64::INFINITY } else { error };
                    if error > worst.errors[order].0 {
                        worst.errors[order] = (error, name);
                    }
                    if error > bounds[order] {
                        failures.push(format!("{name}, order {order}, {way}: {found} for {exact}, {error:.1} units"));
                    }
                }
            }
        }
        let [value, first, second] = worst.errors.map(|(error, name)| format!("{error:.1} ({name})"));
        println!(
            "{} by the {way}: {} results of operations and orders; worst error of value {value}, first derivative {first}, \
             second derivative {second} units",
            T::NAME,
            worst.checked,
        );
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_operation_is_right_in_f64() {
    suite::<f64>(f64::EPSILON, [4.0; 3]);
}

#[test]
fn every_operation_is_right_in_f32() {
    suite::<f32>(f32::EPSILON.into(), [4.0; 3]);
}

#[test]
fn every_operation_is_right_in_a_scalar_of_another_crate() {
    suite::<OrderedFloat<f64>>(f64::EPSILON, [4.0; 3]);
}

#[test]
fn a_program_is_right_in_double_double() {
    suite::<Wide>(2f64.powi(-100), [4.0; 3]);
}

/// The derivative of `of` along the direction, by its quotient of differences over twice `h`.
fn quotient(trial: &Trial, of: impl Fn(&Results) -> Wide) -> f64 {
    let h = Wide::from(2f64.powi(-34));
    let at = |step| of(&trial.run::<Wide>(false, step).unwrap());
    ((at(h) - at(-h)) / (h + h)).to_f64()
}

#[test]
fn derivatives_are_the_slopes_of_values_and_gradients() {
    let mut failures = Vec::new();
    for trial in trials().filter(|trial| BY_DECREE.iter().all(|(name, _)| *name != trial.operation.name())) {
        let here = trial.run::<Wide>(false, Wide::default()).unwrap();
        // The gradient of the slope, along the direction once more.
        let direction = trial.direction.iter().flatten();
        let curvature: f64 = here.orders[2].iter().zip(direction).map(|(&s, &d)| (s * d).to_f64()).sum();
        for (what, found, wanted) in [
            ("first", here.slope.to_f64(), quotient(&trial, |results| results.loss)),
            ("second", curvature, quotient(&trial, |results| results.slope)),
        ] {
            let error = (found - wanted).abs() / (1.0 + wanted.abs());
            if error.is_nan() || error > 1e-14 {
                failures.push(format!("{}, {what} derivative: {found} for {wanted}", trial.operation.name()));
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn tangents_and_adjoints_are_of_one_jacobian() {
    let mut failures = Vec::new();
    for trial in trials() {
        let here = trial.run::<f64>(false, Wide::default()).unwrap();
        let (by_adjoints, by_tangents) = (here.slope.to_f64(), here.slope_by_tangents.to_f64());
        let terms: f64 = here.orders[1].iter().map(|g| g.to_f64().abs()).sum();
        if (by_adjoints - by_tangents).abs() > 1e-13 * (1.0 + terms) || by_adjoints.is_nan() != by_tangents.is_nan() {
            failures.push(format!("{}: {by_adjoints} and {by_tangents}", trial.operation.name()));
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
