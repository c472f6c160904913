//! Links under which some predictors have no mean, over sources: the bits of the fit in memory, or a word that it needs the rows there.

use crate::restricted::{Random, problem};
use data::Arrays;
use models::fit::{Options, Status};
use models::inference::Covariance;
use models::{Design, Error, Family, Glm, Link, StreamedGlm, Terms};
use ndarray::{Array1, Array2};

const OTHERS: [(Family, Link); 12] = [
    (Family::Gamma, Link::Inverse),
    (Family::Gamma, Link::Identity),
    (Family::Gamma, Link::InverseSquared),
    (Family::InverseGaussian, Link::InverseSquared),
    (Family::InverseGaussian, Link::Inverse),
    (Family::InverseGaussian, Link::Log),
    (Family::InverseGaussian, Link::Identity),
    (Family::Poisson, Link::Identity),
    (Family::Poisson, Link::Sqrt),
    (Family::Binomial, Link::Log),
    (Family::Binomial, Link::Identity),
    (Family::Gaussian, Link::InverseSquared),
];

/// How fits over a source went beside those in memory.
#[derive(Debug, Default)]
struct Count {
    same: usize,
    refused_inside: usize,
    refused_on_boundary: usize,
    failed: usize,
}

/// Fits one problem both ways.
fn count(count: &mut Count, (family, link): (Family, Link), (x, y, weights): (Array2<f64>, Array1<f64>, Array1<f64>)) {
    let y = match family {
        Family::Binomial => y,
        Family::Poisson => (4.0 * y).round(),
        _ => y + 0.3,
    };
    let names: Vec<String> = (0..x.ncols()).map(|column| format!("x{column}")).collect();
    let design = Design::new(&x).with_names(&names).unwrap().with_weights(&weights).unwrap();
    let glm = Glm::new(design, &y, family).unwrap().with_link(link);
    let expected = glm.fit(&Options::default());
    let mut source = Arrays::new().with("y", &y).unwrap().with("w", &weights).unwrap();
    for (name, column) in names.iter().zip(x.columns()) {
        source = source.with(name, column).unwrap();
    }
    let source = source.with_block_rows(7);
    let terms = Terms::new(&names).with_weights("w");
    let model = StreamedGlm::new(&source, &terms, "y", family).unwrap().with_link(link);
    match (model.fit(&Options::default()), expected) {
        (Ok(found), Ok(expected)) => {
            assert_eq!(found, expected, "{family} {link}");
            assert_ne!(found.fit.status, Status::Boundary);
            count.same += 1;
            if found.fit.converged()
                && let Ok(figures) = expected.inference(&glm, Covariance::Expected)
            {
                assert_eq!(model.inference(&found, Covariance::Expected).unwrap(), figures, "{family} {link}");
            }
        }
        (Err(Error::BoundaryNeedsRows { .. }), Ok(expected)) if expected.fit.converged() => count.refused_inside += 1,
        (Err(Error::BoundaryNeedsRows { .. }), Ok(_)) => count.refused_on_boundary += 1,
        (Err(Error::BoundaryNeedsRows { .. }), Err(_)) => count.failed += 1,
        (Err(found), Err(expected)) => {
            assert_eq!(found.to_string(), expected.to_string(), "{family} {link}");
            count.failed += 1;
        }
        (found, expected) => panic!("{family} {link}: {found:?} for {expected:?}"),
    }
}

#[test]
fn fits_in_the_interior_have_the_bits_of_those_in_memory_and_others_are_refused() {
    let mut all = Count::default();
    for (place, of) in OTHERS.into_iter().enumerate() {
        let mut random = Random(place as u64);
        (0..12).for_each(|_| count(&mut all, of, problem(&mut random)));
    }
    // Only rows in memory tell a fit that would come back from a boundary from one that stays there.
    assert!(all.same >= 115 && all.refused_inside <= 3 && all.refused_on_boundary >= 10, "{all:?}");
}
