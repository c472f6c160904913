//! Softmax regression of the rows of a source.

use super::passes::Passes;
use super::rows::{Cells, Origin, Response};
use super::totals::visit_count;
use super::{Journal, Terms};
use crate::error::{Combination, Error, Result};
use crate::fingerprint::Fingerprint;
use crate::fit::{self, Control, Fit, Observer, Options, Progress, recession};
use crate::inference::{Covariance, covariance_root};
use crate::objective::{Block, Objective, Recording, Rows};
use crate::pieces::{Piece, Pieces};
use crate::softmax::{Softmax, SoftmaxFit, SoftmaxInference, check_labels};
use autodiff::{Binding, StreamingRun, Tape, Var};
use data::{Ranks, Source};
use ndarray::{Array2, ArrayD, ArrayView1};

/// A softmax regression of the rows of a source, which may be larger than memory: [`Softmax`], with the same figures to the last bit.
///
/// ```
/// use data::{Adapt, Csv};
/// use models::{StreamedSoftmax, Terms};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("doses.csv");
/// # std::fs::write(&path, "effect,dose\nno,0\nno,1\nmild,2\nmild,3\nno,4\nstrong,5\nstrong,1\nstrong,2\nno,3\n")?;
/// let source = Csv::open(&data::files(path)?)?.with_words(&["effect"])?.with_levels(&["effect"])?.with_first("effect", "no")?;
/// let classes = source.levels("effect")?;
/// let model = StreamedSoftmax::new(&source, &Terms::new(&["dose"]), "effect", classes)?;
/// let fit = model.fit(&Default::default())?;
/// assert_eq!(fit.fit.names[0], "mild:(Intercept)");
/// assert_eq!(model.inference(&fit)?.observations, 9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct StreamedSoftmax<'s> {
    /// The model of no rows.
    pub(super) model: Softmax<'static>,
    pub(super) origin: Origin<'s>,
    totals: Totals,
    passes: Passes<'s>,
}

/// What a first pass finds.
#[derive(Clone, Debug)]
struct Totals {
    rows: usize,
    /// Rows with a positive weight.
    observed: usize,
    class_weights: Vec<f64>,
    fingerprint: Fingerprint,
}

impl std::fmt::Debug for StreamedSoftmax<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamedSoftmax").field("model", &self.model).finish_non_exhaustive()
    }
}

impl Totals {
    fn of(model: &Softmax<'_>, origin: &Origin<'_>, passes: &Passes<'_>) -> Result<Self> {
        let class_weights = vec![0.0; model.classes().len()];
        let nothing = Totals { rows: 0, observed: 0, class_weights, fingerprint: Fingerprint::default() };
        let words = model.class_fingerprints();
        let add =
            |cells: &Cells<'_>, [totals]: &mut [Pieces<Self>; 1]| Self::add(totals, &cells.of_softmax(model), &words);
        let [totals] = origin.sum(passes, origin.rows(), [Pieces::new(nothing)], add)?;
        Ok(totals)
    }

    fn add(totals: &mut Pieces<Self>, block: &Softmax<'_>, words: &[u64]) -> Result<()> {
        let design = block.design();
        check_labels(block.labels(), block.classes().len())?;
        design.check_cells()?;
        totals.add(design.rows(), |totals, rows| {
            totals.rows += rows.len();
            for row in rows {
                let weight = design.weight(row);
                totals.class_weights[block.labels()[row]] += weight;
                totals.observed += usize::from(weight > 0.0);
                totals.fingerprint.add(words[block.labels()[row]], design, row);
            }
        });
        Ok(())
    }
}

impl Piece for Totals {
    fn take_in(&mut self, next: &Self) {
        self.rows += next.rows;
        self.observed += next.observed;
        self.class_weights.take_in(&next.class_weights);
        self.fingerprint.take_in(&next.fingerprint);
    }

    fn visit(&mut self, visit: &mut dyn FnMut(&mut f64)) {
        [&mut self.rows, &mut self.observed].into_iter().for_each(|count| visit_count(count, visit));
        self.class_weights.visit(visit);
        self.fingerprint.visit(visit);
    }
}

impl<'s> StreamedSoftmax<'s> {
    /// A model of a column of codes, which count the `classes` from 0; the first is the reference.
    ///
    /// # Errors
    /// A column that isn't there or is of another kind; a cell that is not finite; a weight, a label or a level that can't be; an offset; no
    /// rows, nothing to fit.
    pub fn new<S: AsRef<str>>(source: &'s dyn Source, terms: &Terms, response: &str, classes: &[S]) -> Result<Self> {
        Self::over(source, terms, response, classes, Passes::default())
    }

    /// The same, with the rows of each pass shared out over processes: see [`StreamedGlm::on_ranks`](super::StreamedGlm::on_ranks).
    ///
    /// # Errors
    /// As [`new`](Self::new); what another process says.
    pub fn on_ranks<S: AsRef<str>>(
        source: &'s dyn Source,
        terms: &Terms,
        response: &str,
        classes: &[S],
        ranks: &'s dyn Ranks,
    ) -> Result<Self> {
        Self::over(source, terms, response, classes, Passes { ranks: Some(ranks), ..Passes::default() })
    }

    fn over<S: AsRef<str>>(
        source: &'s dyn Source,
        terms: &Terms,
        response: &str,
        classes: &[S],
        passes: Passes<'s>,
    ) -> Result<Self> {
        let model = Softmax::of_no_rows(terms.design()?, classes)?;
        let origin = Origin::of(source, terms, response, Response::Classes)?;
        let totals = Totals::of(&model, &origin, &passes)?;
        match (totals.rows, model.design().parameters()) {
            (0, _) => Err(Error::NoRows),
            (_, 0) => Err(Error::NoColumns),
            _ => {
                let rows = terms.key(response, model.classes()) ^ totals.fingerprint.0;
                Ok(StreamedSoftmax { model, origin, totals, passes: Passes { rows, ..passes } })
            }
        }
    }

    /// As [`Softmax::data_fingerprint`].
    pub fn data_fingerprint(&self) -> u64 {
        self.totals.fingerprint.0
    }

    /// As [`Softmax::with_reference`].
    ///
    /// # Errors
    /// A name of no class.
    pub fn with_reference(self, class: &str) -> Result<Self> {
        Ok(StreamedSoftmax { model: self.model.with_reference(class)?, ..self })
    }

    /// As [`Softmax::with_ridge`].
    ///
    /// # Errors
    /// A negative or infinite weight λ.
    pub fn with_ridge(self, lambda: f64) -> Result<Self> {
        Ok(StreamedSoftmax { model: self.model.with_ridge(lambda)?, ..self })
    }

    /// Writes what each pass gave into a journal, and takes no pass that is in it.
    pub fn with_journal(self, journal: &'s Journal) -> Self {
        StreamedSoftmax { passes: Passes { journal: Some(journal), ..self.passes }, ..self }
    }

    /// Fits the model.
    ///
    /// # Errors
    /// A design that is rank deficient, a class without rows, separated classes; whatever is wrong with the source. A fit that merely didn't
    /// converge is no error: its status says why.
    pub fn fit(&self, options: &Options) -> Result<SoftmaxFit> {
        self.fit_observed(options, &mut |_: &Progress| Control::Continue)
    }

    /// Fits the model, watched by an observer.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_observed(&self, options: &Options, observer: &mut dyn Observer) -> Result<SoftmaxFit> {
        self.model.check_not_empty(&self.totals.class_weights)?;
        let fit = fit::minimise_observed(self, options, observer)?;
        if self.model.may_be_separated(options.method, fit.status) && self.has_large_predictors(&fit)? {
            recession::check_end(self, &fit.parameters)?;
        }
        Ok(self.model.outcome_of(fit, self.totals.rows))
    }

    fn has_large_predictors(&self, fit: &Fit) -> Result<bool> {
        let nothing = Pieces::new(vec![0.0]);
        let [large] = self.origin.sum(&self.passes, Some(self.totals.rows), [nothing], |cells, [large]| {
            let block = cells.of_softmax(&self.model);
            let is_large = block.has_large_predictors(&fit.parameters);
            large.add(block.design().rows(), |large, _| large[0] += f64::from(is_large));
            Ok(())
        })?;
        Ok(large[0] > 0.0)
    }

    /// As [`SoftmaxFit::inference`].
    ///
    /// # Errors
    /// A singular information matrix; a fit with another number of coefficients; whatever is wrong with the source.
    pub fn inference(&self, fit: &SoftmaxFit) -> Result<SoftmaxInference> {
        let root = covariance_root(self, ArrayView1::from(&fit.fit.parameters), Covariance::Expected, 1.0)?;
        Ok(fit.inference_of(&self.model, &root, self.totals.observed, &self.totals.class_weights))
    }
}

impl Rows for StreamedSoftmax<'_> {
    fn recall(&self, fingerprint: u64) -> Option<Vec<ArrayD<f64>>> {
        self.passes.recall(fingerprint)
    }

    fn keep(&self, fingerprint: u64, results: &[ArrayD<f64>]) -> Result<()> {
        self.passes.keep(fingerprint, results)
    }

    fn pass(&self, run: &mut StreamingRun<'_, f64>) -> Result<()> {
        self.passes.take(run, self.totals.rows, |run, rows| {
            self.origin.each_cells(rows, &mut |cells| Ok(run.feed(&cells.of_softmax(&self.model).bind_rows())?))
        })
    }
}

impl Objective for StreamedSoftmax<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.model.blocks()
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Recording<'t>> {
        self.model.record(tape, parameters)
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        self.model.bind_fixed()
    }

    fn streamed(&self) -> Option<&dyn Rows> {
        Some(self)
    }

    fn start(&self) -> Result<Vec<f64>> {
        self.model.start_of(&self.totals.class_weights)
    }

    fn rows(&self) -> usize {
        self.totals.rows
    }

    fn every(&self, stride: usize) -> Option<Self> {
        let origin = self.origin.every(stride, self.totals.rows, &self.passes).ok()?;
        let model = self.model.every_ridge(stride);
        if origin.has_rare_levels(model.design()).ok()? {
            return None;
        }
        let totals = Totals::of(&model, &origin, &Passes::default()).ok()?;
        Some(StreamedSoftmax { model, origin, totals, passes: Passes::default() })
    }

    /// What can't be read now is reported by the next pass.
    fn superfluous(&self) -> Result<Option<Vec<Combination>>> {
        // A penalty tells columns apart that the data can't.
        Ok(Some(if self.model.ridge() > 0.0 {
            Vec::new()
        } else {
            self.origin.combinations(self.model.design(), usize::MAX)?
        }))
    }

    fn information_root(&self, parameters: ArrayView1<'_, f64>) -> Result<Option<Array2<f64>>> {
        self.root_at(parameters).map(Some)
    }

    fn recession(&self, direction: &[f64]) -> Option<Error> {
        if self.model.ridge() > 0.0 {
            return None;
        }
        if let Err(error) = self.model.check_not_empty(&self.totals.class_weights) {
            return Some(error);
        }
        self.separation(direction).unwrap_or_else(Some)
    }

    fn knows_recession(&self) -> bool {
        true
    }
}
