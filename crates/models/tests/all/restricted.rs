//! Links that don't reach every mean: fits within the domain, in its interior or on its boundary.

use models::fit::{Method, Options, Status};
use models::{Design, Error, Family, Glm, Link};
use ndarray::{Array1, Array2, ArrayView1};

/// Numbers at random (SplitMix64), within [0, 1).
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A few columns, one of them of zeros and ones, and labels.
fn problem(random: &mut Random) -> (Array2<f64>, Array1<f64>) {
    let (n, p) = (20 + (random.unit() * 60.0) as usize, 1 + (random.unit() * 3.0) as usize);
    let x = Array2::from_shape_simple_fn((n, p), || 2.0 * random.unit() - 1.0);
    let x = Array2::from_shape_fn((n, p), |(i, j)| if j == 1 { f64::from(x[[i, j]] > 0.3) } else { x[[i, j]] });
    let chance = 0.1 + 0.8 * random.unit();
    let y = x.outer_iter().map(|row| f64::from(random.unit() < (chance + 0.3 * row[0]).clamp(0.02, 0.98))).collect();
    (x, y)
}

/// The log-likelihood of labels at these parameters; `None` outside the domain.
fn log_likelihood(link: Link, x: &Array2<f64>, y: &Array1<f64>, parameters: &[f64]) -> Option<f64> {
    let slopes = ArrayView1::from(&parameters[1..]);
    let mut sum = 0.0;
    for (row, &y) in x.outer_iter().zip(y) {
        let eta = parameters[0] + row.dot(&slopes);
        let mean = link.mean(eta);
        if !(0.0..=1.0).contains(&mean) {
            return None;
        }
        sum += if y == 1.0 { mean.ln() } else { (-mean).ln_1p() };
    }
    sum.is_finite().then_some(sum)
}

/// Every fit ends at a maximum that no point of the domain near it exceeds, in the interior or told to be on the boundary.
#[test]
fn random_log_and_identity_binomial_fits_end_at_the_maximum() {
    let mut random = Random(7);
    let (mut interior, mut boundary, mut none) = (0, 0, 0);
    for link in [Link::Log, Link::Identity] {
        for number in 0..100 {
            let (x, y) = problem(&mut random);
            let model = Glm::new(Design::new(&x), &y, Family::Binomial).unwrap().with_link(link);
            let fit = match model.fit(&Options::default()) {
                Ok(fit) => fit,
                Err(Error::Separation { .. } | Error::OneClass { .. }) => {
                    none += 1;
                    continue;
                }
                Err(error) => panic!("{link} {number}: {error}"),
            };
            match fit.fit.status {
                Status::Boundary => boundary += 1,
                _ if fit.fit.converged() => interior += 1,
                ref other => panic!("{link} {number}: {other}"),
            }
            let reached = log_likelihood(link, &x, &y, fit.coefficients()).unwrap();
            for _ in 0..400 {
                let size = 10f64.powf(-4.0 * random.unit());
                let near: Vec<f64> =
                    fit.coefficients().iter().map(|value| value + size * (2.0 * random.unit() - 1.0)).collect();
                if let Some(other) = log_likelihood(link, &x, &y, &near) {
                    assert!(other <= reached + 1e-7, "{link} {number}, {:?}: {other} above {reached}", fit.fit.status);
                }
            }
        }
    }
    println!("{interior} in the interior, {boundary} on the boundary, {none} without a maximum");
    assert!(interior > 30 && boundary > 30);
}

#[test]
fn every_method_stays_in_the_domain() {
    let x = ndarray::arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]);
    let y = ndarray::arr1(&[1.0, 0.0, 0.0, 1.0, 0.0]);
    for method in [Method::Newton, Method::Lbfgs, Method::TrustRegion] {
        let model = Glm::new(Design::new(&x), &y, Family::Binomial).unwrap().with_link(Link::Log);
        let fit = model.fit(&Options::method(method)).unwrap();
        assert!(fit.fit.converged(), "{method:?}: {}", fit.fit.status);
        approx::assert_relative_eq!(fit.coefficients()[0], 0.39642, max_relative = 2e-5);
        approx::assert_relative_eq!(fit.coefficients()[1], -0.482176, max_relative = 2e-5);
    }
}

/// Where a subsample has its minimum, other rows would have no mean.
#[test]
fn many_rows_are_fitted_by_way_of_a_subsample_that_does_not_leave_the_domain() {
    let mut random = Random(3);
    let x = Array2::from_shape_simple_fn((8_050, 1), || 10.0 * random.unit().powi(4));
    let y: Array1<f64> = x.column(0).mapv(|x| 1.0 / (0.02 + 0.5 * x).sqrt() * (0.5 + random.unit()));
    let model = Glm::new(Design::new(&x), &y, Family::InverseGaussian).unwrap();
    assert!(model.fit(&Options::default()).unwrap().fit.converged());
}
