//! Moves of what was moved: a slice that goes into a stack goes to its place there at once.

use super::code::strides;
use crate::hash::SmallMap;
use crate::program::instr::{At, Instr};
use crate::program::plan::Layout;
use smallvec::SmallVec;

/// Lets copies of values that one copy wrote take their elements from where that one does.
///
/// The first copy stays for its other readers; if it has none, nothing reads it any more.
pub(super) fn compose(body: &mut [Instr], layouts: &mut Vec<Layout>) {
    // The copy that a value is from; `None` where something else writes it, or several copies do.
    let mut copies: SmallMap<At, Option<(u32, At)>> = SmallMap::default();
    for instr in body {
        if let Instr::Copy { layout, x, .. } = instr
            && let Some(&Some((first, source))) = copies.get(x)
            && let Some(both) = composed(&layouts[first as usize], &layouts[*layout as usize])
        {
            layouts.push(both.measured());
            (*layout, *x) = (layouts.len() as u32 - 1, source);
        }
        for at in instr.writes() {
            let copy = match *instr {
                Instr::Copy { layout, x, .. } if !copies.contains_key(&at) => Some((layout, x)),
                _ => None,
            };
            copies.insert(at, copy);
        }
    }
}

/// The layout that moves elements as `first` does and `then` after it, if it can be told from their steps.
fn composed(first: &Layout, then: &Layout) -> Option<Layout> {
    let steps = strides(&first.dims);
    let len: usize = first.dims.iter().product();
    let is_whole = first.to == steps && first.to_offset == 0 && first.to_row == len;
    if !is_whole || then.from_row != len || len == 0 {
        return None;
    }
    let mut offset = then.from_offset;
    let mut from_offset = first.from_offset as isize;
    // How far along each of its axes the elements of the first one are read.
    let mut reached: SmallVec<[usize; 4]> = SmallVec::new();
    for (axis, &step) in steps.iter().enumerate() {
        let place = offset / step as usize;
        offset %= step as usize;
        from_offset += place as isize * first.from[axis];
        reached.push(place);
    }
    let from_row = first.from_row;
    let mut both = Layout { from_offset: usize::try_from(from_offset).ok()?, from_row, ..Layout::default() };
    (both.to_offset, both.to_row) = (then.to_offset, then.to_row);
    for (axis, &count) in then.dims.iter().enumerate() {
        let step = usize::try_from(then.from[axis]).ok()?;
        for (count, from, to) in along(first, &steps, &mut reached, count, step, then.to[axis])?.into_iter().rev() {
            both.push_axis(count, from, to);
        }
    }
    Some(both)
}

/// An axis: its length, and its steps on either side.
type Axis = (usize, isize, isize);

/// Every `step`-th of `count` elements in the order of `first`, as axes of its source, the innermost one first.
fn along(
    first: &Layout,
    steps: &[isize],
    reached: &mut [usize],
    mut count: usize,
    step: usize,
    mut to: isize,
) -> Option<SmallVec<[Axis; 4]>> {
    let mut axes = SmallVec::new();
    if count <= 1 || step == 0 {
        axes.push((count, 0, to));
        return Some(axes);
    }
    let mut axis = (0..steps.len()).find(|&axis| first.dims[axis] > 1 && steps[axis] as usize <= step)?;
    let every = step / steps[axis] as usize;
    if !step.is_multiple_of(steps[axis] as usize) {
        return None;
    }
    while count > 1 {
        let len = first.dims[axis];
        if reached[axis] + every * (count - 1) < len {
            reached[axis] += every * (count - 1);
            axes.push((count, every as isize * first.from[axis], to));
            break;
        }
        // What runs on to the next axis goes through the whole of this one.
        if every != 1 || reached[axis] != 0 || !count.is_multiple_of(len) || axis == 0 {
            return None;
        }
        reached[axis] = len - 1;
        axes.push((len, first.from[axis], to));
        count /= len;
        to *= len as isize;
        axis -= 1;
    }
    Some(axes)
}

#[cfg(test)]
mod tests {
    use super::composed;
    use crate::program::lower::code::strides;
    use crate::program::plan::Layout;
    use crate::{Tape, Var};
    use ndarray::{Array3, s};
    use smallvec::SmallVec;

    const ROWS: usize = 37;

    /// How many moves a program makes of what is recorded on images of 9 × 8 numbers; it gives what the recording does.
    fn moves(record: impl for<'t> Fn(&'t Tape<f64>, Var<'t, f64>) -> Var<'t, f64>) -> usize {
        let tape = Tape::new();
        let x = tape.data("x", Array3::from_shape_fn((ROWS, 9, 8), |(i, j, k)| (i * 100 + j * 10 + k) as f64));
        let y = record(&tape, x);
        let program = tape.compile(&[y]).unwrap();
        assert_eq!(program.run(&[]).unwrap()[0], y.value().unwrap());
        program.explain().to_string().matches("moved to another layout").count()
    }

    #[test]
    fn slices_go_to_their_places_in_a_stack_at_once() {
        let count = moves(|tape, x| {
            let shifts = [(0, 0), (0, 1), (1, 0), (2, 2)];
            let patches: Vec<_> =
                shifts.iter().map(|&(i, j)| x.slice(s![.., i..i + 7, j..j + 6]).reshape(&[42])).collect();
            tape.stack(2, &patches)
        });
        assert_eq!(count, 4);
    }

    #[test]
    fn permutations_of_slices_of_permutations_are_one_move() {
        assert_eq!(moves(|_, x| x.permuted_axes(&[0, 2, 1]).slice(s![.., .., ..;2]).permuted_axes(&[0, 2, 1])), 1);
        // A slice that is read backwards, or that cuts across rows, stays apart.
        assert_eq!(moves(|_, x| x.slice(s![.., .., 1..]).slice(s![.., ..;-1, ..])), 2);
        assert_eq!(moves(|_, x| x.slice(s![.., .., 1..]).reshape(&[63]).slice(s![.., 3..60])), 2);
    }

    #[test]
    fn what_others_read_too_stays() {
        assert_eq!(
            moves(|tape, x| {
                let part = x.slice(s![.., .., 1..]);
                let halves = [part.slice(s![.., ..5, ..]), part.slice(s![.., 4.., ..])];
                tape.concatenate(1, &[halves[0], halves[1], part * 2.0])
            }),
            4
        );
    }

    /// The layouts of two axes with any steps, from any of the first places, within an array of `dims`.
    fn all_layouts(dims: &[usize]) -> Vec<Layout> {
        let len: usize = dims.iter().product();
        let mut layouts = Vec::new();
        for offset in 0..len.min(7) {
            for (outer, inner) in (1..=len).flat_map(|outer| (1..=len / outer).map(move |inner| (outer, inner))) {
                for (far, near) in (0..=len).flat_map(|far| (0..4).map(move |near| (far, near))) {
                    if offset + far * (outer - 1) + near * (inner - 1) < len {
                        layouts.push(Layout {
                            dims: [outer, inner].into_iter().collect(),
                            from: [far as isize, near as isize].into_iter().collect(),
                            to: [inner as isize, 1].into_iter().collect(),
                            from_offset: offset,
                            from_row: len,
                            to_row: outer * inner,
                            ..Layout::default()
                        });
                    }
                }
            }
        }
        layouts
    }

    /// Every layout of an array of up to 12 numbers after one that moves it: the same elements, or no layout.
    #[test]
    fn two_moves_are_as_one() {
        let (mut found, mut all) = (0, 0);
        for dims in [&[2, 3, 2][..], &[3, 4], &[1, 6, 1], &[10]] {
            let first = Layout {
                dims: dims.iter().copied().collect(),
                from: (0..dims.len()).map(|axis| [40, 7, 2][axis]).collect::<SmallVec<_>>(),
                to: strides(dims),
                from_offset: 3,
                from_row: 200,
                to_row: dims.iter().product(),
                ..Layout::default()
            };
            let moved: Vec<usize> = first.places().map(|(from, _)| from).collect();
            for then in all_layouts(dims) {
                all += 1;
                let Some(both) = composed(&first, &then) else { continue };
                found += 1;
                let mut expected: Vec<_> = then.places().map(|(from, to)| (moved[from], to)).collect();
                let mut given: Vec<_> = both.places().collect();
                expected.sort_unstable();
                given.sort_unstable();
                assert_eq!(given, expected, "{then:?} after {first:?}");
            }
        }
        assert!(2 * found > all, "{found} of {all}");
    }
}
