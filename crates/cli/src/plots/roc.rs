//! The receiver operating characteristic of a binary outcome.

use super::canvas::{DATA, Drawing, Labels, Picture, REFERENCE, TEXT, frame, text, titled};
use plotters::coord::Shift;
use plotters::prelude::*;

/// The most points of the curve that are drawn: more than the picture has pixels tells nothing.
const MOST: usize = 2000;

/// The picture of the curve.
pub struct Roc {
    /// False and true positive rates, from (0, 0) to (1, 1).
    pub points: Vec<(f64, f64)>,
    /// The area under the curve.
    pub area: f64,
}

impl Picture for Roc {
    fn name(&self) -> &'static str {
        "roc"
    }

    fn size(&self) -> (u32, u32) {
        (1000, 1000)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawing<DB> {
        let area = titled(area, "Receiver operating characteristic")?;
        let labels = Labels { x: "false positive rate", y: "true positive rate" };
        let mut chart = frame(&area, labels, -0.02..1.02, -0.02..1.02)?;
        chart.draw_series([PathElement::new(vec![(0.0, 0.0), (1.0, 1.0)], REFERENCE.stroke_width(2))])?;
        let step = self.points.len().div_ceil(MOST).max(1);
        let last = self.points.last().copied();
        let points = self.points.iter().copied().step_by(step).chain(last);
        chart.draw_series(LineSeries::new(points, DATA.stroke_width(4)))?;
        let area_under = format!("area under the curve {:.3}", self.area);
        chart.draw_series([Text::new(area_under, (0.55, 0.08), text(TEXT))])?;
        Ok(())
    }
}
