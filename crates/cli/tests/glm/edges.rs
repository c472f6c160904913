//! Fits at the edges of what there is to estimate: estimates that are infinite, means held by a boundary, a coefficient for each row, starts
//! far away, columns far from 0. Right values are of mpmath in 40 digits, or of SciPy from many starts.

use crate::run::{Run, assert_close, glm, names, of_coefficients, reference};
use serde_json::Value;

/// Fits one of the files.
fn run(name: &str, arguments: &[&str]) -> Run {
    glm(&[&["fit", &reference(&format!("edges/{name}.csv")), "--response", "y"], arguments].concat())
}

/// The object of `--json` of a fit that ends with this code.
fn fit(name: &str, arguments: &str, code: i32) -> Value {
    let run = run(name, &[&arguments.split(' ').collect::<Vec<_>>()[..], &["--json"]].concat());
    assert_eq!(run.code, code, "{name}: {}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

fn assert_figures(fit: &Value, figure: &str, expected: &[f64], tolerance: f64) {
    let found = of_coefficients(fit, figure);
    assert_eq!(found.len(), expected.len(), "{fit}");
    for (name, (found, expected)) in names(fit).iter().zip(found.iter().zip(expected)) {
        assert_close(name, *found, *expected, tolerance);
    }
}

fn number(fit: &Value, name: &str) -> f64 {
    fit[name].as_f64().unwrap_or(f64::NAN)
}

/// The loss of a mean that is a probability is finite at both ends, so that what pulls a row back from the wrong one may underflow.
#[test]
fn estimates_on_a_plateau_are_told_to_be_infinite() {
    let start = "4.70,6.33,-0.06,-0.68,0.90,5.11,-7.37,-7.82";
    for (name, arguments) in [
        ("nb_logit_inf", "--family negative-binomial --link logit --dispersion 1"),
        ("gaussian_cloglog_inf", "--family gaussian --link cloglog"),
        ("poisson_logit_inf", "--family poisson --link logit --terms x0,x1,x2,g"),
        (
            "quasipoisson_probit_local",
            &format!("--family quasipoisson --link probit --terms x0,g,g:x0 --offset o --start {start}"),
        ),
    ] {
        let run = run(name, &arguments.split(' ').collect::<Vec<_>>());
        assert_ne!(run.code, 0, "{name}: {}", run.out);
        assert!(run.err.contains("the loss has no minimum: along"), "{name}: {}", run.err);
    }
}

#[test]
fn a_coefficient_for_each_row_is_found_by_every_family() {
    for family in ["gaussian", "poisson", "gamma"] {
        let saturated = fit("saturated", &format!("--family {family} --link identity"), 0);
        assert_figures(&saturated, "estimate", &[-199999.0, 2.0], 1e-9);
    }
    let expected = [
        511.98432169516866,
        6.342751577295837e-07,
        -5131.862343368378,
        8321657.407865009,
        0.9719520013103071,
        1.305250672162951,
        1.2201531561175032,
        -6.119287164044894e-07,
        -7.052174033116147e-07,
        -5.520612367986437e-07,
    ];
    for family in ["gamma", "gaussian"] {
        let saturated = fit("saturated10", &format!("--family {family} --link identity --terms x0,x1,x2,g,g:x0"), 0);
        assert_figures(&saturated, "estimate", &expected, 1e-7);
    }
}

#[test]
fn responses_that_are_all_0_hold_the_means_on_the_boundary() {
    for (family, link) in [
        ("poisson", "identity"),
        ("poisson", "sqrt"),
        ("quasipoisson", "identity"),
        ("quasipoisson", "sqrt"),
        ("binomial", "identity"),
        ("negative-binomial", "identity"),
        ("negative-binomial", "sqrt"),
    ] {
        for terms in ["x", "1"] {
            let dispersion = if family == "negative-binomial" { &["--dispersion", "1"][..] } else { &[] };
            let run = run("allzero", &[&["--family", family, "--link", link, "--terms", terms], dispersion].concat());
            assert_eq!(run.code, 1, "{family} {link} {terms}: {} {}", run.out, run.err);
            assert!(run.err.contains("on the boundary"), "{family} {link} {terms}: {}", run.err);
        }
    }
}

#[test]
fn firths_estimates_of_one_class_have_an_offset_too() {
    let fit = fit("firth_oneclass", "--firth --terms x0 --offset o", 0);
    assert_figures(&fit, "estimate", &[-1.9504762025195164, -0.11120968530639722], 1e-8);
    assert_eq!(number(&fit, "null_deviance"), 0.0);
}

#[test]
fn firths_estimates_of_few_rows_take_few_steps() {
    let fit = fit("firth_noconv", "--firth --terms x0,x1,x2 --offset o", 0);
    let expected = [-1.2681823504214074, 4.035928206375786, -1.1779096997837526, -0.9661551518227982];
    assert_figures(&fit, "estimate", &expected, 1e-8);
}

/// Far from the estimates the penalised likelihood of the other coefficients has two maxima.
#[test]
fn firths_profile_follows_the_higher_maximum() {
    let fit = fit("firth_profile", "--firth --terms x0,x1 --profile", 0);
    let estimates = [-0.02171313140811986, 1.546892262991177, -0.7941245205925693];
    assert_figures(&fit, "estimate", &estimates, 1e-8);
    assert_figures(&fit, "conf_low", &[-2.078298849791083, 0.11936113777749814, -6.643725296012555], 1e-6);
    assert_figures(&fit, "conf_high", &[3.512178849997596, 8.792890638787942, 3.39226904534805], 1e-6);
}

#[test]
fn theta_is_estimated_where_the_coefficients_are_on_the_boundary() {
    let arguments = "--family negative-binomial --dispersion estimate --link sqrt --terms x";
    let fit = fit("nb_sqrt_estimate", arguments, 1);
    assert_figures(&fit, "estimate", &[1.9238441716670232, 1.28609994], 1e-6);
    assert_close("theta", number(&fit, "theta"), 0.598042896248824, 1e-6);
    assert_close("theta's error", number(&fit, "theta_std_error"), 0.2991882589503728, 1e-6);
    let err = run("nb_sqrt_estimate", &arguments.split(' ').collect::<Vec<_>>()).err;
    assert!(err.contains("on the boundary"), "{err}");
}

/// The loss has several minima on the boundary; the deviance of the lowest that is known is 20.1557.
#[test]
fn the_lower_of_two_minima_on_the_boundary_is_found_and_kept() {
    let arguments = "--family negative-binomial --link identity --terms x0,x1,x2,g --dispersion 1.76";
    let start = "5.098996792602027,-0.08307964283357006,0.40836225644141455,-1.8821597835515487,1.7033936588239196,-1.9508355360974667,3.7223047000592673";
    for arguments in [arguments.to_string(), format!("{arguments} --start {start}")] {
        let fit = fit("nb_identity", &arguments, 1);
        assert!(number(&fit, "deviance") <= 20.1557 + 1e-4, "{}", fit["deviance"]);
    }
}

#[test]
fn a_minimum_is_found_from_starts_far_away() {
    for (name, arguments, starts) in [
        ("start", vec![], ["0,-50,0,0", "40,0,0,0", "300,-300,900,0"]),
        ("five", vec!["--family", "poisson"], ["-50,0", "-300,10", "20,-40"]),
        ("start", vec!["--link", "probit"], ["0,-50,0,0", "40,0,0,0", "30,-30,9,0"]),
    ] {
        let plain = of_coefficients(&run(name, &[&arguments[..], &["--json"]].concat()).json(), "estimate");
        for start in starts {
            let start = format!("--start={start}");
            let found = run(name, &[&arguments[..], &[&start, "--json"]].concat()).json();
            assert_figures(&found, "estimate", &plain, 1e-7);
        }
    }
}

/// The same rows, with a column around 0, around 1e5 and around 1e6.
#[test]
fn classes_keep_their_digits_where_a_column_is_far_from_0() {
    let of = |name: &str, family: &str, figure: &str, of: &str| {
        let fit = fit(name, &format!("--family {family}"), 0);
        let figures = of_coefficients(&fit, figure);
        let names = names(&fit);
        let found: Vec<f64> =
            names.iter().zip(figures).filter(|(name, _)| name.ends_with(of)).map(|(_, figure)| figure).collect();
        found
    };
    let cases = [
        (
            "multinomial",
            "x",
            vec![0.8688529463205821, 1.6423759475473843],
            vec![0.3787023082638204, 0.4241597456780505],
        ),
        ("ordinal", "x", vec![1.262188199917282], vec![0.29953475419693404]),
        ("ordinal", "z", vec![0.25422026813979903], vec![0.2396459541591229]),
    ];
    for name in ["far_0", "far_100000", "far_1000000"] {
        for (family, column, estimates, errors) in &cases {
            for (figure, expected) in [("estimate", estimates), ("std_error", errors)] {
                for (found, expected) in of(name, family, figure, column).into_iter().zip(expected) {
                    assert_close(&format!("{name} {family} {figure}"), found, *expected, 1e-8);
                }
            }
        }
    }
}
