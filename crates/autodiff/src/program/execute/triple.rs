//! The triple product `a(b·c) − b(a·c)` along an axis: of few neighbours for sixteen lanes at once, of more lane by lane.

// Loops over indices, as in the products.
#![allow(clippy::needless_range_loop)]

use super::Frame;
use super::short_lanes::{MOST, gather, scatter};
use super::triple_lane::{Others, Products, weighted_lane};
use crate::kernels::product::all_finite;
use crate::kernels::{LANES, Math, Task, Tile};
use crate::ops::{Lane, triple_lane};
use crate::program::instr::{At, Operand};
use crate::scalar::Scalar;

/// Numbers in the arena: `outer × red × inner` of each operand that is no single number.
struct TripleTask<'m, T> {
    arena: &'m mut [T],
    operands: [Operand; 3],
    out: usize,
    lanes: [usize; 3],
}

/// Up to sixteen lanes: where their first elements are, and from the first to the second element of one.
struct Lanes {
    first: usize,
    step: usize,
    width: usize,
}

/// The lanes of `outer × red × inner` elements, in groups of sixteen. Where lanes are neighbours, groups go across `outer`.
#[derive(Clone, Copy)]
struct Groups {
    outer: usize,
    across: usize,
    red: usize,
    step: usize,
}

impl Groups {
    #[inline(always)]
    fn of([outer, red, inner]: [usize; 3]) -> Self {
        let (outer, across) = if inner == 1 { (1, outer) } else { (outer, inner) };
        Groups { outer, across, red, step: inner }
    }

    #[inline(always)]
    fn count(self) -> usize {
        self.outer * self.across.div_ceil(LANES)
    }

    #[inline(always)]
    fn lanes(self, group: usize) -> Lanes {
        let Groups { across, red, step, .. } = self;
        let groups = across.div_ceil(LANES);
        let (outer, first) = (group / groups, group % groups * LANES);
        let first_element = outer * red * across + first * if step == 1 { red } else { 1 };
        Lanes { first: first_element, step, width: LANES.min(across - first) }
    }
}

impl<T: Scalar> Task<T> for TripleTask<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(mut self) {
        let [outer, red, inner] = self.lanes;
        if red == 0 || inner == 0 {
            return;
        }
        let groups = Groups::of([outer, red, inner]);
        if M::VECTORS && red <= MOST {
            return self.together(groups);
        }
        for group in 0..groups.count() {
            let lanes = groups.lanes(group);
            if !(M::VECTORS && inner == 1 && self.along(&lanes, red)) {
                self.one_by_one(&lanes, red);
            }
        }
    }
}

impl<T: Scalar> TripleTask<'_, T> {
    /// Of few neighbours, in memory that all groups share: to make it takes as long as to work in it.
    #[inline(always)]
    fn together(&mut self, groups: Groups) {
        let red = groups.red;
        let [mut a, mut b, mut c, mut after] = [[[T::zero(); LANES]; MOST]; 4];
        let [a, b, c, after] = [&mut a[..red], &mut b[..red], &mut c[..red], &mut after[..red]];
        let Operand { at, splat: one_c } = self.operands[2];
        if one_c {
            c.fill([self.arena[at as usize]; LANES]);
        }
        for group in 0..groups.count() {
            let lanes = groups.lanes(group);
            self.load(0, &lanes, a);
            self.load(1, &lanes, b);
            if !one_c {
                self.load(2, &lanes, c);
                shift(a, b, c);
            }
            multiply(a, b, c, after);
            if a.iter().all(|tile| all_finite(tile)) {
                self.store(&lanes, a);
            } else {
                self.one_by_one(&lanes, red);
            }
        }
    }

    #[inline(always)]
    fn store(&mut self, lanes: &Lanes, tiles: &[Tile<T>]) {
        let Lanes { first, step, width } = *lanes;
        let out = &mut self.arena[self.out + first..];
        if step == 1 {
            return scatter(tiles, &mut out[..width * tiles.len()]);
        }
        for (k, tile) in tiles.iter().enumerate() {
            out[k * step..][..width].copy_from_slice(&tile[..width]);
        }
    }

    #[inline(always)]
    fn load(&self, operand: usize, lanes: &Lanes, tiles: &mut [Tile<T>]) {
        let Operand { at, splat } = self.operands[operand];
        let Lanes { first, step, width } = *lanes;
        if splat {
            return tiles.fill([self.arena[at as usize]; LANES]);
        }
        let elements = &self.arena[at as usize + first..];
        if step == 1 {
            return gather(&elements[..width * tiles.len()], tiles);
        }
        for (k, tile) in tiles.iter_mut().enumerate() {
            tile[..width].copy_from_slice(&elements[k * step..][..width]);
        }
    }

    /// Lane by lane with vectors along them: false where there are other single numbers than these, or something isn't finite.
    #[inline(always)]
    fn along(&mut self, lanes: &Lanes, red: usize) -> bool {
        match self.operands.map(|operand| operand.splat) {
            [false, false, true] => self.unweighted(lanes, red),
            [false, false, false] => self.weighted::<false>(lanes, red),
            [false, true, false] => self.weighted::<true>(lanes, red),
            _ => false,
        }
    }

    /// Where c is one number, as in the derivative of a log-softmax.
    #[inline(always)]
    fn unweighted(&mut self, lanes: &Lanes, red: usize) -> bool {
        let [a, b, c] = self.operands;
        let c = self.arena[c.at as usize];
        for lane in 0..lanes.width {
            let start = lanes.first + lane * red;
            let [a, b] = [a, b].map(|operand| operand.at as usize + start);
            let one = &[T::one()];
            let [of_a, of_b] =
                [a, b].map(|at| Others::of(Products::<T, true> { x: one, y: &self.arena[at..at + red] }));
            if !(of_a.total.is_finite() && of_b.total.is_finite() && c.is_finite()) {
                return false;
            }
            let out = self.out + start;
            for k in 0..red {
                let (a, b) = (self.arena[a + k], self.arena[b + k]);
                self.arena[out + k] = c * (a * (of_b.total - b) - b * (of_a.total - a));
            }
            for k in [of_a.largest, of_b.largest] {
                let (a, b) = (self.arena[a + k], self.arena[b + k]);
                self.arena[out + k] = c * (a * of_b.without(k, b) - b * of_a.without(k, a));
            }
        }
        true
    }

    /// Where every element has a weight; where `ONE`, b is one number, as in the derivative of a softmax.
    #[inline(always)]
    fn weighted<const ONE: bool>(&mut self, lanes: &Lanes, red: usize) -> bool {
        let [a, b, c] = self.operands.map(|operand| operand.at as usize);
        for lane in 0..lanes.width {
            let start = lanes.first + lane * red;
            let (operands, out) = Around::of(self.arena, self.out + start, red);
            let x = if ONE { operands.at(b, 1) } else { operands.at(b + start, red) };
            let bc = Products::<T, ONE> { x, y: operands.at(c + start, red) };
            if !weighted_lane(operands.at(a + start, red), bc, out) {
                return false;
            }
        }
        true
    }

    /// By the reference.
    #[inline(never)]
    fn one_by_one(&mut self, lanes: &Lanes, red: usize) {
        let Lanes { first, step, width } = *lanes;
        let across = if step == 1 { red } else { 1 };
        let len = (red - 1) * step + 1;
        for lane in 0..width {
            let start = first + lane * across;
            let (operands, out) = Around::of(self.arena, self.out + start, len);
            let of = |operand: Operand| match operand.splat {
                true => Lane { elements: operands.at(operand.at as usize, 1), step: 0 },
                false => Lane { elements: operands.at(operand.at as usize + start, len), step },
            };
            triple_lane(self.operands.map(of), out, step);
        }
    }
}

/// The arena around what is written: operands, which may be the same ones.
struct Around<'a, T> {
    before: &'a [T],
    after: &'a [T],
    end: usize,
}

impl<'a, T> Around<'a, T> {
    /// What is around `len` elements from `place` on, and these.
    #[inline(always)]
    fn of(arena: &'a mut [T], place: usize, len: usize) -> (Self, &'a mut [T]) {
        let (before, rest) = arena.split_at_mut(place);
        let (out, after) = rest.split_at_mut(len);
        (Around { before, after, end: place + len }, out)
    }

    #[inline(always)]
    fn at(&self, at: usize, len: usize) -> &'a [T] {
        if at < self.before.len() { &self.before[at..at + len] } else { &self.after[at - self.end..][..len] }
    }
}

/// Takes the multiple of b off a that the reference does.
#[inline(always)]
fn shift<T: Scalar>(a: &mut [Tile<T>], b: &[Tile<T>], c: &[Tile<T>]) {
    let (mut heaviest, mut lambda) = ([T::zero(); LANES], [T::zero(); LANES]);
    for k in 0..a.len() {
        for lane in 0..LANES {
            let weight = (b[k][lane] * c[k][lane]).abs();
            let is_heavier = weight > heaviest[lane];
            heaviest[lane] = if is_heavier { weight } else { heaviest[lane] };
            lambda[lane] = if is_heavier { a[k][lane] / b[k][lane] } else { lambda[lane] };
        }
    }
    let (mut plain, mut shifted) = ([T::zero(); LANES], [T::zero(); LANES]);
    for k in 0..a.len() {
        for lane in 0..LANES {
            let difference = a[k][lane] - lambda[lane] * b[k][lane];
            plain[lane] = plain[lane] + (c[k][lane] * a[k][lane]).abs();
            shifted[lane] = shifted[lane] + (c[k][lane] * difference).abs();
        }
    }
    for k in 0..a.len() {
        for lane in 0..LANES {
            let pays = shifted[lane] < plain[lane];
            a[k][lane] = a[k][lane] - if pays { lambda[lane] * b[k][lane] } else { T::zero() };
        }
    }
}

/// The triple product to `a`: of each element with the sums after it, then with those before it.
#[inline(always)]
fn multiply<T: Scalar>(a: &mut [Tile<T>], b: &[Tile<T>], c: &[Tile<T>], after: &mut [Tile<T>]) {
    let (mut sum_b, mut sum_a) = ([T::zero(); LANES], [T::zero(); LANES]);
    for k in (0..a.len()).rev() {
        for lane in 0..LANES {
            after[k][lane] = a[k][lane] * sum_b[lane] - b[k][lane] * sum_a[lane];
            sum_b[lane] = sum_b[lane] + b[k][lane] * c[k][lane];
            sum_a[lane] = sum_a[lane] + a[k][lane] * c[k][lane];
        }
    }
    let (mut sum_b, mut sum_a) = ([T::zero(); LANES], [T::zero(); LANES]);
    for k in 0..a.len() {
        for lane in 0..LANES {
            let before = a[k][lane] * sum_b[lane] - b[k][lane] * sum_a[lane];
            sum_b[lane] = sum_b[lane] + b[k][lane] * c[k][lane];
            sum_a[lane] = sum_a[lane] + a[k][lane] * c[k][lane];
            a[k][lane] = before + after[k][lane];
        }
    }
}

impl<T: Scalar> Frame<'_, '_, '_, T> {
    #[inline(always)]
    pub(super) fn triple<M: Math<T>, const L: usize>(&mut self, operands: [Operand; 3], out: At, lanes: [u32; 3]) {
        let [outer, red, inner] = lanes.map(|len| len as usize);
        let lanes = [self.rows * outer, red, inner];
        M::out_of_line::<L, _>(TripleTask { arena: self.arena, operands, out: out as usize, lanes });
    }
}
