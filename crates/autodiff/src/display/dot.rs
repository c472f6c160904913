//! A recording in the language of Graphviz.

use super::scene::{Scene, Style, legible, letter};
use std::fmt::Write;

/// The graph, to be drawn by `dot`.
pub(super) fn write(scene: &Scene) -> String {
    let mut text = String::from(
        "digraph recording {\n  node [shape=box, style=\"rounded,filled\", fontname=\"monospace\", fontsize=11];\n  edge [color=\"#64748b\"];\n",
    );
    for item in &scene.items {
        let Style { fill, line, .. } = Style::of(item.kind);
        let label: Vec<String> = item.lines().map(|line| escaped(&line)).collect();
        let width = if item.is_output { 3 } else { 1 };
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "  n{} [label=\"{}\", fillcolor=\"{fill}\", color=\"{line}\", penwidth={width}];",
            item.id.0,
            label.join("\\n"),
        );
    }
    for item in &scene.items {
        for (place, &operand) in item.operands.iter().enumerate() {
            let operand = scene.items[operand].id.0;
            let label = match item.operands.len() {
                0 | 1 => String::new(),
                _ => format!(" [headlabel=\"{}\", fontsize=9, fontname=\"monospace\"]", letter(place)),
            };
            let _ = writeln!(text, "  n{operand} -> n{}{label};", item.id.0);
        }
    }
    text.push_str("}\n");
    text
}

fn escaped(text: &str) -> String {
    legible(text).replace('\\', "\\\\").replace('"', "\\\"")
}
