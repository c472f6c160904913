//! Networks: gradients against differences, the regressions that networks without hidden layers are, what they can learn.

use approx::assert_relative_eq;
use models::fit::{Adam, Method, Options, Sgd, Status};
use models::network::{Activation, Network, NetworkFit};
use models::softmax::Softmax;
use models::{Design, Error, Family, Glm, Link, Objective, check_gradient};
use ndarray::{Array1, Array2, arr1, arr2};

const ACTIVATIONS: [Activation; 3] = [Activation::Sigmoid, Activation::Tanh, Activation::Relu];

struct Data {
    x: Array2<f64>,
    noise: Array1<f64>,
}

impl Data {
    fn new(rows: usize, columns: usize) -> Self {
        let mut state = 11u64;
        let mut uniform = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            3.4 * ((state >> 11) as f64 / (1u64 << 53) as f64 - 0.5)
        };
        Self {
            x: Array2::from_shape_fn((rows, columns), |_| uniform()),
            noise: Array1::from_shape_fn(rows, |_| uniform()),
        }
    }

    /// Responses that the family allows, which depend on the first two columns and chance.
    fn responses(&self, family: Family) -> Array1<f64> {
        Array1::from_shape_fn(self.noise.len(), |row| {
            let signal = 0.6 * self.x[[row, 0]] - 0.4 * self.x[[row, 1]] + 0.5 * self.noise[row];
            match family {
                Family::Gaussian => signal,
                Family::Binomial => f64::from(u8::from(signal > 0.0)),
                Family::Poisson | Family::NegativeBinomial { .. } => signal.exp().round(),
                _ => signal.exp(),
            }
        })
    }

    fn labels(&self) -> Array1<usize> {
        let labels = self.x.column(0).to_owned() * self.x.column(1) + &self.noise;
        labels.mapv(|label| usize::from(label > -0.5) + usize::from(label > 0.5))
    }
}

/// The checker's verdict where the fit starts, moved off the biases of 0.
fn assert_gradient_is_right(network: &Network<'_>) {
    let point: Vec<f64> = network.start().unwrap().iter().map(|value| value + 0.05).collect();
    let report = check_gradient(network, &point).unwrap();
    assert!(report.passed(), "{report:#}");
}

#[test]
fn gradients_are_those_of_differences_for_all_activations_and_heads() {
    let data = Data::new(12, 3);
    let weights = Array1::from_shape_fn(12, |row| (row % 3) as f64);
    let labels = data.labels();
    for activation in ACTIVATIONS {
        for (family, link) in [
            (Family::Gaussian, Link::Identity),
            (Family::Binomial, Link::Logit),
            (Family::Binomial, Link::Probit),
            (Family::Poisson, Link::Log),
            (Family::Gamma, Link::Log),
            (Family::InverseGaussian, Link::Log),
            (Family::NegativeBinomial { dispersion: 0.5 }, Link::Log),
        ] {
            let y = data.responses(family);
            let network = Network::regression(&data.x, &y, family).unwrap().with_link(link).unwrap();
            let network = network.with_hidden(4, activation).unwrap().with_hidden(3, Activation::Tanh).unwrap();
            assert_gradient_is_right(&network.with_weights(&weights).unwrap().with_ridge(0.3).unwrap());
        }
        let network = Network::classification(&data.x, &["a", "b", "c"], &labels).unwrap();
        let network = network.with_hidden(4, activation).unwrap().with_hidden(3, activation).unwrap();
        assert_gradient_is_right(&network.with_weights(&weights).unwrap().with_ridge(0.3).unwrap());
    }
}

#[test]
fn exclusive_or_is_learned_by_every_method() {
    let (x, y) = (arr2(&[[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), arr1(&[0.0, 1.0, 1.0, 0.0]));
    for method in [
        Method::Lbfgs,
        Method::TrustRegion,
        Method::Adam(Adam { learning_rate: 0.05, batch: 2, ..Adam::default() }),
        Method::Sgd(Sgd { learning_rate: 0.5, batch: 4, ..Sgd::default() }),
    ] {
        for activation in ACTIVATIONS {
            let network = Network::regression(&x, &y, Family::Binomial).unwrap();
            let network = network.with_hidden(6, activation).unwrap().with_ridge(1e-4).unwrap().with_seed(3);
            let fit = network.fit(&Options { max_iterations: 1000, ..Options::method(method) }).unwrap();
            let probabilities = fit.predict(&x).unwrap();
            for row in 0..4 {
                assert!((probabilities[[row, 0]] - y[row]).abs() < 0.1, "{method:?} {activation:?}: {probabilities}");
            }
        }
    }
}

#[test]
fn without_hidden_layers_a_network_is_a_generalised_linear_model() {
    let data = Data::new(120, 2);
    for (family, link) in [
        (Family::Gaussian, Link::Identity),
        (Family::Binomial, Link::Logit),
        (Family::Binomial, Link::Cloglog),
        (Family::Poisson, Link::Log),
        (Family::Gamma, Link::Log),
    ] {
        let y = data.responses(family);
        let glm = Glm::new(Design::new(&data.x), &y, family).unwrap().with_link(link).with_ridge(0.5).unwrap();
        let glm = glm.fit(&Options::default()).unwrap();
        let network =
            Network::regression(&data.x, &y, family).unwrap().with_link(link).unwrap().with_ridge(0.5).unwrap();
        for (method, tolerance) in [(Method::Newton, 1e-9), (Method::Lbfgs, 1e-6)] {
            let fit = network.fit(&Options::method(method)).unwrap();
            assert!(fit.fit.converged(), "{family} {link} {method:?}: {}", fit.fit.status);
            // The bias comes last, the intercept first.
            let theta = [fit.fit.parameters[2], fit.fit.parameters[0], fit.fit.parameters[1]];
            for (ours, theirs) in theta.iter().zip(glm.coefficients()) {
                assert_relative_eq!(*ours, *theirs, max_relative = tolerance);
            }
            assert_relative_eq!(fit.fit.loss, glm.fit.loss, max_relative = 1e-10);
            let (ours, theirs) = (fit.predict(&data.x).unwrap(), glm.predict(&Design::new(&data.x)).unwrap());
            assert_relative_eq!(ours[[7, 0]], theirs[7], max_relative = 10.0 * tolerance);
        }
    }
}

#[test]
fn without_hidden_layers_a_network_for_classes_is_a_softmax_regression() {
    let data = Data::new(150, 2);
    let (labels, classes) = (data.labels(), ["low", "middle", "high"]);
    let softmax = Softmax::new(Design::new(&data.x), &classes, &labels).unwrap().fit(&Options::default()).unwrap();
    let network = Network::classification(&data.x, &classes, &labels).unwrap();
    let fit = network.fit(&Options::default()).unwrap();
    assert!(fit.fit.converged(), "{}", fit.fit.status);
    assert_eq!(fit.fit.names[3], "weight1[2,2]");
    for (class, (_, theta)) in softmax.coefficients().enumerate() {
        let at = |place: usize| fit.fit.parameters[place];
        for (ours, theirs) in [at(4 + class), at(class), at(2 + class)].iter().zip(theta) {
            assert_relative_eq!(*ours, *theirs, max_relative = 1e-9);
        }
    }
    let (ours, theirs) = (fit.predict(&data.x).unwrap(), softmax.predict(&Design::new(&data.x)).unwrap());
    ours.iter().zip(&theirs).for_each(|(ours, theirs)| assert_relative_eq!(*ours, *theirs, max_relative = 1e-8));
    assert_eq!(fit.predict_class(&data.x).unwrap(), softmax.predict_class(&Design::new(&data.x)).unwrap());
}

#[test]
fn a_hidden_layer_learns_what_a_softmax_regression_cannot() {
    // Three rings: no line tells them apart.
    let rows = 300;
    let x = Array2::from_shape_fn((rows, 2), |(row, column)| {
        let (radius, angle) = ((row % 3) as f64 * 0.7 + 0.3, row as f64 * 2.399963);
        radius * if column == 0 { angle.cos() } else { angle.sin() }
    });
    let labels = Array1::from_shape_fn(rows, |row| row % 3);
    let right = |classes: Vec<usize>| classes.iter().zip(&labels).filter(|(ours, theirs)| ours == theirs).count();
    let classes = ["inner", "middle", "outer"];
    let line = Softmax::new(Design::new(&x), &classes, &labels).unwrap().fit(&Options::default()).unwrap();
    assert!(right(line.predict_class(&Design::new(&x)).unwrap()) < 200);
    let network = Network::classification(&x, &classes, &labels).unwrap().with_hidden(16, Activation::Tanh).unwrap();
    let adam = Adam { learning_rate: 0.02, ..Adam::default() };
    let fit = network.fit(&Options { max_iterations: 150, ..Options::method(Method::Adam(adam)) }).unwrap();
    assert!(right(fit.predict_class(&x).unwrap()) > 295);
}

#[test]
fn a_seed_gives_the_same_network_and_another_seed_another() {
    let data = Data::new(60, 2);
    let y = data.responses(Family::Gaussian);
    let fit = |seed: u64| {
        let network = Network::regression(&data.x, &y, Family::Gaussian).unwrap();
        let network = network.with_hidden(5, Activation::Relu).unwrap().with_seed(seed);
        network.fit(&Options { max_iterations: 3, ..Options::method(Method::Adam(Adam::default())) }).unwrap()
    };
    assert_eq!(fit(1), fit(1));
    assert_ne!(fit(1).fit.parameters, fit(2).fit.parameters);
    assert_eq!(fit(1).fit.status, Status::IterationLimit);
    let text = serde_json::to_string(&fit(1)).unwrap();
    assert_eq!(serde_json::from_str::<NetworkFit>(&text).unwrap(), fit(1));
}

#[test]
fn networks_that_cannot_be_are_refused() {
    let (x, y, labels) = (arr2(&[[1.0, 2.0], [0.5, -1.0], [0.0, 1.0]]), arr1(&[0.0, 1.0, 1.0]), arr1(&[0, 1, 2]));
    let network = || Network::regression(&x, &y, Family::Binomial).unwrap();
    let classes = ["a", "b", "c"];
    assert!(matches!(Network::regression(&x, &y, Family::Gamma), Err(Error::OutOfRange { row: 0, .. })));
    assert!(matches!(Network::classification(&x, &classes[..2], &labels), Err(Error::LabelOutOfRange { row: 2, .. })));
    assert!(matches!(Network::regression(&x, &[0.0], Family::Gaussian), Err(Error::LengthMismatch { .. })));
    assert!(matches!(network().with_hidden(0, Activation::Tanh), Err(Error::Option { option: "width", .. })));
    assert!(matches!(network().with_ridge(-1.0), Err(Error::Option { option: "ridge", .. })));
    assert!(matches!(network().with_weights(&[1.0, -1.0, 1.0]), Err(Error::OutOfRange { row: 1, .. })));
    let of_labels = Network::classification(&x, &classes, &labels).unwrap();
    assert!(matches!(of_labels.clone().with_link(Link::Log), Err(Error::Unavailable { .. })));
    let hidden = network().with_hidden(2, Activation::Tanh).unwrap();
    // Three rows are told apart by a hidden layer, so that the loss falls for ever; with a penalty Newton's method fits it.
    assert!(matches!(hidden.fit(&Options::default()), Err(Error::AtInfinity { .. })));
    let penalised = hidden.clone().with_ridge(0.1).unwrap().fit(&Options::default()).unwrap();
    assert!(penalised.fit.converged(), "{}", penalised.fit.status);
    let empty = Network::classification(&x, &["a", "b", "c", "d"], &labels).unwrap();
    let adam = Options::method(Method::Adam(Adam::default()));
    assert_eq!(empty.fit(&adam).unwrap_err(), Error::EmptyClass { class: "d".into() });
    let mut broken = x.clone();
    broken[[1, 1]] = f64::INFINITY;
    let of_broken = Network::regression(&broken, &y, Family::Binomial).unwrap();
    assert!(matches!(of_broken.fit(&adam), Err(Error::NonFinite { row: 1, ref column, .. }) if column == "x2"));
    let sgd = Sgd { learning_rate: 1e200, momentum: 0.0, ..Sgd::default() };
    let linear = network().with_hidden(2, Activation::Relu).unwrap().with_seed(4);
    assert!(matches!(linear.fit(&Options::method(Method::Sgd(sgd))), Err(Error::Diverged { .. })));
    let fit = hidden.fit(&Options { max_iterations: 2, ..adam }).unwrap();
    assert!(matches!(fit.predict(&arr2(&[[1.0]])), Err(Error::CountMismatch { what: "columns", .. })));
    assert!(matches!(fit.predict(&broken), Err(Error::NonFinite { .. })));
    assert!(matches!(fit.predict_class(&x), Err(Error::Unavailable { .. })));
}
