//! The order in which rows are read: a product of the rows one block ahead, and memory asked ahead for what is read next.
//!
//! A body begins with a product of the rows of an input and a vector, which reads them from memory, and ends with a sum over
//! them weighed by what became of it, which finds them in a cache: between the two memory lies idle. Put together, the
//! sum over a block's rows and the product of the next block's take turns row by row (*software pipelining*: Lam, PLDI 1988).
//! Where they aren't put together, the sum prefetches the first of the next block's rows.

use crate::kernels::Processor;
use crate::kernels::product::pipelining_pays;
use crate::program::instr::{Factor, Instr, RowSweep};
use crate::program::places::written;

/// The body, with a pipelined [`RowSweep`] as its last instruction if it has both parts of one and that pays.
///
/// What reads the products comes before, at the beginning of the next round: so that instruction alone is run before the first
/// block, on no rows.
pub(super) fn order(mut body: Vec<Instr>, processor: Processor, element: usize) -> Vec<Instr> {
    for instr in &mut body {
        if let Instr::RowSweep(sweep) = instr
            && sweep.sum.is_some()
        {
            sweep.ahead = processor.ahead_of_block() as u32;
        }
    }
    let Some([product, sum]) = find(&body, |columns| pipelining_pays(processor, columns as usize, element)) else {
        return body;
    };
    // Nothing in the body reads a sum over the rows.
    if let (Instr::RowSweep(sum), Instr::RowSweep(product)) = (body.remove(sum), body.remove(product)) {
        let ahead = processor.ahead_of_row() as u32;
        body.push(Instr::RowSweep(RowSweep { dots: product.dots, ahead, ..sum }));
    }
    body
}

/// A product with vectors that are there from the start, and a later sum over the same input's rows, of so many columns.
fn find(body: &[Instr], pays: impl Fn(u32) -> bool) -> Option<[usize; 2]> {
    let of_input = |instr: &Instr| match *instr {
        Instr::RowSweep(sweep) if sweep.is_of_block() && matches!(sweep.a, Factor::Input(_)) => Some(sweep),
        _ => None,
    };
    let sum = body.iter().rposition(|instr| of_input(instr).is_some_and(|sweep| sweep.sum.is_some()))?;
    let RowSweep { a, shape: [_, columns], .. } = of_input(&body[sum])?;
    if !pays(columns) {
        return None;
    }
    let written = written(body);
    let is_product = |instr: &Instr| {
        of_input(instr).is_some_and(|sweep| sweep.a == a && sweep.sum.is_none())
            && instr.reads().iter().all(|at| !written.contains_key(at))
    };
    Some([body[..sum].iter().position(is_product)?, sum])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::instr::{At, Dot, RowSum};

    fn product(input: u32, x: At, out: At) -> Instr {
        Instr::RowSweep(RowSweep::dot(Factor::Input(input), [0, 9], false, Dot { x, out, strong: false }))
    }

    fn sum(input: u32, r: At) -> Instr {
        Instr::RowSweep(RowSweep::sum(Factor::Input(input), 9, RowSum { r, acc: 0, strong: true }))
    }

    fn found(body: &[Instr]) -> Option<[usize; 2]> {
        find(body, |columns| columns == 9)
    }

    #[test]
    fn a_product_is_found_with_a_later_sum_over_the_same_rows() {
        let zero = || Instr::Zero { out: 2, len: 1 };
        assert_eq!(found(&[zero(), product(7, 0, 1), zero(), sum(7, 1), zero()]), Some([1, 3]));
        assert_eq!(found(&[product(7, 0, 1), sum(6, 1)]), None);
        assert_eq!(found(&[sum(7, 2), product(7, 0, 1)]), None);
        assert_eq!(found(&[product(7, 0, 1), product(7, 1, 2), sum(7, 2), sum(7, 1)]), Some([0, 3]));
    }

    #[test]
    fn a_product_with_what_each_block_computes_anew_is_none() {
        assert_eq!(found(&[Instr::Zero { out: 0, len: 9 }, product(7, 0, 1), sum(7, 1)]), None);
        assert_eq!(find(&[product(7, 0, 1), sum(7, 1)], |_| false), None);
    }
}
