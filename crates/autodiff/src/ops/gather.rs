//! Look-ups of a table's leading axis by index, and their adjoint.

use crate::ops::{Failure, RunningSum};
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use crate::value::{Evaluated, IndexValue, Value};
use ndarray::{ArrayD, Axis, IxDyn, Zip};

pub(crate) fn shape(table: &Shape, indices: &Shape) -> Result<Shape, String> {
    if table.has_rows() {
        return Err(
            "the table can't be on the rows: a row would need rows of other blocks; bind it as a fixed input".into()
        );
    }
    let Some((_, inner)) = table.trailing().split_first() else {
        return Err("the table needs at least one axis".into());
    };
    let dims: Dims = indices.trailing().iter().chain(inner).copied().collect();
    Ok(if indices.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) })
}

pub(crate) fn indices<T: Scalar>(operand: &Evaluated<T>) -> Result<&IndexValue, Failure> {
    match operand {
        Evaluated::Indices(indices) => Ok(indices),
        Evaluated::Numbers(_) => Err(Failure::Reason("numbers stand where indices are needed".into())),
    }
}

fn check(position: usize, index: usize, len: usize) -> Result<usize, Failure> {
    if index < len { Ok(index) } else { Err(Failure::Index { position, index, len }) }
}

pub(crate) fn evaluate<T: Scalar>(table: &Value<T>, indices: &IndexValue, dims: &Dims) -> Result<ArrayD<T>, Failure> {
    let (len, inner) = (table.len_of(Axis(0)), table.shape()[1..].to_vec());
    let mut flat = vec![indices.len()];
    flat.extend_from_slice(&inner);
    let mut out = ArrayD::from_elem(IxDyn(&flat), T::nan());
    for (position, &index) in indices.iter().enumerate() {
        let index = check(position, index, len)?;
        out.index_axis_mut(Axis(0), position).assign(&table.index_axis(Axis(0), index));
    }
    out.into_shape_with_order(IxDyn(dims)).map_err(|error| Failure::Reason(error.to_string()))
}

pub(crate) fn evaluate_scatter<T: Scalar>(
    x: &Value<T>,
    indices: &IndexValue,
    dims: &Dims,
) -> Result<ArrayD<T>, Failure> {
    let mut flat = vec![indices.len()];
    flat.extend_from_slice(&dims[1..]);
    let x = x.to_shape(IxDyn(&flat)).map_err(|error| Failure::Reason(error.to_string()))?;
    let mut sums = ArrayD::from_elem(IxDyn(dims), RunningSum::of_nothing());
    for (position, &index) in indices.iter().enumerate() {
        let index = check(position, index, dims[0])?;
        Zip::from(sums.index_axis_mut(Axis(0), index))
            .and(x.index_axis(Axis(0), position))
            .for_each(|sum, &x| sum.add(x));
    }
    Ok(sums.mapv(RunningSum::value))
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};
    use ndarray::{arr1, arr2};

    #[test]
    fn what_is_not_picked_has_no_part_in_value_and_derivative() {
        let tape = Tape::<f64>::new();
        let scores = tape.rows("scores", &[3]);
        let (labels, weight) = (tape.index_rows("labels", &[]), tape.input("weight", &[]));
        let picked = (weight * scores).pick(labels);
        let program = tape.compile(&[picked, picked.sum().grad(weight)]).unwrap();
        let data = [[1.0, f64::NEG_INFINITY, f64::NAN], [f64::INFINITY, 5.0, 7.0]];
        let out = program.run(&[scores.bind(&data), labels.bind(&[0, 2]), crate::bind("weight", 2.0)]).unwrap();
        assert_eq!(out.vector(0).unwrap(), arr1(&[2.0, 14.0]));
        assert_eq!(out.number(1).unwrap(), 8.0);
        let wrong = program.run(&[scores.bind(&data), labels.bind(&[0, 3]), crate::bind("weight", 2.0)]).unwrap_err();
        assert!(matches!(wrong, Error::IndexOutOfRange { position: 1, index: 3, len: 3, .. }), "{wrong}");
    }

    #[test]
    fn labels_have_all_axes_but_the_last() {
        let tape = Tape::<f64>::new();
        let x = tape.variable("x", arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
        assert_eq!(x.pick(tape.index_constant(&[2, 0])).value().unwrap(), arr1(&[3.0, 4.0]).into_dyn());
        assert_eq!(x.sum_axes(&[0]).pick(tape.index_constant(1)).item().unwrap(), 7.0);
        x.pick(tape.index_constant(&[0, 1, 2]));
        assert!(tape.check().unwrap_err().to_string().contains("the axes of the operand but for its last"));
    }
}
