//! Names that users give are read as nothing else: neither as another name, nor as a letter that formulas use by themselves.

use autodiff::{Tape, Var};
use derivation::{Derivation, derive_all};
use ndarray::{arr0, arr1};

/// The last step of each line of a section.
fn last_steps(derivation: &Derivation, title: &str) -> Vec<String> {
    let section = derivation.sections().iter().find(|section| section.title == title).expect("a section");
    section.lines.iter().filter_map(|line| line.steps.last()).map(|step| step.formula.text()).collect()
}

/// How the last parameter is written: behind the last `∂` of its gradient's line.
fn written_last(derivation: &Derivation) -> String {
    let section = derivation.sections().iter().find(|section| section.title == "All observations");
    let left = section.and_then(|section| section.lines.last()).expect("a line").left.text();
    left.rsplit('∂').next().expect("a name").into()
}

/// Losses whose formulas have letters of their own, of a parameter named `own`: with the Hessian by the first parameter.
fn derivations(own: &str) -> Vec<Derivation> {
    type Recorded = for<'t> fn(&'t Tape<f64>, Var<'t, f64>) -> (Var<'t, f64>, Vec<Var<'t, f64>>);
    let losses: [Recorded; 7] = [
        // Indices, the number of rows, the change that a Hessian is applied to.
        |tape, own| {
            let (x, labels, b) = (tape.rows("X", &[2]), tape.rows("Y", &[3]), tape.input("B", &[2, 3]));
            ((labels * (own * x.dot(b)).softmax(&[1]).ln()).sum_axes(&[1]).mean(), vec![b])
        },
        |tape, own| {
            let (x, b, c) = (tape.rows("X", &[2]), tape.input("B", &[2, 3]), tape.input("c", &[3]));
            ((2.0 * x.dot(b) + c * own).logsumexp_axes(&[1]).sum(), vec![b, c])
        },
        // The functions ψ and ln Γ.
        |tape, own| (own * (own + tape.rows("y", &[])).lgamma().sum(), vec![]),
        // Φ, φ, σ and e, of what is a number.
        |tape, own| {
            let y = tape.rows("y", &[]);
            ((own * y).norm_cdf().ln().sum() + (own * y).sigmoid().sum() + (own * y).exp().sum(), vec![])
        },
        // The adjoints of layers.
        |tape, own| {
            let (x, y, w, v) =
                (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("W", &[2, 3]), tape.input("w", &[3]));
            ((y - own - x.dot(w).tanh().linear(v)).powi(2).mean(), vec![w, v])
        },
        // Unit vectors, and the identity matrix.
        |tape, own| {
            let theta = tape.input("theta", &[2]);
            (own * (theta * theta).sum() + theta.index_axis(0, 1) * theta.index_axis(0, 0) + own.exp(), vec![theta])
        },
        // The number π.
        |tape, own| (std::f64::consts::PI * (own * tape.rows("y", &[])).exp().sum(), vec![]),
    ];
    let derived = |recorded: &Recorded| {
        let tape = Tape::<f64>::new();
        let own = tape.input(own, &[]);
        let (loss, mut by) = recorded(&tape, own);
        // With several parameters, each gradient is named by its own.
        by.extend([tape.input("other", &[]), own]);
        derive_all(loss, &by).expect("a derivation").with_hessian(0).expect("a Hessian")
    };
    losses.iter().map(derived).collect()
}

#[test]
fn letters_of_formulas_are_no_names() {
    let count = |derivation: &Derivation| {
        let written = written_last(derivation);
        let letter = written.trim_end_matches(|c: char| "₀₁₂₃₄₅₆₇₈₉".contains(c));
        derivation.mathml().matches(&format!(">{letter}</mi>")).count()
    };
    let usual: Vec<usize> = derivations("qq").iter().map(count).collect();
    assert!(usual.iter().all(|&count| count > 1), "{usual:?}");
    for own in [
        "n", "N", "L", "l", "ℓ", "ell", "e", "i", "j", "k", "I", "V", "delta1", "δ2", "e0", "e1", "psi", "ψ", "phi",
        "Phi", "Φ", "Gamma", "sigma", "σ", "pi", "π", "Sigma", "m", "p", "epsilon", "iota",
    ] {
        for (derivation, usual) in derivations(own).iter().zip(&usual) {
            assert_eq!(count(derivation), *usual, "{own} in\n{derivation}");
        }
    }
}

#[test]
fn names_written_alike_are_told_apart() {
    let pairs = [
        ("theta0", "theta_0"),
        ("theta", "θ"),
        ("W01", "W[0,1]"),
        ("a1", "a_1"),
        ("a1", "a₁"),
        ("sigma", "σ"),
        ("pi", "π"),
        ("b_x", "b[x]"),
    ];
    for (one, other) in pairs {
        let tape = Tape::<f64>::new();
        let (x, y) = (tape.rows("x", &[]), tape.rows("y", &[]));
        let (a, b) = (tape.input(one, &[]), tape.input(other, &[]));
        let loss = ((y - a - b * x).sigmoid() + std::f64::consts::PI).powi(2).sum();
        for form in [derivation::Formula::text, derivation::Formula::latex, derivation::Formula::mathml] {
            let written = [a, b].map(|by| {
                // Of both, as each is written depends on the other.
                let derivation = derive_all(loss, &[a, b]).expect("a derivation");
                let section = derivation.sections().last().expect("a section").clone();
                form(&section.lines[usize::from(by.name() == b.name())].left)
            });
            assert_ne!(written[0], written[1], "{one}, {other}");
        }
    }
}

/// A node with the name of an input, and two inputs of one name.
#[test]
fn one_name_for_two_things_has_their_numbers() {
    let tape = Tape::<f64>::new();
    let (x, theta) = (tape.rows("x", &[]), tape.input("theta", &[]));
    let scaled = (2.0 * theta * x).exp().named("theta");
    let derivation = derive_all((scaled * theta).sum(), &[theta]).expect("a derivation");
    assert_eq!(last_steps(&derivation, "The loss"), ["Σ θ_%5·θ_%1", "exp(2θ_%1·x)"], "{derivation}");
}

#[test]
fn names_beside_factors_end_where_they_end() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("x", &[]), tape.rows("y", &[]));
    for (name, product) in [
        ("a_b", "a_b·x"),
        ("a_b_c", "a_b_c·x"),
        ("theta_max", "θₘₐₓx"),
        ("theta_yb", "θ_yb·x"),
        ("log_scale", "log_scale·x"),
        ("a1", "a₁x"),
    ] {
        let a = tape.input(name, &[]);
        let derivation = derive_all((y - a * x).exp().sum(), &[a]).expect("a derivation");
        assert_eq!(last_steps(&derivation, "All observations"), [format!("−Σ x exp(y − {product})")]);
    }
    // A word before a parenthesis would be a function.
    let scale = tape.input("scale", &[]);
    let derivation = derive_all((scale * (x - y)).powi(2).sum(), &[scale]).expect("a derivation");
    assert_eq!(last_steps(&derivation, "The loss"), ["Σ (scale·(x − y))²"]);
    assert_eq!(last_steps(&derivation, "All observations"), ["2·scale·Σ (x − y)²"]);
}

/// What isn't written in digits, beside a factor.
#[test]
fn constants_beside_factors_end_where_they_end() {
    let tape = Tape::<f64>::new();
    let a = tape.input("a", &[]);
    let zero = tape.number(0.0);
    for (loss, written) in [
        (zero / zero * a, "NaN·a"),
        (a.log2(), "ln a/(ln 2)"),
        (std::f64::consts::SQRT_2 * a, "√2·a"),
        (std::f64::consts::PI * a, "πa"),
    ] {
        let derivation = derive_all(loss, &[a]).expect("a derivation");
        assert_eq!(last_steps(&derivation, "The loss"), [written], "{derivation}");
    }
    let derivation = derive_all(a.log2(), &[a]).expect("a derivation");
    assert_eq!(last_steps(&derivation, "All observations"), ["1/(a ln 2)"]);
}

/// What doesn't depend on the parameters has its name in formulas, too, if the user or the derivation has given it one.
#[test]
fn names_of_given_parts_are_defined() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("x", &[]), tape.rows("y", &[]), tape.input("theta", &[]));
    let m = y.mean().named("m");
    let q = (m + 1.0).named("q");
    let unnamed = x.sqrt();
    let losses: [(Var<'_, f64>, &[&str]); 3] = [
        ((y - m).powi(2).mean() + theta.powi(2), &["L", "m"]),
        ((y - theta * q).named("r").powi(2).mean(), &["L", "r", "q", "m"]),
        ((theta * m - q).powi(2), &["L", "q", "m"]),
    ];
    for (loss, names) in losses {
        let derivation = derive_all(loss, &[theta]).expect("a derivation");
        let lines = &derivation.sections()[0].lines;
        let defined: Vec<String> = lines.iter().map(|line| line.left.text()).collect();
        assert_eq!(defined, names, "{derivation}");
        let last = lines.last().and_then(|line| line.steps.last()).expect("a definition").formula.text();
        assert_eq!(last, "(1/n)·Σ y", "{derivation}");
    }
    // What has no name is written out.
    let derivation = derive_all((theta * unnamed + y / unnamed - unnamed).sum(), &[theta]).expect("a derivation");
    assert_eq!(last_steps(&derivation, "The loss"), ["Σ [θ √x + y/√x − √x]"]);
}

/// The mean of a column of data is ȳ, wherever it is written, and said to be one; a mean that has a name keeps it.
#[test]
fn means_of_data_have_their_name() {
    let tape = Tape::<f64>::new();
    let (x, y, b) = (tape.rows("x", &[]), tape.rows("y", &[]), tape.input("b", &[]));
    let slope = (y - y.mean() - b * (x - x.mean())).powi(2).mean();
    let derivation = derive_all(slope, &[b]).expect("a derivation");
    assert_eq!(last_steps(&derivation, "All observations"), ["(2/n)·Σ (x\u{304} − x)(y + b(x\u{304} − x) − y\u{304})"]);
    assert!(derivation.latex().contains("\\bar{y}"), "{}", derivation.latex());
    assert!(derivation.mathml().contains("<mover accent=\"true\"><mi>y</mi>"), "{}", derivation.mathml());
    // Two recordings of a mean are one; what the sum is divided by is part of each observation.
    let squares = 1.0 - (y - b * x).powi(2).sum() / (y - y.mean()).powi(2).sum() + 0.0 * y.mean();
    let derivation = derive_all(squares, &[b]).expect("a derivation");
    assert!(derivation.to_string().contains("\n  ℓ = −(y − bx)²/(Σ (y − y\u{304})²)\n"), "{derivation}");
    assert!(!derivation.to_string().contains('%'), "{derivation}");
    let values = [("x", arr1(&[1.0, 2.0, 4.0])), ("y", arr1(&[2.0, 3.0, 7.0])), ("b", arr1(&[0.5]))];
    let values = values.map(|(name, value)| (name, if name == "b" { arr0(0.5).into_dyn() } else { value.into_dyn() }));
    let mut expected = 0.0;
    for (x, y) in [(1.0, 2.0), (2.0, 3.0), (4.0, 7.0)] {
        expected += 2.0 * x * (y - 0.5 * x) / 14.0;
    }
    let found = derivation.gradient_value(0, &values).expect("a value").sum();
    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    let named = (y - b * y.mean().named("m")).powi(2).sum();
    assert!(!derive_all(named, &[b]).expect("a derivation").to_string().contains('\u{304}'));
}
