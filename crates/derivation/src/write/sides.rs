//! Rows, columns and matrices that are multiplied element by element: as linear algebra writes them.

use super::rows::is_row_sums;
use crate::pool::{Id, Len, Node, Pool};

/// Whether a part is a product of a column and a row.
pub(crate) fn is_outer(pool: &Pool, id: Id) -> bool {
    matches!(pool.node(id), Node::Product(factors) if sides(pool, factors).is_some())
}

/// The factors that are rows, those that are columns, and the others: if there are both rows and columns.
pub(super) fn sides(pool: &Pool, factors: &[Id]) -> Option<[Vec<Id>; 3]> {
    let sides = by_side(pool, factors);
    (!sides[0].is_empty() && !sides[1].is_empty()).then_some(sides)
}

/// The factors that are rows, those that are columns, and the others. Beside matrices, a vector is a row: it is of each of theirs.
fn by_side(pool: &Pool, factors: &[Id]) -> [Vec<Id>; 3] {
    let has_matrices = factors.iter().any(|&factor| pool.dims(factor).len() == 2);
    let mut sides = [Vec::new(), Vec::new(), Vec::new()];
    for &factor in factors {
        let side = match *pool.dims(factor).as_slice() {
            [Len::Of(1), _] => 0,
            [_] if has_matrices => 0,
            [_, Len::Of(1)] if !is_stretched_sums(pool, factor) => 1,
            _ => 2,
        };
        sides[side].push(factor);
    }
    sides
}

/// A matrix times what is a row or a column, element by element, as matrices: `M diag(v)`, `diag(v) M`; a sum of products that would be
/// outer ones with it, term by term.
pub(super) fn as_matrices(pool: &mut Pool, factors: &[Id]) -> Option<Id> {
    let [rows, columns, others] = by_side(pool, factors);
    let (scalars, matrices): (Vec<Id>, Vec<Id>) = others.into_iter().partition(|&other| pool.is_scalar(other));
    if rows.is_empty() == columns.is_empty() || matrices.is_empty() {
        return None;
    }
    if let Some(terms) = outer_terms(pool, factors, usize::from(!rows.is_empty())) {
        return Some(terms);
    }
    let matrix = pool.product(&matrices);
    let dims = pool.dims(matrix).clone();
    let (sides, axis) = if rows.is_empty() { (columns, 0) } else { (rows, 1) };
    let vector = pool.product(&sides);
    let vector = pool.reshape(vector, &dims[axis..=axis]);
    let diagonal = pool.diag(vector);
    let [left, right] = if axis == 0 { [diagonal, matrix] } else { [matrix, diagonal] };
    let product = pool.intern(Node::MatMul(left, right), dims);
    Some(pool.product(&[scalars, vec![product]].concat()))
}

/// Of a matrix on the rows whose rows a column scales, the matrix and the column as a vector: the sum of its rows is `Mᵀc`.
pub(super) fn matrix_and_column(pool: &mut Pool, id: Id) -> Option<[Id; 2]> {
    let Node::Product(factors) = pool.node(id).clone() else { return None };
    let [rows, columns, others] = by_side(pool, &factors);
    let is_matrix = others.iter().any(|&other| pool.dims(other).len() == 2 && pool.has_rows(other));
    if !rows.is_empty() || columns.is_empty() || !is_matrix {
        return None;
    }
    let [column, matrix] = [columns, others].map(|factors| pool.product(&factors));
    Some([matrix, pool.reshape(column, &[Len::Rows])])
}

/// The product of a sum, of which a term has factors on this side, with the factors beside it, term by term.
fn outer_terms(pool: &mut Pool, factors: &[Id], side: usize) -> Option<Id> {
    for (place, &sum) in factors.iter().enumerate() {
        let Node::Sum(terms) = pool.node(sum).clone() else { continue };
        let has_side = |&term: &Id| match pool.node(term) {
            Node::Product(factors) => !by_side(pool, factors)[side].is_empty(),
            _ => false,
        };
        if terms.iter().any(has_side) {
            let mut others = factors.to_vec();
            others.remove(place);
            let rest = pool.product(&others);
            let products: Vec<Id> = terms.iter().map(|&term| pool.times(term, rest)).collect();
            return Some(pool.sum(&products));
        }
    }
    None
}

/// Whether this is a column of sums that is written stretched to all columns: `Y𝟏𝟏ᵀ`.
fn is_stretched_sums(pool: &Pool, factor: Id) -> bool {
    matches!(*pool.node(factor), Node::Reshape(x) if is_row_sums(pool, factor, x))
}
