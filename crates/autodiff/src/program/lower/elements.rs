//! Short rows taken apart, so that elements that are moved again and again are moved once.
//!
//! Slices, stacks, permutations and stretched axes of rows of a few elements say where each element is. What reads a value that is made
//! of moved elements takes them from where they were first, and a value that has the elements of another is that one. What is left are
//! columns taken out of rows ([`Instr::Split`]) and rows put together ([`Instr::Join`]).

use crate::hash::SmallMap;
use crate::program::instr::{At, Instr, Part};
use crate::program::places::Access;
use crate::program::plan::Layout;

/// The most elements of a row that is taken apart: longer ones are worth moving in runs.
const MOST: usize = 32;

/// The elements of each value (of a row), and whether it has rows.
type Lens<'l> = &'l [(usize, bool)];

/// A place in the rows of a value.
#[derive(Clone, Copy)]
struct Element {
    value: At,
    at: usize,
}

/// A value that copies alone write.
struct Moved {
    /// Where its elements were first.
    elements: Vec<Element>,
    /// The last of the copies that write it.
    last: usize,
}

/// A body, each value of which is written once, with the elements of short rows moved once.
pub(super) fn take_apart(mut body: Vec<Instr>, layouts: &[Layout], lens: Lens<'_>) -> Vec<Instr> {
    let moved = moved(&body, layouts, lens);
    if moved.is_empty() {
        return body;
    }
    let mut read: SmallMap<At, ()> = SmallMap::default();
    for instr in &mut body {
        if matches!(instr, Instr::Copy { out, .. } if moved.contains_key(out)) {
            continue;
        }
        instr.visit_places_mut(|at, access| {
            if access == Access::Read {
                *at = moved.get(at).and_then(|moved| whole(&moved.elements, lens)).unwrap_or(*at);
                read.insert(*at, ());
            }
        });
    }
    let mut apart = Apart { body: Vec::with_capacity(body.len()), splits: SmallMap::default(), lens };
    for (index, instr) in body.into_iter().enumerate() {
        let of_moved = match instr {
            Instr::Copy { out, .. } => moved.get(&out).map(|moved| (out, moved)),
            _ => None,
        };
        match of_moved {
            None => apart.body.push(instr),
            Some((out, Moved { elements, last })) if *last == index && read.contains_key(&out) => {
                apart.make(out, elements);
            }
            Some(_) => {}
        }
    }
    apart.body
}

/// The short values that copies alone write.
fn moved(body: &[Instr], layouts: &[Layout], lens: Lens<'_>) -> SmallMap<At, Moved> {
    let mut moved: SmallMap<At, Moved> = SmallMap::default();
    let mut others: Vec<At> = Vec::new();
    for (index, instr) in body.iter().enumerate() {
        match *instr {
            Instr::Copy { layout, x, out }
                if is_short(&layouts[layout as usize], lens[x as usize], lens[out as usize]) =>
            {
                moved.entry(out).or_insert_with(|| Moved { elements: Vec::new(), last: index }).last = index;
            }
            _ => others.extend(instr.writes()),
        }
    }
    others.iter().for_each(|at| drop(moved.remove(at)));
    for instr in body {
        let Instr::Copy { layout, x, out } = *instr else { continue };
        let Some(Moved { mut elements, last }) = moved.remove(&out) else { continue };
        elements.resize(lens[out as usize].0, Element { value: out, at: 0 });
        let source = moved.get(&x).map(|source| &source.elements);
        for (from, to) in layouts[layout as usize].places() {
            elements[to] = source.map_or(Element { value: x, at: from }, |source| source[from]);
        }
        moved.insert(out, Moved { elements, last });
    }
    moved
}

/// Whether a layout moves elements into short rows: those of `from`, or what all rows share.
fn is_short(layout: &Layout, from: (usize, bool), to: (usize, bool)) -> bool {
    let from_row = if from.1 { from.0 } else { 0 };
    to.1 && (1..=MOST).contains(&to.0) && (layout.from_row, layout.to_row) == (from_row, to.0)
}

/// The value whose elements these are, all and in order.
fn whole(elements: &[Element], lens: Lens<'_>) -> Option<At> {
    let value = elements.first()?.value;
    let in_order = elements.iter().enumerate().all(|(at, element)| (element.value, element.at) == (value, at));
    (in_order && lens[value as usize] == (elements.len(), true)).then_some(value)
}

/// A body in the making.
struct Apart<'l> {
    body: Vec<Instr>,
    /// Where columns are taken out of the rows of a value.
    splits: SmallMap<At, usize>,
    lens: Lens<'l>,
}

impl Apart<'_> {
    /// Makes a value of elements.
    fn make(&mut self, out: At, elements: &[Element]) {
        let row = |value: At| match self.lens[value as usize] {
            (len, true) => len as u32,
            (_, false) => 0,
        };
        if let [Element { value, at }] = *elements
            && row(value) > 0
        {
            let len = row(value);
            let place = *self.splits.entry(value).or_insert(self.body.len());
            match self.body.get_mut(place) {
                Some(Instr::Split { columns, .. }) => columns.push((at as u32, out)),
                _ => self.body.push(Instr::Split { x: value, len, columns: vec![(at as u32, out)] }),
            }
            return;
        }
        let mut parts: Vec<Part> = Vec::new();
        for &Element { value, at } in elements {
            match parts.last_mut() {
                Some(part) if part.x == value && (part.at + part.count) as usize == at => part.count += 1,
                _ => parts.push(Part { x: value, row: row(value), at: at as u32, count: 1 }),
            }
        }
        self.body.push(Instr::Join { parts, out, len: elements.len() as u32 });
    }
}

#[cfg(test)]
mod tests {
    use crate::{Tape, Var};
    use ndarray::{ArrayD, IxDyn, s};

    /// What a program does for each block, and whether it gives what the recording does.
    fn steps<'t>(tape: &'t Tape<f64>, record: impl FnOnce(Var<'t, f64>) -> Var<'t, f64>) -> String {
        let x = tape.data("x", ArrayD::from_shape_fn(IxDyn(&[70, 2, 3]), |at| (at[0] * 6 + at[1] * 3 + at[2]) as f64));
        let y = record(x);
        let program = tape.compile(&[y]).unwrap();
        assert_eq!(program.run(&[]).unwrap()[0], y.value().unwrap());
        program.explain().to_string()
    }

    #[test]
    fn elements_that_are_moved_again_and_again_are_moved_once() {
        let tape = Tape::new();
        let explained = steps(&tape, |x| {
            let columns: Vec<_> = (0..6).map(|at| x.slice(s![.., at / 3, at % 3])).collect();
            let pairs = tape.stack(1, &[tape.stack(1, &columns[..4]), tape.stack(1, &columns[2..])]);
            pairs.permuted_axes(&[0, 2, 1])
        });
        assert!(explained.contains("rows of 8 put together from 8 parts"), "{explained}");
        assert!(!explained.contains("moved to another layout") && !explained.contains("taken out"), "{explained}");
    }

    #[test]
    fn columns_are_taken_out_of_rows_together() {
        let tape = Tape::new();
        let explained = steps(&tape, |x| x.slice(s![.., 0, 2]) * x.slice(s![.., 1, 0]) + x.slice(s![.., 1, 1]));
        assert!(explained.contains("3 columns taken out of rows of 6"), "{explained}");
    }

    #[test]
    fn what_has_the_elements_of_another_value_is_that_value() {
        let tape = Tape::new();
        let explained = steps(&tape, |x| {
            let squares = x.permuted_axes(&[0, 2, 1]) * x.permuted_axes(&[0, 2, 1]);
            squares.permuted_axes(&[0, 2, 1]).permuted_axes(&[0, 2, 1]) + 1
        });
        assert_eq!(explained.matches("rows of 6 put together").count(), 1, "{explained}");
    }

    #[test]
    fn stretched_rows_and_long_ones_keep_their_elements() {
        let tape = Tape::new();
        let wide = tape.constant(ArrayD::from_shape_fn(IxDyn(&[40]), |at| at[0] as f64));
        steps(&tape, |x| {
            let part = x.slice(s![.., 1, ..]);
            let long =
                tape.concatenate(1, &[part, part * wide.slice(s![..3]), x.slice(s![.., 0, ..1]) + wide.insert_axis(0)]);
            let short = part.slice(s![.., 1]).insert_axis(1);
            long.slice(s![.., 2..30;9]) * short
        });
    }
}
