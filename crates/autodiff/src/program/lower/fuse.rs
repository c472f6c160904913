//! Instructions on the rows that are faster together.
//!
//! A block has few rows, so the fixed cost of an instruction shows: the logistic loss and its derivative are seven instructions
//! after the [logistic family](Instr::Logistic), and took 15 % of a pass over a hundred columns. Two products of the
//! same rows with vectors read them twice, the second time from the cache. Log-sum-exp, log-softmax and the softmax that is
//! their derivative are made of the same exponentials.

use crate::hash::SmallMap;
use crate::ops::{Binary, Normalise, Reduce};
use crate::program::instr::{At, Factor, Instr, Operand, RowSweep, Step};
use crate::program::places::written;
use smallvec::SmallVec;

/// The instructions of a body, each value of which is written once, with fewer for the same.
pub(super) fn fuse(body: Vec<Instr>) -> Vec<Instr> {
    product_pairs(exponentials(logistic_losses(body)))
}

/// Puts [`Instr::Exponentials`] for what is made of the exponentials of the same neighbours.
fn exponentials(mut body: Vec<Instr>) -> Vec<Instr> {
    let mut found: SmallMap<[u32; 3], (usize, [Option<At>; 3])> = SmallMap::default();
    let mut dropped = vec![false; body.len()];
    for index in 0..body.len() {
        let Some((member, out, [x, outer, red])) = exponential(&body[index]) else { continue };
        let (place, outs) = found.entry([x, outer, red]).or_insert((index, [None; 3]));
        if outs[member].is_some() {
            continue;
        }
        outs[member] = Some(out);
        if *place != index {
            body[*place] = Instr::Exponentials { x, outs: *outs, outer, red };
            dropped[index] = true;
        }
    }
    body.into_iter().zip(dropped).filter_map(|(instr, dropped)| (!dropped).then_some(instr)).collect()
}

/// Which result of [`Instr::Exponentials`] an instruction gives, where it goes, and of which neighbours it is.
fn exponential(instr: &Instr) -> Option<(usize, At, [u32; 3])> {
    match *instr {
        Instr::Reduce { op: Reduce::LogSumExp, x, out, outer, red, inner: 1 } => Some((0, out, [x, outer, red])),
        Instr::Normalise { op: Normalise::LogSoftmax, x, out, outer, red } => Some((1, out, [x, outer, red])),
        Instr::Normalise { op: Normalise::Weights, x, out, outer, red } => Some((2, out, [x, outer, red])),
        _ => None,
    }
}

/// Takes two products of the rows of an input with vectors that are there from the start in one sweep.
fn product_pairs(mut body: Vec<Instr>) -> Vec<Instr> {
    let product = |instr: &Instr| match *instr {
        Instr::RowSweep(sweep @ RowSweep { a: Factor::Input(input), dots: [Some(dot), None], .. })
            if sweep.is_of_block() && sweep.sum.is_none() =>
        {
            Some((input, dot))
        }
        _ => None,
    };
    if body.iter().filter_map(product).count() < 2 {
        return body;
    }
    let written = written(&body);
    let mut waiting: SmallMap<u32, (usize, At)> = SmallMap::default();
    let mut dropped = vec![false; body.len()];
    for index in 0..body.len() {
        let Some((input, dot)) = product(&body[index]).filter(|(_, dot)| !written.contains_key(&dot.x)) else {
            continue;
        };
        let Some((first, x)) = waiting.remove(&input) else {
            waiting.insert(input, (index, dot.x));
            continue;
        };
        if let Instr::RowSweep(sweep) = &mut body[first]
            && x != dot.x
        {
            sweep.dots[1] = Some(dot);
            dropped[index] = true;
        }
    }
    body.into_iter().zip(dropped).filter_map(|(instr, dropped)| (!dropped).then_some(instr)).collect()
}

/// Puts [`Instr::LogisticLoss`] where it is all that becomes of a logistic family.
fn logistic_losses(body: Vec<Instr>) -> Vec<Instr> {
    if !body.iter().any(|instr| matches!(instr, Instr::Logistic { .. })) {
        return body;
    }
    let readers = readers(&body);
    let mut fused: Vec<Option<Instr>> = (0..body.len()).map(|_| None).collect();
    let mut dropped = vec![false; body.len()];
    for (index, instr) in body.iter().enumerate() {
        if let Some(found) = find(&body, &readers, instr) {
            dropped[index] = true;
            found.parts.iter().for_each(|&part| dropped[part] = true);
            fused[found.place] = Some(found.instr);
        }
    }
    let unfused = body.into_iter().zip(dropped).map(|(instr, dropped)| (!dropped).then_some(instr));
    unfused.zip(fused).filter_map(|(instr, fused)| fused.or(instr)).collect()
}

/// For each value, which instructions read it.
fn readers(body: &[Instr]) -> Vec<SmallVec<[usize; 2]>> {
    let mut readers: Vec<SmallVec<[usize; 2]>> = Vec::new();
    for (index, instr) in body.iter().enumerate() {
        for at in instr.reads() {
            let at = at as usize;
            if readers.len() <= at {
                readers.resize_with(at + 1, SmallVec::new);
            }
            readers[at].push(index);
        }
    }
    readers
}

/// A logistic loss, its slope, or both.
struct Found {
    instr: Instr,
    /// Where it goes: its operands are there by then, and nothing has read its results.
    place: usize,
    /// The instructions it stands for, beside the family's.
    parts: SmallVec<[usize; 8]>,
}

fn find(body: &[Instr], readers: &[SmallVec<[usize; 2]>], family: &Instr) -> Option<Found> {
    let Instr::Logistic { z, outs: [softplus, softplus_neg, sigmoid, sigmoid_neg], len } = *family else { return None };
    let loss = sum(body, readers, [Binary::Mul, Binary::Add], softplus_neg, softplus)?;
    let slope = sum(body, readers, [Binary::StrongMul, Binary::Sub], sigmoid, sigmoid_neg)?;
    // The loss weighs softplus(−z) by y, the slope σ(−z).
    let weights = [loss.map(|loss| loss.weights), slope.map(|slope| [slope.weights[1], slope.weights[0]])];
    let [y, rest] = weights[0].or(weights[1])?;
    if weights.into_iter().flatten().any(|weights| weights != [y, rest]) {
        return None;
    }
    let sums: SmallVec<[Sum; 2]> = [loss, slope].into_iter().flatten().collect();
    let gives_rest = |&&part: &&usize| matches!(body[part], Instr::Binary { step, .. } if step.out == rest);
    let difference = *readers[y as usize].iter().find(gives_rest)?;
    let Instr::Binary { step: Step { op: Binary::Sub, a, b, .. }, .. } = body[difference] else { return None };
    if b != (Operand { at: y, splat: false }) || readers[rest as usize].len() != sums.len() {
        return None;
    }
    let mut parts: SmallVec<[usize; 8]> = sums.iter().flat_map(|sum| sum.parts).collect();
    parts.push(difference);
    let same_length = |&part: &usize| matches!(body[part], Instr::Binary { len: other, .. } if other == len);
    if !parts.iter().all(same_length) {
        return None;
    }
    let place = sums.iter().map(|sum| sum.parts[2]).min()?;
    let outs = [loss, slope].map(|sum| sum.map(|sum| sum.out));
    Some(Found { instr: Instr::LogisticLoss { z, y, c: a, outs, len }, place, parts })
}

/// `w[0]·x[0] ± w[1]·x[1]`.
#[derive(Clone, Copy)]
struct Sum {
    weights: [At; 2],
    out: At,
    parts: [usize; 3],
}

/// What becomes of two members of a family: nothing, if neither is asked for; `None`, if it is anything but such a sum.
#[allow(clippy::option_option)]
fn sum(
    body: &[Instr],
    readers: &[SmallVec<[usize; 2]>],
    [product, total]: [Binary; 2],
    first: Option<At>,
    second: Option<At>,
) -> Option<Option<Sum>> {
    let (first, second) = match (first, second) {
        (None, None) => return Some(None),
        (first, second) => (first?, second?),
    };
    let only_step = |at: At| match readers.get(at as usize)?[..] {
        [reader] => match body[reader] {
            Instr::Binary { step, .. } => Some((reader, step)),
            _ => None,
        },
        _ => None,
    };
    let weighed = |at: At| {
        let (reader, step) = only_step(at)?;
        let weight = if step.a.at == at { step.b } else { step.a };
        (step.op == product && !weight.splat && weight.at != at).then_some((reader, weight.at, step.out))
    };
    let (first_part, first_weight, first_out) = weighed(first)?;
    let (second_part, second_weight, second_out) = weighed(second)?;
    let (part, step) = only_step(first_out)?;
    let in_order = [step.a.at, step.b.at] == [first_out, second_out];
    let swapped = [step.b.at, step.a.at] == [first_out, second_out];
    if only_step(second_out)?.0 != part || step.op != total || !(in_order || swapped && total == Binary::Add) {
        return None;
    }
    let weights = [first_weight, second_weight];
    Some(Some(Sum { weights, out: step.out, parts: [first_part, second_part, part] }))
}
