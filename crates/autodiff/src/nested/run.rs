//! How loops run: turn after turn, by the programs of their bodies.

use super::body::Body;
use super::turns::{Loop, Part, Recomputed, Turns};
use crate::program::Replay;
use crate::scalar::{Scalar, count};
use ndarray::{Array1, ArrayD, ArrayViewD, CowArray, IxDyn};

impl<T: Scalar> Loop<T> {
    pub(super) fn run(&self, operands: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, String> {
        let known = self.known_turns(operands);
        let arrays = operands.iter().skip(self.first_carry());
        let arrays: Vec<CowArray<'_, T, IxDyn>> = arrays.map(|operand| operand.as_standard_layout()).collect();
        let operands: Vec<&[T]> = arrays.iter().map(|operand| operand.as_slice().unwrap_or_default()).collect();
        let (starts, rest) = operands.split_at(self.carries);
        let (inputs, shared) = rest.split_at(self.inputs);
        let again = self.recomputed.as_ref().map(|recomputed| Again::new(recomputed, self.most, inputs, shared));
        let mut again = again.transpose()?;
        let recomputed = self.recomputed.as_ref().map_or(0, |recomputed| recomputed.carries);
        let mut condition = self.condition(shared)?;
        let mut turn = replay(&self.body, self.carries + self.inputs, shared)?;

        let parts = self.parts();
        let mut result = vec![T::zero(); parts.len];
        let mut carries = starts.concat();
        let mut done = 0;
        while known.is_none_or(|turns| done < turns) {
            if let Some(condition) = &mut condition
                && !goes_on(condition, &parts.carries, &carries, done, self.most)?
            {
                break;
            }
            let at = if self.is_reverse { known.unwrap_or(self.most) - 1 - done } else { done };
            if done % self.every == 0 {
                let place = if self.every == 1 { at } else { done / self.every };
                for (kept, carry) in parts.kept.iter().zip(each(&parts.carries, &carries)) {
                    result[kept.start + place * carry.len()..][..carry.len()].copy_from_slice(carry);
                }
            }
            each(&parts.carries, &carries).enumerate().for_each(|(place, carry)| turn.set(place, carry));
            if let Some(again) = &mut again {
                let carries = again.carries_of(at)?;
                carries.enumerate().for_each(|(input, carry)| turn.set(self.carries + input, carry));
            }
            for (input, elements) in inputs.iter().enumerate().skip(recomputed) {
                turn.set(self.carries + input, element(elements, at, self.most));
            }
            turn.run().map_err(|error| format!("turn {at}: {error}"))?;
            carries.clear();
            (0..self.carries).for_each(|output| carries.extend_from_slice(turn.output(output)));
            for (stack, output) in parts.stacked.iter().zip(self.carries..) {
                let new = turn.output(output);
                result[stack.start + at * new.len()..][..new.len()].copy_from_slice(new);
            }
            for (sum, output) in parts.summed.iter().zip(self.carries + self.stacked..) {
                let terms = turn.output(output);
                result[sum.start..][..sum.len()].iter_mut().zip(terms).for_each(|(sum, &term)| *sum = *sum + term);
            }
            done += 1;
        }
        if let Some(part) = &parts.count {
            result[part.start] = count(done);
        }
        for (part, carry) in parts.carries.iter().zip(each(&parts.carries, &carries)) {
            result[part.start..][..carry.len()].copy_from_slice(carry);
        }
        Ok(Array1::from(result).into_dyn())
    }

    /// What decides whether another turn follows, if anything does.
    fn condition(&self, shared: &[&[T]]) -> Result<Option<Replay<'_, T>>, String> {
        let Turns::While { condition, shared: own } = &self.turns else { return Ok(None) };
        replay(condition, self.carries, &shared[shared.len().saturating_sub(*own)..]).map(Some)
    }
}

/// A body with what its turns share, from input `first` on.
fn replay<'b, T: Scalar>(body: &'b Body<T>, first: usize, shared: &[&[T]]) -> Result<Replay<'b, T>, String> {
    let mut replay = body.replay().map_err(|error| error.to_string())?;
    (first..).zip(shared).for_each(|(input, shared)| replay.set(input, shared));
    Ok(replay)
}

/// Whether another turn follows.
fn goes_on<T: Scalar>(
    condition: &mut Replay<'_, T>,
    parts: &[Part],
    carries: &[T],
    done: usize,
    most: usize,
) -> Result<bool, String> {
    each(parts, carries).enumerate().for_each(|(place, carry)| condition.set(place, carry));
    condition.run().map_err(|error| format!("the condition before turn {done}: {error}"))?;
    let goes_on = *condition.output(0) != [T::zero()];
    if goes_on && done == most {
        return Err(format!("its condition still holds after {done} turns, the most that were asked for"));
    }
    Ok(goes_on)
}

/// Carries one after the other, of the lengths of `parts`.
fn each<'c, T>(parts: &[Part], mut carries: &'c [T]) -> impl Iterator<Item = &'c [T]> {
    parts.iter().map(move |part| {
        let (carry, rest) = carries.split_at(part.len());
        carries = rest;
        carry
    })
}

/// The element of a turn, of an array of `most` of them.
fn element<T>(elements: &[T], at: usize, most: usize) -> &[T] {
    let len = elements.len() / most.max(1);
    &elements[at * len..][..len]
}

/// Carries computed again, a stretch between two that were kept at a time.
struct Again<'a, T: Scalar> {
    recomputed: &'a Recomputed<T>,
    turn: Replay<'a, T>,
    /// What the carries were every so many turns, and the inputs of the turns.
    kept: &'a [&'a [T]],
    inputs: &'a [&'a [T]],
    most: usize,
    /// The turn that the stretch begins with, and the carries at the start of its turns.
    start: usize,
    stretch: Vec<Vec<Vec<T>>>,
}

impl<'a, T: Scalar> Again<'a, T> {
    /// For a loop of `most` turns, at most, with these inputs and what it shares.
    fn new(recomputed: &'a Recomputed<T>, most: usize, inputs: &'a [&'a [T]], shared: &[&[T]]) -> Result<Self, String> {
        let (kept, rest) = inputs.split_at(recomputed.carries);
        let own = recomputed.carries + recomputed.inputs;
        let shared = &shared[..recomputed.body.input_count() - own];
        let turn = replay(&recomputed.body, own, shared)?;
        let inputs = &rest[..recomputed.inputs];
        Ok(Again { recomputed, turn, kept, inputs, most, start: usize::MAX, stretch: Vec::new() })
    }

    /// The carries at the start of a turn. Turns are asked for from the last on.
    fn carries_of(&mut self, at: usize) -> Result<impl Iterator<Item = &[T]>, String> {
        let every = self.recomputed.every;
        let start = at - at % every;
        if start != self.start {
            (self.start, self.stretch) = (start, Vec::with_capacity(at - start + 1));
            let turns = self.most.div_ceil(every);
            let kept = self.kept.iter().map(|kept| element(kept, start / every, turns).to_vec());
            self.stretch.push(kept.collect());
            for turn in start..at {
                let next = self.next(turn)?;
                self.stretch.push(next);
            }
        }
        Ok(self.stretch[at - start].iter().map(Vec::as_slice))
    }

    /// The carries after a turn, the last of the stretch.
    fn next(&mut self, turn: usize) -> Result<Vec<Vec<T>>, String> {
        let carries = self.stretch.last().into_iter().flatten().map(Vec::as_slice);
        let inputs = self.inputs.iter().map(|input| element(input, turn, self.most));
        carries.chain(inputs).enumerate().for_each(|(place, elements)| self.turn.set(place, elements));
        self.turn.run().map_err(|error| format!("turn {turn}, again: {error}"))?;
        Ok((0..self.recomputed.carries).map(|output| self.turn.output(output).to_vec()).collect())
    }
}
