//! The steps between a loss and its gradient: those of named exponentials, of softmax layers, of largest elements, of constants.

use autodiff::{Tape, Var};
use derivation::{Derivation, derive_all};
use ndarray::{Array, arr1, arr2};

fn printed(loss: Var<'_, f64>, by: &[Var<'_, f64>]) -> String {
    derive_all(loss, by).expect("a derivation").to_string()
}

/// A softmax whose exponentials, their sum or what is taken from the exponents have names is one, and all names are said.
#[test]
fn a_softmax_by_named_parts_is_one() {
    let tape = Tape::<f64>::new();
    let (x, labels, w) = (tape.rows("X", &[2]), tape.rows("Y", &[3]), tape.input("W", &[2, 3]));
    let z = x.dot(w).named("Z");
    let shift = z.max_axes(&[1]).named("m").insert_axis(1);
    fn sum<'t>(e: Var<'t, f64>) -> Var<'t, f64> {
        e.sum_axes(&[1]).named("S").insert_axis(1)
    }
    for (exponent, names) in [(z, "ZES"), (z - shift, "ZESm")] {
        for is_named in [true, false] {
            let e = exponent.exp();
            let e = if is_named { e.named("E") } else { e };
            let p = (e / sum(e)).named("P");
            let printed = printed(-(labels * p.ln()).sum(), &[w]);
            assert!(printed.contains("= Xᵀ(P − Y)    where each row of Y sums to 1"), "{printed}");
            assert!(printed.contains("= Xᵀ(softmax(XW) − Y)"), "{printed}");
            for name in names.chars().filter(|&name| is_named || name != 'E') {
                assert!(printed.contains(&format!("\n  {name} = ")), "{name}: {printed}");
            }
        }
    }
}

/// Behind a softmax layer, too, its derivative has the indices of its two sides.
#[test]
fn the_slope_of_a_softmax_has_indices_within_a_network() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (w, u) = (tape.input("W", &[2, 3]), tape.input("U", &[3, 2]));
    let (v, c) = (tape.input("v", &[3]), tape.input("c", &[2]));
    let layer = x.dot(w).softmax(&[1]);
    for output in [layer.linear(v).sigmoid(), layer.dot(u).tanh().linear(c)] {
        let printed = printed((y - output).powi(2).sum(), &[w]);
        let lines = ["ⱼ/∂z₁ₖ = ", "ⱼ([j = k] − ", "∂ℓ/∂z₁ₖ = Σⱼ ∂ℓ/∂", " = δ₁ₖ\n"];
        assert!(lines.iter().all(|line| printed.contains(line)), "{printed}");
    }
}

/// The gradient of a largest element says where it is, and has the engine's value, at ties too.
#[test]
fn the_largest_element_has_a_derivative() {
    let tape = Tape::<f64>::new();
    let (x, labels, w) = (tape.rows("X", &[2]), tape.rows("Y", &[3]), tape.input("W", &[2, 3]));
    let z = x.dot(w);
    let row = (z.max_axes(&[1]) - (labels * z).sum_axes(&[1])).powi(2).mean();
    let text = printed(row, &[w]);
    assert!(text.contains("[zₖ = maxⱼ zⱼ]"), "{text}");
    assert!(text.contains("[Z = (maxₖ Z)𝟏ᵀ] is shared evenly among ties"), "{text}");
    let data = [
        ("X", arr2(&[[1.0, 0.5], [1.0, -2.0]]).into_dyn()),
        ("Y", arr2(&[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]).into_dyn()),
        ("W", arr2(&[[1.0, 1.0, 0.5], [0.25, 0.25, -0.5]]).into_dyn()),
    ];
    let bound: Vec<_> = data.iter().map(|(name, array)| autodiff::bind(name, array)).collect();
    for loss in [row, z.min_axes(&[1]).exp().sum(), w.max() * z.sum(), (z.max_axes(&[1]) * z.min_axes(&[1])).sum()] {
        let derivation: Derivation = derive_all(loss, &[w]).expect("a derivation");
        let found = derivation.gradient_value(0, &data).expect("a value");
        let expected = tape
            .compile(&[loss.grad(w)])
            .and_then(|program| Ok(program.run(&bound)?.matrix(0)?.to_owned()))
            .expect("a run");
        let error = (&found - &expected.into_dyn()).mapv(f64::abs).sum();
        assert!(error < 1e-13, "{found}: {derivation}");
    }
}

/// A number that all observations share has no 𝟏 in the lines of one of them, and is a vector where a gradient is nothing else.
#[test]
fn ones_stand_where_arrays_are() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let eta = x.linear(theta);
    for loss in [(y.mean() * eta).sum(), eta.sum(), (3.0 * eta).mean()] {
        let printed = printed(loss, &[theta]);
        let one = printed.split("One observation").nth(1).and_then(|rest| rest.split("All observations").next());
        assert!(one.is_some_and(|one| !one.contains('𝟏')), "{printed}");
        assert!(printed.contains("Xᵀ𝟏"), "{printed}");
    }
    for (loss, gradient) in [
        ((y - eta).powi(2).sum() + 3.0 * theta.sum(), "∇L = 2Xᵀ(η − y) + 3\n"),
        (theta.sum().powi(2), "∇L = 2𝟏 Σ θ\n"),
        (x.dot(tape.input("W", &[2, 3])).sum() + theta.sum(), "∇L = 𝟏\n"),
    ] {
        let printed = printed(loss, &[theta]);
        assert!(printed.contains(gradient), "{printed}");
        let derivation = derive_all(loss, &[theta]).expect("a derivation");
        let data = [
            ("X", arr2(&[[1.0, 0.5]]).into_dyn()),
            ("y", arr1(&[1.0]).into_dyn()),
            ("theta", arr1(&[0.5, 2.0]).into_dyn()),
            ("W", Array::zeros((2, 3)).into_dyn()),
        ];
        assert_eq!(derivation.gradient_value(0, &data).expect("a value").shape(), [2]);
    }
}

/// Powers say their rules: of the base, of the exponent, of both.
#[test]
fn powers_name_their_rules() {
    let tape = Tape::<f64>::new();
    let (x, a, b) = (tape.rows("x", &[]), tape.input("a", &[]), tape.input("b", &[]));
    let (of_base, of_exponent) = ("(xᵃ)′ = a·xᵃ⁻¹", "(aˣ)′ = aˣ ln a");
    for (loss, rules) in [
        (a.pow(x).sum(), [true, false]),
        (x.pow(a).sum(), [false, true]),
        ((a * x).pow(b).sum(), [true, true]),
        (a.pow(a * x).sum(), [true, true]),
    ] {
        let printed = printed(loss, &[a, b]);
        assert_eq!([of_base, of_exponent].map(|rule| printed.contains(rule)), rules, "{printed}");
    }
}
