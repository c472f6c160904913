//! Runs instructions. One loop for all element types and instruction sets: it is inlined into the functions of
//! [`kernels::dispatch`](crate::kernels), which are compiled for each.

use super::bind::Bound;
use super::plan::{Factor, Indices, Instr, Layout, Operand, Plan, ScalarInstr, ScalarOp};
use crate::graph::{Graph, NodeId};
use crate::kernels::product::{self, Matrix, Panels};
use crate::kernels::{LANES, Math, Reference, Task, Tile};
use crate::ops::{self, Evaluated, Failure, Reduce, Unary, choose};
use crate::scalar::Scalar;
use ndarray::{ArrayD, ArrayViewMutD, Axis, IxDyn, Slice};
use smallvec::SmallVec;

/// Everything a list of instructions works on.
pub(crate) struct Frame<'a, 'b, 'o, T: Scalar> {
    pub(crate) plan: &'a Plan<T>,
    pub(crate) graph: &'a Graph<T>,
    pub(crate) inputs: &'a [Bound<'b, T>],
    pub(crate) arena: &'a mut [T],
    pub(crate) scalars: &'a mut [T],
    pub(crate) accumulators: &'a mut [T],
    pub(crate) panels: &'a mut [Panels<T>],
    /// The rows of the outputs that this part of the rows writes, by output; from `first_row` on.
    pub(crate) outputs: &'a mut [(u32, ArrayViewMutD<'o, T>)],
    pub(crate) first_row: usize,
    /// The rows of the block, and how many there are; a fixed list has one.
    pub(crate) start: usize,
    pub(crate) rows: usize,
    /// The node whose evaluation failed, and why.
    pub(crate) failure: Option<(NodeId, Failure)>,
}

/// The instructions of a block, a prologue, or a stage on fixed nodes.
pub(crate) struct Once<'f, 'a, 'b, 'o, T: Scalar> {
    pub(crate) frame: &'f mut Frame<'a, 'b, 'o, T>,
    pub(crate) instrs: &'f [Instr],
}

impl<T: Scalar> Task<T> for Once<'_, '_, '_, '_, T> {
    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        for instr in self.instrs {
            self.frame.execute::<M, L, R, V>(instr);
        }
    }
}

/// The body of a pass over the blocks of consecutive rows.
pub(crate) struct Blocks<'f, 'a, 'b, 'o, T: Scalar> {
    pub(crate) frame: &'f mut Frame<'a, 'b, 'o, T>,
    pub(crate) instrs: &'f [Instr],
    pub(crate) block_rows: usize,
    pub(crate) end: usize,
}

impl<T: Scalar> Task<T> for Blocks<'_, '_, '_, '_, T> {
    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        let mut start = self.frame.start;
        while start < self.end {
            self.frame.start = start;
            self.frame.rows = self.block_rows.min(self.end - start);
            for instr in self.instrs {
                self.frame.execute::<M, L, R, V>(instr);
            }
            start += self.block_rows;
        }
    }
}

impl<T: Scalar> Frame<'_, '_, '_, T> {
    #[inline(always)]
    fn tiles(&mut self) -> &mut [Tile<T>] {
        self.arena.as_chunks_mut::<LANES>().0
    }

    /// The tiles that `len` elements a row take.
    #[inline(always)]
    fn count(&self, len: u32) -> usize {
        (self.rows * len as usize).div_ceil(LANES)
    }

    #[inline(always)]
    fn execute<M: Math<T>, const L: usize, const R: usize, const V: usize>(&mut self, instr: &Instr) {
        match *instr {
            Instr::Scalars { first, count } => {
                let code = &self.plan.scalar_code[first as usize..][..count as usize];
                scalars(code, self.scalars, &self.plan.choices);
            }
            Instr::Splat { scalar, out } => {
                let number = self.scalars[scalar as usize];
                self.tiles()[out as usize / LANES] = [number; LANES];
            }
            Instr::Pick { x, scalar } => self.scalars[scalar as usize] = self.arena[x as usize],
            Instr::Load { input, out, len } => self.load(input, out as usize, len as usize),
            Instr::Unary { op, x, out, len } => {
                let count = self.count(len);
                self.unary::<M>(op, x as usize / LANES, out as usize / LANES, count);
            }
            Instr::Binary { op, a, b, out, len } => {
                let count = self.count(len);
                op.map::<T, M>(self.tiles(), lane(a), lane(b), out as usize / LANES, count);
            }
            Instr::Select { condition, a, b, out, len } => {
                let count = self.count(len);
                self.select([lane(condition), lane(a), lane(b)], out as usize / LANES, count);
            }
            Instr::Powi { n, x, out, len } => {
                let count = self.count(len);
                ops::map_tiles(
                    self.tiles(),
                    x as usize / LANES,
                    out as usize / LANES,
                    count,
                    #[inline(always)]
                    |x: T| x.powi(n),
                );
            }
            Instr::Powf { scalar, x, out, len } => {
                let (count, p) = (self.count(len), self.graph.scalars[scalar as usize]);
                ops::map_tiles(
                    self.tiles(),
                    x as usize / LANES,
                    out as usize / LANES,
                    count,
                    #[inline(always)]
                    |x: T| x.powf(p),
                );
            }
            Instr::Logistic { z, ref outs, len } => {
                let count = self.count(len);
                self.logistic::<M>(z as usize / LANES, outs, count);
            }
            Instr::Accumulate { op: Reduce::Sum, x, acc, len: 1 } => self.sum_lanes(x as usize / LANES, acc as usize),
            Instr::MatVec { a, transposed, shape, x, out } => self.matvec::<M, L>(a, transposed, shape, x, out),
            Instr::AccumulateMatVec { a, columns, r, acc } => self.transposed_matvec::<M, L>(a, columns, r, acc),
            Instr::Pack { x, shape: [rows, columns], transposed, panels } => {
                let len = (rows * columns) as usize;
                let w = Matrix::row_major(&self.arena[x as usize..][..len], rows as usize, columns as usize);
                self.panels[panels as usize].pack::<L>(if transposed { w.transposed() } else { w });
            }
            Instr::MatMul { a, transposed, shape, panels, out, columns } => {
                self.matmul::<M, L, R, V>(a, transposed, shape, panels, [out, columns]);
            }
            Instr::AccumulateMatMul { a, b, columns, acc, panels } => {
                let [p, q] = columns.map(|columns| columns as usize);
                let rows = |factor, columns| matrix(self.inputs, self.arena, factor, self.start, self.rows, columns);
                let (a, b) = (rows(a, p), rows(b, q));
                let acc = &mut self.accumulators[acc as usize..][..p * q];
                product::transposed_matmul::<T, M, L, R, V>(a, b, acc, &mut self.panels[panels as usize]);
            }
            Instr::AccumulateGram { a, columns, w, acc, panels } => {
                let p = columns as usize;
                let weights = &self.arena[w as usize..][..self.rows];
                let a = matrix(self.inputs, self.arena, a, self.start, self.rows, p);
                let acc = &mut self.accumulators[acc as usize..][..p * p];
                product::gram::<T, M, L, R, V>(a, weights, acc, &mut self.panels[panels as usize]);
            }
            Instr::Reduce { op: Reduce::LogSumExp, x, out, outer, red, inner: 1 } => {
                let lanes = self.rows * outer as usize;
                log_sum_exp_lanes::<T, M>(self.arena, [x as usize, out as usize], lanes, red as usize);
            }
            Instr::Normalise {
                op: ops::Normalise::Weights | ops::Normalise::Softmax,
                x,
                out,
                outer,
                red,
                inner: 1,
            } if red > 0 => {
                let lanes = self.rows * outer as usize;
                let finite = softmax_lanes::<T, M>(self.arena, [x as usize, out as usize], lanes, red as usize);
                if !finite {
                    self.rare(instr);
                }
            }
            _ => self.rare(instr),
        }
    }

    #[inline(always)]
    fn unary<M: Math<T>>(&mut self, op: Unary, x: usize, out: usize, count: usize) {
        let tiles = self.tiles();
        match op {
            Unary::Sin | Unary::Cos => {
                for tile in 0..count {
                    let x = tiles[x + tile];
                    tiles[out + tile] = if op == Unary::Sin { M::sin_tile(x) } else { M::cos_tile(x) };
                }
            }
            _ => op.map::<T, M>(tiles, x, out, count),
        }
    }

    #[inline(always)]
    fn select(&mut self, [condition, a, b]: [(usize, usize); 3], out: usize, count: usize) {
        let tiles = self.tiles();
        for tile in 0..count {
            let at = |(first, step): (usize, usize)| first + step * tile;
            let (condition, a, b) = (tiles[at(condition)], tiles[at(a)], tiles[at(b)]);
            let mut result = [T::zero(); LANES];
            for lane in 0..LANES {
                result[lane] = choose(condition[lane], a[lane], b[lane]);
            }
            tiles[out + tile] = result;
        }
    }

    #[inline(always)]
    fn logistic<M: Math<T>>(&mut self, z: usize, outs: &[Option<u32>; 4], count: usize) {
        let tiles = self.tiles();
        for tile in 0..count {
            let z = tiles[z + tile];
            let mut results = [[T::zero(); LANES]; 4];
            for lane in 0..LANES {
                let values = M::logistic(z[lane]);
                results[0][lane] = values.softplus;
                results[1][lane] = values.softplus_neg;
                results[2][lane] = values.sigmoid;
                results[3][lane] = values.sigmoid_neg;
            }
            for (out, result) in outs.iter().zip(results) {
                if let Some(out) = out {
                    tiles[*out as usize / LANES + tile] = result;
                }
            }
        }
    }

    /// Adds a number a row to the lanes of an accumulator.
    #[inline(always)]
    fn sum_lanes(&mut self, x: usize, acc: usize) {
        let (whole, rest) = (self.rows / LANES, self.rows % LANES);
        let tiles = self.arena.as_chunks::<LANES>().0;
        let lanes = &mut self.accumulators[acc..][..LANES];
        let mut sums = [T::zero(); LANES];
        sums.copy_from_slice(lanes);
        for tile in &tiles[x..x + whole] {
            for lane in 0..LANES {
                sums[lane] = sums[lane] + tile[lane];
            }
        }
        if rest > 0 {
            let tile = &tiles[x + whole];
            for lane in 0..rest {
                sums[lane] = sums[lane] + tile[lane];
            }
        }
        lanes.copy_from_slice(&sums);
    }

    #[inline(always)]
    fn matvec<M: Math<T>, const L: usize>(
        &mut self,
        a: Factor,
        transposed: bool,
        [m, columns]: [u32; 2],
        x: u32,
        out: u32,
    ) {
        let rows = if m == 0 && !transposed { self.rows } else { m as usize };
        let columns = columns as usize;
        let (inner, outer) = if transposed { (rows, columns) } else { (columns, rows) };
        let Some((a, x, out)) =
            operands(self.inputs, self.arena, (a, self.start, rows, columns), (x, inner), (out, outer))
        else {
            return;
        };
        product::matvec::<T, M, L>(if transposed { a.transposed() } else { a }, x, out);
    }

    #[inline(always)]
    fn transposed_matvec<M: Math<T>, const L: usize>(&mut self, a: Factor, columns: u32, r: u32, acc: u32) {
        let a = matrix(self.inputs, self.arena, a, self.start, self.rows, columns as usize);
        let r = &self.arena[r as usize..][..self.rows];
        let acc = &mut self.accumulators[acc as usize..][..columns as usize];
        product::transposed_matvec::<T, M, L>(a, r, acc);
    }

    #[inline(always)]
    fn matmul<M: Math<T>, const L: usize, const R: usize, const V: usize>(
        &mut self,
        a: Factor,
        transposed: bool,
        [m, columns]: [u32; 2],
        panels: u32,
        [out, q]: [u32; 2],
    ) {
        let rows = if m == 0 && !transposed { self.rows } else { m as usize };
        let (columns, q) = (columns as usize, q as usize);
        let outer = if transposed { columns } else { rows };
        let Some((a, _, out)) =
            operands(self.inputs, self.arena, (a, self.start, rows, columns), (0, 0), (out, outer * q))
        else {
            return;
        };
        let a = if transposed { a.transposed() } else { a };
        product::matmul::<T, M, L, R, V>(a, &self.panels[panels as usize], out, q);
    }
}

/// An elementwise operand's first tile and step.
#[inline(always)]
fn lane(operand: Operand) -> (usize, usize) {
    (operand.at as usize / LANES, usize::from(!operand.splat))
}

/// `rows` rows of a factor: of the arena, or of the array an input is bound to, from row `start`.
#[inline(always)]
fn matrix<'m, T: Scalar>(
    inputs: &'m [Bound<'_, T>],
    arena: &'m [T],
    factor: Factor,
    start: usize,
    rows: usize,
    columns: usize,
) -> Matrix<'m, T> {
    match factor {
        Factor::Arena(at) => Matrix::row_major(&arena[at as usize..][..rows * columns], rows, columns),
        Factor::Input(input) => match &inputs[input as usize] {
            Bound::Numbers(array) => Matrix::of_rows(array, columns).row_block(start, rows),
            Bound::Indices(_) => Matrix::row_major(&[], 0, columns),
        },
    }
}

/// A factor's matrix, another operand and the result, which is apart from both in the arena.
#[inline(always)]
#[allow(clippy::type_complexity)]
fn operands<'m, T: Scalar>(
    inputs: &'m [Bound<'_, T>],
    arena: &'m mut [T],
    (factor, start, rows, columns): (Factor, usize, usize, usize),
    (x, x_len): (u32, usize),
    (out, out_len): (u32, usize),
) -> Option<(Matrix<'m, T>, &'m [T], &'m mut [T])> {
    let range = |at: u32, len: usize| at as usize..at as usize + len;
    match factor {
        Factor::Input(_) => {
            let [x, out] = disjoint(arena, range(x, x_len), range(out, out_len))?;
            Some((matrix(inputs, &[], factor, start, rows, columns), x, out))
        }
        Factor::Arena(a) if a == x || x_len == 0 => {
            let longest = x_len.max(rows * columns);
            let [ax, out] = disjoint(arena, range(a, longest), range(out, out_len))?;
            let ax: &[T] = ax;
            Some((Matrix::row_major(&ax[..rows * columns], rows, columns), &ax[..x_len], out))
        }
        Factor::Arena(a) => {
            let ranges = [range(a, rows * columns), range(x, x_len), range(out, out_len)];
            let [a, x, out] = arena.get_disjoint_mut(ranges).ok()?;
            Some((Matrix::row_major(a, rows, columns), x, out))
        }
    }
}

#[inline(always)]
fn disjoint<T>(arena: &mut [T], x: std::ops::Range<usize>, out: std::ops::Range<usize>) -> Option<[&mut [T]; 2]> {
    arena.get_disjoint_mut([x, out]).ok()
}

/// Log-sum-exps of lanes of neighbours, a tile of exponentials at a time; the largest is taken out exactly.
#[inline(always)]
fn log_sum_exp_lanes<T: Scalar, M: Math<T>>(arena: &mut [T], [x, out]: [usize; 2], lanes: usize, len: usize) {
    for lane in 0..lanes {
        let from = x + lane * len;
        let largest = Reduce::Max.lane(&arena[from..from + len]);
        arena[out + lane] = if largest.is_finite() {
            let sum = exp_sum::<T, M>(&arena[from..from + len], largest);
            largest + M::ln_1p(sum)
        } else {
            largest
        };
    }
}

/// `Σ e^(x − largest)`, but for the 1 of one largest.
#[inline(always)]
fn exp_sum<T: Scalar, M: Math<T>>(lane: &[T], largest: T) -> T {
    let mut sums = [T::zero(); LANES];
    let mut seen = false;
    for chunk in lane.chunks(LANES) {
        let mut tile = [T::neg_infinity(); LANES];
        tile[..chunk.len()].copy_from_slice(chunk);
        if !seen && let Some(at) = chunk.iter().position(|&x| x == largest) {
            tile[at] = T::neg_infinity();
            seen = true;
        }
        for lane in 0..LANES {
            sums[lane] = sums[lane] + M::exp(tile[lane] - largest);
        }
    }
    ops::pairwise_sum(&sums)
}

/// Softmaxes of lanes of neighbours; false if a lane has no finite largest element, which the reference has rules for.
#[inline(always)]
fn softmax_lanes<T: Scalar, M: Math<T>>(arena: &mut [T], [x, out]: [usize; 2], lanes: usize, len: usize) -> bool {
    for lane in 0..lanes {
        let (from, to) = (x + lane * len, out + lane * len);
        let largest = Reduce::Max.lane(&arena[from..from + len]);
        if !largest.is_finite() {
            return false;
        }
        let mut sums = [T::zero(); LANES];
        for first in (0..len).step_by(LANES) {
            let width = LANES.min(len - first);
            let mut tile = [T::neg_infinity(); LANES];
            tile[..width].copy_from_slice(&arena[from + first..from + first + width]);
            for lane in 0..LANES {
                tile[lane] = M::exp(tile[lane] - largest);
                sums[lane] = sums[lane] + tile[lane];
            }
            arena[to + first..to + first + width].copy_from_slice(&tile[..width]);
        }
        let scale = ops::pairwise_sum(&sums).recip();
        for value in &mut arena[to..to + len] {
            *value = *value * scale;
        }
    }
    true
}

/// Operations on single numbers, one after another.
fn scalars<T: Scalar>(code: &[ScalarInstr], numbers: &mut [T], choices: &[[u32; 2]]) {
    for instr in code {
        let a = numbers[instr.a as usize];
        let value = match instr.op {
            ScalarOp::Binary(op) => op.value::<T, Reference>(a, numbers[instr.b as usize]),
            ScalarOp::Unary(op) => op.value::<T, Reference>(a),
            ScalarOp::Powi => a.powi(instr.b as i32),
            ScalarOp::Ordered(family, order) => family.value(order, a),
            ScalarOp::Powf => a.powf(numbers[instr.b as usize]),
            ScalarOp::Select => {
                let [yes, no] = choices[instr.b as usize];
                choose(a, numbers[yes as usize], numbers[no as usize])
            }
        };
        numbers[instr.out as usize] = value;
    }
}

/// What is not worth compiling for each instruction set.
impl<T: Scalar> Frame<'_, '_, '_, T> {
    #[inline(never)]
    fn rare(&mut self, instr: &Instr) {
        match *instr {
            Instr::Zero { out, len } => self.arena[out as usize..][..self.rows * len as usize].fill(T::zero()),
            Instr::Ordered { family, order, x, out, len } => {
                let count = self.count(len);
                family.map(order, self.tiles(), [x, out].map(|at| at as usize / LANES), count);
            }
            Instr::Copy { layout, x, out } => {
                let layout = &self.plan.layouts[layout as usize];
                for row in 0..self.rows {
                    copy(self.arena, layout, x as usize + row * layout.from_row, out as usize + row * layout.to_row);
                }
            }
            Instr::Reduce { op, x, out, outer, red, inner } => {
                self.lanes([x, out], [outer, red, inner], |lane, out| out[0] = op.lane(lane), 1);
            }
            Instr::Normalise { op, x, out, outer, red, inner } => {
                let normalise = |lane: &mut [T], out: &mut [T]| {
                    ops::normalise_lane(op, lane);
                    out.copy_from_slice(lane);
                };
                self.lanes([x, out], [outer, red, inner], normalise, red as usize);
            }
            Instr::Gather { table, len, indices, out, inner, source } => {
                let outcome = self.gather([table, out], len as usize, indices, inner as usize);
                self.keep(source, outcome);
            }
            Instr::ScatterAdd { x, indices, out, len, inner, source } => {
                let size = (len * inner) as usize;
                self.arena[out as usize..][..size].fill(T::zero());
                let mut table: SmallVec<[T; 64]> = SmallVec::from_elem(T::zero(), size);
                let outcome = self.scatter(x, indices, &mut table, [len as usize, inner as usize]);
                self.arena[out as usize..][..size].copy_from_slice(&table);
                self.keep(source, outcome);
            }
            Instr::AccumulateScatter { x, indices, acc, len, inner, source } => {
                let accumulators = std::mem::take(&mut self.accumulators);
                let table = &mut accumulators[acc as usize..][..(len * inner) as usize];
                let outcome = self.scatter(x, indices, table, [len as usize, inner as usize]);
                self.accumulators = accumulators;
                self.keep(source, outcome);
            }
            Instr::Accumulate { op, x, acc, len } => self.accumulate(op, x as usize, acc as usize, len as usize),
            Instr::Store { x, output, len } => self.store(x as usize, output, len as usize),
            Instr::Custom { node, ref operands, out } => {
                let outcome = self.custom(NodeId(node), operands, out as usize);
                self.keep(node, outcome);
            }
            _ => {}
        }
    }

    /// Keeps the first failure.
    fn keep(&mut self, node: u32, outcome: Result<(), Failure>) {
        if let Err(failure) = outcome {
            self.failure.get_or_insert((NodeId(node), failure));
        }
    }

    /// The block's rows of an input, row-major.
    fn load(&mut self, input: u32, out: usize, len: usize) {
        let Bound::Numbers(array) = &self.inputs[input as usize] else { return };
        let out = &mut self.arena[out..][..self.rows * len];
        if let Some(elements) = array.as_slice() {
            out.copy_from_slice(&elements[self.start * len..][..self.rows * len]);
            return;
        }
        let block = array.slice_axis(Axis(0), Slice::from(self.start..self.start + self.rows));
        for (out, &x) in out.iter_mut().zip(&block) {
            *out = x;
        }
    }

    /// Calls `f` on each lane of `[outer, red, inner]` a row, and a slice of `width` places for its result.
    fn lanes(
        &mut self,
        [x, out]: [u32; 2],
        [outer, red, inner]: [u32; 3],
        f: impl Fn(&mut [T], &mut [T]),
        width: usize,
    ) {
        let (red, inner) = (red as usize, inner as usize);
        let mut lane: SmallVec<[T; 64]> = SmallVec::from_elem(T::zero(), red);
        let mut result: SmallVec<[T; 64]> = SmallVec::from_elem(T::zero(), width);
        for outer in 0..self.rows * outer as usize {
            for inner_at in 0..inner {
                let from = x as usize + outer * red * inner + inner_at;
                for (k, value) in lane.iter_mut().enumerate() {
                    *value = self.arena[from + k * inner];
                }
                f(&mut lane, &mut result);
                let to = out as usize + outer * width * inner + inner_at;
                for (k, &value) in result.iter().enumerate() {
                    self.arena[to + k * inner] = value;
                }
            }
        }
    }

    /// Calls `f` on the position (the row, for indices on the rows) of every index, and its place among the block's.
    fn each_index(
        &self,
        indices: Indices,
        mut f: impl FnMut(usize, usize, usize) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (input, rows) = match indices {
            Indices::Rows(input) => (input, self.start..self.start + self.rows),
            Indices::Fixed(input) => (input, 0..usize::MAX),
        };
        let Some(Bound::Indices(array)) = self.inputs.get(input as usize) else {
            return Err(Failure::Reason("indices are missing".into()));
        };
        if array.ndim() == 0 {
            return array.first().map_or(Ok(()), |&index| f(0, 0, index));
        }
        let rows = rows.start..rows.end.min(array.len_of(Axis(0)));
        let first = rows.start;
        let block = array.slice_axis(Axis(0), Slice::from(rows.clone()));
        let per_row = block.len() / rows.len().max(1);
        for (place, &index) in block.iter().enumerate() {
            f(first + place / per_row.max(1), place, index)?;
        }
        Ok(())
    }

    fn gather(&mut self, [table, out]: [u32; 2], len: usize, indices: Indices, inner: usize) -> Result<(), Failure> {
        let arena = std::mem::take(&mut self.arena);
        let outcome = self.each_index(indices, |position, place, index| {
            if index >= len {
                return Err(Failure::Index { position, index, len });
            }
            let from = table as usize + index * inner;
            arena.copy_within(from..from + inner, out as usize + place * inner);
            Ok(())
        });
        self.arena = arena;
        outcome
    }

    fn scatter(&self, x: u32, indices: Indices, table: &mut [T], [len, inner]: [usize; 2]) -> Result<(), Failure> {
        self.each_index(indices, |position, place, index| {
            if index >= len {
                return Err(Failure::Index { position, index, len });
            }
            let from = &self.arena[x as usize + place * inner..][..inner];
            for (sum, &x) in table[index * inner..][..inner].iter_mut().zip(from) {
                *sum = *sum + x;
            }
            Ok(())
        })
    }

    fn accumulate(&mut self, op: Reduce, x: usize, acc: usize, len: usize) {
        for row in 0..self.rows {
            let values = &self.arena[x + row * len..][..len];
            let acc = &mut self.accumulators[acc..];
            match op {
                Reduce::Sum | Reduce::Mean => acc.iter_mut().zip(values).for_each(|(a, &x)| *a = *a + x),
                Reduce::Max | Reduce::Min => acc.iter_mut().zip(values).for_each(|(a, &x)| *a = op.lane(&[*a, x])),
                Reduce::LogSumExp => {
                    let (largest, sums) = acc.split_at_mut(len);
                    for ((largest, sum), &x) in largest.iter_mut().zip(sums).zip(values) {
                        super::combine::add_exponential(largest, sum, x, T::one());
                    }
                }
            }
        }
    }

    fn store(&mut self, x: usize, output: u32, len: usize) {
        let Some((_, array)) = self.outputs.iter_mut().find(|(index, _)| *index == output) else { return };
        let first = self.start - self.first_row;
        let mut block = array.slice_axis_mut(Axis(0), Slice::from(first..first + self.rows));
        for (out, &x) in block.iter_mut().zip(&self.arena[x..][..self.rows * len]) {
            *out = x;
        }
    }

    /// A user's operation on copies of its operands: the one instruction that allocates.
    fn custom(&mut self, id: NodeId, operands: &[u32], out: usize) -> Result<(), Failure> {
        let mut values: Vec<Evaluated<T>> = Vec::with_capacity(operands.len());
        for (&at, &arg) in operands.iter().zip(self.graph.args(id)) {
            let dims = self.graph.shape(arg).resolve(self.rows);
            let len = dims.iter().product();
            let elements = self.arena[at as usize..][..len].to_vec();
            let array =
                ArrayD::from_shape_vec(IxDyn(&dims), elements).map_err(|error| Failure::Reason(error.to_string()))?;
            values.push(Evaluated::Numbers(array.into_shared()));
        }
        let value = ops::evaluate(self.graph, self.graph.node(id), &values, self.rows)?;
        for (out, &x) in self.arena[out..].iter_mut().zip(&value) {
            *out = x;
        }
        Ok(())
    }
}

/// Moves the elements of one row.
fn copy<T: Scalar>(arena: &mut [T], layout: &Layout, from: usize, to: usize) {
    let (mut from, mut to) = (from + layout.from_offset, to + layout.to_offset);
    let Some((&last, outer)) = layout.dims.split_last() else {
        arena[to] = arena[from];
        return;
    };
    if layout.dims.contains(&0) {
        return;
    }
    let (step_from, step_to) = (layout.from[outer.len()], layout.to[outer.len()]);
    let mut at: SmallVec<[usize; 8]> = SmallVec::from_elem(0, outer.len());
    loop {
        for k in 0..last as isize {
            arena[to.wrapping_add_signed(k * step_to)] = arena[from.wrapping_add_signed(k * step_from)];
        }
        let mut axis = outer.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            at[axis] += 1;
            from = from.wrapping_add_signed(layout.from[axis]);
            to = to.wrapping_add_signed(layout.to[axis]);
            if at[axis] < outer[axis] {
                break;
            }
            from = from.wrapping_add_signed(-layout.from[axis] * outer[axis] as isize);
            to = to.wrapping_add_signed(-layout.to[axis] * outer[axis] as isize);
            at[axis] = 0;
        }
    }
}
