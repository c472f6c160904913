//! The recorded loss of a row with a class label: regression and networks share it.

use autodiff::{IndexVar, Tape, Var};
use ndarray::{Array1, Array2};

/// Records `−ln π_y` of each row, for the predictors `eta` (a column for each class but the reference, whose predictor is
/// 0) and the rows' labels.
///
/// It is written as `ln(1 + e^u)` with `u = ln Σ_{k≠y} e^ηₖ − η_y`, the log-odds against the row's own class. So a loss
/// near 0 keeps its digits, and so does its gradient: `−ln π_y` by a softmax would be the logarithm of a number near 1, with
/// the gradient `π_y − 1`. With two classes u is ∓η, the logistic loss.
pub(crate) fn record_loss<'t>(
    tape: &'t Tape<f64>,
    eta: Var<'t, f64>,
    labels: IndexVar<'t, f64>,
    classes: usize,
    reference: usize,
) -> Var<'t, f64> {
    // Tables with a row for each label: which column is its own, which others count.
    let class_of_column = |column: usize| column + usize::from(column >= reference);
    let own = |(label, column): (usize, usize)| class_of_column(column) == label;
    let barred = |bar: bool| if bar { f64::NEG_INFINITY } else { 0.0 };
    let picks = Array2::from_shape_fn((classes, classes - 1), |at| f64::from(own(at)));
    let bars = Array2::from_shape_fn((classes, classes - 1), |at| barred(own(at)));
    let bars_of_reference = Array1::from_shape_fn(classes, |label| barred(label == reference));
    let by_label = |table: Var<'t, f64>| table.gather(labels);
    let others = (eta + by_label(tape.constant(bars))).logsumexp_axes(&[1]);
    let others = others.logaddexp(by_label(tape.constant(bars_of_reference)));
    let own = by_label(tape.constant(picks)).strong_mul(eta).sum_axes(&[1]);
    (others - own).softplus()
}

/// Records, for each row, `½Σ wₖₗ(ηₖ − ηₖ°)(ηₗ − ηₗ°)`, η° and w being the values at hand: its second derivatives are those
/// of the loss (which don't depend on the label), `wₖₖ = πₖΣ_{l≠k} πₗ` and `wₖₗ = −πₖπₗ`. With the weights spelled out a
/// block of the Hessian is one product; and `πₖ(1 − πₖ)` is a sum that keeps its digits where πₖ is near 1.
pub(crate) fn record_curvature<'t>(predictors: &[Var<'t, f64>]) -> Option<Var<'t, f64>> {
    let at_hand = |eta: &Var<'t, f64>| eta.stop_gradient();
    let largest = predictors.iter().map(at_hand).reduce(Var::maximum)?.maximum(0.0);
    // The reference's first; then each class, with the odds of all others.
    let mut odds = vec![(-largest).exp()];
    odds.extend(predictors.iter().map(|eta| (at_hand(eta) - largest).exp()));
    let total = sum(odds.iter().copied())?;
    let probability: Vec<Var<'t, f64>> = odds.iter().map(|&odds| odds / total).collect();
    let distance: Vec<Var<'t, f64>> = predictors.iter().map(|eta| *eta - at_hand(eta)).collect();
    let term = |(k, l): (usize, usize)| {
        let product = distance[k] * distance[l];
        if k != l {
            return Some(-(probability[k + 1] * probability[l + 1]) * product);
        }
        let others = sum((0..odds.len()).filter(|&other| other != k + 1).map(|other| probability[other]))?;
        Some(probability[k + 1] * others * product * 0.5)
    };
    sum((0..predictors.len()).flat_map(|k| (0..=k).map(move |l| (k, l))).filter_map(term))
}

fn sum<'t>(terms: impl Iterator<Item = Var<'t, f64>>) -> Option<Var<'t, f64>> {
    terms.reduce(|sum, term| sum + term)
}

/// The predictors of all classes, from those of all but the reference.
pub(crate) fn of_all_classes(predictors: impl Iterator<Item = f64>, classes: usize, reference: usize) -> Vec<f64> {
    let mut eta = vec![0.0; classes];
    let free = (0..classes).filter(|&class| class != reference);
    free.zip(predictors).for_each(|(class, predictor)| eta[class] = predictor);
    eta
}

/// The probabilities of the classes, from their predictors.
pub(crate) fn probabilities(eta: &[f64]) -> Vec<f64> {
    let largest = eta.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let odds: Vec<f64> = eta.iter().map(|eta| (eta - largest).exp()).collect();
    let sum: f64 = odds.iter().sum();
    odds.into_iter().map(|odds| odds / sum).collect()
}

/// The log-odds of a class against all others, from the predictors of all classes, and their derivatives by these: 1, and
/// minus each other class's share in the others.
pub(crate) fn log_odds(eta: &[f64], class: usize) -> (f64, Vec<f64>) {
    let others = |other: usize| if other == class { f64::NEG_INFINITY } else { eta[other] };
    let others: Vec<f64> = (0..eta.len()).map(others).collect();
    let largest = others.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = others.iter().map(|eta| (eta - largest).exp()).sum();
    let mut slopes: Vec<f64> = probabilities(&others).into_iter().map(|share| -share).collect();
    slopes[class] = 1.0;
    (eta[class] - largest - sum.ln(), slopes)
}
