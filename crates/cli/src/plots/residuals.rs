//! Deviance residuals over the linear predictor.

use super::canvas::{DATA, Drawing, Labels, Picture, REFERENCE, SUMMARY, TEXT, frame, groups, padded, text, titled};
use plotters::coord::Shift;
use plotters::prelude::*;

/// The most observations that are drawn.
const MOST: usize = 4000;
/// The most groups over which residuals are averaged.
const GROUPS: usize = 20;
/// The fewest observations in a group.
const FEWEST: usize = 5;

/// The picture of the residuals.
pub struct Residuals {
    /// Linear predictor and deviance residual of each observation.
    pub points: Vec<(f64, f64)>,
}

impl Residuals {
    /// Mean predictor and mean residual of neighbouring observations: about zero throughout, if the model is right.
    fn means(&self) -> Vec<(f64, f64)> {
        let mut points = self.points.clone();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let size = points.len().div_ceil(GROUPS).max(FEWEST);
        let mean = |group: &[(f64, f64)], part: fn(&(f64, f64)) -> f64| {
            group.iter().map(part).sum::<f64>() / group.len() as f64
        };
        let groups = groups(&points, size, |point| point.0);
        groups.into_iter().map(|group| (mean(group, |point| point.0), mean(group, |point| point.1))).collect()
    }
}

impl Picture for Residuals {
    fn name(&self) -> &'static str {
        "residuals"
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawing<DB> {
        let step = self.points.len().div_ceil(MOST).max(1);
        let drawn: Vec<(f64, f64)> = self.points.iter().copied().step_by(step).collect();
        let title = match step {
            1 => "Residuals".to_owned(),
            _ => format!("Residuals ({} of {} observations)", drawn.len(), self.points.len()),
        };
        let area = titled(area, &title)?;
        let labels = Labels { x: "linear predictor η", y: "deviance residual" };
        let x = padded(drawn.iter().map(|point| point.0));
        let y = padded(drawn.iter().map(|point| point.1).chain([0.0]));
        let top = y.end;
        let y = y.start..top + 0.12 * (top - y.start);
        let mut chart = frame(&area, labels, x.clone(), y.clone())?;
        chart.draw_series([PathElement::new(vec![(x.start, 0.0), (x.end, 0.0)], REFERENCE.stroke_width(2))])?;
        let opacity = if drawn.len() > 500 { 0.25 } else { 0.6 };
        chart.draw_series(drawn.iter().map(|point| Circle::new(*point, 5, DATA.mix(opacity).filled())))?;
        let means = self.means();
        chart.draw_series(LineSeries::new(means.iter().copied(), SUMMARY.stroke_width(3)))?;
        chart.draw_series(means.iter().map(|point| Circle::new(*point, 6, SUMMARY.filled())))?;
        let corner = (x.start + 0.02 * (x.end - x.start), y.end - 0.02 * (y.end - y.start));
        chart.draw_series([Text::new("● mean of neighbouring observations", corner, text(TEXT).color(&SUMMARY))])?;
        Ok(())
    }
}
