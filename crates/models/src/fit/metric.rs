//! The metric of Newton's steps: a factored curvature, shifted where it isn't positive definite.

use crate::linalg::{Cholesky, Root, Spectrum, norm};
use ndarray::{Array1, Array2, ArrayView1};

/// A metric is kept while each step shrinks the gradient's norm at least to this part of it.
pub(super) const FAST: f64 = 0.1;
/// The same for the metric of a subsample: a full one costs the time of many steps.
const FAST_WITH_SUBSAMPLE: f64 = 0.4;
/// Of a shifted curvature no value is below this part of the largest: where the loss is convex, and where it isn't.
const LEAST_CURVATURE: [f64; 2] = [1e-10, 1e-6];
/// A curvature with a smaller pivot than this, `1 − R²` of a column, is nearly singular.
pub(super) const NEARLY_SINGULAR: f64 = 1e-10;
/// A negative value of the spectrum that is smaller than this, relative to the largest, is rounding.
const FLAT: f64 = 1e-10;
/// Slopes that change the loss by less than this part are 0.
const LEVEL: f64 = 1e-8;
/// The part of the loss that a step away from a saddle is to gain.
const ESCAPE: f64 = 0.01;

/// A factored curvature and where it is from.
#[derive(Clone)]
pub(super) struct Metric {
    factor: Factored,
    /// Whether it is the curvature of the full data at the current point.
    pub(super) fresh: bool,
    /// It is kept while each step shrinks the gradient's norm at least to this part of it.
    pub(super) patience: f64,
}

#[derive(Clone)]
enum Factored {
    Definite(Cholesky),
    /// Positive definite, but nearly singular.
    Root(Root),
    /// What isn't positive definite, with the weight that takes each value's place: its size, but for small ones (Greenstadt
    /// 1967; saddle-free Newton, Dauphin et al. 2014).
    Shifted(Spectrum, Array1<f64>),
}

/// The step that a metric suggests.
pub(super) struct Step {
    pub(super) direction: Array1<f64>,
    /// The gradient's norm in the metric, `√(gᵀB⁻¹g)`.
    pub(super) norm: f64,
    /// The slope of the loss along the direction.
    pub(super) slope: f64,
    /// The curvature of the loss along the direction, where it is not positive.
    pub(super) bend: Option<f64>,
}

impl Metric {
    /// The metric of a curvature; `None`, if an entry is not finite.
    ///
    /// Where the loss is flat in all directions, steps are as long as `size`.
    pub(super) fn new(matrix: &Array2<f64>, gradient: ArrayView1<'_, f64>, size: f64) -> Option<Self> {
        let factor = match Cholesky::new(matrix.view()) {
            Ok(factor) => Factored::Definite(factor),
            Err(_) => {
                let spectrum = Spectrum::new(matrix.view())?;
                let least = match spectrum.largest() {
                    0.0 => norm(gradient) / size,
                    largest => LEAST_CURVATURE[usize::from(!is_convex(&spectrum))] * largest,
                };
                let weights = spectrum.values.mapv(|value| value.abs().max(least).max(f64::MIN_POSITIVE));
                Factored::Shifted(spectrum, weights)
            }
        };
        Some(Self { factor, fresh: true, patience: FAST })
    }

    pub(super) fn of_root(root: Root) -> Self {
        Self { factor: Factored::Root(root), fresh: true, patience: FAST }
    }

    /// Whether a curvature's own digits hardly tell its columns apart.
    pub(super) fn is_nearly_singular(&self) -> bool {
        match &self.factor {
            Factored::Definite(factor) => factor.pivots().iter().any(|&pivot| pivot <= NEARLY_SINGULAR),
            Factored::Root(_) => false,
            Factored::Shifted(..) => true,
        }
    }

    pub(super) fn of_subsample(factor: Cholesky) -> Self {
        Self { factor: Factored::Definite(factor), fresh: false, patience: FAST_WITH_SUBSAMPLE }
    }

    /// Steepest descent, by steps as long as `size`.
    pub(super) fn flat(gradient: ArrayView1<'_, f64>, size: f64) -> Option<Self> {
        Self::new(&Array2::zeros((gradient.len(), gradient.len())), gradient, size)
    }

    /// The same metric, for want of a fresh one.
    pub(super) fn kept(&self) -> Self {
        Self { fresh: true, ..self.clone() }
    }

    /// Whether it is of the data themselves, if perhaps at an earlier point.
    pub(super) fn is_own(&self) -> bool {
        self.patience == FAST
    }

    /// The factor, if the curvature is positive definite.
    pub(super) fn definite(self) -> Option<Cholesky> {
        match self.factor {
            Factored::Definite(factor) => Some(factor),
            Factored::Root(_) | Factored::Shifted(..) => None,
        }
    }

    /// Whether the curvature is positive definite.
    pub(super) fn is_definite(&self) -> bool {
        matches!(self.factor, Factored::Definite(_) | Factored::Root(_))
    }

    /// Whether its steps are steepest descent.
    pub(super) fn is_flat(&self) -> bool {
        matches!(&self.factor, Factored::Shifted(spectrum, _) if spectrum.largest() == 0.0)
    }

    /// Whether the loss curves down along no direction.
    pub(super) fn is_convex(&self) -> bool {
        match &self.factor {
            Factored::Definite(_) | Factored::Root(_) => true,
            Factored::Shifted(spectrum, _) => is_convex(spectrum),
        }
    }

    /// Whether the gradient is small: its norm at most so much, and where the loss may be flat along a direction, the slopes too slight to
    /// change a loss of this size by moves as long as the parameters are.
    pub(super) fn is_small(&self, gradient: ArrayView1<'_, f64>, most: f64, sizes: &Array1<f64>, loss: f64) -> bool {
        let change = || gradient.iter().zip(sizes).map(|(slope, size)| (slope * size).abs()).sum::<f64>();
        let is_level = match self.is_flat() {
            true => gradient.iter().all(|&slope| slope == 0.0),
            false => !self.is_nearly_singular() || change() <= LEVEL * loss.abs(),
        };
        is_level && self.norm(gradient) <= most
    }

    /// The gradient's norm, `√(gᵀB⁻¹g)`: where the curvature is definite, with parameters in their standard errors.
    pub(super) fn norm(&self, gradient: ArrayView1<'_, f64>) -> f64 {
        self.step(gradient).norm
    }

    /// How long a step is in units of the curvature's diagonal, if the curvature is positive definite.
    pub(super) fn length(&self, step: &Array1<f64>) -> Option<f64> {
        match &self.factor {
            Factored::Definite(factor) => Some(factor.length(step.view())),
            Factored::Root(_) | Factored::Shifted(..) => None,
        }
    }

    /// `−B⁻¹g`.
    pub(super) fn step(&self, gradient: ArrayView1<'_, f64>) -> Step {
        match &self.factor {
            Factored::Definite(factor) => {
                let direction = -factor.solve(gradient);
                let slope = gradient.dot(&direction).min(0.0);
                Step { norm: root_of_product(gradient, &direction), direction, slope, bend: None }
            }
            Factored::Root(root) => {
                let half = root.half(gradient);
                let (norm, slope) = (norm(half.view()), -half.dot(&half));
                Step { direction: -root.other_half(half.view()), norm, slope, bend: None }
            }
            Factored::Shifted(spectrum, weights) => {
                let parts = -spectrum.parts(gradient) / weights;
                let slope = -(&parts * &parts * weights).sum();
                let norm = norm((&parts * &weights.mapv(f64::sqrt)).view());
                let curvature = (&parts * &parts * &spectrum.values).sum();
                let bend = (curvature <= -0.1 * slope).then_some(curvature);
                Step { direction: spectrum.step(parts.view()), norm, slope, bend }
            }
        }
    }

    /// The step away from a point whose gradient vanishes though the loss curves down: along the direction in which it does
    /// so most, to where the loss is lower by a part of `loss`.
    pub(super) fn escape(&self, gradient: ArrayView1<'_, f64>, loss: f64) -> Option<Step> {
        let Factored::Shifted(spectrum, _) = &self.factor else { return None };
        let least = spectrum.least();
        let value = spectrum.values[least];
        if self.is_convex() {
            return None;
        }
        let gain = if loss == 0.0 { 1.0 } else { ESCAPE * loss.abs() };
        let mut parts = Array1::zeros(gradient.len());
        parts[least] = (2.0 * gain / -value).sqrt().copysign(-spectrum.parts(gradient)[least]);
        let direction = spectrum.step(parts.view());
        let slope = gradient.dot(&direction).min(0.0);
        Some(Step { direction, norm: (-slope).sqrt(), slope, bend: Some(-2.0 * gain) })
    }
}

/// `√(−gᵀd)`, which doesn't underflow with the squares of small numbers.
pub(super) fn root_of_product(gradient: ArrayView1<'_, f64>, direction: &Array1<f64>) -> f64 {
    let size = gradient.iter().fold(0.0f64, |size, part| size.max(part.abs()));
    if size == 0.0 {
        return 0.0;
    }
    let product: f64 = gradient.iter().zip(direction).map(|(g, d)| -(g / size) * (d / size)).sum();
    size * product.max(0.0).sqrt()
}

/// Whether no value of the spectrum is negative but for rounding.
fn is_convex(spectrum: &Spectrum) -> bool {
    spectrum.values[spectrum.least()] >= -FLAT * spectrum.largest()
}
