//! Scales of parameters without the Hessian: such that its rows have the length 1 once parameters are multiplied by them. They follow
//! from products with random vectors (stochastic equilibration, Bradley & Murray 2011), a few for any number of parameters.

use crate::evaluate::{Evaluator, Point};
use crate::objective::Objective;
use crate::random::Random;
use ndarray::{Array1, Zip};

/// Each round halves the orders of magnitude by which the scales are off.
const ROUNDS: usize = 7;
/// The products of a round, of which the mean square counts: a single one may vanish by chance.
const PRODUCTS: usize = 2;

/// The scales at a point; `None` where products can't be had. A parameter along which nothing curves has the scale 1.
pub(super) fn scales<O: Objective>(evaluator: &mut Evaluator<'_, O>, point: &Point) -> Option<Array1<f64>> {
    let mut scales = Array1::<f64>::ones(point.parameters.len());
    let mut random = Random::new(0);
    for _ in 0..ROUNDS {
        let mut squares = Array1::<f64>::zeros(scales.len());
        for _ in 0..PRODUCTS {
            let vector = scales.mapv(|scale| scale.recip().copysign(random.signed()));
            let product = evaluator.product(point.parameters.view(), vector.view()).ok()?;
            squares.zip_mut_with(&product, |sum, part| *sum += part * part / PRODUCTS as f64);
        }
        Zip::from(&mut scales).and(&squares).for_each(|scale, &square| {
            let next = (*scale * square.sqrt()).sqrt();
            if next.is_normal() {
                *scale = next;
            }
        });
    }
    Some(scales)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::{Block, Recording};
    use autodiff::{Binding, Tape, Var};
    use ndarray::Array2;

    /// `½‖A·(u⊙p)‖²`.
    struct Squares {
        factors: Array2<f64>,
        units: Array1<f64>,
    }

    impl Objective for Squares {
        fn blocks(&self) -> Vec<Block> {
            let names =
                |range: std::ops::Range<usize>| Block::new(range.map(|at| format!("p{at}")).collect::<Vec<_>>());
            vec![names(0..3), names(3..self.units.len())]
        }

        fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> crate::Result<Recording<'t>> {
            let all = tape.concatenate(0, parameters) * tape.constant(self.units.clone());
            Ok(Recording::new(tape.constant(self.factors.clone()).dot(all).powi(2).sum() * 0.5))
        }

        fn bind(&self) -> Vec<Binding<'_, f64>> {
            Vec::new()
        }
    }

    #[test]
    fn scales_are_the_roots_of_the_diagonal_up_to_a_factor_whatever_the_units() {
        let count = 150;
        let mut random = Random::new(3);
        let squares = Squares {
            factors: Array2::from_shape_simple_fn((200, count), || random.signed()),
            units: Array1::from_shape_simple_fn(count, || 10f64.powf(8.0 * random.signed())),
        };
        let mut evaluator = Evaluator::new(&squares).unwrap();
        let point = evaluator.at(Array1::ones(count)).unwrap();
        let found = scales(&mut evaluator, &point).unwrap();
        let diagonal = squares.factors.map_axis(ndarray::Axis(0), |column| column.dot(&column).sqrt());
        for (found, expected) in found.iter().zip(diagonal * &squares.units) {
            assert!((0.2..20.0).contains(&(found / expected)), "{found:e} for {expected:e}");
        }
    }
}
