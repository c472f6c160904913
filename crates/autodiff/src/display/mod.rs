//! Recordings to look at: as a list of nodes, as algebra, as Graphviz text and as an SVG picture.
//!
//! [`Tape::display`] gives a [`Drawing`] of what some outputs need. All forms are made from one [`Scene`]: the nodes with
//! what is written of them. Plain numbers are written where they are used and have no node of their own. Programs are
//! drawn by the same means ([`Program::svg`](crate::Program::svg)): both become a [`Picture`](picture::Picture), which `svg` and `dot` write.
//!
//! | file | what is there |
//! |---|---|
//! | [`scene`], [`plain`], [`notation`] | what there is to see of a recording; what pictures leave out of it; how an operation is written |
//! | [`steps`], [`picture`] | what there is to see of a program; boxes and lines of either |
//! | [`layout`], [`layers`], [`order`] | where boxes and lines are; in which layer; which stands left of which |
//! | [`listing`], [`algebra`], [`dot`], [`svg`] | the four forms |
//! | [`recording`] | a recording as plain data, for other tools |

mod algebra;
mod dot;
mod layers;
mod layout;
mod listing;
mod notation;
mod order;
mod picture;
mod plain;
mod recording;
mod scene;
mod steps;
mod svg;

use crate::error::Result;
use crate::graph::NodeId;
use crate::scalar::Scalar;
use crate::tape::{Tape, Var};
pub(crate) use notation::short;
use picture::Picture;
use plain::Plain;
pub use recording::{Parameters, RecordedNode, Recording};
use scene::Scene;
use std::collections::HashMap;
pub use svg::Paper;

/// What computes some outputs, to be looked at. [`Display`](std::fmt::Display) lists it node by node.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
/// let theta = tape.input("theta", &[2]);
/// let pi = x.linear(theta).sigmoid().named("pi");
/// let loss = pi.log_loss(y).sum().named("loss");
/// let drawing = tape.display(&[loss]);
/// assert_eq!(
///     drawing.to_string(),
///     "\
/// %0 = input X           [rows, 2]
/// %1 = input y           [rows]
/// %2 = input theta       [2]
/// %3 = linear(%0, %2)    [rows]
/// %4 = sigmoid(%3)       [rows]     \"pi\"
/// %5 = log_loss(%4, %1)  [rows]
/// %6 = sum(%5)           []         \"loss\"  output
/// "
/// );
/// assert_eq!(drawing.algebra(), "pi = sigmoid(linear(X, theta))\nloss = sum(log_loss(pi, y))\n");
/// assert!(drawing.dot().starts_with("digraph"));
/// assert!(drawing.svg().starts_with("<svg"));
/// ```
#[derive(Clone, Debug)]
pub struct Drawing<'t, T: Scalar> {
    tape: &'t Tape<T>,
    outputs: Vec<NodeId>,
    values: bool,
    /// The adjoints of nodes.
    adjoints: HashMap<NodeId, NodeId>,
    paper: Paper,
}

impl<T: Scalar> Tape<T> {
    /// What computes `outputs`, as it was recorded, to be printed or drawn. (Outputs that could not be recorded are left
    /// out: see [`check`](Self::check). One of another tape is an error of the recording, as it is in arithmetic.)
    #[track_caller]
    pub fn display<'t>(&'t self, outputs: &[Var<'t, T>]) -> Drawing<'t, T> {
        if let Err(error) = self.check_owns("display", outputs, std::panic::Location::caller()) {
            self.keep_error(error);
        }
        let here = outputs.iter().filter(|output| !output.is_failed() && self.owns(**output));
        Drawing {
            tape: self,
            outputs: here.map(|output| output.id()).collect(),
            values: false,
            adjoints: HashMap::new(),
            paper: Paper::default(),
        }
    }
}

impl<T: Scalar> Drawing<'_, T> {
    /// Shows the nodes' values, too: a number, or an array's first elements.
    ///
    /// # Errors
    /// As [`Var::value`].
    pub fn with_values(mut self) -> Result<Self> {
        self.tape.check()?;
        for &output in &self.outputs {
            self.tape.var(output).value()?;
        }
        self.values = true;
        Ok(self)
    }

    /// Shows the nodes' values and, below them, their adjoints: the derivatives of `loss`, a scalar, by each node, as reverse mode has
    /// them. They are those of the loss as it was written, without stable rewrites, and are recorded on the tape.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", 3.0);
    /// let loss = x.powi(2).named("square");
    /// let list = tape.display(&[loss]).with_adjoints(loss)?.to_string();
    /// assert_eq!(list, "%0 = input x      []            = 3  ∂ 6\n%1 = powi(%0, 2)  []  \"square\"  = 9  ∂ 1  output\n");
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Var::value`]; a loss that is no scalar, or of another tape.
    #[track_caller]
    pub fn with_adjoints(self, loss: Var<'_, T>) -> Result<Self> {
        self.tape.check_owns("display", &[loss], std::panic::Location::caller())?;
        let mut drawing = self.with_values()?;
        let nodes: Vec<Var<'_, T>> = scene::differentiable(&drawing.tape.inner(), &drawing.outputs)
            .into_iter()
            .map(|node| drawing.tape.var(node))
            .collect();
        let adjoints = drawing.tape.var(loss.id()).grads(&nodes);
        for (node, adjoint) in nodes.iter().zip(adjoints) {
            adjoint.value()?;
            drawing.adjoints.insert(node.id(), adjoint.id());
        }
        Ok(drawing)
    }

    /// Draws the SVG picture on light or dark paper, whatever the reader prefers.
    ///
    /// ```
    /// use autodiff::{Paper, Tape};
    /// let tape = Tape::<f64>::new();
    /// let picture = tape.display(&[tape.input("x", &[]).exp()]);
    /// assert!(picture.svg().contains("prefers-color-scheme"));
    /// assert!(!picture.on(Paper::Light).svg().contains("prefers-color-scheme"));
    /// ```
    pub fn on(mut self, paper: Paper) -> Self {
        self.paper = paper;
        self
    }

    /// The outputs as formulas: one line for each output, named node, node that is used more than once, and node whose formula is long.
    pub fn algebra(&self) -> String {
        algebra::write(&self.tape.inner().graph, &self.outputs)
    }

    /// The graph in the language of Graphviz (`dot -Tsvg`), of the same boxes as [`svg`](Self::svg).
    pub fn dot(&self) -> String {
        dot::write(&self.picture())
    }

    /// The graph as an SVG picture, values flowing from top to bottom, on light or dark paper as the reader's browser prefers
    /// ([`on`](Self::on) chooses).
    ///
    /// Of what derivatives recorded, the picture leaves out operations that do nothing (`1·x`, `−(−x)`, a reshape and back) and those that are
    /// there already. The list has them all.
    pub fn svg(&self) -> String {
        svg::write(&self.picture(), self.paper)
    }

    fn scene(&self) -> Scene {
        let inner = self.tape.inner();
        Scene::new(&inner, &self.outputs, self.values, &self.adjoints, &Plain::as_recorded(inner.graph.len()))
    }

    fn picture(&self) -> Picture {
        let inner = self.tape.inner();
        // Of nodes that are taken together, the adjoints would have to be added.
        let plain = Plain::new(&inner, &self.outputs.iter().copied().collect(), self.adjoints.is_empty());
        Scene::new(&inner, &self.outputs, self.values, &self.adjoints, &plain).picture()
    }
}
