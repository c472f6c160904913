//! Who watches a fit, what it is shown, and how it ends it.

/// How a fit is getting on.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// use models::fit::{Control, Options, Progress};
/// let mut losses = Vec::new();
/// model.fit_observed(&Options::default(), &mut |progress: &Progress| {
///     losses.push(progress.loss);
///     Control::Continue
/// })?;
/// assert!(losses.last() < losses.first());
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The iterations so far.
    pub iteration: usize,
    /// The loss.
    pub loss: f64,
    /// The norm of the gradient that is compared with the tolerance.
    pub gradient: f64,
}

/// Whether to go on.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// use models::fit::{Control, Options, Progress, Status};
/// let stopped = model.fit_observed(&Options::default(), &mut |progress: &Progress| match progress.iteration {
///     0 => Control::Continue,
///     _ => Control::Stop,
/// })?;
/// assert_eq!(stopped.fit.status, Status::Stopped);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop here; the fit says so.
    Stop,
}

/// Watches a fit.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// use models::fit::{Control, Observer, Options, Progress};
/// struct Deadline(std::time::Instant);
/// impl Observer for Deadline {
///     fn observe(&mut self, _: &Progress) -> Control {
///         if std::time::Instant::now() < self.0 { Control::Continue } else { Control::Stop }
///     }
/// }
/// let mut deadline = Deadline(std::time::Instant::now() + std::time::Duration::from_secs(60));
/// assert!(model.fit_observed(&Options::default(), &mut deadline)?.fit.converged());
/// # Ok::<(), models::Error>(())
/// ```
pub trait Observer {
    /// Called before each iteration.
    fn observe(&mut self, progress: &Progress) -> Control;

    /// Whether to stop before the next sweep of the data: an iteration may take many of them. Never, where not given.
    fn interrupted(&self) -> bool {
        false
    }
}

/// An observer of fits within a fit: it doesn't show their iterations, but can interrupt them.
pub(crate) struct Silent<'o>(pub(crate) &'o dyn Observer);

impl Observer for Silent<'_> {
    fn observe(&mut self, _: &Progress) -> Control {
        Control::Continue
    }

    fn interrupted(&self) -> bool {
        self.0.interrupted()
    }
}

/// Every function of the progress is an observer.
impl<F: FnMut(&Progress) -> Control> Observer for F {
    fn observe(&mut self, progress: &Progress) -> Control {
        self(progress)
    }
}
