//! Calibration: what was observed against what was fitted, in groups of equal size.

use super::canvas::{DATA, Drawing, Labels, Picture, REFERENCE, TEXT, frame, groups, padded, text, titled};
use plotters::coord::Shift;
use plotters::prelude::*;

/// The most groups, and the fewest observations in one.
const GROUPS: usize = 10;
const FEWEST: usize = 5;

/// An observation: what was fitted, what was observed, how much it weighs, and the variance of a response of weight 1.
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    /// The fitted mean.
    pub fitted: f64,
    /// The response.
    pub observed: f64,
    /// The weight.
    pub weight: f64,
    /// `φV(μ)`.
    pub variance: f64,
}

/// A group of observations with neighbouring fitted means.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Group {
    /// The mean of the fitted means.
    fitted: f64,
    /// The mean of the responses.
    observed: f64,
    /// Half the length of the interval of the observed mean, from the variance of the model.
    half: f64,
}

/// The picture of the groups on the diagonal.
pub struct Calibration {
    groups: Vec<Group>,
    /// Means are probabilities: the axes are 0 to 1.
    probability: bool,
}

impl Calibration {
    /// The picture of these observations; the intervals are `quantile` standard errors long on either side.
    pub fn new(mut observations: Vec<Observation>, probability: bool, quantile: f64) -> Calibration {
        observations.retain(|observation| observation.weight > 0.0);
        observations.sort_by(|a, b| a.fitted.total_cmp(&b.fitted));
        let size = observations.len().div_ceil(GROUPS).max(FEWEST);
        let groups = groups(&observations, size, |observation| observation.fitted);
        let groups = groups.into_iter().map(|group| Group::new(group, quantile)).collect();
        Calibration { groups, probability }
    }
}

impl Group {
    fn new(observations: &[Observation], quantile: f64) -> Group {
        let sum = |part: fn(&Observation) -> f64| observations.iter().map(part).sum::<f64>();
        let weight = sum(|one| one.weight);
        Group {
            fitted: sum(|one| one.weight * one.fitted) / weight,
            observed: sum(|one| one.weight * one.observed) / weight,
            half: quantile * sum(|one| one.weight * one.variance).sqrt() / weight,
        }
    }

    fn interval(&self, probability: bool) -> (f64, f64) {
        let (low, high) = (self.observed - self.half, self.observed + self.half);
        if probability { (low.max(0.0), high.min(1.0)) } else { (low, high) }
    }
}

impl Picture for Calibration {
    fn name(&self) -> &'static str {
        "calibration"
    }

    fn size(&self) -> (u32, u32) {
        (1000, 1000)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawing<DB> {
        let area = titled(area, "Calibration")?;
        let range = match self.probability {
            true => -0.02..1.02,
            false => padded(self.groups.iter().flat_map(|group| {
                let (low, high) = group.interval(false);
                [group.fitted, low, high]
            })),
        };
        let labels = Labels { x: "mean fitted value of the group", y: "mean response of the group, 95 % interval" };
        let mut chart = frame(&area, labels, range.clone(), range.clone())?;
        let diagonal = vec![(range.start, range.start), (range.end, range.end)];
        chart.draw_series([PathElement::new(diagonal, REFERENCE.stroke_width(2))])?;
        for group in &self.groups {
            let (low, high) = group.interval(self.probability);
            let interval = vec![(group.fitted, low), (group.fitted, high)];
            chart.draw_series([PathElement::new(interval, DATA.stroke_width(3))])?;
        }
        let points = self.groups.iter().map(|group| (group.fitted, group.observed));
        chart.draw_series(LineSeries::new(points.clone(), DATA.mix(0.4).stroke_width(2)))?;
        chart.draw_series(points.map(|point| Circle::new(point, 8, DATA.filled())))?;
        let note = format!("{} groups of about equal size", self.groups.len());
        let corner = (range.start + 0.03 * (range.end - range.start), range.end - 0.03 * (range.end - range.start));
        chart.draw_series([Text::new(note, corner, text(TEXT))])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_hold_all_observations_and_keep_equal_means_together() {
        let observation = |fitted: f64, observed: f64| Observation { fitted, observed, weight: 2.0, variance: 0.25 };
        let mut observations: Vec<Observation> = (0..40).map(|row| observation(f64::from(row % 4), 1.0)).collect();
        observations.push(observation(9.0, 0.0));
        let groups = Calibration::new(observations, false, 2.0).groups;
        let fitted: Vec<f64> = groups.iter().map(|group| group.fitted).collect();
        assert_eq!(fitted, [0.0, 1.0, 2.0, 3.0, 9.0]);
        // Ten observations of weight 2 and variance 1/4: the mean's variance is 20/4 / 20².
        assert_eq!(groups[0], Group { fitted: 0.0, observed: 1.0, half: 2.0 * 5.0f64.sqrt() / 20.0 });
    }
}
