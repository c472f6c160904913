//! A picture in the language of Graphviz.

use super::picture::{Picture, PictureNode, legible};
use std::fmt::{self, Write};

/// The graph, to be drawn by `dot`.
pub(super) fn write(picture: &Picture) -> String {
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = draw(&mut text, picture);
    text
}

fn draw(out: &mut String, picture: &Picture) -> fmt::Result {
    writeln!(
        out,
        "digraph recording {{\n  bgcolor=\"#ffffff\";\n  node [shape=box, style=\"rounded,filled\", fontname=\"monospace\", fontsize=11];\n  \
         edge [color=\"#64748b\"];"
    )?;
    for node in picture.nodes.iter().filter(|_| picture.groups.is_empty()) {
        draw_node(out, node)?;
    }
    for (number, group) in picture.groups.iter().enumerate() {
        writeln!(out, "  subgraph cluster_{number} {{")?;
        writeln!(
            out,
            "  label=\"{}\"; labeljust=l; fontname=\"monospace\"; fontsize=11; color=\"#94a3b8\";",
            escaped(group)
        )?;
        for node in picture.nodes.iter().filter(|node| node.group == number) {
            draw_node(out, node)?;
        }
        writeln!(out, "  }}")?;
    }
    for node in &picture.nodes {
        for (place, &operand) in node.operands.iter().enumerate() {
            let operand = picture.nodes[operand].number;
            let label = if node.names_operands && node.operands.len() > 1 {
                format!(
                    " [headlabel=\"{}\", labeldistance=1.6, labelangle=35, fontsize=9, fontname=\"monospace\"]",
                    picture.letters.at(place)
                )
            } else {
                String::new()
            };
            writeln!(out, "  n{operand} -> n{}{label};", node.number)?;
        }
    }
    writeln!(out, "}}")
}

fn draw_node(out: &mut String, node: &PictureNode) -> fmt::Result {
    let [fill, line] = node.kind.style().light;
    let label: Vec<String> = node.lines.iter().map(|line| escaped(&line.text)).collect();
    let width = if node.is_output { 3 } else { 1 };
    writeln!(
        out,
        "  n{} [label=\"{}\", fillcolor=\"{fill}\", color=\"{line}\", penwidth={width}];",
        node.number,
        label.join("\\n"),
    )
}

fn escaped(text: &str) -> String {
    legible(text).replace('\\', "\\\\").replace('"', "\\\"")
}
