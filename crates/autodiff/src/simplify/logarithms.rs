//! A node as multiples of logarithms, and the sum of such multiples as a node.

use super::Rewriter;
use super::atom::{Atom, Logs};
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::Scalar;
use smallvec::SmallVec;

const ADD: Op = Op::Binary(Binary::Add);
const MUL: Op = Op::Binary(Binary::Mul);
const DIV: Op = Op::Binary(Binary::Div);

/// How many logarithms are looked at together.
const LOGARITHMS: usize = 8;
/// The most nodes that are looked at for them: chains of signs and numbers are cut, too.
const LOOKS: usize = 4 * LOGARITHMS;

impl<T: Scalar> Rewriter<'_, T> {
    /// Whether a node is a logarithm or made of other nodes as sums of logarithms are. Asked of every product.
    fn may_be_logs(&self, x: NodeId) -> bool {
        let is_made_so = matches!(
            self.seen(x),
            Some(
                Op::Unary(Unary::Ln | Unary::Ln1p | Unary::Softplus | Unary::Neg)
                    | Op::Binary(Binary::Add | Binary::Sub | Binary::Mul)
            )
        );
        is_made_so || self.logs_of.contains_key(&x)
    }

    /// A node as logarithms, if there are some in it.
    pub(super) fn logs(&self, x: NodeId) -> Option<Logs<T>> {
        if !self.may_be_logs(x) {
            return None;
        }
        let (mut found, mut open) = (Logs::new(), SmallVec::<[(NodeId, T); 4]>::from_slice(&[(x, T::one())]));
        let (mut is_log, mut looks) = (false, 0);
        while let Some((node, factor)) = open.pop() {
            looks += 1;
            let may_open = looks < LOOKS && found.len() + open.len() < LOGARITHMS;
            let number = |x: NodeId| self.seen_number(x);
            let op = self.seen(node);
            if let Some(atoms) = self.atoms_of_log(node) {
                is_log = true;
                found.extend(atoms.into_iter().map(|(count, atom)| (factor * count, atom)));
                continue;
            }
            is_log |= matches!(op, Some(Op::Unary(Unary::Ln | Unary::Ln1p | Unary::Softplus)));
            match (op, self.graph.args(node)) {
                (Some(Op::Unary(Unary::Ln)), &[q]) => {
                    found.extend(self.atoms(q).into_iter().map(|(count, atom)| (factor * count, atom)));
                }
                (Some(Op::Unary(Unary::Ln1p)), &[u]) => found.push((factor, Atom::OnePlus(u))),
                (Some(Op::Unary(Unary::Softplus)), &[z]) => found.push((factor, Atom::OnePlusExp(z))),
                (Some(Op::Unary(Unary::Neg)), &[a]) if may_open => open.push((a, -factor)),
                (Some(Op::Binary(Binary::Add)), &[a, b]) if may_open => {
                    open.extend([(a, factor), (b, factor)]);
                }
                (Some(Op::Binary(Binary::Sub)), &[a, b]) if may_open => {
                    open.extend([(a, factor), (b, -factor)]);
                }
                (Some(MUL), &[a, b]) if may_open && (number(a).is_some() || number(b).is_some()) => {
                    let (number, rest) = number(a).map_or((number(b), a), |a| (Some(a), b));
                    open.push((rest, factor * number.unwrap_or_else(T::nan)));
                }
                _ => found.push((factor, Atom::Exp(node))),
            }
        }
        is_log.then_some(found)
    }

    /// The parts of what a log-domain form is the logarithm of, where it is a sum or quotient.
    fn atoms_of_log(&self, log: NodeId) -> Option<Logs<T>> {
        match *self.logs_of.get(&log)? {
            Atom::Plain(q) => {
                let is_composed = matches!(self.seen(q)?, Op::Binary(Binary::Add | Binary::Sub | Binary::Div));
                is_composed.then(|| self.atoms(q))
            }
            atom => Some(SmallVec::from_slice(&[(T::one(), atom)])),
        }
    }

    /// The parts of a quotient whose logarithms are taken one by one.
    pub(super) fn atoms(&self, q: NodeId) -> Logs<T> {
        let (mut found, mut open) = (Logs::new(), SmallVec::<[(NodeId, T); 4]>::from_slice(&[(q, T::one())]));
        let mut looks = 0;
        while let Some((node, factor)) = open.pop() {
            looks += 1;
            let may_open = looks < LOOKS && found.len() + open.len() < LOGARITHMS;
            match (self.seen(node), self.graph.args(node)) {
                (Some(DIV), &[a, b]) if may_open => open.extend([(a, factor), (b, -factor)]),
                (Some(Op::Unary(Unary::Recip)), &[a]) if may_open => open.push((a, -factor)),
                (Some(ADD), &[one, x]) if self.is_number(one, T::one()) => found.push((factor, Atom::OnePlus(x))),
                (Some(ADD), &[x, one]) if self.is_number(one, T::one()) => found.push((factor, Atom::OnePlus(x))),
                _ if self.is_number(node, T::one()) => {}
                _ => found.push((factor, Atom::Plain(node))),
            }
        }
        found
    }

    /// The logarithm of an atom.
    pub(super) fn ln_of_atom(&mut self, atom: Atom) -> NodeId {
        match atom {
            Atom::Plain(x) => self.unary(Unary::Ln, x),
            Atom::OnePlus(x) => self.unary(Unary::Ln1p, x),
            Atom::OnePlusExp(z) => self.unary(Unary::Softplus, z),
            Atom::Exp(log) => log,
        }
    }

    /// `coefficient·Σ logs`.
    pub(super) fn times_logs(&mut self, coefficient: Option<NodeId>, logs: &Logs<T>) -> Option<NodeId> {
        let mut sum = None;
        for &(factor, atom) in logs {
            let log = self.ln_of_atom(atom);
            let log = self.times(factor, log);
            sum = Some(sum.map_or(log, |sum| self.make(ADD, &[sum, log])));
        }
        Some(match coefficient {
            Some(coefficient) => self.make(MUL, &[coefficient, sum?]),
            None => sum?,
        })
    }
}
