//! The node that made the NaN or infinity in a result.

use crate::error::{Result, Source};
use crate::graph::{Graph, NodeId};
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::unravel;
use crate::tape::{Inner, Tape, Var};
use crate::value::{Evaluated, Value};
use ndarray::{ArrayD, Dimension, IxDyn};
use std::collections::BTreeMap;
use std::fmt;

/// A node, as it is spoken of: `log_loss %7 "loss"`.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", &[1.0, -1.0]);
/// let trouble = tape.trouble(&[x.ln().sum()])?.expect("ln(−1) is NaN");
/// assert_eq!(trouble.node.source_line.file(), file!());
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TroubleNode {
    /// Its place on the tape.
    pub number: usize,
    /// The name of its operation.
    pub operation: String,
    /// The name it has as an input or was given.
    pub name: Option<String>,
    /// The user's line that recorded it.
    pub source_line: Source,
}

/// An operand of the node that made trouble.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", &[1.0, -1.0]);
/// let trouble = tape.trouble(&[x.ln().sum()])?.expect("ln(−1) is NaN");
/// assert_eq!(trouble.operands[0].element, Some(-1.0));
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct TroubleOperand<T> {
    /// The operand.
    pub node: TroubleNode,
    /// Its element that met the others, where the operation is elementwise.
    pub element: Option<T>,
    /// Its smallest and its largest element; `None` where it has none.
    pub range: Option<[T; 2]>,
}

/// Where a NaN or an infinity in a result comes from: the first node, in recording order, that has one although none of
/// its operands has (an input that was given one, too), of those whose values reach the result.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", &[1.0, -1.0]);
/// let trouble = tape.trouble(&[x.ln().sum()])?.expect("ln(−1) is NaN");
/// assert_eq!((trouble.node.operation.as_str(), trouble.index.as_slice()), ("ln", &[1][..]));
/// println!("{trouble}");
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Trouble<T> {
    /// The node that made it. Its `source_line` is where to look.
    pub node: TroubleNode,
    /// The first element of it that is not finite.
    pub index: Vec<usize>,
    /// That element: NaN or ±∞.
    pub value: T,
    /// How many elements of it are not finite.
    pub count: usize,
    /// What it was computed from.
    pub operands: Vec<TroubleOperand<T>>,
    /// For a node of a derivative: the user's node that it belongs to. The derivative was recorded by that node's rule.
    pub primal: Option<(TroubleNode, Vec<TroubleOperand<T>>)>,
}

impl fmt::Display for TroubleNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (%{}", self.operation, self.number)?;
        if let Some(name) = &self.name {
            write!(f, " \"{name}\"")?;
        }
        write!(f, ", {})", self.source_line)
    }
}

impl<T: Scalar> fmt::Display for Trouble<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} made {}", self.node, self.value)?;
        if !self.index.is_empty() {
            let are = if self.count == 1 { "is" } else { "are" };
            write!(f, " at {:?} ({} of its elements {are} not finite)", self.index, self.count)?;
        }
        if self.operands.is_empty() {
            f.write_str("; it is the value it was given")?;
        }
        write_operands(f, &self.operands)?;
        if let Some((primal, operands)) = &self.primal {
            write!(f, "\nin the derivative of {primal}")?;
            write_operands(f, operands)?;
        }
        Ok(())
    }
}

fn write_operands<T: Scalar>(f: &mut fmt::Formatter<'_>, operands: &[TroubleOperand<T>]) -> fmt::Result {
    for operand in operands {
        write!(f, "\n    from {}", operand.node)?;
        match (operand.element, operand.range) {
            (Some(element), _) => write!(f, " = {element}")?,
            (None, Some([low, high])) => write!(f, " between {low} and {high}")?,
            (None, None) => f.write_str(" without elements")?,
        }
    }
    Ok(())
}

impl<T: Scalar> Tape<T> {
    /// Where a NaN or an infinity in `outputs` comes from; `None` if they are finite.
    ///
    /// The tape is evaluated as it was recorded, at the values at hand; for trouble with a program's data, give them with
    /// [`Var::set_value`] first. Trouble in a gradient is traced into the derivative, whose nodes name the primal node they
    /// belong to. An infinite value that does no harm (the branch of a `select` not taken, `0·∞` in an adjoint) is passed
    /// over.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr1;
    /// # fn main() -> autodiff::Result<()> {
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr1(&[1.0, 0.0, 4.0]));
    /// let loss = x.sqrt().sum();
    /// assert!(tape.trouble(&[loss])?.is_none());
    /// let trouble = tape.trouble(&[loss.grad(x)])?.unwrap();
    /// assert_eq!(trouble.index, [1]);
    /// assert_eq!(trouble.primal.unwrap().0.operation, "sqrt");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Var::value`], and of an output of another tape.
    #[track_caller]
    pub fn trouble(&self, outputs: &[Var<'_, T>]) -> Result<Option<Trouble<T>>> {
        self.check_owns("trouble", outputs, std::panic::Location::caller())?;
        let mut reached = BTreeMap::new();
        for output in outputs {
            let not_finite = output.value()?.map(|x| !x.is_finite());
            if not_finite.iter().any(|&not_finite| not_finite) {
                reached.insert(output.id(), not_finite);
            }
        }
        let inner = self.inner();
        let mut first = None;
        // Backwards, so that all that an element reaches is known when its node comes up; the last one found is the first.
        while let Some((id, elements)) = reached.pop_last() {
            let made_here = !reach_operands(&inner, id, &elements, &mut reached);
            if made_here {
                first = Some((id, elements));
            }
        }
        Ok(first.map(|(id, elements)| describe(&inner, id, &elements)))
    }
}

/// Marks the elements of the operands of `id` that are not finite and that the marked elements are computed from.
/// Returns whether there are any.
fn reach_operands<T: Scalar>(
    inner: &Inner<T>,
    id: NodeId,
    elements: &ArrayD<bool>,
    reached: &mut BTreeMap<NodeId, ArrayD<bool>>,
) -> bool {
    let mut any = false;
    let elementwise = inner.graph.op(id).is_elementwise();
    for (place, &operand) in inner.graph.args(id).iter().enumerate() {
        let Some(value) = numbers(inner, operand) else { continue };
        let mut marked = value.map(|x| !x.is_finite()).into_owned();
        if elementwise {
            let mut met = ArrayD::from_elem(value.raw_dim(), false);
            for (index, _) in elements.indexed_iter().filter(|&(_, &marked)| marked) {
                let meets = met.get_mut(IxDyn(&broadcast_index(index.slice(), value.shape())));
                if let Some(meets) = meets.filter(|_| is_taken(inner, id, place, index.slice())) {
                    *meets = true;
                }
            }
            marked.zip_mut_with(&met, |marked, &met| *marked &= met);
        }
        if marked.iter().any(|&marked| marked) {
            any = true;
            let entry = reached.entry(operand).or_insert_with(|| ArrayD::from_elem(value.raw_dim(), false));
            entry.zip_mut_with(&marked, |all, &marked| *all |= marked);
        }
    }
    any
}

/// Whether an element of the result looks at operand number `place`: a `select` takes one branch.
fn is_taken<T: Scalar>(inner: &Inner<T>, id: NodeId, place: usize, index: &[usize]) -> bool {
    if inner.graph.op(id) != Op::Select || place == 0 {
        return true;
    }
    let condition = inner.graph.args(id)[0];
    numbers(inner, condition).is_none_or(|value| (element_at(&value, index) != T::zero()) == (place == 1))
}

fn describe<T: Scalar>(inner: &Inner<T>, id: NodeId, elements: &ArrayD<bool>) -> Trouble<T> {
    let flat = elements.iter().position(|&marked| marked).unwrap_or(0);
    let index = unravel(flat, elements.shape()).to_vec();
    let value = numbers(inner, id).map_or(T::nan(), |value| element_at(&value, &index));
    let primal = inner.primal_of(id).map(|primal| {
        let index = (inner.graph.shape(primal).ndim() == index.len()).then_some(index.as_slice());
        (node(&inner.graph, primal), operands(inner, primal, index))
    });
    Trouble {
        node: node(&inner.graph, id),
        operands: operands(inner, id, Some(&index)),
        value,
        count: elements.iter().filter(|&&marked| marked).count(),
        index,
        primal,
    }
}

/// The operands of a node, with the elements that meet at `index` of its result.
fn operands<T: Scalar>(inner: &Inner<T>, id: NodeId, index: Option<&[usize]>) -> Vec<TroubleOperand<T>> {
    let index = index.filter(|_| inner.graph.op(id).is_elementwise());
    let operand = |&operand: &NodeId| {
        let value = numbers(inner, operand)?;
        let range = value.iter().fold(None, |range: Option<[T; 2]>, &x| {
            Some(range.map_or([x, x], |[low, high]| [low.min(x), high.max(x)]))
        });
        let element = index.map(|index| element_at(&value, index));
        Some(TroubleOperand { node: node(&inner.graph, operand), element, range })
    };
    inner.graph.args(id).iter().filter_map(operand).collect()
}

fn node<T: Scalar>(graph: &Graph<T>, id: NodeId) -> TroubleNode {
    TroubleNode {
        number: id.index(),
        operation: graph.operation(id).into(),
        name: graph.name(id).map(Into::into),
        source_line: graph.sources[id.index()],
    }
}

/// The value of a node that was evaluated and is not one of indices.
fn numbers<T: Scalar>(inner: &Inner<T>, id: NodeId) -> Option<Value<T>> {
    match inner.values.get(id.index())? {
        Some(Evaluated::Numbers(value)) => Some(value.clone()),
        _ => None,
    }
}

/// The element of an operand that meets the element at `index` of the result.
fn element_at<T: Scalar>(value: &Value<T>, index: &[usize]) -> T {
    value.get(IxDyn(&broadcast_index(index, value.shape()))).copied().unwrap_or_else(T::nan)
}

/// The index into an operand of shape `dims` that is stretched to the shape `index` points into.
fn broadcast_index(index: &[usize], dims: &[usize]) -> Vec<usize> {
    let leading = index.len().saturating_sub(dims.len());
    index[leading..].iter().zip(dims).map(|(&at, &dim)| if dim == 1 { 0 } else { at }).collect()
}
