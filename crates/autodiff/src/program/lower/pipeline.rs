//! A product of the rows one block ahead, so that memory is read all the time.
//!
//! A body begins with a product of the rows of an input and a vector, which reads them from memory, and ends with a sum over
//! them weighed by what became of it, which finds them in a cache: from the one to the other memory lies idle. Put together, the
//! sum over a block's rows and the product of the next block's take turns row by row (*software pipelining*: Lam, PLDI 1988).

use super::fuse::written;
use crate::kernels::Processor;
use crate::kernels::product::pipelining_pays;
use crate::program::instr::{Factor, Instr};

/// The body with [`Instr::Pipelined`] as its last instruction, if it has both parts of one and that pays.
///
/// What reads the product comes before, at the beginning of the next round: so that instruction alone is run before the first
/// block, on no rows.
pub(super) fn pipeline(mut body: Vec<Instr>, processor: Processor, element: usize) -> Vec<Instr> {
    let Some([product, sum]) = find(&mut body, |columns| pipelining_pays(processor, columns as usize, element)) else {
        return body;
    };
    // Nothing in the body reads a sum over the rows.
    let sum = body.remove(sum).into();
    let product = body.remove(product).into();
    body.push(Instr::Pipelined { sum, product });
    body
}

/// A product with vectors that are there from the start, and a later sum over the same input's rows, of so many columns.
fn find(body: &mut [Instr], pays: impl Fn(u32) -> bool) -> Option<[usize; 2]> {
    let sum = body.iter().rposition(|instr| matches!(instr, Instr::AccumulateMatVec { a: Factor::Input(_), .. }))?;
    let Instr::AccumulateMatVec { a: summed, columns, .. } = body[sum] else { return None };
    if !pays(columns) {
        return None;
    }
    let written = written(body);
    let is_product = |instr: &mut Instr| {
        let of_rows = match *instr {
            Instr::MatVec { a, transposed, shape, .. } => a == summed && !transposed && shape[0] == 0,
            Instr::MatVecPair { a, .. } => a == summed,
            _ => false,
        };
        of_rows && instr.reads().into_iter().all(|at| !written.contains_key(at))
    };
    let product = body[..sum].iter_mut().position(is_product)?;
    Some([product, sum])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::instr::At;

    fn product(input: u32, x: At, out: At) -> Instr {
        Instr::MatVec { a: Factor::Input(input), transposed: false, shape: [0, 9], x, out, strong: false }
    }

    fn sum(input: u32, r: At) -> Instr {
        Instr::AccumulateMatVec { a: Factor::Input(input), columns: 9, r, acc: 0, strong: true }
    }

    fn found(body: &[Instr]) -> Option<[usize; 2]> {
        find(&mut body.to_vec(), |columns| columns == 9)
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
        assert_eq!(find(&mut [product(7, 0, 1), sum(7, 1)], |_| false), None);
    }
}
