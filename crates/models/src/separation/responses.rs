//! The separation of a single linear predictor's responses.

use super::{Inequalities, Inequality};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::Family;
use crate::link::Link;
use ndarray::{Array1, ArrayView1};

/// Rows of a design that follow one another, and their responses.
#[derive(Clone, Copy)]
pub(crate) struct Responses<'r> {
    pub(crate) design: &'r Design<'r>,
    pub(crate) y: ArrayView1<'r, f64>,
    /// The number of the first row.
    pub(crate) first: usize,
}

/// Hands over all rows in blocks.
pub(crate) type EachBlock<'b> = dyn Fn(&mut dyn FnMut(Responses<'_>)) -> Result<()> + 'b;

/// The separation of the responses of a design's terms that the candidate leads to, if it does.
///
/// # Errors
/// Those of the passes.
pub(crate) fn of_responses(
    terms: &Design<'_>,
    family: Family,
    link: Link,
    each_block: &EachBlock<'_>,
    candidate: &[f64],
) -> Result<Option<Error>> {
    let middles = middles(terms, each_block)?;
    let each = |take: &mut dyn FnMut(Inequality<'_>)| {
        let mut cells = Array1::zeros(terms.parameters());
        each_block(&mut |Responses { design, y, first }| {
            for row in design.observed_rows() {
                design.write_row(row, cells.view_mut());
                cells -= &middles;
                take(Inequality { row: first + row, allowed: family.recession(link, y[row]), vector: cells.view() });
            }
        })
    };
    let inequalities = Inequalities { names: terms.names(), each: &each };
    let mut centred = candidate.to_vec();
    if let Some(intercept) = centred.first_mut() {
        *intercept += middles.iter().zip(candidate).map(|(middle, part)| middle * part).sum::<f64>();
    }
    let Some(mut found) = inequalities.separation(&centred)? else { return Ok(None) };
    found.move_back(&inequalities.names, &middles);
    if family == Family::Gaussian && link == Link::Log {
        return Ok(Some(Error::VanishingMeans { direction: found.direction, rows: found.separated }));
    }
    if terms.has_intercept()
        && let Some(value) = only_response(each_block)?
    {
        match family {
            Family::Binomial => return Ok(Some(Error::OneClass { rows: found.rows, value })),
            _ if value == 0.0 => return Ok(Some(Error::AllZero { rows: found.rows })),
            _ => {}
        }
    }
    Ok(Some(found.into()))
}

/// The middles of columns that move little beside them, where an intercept takes them up; 0 of others. Beside such large cells what tells
/// rows apart is as small as rounding.
fn middles(terms: &Design<'_>, each_block: &EachBlock<'_>) -> Result<Array1<f64>> {
    /// A column is far from 0 where it moves by less than this part of its largest cell.
    const LITTLE: f64 = 1e-4;
    let mut cells = Array1::zeros(terms.parameters());
    if !terms.has_intercept() {
        return Ok(cells);
    }
    let mut ends = vec![(f64::INFINITY, f64::NEG_INFINITY); terms.parameters()];
    each_block(&mut |Responses { design, .. }| {
        for row in design.observed_rows() {
            design.write_row(row, cells.view_mut());
            ends.iter_mut().zip(&cells).for_each(|(ends, &cell)| *ends = (ends.0.min(cell), ends.1.max(cell)));
        }
    })?;
    let middle = |(low, high): (f64, f64)| match low.is_finite() && high - low < LITTLE * low.abs().max(high.abs()) {
        true => low + 0.5 * (high - low),
        false => 0.0,
    };
    // Of the intercept's own column there is nothing to take up.
    Ok(ends.into_iter().enumerate().map(|(place, ends)| if place == 0 { 0.0 } else { middle(ends) }).collect())
}

/// The response of all rows, if they have the same.
fn only_response(each_block: &EachBlock<'_>) -> Result<Option<f64>> {
    let (mut first, mut is_only) = (None, true);
    each_block(&mut |Responses { design, y, .. }| {
        for row in design.observed_rows() {
            is_only &= *first.get_or_insert(y[row]) == y[row];
        }
    })?;
    Ok(first.filter(|_| is_only))
}
