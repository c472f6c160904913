//! Losses made at random of logarithms of positive expressions: where their parts leave the range of the numbers, values and slopes are
//! right, against the same recording in a wide scalar.

use autodiff::{Rewrites, Scalar, Tape, Var, Wide};
use ndarray::{arr0, arr1, arr2};
use tests::splitmix::splitmix;

/// A sequence of choices.
struct Choices(u64);

impl Choices {
    fn below(&mut self, count: u64) -> u64 {
        splitmix(&mut self.0) % count
    }
}

/// A positive expression of z, with how it is written.
type Made<'t, T> = (Var<'t, T>, String);

/// Makes positive expressions of z, of which each may use what was made before.
struct Maker<'t, T: Scalar> {
    choices: Choices,
    z: Var<'t, T>,
    /// A condition that the data decides.
    condition: Var<'t, T>,
    made: Vec<Made<'t, T>>,
    /// Whether 31 digits are enough for all of them as they are written.
    is_exact: bool,
}

impl<'t, T: Scalar> Maker<'t, T> {
    fn leaf(&mut self) -> Made<'t, T> {
        let (z, number) = (self.z, |x: f64| self.z.tape().number(x));
        let (one, two) = (number(1.0), number(2.0));
        let choice = self.choices.below(15);
        self.is_exact &= !(5..=10).contains(&choice) || choice == 8;
        match choice {
            0 => (z.exp(), "exp(z)".into()),
            1 => ((-z).exp(), "exp(-z)".into()),
            2 => (z.sigmoid(), "sigmoid(z)".into()),
            3 => (z.exp() * number(0.5), "exp(z)*0.5".into()),
            4 => ((z * two - one).exp(), "exp(2z-1)".into()),
            5 => (one - z.sigmoid(), "(1 - sigmoid(z))".into()),
            6 => (one + z.tanh(), "(1 + tanh(z))".into()),
            7 => (one - z.tanh(), "(1 - tanh(z))".into()),
            8 => (one / (one + z.exp()), "1/(1 + exp(z))".into()),
            9 => (z.norm_cdf(), "norm_cdf(z)".into()),
            10 => (z.erfc(), "erfc(z)".into()),
            11 => (z.cosh(), "cosh(z)".into()),
            12 => (z.gaussian(), "gaussian(z)".into()),
            _ if self.made.is_empty() => (z.exp(), "exp(z)".into()),
            _ => {
                let place = self.choices.below(self.made.len() as u64) as usize;
                self.made[place].clone()
            }
        }
    }

    fn positive(&mut self, depth: u32) -> Made<'t, T> {
        let made = if depth == 0 || self.choices.below(5) == 0 { self.leaf() } else { self.composed(depth - 1) };
        self.made.push(made.clone());
        made
    }

    /// A positive number of each row, of what there is for its three classes.
    fn of_classes(&mut self, depth: u32) -> Made<'t, T> {
        let (a, text) = self.positive(depth);
        match self.choices.below(8) {
            0 => (a.sum_axes(&[1]), format!("sum({text})")),
            1 => (a.mean_axes(&[1]), format!("mean({text})")),
            2 => (a.max_axes(&[1]), format!("max({text})")),
            3 => (a.prod_axes(&[1]), format!("prod({text})")),
            4 => (a.norm_axes(&[1]), format!("norm({text})")),
            5 => (a.index_axis(1, 0), format!("first({text})")),
            6 => ((a / a.sum_axes(&[1]).insert_axis(1)).index_axis(1, 1), format!("share({text})")),
            _ => {
                let (b, other) = self.positive(depth);
                ((a * b).sum_axes(&[1]) / b.sum_axes(&[1]), format!("mean of ({text}) by ({other})"))
            }
        }
    }

    fn composed(&mut self, depth: u32) -> Made<'t, T> {
        let (a, text) = self.positive(depth);
        let number = |x: f64| self.z.tape().number(x);
        match self.choices.below(14) {
            0 => return (a + number(1.0), format!("({text} + 1)")),
            1 => return (a.sqrt(), format!("sqrt({text})")),
            2 => return (a.powi(2), format!("{text}^2")),
            3 => return (a.recip(), format!("1/{text}")),
            4 => return (a * number(1e-3), format!("{text} * 1e-3")),
            _ => {}
        }
        let (b, other) = self.positive(depth);
        match self.choices.below(10) {
            0..=2 => (a + b, format!("({text} + {other})")),
            3 | 4 => (a * b, format!("({text} * {other})")),
            5 | 6 => (a / b, format!("({text} / {other})")),
            7 => (self.condition.select(a, b), format!("select({text}, {other})")),
            8 => (a.maximum(b), format!("max({text}, {other})")),
            _ => ((a * a + b * b).sqrt(), format!("sqrt({text}^2 + {other}^2)")),
        }
    }
}

/// A loss of one row, by the seed that made it.
#[derive(Clone, Copy, Debug)]
struct Trial {
    seed: u64,
    /// Whether the expressions are of z times three numbers, reduced to one.
    has_classes: bool,
    x: f64,
    y: f64,
    w: f64,
}

/// A trial on a tape.
struct Recorded<'t, T: Scalar> {
    loss: Var<'t, T>,
    /// θ = 1, where z = x·θ.
    theta: Var<'t, T>,
    /// How the loss is written.
    text: String,
    is_exact: bool,
}

/// What a trial's loss and slope are to be.
struct Reference {
    loss: f64,
    slope: f64,
    text: String,
    is_exact: bool,
}

impl Trial {
    /// `w·(y·ln a − (1 − y)·ln b)`, of positive expressions a and b.
    fn record<T: Scalar>(self, tape: &Tape<T>) -> Recorded<'_, T> {
        let number = |x: f64| arr1(&[T::from(x).unwrap()]);
        let theta = tape.variable("theta", arr0(T::one()));
        let z = tape.data("x", number(self.x)) * theta;
        let (y, w) = (tape.data("y", number(self.y)), tape.data("w", number(self.w)));
        let condition = y.gt(tape.number(0.5));
        let (z, condition) = if self.has_classes {
            let spread = tape.constant(arr2(&[[1.0, -0.5, 0.75]]).mapv(|x| T::from(x).unwrap()));
            (z.insert_axis(1) * spread, condition.insert_axis(1))
        } else {
            (z, condition)
        };
        let mut maker = Maker { choices: Choices(self.seed), z, condition, made: Vec::new(), is_exact: true };
        let mut made = || if self.has_classes { maker.of_classes(3) } else { maker.positive(3) };
        let ((a, text_a), (b, text_b)) = (made(), made());
        Recorded {
            loss: (w * (y * a.ln() - (tape.number(1.0) - y) * b.ln())).sum(),
            theta,
            text: format!("w·(y·ln {text_a} − (1 − y)·ln {text_b})"),
            is_exact: maker.is_exact,
        }
    }

    /// The trial in a wide scalar: as it is written, where nothing cancels in 31 digits.
    fn reference(self) -> Reference {
        let tape = Tape::<Wide>::new();
        let Recorded { loss, theta, text, is_exact } = self.record(&tape);
        let is_moderate = self.x.abs() < 2.0;
        tape.set_rewrites(if is_exact || is_moderate { Rewrites::NONE } else { Rewrites::ALL });
        let found = tape.compile(&[loss, loss.grad(theta)]).unwrap().run(&[]).unwrap();
        let [loss, slope] = [0, 1].map(|output| found.number(output).unwrap().to_f64());
        Reference { loss, slope, text, is_exact }
    }

    /// The loss and slope by one program; the slope by the interpreter, and by a program without the loss.
    fn found(self) -> [f64; 4] {
        let tape = Tape::<f64>::new();
        let Recorded { loss, theta, .. } = self.record(&tape);
        let slope = loss.grad(theta);
        let both = tape.compile(&[loss, slope]).unwrap().run(&[]).unwrap();
        let alone = tape.compile(&[slope]).unwrap().run(&[]).unwrap();
        [both.number(0).unwrap(), both.number(1).unwrap(), slope.item().unwrap(), alone.number(0).unwrap()]
    }
}

/// What is wrong with the losses of these seeds, and how many were compared with what is written.
fn failures(seeds: std::ops::Range<u64>, has_classes: bool) -> (Vec<String>, usize) {
    let (mut failures, mut as_written) = (Vec::new(), 0);
    for seed in seeds {
        for x in [-800.0, -350.0, 1.5, 300.0, 1000.0] {
            for (y, w) in [(0.0, 1.0), (0.25, 3.0), (1.0, 1.0)] {
                let trial = Trial { seed, has_classes, x, y, w };
                let Reference { loss, slope, text, is_exact } = trial.reference();
                as_written += usize::from(is_exact);
                let [found_loss, found_slope, interpreted, alone] = trial.found();
                for (what, found, wanted) in [
                    ("loss", found_loss, loss),
                    ("slope", found_slope, slope),
                    ("slope by the interpreter", interpreted, slope),
                    ("slope without the loss", alone, slope),
                ] {
                    // Terms of the size of w·x cancel.
                    let error = (found - wanted).abs();
                    if error.is_nan() || error > 1e-12 * wanted.abs() + 1e-11 * x.abs() {
                        failures.push(format!("{trial:?}: {what} {found} for {wanted} of {text}"));
                    }
                }
            }
        }
    }
    (failures, as_written)
}

#[test]
fn losses_of_positive_expressions_are_right_in_their_tails() {
    let (failures, as_written) = failures(0..400, false);
    assert!(failures.is_empty(), "{} wrong:\n{}", failures.len(), failures.join("\n"));
    assert!(as_written >= 800, "{as_written}");
}

#[test]
fn losses_of_positive_expressions_of_classes_are_right_in_their_tails() {
    let (failures, as_written) = failures(0..200, true);
    assert!(failures.is_empty(), "{} wrong:\n{}", failures.len(), failures.join("\n"));
    assert!(as_written >= 250, "{as_written}");
}
