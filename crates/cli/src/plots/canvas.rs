//! What all pictures share: the two formats, the font, the colours and the frame around the data.
//!
//! A picture is drawn once for each format by the same code. Text is measured and, in PNG, drawn with a font that is part of
//! the program, so that a machine without fonts gives the same picture.

use crate::error::{Error, Result};
use crate::files;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use std::ops::Range;
use std::path::Path;

/// What drawing on a backend can fail with.
pub type Drawing<DB, R = ()> = std::result::Result<R, DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;
/// A frame with two numeric axes.
pub type Frame<'a, DB> = ChartContext<'a, DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The marks of the data.
pub const DATA: RGBColor = RGBColor(31, 98, 158);
/// Reference lines: zero, the diagonal.
pub const REFERENCE: RGBColor = RGBColor(140, 140, 140);
/// Summaries over the data: means of bins.
pub const SUMMARY: RGBColor = RGBColor(200, 80, 30);
/// Text.
pub const INK: RGBColor = RGBColor(40, 40, 40);
/// Lines behind the data.
const GRID: RGBColor = RGBColor(228, 228, 228);

/// The size of axis labels and of text inside pictures, in pixels.
pub const TEXT: u32 = 24;
const TITLE: u32 = 32;
const FONT: &str = "sans-serif";

/// A picture that can be drawn in any format.
pub trait Picture {
    /// The file's name without extension.
    fn name(&self) -> &'static str;

    /// Width and height in pixels.
    fn size(&self) -> (u32, u32) {
        (1200, 840)
    }

    /// Draws it.
    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawing<DB>;
}

/// Writes `NAME.svg` and `NAME.png` into the directory, unless one of them is the data file.
pub fn save(directory: &Path, picture: &impl Picture, data: &Path) -> Result<()> {
    let svg = directory.join(picture.name()).with_extension("svg");
    let text = svg_text(picture).map_err(|reason| Error::file(&svg, format!("can't be drawn: {reason}")))?;
    write(&svg, text.as_bytes(), data)?;
    let png = directory.join(picture.name()).with_extension("png");
    let pixels = pixels(picture).map_err(|reason| Error::file(&png, format!("can't be drawn: {reason}")))?;
    let bytes =
        png_bytes(picture.size(), &pixels).map_err(|reason| Error::file(&png, format!("can't be drawn: {reason}")))?;
    write(&png, &bytes, data)
}

fn write(path: &Path, content: &[u8], data: &Path) -> Result<()> {
    files::spare_data(path, [data])?;
    files::replace(path, content)
}

/// Makes the program's own font, DejaVu Sans, known to the drawing library; once is enough. The program carries it within
/// itself, under the licence in `LICENSE-DEJAVU`.
pub fn register_fonts() -> Result<()> {
    let fonts = [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())];
    for (style, bytes) in fonts {
        register_font(FONT, style, bytes).map_err(|_| Error::Usage("the built-in font can't be read".into()))?;
    }
    Ok(())
}

fn svg_text(picture: &impl Picture) -> std::result::Result<String, String> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, picture.size()).into_drawing_area();
    draw_on(&area, picture).map_err(|error| error.to_string())?;
    drop(area);
    Ok(text)
}

/// Red, green and blue of each pixel.
fn pixels(picture: &impl Picture) -> std::result::Result<Vec<u8>, String> {
    let (width, height) = picture.size();
    let mut pixels = vec![255; width as usize * height as usize * 3];
    let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
    draw_on(&area, picture).map_err(|error| error.to_string())?;
    drop(area);
    Ok(pixels)
}

fn draw_on<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>, picture: &impl Picture) -> Drawing<DB> {
    area.fill(&WHITE)?;
    picture.draw(area)?;
    area.present()
}

fn png_bytes((width, height): (u32, u32), pixels: &[u8]) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// The text style of this size.
pub fn text(size: u32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&INK)
}

/// A title over the picture; the area below it is returned.
pub fn titled<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>, title: &str) -> Drawing<DB, DrawingArea<DB, Shift>> {
    let style = (FONT, TITLE, FontStyle::Bold).into_font().color(&INK);
    area.margin(18, 18, 18, 18).titled(title, style)
}

/// The words on a frame's axes.
pub struct Labels<'a> {
    /// Below the horizontal axis.
    pub x: &'a str,
    /// Beside the vertical axis.
    pub y: &'a str,
}

/// A frame with axes, grid and labels.
pub fn frame<'a, DB: DrawingBackend>(
    area: &'a DrawingArea<DB, Shift>,
    labels: Labels,
    x: Range<f64>,
    y: Range<f64>,
) -> Drawing<DB, Frame<'a, DB>> {
    let (x_span, y_span) = (x.end - x.start, y.end - y.start);
    let ticks: Vec<String> = y_ticks(&y);
    let widest = ticks.iter().map(|tick| text_width(tick, TEXT)).max().unwrap_or(0);
    let mut chart = ChartBuilder::on(area)
        .margin_top(12)
        .margin_right(24)
        .x_label_area_size(76)
        .y_label_area_size(widest + 60)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .x_desc(labels.x)
        .y_desc(labels.y)
        .x_labels(8)
        .y_labels(TICKS)
        .max_light_lines(0)
        .bold_line_style(GRID)
        .axis_style(INK)
        .label_style(text(TEXT))
        .axis_desc_style(text(TEXT))
        .x_label_formatter(&|value| tick(*value, x_span))
        .y_label_formatter(&|value| tick(*value, y_span))
        .draw()?;
    Ok(chart)
}

const TICKS: usize = 8;

/// The labels that the vertical axis will have.
fn y_ticks(range: &Range<f64>) -> Vec<String> {
    use plotters::coord::ranged1d::Ranged;
    let axis: RangedCoordf64 = range.clone().into();
    axis.key_points(TICKS).into_iter().map(|value| tick(value, range.end - range.start)).collect()
}

/// The width of a line of text in pixels.
pub fn text_width(content: &str, size: u32) -> u32 {
    (FONT, size).into_font().box_size(content).map_or(0, |(width, _)| width)
}

/// A number at an axis of this length: as few digits as tell it from its neighbours, and what the steps' rounding leaves
/// of zero as zero.
pub fn tick(value: f64, span: f64) -> String {
    let magnitude = value.abs();
    if magnitude < 1e-9 * span {
        return "0".into();
    }
    if !(1e-3..1e6).contains(&magnitude) {
        let short = format!("{value:.3e}");
        let (digits, exponent) = short.split_once('e').unwrap_or((&short, "0"));
        return format!("{}e{exponent}", digits.trim_end_matches('0').trim_end_matches('.'));
    }
    format!("{value:.6}").trim_end_matches('0').trim_end_matches('.').into()
}

/// The range of these values, a little wider, never of length zero; values that are not finite don't count.
pub fn padded(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |range, value| (range.0.min(value), range.1.max(value)));
    if low > high {
        return 0.0..1.0;
    }
    let margin = match (high - low) * 0.05 {
        0.0 => (low.abs() * 0.1).max(0.5),
        margin => margin,
    };
    low - margin..high + margin
}

/// Sorted items in groups of at least this size (the last may be smaller), those of the same value staying together.
pub fn groups<T>(mut sorted: &[T], size: usize, value: impl Fn(&T) -> f64) -> Vec<&[T]> {
    let mut groups = Vec::new();
    while let Some(last) = sorted.get(size.min(sorted.len()).saturating_sub(1)) {
        let (group, after) = sorted.split_at(sorted.partition_point(|item| value(item) <= value(last)).max(1));
        groups.push(group);
        sorted = after;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_short() {
        let shown = [0.1 + 0.2, 20.0, -0.0, 1e-16, -2.5e7, 0.002].map(|value| tick(value, 1.0));
        assert_eq!(shown, ["0.3", "20", "0", "0", "-2.5e7", "0.002"]);
        assert_eq!(tick(2e-9, 1e-8), "2e-9");
    }

    #[test]
    fn a_padded_range_is_never_empty() {
        assert_eq!(padded([3.0].into_iter()), 2.5..3.5);
        assert_eq!(padded([f64::NAN].into_iter()), 0.0..1.0);
        assert_eq!(padded([0.0, 10.0, f64::INFINITY].into_iter()), -0.5..10.5);
    }
}
