//! The instructions that plans are made of.

use crate::ops::{Along, Binary, Linalg, Normalise, Ordered, Reduce, Sizes, Sort, Unary, Weighted};
use smallvec::SmallVec;

/// A place in an arena: the number of an element, a multiple of [`LANES`](crate::kernels::LANES). While lowering, the number of a value.
pub(crate) type At = u32;

/// An operand of an elementwise instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operand {
    pub(crate) at: At,
    /// Whether it is one tile, the same number in every lane, for all tiles of the result.
    pub(crate) splat: bool,
}

/// A binary operation of elements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) op: Binary,
    pub(crate) a: Operand,
    pub(crate) b: Operand,
    pub(crate) out: At,
}

/// Where the left factor of a product is: in the arena, or in the array an input is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Factor {
    Arena(At),
    Input(u32),
}

/// Where indices are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Indices {
    /// The rows of the block, of an input on the rows.
    Rows(u32),
    /// All of a fixed input.
    Fixed(u32),
}

/// One step of a plan. `len`s are numbers of elements a row.
#[derive(Clone, Debug)]
pub(crate) enum Instr {
    /// A run of operations on single numbers, of the plan's scalar code.
    Scalars {
        first: u32,
        count: u32,
    },
    /// A number into every lane of a tile.
    Splat {
        scalar: u32,
        out: At,
    },
    /// The first element as a number.
    Pick {
        x: At,
        scalar: u32,
    },
    /// The block's rows of an input.
    Load {
        input: u32,
        out: At,
        len: u32,
    },
    Unary {
        op: Unary,
        x: At,
        out: At,
        len: u32,
    },
    Binary {
        step: Step,
        len: u32,
    },
    /// Binary operations one after the other, by one call: on a small block a call takes longer than its operation.
    Chain {
        steps: Box<[Step]>,
        len: u32,
    },
    Select {
        condition: Operand,
        a: Operand,
        b: Operand,
        out: At,
        len: u32,
    },
    Powi {
        n: i32,
        x: At,
        out: At,
        len: u32,
    },
    Powf {
        scalar: u32,
        x: At,
        out: At,
        len: u32,
    },
    Ordered {
        family: Ordered,
        order: u16,
        x: At,
        out: At,
        len: u32,
    },
    /// softplus(z), softplus(−z), σ(z), σ(−z), those asked for, from one exponential.
    Logistic {
        z: At,
        outs: [Option<At>; 4],
        len: u32,
    },
    /// `y·softplus(−z) + (c − y)·softplus(z)`, with c = 1 the logistic loss, and `(c − y)·σ(z) − y·σ(−z)`, its derivative by
    /// z; those asked for. The second's products are strong.
    LogisticLoss {
        z: At,
        y: At,
        c: Operand,
        outs: [Option<At>; 2],
        len: u32,
    },
    Zero {
        out: At,
        len: u32,
    },
    /// Elements moved between layouts.
    Copy {
        layout: u32,
        x: At,
        out: At,
    },
    /// Reduction of `[outer, red, inner]` a row along `red`.
    Reduce {
        op: Reduce,
        x: At,
        out: At,
        outer: u32,
        red: u32,
        inner: u32,
    },
    /// Normalisation of `[outer, red]` a row along `red`.
    Normalise {
        op: Normalise,
        x: At,
        out: At,
        outer: u32,
        red: u32,
    },
    /// The triple product of `[outer, red, inner]` a row along `red`.
    Triple {
        operands: [Operand; 3],
        out: At,
        lanes: [u32; 3],
    },
    /// Log-sum-exp, log-softmax and softmax weights of `[outer, red]` a row along `red`, those asked for, from one exponential
    /// each.
    Exponentials {
        x: At,
        outs: [Option<At>; 3],
        outer: u32,
        red: u32,
    },
    /// `m` rows (the block's, if 0) of a product with a vector.
    MatVec {
        a: Factor,
        transposed: bool,
        shape: [u32; 2],
        x: At,
        out: At,
        strong: bool,
    },
    /// The products of the block's rows with two vectors, row by row.
    MatVecPair {
        a: Factor,
        columns: u32,
        x: [At; 2],
        out: [At; 2],
        strong: [bool; 2],
    },
    /// The right factor of a product, rearranged for it.
    Pack {
        x: At,
        shape: [u32; 2],
        transposed: bool,
        panels: u32,
    },
    /// The product with packed panels. `shape` is that of the left factor; 0 rows mean the block's.
    MatMul {
        a: Factor,
        transposed: bool,
        shape: [u32; 2],
        panels: u32,
        out: At,
        columns: u32,
        strong: bool,
    },
    Gather {
        table: At,
        len: u32,
        indices: Indices,
        out: At,
        inner: u32,
        source: u32,
    },
    /// With the rounding errors of the sums, added to them at the end.
    ScatterAdd {
        x: At,
        indices: Indices,
        out: At,
        errors: At,
        len: u32,
        inner: u32,
        source: u32,
    },
    /// A scan of `[outer, len, inner]` a row along `len`.
    Scan {
        op: Along,
        operands: [At; 2],
        out: At,
        lanes: [u32; 3],
    },
    /// What `op` makes of `[outer, len]` numbers and weights a row along `len`.
    Weighted {
        op: Weighted,
        operands: [At; 2],
        out: At,
        lanes: [u32; 2],
    },
    /// `[outer, len, inner]` a row put in the order of the second operand along `len`.
    Sort {
        op: Sort,
        operands: [At; 2],
        out: At,
        lanes: [u32; 3],
    },
    /// An operation on `sizes.batch` matrices a row; the other result is memory to work in.
    Linalg {
        op: Linalg,
        operands: [At; 2],
        outs: [At; 2],
        sizes: Sizes,
        source: u32,
    },
    /// A user's operation, by its node in the plan's graph.
    Custom {
        node: u32,
        operands: SmallVec<[At; 3]>,
        out: At,
    },
    /// A reduction over the rows, into an accumulator.
    Accumulate {
        op: Reduce,
        x: At,
        acc: u32,
        len: u32,
    },
    /// `acc += Aᵀr`, A of `columns` columns.
    AccumulateMatVec {
        a: Factor,
        columns: u32,
        r: At,
        acc: u32,
        strong: bool,
    },
    /// A sum over the block's rows ([`AccumulateMatVec`](Instr::AccumulateMatVec)) and, row by row, a product of the next block's
    /// ([`MatVec`](Instr::MatVec) or [`MatVecPair`](Instr::MatVecPair)): of the same input.
    Pipelined {
        sum: Box<Instr>,
        product: Box<Instr>,
    },
    /// `acc += AᵀB`.
    AccumulateMatMul {
        a: Factor,
        b: Factor,
        columns: [u32; 2],
        acc: u32,
        panels: u32,
        strong: bool,
    },
    /// The upper triangle of `acc += Aᵀ diag(w) A`.
    AccumulateGram {
        a: Factor,
        columns: u32,
        w: At,
        acc: u32,
        panels: u32,
        strong: bool,
    },
    AccumulateScatter {
        x: At,
        indices: Indices,
        acc: u32,
        len: u32,
        inner: u32,
        source: u32,
    },
    /// The block's rows of an output.
    Store {
        x: At,
        output: u32,
        len: u32,
    },
}

/// An operation on single numbers: 16 bytes, since a program may have millions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScalarInstr {
    pub(crate) op: ScalarOp,
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) out: u32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum ScalarOp {
    Unary(Unary),
    Binary(Binary),
    /// `b` is the exponent's bits.
    Powi,
    /// `b` is the exponent's place.
    Powf,
    Ordered(Ordered, u16),
    /// `a` is the condition; `b` and the place after it in the side table of choices.
    Select,
}

impl Instr {
    /// The instructions that it is made of, or itself.
    pub(crate) fn parts(&self) -> SmallVec<[&Instr; 2]> {
        match self {
            Instr::Pipelined { sum, product } => SmallVec::from_slice(&[&**product, &**sum]),
            instr => SmallVec::from_slice(&[instr]),
        }
    }

    /// The arena places the instruction reads.
    pub(crate) fn reads(&mut self) -> SmallVec<[&mut At; 4]> {
        let mut places: SmallVec<[&mut At; 4]> = SmallVec::new();
        match self {
            Instr::Scalars { .. } | Instr::Splat { .. } | Instr::Load { .. } | Instr::Zero { .. } => {}
            Instr::Pick { x, .. }
            | Instr::Unary { x, .. }
            | Instr::Powi { x, .. }
            | Instr::Powf { x, .. }
            | Instr::Ordered { x, .. }
            | Instr::Logistic { z: x, .. }
            | Instr::Copy { x, .. }
            | Instr::Reduce { x, .. }
            | Instr::Normalise { x, .. }
            | Instr::Exponentials { x, .. }
            | Instr::Pack { x, .. }
            | Instr::ScatterAdd { x, .. }
            | Instr::Accumulate { x, .. }
            | Instr::AccumulateScatter { x, .. }
            | Instr::Gather { table: x, .. }
            | Instr::Store { x, .. } => places.push(x),
            Instr::LogisticLoss { z, y, c, .. } => places.extend([z, y, &mut c.at]),
            Instr::Binary { step, .. } => places.extend([&mut step.a.at, &mut step.b.at]),
            Instr::Chain { steps, .. } => {
                places.extend(steps.iter_mut().flat_map(|step| [&mut step.a.at, &mut step.b.at]));
            }
            Instr::Select { condition, a, b, .. } => places.extend([&mut condition.at, &mut a.at, &mut b.at]),
            Instr::Triple { operands, .. } => places.extend(operands.iter_mut().map(|operand| &mut operand.at)),
            Instr::MatVec { a, x, .. } => places.extend(a.place().into_iter().chain([x])),
            Instr::MatVecPair { a, x, .. } => places.extend(a.place().into_iter().chain(x)),
            Instr::MatMul { a, .. } => places.extend(a.place()),
            Instr::AccumulateMatVec { a, r, .. } => places.extend(a.place().into_iter().chain([r])),
            Instr::Pipelined { sum, product } => places.extend(sum.reads().into_iter().chain(product.reads())),
            Instr::AccumulateMatMul { a, b, .. } => places.extend(a.place().into_iter().chain(b.place())),
            Instr::AccumulateGram { a, w, .. } => places.extend(a.place().into_iter().chain([w])),
            Instr::Scan { operands, .. }
            | Instr::Sort { operands, .. }
            | Instr::Weighted { operands, .. }
            | Instr::Linalg { operands, .. } => places.extend(operands),
            Instr::Custom { operands, .. } => places.extend(operands.iter_mut()),
        }
        places
    }

    /// The arena places the instruction writes.
    pub(crate) fn writes(&mut self) -> SmallVec<[&mut At; 4]> {
        let mut places: SmallVec<[&mut At; 4]> = SmallVec::new();
        match self {
            Instr::Splat { out, .. }
            | Instr::Load { out, .. }
            | Instr::Unary { out, .. }
            | Instr::Select { out, .. }
            | Instr::Triple { out, .. }
            | Instr::Powi { out, .. }
            | Instr::Powf { out, .. }
            | Instr::Ordered { out, .. }
            | Instr::Zero { out, .. }
            | Instr::Copy { out, .. }
            | Instr::Reduce { out, .. }
            | Instr::Normalise { out, .. }
            | Instr::MatVec { out, .. }
            | Instr::MatMul { out, .. }
            | Instr::Gather { out, .. }
            | Instr::Scan { out, .. }
            | Instr::Sort { out, .. }
            | Instr::Weighted { out, .. }
            | Instr::Custom { out, .. } => places.push(out),
            Instr::Binary { step, .. } => places.push(&mut step.out),
            Instr::Chain { steps, .. } => places.extend(steps.iter_mut().map(|step| &mut step.out)),
            Instr::Linalg { outs, .. } => places.extend(outs),
            Instr::ScatterAdd { out, errors, .. } => places.extend([out, errors]),
            Instr::MatVecPair { out, .. } => places.extend(out),
            Instr::Pipelined { product, .. } => places = product.writes(),
            Instr::Logistic { outs, .. } => places.extend(outs.iter_mut().flatten()),
            Instr::Exponentials { outs, .. } => places.extend(outs.iter_mut().flatten()),
            Instr::LogisticLoss { outs, .. } => places.extend(outs.iter_mut().flatten()),
            Instr::Scalars { .. }
            | Instr::Pick { .. }
            | Instr::Pack { .. }
            | Instr::Accumulate { .. }
            | Instr::AccumulateMatVec { .. }
            | Instr::AccumulateMatMul { .. }
            | Instr::AccumulateGram { .. }
            | Instr::AccumulateScatter { .. }
            | Instr::Store { .. } => {}
        }
        places
    }
}

impl Factor {
    fn place(&mut self) -> Option<&mut At> {
        match self {
            Factor::Arena(at) => Some(at),
            Factor::Input(_) => None,
        }
    }
}
