//! A list of instructions in the making: its values, and where nodes are among them.

use crate::graph::{Entry, NodeMap};
use crate::graph::{Graph, NodeId, ShapeId};
use crate::hash::SmallMap;
use crate::ops::Op;
use crate::program::instr::{At, Factor, Instr, Operand};
use crate::program::plan::{Import, Layout};
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use smallvec::SmallVec;

/// Where a node's value is while instructions are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among the single numbers.
    Scalar(u32),
    /// A value: an array, a row of it for each row of the block.
    Array(At),
    /// A tile that holds one number.
    Splat(At),
    /// An array of the fixed arena, by its value there, not yet brought into the block.
    Outside(At),
}

impl Entry for Place {
    const NONE: Self = Place::Scalar(u32::MAX);
}

/// Instructions on the values of one arena.
pub(crate) struct Code<'g, T: Scalar> {
    pub(crate) graph: &'g Graph<T>,
    /// Whether arrays have a row for each row of a block, or are one row as a whole.
    pub(crate) on_rows: bool,
    pub(crate) instrs: Vec<Instr>,
    /// Instructions that need no row: run once before the blocks.
    pub(crate) prologue: Vec<Instr>,
    pub(crate) imports: Vec<Import>,
    /// The elements (of a row) of each value; whether it has rows.
    pub(crate) lens: Vec<(usize, bool)>,
    pub(crate) places: NodeMap<Place>,
    splats: SmallMap<u32, At>,
    stretched: SmallMap<(NodeId, ShapeId), At>,
    pub(crate) layouts: Vec<Layout>,
    pub(crate) panels: u32,
}

impl<'g, T: Scalar> Code<'g, T> {
    /// A list without instructions. The empty map of places and the layouts so far are handed from list to list.
    pub(crate) fn new(graph: &'g Graph<T>, on_rows: bool, places: NodeMap<Place>, layouts: Vec<Layout>) -> Self {
        Self {
            graph,
            on_rows,
            instrs: Vec::new(),
            prologue: Vec::new(),
            imports: Vec::new(),
            lens: Vec::new(),
            places,
            splats: SmallMap::default(),
            stretched: SmallMap::default(),
            layouts,
            panels: 0,
        }
    }

    /// A new value of `len` elements (a row).
    pub(crate) fn value(&mut self, len: usize) -> At {
        self.lens.push((len, self.on_rows));
        self.lens.len() as u32 - 1
    }

    /// A new value that is the same for all rows.
    pub(crate) fn fixed_value(&mut self, len: usize) -> At {
        self.lens.push((len, false));
        self.lens.len() as u32 - 1
    }

    /// The elements of a row of a node (of the whole of a fixed node).
    pub(crate) fn len(&self, id: NodeId) -> usize {
        self.graph.shape(id).row_len()
    }

    pub(crate) fn has_rows(&self, id: NodeId) -> bool {
        self.graph.shape(id).has_rows()
    }

    pub(crate) fn place(&mut self, id: NodeId, at: At) {
        self.places.insert(id, Place::Array(at));
    }

    /// The number that a fixed scalar node is.
    pub(crate) fn scalar(&self, id: NodeId) -> u32 {
        match self.places.get(id) {
            Some(Place::Scalar(scalar)) => scalar,
            _ => u32::MAX,
        }
    }

    /// A tile that holds a number in every lane.
    pub(crate) fn splat(&mut self, scalar: u32) -> At {
        if let Some(&at) = self.splats.get(&scalar) {
            return at;
        }
        let at = self.fixed_value(1);
        if self.on_rows {
            self.imports.push(Import::Scalar { scalar, to: at });
        } else {
            self.instrs.push(Instr::Splat { scalar, out: at });
        }
        self.splats.insert(scalar, at);
        at
    }

    /// The node's elements as they are, row-major: of a fixed node in a pass, once for all rows.
    pub(crate) fn array(&mut self, id: NodeId) -> At {
        match self.places.get(id) {
            Some(Place::Array(at)) => at,
            Some(Place::Splat(at)) => self.unsplat(id, at),
            Some(Place::Scalar(scalar)) => self.splat(scalar),
            Some(Place::Outside(from)) => {
                let len = self.len(id);
                let to = self.fixed_value(len);
                self.imports.push(Import::Array { from, to, len: len as u32 });
                self.places.insert(id, Place::Array(to));
                to
            }
            None => self.fixed_value(1),
        }
    }

    /// A number stretched over the node's elements.
    fn unsplat(&mut self, id: NodeId, at: At) -> At {
        let (len, rows) = (self.len(id), self.has_rows(id));
        let out = if rows { self.value(len) } else { self.fixed_value(len) };
        let layout = Layout {
            dims: Dims::from_slice(&[len]),
            from: SmallVec::from_slice(&[0]),
            to: SmallVec::from_slice(&[1]),
            to_row: if rows { len } else { 0 },
            ..Layout::default()
        };
        self.copy(layout, at, out, self.on_rows);
        self.place(id, out);
        out
    }

    pub(crate) fn copy(&mut self, layout: Layout, x: At, out: At, once: bool) {
        self.layouts.push(layout.measured());
        let instr = Instr::Copy { layout: self.layouts.len() as u32 - 1, x, out };
        if once { self.prologue.push(instr) } else { self.instrs.push(instr) }
    }

    /// The node as an operand of an elementwise operation of shape `target`: in place, as a tile, or stretched.
    pub(crate) fn operand(&mut self, id: NodeId, target: ShapeId) -> Operand {
        match self.places.get(id) {
            Some(Place::Splat(at)) => return Operand { at, splat: true },
            Some(Place::Scalar(scalar)) => return Operand { at: self.splat(scalar), splat: true },
            _ => {}
        }
        if self.graph.node(id).shape == target {
            return Operand { at: self.array(id), splat: false };
        }
        let at = match self.stretched.get(&(id, target)) {
            Some(&at) => at,
            None => {
                let at = self.stretch(id, target);
                self.stretched.insert((id, target), at);
                at
            }
        };
        Operand { at, splat: false }
    }

    /// The node's elements stretched to shape `target`.
    pub(crate) fn stretch(&mut self, id: NodeId, target: ShapeId) -> At {
        let x = self.array(id);
        let (from, to) = (self.graph.shape(id).clone(), self.graph.shape_of(target).clone());
        let out = self.value(to.row_len());
        let once = self.on_rows && !from.has_rows();
        self.copy(stretching(&from, &to), x, out, once);
        out
    }

    /// The left factor of a product: an input on the rows is read where it is.
    pub(crate) fn factor(&mut self, id: NodeId) -> Factor {
        match self.graph.op(id) {
            Op::Input(input) if self.on_rows && self.has_rows(id) => Factor::Input(input),
            _ => Factor::Arena(self.array(id)),
        }
    }

    pub(crate) fn new_panels(&mut self) -> u32 {
        self.panels += 1;
        self.panels - 1
    }
}

/// Row-major strides.
pub(crate) fn strides(dims: &[usize]) -> SmallVec<[isize; 4]> {
    let mut strides: SmallVec<[isize; 4]> = SmallVec::from_elem(1, dims.len());
    for axis in (1..dims.len()).rev() {
        strides[axis - 1] = strides[axis] * dims[axis] as isize;
    }
    strides
}

/// How elements of shape `from` stretch to `to`.
fn stretching(from: &Shape, to: &Shape) -> Layout {
    let dims = Dims::from_slice(to.trailing());
    let own = strides(from.trailing());
    let (from_axes, to_axes) = (from.trailing().len(), dims.len());
    // A fixed operand of as many axes as a rows shape has a leading axis of length 1 that meets the rows.
    let dropped = from_axes.saturating_sub(to_axes);
    let mut source: SmallVec<[isize; 4]> = SmallVec::from_elem(0, to_axes);
    for axis in dropped..from_axes {
        let at = to_axes - (from_axes - axis);
        if from.trailing()[axis] == dims[at] {
            source[at] = own[axis];
        }
    }
    let to_strides = strides(&dims);
    Layout {
        from: source,
        to: to_strides,
        from_offset: 0,
        to_offset: 0,
        from_row: if from.has_rows() { from.row_len() } else { 0 },
        to_row: to.row_len(),
        dims,
        ..Layout::default()
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;
    use ndarray::{arr1, arr2};

    /// The adjoint of the table is one number in every place, and longer than the tile that holds it.
    #[test]
    fn a_number_stretched_over_a_fixed_array_reaches_the_rows_whole() {
        let tape = Tape::<f64>::new();
        let x = tape.data("X", arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
        let groups = tape.index_data("groups", arr1(&[0, 2]));
        let wide = x.insert_axis(1).broadcast_to(&[12, 3]);
        let gradient = wide.scatter_add(groups, 3).sum().grad(x);
        let program = tape.compile(&[gradient]).unwrap();
        assert_eq!(program.run(&[]).unwrap()[0], gradient.value().unwrap());
    }
}
