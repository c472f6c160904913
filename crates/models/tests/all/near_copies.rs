//! Columns that are others but for a trace of noise: a model with the noise itself in their place is the same, and has digits.

use models::{Design, Family, Glm};
use ndarray::{Array1, Array2};

const ROWS: usize = 30;
const FAMILIES: [Family; 3] = [Family::Gaussian, Family::Poisson, Family::Binomial];

/// Three columns, a response of the family, and noise.
struct Rows {
    columns: [Array1<f64>; 3],
    y: Array1<f64>,
    noise: Array1<f64>,
}

impl Rows {
    fn new(family: Family, seed: u64) -> Self {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut random = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        let mut column = || Array1::from_shape_fn(ROWS, |_| random() + random());
        let (columns, noise, chance) = ([column(), column() + 2.0, column()], column(), column());
        let y = Array1::from_shape_fn(ROWS, |row| {
            let eta = 0.3 * columns[0][row] + 0.2 * columns[1][row] + chance[row];
            match family {
                Family::Gaussian => eta,
                Family::Poisson => eta.exp().round(),
                _ => f64::from(eta > 0.4),
            }
        });
        Rows { columns, y, noise }
    }

    /// What a trace of noise is added to.
    fn copied(&self, variant: &str) -> Array1<f64> {
        let [x, z, u] = &self.columns;
        match variant {
            "itself" => x.clone(),
            "a million times" => x * 1e6,
            "a millionth" => x * 1e-6,
            "its opposite" => -x,
            "shifted" => x + 3.0,
            "a sum" => x + z,
            "a sum of three" => x + z + u,
            _ => x * 0.3 - z * 7.0 + 1.0,
        }
    }

    /// Minus twice the log-likelihood with this column beside the others, if the fit converged.
    fn deviance(&self, family: Family, last: &Array1<f64>) -> Result<f64, String> {
        let columns = self.columns.iter().chain([last]);
        let x = ndarray::stack(ndarray::Axis(1), &columns.map(|column| column.view()).collect::<Vec<_>>()).unwrap();
        let x: Array2<f64> = x.as_standard_layout().into_owned();
        let fit = Glm::new(Design::new(&x), &self.y, family).unwrap().fit(&Default::default());
        let fit = fit.map_err(|error| error.to_string())?.fit;
        if fit.converged() { Ok(2.0 * fit.loss) } else { Err(fit.status.to_string()) }
    }
}

const VARIANTS: [&str; 8] =
    ["itself", "a million times", "a millionth", "its opposite", "shifted", "a sum", "a sum of three", "another sum"];

#[test]
fn a_near_copy_is_fitted_as_the_noise_that_makes_it_one() {
    let mut wrong = Vec::new();
    for (seed, family) in FAMILIES.into_iter().enumerate() {
        for (at, variant) in VARIANTS.into_iter().enumerate() {
            let rows = Rows::new(family, (10 * seed + at) as u64);
            let (copied, plain) = (rows.copied(variant), rows.deviance(family, &rows.noise).unwrap());
            for power in [-6, -7, -8, -9] {
                // Of the copy's own noise, rounding leaves so many digits.
                let trace = 10f64.powi(power) * copied.std(0.0);
                let found = rows.deviance(family, &(&copied + &rows.noise * trace));
                let most = 1e-14 * 10f64.powi(-power) * 10.0;
                if !found.as_ref().is_ok_and(|found| (found - plain).abs() <= most * plain.abs().max(1.0)) {
                    wrong.push(format!("{family:?} {variant} 1e{power}: {found:?} instead of {plain}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// R judges so: `tol = 1e-11` of its `Cdqrls`.
#[test]
fn a_copy_whose_noise_is_rounding_is_superfluous() {
    for (seed, family) in FAMILIES.into_iter().enumerate() {
        for (at, variant) in VARIANTS.into_iter().enumerate() {
            let rows = Rows::new(family, (10 * seed + at) as u64);
            let copied = rows.copied(variant);
            let error = rows.deviance(family, &(&copied + &rows.noise * (1e-13 * copied.std(0.0)))).unwrap_err();
            assert!(error.contains("rank deficient"), "{family:?} {variant}: {error}");
        }
    }
}
