//! The doctor of digits: how many digits of a result are right, which node lost the others, and what to write instead.
//!
//! A recording is evaluated beside itself in [`Wide`], a scalar of twice the digits whose range doesn't end ([`widen`]): the
//! engine is generic in its scalar, so these are the same operations. Where a result is off, [`trace`] follows its error
//! back to the node that lost the digits; [`advice`] knows the form to write instead. By wide derivatives, [`sensitivity`]
//! estimates what the inputs' own rounding would do, and whether the wide value can be relied on; [`mod@rounding`], for checks of derivatives,
//! what rounding does to a program's result.

mod advice;
mod report;
mod rounding;
mod sensitivity;
mod trace;
mod widen;

use crate::error::{Error, Result, Source};
use crate::graph::{Graph, NodeId};
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::unravel;
use crate::simplify::{self, AppliedRewrite, Rewrites};
use crate::tape::{Tape, Var};
use crate::wide::Wide;
use ndarray::ArrayD;
use num_traits::Float;
pub(crate) use rounding::rounding;
use sensitivity::Sensitivity;
use trace::{Found, Place, digits, relative_error};
use widen::{Both, evaluated, numbers};

/// A node, as a report speaks of it.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", 1e-9);
/// let report = tape.accuracy(&[(1.0 - x.cos()).named("versine")])?;
/// assert_eq!(report.results[0].node.name.as_deref(), Some("versine"));
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccuracyNode {
    /// The name of its operation.
    pub operation: String,
    /// The name it has as an input or was given.
    pub name: Option<String>,
    /// The user's line that recorded it; of a node of a derivative, that of the node whose rule recorded it.
    pub source_line: Source,
}

/// An operand of the node that lost digits.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", 1e-9);
/// let report = tape.accuracy(&[1.0 - x.cos()])?; // the truth is 5e-19
/// let result = &report.results[0];
/// for operand in result.lost.iter().chain(&result.saved).flat_map(|lost| &lost.operands) {
///     println!("{}: {:.1} digits", operand.node.operation, operand.digits);
/// }
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct AccuracyOperand<T> {
    /// The operand.
    pub node: AccuracyNode,
    /// Its element that met the others, where the operation is elementwise or the operand is one number.
    pub value: Option<T>,
    /// How many digits of that element are right.
    pub digits: f64,
}

/// Where a result lost its digits.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", 1e-9);
/// let report = tape.accuracy(&[1.0 - x.cos()])?; // the truth is 5e-19
/// let result = &report.results[0];
/// let lost = result.lost.as_ref().or(result.saved.as_ref()).expect("the node that lost the digits");
/// assert_eq!(lost.node.source_line.file(), file!());
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Loss<T> {
    /// The node whose operands have digits that it has not. Its `source_line` is where to look.
    pub node: AccuracyNode,
    /// The element of it that does the harm.
    pub index: Vec<usize>,
    /// That element.
    pub value: T,
    /// What it should be.
    pub right: Wide,
    /// How many digits of it are right.
    pub digits: f64,
    /// What it was computed from.
    pub operands: Vec<AccuracyOperand<T>>,
    /// What to do, if it is known: the form to write instead, or the rewrite to switch on. Of what a program keeps, `None`.
    pub advice: Option<String>,
}

/// How accurate a result is: its worst element, if it is an array.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", 1e-9);
/// let report = tape.accuracy(&[1.0 - x.cos()])?; // the truth is 5e-19
/// let result = &report.results[0];
/// assert_eq!(result.recorded_value, 0.0);
/// assert!(result.right.to_f64() > 4.9e-19);
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct ResultAccuracy<T> {
    /// The result.
    pub node: AccuracyNode,
    /// The element with the fewest right digits. All below is of this element.
    pub index: Vec<usize>,
    /// What a program gives.
    pub value: T,
    /// What the recording stands for, computed in some 31 digits.
    pub right: Wide,
    /// How many digits of that are right: where as many as 31 cancel, none may be left.
    pub right_digits: f64,
    /// How many decimal digits of the program's value are right, at most as many as the scalar has.
    pub digits: f64,
    /// How many are left if each input is off by half a unit in its last place: what the data can give at best. NaN where the
    /// right value isn't known.
    pub input_digits: f64,
    /// Where the program loses digits, if more than two are lost.
    pub lost: Option<Loss<T>>,
    /// What [`Var::value`] gives: the recording as it stands, without rewrites.
    pub recorded_value: T,
    /// How many digits of that are right.
    pub recorded_digits: f64,
    /// Where the recording loses digits that the program keeps.
    pub saved: Option<Loss<T>>,
    /// The rewrites that kept them.
    pub rewrites: Vec<AppliedRewrite>,
}

/// How many digits of some results are right. Printed, it is a page.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", 1e-9);
/// let report = tape.accuracy(&[1.0 - x.cos()])?; // the truth is 5e-19
/// assert!(report.results[0].recorded_digits < 1.0);
/// println!("{report}");
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Accuracy<T> {
    /// Each result.
    pub results: Vec<ResultAccuracy<T>>,
    /// The custom operations on the way: written for one scalar, what they give is taken as right.
    pub taken_as_given: Vec<AccuracyNode>,
}

impl<T: Scalar> Tape<T> {
    /// How many digits of `outputs` are right at the values at hand, which node lost the others, and what to write instead.
    ///
    /// What a compiled program gives is compared with the recording evaluated in [`Wide`]; so is what [`Var::value`] gives,
    /// where that is worse. Of an array the worst element is reported. [`input_digits`](ResultAccuracy::input_digits) distinguishes
    /// an ill-conditioned result, whose digits the inputs' own rounding would change, from one whose digits the recording has lost.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.variable("a", 1.00000001), tape.variable("b", 1.0));
    /// let y = a.powi(2) - b.powi(2);
    /// let found = tape.accuracy(&[y])?;
    /// let result = &found.results[0];
    /// assert!(result.digits < 9.0, "{found}");
    /// let lost = result.lost.as_ref().unwrap();
    /// assert_eq!(lost.node.operation, "sub");
    /// assert!(lost.advice.as_ref().unwrap().contains("(a - b) * (a + b)"));
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// All arrays of the recording are kept, in both scalars: it may hold some four million numbers. Where digits cancel that
    /// even 31 don't have, they are reported as lost.
    ///
    /// # Errors
    /// As [`Program::run`](crate::Program::run) with the values at hand; a recording whose arrays hold more than 2²² numbers; a
    /// scalar with more than 25 digits of its own.
    #[track_caller]
    pub fn accuracy(&self, outputs: &[Var<'_, T>]) -> Result<Accuracy<T>> {
        if T::epsilon() < crate::scalar::real(1e-25) {
            let reason = format!("`accuracy` knows 31 digits, too few to judge {}", std::any::type_name::<T>());
            return Err(Error::Check { reason });
        }
        let found = self.compile(outputs)?.run(&[])?;
        let roots: Vec<NodeId> = outputs.iter().map(|output| output.id()).collect();
        let (graph, rewrites) = (self.inner().graph.clone(), self.rewrites());
        let (compiled, compiled_roots, _) = simplify::compact(&graph, &roots, rewrites);
        let judge =
            Judge { recorded: Both::new(graph, &roots)?, compiled: Both::new(compiled, &compiled_roots)?, rewrites };
        let results = roots.iter().zip(compiled_roots).zip(&found);
        let results = results.map(|((&root, compiled), found)| judge.result(root, compiled, found));
        Ok(Accuracy { results: results.collect::<Result<_>>()?, taken_as_given: judge.custom_operations(&roots) })
    }
}

/// Digits that may be lost by ordinary rounding.
const FREE: f64 = 2.0;

/// A recording and the graph that is compiled of it, evaluated in both scalars.
struct Judge<T: Scalar> {
    recorded: Both<T>,
    compiled: Both<T>,
    rewrites: Rewrites,
}

/// What a result's elements should be.
struct Reference {
    values: ArrayD<Wide>,
    /// The worst element of what a program gives.
    worst: usize,
    sensitivity: Sensitivity,
}

impl Reference {
    /// The values of `root` on `tape`, whose first nodes are those of `graph`, against what a program and the interpreter give.
    fn new<T: Scalar, S: Scalar>(
        graph: &Graph<S>,
        tape: &Tape<Wide>,
        root: NodeId,
        [found, recorded]: [&ArrayD<T>; 2],
    ) -> Result<Self> {
        let values = tape.var(root).value()?;
        let worst = worst(found, recorded, &values);
        Ok(Reference { worst, sensitivity: sensitivity::sensitivity(graph, tape, root, worst)?, values })
    }

    /// A bound on the relative error of the worst element's right value.
    fn error(&self) -> f64 {
        let error = self.sensitivity.to_rounding * Wide::epsilon().to_f64();
        if error.is_nan() { f64::INFINITY } else { error }
    }
}

impl<T: Scalar> Judge<T> {
    fn result(&self, root: NodeId, compiled: NodeId, found: &ArrayD<T>) -> Result<ResultAccuracy<T>> {
        let recorded = self.recorded.plain.var(root).value()?;
        let graph = &self.recorded.plain.inner().graph;
        let reference = self.reference(graph, root, found, &recorded)?;
        let (place, error, to_inputs) = (reference.worst, reference.error(), reference.sensitivity.to_inputs);
        let of = |values: &ArrayD<T>| values.iter().nth(place).copied().unwrap_or_else(T::nan);
        let right = reference.values.iter().nth(place).copied().unwrap_or_else(Wide::nan);
        let (value, recorded_value) = (of(found), of(&recorded));
        // What is no number in 31 digits is none.
        let known =
            if right.is_nan() { digits::<T>(0.0) } else { -error.max(Wide::epsilon().to_f64()).min(1.0).log10() };
        let judged = |value: T| right_digits(value, right).min(known);
        let (by_program, by_recording) = (judged(value), judged(recorded_value));
        let enough = digits::<T>(0.0) - FREE;
        let trusted = known > by_program + 3.0;
        let lost = (by_program < enough).then(|| self.lost_by_program(root, compiled, place, trusted));
        let saved = (by_recording < enough && by_recording < by_program - FREE)
            .then(|| trace::trace(&self.recorded, Place { node: root, element: place }, trusted));
        let rewrites = saved.as_ref().map_or_else(Vec::new, |saved| applied_on(graph, root, saved, self.rewrites));
        Ok(ResultAccuracy {
            node: describe(graph, root),
            index: unravel(place, found.shape()).to_vec(),
            value,
            right,
            right_digits: known,
            digits: by_program,
            input_digits: if known > FREE { digits::<T>(to_inputs * half_unit::<T>()) } else { f64::NAN },
            lost,
            recorded_value,
            recorded_digits: by_recording,
            saved: saved.map(|found| loss(&self.recorded, found)),
            rewrites,
        })
    }

    /// The right values, by the recording as it stands; where that cancels beyond 31 digits, by its stable form, if that is
    /// better.
    fn reference(&self, graph: &Graph<T>, root: NodeId, found: &ArrayD<T>, recorded: &ArrayD<T>) -> Result<Reference> {
        let as_recorded = Reference::new(graph, &self.recorded.wide, root, [found, recorded])?;
        if as_recorded.error() < 1e-20 {
            return Ok(as_recorded);
        }
        let (graph, roots, _) = simplify::compact(&self.recorded.wide.inner().graph, &[root], Rewrites::ALL);
        let [root] = roots[..] else { return Ok(as_recorded) };
        let tape = evaluated(graph.clone(), &[root])?;
        let stable = Reference::new(&graph, &tape, root, [found, recorded])?;
        Ok(if stable.error() < as_recorded.error() { stable } else { as_recorded })
    }

    /// Where the program loses digits: by the graph that is compiled. Where the recording loses them by the same operation, it is
    /// that of the recording, which has the user's own line, and also where the compiled graph doesn't show it (folded
    /// constants).
    fn lost_by_program(&self, root: NodeId, compiled: NodeId, element: usize, trusted: bool) -> Loss<T> {
        let by_program = trace::trace(&self.compiled, Place { node: compiled, element }, trusted);
        let by_recording = trace::trace(&self.recorded, Place { node: root, element }, trusted);
        let op = |both: &Both<T>, found: &Found| both.plain.inner().graph.op(found.culprit.node);
        let same = op(&self.compiled, &by_program) == op(&self.recorded, &by_recording);
        let (both, found) = match same || by_program.lost < FREE {
            true => (&self.recorded, by_recording),
            false => (&self.compiled, by_program),
        };
        let advice = self.advice(&both.plain.inner().graph, root, &found);
        Loss { advice, ..loss(both, found) }
    }

    /// A rewrite that is switched off but would have applied on the way, or the form to write instead.
    fn advice(&self, graph: &Graph<T>, root: NodeId, found: &Found) -> Option<String> {
        if self.rewrites != Rewrites::ALL {
            let recorded = &self.recorded.plain.inner().graph;
            let all = applied_on(recorded, root, found, Rewrites::ALL);
            if let Some(off) = all.iter().find(|applied| !self.rewrites.contains(applied.rewrite)) {
                return Some(format!("switch the rewrite `Rewrite::{:?}` on: {off}", off.rewrite));
            }
        }
        advice::advice(graph, &found.way).map(|form| format!("write {form}"))
    }

    fn custom_operations(&self, roots: &[NodeId]) -> Vec<AccuracyNode> {
        let inner = self.recorded.plain.inner();
        let reached = inner.graph.reachable(roots);
        let nodes = (0..reached.len()).filter(|&index| reached[index]).map(|index| NodeId(index as u32));
        let customs = nodes.filter(|&id| matches!(inner.graph.op(id), Op::Custom(_)));
        customs.map(|id| describe(&inner.graph, id)).collect()
    }
}

/// The rewrites that apply to a result, of those that may: the ones on the lines of a way, or all if there is none.
fn applied_on<T: Scalar>(graph: &Graph<T>, root: NodeId, found: &Found, rewrites: Rewrites) -> Vec<AppliedRewrite> {
    let (_, _, mut applied) = simplify::compact(graph, &[root], rewrites);
    let lines: Vec<Source> = found.way.iter().map(|id| graph.sources[id.index()]).collect();
    let on_the_way = |applied: &AppliedRewrite| lines.contains(&applied.source_line);
    if applied.iter().any(on_the_way) {
        applied.retain(on_the_way);
    }
    applied.dedup();
    applied
}

/// What a node has lost, without advice.
fn loss<T: Scalar>(both: &Both<T>, found: Found) -> Loss<T> {
    let inner = both.plain.inner();
    let (graph, Place { node, element }) = (&inner.graph, found.culprit);
    let (value, right) = trace::at(both, found.culprit).unwrap_or_else(|| (T::nan(), Wide::nan()));
    let shape = numbers(&both.plain, node).map_or_else(Vec::new, |value| value.shape().to_vec());
    let index = unravel(element, &shape);
    let operand = |&operand: &NodeId| {
        let met = trace::operand_at(both, node, &index, operand);
        let (value, digits) =
            met.map_or((None, f64::NAN), |(value, right)| (Some(value), digits::<T>(relative_error(value, right))));
        AccuracyOperand { node: describe(graph, operand), value, digits }
    };
    let mut operands = graph.args(node).to_vec();
    operands.dedup();
    Loss {
        node: describe(graph, node),
        index: index.to_vec(),
        value,
        right,
        digits: digits::<T>(relative_error(value, right)),
        operands: operands.iter().map(operand).collect(),
        advice: None,
    }
}

/// How many digits of a value are right; all, if it is the nearest number that the scalar has.
fn right_digits<T: Scalar>(value: T, right: Wide) -> f64 {
    let nearest = right.to::<T>();
    let is_nearest = value == nearest || value.is_nan() && nearest.is_nan();
    digits::<T>(if is_nearest { 0.0 } else { relative_error(value, right) })
}

/// The element with the fewest right digits, by a program or else as recorded.
fn worst<T: Scalar>(found: &ArrayD<T>, recorded: &ArrayD<T>, right: &ArrayD<Wide>) -> usize {
    let enough = digits::<T>(0.0) - FREE;
    let judged = found.iter().zip(recorded).zip(right).map(|((&found, &recorded), &right)| {
        let (found, recorded) = (right_digits(found, right), right_digits(recorded, right));
        if found < enough { [found, recorded] } else { [enough + 0.01 * found.min(recorded), recorded] }
    });
    let least = judged.enumerate().min_by(|(_, a), (_, b)| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    least.map_or(0, |(place, _)| place)
}

fn half_unit<T: Scalar>() -> f64 {
    T::epsilon().to_f64().unwrap_or(f64::EPSILON) / 2.0
}

fn describe<T: Scalar>(graph: &Graph<T>, id: NodeId) -> AccuracyNode {
    AccuracyNode {
        operation: graph.operation(id).into(),
        name: graph.name(id).map(Into::into),
        source_line: graph.sources[id.index()],
    }
}
