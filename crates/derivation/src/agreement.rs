//! Whether two expressions come to the same, tried on numbers: what is written side by side with `=` between is equal.

use crate::derive::Found;
use crate::evaluate::Evaluator;
use crate::pool::{Id, Pool};
use autodiff::{Tape, Var};
use ndarray::{ArrayD, IxDyn};
use std::collections::HashMap;

/// How many observations the expressions are tried on.
const ROWS: usize = 3;

impl Found {
    /// Takes what the user wrote of one observation's part only if that is the part which the derivation goes on with: of two sums that
    /// are multiplied, either may be the one whose terms are derived, and what is the same for all observations may be beside the sum.
    pub(crate) fn keep_written_term(&mut self) {
        if let (Some(written), Some(term)) = (self.written.term, self.parts.term)
            && !self.agree(written, term)
        {
            self.written.term = None;
        }
    }

    /// Whether both have the same values, where both have values.
    fn agree(&mut self, a: Id, b: Id) -> bool {
        let [a, b] = [a, b].map(|id| self.of_inputs(id));
        let (pool, tape) = (&self.imported.pool, Tape::new());
        let mut symbols = HashMap::new();
        for symbol in [a, b].into_iter().flat_map(|id| pool.reachable(id)) {
            let constant = self.imported.constants.iter().find(|(constant, _)| *constant == symbol);
            let number = constant.map(|(_, array)| array.clone()).or_else(|| numbers(pool, symbol));
            symbols.extend(number.map(|array| (symbol, tape.constant(array))));
        }
        let evaluator = Evaluator { pool, tape: &tape, rows: Some(ROWS), symbols };
        let difference = |a: Var<'_, f64>, b: Var<'_, f64>| ((a - b) / (a.abs() + b.abs() + 1e-300)).value();
        match [a, b].map(|id| evaluator.record(id)) {
            [Ok(a), Ok(b)] => difference(a, b).is_ok_and(|values| !values.iter().any(|value| value.abs() > 1e-9)),
            _ => true,
        }
    }
}

/// Numbers between 0 and 1 for a symbol, alike in no two places; labels that are 0 or 1 as such.
fn numbers(pool: &Pool, id: Id) -> Option<ArrayD<f64>> {
    let symbol = pool.as_symbol(id)?;
    let shape: Vec<usize> = pool.dims(id).iter().map(|len| len.among(ROWS)).collect();
    let columns = shape.last().copied().unwrap_or(1);
    let mut place = 0;
    Some(ArrayD::from_shape_simple_fn(IxDyn(&shape), || {
        place += 1;
        match symbol.rows_sum_to_one {
            true => f64::from(u8::from(place % columns == 0)),
            false => 0.5 + 0.4 * (1.7 * f64::from(place as u32) + 2.3 * f64::from(id.0)).sin(),
        }
    }))
}
