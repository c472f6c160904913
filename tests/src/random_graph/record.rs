//! A recording from bytes: leaves of several shapes, then operations on what there is.

use super::Bytes;
use crate::splitmix::splitmix;
use autodiff::catalogue::{self, Operation};
use autodiff::{IndexVar, Scalar, Shape, Tape, Var};
use ndarray::{Array1, ArrayD, Axis};

/// The most operations of a recording.
const MOST_STEPS: usize = 24;

/// What was recorded, in order; the first `leaves` are inputs with values at hand.
pub struct Recording<'t, T: Scalar> {
    /// The nodes.
    pub nodes: Vec<Var<'t, T>>,
    /// How many of them are inputs.
    pub leaves: usize,
    /// Whether equations were solved, or a matrix taken apart.
    pub solves: bool,
}

struct Recorder<'t, 'a, T: Scalar> {
    tape: &'t Tape<T>,
    bytes: Bytes<'a>,
    nodes: Vec<Var<'t, T>>,
    groups: IndexVar<'t, T>,
    /// Whether operands are chosen without looking at their shapes, so that errors are recorded.
    careless: bool,
    /// Whether numbers are of moderate size.
    gentle: bool,
    solves: bool,
}

/// Lengths of axes: those of the catalogue's operands most often; none, one, and around a vector's sixteen elements.
const LENGTHS: [usize; 10] = [3, 3, 3, 3, 1, 0, 2, 15, 16, 17];

/// Records what `bytes` say.
pub fn record<'t, T: Scalar>(tape: &'t Tape<T>, bytes: &[u8]) -> Recording<'t, T> {
    record_near(tape, bytes, 0.0)
}

/// As [`record`], with each number of the inputs moved by a random part of it, up to `part`.
pub fn record_near<'t, T: Scalar>(tape: &'t Tape<T>, bytes: &[u8], part: f64) -> Recording<'t, T> {
    let mut bytes = Bytes::new(bytes);
    let careless = bytes.byte() % 16 == 15;
    let rows = bytes.choice(&[3, 1, 0, 2, 17, 40, 130, 600]);
    let columns = bytes.choice(&LENGTHS);
    let height = bytes.choice(&[4, 4, 4, 1, 0, 2, 15, 16, 17]);
    let nan_row = bytes.byte() % 8 == 7;
    let mut numbers = Numbers {
        state: u64::from(bytes.byte()) + 1,
        range: bytes.choice(&[Range::Near, Range::Near, Range::Far, Range::Any]),
        part,
    };
    let gentle = matches!(numbers.range, Range::Near);
    let mut array = |shape: &[usize]| {
        let len = shape.iter().product();
        let elements = (0..len).map(|_| T::from(numbers.next()).expect("a number of any scalar")).collect();
        ArrayD::from_shape_vec(shape, elements).expect("as many elements as the shape has")
    };
    let mut x = array(&[rows, columns]);
    if nan_row && rows > 0 {
        x.index_axis_mut(Axis(0), rows / 2).fill(T::nan());
    }
    let nodes = vec![
        tape.data("X", x),
        tape.data("y", array(&[rows])),
        tape.variable("theta", array(&[columns])),
        tape.variable("c", array(&[])),
        tape.variable("W", array(&[columns, columns])),
        tape.variable("A", array(&[height, columns])),
        tape.variable("v", array(&[height])),
        tape.data("z", array(&[rows])),
        tape.variable("w", array(&[1])),
        tape.variable("first", array(&[1, columns])),
        tape.data("column", array(&[rows, 1])),
        tape.data("cube", array(&[rows, 2, columns])),
        tape.variable("box", array(&[2, 1, columns])),
    ];
    let groups = tape.index_data("group", Array1::from_shape_fn(rows, |row| row * 7 % 3));
    let leaves = nodes.len();
    let mut recorder = Recorder { tape, bytes, nodes, groups, careless, gentle, solves: false };
    for _ in 0..MOST_STEPS {
        if recorder.bytes.is_empty() {
            break;
        }
        if let Some(node) = recorder.step()
            && is_small(&node.shape())
        {
            recorder.nodes.push(node);
        }
    }
    Recording { nodes: recorder.nodes, leaves, solves: recorder.solves }
}

#[derive(Clone, Copy)]
enum Range {
    /// Within ±2.
    Near,
    /// Of all magnitudes that exponentials and squares survive.
    Far,
    /// Of all whose products don't overflow at once, infinities and NaN included: a factor that is taken out of a sum may
    /// overflow on one side only.
    Any,
}

/// A sequence of numbers to fill arrays with.
struct Numbers {
    state: u64,
    range: Range,
    /// By what part of it a number is moved at most.
    part: f64,
}

impl Numbers {
    fn next(&mut self) -> f64 {
        let bits = splitmix(&mut self.state);
        let unit = (bits >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
        const SPECIAL: [f64; 16] = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.5,
            2.0,
            1e-8,
            -1e-8,
            40.0,
            -40.0,
            1e8,
            -1e8,
            1e100,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ];
        let number = match (self.range, bits % 4) {
            (Range::Near, 0) => SPECIAL[(bits >> 8) as usize % 6],
            (Range::Far, 0) => SPECIAL[(bits >> 8) as usize % 12],
            (Range::Far, 1) => unit * 300.0,
            (Range::Any, 0) => SPECIAL[(bits >> 8) as usize % 16],
            (Range::Any, 1) => unit * 2f64.powi((bits >> 8) as i32 % 200),
            _ => unit * 2.0,
        };
        number + number * self.part * unit
    }
}

/// Whether to go on with a node of this shape: recordings grow deep, not wide.
fn is_small(shape: &Shape) -> bool {
    shape.ndim() <= 4 && shape.trailing_len().is_some_and(|len| len <= 320)
}

/// The length of an axis counted from the last; `None` for the rows.
fn len_from_last(shape: &Shape, axis: usize) -> Option<usize> {
    shape.trailing().iter().rev().nth(axis).copied()
}

/// Whether two shapes broadcast: axis by axis from the last, one of length 1 stretching; where one has fewer axes, that one alone.
fn fits(a: &Shape, b: &Shape) -> bool {
    let (long, short) = if a.ndim() >= b.ndim() { (a, b) } else { (b, a) };
    (0..short.ndim()).all(|axis| {
        let [long_len, short_len] = [long, short].map(|shape| len_from_last(shape, axis));
        long_len == short_len || short_len == Some(1) || long_len == Some(1) && long.ndim() == short.ndim()
    })
}

impl<'t, T: Scalar> Recorder<'t, '_, T> {
    /// Any node.
    fn any(&mut self) -> Var<'t, T> {
        // Later nodes rather than earlier ones, so that recordings grow deep.
        let back = if self.bytes.byte().is_multiple_of(2) { self.nodes.len().min(4) } else { self.nodes.len() };
        self.nodes[self.nodes.len() - 1 - self.bytes.below(back)]
    }

    /// Any node whose shape `wanted` accepts; where none does, nothing is recorded.
    fn one(&mut self, wanted: impl Fn(&Shape) -> bool) -> Option<Var<'t, T>> {
        if self.careless {
            return Some(self.any());
        }
        let candidates: Vec<Var<'t, T>> = self.nodes.iter().copied().filter(|node| wanted(&node.shape())).collect();
        if candidates.is_empty() { None } else { Some(self.bytes.choice(&candidates)) }
    }

    fn step(&mut self) -> Option<Var<'t, T>> {
        match self.bytes.below(10) {
            0..=2 => self.of_the_catalogue(),
            3..=4 => self.arithmetic(),
            5 => self.reduction(),
            6 => self.product(),
            7 => self.repeated(),
            _ => self.layout(),
        }
    }

    /// A step of arithmetic by one operand, again and again.
    fn repeated(&mut self) -> Option<Var<'t, T>> {
        // Long products of anything overflow, before or after a number is taken out of them.
        let times = self.bytes.choice(&[2, 3, 5, if self.gentle { 30 } else { 4 }]);
        let (a, which) = (self.any(), self.bytes.below(5));
        let shape = a.shape();
        let b = self.one(|node| fits(&shape, node))?;
        let step = |x: Var<'t, T>| match which {
            0 => x + b,
            1 => x - b,
            2 => x * b,
            3 => x / b,
            _ => -x * b,
        };
        Some((0..times).fold(a, |x, _| step(x)))
    }

    /// An operation of the catalogue on operands that fit it.
    fn of_the_catalogue(&mut self) -> Option<Var<'t, T>> {
        let all: Vec<Operation> = catalogue::operations().collect();
        let operation = self.bytes.choice(&all);
        let mut operands: Vec<Var<'t, T>> = Vec::new();
        for sample in operation.operands() {
            let operand = match (sample.shape, operands.first()) {
                (Some(shape), _) => self.one(|node| *node == Shape::fixed(shape))?,
                (None, None) => self.any(),
                (None, Some(_)) => {
                    let shapes: Vec<Shape> = operands.iter().map(|operand| operand.shape()).collect();
                    self.one(|node| shapes.iter().all(|shape| fits(shape, node)))?
                }
            };
            operands.push(operand);
        }
        self.solves |= ["solve", "inverse", "cholesky", "det"].iter().any(|part| operation.name().contains(part));
        Some(operation.record(self.tape, &operands))
    }

    fn arithmetic(&mut self) -> Option<Var<'t, T>> {
        let a = self.any();
        let shape = a.shape();
        let number = T::from(self.bytes.choice(&[1.0, -1.0, 0.0, 0.5, 2.0, 3.0])).expect("a number of any scalar");
        Some(match self.bytes.below(12) {
            0 => a + number,
            1 => a * number,
            2 => -a + number,
            3 => (a * number).recip(),
            4 => a.powi(self.bytes.below(7) as i32 - 3),
            5 => a.powf(number),
            6 => a.clamp(-T::one(), T::one()),
            which => {
                let b = self.one(|node| fits(&shape, node))?;
                match which {
                    7 => a + b,
                    8 => a - b,
                    9 => a * b,
                    10 => a / b,
                    _ => {
                        let (condition, both) = (a.gt(b), [a.shape(), b.shape()]);
                        let c = self.one(|node| both.iter().all(|shape| fits(shape, node)))?;
                        condition.select(a, c)
                    }
                }
            }
        })
    }

    fn reduction(&mut self) -> Option<Var<'t, T>> {
        let which = self.bytes.below(10);
        // An extremum or a mean of nothing is an error of the recording.
        let x = self.one(|shape| shape.ndim() > 0 && (which >= 5 || !shape.trailing().contains(&0)))?;
        let axis = self.bytes.below(x.shape().ndim().max(1));
        let axes: Vec<usize> =
            if self.bytes.byte().is_multiple_of(2) { (0..x.shape().ndim()).collect() } else { vec![axis] };
        // Over the rows a program sums up all terms and takes a row's own off again: where these cancel, derivatives of the
        // interpreter, which leaves it out, are exact, and no random rounding of them shows what a program may lose.
        let over_rows = x.shape().has_rows() && axes.contains(&0);
        let kept = |normalised: Var<'t, T>| if over_rows { normalised.stop_gradient() } else { normalised };
        Some(match which {
            0 => x.mean_axes(&axes),
            1 => x.max_axes(&axes),
            2 => x.min_axes(&axes),
            3 => kept(x.softmax(&axes)),
            4 => kept(x.log_softmax(&axes)),
            5 => x.logsumexp_axes(&axes),
            6 => x.prod_axes(&axes),
            7 => x.norm_axes(&axes),
            _ => x.sum_axes(&axes),
        })
    }

    fn product(&mut self) -> Option<Var<'t, T>> {
        let matrix = |shape: &Shape| shape.ndim() == 2;
        let x = self.one(matrix)?;
        let shape = x.shape();
        let columns = shape.trailing().last().copied().unwrap_or(0);
        Some(match self.bytes.below(6) {
            0 => x.linear(self.one(|node| *node == Shape::fixed(&[columns]))?),
            1 => x.dot(self.one(|node| matrix(node) && !node.has_rows() && node.trailing()[0] == columns)?),
            2 => x.dot(self.one(|node| *node == Shape::fixed(&[columns]))?),
            3 => {
                let leads = |node: &Shape| {
                    node.has_rows() == shape.has_rows()
                        && (node.has_rows() || node.trailing().first() == shape.trailing().first())
                };
                x.t_dot(self.one(|node| leads(node) && (1..=2).contains(&node.ndim()))?)
            }
            4 => {
                let v = self.one(|node| node.ndim() == 1)?;
                let same = v.shape();
                v.dot(self.one(|node| *node == same)?)
            }
            _ => {
                let v = self.one(|node| node.ndim() == 1)?;
                v.outer(self.one(|node| node.ndim() == 1 && !node.has_rows())?)
            }
        })
    }

    fn layout(&mut self) -> Option<Var<'t, T>> {
        let x = self.any();
        let shape = x.shape();
        let (first, ndim) = (usize::from(shape.has_rows()), shape.ndim());
        let last = ndim.saturating_sub(1);
        let has_axes = ndim > first;
        Some(match self.bytes.below(10) {
            0 => x.reshape(&[shape.trailing().iter().product()]),
            1 if has_axes => x.slice_axis(
                last,
                ndarray::Slice::new(0, None, if self.bytes.byte().is_multiple_of(2) { -1 } else { 2 }),
            ),
            2 if has_axes && shape.trailing().last() > Some(&0) => {
                x.index_axis(last, self.bytes.below(shape.trailing()[last - first]))
            }
            3 if !shape.has_rows() && ndim > 1 => x.t(),
            4 if has_axes => self.tape.concatenate(last, &[x, self.one(|node| *node == shape)?]),
            5 => self.tape.stack(ndim, &[x, self.one(|node| *node == shape)?]),
            6 if !shape.has_rows() && has_axes && shape.trailing()[0] == 3 => x.gather(self.groups),
            7 if shape.has_rows() => x.scatter_add(self.groups, 3),
            8 if ndim == 1 && !shape.has_rows() => x.diag(),
            8 if ndim == first + 2 && shape.trailing()[0] == shape.trailing()[1] => x.diagonal(),
            _ => {
                let mut target = vec![2];
                target.extend_from_slice(shape.trailing());
                if shape.has_rows() { x.insert_axis(1).broadcast_to(&target) } else { x.broadcast_to(&target) }
            }
        })
    }
}
