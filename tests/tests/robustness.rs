//! What nobody would do who means well: each is an error that says what, where, and what to do.

use autodiff::{CustomOp, Error, Result, Shape, Tape, Var, bind, catalogue, check_given_gradient, check_gradient};
use ndarray::{Array1, ArrayD, ArrayView2, ArrayViewD, Axis, Dimension, IxDyn, Slice, arr0, arr1, arr2};
use std::cell::Cell;

#[track_caller]
fn assert_memory<R>(outcome: Result<R>, least: u128, words: &[&str]) {
    let error = outcome.err().expect("there is no such memory");
    let message = error.to_string();
    assert!(matches!(error, Error::OutOfMemory { bytes, .. } if bytes >= least), "{message}");
    for word in words {
        assert!(message.contains(word), "`{word}` is not in: {message}");
    }
}

#[track_caller]
fn assert_recording<R>(outcome: Result<R>, words: &[&str]) {
    let error = outcome.err().expect("this can't be recorded");
    let message = error.to_string();
    assert!(matches!(error, Error::Recording { .. }), "{message}");
    for word in words.iter().chain(&[file!()]) {
        assert!(message.contains(word), "`{word}` is not in: {message}");
    }
}

#[test]
fn a_workspace_serves_its_own_program_alone() {
    let tape = Tape::<f64>::new();
    let x = tape.data("x", arr1(&[1.0, 2.0, 3.0]));
    // As many values of each kind; only the constants differ.
    let (double, triple) = (tape.compile(&[(x * 2.0).sum()]).unwrap(), tape.compile(&[(x * 3.0).sum()]).unwrap());
    let mut out = arr0(0.0);
    for foreign in [&triple, &tape.compile(&[x.exp(), x.sum(), x.max()]).unwrap()] {
        let mut workspace = foreign.workspace();
        let error = double.run_into(&mut workspace, &[], &mut [out.view_mut().into_dyn()]).unwrap_err();
        assert_eq!(error, Error::ForeignWorkspace);
    }
    // Another number of threads is the same program.
    let mut workspace = double.workspace();
    double.run_into(&mut workspace, &[], &mut [out.view_mut().into_dyn()]).unwrap();
    let double = double.with_threads(3);
    double.run_into(&mut workspace, &[], &mut [out.view_mut().into_dyn()]).unwrap();
    assert_eq!(out[[]], 12.0);
}

#[test]
fn shapes_that_overflow_are_errors_of_the_recording() {
    let shapes: [&[usize]; 4] =
        [&[0, 1 << 40, 1 << 40], &[0, usize::MAX, usize::MAX], &[1 << 40, 1 << 40, 0], &[usize::MAX]];
    for shape in shapes {
        let text = format!("{shape:?}");
        let tape = Tape::<f64>::new();
        assert_recording(
            tape.variable("x", Array1::zeros(1)).broadcast_to(&[&shape[..1], shape].concat()).value(),
            &[],
        );
        let tape = Tape::<f64>::new();
        tape.input("x", shape);
        assert_recording(tape.check(), &[&text, "too large"]);
        let tape = Tape::<f64>::new();
        tape.rows("x", shape);
        assert_recording(tape.check(), &["too large"]);
        if shape.contains(&0) {
            let tape = Tape::<f64>::new();
            assert_recording(tape.variable("x", Array1::zeros(0)).reshape(shape).value(), &["reshape", &text]);
        }
    }
    let tape = Tape::<f64>::new();
    let x = tape.input("x", &[1 << 30]);
    assert_recording((x * x).sum().hessian(x).value(), &["hessian", "[1073741824, 1073741824]", "hvp"]);
    let tape = Tape::<f64>::new();
    let x = tape.input("x", &[1 << 30]);
    assert_recording((x * x).jacobian(x).value(), &["jacobian", "too large"]);
    let tape = Tape::<f64>::new();
    let groups = tape.index_variable("groups", arr1(&[0]));
    assert_recording(tape.variable("x", arr1(&[1.0])).scatter_add(groups, usize::MAX).value(), &["scatter_add"]);
}

#[test]
fn rows_that_are_too_many_for_an_output_are_an_error_of_the_run() {
    let tape = Tape::<f64>::new();
    let (x, wide) = (tape.rows("x", &[0]), tape.input("wide", &[1, 2]));
    let program = tape.compile(&[x.sum_axes(&[1]).insert_axis(1) + wide, x.sum_axes(&[0])]).unwrap();
    let none = ArrayView2::<f64>::from_shape((isize::MAX as usize, 0), &[]).unwrap();
    assert_memory(program.run(&[x.bind(none), wide.bind(&arr2(&[[1.0, 2.0]]))]), 1 << 66, &["output 0", file!()]);
    tape.set_values(&[x.bind(none)]).unwrap();
    assert_memory(x.sum_axes(&[1]).value(), 1 << 65, &["sum", file!()]);
    assert_eq!(x.sum_axes(&[0]).value().unwrap().len(), 0);
}

#[test]
fn memory_that_no_machine_has_is_an_error_with_its_bytes() {
    let eight_terabytes = 8u128 << 40;
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", arr1(&[1.0]));
    assert_memory(x.broadcast_to(&[1 << 40]).value(), eight_terabytes, &["broadcast_to", file!(), "8.0 TiB"]);
    assert_memory(tape.compile(&[x.broadcast_to(&[1 << 40]).exp()]), eight_terabytes, &[file!()]);
    let records: [fn(Var<'_, f64>) -> Var<'_, f64>; 6] = [
        |x| x.broadcast_to(&[1 << 40]).cumprod(0),
        |x| x.broadcast_to(&[1 << 20, 1 << 20]).inverse(),
        |x| x.broadcast_to(&[1 << 20, 1 << 20]).lower_triangle(),
        |x| x.broadcast_to(&[1 << 20, 1 << 20]).cholesky(),
        |x| x.broadcast_to(&[1 << 40]).sort(0),
        |x| x.broadcast_to(&[1 << 40]).sum(),
    ];
    for record in records {
        let tape = Tape::<f64>::new();
        let y = record(tape.variable("x", arr1(&[1.0])));
        assert_memory(y.value(), eight_terabytes, &[file!()]);
        assert_memory(tape.compile(&[y]), eight_terabytes, &[file!()]);
    }
    // All that is given is one number.
    let one = arr0(1.0);
    let tape = Tape::<f64>::new();
    tape.constant(one.broadcast(1 << 40).unwrap());
    assert_memory(tape.check(), eight_terabytes, &["`constant`", file!()]);
    let tape = Tape::<f64>::new();
    let x = tape.input("x", &[1 << 40]);
    assert_memory(x.set_value(one.broadcast(1 << 40).unwrap()), eight_terabytes, &["`set_value`"]);
    assert_memory(tape.set_values(&[x.bind(one.broadcast(1 << 40).unwrap())]), eight_terabytes, &["`x`"]);
}

#[test]
fn a_limit_that_is_set_is_kept() {
    let tape = Tape::<f64>::new();
    tape.set_memory_limit(1 << 20);
    let x = tape.variable("x", Array1::zeros(1000));
    assert_memory((x * x).sum().hessian(x).value(), 8_000_000, &["[1000, 1000]"]);
    let tape = Tape::<f64>::new();
    tape.set_memory_limit(1 << 20);
    let x = tape.rows("x", &[]);
    let program = tape.compile(&[x.exp()]).unwrap();
    assert_memory(program.run(&[x.bind(&Array1::zeros(1 << 18))]), 1 << 21, &["output 0", "exp"]);
    assert!(program.run(&[x.bind(&Array1::zeros(1 << 16))]).is_ok());
}

#[test]
fn a_workspace_for_any_number_of_threads_is_had() {
    let tape = Tape::<f64>::new();
    let x = tape.data("x", arr1(&[1.0, 2.0]));
    let program = tape.compile(&[x.sum()]).unwrap().with_threads(1 << 40);
    assert_eq!(program.run(&[]).unwrap()[0][[]], 3.0);
}

#[test]
fn reductions_along_no_axes_keep_every_element() {
    let reductions: [fn(Var<'_, f64>) -> Var<'_, f64>; 12] = [
        |x| x.sum_axes(&[]),
        |x| x.mean_axes(&[]),
        |x| x.max_axes(&[]),
        |x| x.min_axes(&[]),
        |x| x.logsumexp_axes(&[]),
        |x| x.prod_axes(&[]),
        |x| x.median_axes(&[]),
        |x| x.norm_axes(&[]),
        |x| x.norm_l1_axes(&[]),
        |x| x.norm_max_axes(&[]),
        |x| x.var_axes(&[], 0) + x,
        |x| x.log_softmax(&[]) + x,
    ];
    let shapes: [&[usize]; 4] = [&[], &[3], &[2, 17], &[1, 2, 1, 2, 1, 1, 1, 1]];
    for (number, reduce) in reductions.iter().enumerate() {
        for (shape, on_rows) in shapes.iter().flat_map(|shape| [(shape, false), (shape, true)]) {
            if on_rows && shape.is_empty() {
                continue;
            }
            let value = ArrayD::from_shape_fn(IxDyn(shape), |at| 1.0 + at.slice().iter().sum::<usize>() as f64);
            let tape = Tape::<f64>::new();
            let x = if on_rows { tape.data("x", &value) } else { tape.variable("x", &value) };
            let y = reduce(x);
            let slope = (y * y).sum().grad(x);
            let expected = [value.clone(), &value * 2.0];
            let found = tape.compile(&[y, slope]).unwrap().run(&[]).unwrap();
            for (found, expected) in [y.value().unwrap(), slope.value().unwrap()].iter().zip(&expected) {
                assert_eq!(found, expected, "reduction {number} of {shape:?}");
            }
            assert_eq!(*found, expected, "reduction {number} of {shape:?}, rows: {on_rows}");
        }
    }
    let tape = Tape::<f64>::new();
    tape.variable("x", arr1(&[1.0])).var_axes(&[], 1);
    assert_recording(tape.check(), &["var", "too few"]);
}

#[test]
fn more_axes_than_there_can_be_are_an_error_where_they_enter() {
    let nine = ArrayD::<f64>::zeros(IxDyn(&[1; 9]));
    type Enter = fn(&Tape<f64>, &ArrayD<f64>);
    let enter: [(&str, Enter); 5] = [
        ("constant", |tape, nine| {
            tape.constant(nine).sum();
        }),
        ("input", |tape, nine| {
            tape.variable("x", nine);
        }),
        ("input", |tape, nine| {
            tape.data("x", nine);
        }),
        ("input", |tape, nine| {
            tape.input("x", nine.shape());
        }),
        ("input", |tape, nine| {
            tape.rows("x", &nine.shape()[1..]);
        }),
    ];
    for (operation, enter) in enter {
        let tape = Tape::<f64>::new();
        enter(&tape, &nine);
        assert_recording(tape.check(), &[operation, "9 axes; at most 8"]);
    }
    let tape = Tape::<f64>::new();
    let x = tape.input("x", &[1; 8]);
    assert!(matches!(x.set_value(&nine), Err(Error::InputShape { .. })));
    assert!(matches!(tape.set_values(&[x.bind(&nine)]), Err(Error::InputShape { .. })));
    let program = tape.compile(&[x.sum()]).unwrap();
    assert!(matches!(program.run(&[x.bind(&nine)]), Err(Error::InputShape { .. })));
    assert_recording(x.sum().hessian(x).value(), &["hessian", "16 axes"]);
}

/// Does something with a handle of another tape: the error must be that of arithmetic, and not touch the other tape.
#[track_caller]
fn assert_foreign(act: impl for<'t> Fn(&'t Tape<f64>, Var<'t, f64>, Var<'t, f64>) -> Result<()>) {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let own = tape.variable("x", arr1(&[1.0, 2.0, 3.0]));
    for foreign in [other.variable("x", arr1(&[5.0, 6.0, 7.0])), other.variable("c", 1.0)] {
        let error = act(&tape, own, foreign).expect_err("a handle of another tape is no operand");
        assert!(matches!(&error, Error::ForeignTape { .. }), "{error}");
        assert_eq!(error.source_line().unwrap().file(), file!(), "{error}");
        assert!(error.to_string().contains("different tapes"), "{error}");
    }
    other.check().expect("the other tape has nothing to do with it");
}

#[test]
fn handles_of_another_tape_are_refused_everywhere() {
    let value = |var: Var<'_, f64>| var.value().map(drop);
    assert_foreign(|_, x, y| value(x + y));
    assert_foreign(|_, x, y| value(x.gt(0.0).select(x, y)));
    assert_foreign(|_, x, y| value(x.mul_add(x, y)));
    assert_foreign(|_, x, y| value(x.dot(y)));
    assert_foreign(|_, x, y| value(x.outer(y)));
    assert_foreign(|_, x, y| value(x.matmul(y)));
    assert_foreign(|_, x, y| value(x.solve(y)));
    assert_foreign(|_, x, y| value(x.solve_spd(y)));
    assert_foreign(|_, x, y| value(x.linear_recurrence(y, 0)));
    assert_foreign(|tape, x, y| value(tape.concatenate(0, &[x, y])));
    assert_foreign(|tape, x, y| value(tape.stack(0, &[x, y])));
    assert_foreign(|_, x, y| value(x.sum().grad(y)));
    assert_foreign(|_, x, y| value(x.sum().grads(&[x, y])[0]));
    assert_foreign(|_, x, y| value(x.sum().hvp(x, y)));
    assert_foreign(|_, x, y| value(x.sum().hessian(y)));
    assert_foreign(|_, x, y| value(x.sum().hessian_diagonal(y)));
    assert_foreign(|_, x, y| value(x.jacobian(y)));
    assert_foreign(|_, x, y| value(x.jvp(&[x], &[y])));
    assert_foreign(|_, x, y| value(x.jvp(&[y], &[x])));
    assert_foreign(|_, x, y| value(x.vjp(&[x], y)[0]));
    assert_foreign(|tape, x, y| value(tape.custom(Breaks(Word::None), &[x, y])));
    assert_foreign(|_, x, y| value(x.elementwise("own", |x| x, |x, _| x).exp() * y));
    assert_foreign(|tape, _, y| tape.compile(&[y]).map(drop));
    assert_foreign(|tape, x, y| tape.compile(&[x, y]).map(drop));
    assert_foreign(|tape, _, y| tape.trouble(&[y]).map(drop));
    assert_foreign(|tape, _, y| tape.display(&[y]).with_values().map(drop));
    assert_foreign(|tape, _, y| {
        let _ = tape.display(&[y]);
        tape.check()
    });
    assert_foreign(|tape, _, y| tape.set_values(&[y.bind(&arr1(&[1.0, 1.0, 1.0]))]));
    assert_foreign(|tape, x, y| tape.compile(&[x])?.run(&[y.bind(&arr1(&[1.0, 1.0, 1.0]))]).map(drop));
    assert_foreign(|_, x, y| check_given_gradient((x * x).sum(), y, arr1(&[1.0, 2.0, 3.0])).map(drop));
    assert_foreign(|_, x, y| check_gradient((x * x).sum(), &[y]).map(drop));
    for operation in catalogue::operations().filter(|operation| operation.operands().len() == 2) {
        assert_foreign(|tape, x, y| value(operation.record(tape, &[x, y])));
        assert_foreign(|tape, _, y| value(operation.record(tape, &[y, y])));
    }
}

#[test]
fn indices_of_another_tape_are_refused() {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let (x, groups) = (tape.variable("x", arr1(&[1.0, 2.0])), other.index_variable("groups", arr1(&[0, 1])));
    assert!(matches!(x.gather(groups).value(), Err(Error::ForeignTape { .. })));
    let tape = Tape::<f64>::new();
    assert!(matches!(tape.variable("x", arr1(&[1.0])).scatter_add(groups, 2).value(), Err(Error::ForeignTape { .. })));
}

/// How [`Breaks`] breaks its word.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    None,
    ForeignAdjoint,
    OtherShapes,
    RecordsInShape,
    RecordsInValue,
    AsksForAValue,
    SetsAValue,
    PanicsInShape,
    PanicsInValue,
    PanicsInRule,
}

#[derive(Clone, Copy, Debug)]
struct Breaks(Word);

thread_local! {
    /// A handle of the tape, and one of another, behind their backs.
    static HANDLES: Cell<Option<[Var<'static, f64>; 2]>> = const { Cell::new(None) };
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

impl CustomOp<f64> for Breaks {
    fn name(&self) -> &str {
        "breaks"
    }

    fn shape(&self, operands: &[Shape]) -> std::result::Result<Shape, String> {
        assert!(self.0 != Word::PanicsInShape, "as it was told");
        if let (Word::RecordsInShape, Some([own, _])) = (self.0, HANDLES.get()) {
            let _ = own.exp();
        }
        Ok(operands[0].clone())
    }

    fn value(&self, operands: &[ArrayViewD<'_, f64>]) -> std::result::Result<ArrayD<f64>, String> {
        assert!(self.0 != Word::PanicsInValue, "as it was told");
        CALLS.set(CALLS.get() + 1);
        match (self.0, HANDLES.get()) {
            (Word::RecordsInValue, Some([own, _])) => {
                own.exp();
            }
            (Word::AsksForAValue, Some([own, _])) => drop(own.value().map_err(|error| error.to_string())?),
            (Word::SetsAValue, Some([own, _])) => own.set_value(7.0).map_err(|error| error.to_string())?,
            (Word::OtherShapes, _) => return Ok(ArrayD::zeros(IxDyn(&[CALLS.get(), 2]))),
            _ => {}
        }
        Ok(operands[0].mapv(|x| x * 2.0))
    }

    fn vjp<'t>(&self, operands: &[Var<'t, f64>], _: Var<'t, f64>, adjoint: Var<'t, f64>) -> Vec<Option<Var<'t, f64>>> {
        assert!(self.0 != Word::PanicsInRule, "as it was told");
        let foreign = HANDLES.get().map(|[_, foreign]| foreign).filter(|_| self.0 == Word::ForeignAdjoint);
        operands.iter().map(|_| Some(foreign.map_or(adjoint * 2.0, |foreign| foreign))).collect()
    }
}

#[test]
fn custom_operations_that_break_their_word_are_named() {
    use Word::{AsksForAValue, ForeignAdjoint, OtherShapes, RecordsInShape, RecordsInValue, SetsAValue};
    for word in [ForeignAdjoint, OtherShapes, RecordsInShape, RecordsInValue, AsksForAValue, SetsAValue] {
        let [tape, other]: [&'static Tape<f64>; 2] = [0, 1].map(|_| &*Box::leak(Box::new(Tape::new())));
        let (x, foreign) = (tape.variable("x", 1.5), other.variable("y", 2.0));
        HANDLES.set(Some([x, foreign]));
        let y = tape.custom(Breaks(word), &[x]);
        let error = y.value().and_then(|_| y.grad(x).value()).expect_err("it breaks its word");
        assert!(error.to_string().contains("breaks"), "{word:?}: {error}");
        assert_eq!(error.source_line().unwrap().file(), file!(), "{word:?}: {error}");
        HANDLES.set(None);
    }
    let [tape, other]: [&'static Tape<f64>; 2] = [0, 1].map(|_| &*Box::leak(Box::new(Tape::new())));
    HANDLES.set(Some([tape.variable("x", 1.5), other.variable("y", 2.0)]));
    let x = tape.variable("own", 1.0);
    let y = x.elementwise("astray", |x| x, |x, _| HANDLES.get().map_or(x, |[_, foreign]| foreign));
    let error = y.grad(x).value().unwrap_err();
    assert!(matches!(&error, Error::ForeignTape { operation, .. } if operation == "astray"), "{error}");
    HANDLES.set(None);
    // By whatever thread a program runs it.
    let tape = Tape::<f64>::new();
    let x = tape.data("x", Array1::linspace(0.0, 1.0, 20_000));
    let program = tape.compile(&[tape.custom(Breaks(OtherShapes), &[x]).sum()]).unwrap().with_threads(4);
    let error = program.run(&[]).unwrap_err();
    assert!(matches!(&error, Error::Evaluation { operation, .. } if operation == "breaks"), "{error}");
}

#[test]
fn after_a_panic_of_a_custom_operation_tape_and_program_still_work() {
    let tape = Tape::<f64>::new();
    let x = tape.data("x", Array1::linspace(0.0, 1.0, 20_000));
    let catch = |act: &dyn Fn()| {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
        assert_eq!(outcome.unwrap_err().downcast_ref::<&str>(), Some(&"as it was told"));
    };
    catch(&|| {
        tape.custom(Breaks(Word::PanicsInShape), &[x]);
    });
    let (in_value, in_rule) =
        (tape.custom(Breaks(Word::PanicsInValue), &[x]), tape.custom(Breaks(Word::PanicsInRule), &[x]));
    catch(&|| drop(in_value.value()));
    catch(&|| {
        in_rule.sum().grad(x);
    });
    let program = tape.compile(&[in_value.sum()]).unwrap().with_threads(4);
    catch(&|| drop(program.run(&[])));
    let own = tape.custom(Breaks(Word::None), &[x]);
    assert_eq!(own.sum().grad(x).value().unwrap(), ArrayD::from_elem(IxDyn(&[20_000]), 2.0));
    // What is recorded now is nobody's derivative.
    let wrong = own + tape.input("other", &[5]);
    let line = line!() - 1;
    assert_eq!(wrong.value().unwrap_err().source_line().unwrap().line(), line);
}

#[test]
fn errors_name_the_users_line() {
    // Operands that fit no operation of several; and the rows, for those of one.
    let shapes: [&[usize]; 3] = [&[2, 5, 7], &[3, 4], &[]];
    for operation in catalogue::operations() {
        let mut refused = 0;
        for first in shapes {
            for second in shapes {
                for on_rows in [false, true] {
                    let tape = Tape::<f64>::new();
                    let input = |name: &str, shape: &[usize]| {
                        if on_rows { tape.rows(name, shape) } else { tape.input(name, shape) }
                    };
                    let all = [input("a", first), input("b", second), tape.input("c", &[9])];
                    operation.record(&tape, &all[..operation.operands().len()]);
                    if let Err(error) = tape.check() {
                        refused += 1;
                        let line = error.source_line().expect("every error of a recording has a line");
                        assert_eq!(line.file(), file!(), "{}: {error}", operation.name());
                    }
                }
            }
        }
        let one_of_any_shape = operation.is_elementwise() && operation.operands().len() == 1;
        let takes_all = ["sum", "norm_l1", "norm_max", "std", "var"].iter().any(|name| operation.name() == *name);
        assert!(
            refused > 0 || one_of_any_shape || takes_all || !operation.name().contains('_'),
            "{}",
            operation.name()
        );
    }
}

#[test]
fn what_is_no_operation_of_the_catalogue_names_the_users_line_too() {
    let acts: [fn(&Tape<f64>); 12] = [
        |tape| {
            tape.stack(0, &[tape.input("a", &[2]), tape.input("b", &[3])]);
        },
        |tape| {
            tape.stack(5, &[tape.input("a", &[2]), tape.input("b", &[2])]);
        },
        |tape| {
            tape.stack(0, &[]);
        },
        |tape| {
            tape.rows("x", &[2]).cumsum(0);
        },
        |tape| {
            tape.rows("x", &[2]).cumprod(0);
        },
        |tape| {
            tape.rows("x", &[2]).median();
        },
        |tape| {
            tape.rows("x", &[2]).prod().grad(tape.rows("y", &[]));
        },
        |tape| {
            tape.input("x", &[2]).index_axis(7, 0);
        },
        |tape| {
            tape.input("x", &[2]).grad(tape.input("y", &[]));
        },
        |tape| {
            tape.input("x", &[2]).vjp(&[], tape.input("y", &[]));
        },
        |tape| {
            tape.data("x", 1.0);
        },
        |tape| {
            tape.input("x", &[2]).slice_axis(3, 0..1);
        },
    ];
    for (number, act) in acts.iter().enumerate() {
        let tape = Tape::<f64>::new();
        act(&tape);
        if let Err(error) = tape.check() {
            assert_eq!(error.source_line().map(|line| line.file()), Some(file!()), "{number}: {error}");
        } else {
            assert_eq!(number, 6);
        }
    }
    let tape = Tape::<f64>::new();
    let error = tape.variable("x", arr1(&[1.0, 2.0])).item().unwrap_err();
    assert!(error.to_string().starts_with("item at"), "{error}");
    assert!(!error.to_string().contains("gradient"), "{error}");
}

#[test]
fn indices_at_the_ends_of_their_range_are_errors() {
    fn x(tape: &Tape<f64>) -> Var<'_, f64> {
        tape.variable("x", arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    }
    for index in [3, isize::MAX as usize, isize::MAX as usize + 1, usize::MAX - 2, usize::MAX - 1, usize::MAX] {
        let tape = Tape::<f64>::new();
        assert_recording(x(&tape).index_axis(1, index).value(), &["index_axis", &index.to_string(), "length 3"]);
        let tape = Tape::<f64>::new();
        let picked = x(&tape).gather(tape.index_variable("at", arr1(&[0, index])));
        for error in [picked.value().unwrap_err(), tape.compile(&[picked]).unwrap().run(&[]).unwrap_err()] {
            assert!(matches!(error, Error::IndexOutOfRange { position: 1, index: at, len: 2, .. } if at == index));
        }
    }
    for index in [isize::MIN, isize::MIN + 1, -4, 3, isize::MAX] {
        let tape = Tape::<f64>::new();
        assert_recording(x(&tape).slice(ndarray::s![.., index]).value(), &["slice", &index.to_string()]);
        let tape = Tape::<f64>::new();
        assert_recording(
            x(&tape).slice_axis(1, Slice::new(index.wrapping_add(isize::from(index == 3)), None, 1)).value(),
            &["slice"],
        );
    }
    // However long a step is, the first element is there.
    for (step, element) in [(isize::MAX, 1.0), (isize::MIN, 3.0), (isize::MIN + 1, 3.0)] {
        let tape = Tape::<f64>::new();
        let y = x(&tape).slice_axis(1, Slice::new(0, None, step));
        let program = tape.compile(&[y, y.sum().grad(y)]).unwrap();
        assert_eq!(y.value().unwrap()[[0, 0]], element);
        assert_eq!(program.run(&[]).unwrap()[0], y.value().unwrap());
    }
}

#[test]
fn pictures_show_any_name() {
    let tape = Tape::<f64>::new();
    let name = "\u{8}\u{0}\u{ffff}\u{fffe}\u{1b}\u{7f}\u{85} \n\t\r <&\"'>\\ é 𝛼";
    let x = tape.input(name, &[2]);
    let y = x.exp().named(name);
    let drawing = tape.display(&[y]);
    let allowed = |c: char| matches!(c, '\n' | ' '..='\u{7e}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    for text in [drawing.svg(), drawing.dot()] {
        assert!(text.chars().all(allowed), "{text:?}");
        assert!(text.contains("é 𝛼"), "{text}");
    }
    assert!(drawing.svg().contains("&lt;&amp;&quot;'&gt;"));
}

#[test]
fn a_value_that_is_set_after_compiling_is_the_tapes_alone() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 1.0);
    let program = tape.compile(&[x * 10.0]).unwrap();
    x.set_value(2.0).unwrap();
    tape.set_values(&[bind("x", &arr0(3.0))]).unwrap();
    assert_eq!((program.run(&[]).unwrap()[0][[]], (x * 10.0).item().unwrap()), (10.0, 30.0));
}

#[test]
fn a_binding_that_does_not_fit_leaves_the_values_as_they_are() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.variable("x", 1.0), tape.variable("y", 2.0));
    assert_eq!((x * y).item().unwrap(), 2.0);
    assert!(tape.set_values(&[x.bind(&arr0(5.0)), y.bind(&arr1(&[1.0]))]).is_err());
    assert_eq!((x * y).item().unwrap(), 2.0);
}

#[test]
fn ten_thousand_operands_are_joined_in_linear_time() {
    let tape = Tape::<f64>::new();
    let parts: Vec<_> = (0..20_000).map(|part| tape.constant(arr1(&[f64::from(part)])) * 1.0).collect();
    let x = tape.variable("x", arr1(&[2.0]));
    let joined = tape.concatenate(0, &parts.iter().map(|&part| part * x).collect::<Vec<_>>());
    assert_eq!(joined.sum().grad(x).value().unwrap(), arr1(&[199_990_000.0]).into_dyn());
}

#[test]
fn polygamma_functions_of_the_highest_orders_take_no_longer_than_they_must() {
    let tape = Tape::<f64>::new();
    let x = tape.constant(arr1(&[-0.3, -0.5, 0.5, 1e5, -1.7]));
    // (−1)ⁿ⁺¹·n!·Σ (x + k)^−(n+1): the nearest pole decides, unless two are as near.
    let infinity = f64::INFINITY;
    assert_eq!(x.polygamma(65_535).value().unwrap().as_slice().unwrap()[..3], [infinity; 3]);
    let even = x.polygamma(65_534).value().unwrap();
    assert_eq!(even.as_slice().unwrap()[..3], [infinity, -infinity, -infinity]);
    assert_eq!(even[[4]], -infinity);
}

#[test]
fn an_output_of_another_layout_is_written_whatever_its_axes() {
    let tape = Tape::<f64>::new();
    let x = tape.data("x", arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    let program = tape.compile(&[x * 2.0]).unwrap();
    let mut out = ArrayD::zeros(IxDyn(&[2, 2]));
    let mut view = out.view_mut();
    view.invert_axis(Axis(0));
    program.run_into(&mut program.workspace(), &[], &mut [view]).unwrap();
    assert_eq!(out, arr2(&[[6.0, 8.0], [2.0, 4.0]]).into_dyn());
}
