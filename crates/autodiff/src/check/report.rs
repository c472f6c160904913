//! What a check found, as data and as a table to read.

use crate::display::short;
use crate::scalar::Scalar;
use std::fmt;

/// What became of one component, or of a whole check: the worst of its components.
///
/// ```
/// use autodiff::{Tape, check::Verdict, check_gradient};
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", &[0.5, 0.0]);
/// let report = check_gradient((x.abs() + x.sin()).sum(), &[x])?;
/// assert_eq!(report.components[0].verdict, Verdict::Pass);
/// assert_eq!(report.components[1].verdict, Verdict::Kink);
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Verdict {
    /// The derivative agrees with the differences.
    Pass,
    /// The function has a kink here, and the derivative lies between the slopes on its two sides.
    Kink,
    /// The differences are too inaccurate to judge by (noise, a jump, no finite value nearby), or there was nothing to check.
    Unclear,
    /// The derivative is wrong.
    Fail,
}

impl Verdict {
    /// Whether nothing is wrong and nothing is left unclear.
    pub fn passed(self) -> bool {
        matches!(self, Verdict::Pass | Verdict::Kink)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Pass => "PASS",
            Verdict::Kink => "KINK",
            Verdict::Unclear => "UNCLEAR",
            Verdict::Fail => "FAIL",
        })
    }
}

/// One derivative that was checked.
///
/// ```
/// use autodiff::{Tape, check_gradient};
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", &[0.5, 0.0]);
/// let report = check_gradient((x.abs() + x.sin()).sum(), &[x])?;
/// assert!((report.components[0].numerical - (1.0 + 0.5f64.cos())).abs() < 1e-9);
/// assert_eq!(report.components[0].name, "x[0]");
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Component<T> {
    /// What it is the derivative by: `theta[2]`, two of them for a second derivative, or a direction's number.
    pub name: String,
    /// The derivative that was checked.
    pub analytical: T,
    /// The derivative by differences; at a kink the mean of both sides.
    pub numerical: T,
    /// An estimate of the numerical derivative's own error; none was made for a fixed step.
    pub numerical_error: Option<T>,
    /// At a kink, the slopes on the left and on the right.
    pub sides: Option<[T; 2]>,
    /// `|a − n| / max(|a| + |n|, 1e-8)` for a fixed step, else `|a − n| / (|a| + |n|)`; 0 where both are 0.
    pub relative_error: T,
    /// What to make of it.
    pub verdict: Verdict,
}

/// The result of a check. Displayed, it is a table of the components: the worst ones where there are many, all of them
/// with `{:#}`.
///
/// ```
/// use autodiff::{Tape, check_gradient};
/// let tape = Tape::<f64>::new();
/// let x = tape.variable("x", &[0.5, 0.0]);
/// let report = check_gradient((x.abs() + x.sin()).sum(), &[x])?;
/// assert!(report.passed(), "{report}"); // the report mentions the kink of |x| at 0; it is no failure
/// println!("{report}");
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report<T> {
    /// What was checked: "gradient", …
    pub subject: &'static str,
    /// The relative error that was allowed.
    pub tolerance: T,
    /// The step of the differences, if it was given.
    pub step: Option<T>,
    /// Every derivative that was checked.
    pub components: Vec<Component<T>>,
}

/// How many components are shown unless all are asked for.
const SHOWN: usize = 20;

impl<T: Scalar> Report<T> {
    /// The worst verdict; unclear where there was nothing to check.
    pub fn verdict(&self) -> Verdict {
        self.components.iter().map(|component| component.verdict).max().unwrap_or(Verdict::Unclear)
    }

    /// Whether every component passed, kinks included.
    pub fn passed(&self) -> bool {
        self.verdict().passed()
    }

    /// The component with the worst verdict and, among those, the largest relative error.
    pub fn worst(&self) -> Option<&Component<T>> {
        self.by_severity().first().copied()
    }

    /// The largest relative error of the components that are not at a kink, and whose relative error says something: of a derivative that passes since
    /// it is as near 0 as the differences can tell, it doesn't. 0 if there is none.
    pub fn max_relative_error(&self) -> T {
        self.told_by_relative_error().fold(T::zero(), |largest, component| {
            if component.relative_error > largest { component.relative_error } else { largest }
        })
    }

    fn told_by_relative_error(&self) -> impl Iterator<Item = &Component<T>> {
        self.components.iter().filter(|component| component.verdict != Verdict::Kink && !self.is_lost(component))
    }

    /// Whether a component passes though its relative error is above the tolerance: the differences are no more accurate than that.
    fn is_lost(&self, component: &Component<T>) -> bool {
        component.verdict == Verdict::Pass && component.relative_error > self.tolerance
    }

    fn by_severity(&self) -> Vec<&Component<T>> {
        let mut components: Vec<&Component<T>> = self.components.iter().collect();
        components.sort_by(|a, b| {
            let error = |component: &Component<T>| component.relative_error.to_f64().unwrap_or(f64::NAN);
            b.verdict.cmp(&a.verdict).then(error(b).total_cmp(&error(a)))
        });
        components
    }

    fn write_conclusion(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.components.len();
        let plural = if count == 1 { "" } else { "s" };
        let verdict = if self.verdict() == Verdict::Kink { Verdict::Pass } else { self.verdict() };
        write!(f, "{verdict}: {} in {count} component{plural}", self.subject)?;
        if self.told_by_relative_error().next().is_some() {
            write!(f, ", largest relative error {}", short(self.max_relative_error()))?;
        }
        write!(f, " (tolerance {}", short(self.tolerance))?;
        if let Some(step) = self.step {
            write!(f, ", step {}", short(step))?;
        }
        f.write_str(")")?;
        for words in [meaning(Verdict::Fail), meaning(Verdict::Unclear), meaning(Verdict::Kink), LOST] {
            let is_of_group = |component: &&Component<T>| match self.is_lost(component) {
                true => words == LOST,
                false => words == meaning(component.verdict),
            };
            let mut names = self.components.iter().filter(is_of_group).map(|component| &*component.name);
            let Some(first) = names.next() else { continue };
            write!(f, "\n{words}: {first}")?;
            for name in names.by_ref().take(5) {
                write!(f, "; {name}")?;
            }
            let more = names.count();
            if more > 0 {
                write!(f, "; and {more} more")?;
            }
        }
        Ok(())
    }
}

/// What is said of components that pass though their relative error is above the tolerance.
const LOST: &str = "right to within the differences' own error, which is larger than the tolerance";

fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "right",
        Verdict::Kink => "at a kink, with a derivative between the slopes of its two sides",
        Verdict::Unclear => {
            "unclear, because the differences are no more accurate than that (noise, a jump, or no finite value nearby)"
        }
        Verdict::Fail => "wrong",
    }
}

impl<T: Scalar> fmt::Display for Report<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = f.alternate() || self.components.len() <= SHOWN;
        let shown: Vec<&Component<T>> =
            if all { self.components.iter().collect() } else { self.by_severity().into_iter().take(SHOWN).collect() };
        let width = shown.iter().map(|component| component.name.chars().count()).max().unwrap_or(0).max(9);
        writeln!(
            f,
            "{:<width$}  {:>22}  {:>22}  {:>14}  verdict",
            "component", "analytical", "numerical", "relative error"
        )?;
        for component in &shown {
            let Component { name, relative_error, verdict, .. } = component;
            let (analytical, numerical) = (long(component.analytical), long(component.numerical));
            let is_lost = self.is_lost(component);
            let relative_error = if is_lost { "-".to_owned() } else { short(*relative_error) };
            write!(f, "{name:<width$}  {analytical:>22}  {numerical:>22}  {relative_error:>14}  {verdict}")?;
            match (component.sides, component.numerical_error) {
                (Some([left, right]), _) => write!(f, " (slopes {} and {})", short(left), short(right))?,
                (None, Some(error)) if is_lost || *verdict == Verdict::Unclear => {
                    write!(f, " (numerical ± {})", short(error))?;
                }
                _ => {}
            }
            writeln!(f)?;
        }
        let hidden = self.components.len() - shown.len();
        if hidden > 0 {
            writeln!(f, "(the worst are shown, {hidden} more are with `{{:#}}`)")?;
        }
        self.write_conclusion(f)
    }
}

/// Enough digits to see how far two numbers agree.
fn long<T: Scalar>(x: T) -> String {
    let x = x.to_f64().unwrap_or(f64::NAN);
    let scientific = format!("{x:.14e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if x.is_finite() => {
            let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
            format!("{digits}e{sign}{exponent:0>2}")
        }
        _ => scientific,
    }
}
