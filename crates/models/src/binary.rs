//! How well probabilities predict binary outcomes: the ROC curve and calibration.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The receiver operating characteristic: what share of the ones and of the zeros a threshold on the probability lets
/// through, for every threshold.
///
/// ```
/// let roc = models::binary::roc(&[0.1, 0.4, 0.35, 0.8], &[0.0, 0.0, 1.0, 1.0])?;
/// assert_eq!((roc.area, roc.points.len()), (0.75, 5));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Roc {
    /// The points of the curve, from the strictest threshold to the laxest.
    pub points: Vec<RocPoint>,
    /// The area under the curve: the probability that a one is given a higher probability than a zero, ties counting half.
    pub area: f64,
}

/// A point of the curve.
///
/// ```
/// let roc = models::binary::roc(&[0.1, 0.4, 0.35, 0.8], &[0.0, 0.0, 1.0, 1.0])?;
/// assert_eq!(roc.points[1].threshold, 0.8);
/// assert_eq!((roc.points[1].true_positive_rate, roc.points[1].false_positive_rate), (0.5, 0.0));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// Outcomes with at least this probability are taken for ones.
    pub threshold: f64,
    /// The share of the zeros that are taken for ones.
    pub false_positive_rate: f64,
    /// The share of the ones that are taken for ones.
    pub true_positive_rate: f64,
}

/// Outcomes grouped by their predicted probability.
///
/// ```
/// let bins = models::binary::calibration(&[0.2, 0.2, 0.8, 0.8], &[0.0, 1.0, 1.0, 1.0], 2)?;
/// assert_eq!((bins[1].count, bins[1].observed), (2, 1.0));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// How many outcomes are in the bin.
    pub count: usize,
    /// The mean of their probabilities.
    pub predicted: f64,
    /// The mean of the outcomes: equal to `predicted`, but for chance, where the model is calibrated.
    pub observed: f64,
}

/// The ROC curve of probabilities for outcomes 0 and 1.
///
/// ```
/// let roc = models::binary::roc(&[0.1, 0.4, 0.35, 0.8], &[0.0, 0.0, 1.0, 1.0])?;
/// assert_eq!(roc.area, 0.75);
/// # Ok::<(), models::Error>(())
/// ```
///
/// # Errors
/// Different numbers of probabilities and outcomes; an outcome other than 0 and 1, or a probability that is not a number;
/// outcomes of one class.
pub fn roc(probabilities: &[f64], outcomes: &[f64]) -> Result<Roc> {
    let order = sorted(probabilities, outcomes)?;
    let ones: f64 = outcomes.iter().sum();
    let zeros = outcomes.len() as f64 - ones;
    if ones == 0.0 || zeros == 0.0 {
        return Err(Error::OneClass { rows: outcomes.len(), value: if ones == 0.0 { 0.0 } else { 1.0 } });
    }
    let mut points = vec![RocPoint { threshold: f64::INFINITY, false_positive_rate: 0.0, true_positive_rate: 0.0 }];
    let (mut positives, mut true_positives, mut area) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| probabilities[a] == probabilities[b]).rev() {
        let tied_ones: f64 = tied.iter().map(|&row| outcomes[row]).sum();
        let tied_zeros = tied.len() as f64 - tied_ones;
        area += tied_zeros * (true_positives + tied_ones / 2.0);
        positives += tied_zeros;
        true_positives += tied_ones;
        points.push(RocPoint {
            threshold: probabilities[tied[0]],
            false_positive_rate: positives / zeros,
            true_positive_rate: true_positives / ones,
        });
    }
    Ok(Roc { points, area: area / (ones * zeros) })
}

/// Outcomes in `bins` groups of about equal size by their probabilities, from the least probable up.
///
/// # Errors
/// As [`roc`], but for outcomes of one class; no bins.
pub fn calibration(probabilities: &[f64], outcomes: &[f64], bins: usize) -> Result<Vec<CalibrationBin>> {
    if bins == 0 {
        return Err(Error::Option { option: "bins", value: 0.0, allowed: "there must be at least one" });
    }
    let order = sorted(probabilities, outcomes)?;
    let bin = |bin: usize| {
        let rows = &order[bin * order.len() / bins..(bin + 1) * order.len() / bins];
        let mean = |of: &[f64]| rows.iter().map(|&row| of[row]).sum::<f64>() / rows.len() as f64;
        CalibrationBin { count: rows.len(), predicted: mean(probabilities), observed: mean(outcomes) }
    };
    Ok((0..bins).map(bin).filter(|bin| bin.count > 0).collect())
}

/// The rows by rising probability.
fn sorted(probabilities: &[f64], outcomes: &[f64]) -> Result<Vec<usize>> {
    if probabilities.len() != outcomes.len() {
        let (found, expected) = (outcomes.len(), probabilities.len());
        return Err(Error::LengthMismatch { name: "outcomes".into(), found, expected });
    }
    for (row, (&probability, &outcome)) in probabilities.iter().zip(outcomes).enumerate() {
        if probability.is_nan() {
            return Err(Error::NonFinite { row, column: "probabilities".into(), value: probability });
        }
        if outcome != 0.0 && outcome != 1.0 {
            let allowed = "an outcome must be 0 or 1";
            return Err(Error::OutOfRange { row, column: "outcomes".into(), value: outcome, allowed });
        }
    }
    let mut order: Vec<usize> = (0..outcomes.len()).collect();
    order.sort_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_counts_pairs_with_ties_as_half() {
        let probabilities = [0.5, 0.5, 0.2, 0.9, 0.5, 0.2];
        let outcomes = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0];
        let mut pairs = (0.0, 0.0);
        for (i, &one) in outcomes.iter().enumerate().filter(|(_, outcome)| **outcome == 1.0) {
            for (j, _) in outcomes.iter().enumerate().filter(|(_, outcome)| **outcome == 0.0) {
                let won = probabilities[i] - probabilities[j];
                pairs = (
                    pairs.0
                        + if won > 0.0 {
                            one
                        } else if won == 0.0 {
                            0.5
                        } else {
                            0.0
                        },
                    pairs.1 + 1.0,
                );
            }
        }
        let roc = roc(&probabilities, &outcomes).unwrap();
        assert_eq!(roc.area, pairs.0 / pairs.1);
        let last = roc.points.last().unwrap();
        assert_eq!((last.false_positive_rate, last.true_positive_rate), (1.0, 1.0));
    }

    #[test]
    fn bins_hold_all_rows_once_in_order() {
        let probabilities: Vec<f64> = (0..103).map(|row| f64::from(row * 37 % 103) / 103.0).collect();
        let outcomes: Vec<f64> = probabilities.iter().map(|&p| f64::from(p > 0.5)).collect();
        let bins = calibration(&probabilities, &outcomes, 10).unwrap();
        assert_eq!(bins.iter().map(|bin| bin.count).sum::<usize>(), 103);
        assert!(bins.windows(2).all(|pair| pair[0].predicted < pair[1].predicted));
        assert_eq!((bins[0].observed, bins[9].observed), (0.0, 1.0));
    }
}
