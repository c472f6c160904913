//! The derivative of a loop: a loop from its last turn to the first, over the carries that were kept.
//!
//! With the turn `(c', y, z) = f(c, x, w)`, carries c, stacked y and summed z, the turn of the derivative takes the adjoint of c' as its
//! carry and gives that of c; the adjoints of x are stacked, those of w summed:
//! `(c̄, x̄, w̄) = (c̄', ȳ, z̄)ᵀ ∂f/∂(c, x, w)`. It is derived from the recording of the turn by one reverse sweep, whatever the number of
//! turns, and is a loop like any other, so that its own derivative is, too.
//!
//! Where keeping the carries of all turns would take much memory, they are kept every √n turns and computed again in between, by the same
//! program and so with the same bits (Griewank, Walther, *Evaluating Derivatives*, 2008, chapter 12). Derivatives of such a derivative keep
//! all of them.

use super::asked::{Asked, Derivatives};
use super::body::{Body, draft_input};
use super::turns::{Loop, NEVER, Part, Recomputed, Turns};
use crate::error::Result;
use crate::ops::{Binary, Op};
use crate::scalar::Scalar;
use crate::tape::{Tape, Var};
use ndarray::s;

impl<T: Scalar> Loop<T> {
    /// The adjoints of the operands.
    pub(super) fn adjoints<'t>(
        &self,
        operands: &[Var<'t, T>],
        output: Var<'t, T>,
        adjoint: Var<'t, T>,
        wanted: &[bool],
    ) -> Vec<Option<Var<'t, T>>> {
        let tape = output.tape();
        let adjoints = match &self.recomputed {
            Some(recomputed) => self.adjoints_with_all_carries(recomputed, operands, adjoint, wanted),
            None => self.adjoints_by_loop(operands, output, adjoint, wanted),
        };
        match adjoints {
            Ok(adjoints) => adjoints,
            Err(error) => vec![Some(tape.keep_error(error)); operands.len()],
        }
    }

    fn adjoints_by_loop<'t>(
        &self,
        operands: &[Var<'t, T>],
        output: Var<'t, T>,
        adjoint: Var<'t, T>,
        wanted: &[bool],
    ) -> Result<Vec<Option<Var<'t, T>>>> {
        let (tape, parts) = (output.tape(), self.parts());
        let of_parts = |parts: &[Part]| parts.iter().map(|part| part_of(adjoint, part)).collect::<Vec<_>>();
        let [ends, stacked, summed, kept] =
            [&parts.carries, &parts.stacked, &parts.summed, &parts.kept].map(|x| of_parts(x));
        let first = self.first_carry();
        let (first_input, first_shared) = (first + self.carries, first + self.carries + self.inputs);
        let end = first + self.body.input_count(); // A condition may share more.
        // Of carries that were kept now and then, only the first are read by derivatives of the derivative: they are the start.
        let is_kept = self.every == 1;
        let (kept, of_start) =
            if is_kept { (kept, vec![None; self.carries]) } else { (vec![None; self.carries], kept) };
        let present = |adjoints: &[Option<Var<'t, T>>]| adjoints.iter().map(Option::is_some).collect();
        let asked = Asked {
            stacked: present(&stacked),
            summed: present(&summed),
            kept: present(&kept),
            inputs: wanted[first_input..first_shared].to_vec(),
            shared: wanted[first_shared..end].to_vec(),
        };
        let zeros = |part: &Part| tape.number(0.0).broadcast_to(&part.dims);
        let count = match (&self.turns, &parts.count) {
            (_, Some(count)) => Some(read(output, count)),
            (Turns::Given, None) => operands.first().copied(),
            _ => None,
        };
        let mut taken: Vec<Var<'t, T>> = count.into_iter().collect();
        taken.extend(ends.iter().zip(&parts.carries).map(|(end, part)| end.unwrap_or_else(|| zeros(part))));
        taken.extend(parts.kept.iter().map(|kept| read(output, kept)));
        taken.extend_from_slice(&operands[first_input..first_shared]);
        taken.extend(stacked.iter().chain(&kept).flatten());
        taken.extend_from_slice(&operands[first_shared..end]);
        taken.extend(summed.iter().flatten());

        let recomputed = Recomputed {
            body: self.body.clone(),
            carries: self.carries,
            inputs: self.inputs,
            stacked: self.stacked,
            every: self.every,
        };
        let count_of = |flags: &[bool]| flags.iter().filter(|&&flag| flag).count();
        let derivative = Loop {
            name: self.name,
            body: self.derivatives.get(&asked, || self.derived_turn(&asked))?,
            carries: self.carries,
            inputs: self.carries + self.inputs + count_of(&asked.stacked) + count_of(&asked.kept),
            stacked: count_of(&asked.inputs),
            most: self.most,
            turns: if count.is_some() { Turns::Given } else { Turns::All },
            is_reverse: !self.is_reverse,
            every: if is_kept { 1 } else { NEVER },
            recomputed: (!is_kept).then_some(recomputed),
            derivatives: Derivatives::default(),
        };
        let results = derivative.parts();
        let result = tape.custom(derivative, &taken);
        let (mut by_input, mut by_shared) = (results.stacked.iter(), results.summed.iter());
        let mut adjoints: Vec<Option<Var<'t, T>>> = vec![None; first];
        adjoints.extend(results.carries.iter().zip(of_start).map(|(part, of_start)| {
            let adjoint = read(result, part);
            Some(of_start.map_or(adjoint, |of_start| adjoint + of_start.index_axis(0, 0)))
        }));
        adjoints.extend(
            asked.inputs.iter().map(|&asked| if asked { by_input.next() } else { None }.map(|part| read(result, part))),
        );
        adjoints.extend(
            asked
                .shared
                .iter()
                .map(|&asked| if asked { by_shared.next() } else { None }.map(|part| read(result, part))),
        );
        adjoints.resize(operands.len(), None);
        Ok(adjoints)
    }

    /// One turn of the derivative.
    fn derived_turn(&self, asked: &Asked) -> Result<Body<T>> {
        let tape = self.body.tape();
        let (inputs, outputs) = (self.body.inputs_on(&tape), self.body.outputs_on(&tape));
        let first_shared = self.carries + self.inputs;
        let (carries, elements) = (&inputs[..self.carries], &inputs[self.carries..first_shared]);
        let shared = &inputs[first_shared..];
        let like = |x: &Var<'_, T>| draft_input(&tape, x.shape().trailing());
        let like_asked = |xs: &[Var<'_, T>], asked: &[bool]| {
            xs.iter().zip(asked).map(|(x, &asked)| asked.then(|| like(x))).collect::<Vec<_>>()
        };
        let (carried, others) = outputs.split_at(self.carries);
        let ends: Vec<_> = carried.iter().map(|end| Some(like(end))).collect();
        let stacked = like_asked(&others[..self.stacked], &asked.stacked);
        let summed = like_asked(&others[self.stacked..], &asked.summed);
        let kept = like_asked(carries, &asked.kept);

        let weights = ends.iter().chain(&stacked).chain(&summed);
        let mut total = tape.number(0.0);
        for (output, weight) in outputs.iter().zip(weights) {
            if let Some(weight) = weight {
                total += (*weight * *output).sum();
            }
        }
        let pick = |xs: &[Var<'_, T>], asked: &[bool]| -> Vec<_> {
            xs.iter().zip(asked).filter(|(_, asked)| **asked).map(|(x, _)| x.id()).collect()
        };
        let by_inputs = pick(elements, &asked.inputs);
        let by_shared = pick(shared, &asked.shared);
        let by: Vec<_> =
            carries.iter().map(|x| x.id()).chain(by_inputs).chain(by_shared).map(|id| tape.var(id)).collect();
        let mut adjoints = total.grads(&by);
        for (adjoint, kept) in adjoints.iter_mut().zip(&kept) {
            if let Some(kept) = kept {
                *adjoint += *kept;
            }
        }
        let ids = |vars: &[Var<'_, T>]| vars.iter().map(|var| var.id()).collect::<Vec<_>>();
        let given = |vars: &[Option<Var<'_, T>>]| vars.iter().flatten().map(|var| var.id()).collect::<Vec<_>>();
        let taken =
            [given(&ends), ids(carries), ids(elements), given(&stacked), given(&kept), ids(shared), given(&summed)]
                .concat();
        let results = ids(&adjoints);
        self.body.redrafted(tape, &taken, &results)
    }

    /// The adjoints of a loop that computes carries again: those of the same with the carries of all turns at hand.
    fn adjoints_with_all_carries<'t>(
        &self,
        recomputed: &Recomputed<T>,
        operands: &[Var<'t, T>],
        adjoint: Var<'t, T>,
        wanted: &[bool],
    ) -> Result<Vec<Option<Var<'t, T>>>> {
        let draft = Tape::<T>::new();
        draft.set_rewrites(self.body.rewrites());
        let own: Vec<Var<'_, T>> =
            operands.iter().map(|operand| draft_input(&draft, operand.shape().trailing())).collect();
        let given = draft_input(&draft, adjoint.shape().trailing());
        let first = self.first_carry();
        let first_kept = first + self.carries;
        let first_input = first_kept + recomputed.carries;
        let first_shared = first + self.carries + self.inputs;

        // The other loop, from the carries that it kept first, which were those at its start.
        let shared = recomputed.body.input_count() - recomputed.carries - recomputed.inputs;
        let starts = own[first_kept..first_input].iter().map(|kept| kept.index_axis(0, 0));
        let mut taken: Vec<Var<'_, T>> = own[..first].to_vec();
        taken.extend(starts);
        taken.extend_from_slice(&own[first_input..first_input + recomputed.inputs]);
        taken.extend_from_slice(&own[first_shared..first_shared + shared]);
        let all = Loop {
            name: self.name,
            body: recomputed.body.clone(),
            carries: recomputed.carries,
            inputs: recomputed.inputs,
            stacked: recomputed.stacked,
            most: self.most,
            turns: if first > 0 { Turns::Given } else { Turns::All },
            is_reverse: !self.is_reverse,
            every: 1,
            recomputed: None,
            derivatives: Derivatives::default(),
        };
        let kept = all.parts().kept;
        let all = draft.custom(all, &taken);
        let mut taken = own.clone();
        for (operand, part) in taken[first_kept..first_input].iter_mut().zip(&kept) {
            *operand = read(all, part);
        }
        let again = Loop {
            name: self.name,
            body: self.body.clone(),
            carries: self.carries,
            inputs: self.inputs,
            stacked: self.stacked,
            most: self.most,
            turns: if first > 0 { Turns::Given } else { Turns::All },
            is_reverse: self.is_reverse,
            every: 1,
            recomputed: None,
            derivatives: Derivatives::default(),
        };
        let kept_of_this = again.parts();
        let again = draft.custom(again, &taken);
        // The results of this loop, but for what it keeps: of that nothing depends.
        let results = kept_of_this.kept.first().map_or(kept_of_this.len, |part| part.start);
        let by: Vec<Var<'_, T>> = own.iter().zip(wanted).filter(|(_, wanted)| **wanted).map(|(own, _)| *own).collect();
        let seeds = given.slice(s![..results as isize]);
        let mut found = again.slice(s![..results as isize]).vjp(&by, seeds);
        draft.check()?;
        found.reverse();
        let tape = adjoint.tape();
        let mut replaced: Vec<(Var<'_, T>, Var<'t, T>)> = own.iter().copied().zip(operands.iter().copied()).collect();
        replaced.push((given, adjoint));
        let asked: Vec<Option<Var<'_, T>>> =
            wanted.iter().map(|&wanted| if wanted { found.pop() } else { None }).collect();
        let recorded = tape.substitute(&asked.iter().flatten().copied().collect::<Vec<_>>(), &replaced);
        let mut recorded = recorded.into_iter();
        Ok(asked.iter().map(|asked| asked.and_then(|_| recorded.next())).collect())
    }
}

/// A part of a loop's result.
#[track_caller]
pub(super) fn read<'t, T: Scalar>(result: Var<'t, T>, part: &Part) -> Var<'t, T> {
    let end = part.start + part.len();
    result.slice(s![part.start as isize..end as isize]).reshape(&part.dims)
}

/// The part of a result's adjoint; `None` where it is 0 for sure. An adjoint is a sum, mostly, of those of parts.
#[track_caller]
fn part_of<'t, T: Scalar>(adjoint: Var<'t, T>, part: &Part) -> Option<Var<'t, T>> {
    /// The most terms that are looked at.
    const MOST: usize = 256;
    let tape = adjoint.tape();
    let (mut open, mut found, mut looked_at) = (vec![adjoint], Vec::new(), 0);
    while let Some(term) = open.pop() {
        looked_at += 1;
        if looked_at > MOST {
            return Some(read(adjoint, part));
        }
        let inner = tape.inner();
        let args: Vec<Var<'t, T>> = inner.graph.args(term.id()).iter().map(|&arg| tape.var(arg)).collect();
        match (inner.graph.op(term.id()), args.as_slice()) {
            (Op::Binary(Binary::Add), &[a, b]) if a.shape() == b.shape() => open.extend([b, a]),
            (Op::Unslice(index), &[x]) => {
                let slices = inner.graph.payloads.slices(index).clone();
                drop(inner);
                match slices.first() {
                    Some(slice) if slice.step == 1 && slice.start == part.start && slice.len == part.len() => {
                        found.push(x.reshape(&part.dims));
                    }
                    Some(slice)
                        if slice.step == 1
                            && (slice.start + slice.len <= part.start || part.start + part.len() <= slice.start) => {}
                    _ => found.push(read(term, part)),
                }
            }
            _ => {
                drop(inner);
                found.push(read(term, part));
            }
        }
    }
    found.into_iter().reduce(|a, b| a + b)
}
