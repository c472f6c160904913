//! Every data set that R's `glm` was run on: coefficients, standard errors, deviances, AIC.

use crate::common::Reference;
use approx::assert_relative_eq;
use models::fit::Options;
use models::inference::Covariance;
use models::{Design, Family, Glm, Link};
use ndarray::s;

const DATA: [&str; 10] = [
    "birthwt",
    "cars",
    "clotting_gamma",
    "esoph_grouped",
    "infert",
    "insectsprays",
    "longley",
    "mtcars_am",
    "oring",
    "warpbreaks",
];

fn family(name: &str) -> Family {
    match name {
        "gaussian" => Family::Gaussian,
        "binomial" => Family::Binomial,
        "poisson" => Family::Poisson,
        "Gamma" => Family::Gamma,
        other => panic!("{other}"),
    }
}

fn link(name: &str) -> Link {
    *Link::ALL.iter().find(|link| link.to_string() == name).unwrap()
}

fn model(data: &Reference) -> Glm<'_> {
    let design = Design::new(data.x.slice(s![.., 1..])).with_names(&data.columns[1..]).unwrap();
    let design = design.with_weights(&data.weights).unwrap().with_offset(&data.offset).unwrap();
    Glm::new(design, &data.y, family(data.text("family"))).unwrap().with_link(link(data.text("link")))
}

#[test]
fn coefficients_agree_with_r_to_nine_digits() {
    for name in DATA {
        let data = Reference::read(name);
        let fit = model(&data).fit(&Options::default()).unwrap();
        assert!(fit.fit.converged(), "{name}: {}", fit.fit.status);
        assert_eq!(fit.names(), data.columns, "{name}");
        for (ours, theirs) in fit.coefficients().iter().zip(data.numbers("coefficients")) {
            assert_relative_eq!(*ours, theirs, max_relative = 1e-9);
        }
    }
}

/// Of longley's columns and a column of ones the residuals are small differences of large numbers.
#[test]
fn coefficients_agree_with_r_where_the_constant_is_a_column() {
    for name in DATA {
        let data = Reference::read(name);
        let design = Design::new(&data.x).with_names(&data.columns).unwrap().without_intercept();
        let design = design.with_weights(&data.weights).unwrap().with_offset(&data.offset).unwrap();
        let model = Glm::new(design, &data.y, family(data.text("family"))).unwrap().with_link(link(data.text("link")));
        let fit = model.fit(&Options::default()).unwrap();
        assert!(fit.fit.converged(), "{name}: {}", fit.fit.status);
        for (ours, theirs) in fit.coefficients().iter().zip(data.numbers("coefficients")) {
            assert_relative_eq!(*ours, theirs, max_relative = 1e-9);
        }
    }
}

#[test]
fn inference_agrees_with_r() {
    for name in DATA {
        let data = Reference::read(name);
        let model = model(&data);
        let fit = model.fit(&Options::default()).unwrap();
        let inference = fit.inference(&model, Covariance::Expected).unwrap();
        for (ours, theirs) in inference.coefficients.iter().zip(data.numbers("std_errors")) {
            assert_relative_eq!(ours.std_error, theirs, max_relative = 1e-6);
        }
        for (ours, theirs) in
            [(inference.deviance, "deviance"), (inference.null_deviance, "null_deviance"), (inference.aic, "aic")]
        {
            assert_relative_eq!(ours, data.number(theirs), max_relative = 1e-10);
        }
        // R takes it from the weights of its last step but one.
        assert_relative_eq!(inference.dispersion, data.number("dispersion"), max_relative = 1e-8);
    }
}
