//! Softmax (multinomial logistic) regression: classes explained by a design, with R's inference.
//!
//! Of K classes one is the reference, whose linear predictor is 0; every other class k has coefficients and a predictor
//! `ηₖ` of its own, and class k has probability `πₖ = e^ηₖ/Σⱼ e^ηⱼ`. With two classes this is logistic regression.
//!
//! | file | what |
//! |---|---|
//! | `likelihood` | the recorded loss of a row, for any predictors |
//! | `objective` | the model as an objective: starting values, scales, separation |
//! | `outcome` | the fit and its predictions |
//! | `inference` | standard errors and figures of merit |
//! | `summary` | a page with them |

mod inference;
pub(crate) mod likelihood;
mod objective;
mod outcome;
mod summary;

pub use inference::SoftmaxInference;
pub use outcome::SoftmaxFit;
pub(crate) use outcome::most_probable;
pub use summary::SoftmaxSummary;

use crate::design::Design;
use crate::error::{Error, Result};
use crate::fit::{Control, Fit, Method, Observer, Options, Progress, Status, minimise_observed, recession};
use crate::pieces::Pieces;
use crate::ridge::Ridge;
use ndarray::{ArrayBase, ArrayView1, ArrayView2, Ix1, ViewRepr};

/// Class labels; see the design's own arrays for why this isn't ndarray's alias.
pub(crate) type Labels<'a> = ArrayBase<ViewRepr<&'a usize>, Ix1, usize>;

/// A softmax regression of class labels on a design.
///
/// The loss is the negative log-likelihood, plus a ridge penalty on all coefficients but the intercepts.
///
#[doc = include_str!("../../formulas/softmax.html")]
///
/// The reference is the first class unless another is chosen, as R's `nnet::multinom` and statsmodels'
/// `MNLogit` have it.
///
/// ```
/// use models::{Design, softmax::Softmax};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [1.0], [2.0], [3.0]]);
/// let labels = arr1(&[0, 0, 1, 1, 2, 2, 2, 0, 0]);
/// let design = Design::new(&x).with_names(&["dose"])?;
/// let model = Softmax::new(design.clone(), &["none", "mild", "strong"], &labels)?;
/// let fit = model.fit(&Default::default())?;
/// assert_eq!(fit.fit.names[3], "strong:dose");
/// let probabilities = fit.predict(&design)?;
/// assert!((probabilities.row(0).sum() - 1.0).abs() < 1e-15);
/// assert!(probabilities[[5, 2]] > probabilities[[0, 2]]);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Softmax<'a> {
    design: Design<'a>,
    labels: Labels<'a>,
    classes: Vec<String>,
    reference: usize,
    ridge: Ridge,
}

#[doc = include_str!("../../formulas/font.html")]
impl<'a> Softmax<'a> {
    /// A model of `labels`, which count the `classes` from 0.
    ///
    /// # Errors
    /// No rows, nothing to fit, an offset, fewer than two classes or two of one name, another number of labels than rows, a
    /// label that names no class.
    pub fn new<S: AsRef<str>>(
        design: Design<'a>,
        classes: &[S],
        labels: impl Into<ArrayView1<'a, usize>>,
    ) -> Result<Self> {
        design.check_size()?;
        Self::with_labels(design, classes, labels.into())
    }

    fn with_labels<S: AsRef<str>>(design: Design<'a>, classes: &[S], labels: Labels<'a>) -> Result<Self> {
        design.check_length("labels", labels.len())?;
        if design.offset().is_some() {
            let needs = "an offset for each class, which a design has no place for; leave the offset out";
            return Err(Error::Unavailable { what: "softmax regression with an offset", needs });
        }
        let classes: Vec<String> = classes.iter().map(|class| class.as_ref().into()).collect();
        check_classes(&classes)?;
        check_labels(labels, classes.len())?;
        Ok(Self { design, labels, classes, reference: 0, ridge: Ridge::none() })
    }

    /// Takes another class as the reference: the probabilities stay the same, the coefficients are contrasts with it.
    ///
    /// # Errors
    /// A name of no class.
    pub fn with_reference(mut self, class: &str) -> Result<Self> {
        let Some(reference) = self.classes.iter().position(|known| known == class) else {
            return Err(Error::UnknownClass { name: class.into(), known: self.classes });
        };
        self.reference = reference;
        Ok(self)
    }

    /// Penalises the coefficients, all but the intercepts, by `½λΣ‖βₖ‖²`. The penalty depends on which class is the
    /// reference.
    ///
    /// # Errors
    /// A negative or infinite weight λ.
    pub fn with_ridge(mut self, lambda: f64) -> Result<Self> {
        self.ridge = Ridge::new(lambda)?;
        Ok(self)
    }

    /// The design.
    pub fn design(&self) -> &Design<'a> {
        &self.design
    }

    /// The labels.
    pub fn labels(&self) -> ArrayView1<'a, usize> {
        self.labels
    }

    /// The classes' names.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The reference, by its place among the classes.
    pub fn reference(&self) -> usize {
        self.reference
    }

    /// The weight λ of the ridge penalty.
    pub fn ridge(&self) -> f64 {
        self.ridge.lambda()
    }

    /// Fits the model.
    ///
    /// # Errors
    /// A cell that is not finite, a design that is rank deficient, a class without rows, separated classes. A fit that
    /// merely didn't converge is no error: its status says why.
    pub fn fit(&self, options: &Options) -> Result<SoftmaxFit> {
        self.fit_observed(options, &mut |_: &Progress| Control::Continue)
    }

    /// Fits the model, watched by an observer.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_observed(&self, options: &Options, observer: &mut dyn Observer) -> Result<SoftmaxFit> {
        self.check_not_empty(&self.class_weights())?;
        let fit = minimise_observed(self, options, observer)?;
        if self.may_be_separated(options.method, fit.status) && self.has_large_predictors(&fit.parameters) {
            recession::check_end(self, &fit.parameters)?;
        }
        Ok(self.outcome_of(fit, self.design.rows()))
    }

    /// Whether a fit that ended so may be one of separated classes: Newton's method asks on its way.
    pub(crate) fn may_be_separated(&self, method: Method, status: Status) -> bool {
        self.ridge.is_none() && method != Method::Newton && status != Status::Stopped
    }

    /// A fit, with the names and the number of rows that it belongs to.
    pub(crate) fn outcome_of(&self, fit: Fit, rows: usize) -> SoftmaxFit {
        SoftmaxFit {
            classes: self.classes.clone(),
            reference: self.reference,
            terms: self.design.names(),
            ridge: self.ridge(),
            rows,
            fit,
        }
    }

    /// A model that waits for rows.
    ///
    /// # Errors
    /// As [`new`](Self::new), but for rows.
    pub(crate) fn of_no_rows<S: AsRef<str>>(design: Design<'a>, classes: &[S]) -> Result<Self> {
        Self::with_labels(design, classes, ArrayView1::from(&[][..]))
    }

    /// The model of other rows.
    pub(crate) fn on_rows<'b>(
        &self,
        x: ArrayView2<'b, f64>,
        labels: Labels<'b>,
        codes: Vec<Labels<'b>>,
        weights: Option<ArrayView1<'b, f64>>,
    ) -> Softmax<'b> {
        Softmax {
            design: self.design.on_rows(x, codes, None, weights),
            labels,
            classes: self.classes.clone(),
            reference: self.reference,
            ridge: self.ridge.clone(),
        }
    }

    /// The same with the penalty of every `stride`-th row.
    pub(crate) fn every_ridge(&self, stride: usize) -> Self {
        Softmax { ridge: self.ridge.every(stride), ..self.clone() }
    }

    /// The classes with coefficients, by place: all but the reference.
    fn free_classes(&self) -> impl Iterator<Item = usize> {
        let reference = self.reference;
        (0..self.classes.len()).filter(move |&class| class != reference)
    }

    /// The total weight of each class's rows, of which a model of no rows has none.
    pub(crate) fn class_weights(&self) -> Vec<f64> {
        class_weights(self.labels, self.classes.len(), |row| self.design.weight(row))
    }

    /// Refuses a class without rows: its intercept would go to −∞, with a ridge penalty too.
    pub(crate) fn check_not_empty(&self, class_weights: &[f64]) -> Result<()> {
        match class_weights.iter().position(|&weight| weight == 0.0) {
            Some(empty) if self.design.has_intercept() => Err(Error::EmptyClass { class: self.classes[empty].clone() }),
            _ => Ok(()),
        }
    }
}

/// Refuses too few classes, and a name used twice.
pub(crate) fn check_classes(classes: &[String]) -> Result<()> {
    if classes.len() < 2 {
        return Err(Error::CountMismatch { what: "classes", found: classes.len(), expected: 2 });
    }
    match classes.iter().enumerate().find(|(place, class)| classes[..*place].contains(class)) {
        Some((_, class)) => Err(Error::DuplicateName { name: class.clone() }),
        None => Ok(()),
    }
}

/// Refuses a label that names no class.
pub(crate) fn check_labels(labels: Labels<'_>, classes: usize) -> Result<()> {
    match labels.iter().enumerate().find(|(_, label)| **label >= classes) {
        Some((row, &label)) => Err(Error::LabelOutOfRange { row, label, classes }),
        None => Ok(()),
    }
}

/// The total weight of each class's rows.
pub(crate) fn class_weights(labels: Labels<'_>, classes: usize, weight: impl Fn(usize) -> f64) -> Vec<f64> {
    Pieces::sum(vec![0.0; classes], labels.len(), |weights, row| weights[labels[row]] += weight(row))
}
