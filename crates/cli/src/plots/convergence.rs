//! How the fit came to its end: the norm of the gradient, iteration by iteration.

use super::canvas::{DATA, Drawing, INK, Picture, REFERENCE, TEXT, text, titled};
use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// The picture of the iterations.
pub struct Convergence {
    /// The relative norm of the gradient before each iteration.
    pub gradients: Vec<f64>,
    /// The norm at which the fit stops.
    pub tolerance: f64,
}

impl Convergence {
    /// The exponents of ten between which all positive norms lie.
    fn decades(&self) -> (i32, i32) {
        let positive = self
            .gradients
            .iter()
            .copied()
            .chain([self.tolerance])
            .filter(|gradient| *gradient > 0.0 && gradient.is_finite());
        let exponents = positive
            .map(f64::log10)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |range, exponent| (range.0.min(exponent), range.1.max(exponent)));
        if exponents.0 > exponents.1 {
            return (-1, 1);
        }
        (exponents.0.floor() as i32, (exponents.1.ceil() as i32).max(exponents.0.floor() as i32 + 1))
    }
}

impl Picture for Convergence {
    fn name(&self) -> &'static str {
        "convergence"
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawing<DB> {
        let area = titled(area, "Convergence")?;
        let (low, high) = self.decades();
        let last = self.gradients.len().saturating_sub(1).max(1) as f64;
        let (left, right) = (-0.04 * last, 1.04 * last);
        let mut chart = ChartBuilder::on(&area)
            .margin_top(12)
            .margin_right(24)
            .x_label_area_size(76)
            .y_label_area_size(140)
            .build_cartesian_2d(left..right, f64::from(low)..f64::from(high))?;
        chart
            .configure_mesh()
            .max_light_lines(0)
            .x_labels(10.min(last as usize + 1))
            .y_labels(10.min((high - low) as usize + 1))
            .x_desc("iteration")
            .y_desc("relative norm of the gradient")
            .bold_line_style(RGBColor(228, 228, 228))
            .axis_style(INK)
            .label_style(text(TEXT))
            .axis_desc_style(text(TEXT))
            .x_label_formatter(&|value| if value.fract() == 0.0 { format!("{value}") } else { String::new() })
            .y_label_formatter(&|value| if value.fract() == 0.0 { format!("1e{value}") } else { String::new() })
            .draw()?;
        let end = self.tolerance.log10();
        chart.draw_series([PathElement::new(vec![(left, end), (right, end)], REFERENCE.stroke_width(2))])?;
        let label = format!("converged below {:.0e}", self.tolerance);
        let above = text(TEXT).pos(Pos::new(HPos::Left, VPos::Bottom));
        chart.draw_series([Text::new(label, (0.0, end + 0.01 * f64::from(high - low)), above)])?;
        // A norm of exactly zero has no logarithm: it stands on the bottom of the frame.
        let height = |gradient: f64| if gradient > 0.0 { gradient.log10() } else { f64::from(low) };
        let points =
            self.gradients.iter().enumerate().map(|(iteration, gradient)| (iteration as f64, height(*gradient)));
        chart.draw_series(LineSeries::new(points.clone(), DATA.stroke_width(3)))?;
        chart.draw_series(points.map(|point| Circle::new(point, 8, DATA.filled())))?;
        Ok(())
    }
}
