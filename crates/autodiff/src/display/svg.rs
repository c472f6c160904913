//! A recording as an SVG picture: boxes in layers, values flowing from top to bottom.

use super::layout::{Arrangement, Point, Size, lay_out};
use super::scene::{Item, Kind, Scene, Style, legible};
use std::fmt::{self, Write};

/// The width of a character of the monospaced font, the height of a line, the space around text and picture.
const CHARACTER: f64 = 7.25;
const LINE: f64 = 15.0;
const PADDING: f64 = 9.0;
const MARGIN: f64 = 20.0;
const LEGEND: f64 = 34.0;

/// The picture.
pub(super) fn write(scene: &Scene) -> String {
    let sizes: Vec<Size> = scene.items.iter().map(size).collect();
    let operands: Vec<Vec<usize>> = scene.items.iter().map(|item| item.operands.clone()).collect();
    let arrangement = lay_out(&sizes, &operands);
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = draw(&mut text, scene, &sizes, &arrangement);
    text
}

fn size(item: &Item) -> Size {
    let (mut longest, mut count) = (0, 0);
    for line in item.lines() {
        longest = longest.max(line.chars().count());
        count += 1;
    }
    // The round corners of an input need some room.
    let padding = if item.kind == Kind::Input { 1.6 * PADDING } else { PADDING };
    Size { width: (longest as f64 * CHARACTER + 2.0 * padding).max(44.0), height: f64::from(count) * LINE + 10.0 }
}

fn draw(out: &mut String, scene: &Scene, sizes: &[Size], arrangement: &Arrangement) -> fmt::Result {
    let legend = legend(scene);
    let legend_width: f64 = legend.iter().map(legend_entry_width).sum();
    let width = arrangement.size.width.max(legend_width) + 2.0 * MARGIN;
    let height = arrangement.size.height + 2.0 * MARGIN + LEGEND;
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"12\">"
    )?;
    writeln!(out, "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>")?;
    writeln!(
        out,
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path d=\"M0 0.8 L7.5 4 L0 7.2 z\" fill=\"#64748b\"/></marker></defs>"
    )?;
    let left = MARGIN + (width - 2.0 * MARGIN - arrangement.size.width) / 2.0;
    writeln!(out, "<g transform=\"translate({left:.1} {MARGIN})\">")?;
    for (index, item) in scene.items.iter().enumerate() {
        for place in 0..item.operands.len() {
            draw_line(out, item, index, place, sizes, arrangement)?;
        }
    }
    for ((item, centre), size) in scene.items.iter().zip(&arrangement.centres).zip(sizes) {
        draw_box(out, item, *centre, *size)?;
    }
    writeln!(out, "</g>")?;
    draw_legend(out, &legend, height - MARGIN - 12.0)?;
    writeln!(out, "</svg>")
}

/// A line from an operand down to its port on the box that uses it, through the bends.
fn draw_line(
    out: &mut String,
    item: &Item,
    index: usize,
    place: usize,
    sizes: &[Size],
    arrangement: &Arrangement,
) -> fmt::Result {
    let operand = item.operands[place];
    let (from, to) = (arrangement.centres[operand], arrangement.centres[index]);
    let start = Point { x: from.x, y: from.y + sizes[operand].height / 2.0 };
    let share = (place as f64 + 1.0) / (item.operands.len() as f64 + 1.0) - 0.5;
    let end = Point { x: to.x + share * sizes[index].width, y: to.y - sizes[index].height / 2.0 - 1.0 };
    write!(out, "<path d=\"M{:.1} {:.1}", start.x, start.y)?;
    let mut last = start;
    for bend in &arrangement.bends[index][place] {
        write_curve(out, last, Point { x: bend.x, y: bend.top })?;
        write!(out, " V{:.1}", bend.bottom)?;
        last = Point { x: bend.x, y: bend.bottom };
    }
    write_curve(out, last, end)?;
    writeln!(out, "\" fill=\"none\" stroke=\"#94a3b8\" stroke-width=\"1.2\" marker-end=\"url(#tip)\"/>")
}

/// A curve that starts and ends downwards.
fn write_curve(out: &mut String, from: Point, to: Point) -> fmt::Result {
    let middle = (from.y + to.y) / 2.0;
    write!(out, " C{:.1} {middle:.1} {:.1} {middle:.1} {:.1} {:.1}", from.x, to.x, to.x, to.y)
}

fn draw_box(out: &mut String, item: &Item, centre: Point, size: Size) -> fmt::Result {
    let Style { fill, line, .. } = Style::of(item.kind);
    let (x, y) = (centre.x - size.width / 2.0, centre.y - size.height / 2.0);
    let radius = if item.kind == Kind::Input { 18.0 } else { 6.0 };
    let stroke = if item.is_output { 3.0 } else { 1.2 };
    writeln!(
        out,
        "<g><title>%{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius:.1}\" fill=\"{fill}\" \
         stroke=\"{line}\" stroke-width=\"{stroke}\"/>",
        item.id.0, size.width, size.height
    )?;
    for (number, text) in item.lines().enumerate() {
        let baseline = y + 5.0 + LINE * (number as f64 + 0.75);
        let weight = if number == 0 { " font-weight=\"bold\"" } else { " fill=\"#334155\"" };
        writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{baseline:.1}\" text-anchor=\"middle\"{weight}>{}</text>",
            centre.x,
            escaped(&text)
        )?;
    }
    writeln!(out, "</g>")
}

/// The kinds that occur, in their order.
fn legend(scene: &Scene) -> Vec<Style> {
    let kinds = [Kind::Input, Kind::Constant, Kind::Derivation, Kind::Operation, Kind::Derivative];
    kinds.into_iter().filter(|&kind| scene.items.iter().any(|item| item.kind == kind)).map(Style::of).collect()
}

fn legend_entry_width(style: &Style) -> f64 {
    style.meaning.chars().count() as f64 * CHARACTER + 40.0
}

fn draw_legend(out: &mut String, legend: &[Style], y: f64) -> fmt::Result {
    let mut x = MARGIN;
    for style in legend {
        let Style { fill, line, meaning } = style;
        writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"16\" height=\"12\" rx=\"3\" fill=\"{fill}\" stroke=\"{line}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#334155\">{}</text>",
            x + 22.0,
            y + 10.0,
            escaped(meaning)
        )?;
        x += legend_entry_width(style);
    }
    Ok(())
}

fn escaped(text: &str) -> String {
    legible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
