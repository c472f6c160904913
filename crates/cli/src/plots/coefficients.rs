//! The coefficients with their intervals, one row each.

use super::canvas::{DATA, Drawing, INK, Picture, REFERENCE, TEXT, padded, text, text_width, tick, titled};
use crate::output;
use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// The most rows that are drawn.
const MOST: usize = 60;
/// The height of a row in pixels.
const ROW: u32 = 40;
/// The longest name that is written in full, in pixels.
const LONGEST_NAME: u32 = 360;

/// A coefficient to draw.
#[derive(Clone, Debug)]
pub struct Effect {
    /// The coefficient's name.
    pub name: String,
    /// The estimate and its confidence limits.
    pub estimate: f64,
    /// The lower limit.
    pub low: f64,
    /// The upper limit.
    pub high: f64,
    /// The standard deviation of its column: what makes coefficients of different units comparable.
    pub spread: f64,
}

/// The picture of the coefficients: each as the change of the linear predictor over one standard deviation of its column,
/// so that units don't matter, with the coefficient itself written beside it.
pub struct Coefficients {
    effects: Vec<Effect>,
    total: usize,
    level: f64,
}

impl Coefficients {
    /// The picture of these coefficients, at this level of confidence; of very many those with the largest ratio of
    /// estimate to interval.
    pub fn new(effects: Vec<Effect>, level: f64) -> Coefficients {
        let total = effects.len();
        let ratio = |effect: &Effect| (effect.estimate / (effect.high - effect.low)).abs();
        let mut order: Vec<usize> = (0..total).collect();
        order.sort_by(|&a, &b| ratio(&effects[b]).total_cmp(&ratio(&effects[a])));
        order.truncate(MOST);
        order.sort_unstable();
        let effects = order.into_iter().map(|place| effects[place].clone()).collect();
        Coefficients { effects, total, level }
    }

    fn title(&self) -> String {
        match self.effects.len() {
            shown if shown < self.total => format!("Coefficients ({shown} strongest of {})", self.total),
            _ => "Coefficients".into(),
        }
    }
}

impl Picture for Coefficients {
    fn name(&self) -> &'static str {
        "coefficients"
    }

    fn size(&self) -> (u32, u32) {
        (1200, 190 + ROW * self.effects.len().max(2) as u32)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawing<DB> {
        let area = titled(area, &self.title())?;
        let names: Vec<String> = self.effects.iter().map(|effect| shortened(&effect.name)).collect();
        let figures: Vec<String> = self.effects.iter().map(figures).collect();
        let widest = |texts: &[String]| texts.iter().map(|text| text_width(text, TEXT)).max().unwrap_or(0);
        let limits = self.effects.iter().flat_map(|effect| [effect.low * effect.spread, effect.high * effect.spread]);
        let range = padded(limits.chain([0.0]));
        let span = range.end - range.start;
        let rows = self.effects.len() as f64;
        let mut chart = ChartBuilder::on(&area)
            .margin_top(12)
            .margin_right(widest(&figures) + 30)
            .x_label_area_size(76)
            .y_label_area_size(widest(&names) + 20)
            .build_cartesian_2d(range, rows - 0.5..-0.5)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .max_light_lines(0)
            .x_labels(8)
            .x_desc(format!("change of η per standard deviation of the column, {:.0} % interval", 100.0 * self.level))
            .axis_style(INK)
            .label_style(text(TEXT))
            .axis_desc_style(text(TEXT))
            .x_label_formatter(&|value| tick(*value, span))
            .draw()?;
        chart.draw_series([PathElement::new(vec![(0.0, -0.5), (0.0, rows - 0.5)], REFERENCE.stroke_width(2))])?;
        for (row, effect) in self.effects.iter().enumerate() {
            let (y, at) = (row as f64, |value: f64| value * effect.spread);
            let interval = vec![(at(effect.low), y), (at(effect.high), y)];
            chart.draw_series([PathElement::new(interval, DATA.stroke_width(4))])?;
            chart.draw_series([Circle::new((at(effect.estimate), y), 8, DATA.filled())])?;
        }
        let frame = chart.plotting_area();
        let (columns, _) = frame.get_pixel_range();
        for (row, (name, figures)) in names.iter().zip(&figures).enumerate() {
            let (_, y) = chart.backend_coord(&(0.0, row as f64));
            let left = text(TEXT).pos(Pos::new(HPos::Right, VPos::Center));
            let right = text(TEXT).pos(Pos::new(HPos::Left, VPos::Center));
            let (x0, y0) = area.get_base_pixel();
            area.draw_text(name, &left, (columns.start - 14 - x0, y - y0))?;
            area.draw_text(figures, &right, (columns.end + 14 - x0, y - y0))?;
        }
        Ok(())
    }
}

/// The estimate and its limits as the picture writes them.
fn figures(effect: &Effect) -> String {
    format!("{} [{}, {}]", short(effect.estimate), short(effect.low), short(effect.high))
}

/// A number in three significant digits.
fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let exponent = value.abs().log10().floor();
    if !(-4.0..6.0).contains(&exponent) {
        return format!("{value:.2e}");
    }
    format!("{value:.*}", (2.0 - exponent).max(0.0) as usize)
}

/// The name, with its middle left out if it is too long.
fn shortened(name: &str) -> String {
    let mut shown = output::shortened(&output::printable(name).replace('\n', "\\n"), LONGEST_NAME as usize);
    let characters: Vec<char> = shown.chars().collect();
    let mut kept = characters.len();
    while text_width(&shown, TEXT) > LONGEST_NAME && kept > 4 {
        kept -= 2;
        let start: String = characters[..kept / 2].iter().collect();
        let end: String = characters[characters.len() - kept / 2..].iter().collect();
        shown = format!("{start}…{end}");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_significant_digits() {
        let shown = [0.0123456, -123.456, 4.80623, 1e-9, 1234567.0, 0.0].map(short);
        assert_eq!(shown, ["0.0123", "-123", "4.81", "1.00e-9", "1.23e6", "0"]);
    }
}
