//! A program as a picture: its steps, in a frame for each pass.

use super::picture::{Kind, Letters, Line, Picture, PictureNode, Role};
use super::svg::Paper;
use super::{dot, svg};
use crate::program::{Program, StepKind};
use crate::scalar::Scalar;

/// The most characters in a line of a box, and lines of its details.
const WIDEST: usize = 34;
const MOST_LINES: usize = 6;

impl<T: Scalar> Program<T> {
    /// The program as an SVG picture, for light and dark paper: its steps, elementwise operations that are done together as one box, and a
    /// frame around each pass over the rows. [`explain`](Self::explain) says the same in words.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    /// let theta = tape.input("theta", &[2]);
    /// let loss = x.linear(theta).sigmoid().log_loss(y).sum();
    /// let program = tape.compile(&[loss, loss.grad(theta)])?;
    /// let picture = program.svg();
    /// assert!(picture.starts_with("<svg") && picture.contains("pass 1 of 1 over the rows"));
    /// assert!(program.dot().contains("subgraph cluster_0"));
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[inline(never)]
    pub fn svg(&self) -> String {
        self.svg_on(Paper::AsReader)
    }

    /// The picture that [`svg`](Self::svg) gives, on light or dark paper, whatever the reader prefers.
    #[inline(never)]
    pub fn svg_on(&self, paper: Paper) -> String {
        svg::write(&picture(self), paper)
    }

    /// The picture in the language of Graphviz (`dot -Tsvg`), a cluster for each pass.
    #[inline(never)]
    pub fn dot(&self) -> String {
        dot::write(&picture(self))
    }
}

fn picture<T: Scalar>(program: &Program<T>) -> Picture {
    let flow = program.flow();
    let nodes = flow.steps.into_iter().enumerate().map(|(number, step)| {
        let title = wrapped(&step.title).into_iter().map(|text| Line { role: Role::Title, text });
        let mut details: Vec<String> = step.details.iter().flat_map(|detail| wrapped(detail)).collect();
        if details.len() > MOST_LINES {
            details.truncate(MOST_LINES);
            details.push("…".into());
        }
        let outputs: Vec<String> = step.outputs.iter().map(|output| (output + 1).to_string()).collect();
        match outputs.len() {
            0 => {}
            1 => details.push(format!("output {}", outputs[0])),
            _ => details.extend(wrapped(&format!("outputs {}", outputs.join(", ")))),
        }
        let details = details.into_iter().map(|text| Line { role: Role::Detail, text });
        let kind = match step.kind {
            StepKind::Input => Kind::Input,
            StepKind::Constant => Kind::Constant,
            StepKind::Elementwise => Kind::Fused,
            StepKind::Reduction => Kind::Reduction,
            StepKind::Other => Kind::Operation,
        };
        PictureNode {
            number,
            kind,
            lines: title.chain(details).collect(),
            operands: step.reads,
            names_operands: false,
            is_output: !step.outputs.is_empty(),
            group: step.stage,
        }
    });
    Picture { nodes: nodes.collect(), groups: flow.stages, letters: Letters::default() }
}

/// A text in lines that are broken between words.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDEST => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}
