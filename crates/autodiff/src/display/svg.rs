//! A picture as SVG: boxes in layers, values flowing from top to bottom, on light or dark paper as the reader prefers.

use super::layout::{Arrangement, Entries, Point, Size, lay_out};
use super::picture::{Kind, Line, Picture, PictureNode, Role, Style, legible};
use std::fmt::{self, Write};

/// The width of a character of the monospaced font, the height of a line, the space around text and picture.
const CHARACTER: f64 = 7.25;
const LINE: f64 = 15.0;
const PADDING: f64 = 9.0;
const MARGIN: f64 = 20.0;
const LEGEND: f64 = 34.0;
/// How far the frame of a group stands from its boxes, and how far more on top, where its title is.
const FRAME: f64 = 16.0;
const FRAME_TITLE: f64 = 20.0;

/// The colours on light paper, which are attributes, and on dark, which a style sheet puts in their place: what doesn't read
/// style sheets draws the light picture.
const PAPER: [&str; 2] = ["#ffffff", "#0f172a"];
const INK: [&str; 2] = ["#0f172a", "#f1f5f9"];
const DETAIL: [&str; 2] = ["#334155", "#cbd5e1"];
const ADJOINT: [&str; 2] = ["#9a3412", "#fdba74"];
const ARROW: [&str; 2] = ["#7c8ba1", "#94a3b8"];
const FRAME_FILL: [&str; 2] = ["#f8fafc", "#172033"];

/// The paper that an SVG picture is drawn on.
///
/// A picture within a page's own text (inline), or an image in a page that declares its `color-scheme`, is as light or dark as the page. An image
/// in a page that declares none follows the reader's system, whatever the colours of the page: there, choose the page's paper.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Paper {
    /// Light or dark, as the reader prefers.
    #[default]
    AsReader,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The SVG text.
pub(super) fn write(picture: &Picture, paper: Paper) -> String {
    let sizes: Vec<Size> = picture.nodes.iter().map(size).collect();
    let operands: Vec<Vec<usize>> = picture.nodes.iter().map(|node| node.operands.clone()).collect();
    let groups: Vec<usize> = picture.nodes.iter().map(|node| node.group).collect();
    let entries = |node: &PictureNode| if node.names_operands { Entries::AsGiven } else { Entries::Any };
    let entries: Vec<Entries> = picture.nodes.iter().map(entries).collect();
    let arrangement = lay_out(&sizes, &operands, &groups, &entries);
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = draw(&mut text, picture, paper, &sizes, &arrangement);
    text
}

fn size(node: &PictureNode) -> Size {
    let longest = node.lines.iter().map(|line| line.text.chars().count()).max().unwrap_or(0);
    // The round corners of an input need some room.
    let padding = if node.kind == Kind::Input { 1.6 * PADDING } else { PADDING };
    Size {
        width: (longest as f64 * CHARACTER + 2.0 * padding).max(44.0),
        height: node.lines.len() as f64 * LINE + 10.0,
    }
}

fn draw(out: &mut String, picture: &Picture, paper: Paper, sizes: &[Size], arrangement: &Arrangement) -> fmt::Result {
    let legend = legend(picture);
    let inset = if picture.groups.is_empty() { 0.0 } else { FRAME };
    let title = if picture.groups.is_empty() { 0.0 } else { FRAME_TITLE };
    let titles = picture.groups.iter().map(|group| group.chars().count() as f64 * CHARACTER + 2.0 * PADDING);
    let inner = titles.fold(arrangement.size.width + 2.0 * inset, f64::max);
    let inner = legend.iter().map(|(_, meaning)| legend_entry_width(meaning)).sum::<f64>().max(inner);
    let (width, height) = (inner + 2.0 * MARGIN, arrangement.size.height + 2.0 * (MARGIN + inset) + title + LEGEND);
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"recording\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 \
         {width:.0} {height:.0}\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"12\">"
    )?;
    write_dark(out, paper)?;
    writeln!(out, "<rect class=\"paper\" width=\"100%\" height=\"100%\" fill=\"{}\"/>", PAPER[0])?;
    writeln!(
        out,
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path class=\"tip\" d=\"M0 0.8 L7.5 4 L0 7.2 z\" fill=\"{}\"/></marker></defs>",
        ARROW[0]
    )?;
    let (left, top) = ((width - arrangement.size.width) / 2.0, MARGIN + inset + title);
    writeln!(out, "<g transform=\"translate({left:.1} {top:.1})\">")?;
    for &extent in arrangement.bands.iter().take(picture.groups.len()) {
        draw_frame(out, extent, [MARGIN - left, inner])?;
    }
    for (index, node) in picture.nodes.iter().enumerate() {
        for place in 0..node.operands.len() {
            draw_line(out, node, index, place, sizes, arrangement)?;
        }
    }
    for (group, &[top, _]) in picture.groups.iter().zip(&arrangement.bands) {
        draw_title(out, group, top, MARGIN - left)?;
    }
    for ((node, centre), size) in picture.nodes.iter().zip(&arrangement.centres).zip(sizes) {
        draw_box(out, node, *centre, *size)?;
    }
    writeln!(out, "</g>")?;
    draw_legend(out, &legend, height - MARGIN - 12.0)?;
    writeln!(out, "</svg>")
}

/// The rules that hold on dark paper.
/// The style sheet that puts the dark colours in place of the light ones, where they are asked for.
fn write_dark(out: &mut String, paper: Paper) -> fmt::Result {
    match paper {
        Paper::AsReader => writeln!(out, "<style>@media (prefers-color-scheme: dark) {{")?,
        Paper::Light => return Ok(()),
        Paper::Dark => writeln!(out, "<style>@media all {{")?,
    }
    let fills = [
        ("paper", PAPER),
        ("ink", INK),
        ("detail", DETAIL),
        ("adjoint", ADJOINT),
        ("tip", ARROW),
        ("frame", FRAME_FILL),
    ];
    for (class, [_, dark]) in fills {
        writeln!(out, ".recording .{class} {{ fill: {dark} }}")?;
    }
    writeln!(out, ".recording .arrow, .recording .frame {{ stroke: {} }}", ARROW[1])?;
    writeln!(out, ".recording .over {{ stroke: {} }}", FRAME_FILL[1])?;
    for kind in Kind::ALL {
        let Style { class, dark: [fill, line], .. } = kind.style();
        writeln!(out, ".recording .{class} {{ fill: {fill}; stroke: {line} }}")?;
    }
    writeln!(out, "}}</style>")
}

/// The frame of a group, from side to side.
fn draw_frame(out: &mut String, [top, bottom]: [f64; 2], [left, width]: [f64; 2]) -> fmt::Result {
    let (y, height) = (top - FRAME - FRAME_TITLE, bottom - top + 2.0 * FRAME + FRAME_TITLE);
    writeln!(
        out,
        "<rect class=\"frame\" x=\"{left:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"8\" fill=\"{}\" stroke=\"{}\" \
         stroke-dasharray=\"4 3\"/>",
        FRAME_FILL[0], ARROW[0],
    )
}

/// The title of a frame, over the lines that pass.
fn draw_title(out: &mut String, title: &str, top: f64, left: f64) -> fmt::Result {
    writeln!(
        out,
        "<text class=\"detail over\" x=\"{:.1}\" y=\"{:.1}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"6\" paint-order=\"stroke\">{}</text>",
        left + PADDING,
        top - FRAME - FRAME_TITLE + 17.0,
        DETAIL[0],
        FRAME_FILL[0],
        escaped(title)
    )
}

/// A line from an operand down to its entry in the box that uses it, through the bends.
fn draw_line(
    out: &mut String,
    node: &PictureNode,
    index: usize,
    place: usize,
    sizes: &[Size],
    arrangement: &Arrangement,
) -> fmt::Result {
    let operand = node.operands[place];
    let (from, to) = (arrangement.centres[operand], arrangement.centres[index]);
    let start = Point { x: from.x, y: from.y + sizes[operand].height / 2.0 };
    let share = arrangement.entries[index][place] - 0.5;
    let end = Point { x: to.x + share * sizes[index].width, y: to.y - sizes[index].height / 2.0 - 1.0 };
    write!(out, "<path class=\"arrow\" d=\"M{:.1} {:.1}", start.x, start.y)?;
    let mut last = start;
    for bend in &arrangement.bends[index][place] {
        write_curve(out, last, Point { x: bend.x, y: bend.top })?;
        write!(out, " V{:.1}", bend.bottom)?;
        last = Point { x: bend.x, y: bend.bottom };
    }
    write_curve(out, last, end)?;
    writeln!(out, "\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.2\" marker-end=\"url(#tip)\"/>", ARROW[0])
}

/// A curve that starts and ends downwards.
fn write_curve(out: &mut String, from: Point, to: Point) -> fmt::Result {
    let middle = (from.y + to.y) / 2.0;
    write!(out, " C{:.1} {middle:.1} {:.1} {middle:.1} {:.1} {:.1}", from.x, to.x, to.x, to.y)
}

fn draw_box(out: &mut String, node: &PictureNode, centre: Point, size: Size) -> fmt::Result {
    let Style { class, light: [fill, line], .. } = node.kind.style();
    let (x, y) = (centre.x - size.width / 2.0, centre.y - size.height / 2.0);
    let radius = if node.kind == Kind::Input { 18.0 } else { 6.0 };
    let stroke = if node.is_output { 3.0 } else { 1.2 };
    writeln!(
        out,
        "<g><title>%{}</title><rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius:.1}\" \
         fill=\"{fill}\" stroke=\"{line}\" stroke-width=\"{stroke}\"/>",
        node.number, size.width, size.height
    )?;
    for (number, Line { role, text }) in node.lines.iter().enumerate() {
        let baseline = y + 5.0 + LINE * (number as f64 + 0.75);
        let (class, fill, weight) = match role {
            Role::Title => ("ink", INK[0], " font-weight=\"bold\""),
            Role::Detail => ("detail", DETAIL[0], ""),
            Role::Adjoint => ("adjoint", ADJOINT[0], ""),
        };
        writeln!(
            out,
            "<text class=\"{class}\" x=\"{:.1}\" y=\"{baseline:.1}\" text-anchor=\"middle\" fill=\"{fill}\"{weight}>{}</text>",
            centre.x,
            escaped(text)
        )?;
    }
    writeln!(out, "</g>")
}

/// What the colours mean that occur, in their order, and the sign of an adjoint.
fn legend(picture: &Picture) -> Vec<(Option<Kind>, &'static str)> {
    let occurs = |kind: &Kind| picture.nodes.iter().any(|node| node.kind == *kind);
    let kinds = Kind::ALL.into_iter().filter(occurs).map(|kind| (Some(kind), kind.style().meaning));
    let has_adjoints = picture.nodes.iter().flat_map(|node| &node.lines).any(|line| line.role == Role::Adjoint);
    kinds.chain(has_adjoints.then_some((None, "∂ adjoint: derivative of the loss by the node"))).collect()
}

fn legend_entry_width(meaning: &str) -> f64 {
    meaning.chars().count() as f64 * CHARACTER + 40.0
}

fn draw_legend(out: &mut String, legend: &[(Option<Kind>, &'static str)], y: f64) -> fmt::Result {
    let mut x = MARGIN;
    for (kind, meaning) in legend {
        if let Some(Style { class, light: [fill, line], .. }) = kind.map(Kind::style) {
            writeln!(
                out,
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"16\" height=\"12\" rx=\"3\" fill=\"{fill}\" stroke=\"{line}\"/>"
            )?;
        }
        let (class, fill) = if kind.is_some() { ("detail", DETAIL[0]) } else { ("adjoint", ADJOINT[0]) };
        writeln!(
            out,
            "<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" fill=\"{fill}\">{}</text>",
            x + 22.0,
            y + 10.0,
            escaped(meaning)
        )?;
        x += legend_entry_width(meaning);
    }
    Ok(())
}

fn escaped(text: &str) -> String {
    legible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
