//! A derivation as it is read: sections of lines, each an equation with its steps.

use crate::formula::{Binding, Formula};
use crate::latex::in_text;
use crate::mathml::escaped;

/// A part of a derivation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Section {
    /// What it derives.
    pub title: String,
    /// Its equations, in order.
    pub lines: Vec<Line>,
}

/// An equation: what stands on the left, and what it comes to, step by step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Line {
    /// The left side.
    pub left: Formula,
    /// The right sides, each equal to the one before.
    pub steps: Vec<Step>,
    /// The number of the tape's node that the line is about (`%3` in printouts), if it has one.
    pub node: Option<usize>,
}

/// One right side of an equation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Step {
    /// The right side.
    pub formula: Formula,
    /// Why it is so: the rule, or the condition under which it holds.
    pub note: Option<String>,
}

impl Line {
    pub(crate) fn new(left: Formula, node: Option<usize>) -> Self {
        Self { left, steps: Vec::new(), node }
    }

    /// Adds a step; one that has the factors of the one before in another order takes its place.
    pub(crate) fn step(&mut self, formula: Formula, note: Option<String>) {
        match self.steps.last_mut() {
            Some(last) if signs(&last.formula) == signs(&formula) => {
                last.formula = formula;
                if last.note.is_none() {
                    last.note = note;
                }
            }
            _ => self.steps.push(Step { formula, note }),
        }
    }

    fn text(&self) -> Vec<(String, Option<&str>)> {
        let left = self.left.text();
        let indent = " ".repeat(left.chars().count());
        let mut lines = Vec::new();
        for (place, step) in self.steps.iter().enumerate() {
            let front = if place == 0 { &left } else { &indent };
            lines.push((format!("  {front} = {}", step.formula.text()), step.note.as_deref()));
        }
        lines
    }

    /// The equation as one formula.
    fn equation(&self) -> Formula {
        let mut parts = vec![self.left.clone()];
        for step in &self.steps {
            parts.push(Formula::infix("="));
            parts.push(step.formula.clone());
        }
        Formula::row(parts, Binding::Sum)
    }

    /// As LaTeX without line breaks: `\nabla L = …`.
    pub fn latex(&self) -> String {
        self.equation().latex()
    }

    /// As one `<math>` element.
    pub fn mathml(&self) -> String {
        self.equation().mathml()
    }
}

/// The signs of a formula in no order, without those that are between factors.
fn signs(formula: &Formula) -> Vec<char> {
    let mut signs: Vec<char> = formula.text().chars().filter(|c| !c.is_whitespace() && !"·()[]".contains(*c)).collect();
    signs.sort_unstable();
    signs
}

pub(crate) fn text(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        if !out.is_empty() {
            out.push('\n');
        }
        out += &section.title;
        out.push('\n');
        let lines: Vec<(String, Option<&str>)> = section.lines.iter().flat_map(Line::text).collect();
        let width = lines
            .iter()
            .filter(|(_, note)| note.is_some())
            .map(|(line, _)| line.chars().count())
            .filter(|&width| width <= 72)
            .max()
            .unwrap_or(0);
        for (line, note) in lines {
            out += &line;
            if let Some(note) = note {
                let gap = width.saturating_sub(line.chars().count()) + 4;
                out += &" ".repeat(gap);
                out += note;
            }
            out.push('\n');
        }
    }
    out
}

pub(crate) fn latex(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        out += &format!("\\paragraph{{{}}}\n\\begin{{align*}}\n", in_text(&section.title));
        let mut rows = Vec::new();
        for line in &section.lines {
            for (place, step) in line.steps.iter().enumerate() {
                let left = if place == 0 { line.left.latex() } else { String::new() };
                let note =
                    step.note.as_ref().map_or_else(String::new, |note| format!(" && \\text{{{}}}", in_text(note)));
                rows.push(format!("  {left} &= {}{note}", step.formula.latex()));
            }
        }
        out += &rows.join(" \\\\\n");
        out += "\n\\end{align*}\n";
    }
    out
}

/// How cells stand: left sides to the right, the others to the left, with room between fractions. Chromium knows its own words alone.
const CELL: [&str; 2] = [
    "text-align: right; text-align: -webkit-right; padding: 0.4em 0.2em",
    "text-align: left; text-align: -webkit-left; padding: 0.4em 0.2em",
];

pub(crate) fn mathml(sections: &[Section]) -> String {
    let [right, left] = CELL;
    let mut out = String::new();
    for section in sections {
        out += &format!("<section>\n<h3>{}</h3>\n", escaped(&section.title));
        out += "<math xmlns=\"http://www.w3.org/1998/Math/MathML\" display=\"block\"><mtable displaystyle=\"true\">\n";
        for line in &section.lines {
            let node = line.node.map_or_else(String::new, |node| format!(" data-node=\"{node}\""));
            for (place, step) in line.steps.iter().enumerate() {
                let front = if place == 0 { line.left.element() } else { String::new() };
                let note = step.note.as_ref().map_or_else(String::new, |note| {
                    format!("<mtext>&#xA0;&#xA0;&#xA0;{}</mtext>", escaped(note).replace(' ', "&#xA0;"))
                });
                out += &format!(
                    "<mtr{node}><mtd style=\"{right}\">{front}</mtd><mtd><mo>=</mo></mtd><mtd style=\"{left}\">{}</mtd>\
                     <mtd style=\"{left}\">{note}</mtd></mtr>\n",
                    step.formula.element()
                );
            }
        }
        out += "</mtable></math>\n</section>\n";
    }
    out
}
