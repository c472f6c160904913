//! Recordings by somebody who means harm: shapes that overflow, axes that don't exist, handles and workspaces of others, custom
//! operations that break their word. Whatever they do, nothing panics, and each mistake is an error.

use super::Bytes;
use autodiff::catalogue::{self, Operation};
use autodiff::{
    Binding, CustomOp, Error, IndexVar, Program, Result, Shape, Tape, Var, bind, bind_indices, check_given_gradient,
    check_gradient,
};
use ndarray::{Array1, ArrayD, ArrayView2, Axis, Dimension, IxDyn, Slice, SliceInfoElem};
use std::cell::Cell;
use std::collections::BTreeMap;

/// The most operations of a recording, the bytes that say each, and those before them.
const MOST_STEPS: usize = 16;
const STEP: usize = 12;
const START: usize = 24;

/// How many bytes a recording may take: enough for the shapes that are not hostile.
const MEMORY: usize = 4 << 20;

const LENGTHS: [usize; 16] = [
    0,
    1,
    2,
    3,
    7,
    8,
    15,
    16,
    17,
    1 << 20,
    1 << 31,
    (1 << 32) + 3,
    1 << 40,
    isize::MAX as usize,
    usize::MAX - 1,
    usize::MAX,
];

const NUMBERS: [f64; 9] =
    [0.0, 1.0, -1.0, 2.5, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];

/// What came of recordings: how many results there were, and how many errors of each kind.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// By what was done and how it ended.
    pub counts: BTreeMap<(&'static str, &'static str), usize>,
}

impl Tally {
    /// Notes how something ended.
    fn note<R>(&mut self, what: &'static str, outcome: &Result<R>) {
        let ended = match outcome {
            Ok(_) => "ok",
            Err(error) => kind(error),
        };
        *self.counts.entry((what, ended)).or_default() += 1;
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Recording { .. } => "recording",
        Error::ForeignTape { .. } => "foreign tape",
        Error::NotScalar { .. } => "not one number",
        Error::Unbound { .. } | Error::UnknownInput { .. } | Error::BoundTwice { .. } => "binding",
        Error::InputShape { .. } | Error::InputKind { .. } | Error::RowsDiffer { .. } => "input",
        Error::IndexOutOfRange { .. } => "index",
        Error::NotStreamable { .. } => "not streamable",
        Error::Singular { .. } | Error::NotPositiveDefinite { .. } => "matrix",
        Error::Evaluation { .. } => "evaluation",
        Error::OutputShape { .. } | Error::OutputCount { .. } => "output",
        Error::ForeignWorkspace => "foreign workspace",
        Error::OutOfMemory { .. } => "memory",
        Error::TapeFull { .. } | Error::Check { .. } => "other",
        _ => "unknown",
    }
}

/// How a custom operation breaks its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Oath {
    Kept,
    OtherShape,
    HostileShape,
    OtherValue,
    ChangingValue,
    TooFewAdjoints,
    OtherAdjoint,
    ForeignAdjoint,
    RecordsInShape,
    RecordsInValue,
    ValueInValue,
    SetsInValue,
    CompilesInValue,
    ValueInRule,
}

const OATHS: [Oath; 14] = [
    Oath::Kept,
    Oath::OtherShape,
    Oath::HostileShape,
    Oath::OtherValue,
    Oath::ChangingValue,
    Oath::TooFewAdjoints,
    Oath::OtherAdjoint,
    Oath::ForeignAdjoint,
    Oath::RecordsInShape,
    Oath::RecordsInValue,
    Oath::ValueInValue,
    Oath::SetsInValue,
    Oath::CompilesInValue,
    Oath::ValueInRule,
];

thread_local! {
    /// The handles that a custom operation reaches behind the tape's back: one of the tape it is on, one of another.
    static WITHIN_REACH: Cell<Option<[Var<'static, f64>; 2]>> = const { Cell::new(None) };
}

#[derive(Debug)]
struct Custom {
    oath: Oath,
    length: usize,
}

impl CustomOp<f64> for Custom {
    fn name(&self) -> &str {
        "custom"
    }

    fn shape(&self, operands: &[Shape]) -> std::result::Result<Shape, String> {
        let own = operands.first().cloned().ok_or("it takes operands")?;
        let within = WITHIN_REACH.get();
        match self.oath {
            Oath::OtherShape => Ok(Shape::rows(&[self.length])),
            Oath::HostileShape => Ok(Shape::fixed(&[self.length; 3])),
            Oath::RecordsInShape => {
                let _ = within.map(|[own, _]| own + own.exp());
                Ok(own)
            }
            _ => Ok(own),
        }
    }

    fn value(&self, operands: &[ndarray::ArrayViewD<'_, f64>]) -> std::result::Result<ArrayD<f64>, String> {
        let x = operands.first().ok_or("it takes operands")?;
        if let Some([own, _]) = WITHIN_REACH.get() {
            match self.oath {
                Oath::RecordsInValue => {
                    let _ = own * own;
                }
                Oath::ValueInValue => drop(own.exp().value()),
                Oath::SetsInValue => drop(own.set_value(3.0)),
                Oath::CompilesInValue => drop(own.tape().compile(&[own])),
                _ => {}
            }
        }
        match self.oath {
            Oath::OtherValue => Ok(ArrayD::zeros(IxDyn(&[self.length % 5, 2]))),
            Oath::ChangingValue => Ok(ArrayD::zeros(IxDyn(&[x.as_ptr() as usize / 64 % 3]))),
            _ => Ok(x.mapv(|x| x * x)),
        }
    }

    fn vjp<'t>(
        &self,
        operands: &[Var<'t, f64>],
        output: Var<'t, f64>,
        adjoint: Var<'t, f64>,
    ) -> Vec<Option<Var<'t, f64>>> {
        let rule = operands.iter().map(|&x| Some(adjoint * x * 2.0));
        match self.oath {
            Oath::TooFewAdjoints => Vec::new(),
            Oath::OtherAdjoint => operands.iter().map(|_| Some(adjoint.sum())).collect(),
            Oath::ForeignAdjoint => operands.iter().map(|_| WITHIN_REACH.get().map(|[_, foreign]| foreign)).collect(),
            Oath::ValueInRule => {
                drop(output.value());
                rule.collect()
            }
            _ => rule.collect(),
        }
    }
}

struct Hostile<'t, 'a> {
    tape: &'t Tape<f64>,
    bytes: Bytes<'a>,
    nodes: Vec<Var<'t, f64>>,
    indices: Vec<IndexVar<'t, f64>>,
    foreign: Var<'t, f64>,
    /// One choice in so many is a hostile one.
    calm: usize,
}

/// Records what `bytes` say and does everything there is to do with it; `tally` says how it ended.
///
/// # Panics
/// Never, if the library keeps its promise; and where a workspace of another program is taken.
pub fn check_hostile(bytes: &[u8], tally: &mut Tally) {
    let (start, steps) = bytes.split_at(bytes.len().min(START));
    let mut kept: Vec<&[u8]> = Vec::new();
    // What can't be recorded spoils a tape, so the steps are tried on tapes of their own; the last may be one that fails.
    for step in steps.chunks(STEP).take(MOST_STEPS) {
        let (tape, other) = (Tape::new(), Tape::new());
        kept.push(step);
        let tried = Hostile::record(&tape, &other, start, &kept);
        let outcome = tape.check();
        tally.note("record", &outcome);
        let is_large = tried.nodes.last().is_some_and(|node| node.shape().trailing_len().is_none_or(|len| len > 4096));
        let is_wanted = step.last().is_some_and(|byte| byte % 8 == 0);
        if (outcome.is_err() || is_large) && !is_wanted {
            kept.pop();
        } else if outcome.is_err() {
            break;
        }
    }
    // A custom operation that goes behind the tape's back keeps handles to it, for which it has to live on.
    if start.first().is_some_and(|byte| byte % 64 == 63) {
        let [tape, other]: [&'static Tape<f64>; 2] = [0, 1].map(|_| &*Box::leak(Box::new(Tape::new())));
        let own = tape.variable("within reach", 1.0);
        WITHIN_REACH.set(Some([own, other.variable("foreign", 2.0)]));
        Hostile::record(tape, other, start, &kept).evaluate(tally);
        WITHIN_REACH.set(None);
    } else {
        Hostile::record(&Tape::new(), &Tape::new(), start, &kept).evaluate(tally);
    }
}

impl<'t, 'a> Hostile<'t, 'a> {
    fn record(tape: &'t Tape<f64>, other: &'t Tape<f64>, start: &'a [u8], steps: &[&'a [u8]]) -> Self {
        let mut bytes = Bytes::new(start);
        bytes.byte();
        tape.set_memory_limit(MEMORY);
        let rows = bytes.choice(&[3, 1, 0, 2, 17, 40]);
        let array =
            |dims: &[usize]| ArrayD::from_shape_fn(IxDyn(dims), |at| (at.slice().iter().sum::<usize>() as f64).sin());
        let nodes = vec![
            tape.data("X", array(&[rows, 3])),
            tape.data("y", array(&[rows])),
            tape.data("nothing a row", array(&[rows, 0])),
            tape.variable("theta", array(&[3])),
            tape.variable("c", 0.5),
            tape.variable("W", array(&[3, 3])),
            tape.variable("empty", array(&[0, 17])),
            tape.variable("long", array(&[17])),
            tape.variable("eight", array(&[1, 2, 1, 1, 1, 1, 2, 1])),
            tape.input("unbound", &[2]),
        ];
        let indices = vec![
            tape.index_data("group", Array1::from_shape_fn(rows, |row| row % 3)),
            tape.index_variable("far", ndarray::arr1(&[0, usize::MAX, usize::MAX - 1])),
            tape.index_variable("none", Array1::<usize>::zeros(0)),
            tape.index_variable("one", ndarray::arr0(1)),
        ];
        let foreign = other.variable("foreign variable", array(&[3]));
        let calm = bytes.choice(&[2, 8, 30, 100]);
        let mut hostile = Hostile { tape, bytes, nodes, indices, foreign, calm };
        for step in steps {
            hostile.bytes = Bytes::new(step);
            let node = hostile.step();
            hostile.nodes.push(node);
        }
        hostile.bytes = Bytes::new(start);
        hostile
    }
}

impl<'t> Hostile<'t, '_> {
    fn is_hostile(&mut self) -> bool {
        self.bytes.below(self.calm) == 0
    }

    fn node(&mut self) -> Var<'t, f64> {
        if self.calm < 100 && self.bytes.byte() == 7 {
            return self.foreign;
        }
        let back = if self.bytes.byte().is_multiple_of(2) { self.nodes.len().min(5) } else { self.nodes.len() };
        self.nodes[self.nodes.len() - 1 - self.bytes.below(back)]
    }

    fn length(&mut self) -> usize {
        let hostile = self.is_hostile();
        self.bytes.choice(if hostile { &LENGTHS } else { &LENGTHS[..9] })
    }

    fn lengths(&mut self) -> Vec<usize> {
        let most = if self.is_hostile() { 12 } else { 4 };
        (0..self.bytes.below(most)).map(|_| self.length()).collect()
    }

    fn axis(&mut self, of: Var<'t, f64>) -> usize {
        if self.is_hostile() { self.length() } else { self.bytes.below(of.shape().ndim().max(1)) }
    }

    fn axes(&mut self, of: Var<'t, f64>) -> Vec<usize> {
        match self.bytes.below(4) {
            0 => Vec::new(),
            1 => (0..of.shape().ndim()).collect(),
            count => (1..count).map(|_| self.axis(of)).collect(),
        }
    }

    fn signed(&mut self) -> isize {
        let far = [isize::MIN, isize::MIN + 1, isize::MAX, 1 << 40];
        if self.is_hostile() { self.bytes.choice(&far) } else { self.bytes.below(7) as isize - 3 }
    }

    fn number(&mut self) -> f64 {
        self.bytes.choice(&NUMBERS)
    }

    fn step(&mut self) -> Var<'t, f64> {
        let x = self.node();
        match self.bytes.below(7) {
            0 => self.of_the_catalogue(),
            1 => self.arithmetic(x),
            2 => self.reduction(x),
            3 => self.layout(x),
            4 => self.along(x),
            5 => self.derivative(x),
            _ => self.other(x),
        }
    }

    fn of_the_catalogue(&mut self) -> Var<'t, f64> {
        let all: Vec<Operation> = catalogue::operations().collect();
        let operation = self.bytes.choice(&all);
        let count = operation.operands().len() + usize::from(self.is_hostile());
        let operands: Vec<Var<'t, f64>> = (0..count).map(|_| self.node()).collect();
        operation.record(self.tape, &operands)
    }

    fn arithmetic(&mut self, x: Var<'t, f64>) -> Var<'t, f64> {
        match self.bytes.below(10) {
            0 => x + self.node(),
            1 => x * self.node(),
            2 => x / self.number(),
            3 => x.powi(self.bytes.choice(&[i32::MIN, i32::MIN + 1, -1, 0, 1, 2, i32::MAX])),
            4 => x.powf(self.number()),
            5 => x.clamp(self.number(), self.number()),
            6 => x.log(self.number()),
            7 => x.polygamma(self.bytes.choice(&[0, 1, 3, 300, u16::MAX])),
            8 => x.mul_add(self.node(), self.number()),
            _ => x.gt(self.node()).select(self.node(), self.number()),
        }
    }

    fn reduction(&mut self, x: Var<'t, f64>) -> Var<'t, f64> {
        let axes = self.axes(x);
        let ddof = self.length();
        match self.bytes.below(14) {
            0 => x.sum_axes(&axes),
            1 => x.mean_axes(&axes),
            2 => x.max_axes(&axes),
            3 => x.min_axes(&axes),
            4 => x.logsumexp_axes(&axes),
            5 => x.prod_axes(&axes),
            6 => x.norm_axes(&axes),
            7 => x.norm_l1_axes(&axes),
            8 => x.norm_max_axes(&axes),
            9 => x.median_axes(&axes),
            10 => x.var_axes(&axes, ddof),
            11 => x.std_axes(&axes, ddof),
            12 => x.softmax(&axes),
            _ => x.log_softmax(&axes),
        }
    }

    fn layout(&mut self, x: Var<'t, f64>) -> Var<'t, f64> {
        match self.bytes.below(12) {
            0 => x.reshape(&self.lengths()),
            1 => x.broadcast_to(&self.lengths()),
            2 => x.insert_axis(self.axis(x)),
            3 => x.remove_axis(self.axis(x)),
            4 => {
                let order: Vec<usize> = (0..x.shape().ndim()).map(|_| self.axis(x)).collect();
                x.permuted_axes(&order)
            }
            5 => x.index_axis(self.axis(x), self.length()),
            6 => {
                let end = if self.is_hostile() { None } else { Some(self.signed()) };
                let step = self.signed();
                // ndarray itself refuses a step of 0.
                x.slice_axis(self.axis(x), Slice::new(self.signed(), end, if step == 0 { 1 } else { step }))
            }
            7 => {
                let info: Vec<SliceInfoElem> = (0..x.shape().ndim()).map(|_| self.element()).collect();
                x.slice(info)
            }
            8 => {
                let operands = [x, if self.is_hostile() { self.node() } else { x }];
                self.tape.concatenate(self.axis(x), &operands[..self.bytes.below(3)])
            }
            9 => {
                let operands = [x, if self.is_hostile() { self.node() } else { x }];
                self.tape.stack(self.axis(x), &operands[..self.bytes.below(3)])
            }
            10 => x.gather(self.bytes.choice(&self.indices.clone())),
            _ => x.scatter_add(self.bytes.choice(&self.indices.clone()), self.length()),
        }
    }

    fn element(&mut self) -> SliceInfoElem {
        match self.bytes.below(4) {
            0 => SliceInfoElem::Index(self.signed()),
            1 => SliceInfoElem::NewAxis,
            _ => SliceInfoElem::Slice { start: self.signed(), end: None, step: self.signed() },
        }
    }

    fn along(&mut self, x: Var<'t, f64>) -> Var<'t, f64> {
        let axis = self.axis(x);
        match self.bytes.below(10) {
            0 => x.cumsum(axis),
            1 => x.cumprod(axis),
            2 => x.linear_recurrence(self.node(), axis),
            3 => x.sort(axis),
            4 => x.dot(self.node()),
            5 => x.t_dot(self.node()),
            6 => x.matmul(self.node()),
            7 => x.outer(self.node()),
            8 => x.solve(self.node()),
            _ => x.inverse(),
        }
    }

    fn derivative(&mut self, x: Var<'t, f64>) -> Var<'t, f64> {
        let (by, v) = (self.node(), self.node());
        let y = if self.is_hostile() { x } else { x.sum() };
        match self.bytes.below(7) {
            0 => y.grad(by),
            1 => y.hvp(by, v),
            2 => y.hessian(by),
            3 => y.hessian_diagonal(by),
            4 => x.jacobian(by),
            5 => x.jvp(&[by], &[v]),
            _ => x.vjp(&[by], v)[0],
        }
    }

    fn other(&mut self, x: Var<'t, f64>) -> Var<'t, f64> {
        match self.bytes.below(5) {
            0 => {
                let (oath, length) = (self.bytes.choice(&OATHS), self.length());
                self.tape.custom(Custom { oath, length }, &[x])
            }
            1 => x.elementwise("square", |x| x * x, |x, _| x * 2.0),
            2 => self.tape.constant(ArrayD::from_elem(IxDyn(&vec![1; self.bytes.below(12)]), self.number())),
            3 => {
                let one = ndarray::arr0(self.number());
                let dims = self.lengths();
                match one.broadcast(IxDyn(&dims)) {
                    Some(wide) => self.tape.constant(&wide),
                    None => x,
                }
            }
            _ => {
                let (name, lengths) = (format!("input {}", self.nodes.len()), self.lengths());
                if self.bytes.byte().is_multiple_of(2) {
                    self.tape.rows(&name, &lengths)
                } else {
                    self.tape.input(&name, &lengths)
                }
            }
        }
    }

    fn evaluate(&mut self, tally: &mut Tally) {
        let mut outputs: Vec<Var<'t, f64>> = self.nodes.iter().rev().take(3).copied().collect();
        tally.note("record", &self.tape.check());
        for output in &outputs {
            tally.note("value", &output.value());
            tally.note("item", &output.item());
        }
        if self.is_hostile() {
            outputs.push(self.foreign);
        }
        tally.note("trouble", &self.tape.trouble(&outputs));
        let drawing = self.tape.display(&outputs);
        for drawn in [drawing.to_string(), drawing.algebra(), drawing.dot(), drawing.svg()] {
            assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()), "{drawn}");
        }
        tally.note("draw", &drawing.with_values());
        tally.note("independent", &outputs[0].independent_inputs());
        self.run_programs(&outputs, tally);
        let small: Vec<Var<'t, f64>> = self.nodes[3..5].to_vec();
        tally.note("check", &check_gradient(outputs[0], &small));
        tally.note("check", &check_given_gradient(outputs[0], self.node(), ArrayD::zeros(IxDyn(&[3]))));
        let given = if self.is_hostile() { 9 } else { 1 };
        tally.note("set", &self.node().set_value(ArrayD::zeros(IxDyn(&vec![1; given]))));
        let (none, three) = (ArrayView2::from_shape((isize::MAX as usize, 0), &[]), Array1::zeros(3));
        let none = none.expect("no elements");
        tally.note("set", &self.tape.set_values(&[bind("nothing a row", none)]));
        tally.note("set", &self.tape.set_values(&[self.node().bind(&three)]));
        tally.note("value", &outputs[0].value());
    }

    fn run_programs(&mut self, outputs: &[Var<'t, f64>], tally: &mut Tally) {
        let compiled = self.tape.compile(outputs);
        tally.note("compile", &compiled);
        let Ok(program) = compiled else { return };
        let _ = program.explain().to_string();
        let program = program.with_threads(self.bytes.choice(&[1, 2, 3, 64, 1 << 40, usize::MAX]));
        let two = ndarray::arr1(&[1.0, 2.0]);
        let unbound = [bind("unbound", &two)];
        let results = program.run(&unbound);
        tally.note("run", &results);
        if let Ok(results) = results {
            self.run_into(&program, &results, &unbound, tally);
        }
        for bindings in self.hostile_bindings(&Array1::zeros(3).view(), &[7; 4]) {
            tally.note("run with hostile bindings", &program.run(&bindings));
        }
        let none = ArrayView2::from_shape((isize::MAX as usize, 0), &[]).expect("no elements");
        tally.note("run with endless rows", &program.run(&[bind("nothing a row", none), bind("unbound", &two)]));
    }

    fn hostile_bindings<'b>(
        &mut self,
        numbers: &'b ndarray::ArrayView1<'b, f64>,
        indices: &'b [usize; 4],
    ) -> Vec<Vec<Binding<'b, f64>>> {
        let indices: &'b Array1<usize> = Box::leak(Box::new(Array1::from(indices.to_vec())));
        vec![
            vec![self.foreign.bind(numbers)],
            vec![self.node().bind(numbers)],
            vec![bind("theta", numbers), bind("theta", numbers)],
            vec![bind_indices("group", indices)],
            vec![bind_indices("theta", indices)],
            vec![bind("nobody", numbers)],
        ]
    }

    /// Into arrays that fit and that don't, in a workspace of its own and in one of another program.
    fn run_into(
        &mut self,
        program: &Program<f64>,
        results: &[ArrayD<f64>],
        bindings: &[Binding<'_, f64>],
        tally: &mut Tally,
    ) {
        let mut again: Vec<ArrayD<f64>> = results.to_vec();
        let mut views: Vec<_> = again.iter_mut().map(|result| result.view_mut()).collect();
        let mut own = program.workspace();
        let outcome = program.run_into(&mut own, bindings, &mut views);
        tally.note("run in a workspace", &outcome);
        let other = self.tape.compile(&[self.nodes[3] * 2.0]);
        if let Ok(other) = other {
            let mut foreign = other.workspace();
            let outcome = program.run_into(&mut foreign, bindings, &mut views);
            assert_eq!(outcome, Err(Error::ForeignWorkspace));
            tally.note("run in a foreign workspace", &outcome);
        }
        for view in &mut views {
            view.insert_axis_inplace(Axis(0));
        }
        tally.note("run into other shapes", &program.run_into(&mut own, bindings, &mut views));
        views.pop();
        tally.note("run into too few", &program.run_into(&mut own, bindings, &mut views));
    }
}
