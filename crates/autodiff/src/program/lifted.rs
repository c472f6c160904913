//! Programs on the elements of large fixed arrays, which a run of the program around them runs.

use super::instr::At;
use super::lower::MOST_ARRAYS;
use super::memory::Memory;
use super::plan::Lifted;
use super::resolve::BoundInputs;
use super::run::Run;
use crate::ops::Failure;
use crate::scalar::Scalar;
use ndarray::{ArrayView1, ArrayViewD, ArrayViewMut1, ArrayViewMutD};
use smallvec::SmallVec;

/// One for each array, without an allocation.
type Each<A> = SmallVec<[A; 2 * MOST_ARRAYS]>;

impl<T: Scalar> Run<'_, '_, T> {
    /// Runs a lifted program on values of the fixed arena.
    pub(super) fn lifted(
        &self,
        program: u32,
        [operands, outs]: [&[At]; 2],
        memory: &mut Memory<T>,
    ) -> Result<(), Failure> {
        let Lifted { graph, outputs, plan, len } = &*self.plan.lifted[program as usize];
        let nodes = graph.inputs.iter().map(|input| input.node).chain(outputs.iter().copied());
        let lens = nodes.map(|node| if graph.shape(node).has_rows() { *len } else { 1 });
        let places: Each<(usize, usize)> = operands.iter().chain(outs).map(|&at| at as usize).zip(lens).collect();
        let mut slices =
            apart(&mut memory.fixed, &places).ok_or_else(|| Failure::Reason("its arrays overlap in memory".into()))?;
        let results = slices.drain(operands.len()..);
        let mut results: Each<ArrayViewMutD<'_, T>> =
            results.map(|slice| ArrayViewMut1::from(slice).into_dyn()).collect();
        let arrays: Each<ArrayViewD<'_, T>> =
            slices.into_iter().map(|slice| ArrayView1::from(&*slice).into_dyn()).collect();
        let inputs = BoundInputs::views(&graph.inputs, &arrays, *len);
        let run = Run { plan, graph, inputs: &inputs, recomputation: None, ..*self };
        run.run(&mut memory.lifted[program as usize], &mut results).map_err(|(_, failure)| failure)
    }
}

/// The places of so many elements each, as slices; `None` if two overlap.
fn apart<'m, T>(arena: &'m mut [T], places: &[(usize, usize)]) -> Option<Each<&'m mut [T]>> {
    let mut order: Each<usize> = (0..places.len()).collect();
    order.sort_unstable_by_key(|&index| places[index]);
    let mut slices: Each<&'m mut [T]> = places.iter().map(|_| Default::default()).collect();
    let (mut rest, mut start) = (arena, 0);
    for index in order {
        let (at, len) = places[index];
        let (slice, after) = rest.split_at_mut_checked(at.checked_sub(start)?)?.1.split_at_mut_checked(len)?;
        slices[index] = slice;
        (rest, start) = (after, at + len);
    }
    Some(slices)
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn places_in_any_order_become_slices_and_those_that_overlap_do_not() {
        let mut arena: Vec<usize> = (0..100).collect();
        let slices = apart(&mut arena, &[(60, 3), (0, 2), (2, 1), (99, 1)]).unwrap();
        let found: Vec<Vec<usize>> = slices.iter().map(|slice| slice.to_vec()).collect();
        drop(slices);
        assert_eq!(found, [&[60, 61, 62][..], &[0, 1], &[2], &[99]]);
        for places in [[(0, 2), (1, 1)], [(5, 1), (5, 1)], [(0, 1), (99, 2)]] {
            assert!(apart(&mut arena, &places).is_none(), "{places:?}");
        }
    }
}
