//! Arrays that users give: values of leaves, and what is bound to the inputs of a program.

use crate::memory::{Limit, Shortage};
use ndarray::{
    ArcArray, Array, Array1, ArrayBase, ArrayRef, ArrayView, ArrayView1, ArrayView2, CowArray, Data, Dimension, IxDyn,
    arr0,
};
use num_traits::Num;

/// What can be given where an array is asked for.
///
/// | given | is |
/// |---|---|
/// | `1.0`, `&1.0` | one number |
/// | `&[1.0, 2.0]`, a slice, `&vec` | a vector |
/// | `&[[1.0, 2.0], [3.0, 4.0]]` | a matrix |
/// | a reference to an ndarray array or view, of any memory layout; a view | that array |
/// | an array or a `Vec` by value | the same, handed over (to a leaf; what is bound is borrowed: [`Bindable`]) |
///
/// References and views are borrowed: nothing is copied where they are bound to a program. What is handed over is moved.
/// Only a plain number by value takes memory of its own; `&number` doesn't.
///
/// ```
/// use autodiff::{Tape, bind};
/// let tape = Tape::<f64>::new();
/// let (x, a, b) = (tape.rows("x", &[2]), tape.input("a", &[2]), tape.input("b", &[]));
/// let program = tape.compile(&[(x.linear(a) + b).sum()])?;
/// let (a, b) = (vec![1.0, -1.0], 0.5);
/// let results = program.run(&[bind("x", &[[1.0, 2.0], [3.0, 4.0]]), bind("a", &a), bind("b", b)])?;
/// assert_eq!(results.number(0)?, -1.0);
/// # Ok::<(), autodiff::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be given as an array of `{A}`",
    label = "neither an array of `{A}` nor a number",
    note = "give an ndarray array or view, a slice, a `Vec`, or a number, written with a point: `1.0`, not `1`; elements of another type are converted first (`array.mapv(f64::from)`)"
)]
pub trait IntoValue<'a, A: Clone> {
    /// The array, borrowed where it was given by reference.
    fn into_value(self) -> CowArray<'a, A, IxDyn>;
}

impl<'a, A: Clone, S: Data<Elem = A>, D: Dimension> IntoValue<'a, A> for &'a ArrayBase<S, D, A> {
    fn into_value(self) -> CowArray<'a, A, IxDyn> {
        self.view().into_dyn().into()
    }
}

impl<'a, A: Clone, D: Dimension> IntoValue<'a, A> for &'a ArrayRef<A, D> {
    fn into_value(self) -> CowArray<'a, A, IxDyn> {
        self.view().into_dyn().into()
    }
}

impl<'a, A: Clone, D: Dimension> IntoValue<'a, A> for ArrayView<'a, A, D> {
    fn into_value(self) -> CowArray<'a, A, IxDyn> {
        self.into_dyn().into()
    }
}

impl<'a, A: Clone, D: Dimension> IntoValue<'a, A> for Array<A, D> {
    fn into_value(self) -> CowArray<'a, A, IxDyn> {
        self.into_dyn().into()
    }
}

impl<'a, A: Clone, D: Dimension> IntoValue<'a, A> for CowArray<'a, A, D> {
    fn into_value(self) -> CowArray<'a, A, IxDyn> {
        self.into_dyn()
    }
}

impl<'a, A: Num + Clone> IntoValue<'a, A> for A {
    fn into_value(self) -> CowArray<'a, A, IxDyn> {
        arr0(self).into_dyn().into()
    }
}

impl<'a, A: Num + Clone> IntoValue<'a, A> for &'a A {
    fn into_value(self) -> CowArray<'a, A, IxDyn> {
        ndarray::aview0(self).into_dyn().into()
    }
}

impl<'a, A: Num + Clone> IntoValue<'a, A> for &'a [A] {
    fn into_value(self) -> CowArray<'a, A, IxDyn> {
        ArrayView1::from(self).into_dyn().into()
    }
}

impl<'a, A: Num + Clone> IntoValue<'a, A> for &'a Vec<A> {
    fn into_value(self) -> CowArray<'a, A, IxDyn> {
        self.as_slice().into_value()
    }
}

impl<'a, A: Num + Clone> IntoValue<'a, A> for Vec<A> {
    fn into_value(self) -> CowArray<'a, A, IxDyn> {
        Array1::from_vec(self).into_value()
    }
}

impl<'a, A: Num + Clone, const N: usize> IntoValue<'a, A> for &'a [A; N] {
    fn into_value(self) -> CowArray<'a, A, IxDyn> {
        self.as_slice().into_value()
    }
}

impl<'a, A: Num + Clone, const M: usize, const N: usize> IntoValue<'a, A> for &'a [[A; N]; M] {
    fn into_value(self) -> CowArray<'a, A, IxDyn> {
        ArrayView2::from(self).into_value()
    }
}

/// What can be bound to an input for a run: all of [`IntoValue`] that is borrowed, and numbers.
///
/// ```
/// use autodiff::{Bindable, Binding, bind};
/// fn theta<'a>(value: impl Bindable<'a, f64>) -> Binding<'a, f64> {
///     bind("theta", value)
/// }
/// assert_eq!(theta(&[1.0, 2.0]).numbers().map(|theta| theta.len()), Some(2));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be bound to an input of `{A}`",
    label = "neither borrowed elements of `{A}` nor a number",
    note = "give a reference to an ndarray array, a view, a slice, `&vec`, or a number, written with a point: `1.0`, not `1`; elements of another type are converted first (`array.mapv(f64::from)`)"
)]
pub trait Bindable<'a, A: Clone>: IntoValue<'a, A> {}

impl<'a, A: Clone, S: Data<Elem = A>, D: Dimension> Bindable<'a, A> for &'a ArrayBase<S, D, A> {}
impl<'a, A: Clone, D: Dimension> Bindable<'a, A> for &'a ArrayRef<A, D> {}
impl<'a, A: Clone, D: Dimension> Bindable<'a, A> for ArrayView<'a, A, D> {}
impl<'a, A: Num + Clone> Bindable<'a, A> for A {}
impl<'a, A: Num + Clone> Bindable<'a, A> for &'a A {}
impl<'a, A: Num + Clone> Bindable<'a, A> for &'a [A] {}
impl<'a, A: Num + Clone> Bindable<'a, A> for &'a Vec<A> {}
impl<'a, A: Num + Clone, const N: usize> Bindable<'a, A> for &'a [A; N] {}
impl<'a, A: Num + Clone, const M: usize, const N: usize> Bindable<'a, A> for &'a [[A; N]; M] {}

/// An array of one's own of what was given, if there is memory for what has to be copied.
pub(crate) fn owned<'a, A: Clone + 'a>(
    value: impl IntoValue<'a, A>,
    limit: Limit,
) -> std::result::Result<ArcArray<A, IxDyn>, Shortage> {
    let value = value.into_value();
    if value.is_view() {
        limit.ask_array::<A>(value.shape())?;
    }
    Ok(value.into_shared())
}

#[cfg(test)]
#[expect(clippy::needless_borrows_for_generic_args, reason = "that both work is what is tested")]
mod tests {
    use super::*;
    use crate::{Binding, Tape, bind, bind_indices};
    use ndarray::{ArrayD, arr1, arr2, s};

    fn given<'a>(value: impl IntoValue<'a, f64>) -> ArrayD<f64> {
        Tape::<f64>::new().variable("x", value).value().unwrap()
    }

    #[test]
    fn every_form_of_an_array_is_that_array() {
        let (number, vector, matrix) = (2.0, arr1(&[1.0, 2.0]), arr2(&[[1.0, 2.0], [3.0, 4.0]]));
        assert_eq!([given(number), given(&number)], [arr0(2.0).into_dyn(), arr0(2.0).into_dyn()]);
        let vec = vec![1.0, 2.0];
        let forms = [
            given(&[1.0, 2.0]),
            given(vec.as_slice()),
            given(&vec),
            given(vec.clone()),
            given(&vector),
            given(vector.clone()),
            given(vector.view()),
            given(&vector.view()),
            given(&vector.to_shared()),
            given(&*vector),
            given(CowArray::from(&vector)),
        ];
        assert!(forms.iter().all(|form| *form == vector.clone().into_dyn()));
        let forms = [given(&[[1.0, 2.0], [3.0, 4.0]]), given(&matrix), given(matrix.clone())];
        assert!(forms.iter().all(|form| *form == matrix.clone().into_dyn()));
        assert_eq!(given(matrix.slice(s![.., 1])), arr1(&[2.0, 4.0]).into_dyn());
    }

    #[test]
    fn what_is_bound_by_reference_is_not_copied() {
        let (number, vec, matrix) = (2.0, vec![1.0, 2.0], arr2(&[[1.0, 2.0], [3.0, 4.0]]));
        let at = |binding: &Binding<'_, f64>| binding.numbers().unwrap().as_ptr();
        assert_eq!(at(&bind("x", &number)), &raw const number);
        assert_eq!(at(&bind("x", &vec)), vec.as_ptr());
        assert_eq!(at(&bind("x", matrix.t())), matrix.as_ptr());
        let indices = vec![1, 0];
        let binding: Binding<'_, f64> = bind_indices("i", &indices);
        assert_eq!(binding.indices().unwrap().as_ptr(), indices.as_ptr());
    }
}
