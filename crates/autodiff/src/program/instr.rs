//! The instructions that plans are made of.

use crate::ops::{Binary, Lanewise, Linalg, Normalise, Ordered, Reduce, Sizes, Unary, Weighted};
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

/// `count` neighbours of a row: of rows of `row` elements (0 where all share one), from element `at` on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) x: At,
    pub(crate) row: u32,
    pub(crate) at: u32,
    pub(crate) count: u32,
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

/// One sweep over the rows of a matrix A: products with up to two vectors, and up to one sum of the rows.
///
/// With both it is *pipelined*: the sum is of the block's rows, the products of the next block's, a row of each in turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowSweep {
    pub(crate) a: Factor,
    /// Rows, the block's if 0, and columns, of A as it is stored.
    pub(crate) shape: [u32; 2],
    /// Whether the products are of Aᵀ.
    pub(crate) transposed: bool,
    pub(crate) dots: [Option<Dot>; 2],
    pub(crate) sum: Option<RowSum>,
    /// Bytes that the sum prefetches: after the block's rows or, pipelined, after the row that is read.
    pub(crate) ahead: u32,
}

/// `out = A·x`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dot {
    pub(crate) x: At,
    pub(crate) out: At,
    pub(crate) strong: bool,
}

/// `acc += Aᵀr`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowSum {
    pub(crate) r: At,
    pub(crate) acc: u32,
    pub(crate) strong: bool,
}

impl RowSweep {
    /// A product with one vector.
    pub(crate) fn dot(a: Factor, shape: [u32; 2], transposed: bool, dot: Dot) -> Self {
        RowSweep { a, shape, transposed, dots: [Some(dot), None], sum: None, ahead: 0 }
    }

    /// A sum of the block's rows.
    pub(crate) fn sum(a: Factor, columns: u32, sum: RowSum) -> Self {
        RowSweep { a, shape: [0, columns], transposed: false, dots: [None; 2], sum: Some(sum), ahead: 0 }
    }

    pub(crate) fn is_pipelined(&self) -> bool {
        self.sum.is_some() && self.dots[0].is_some()
    }

    /// Whether the products are of the rows of a block.
    pub(crate) fn is_of_block(&self) -> bool {
        self.shape[0] == 0 && !self.transposed
    }
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
    /// Binary operations one after the other, by one call: on a small block the call takes longer than the operation.
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
    /// Elements of rows of `len`, each into a value of one element a row.
    Split {
        x: At,
        len: u32,
        columns: Vec<(u32, At)>,
    },
    /// Rows of `len`, put together from parts of others.
    Join {
        parts: Vec<Part>,
        out: At,
        len: u32,
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
    /// Products of the rows of a matrix with vectors, and their sum.
    RowSweep(RowSweep),
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
    /// What `op` makes of `[outer, len, inner]` a row along `len`.
    Lanewise {
        op: Lanewise,
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
    /// An operation on `sizes.batch` matrices a row; the other result is memory to work in.
    Linalg {
        op: Linalg,
        operands: [At; 2],
        outs: [At; 2],
        sizes: Sizes,
        source: u32,
    },
    /// A program on the elements of arrays, of the plan's lifted ones, and a node of it.
    Lifted {
        program: u32,
        operands: Box<[At]>,
        outs: Box<[At]>,
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
