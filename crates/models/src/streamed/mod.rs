//! Models of rows that don't lie in memory: generalised linear models over a source, the same as over arrays.
//!
//! | file | what |
//! |---|---|
//! | `terms` | which columns explain the response |
//! | `rows` | the rows as blocks, each a small model of its own; those that a subsample keeps |
//! | `passes` | which processes take a pass, and whether a journal holds what it gave |
//! | `totals` | what a first pass finds: the rows, their mean, the levels that are there |
//! | `fitting` | how they are fitted, and from where |
//! | `restricted` | how, under links that restrict the predictor |
//! | `figures` | deviance and likelihood, block by block |
//! | `own` | the rows of a user's own loss |
//! | `softmax` | softmax regression |
//! | `rank` | columns that others make up, roots of informations |
//! | `separation` | whether responses are separated |
//! | `journal` | what passes gave, on disk |
//! | `arrays` | arrays as bytes |

mod arrays;
mod figures;
mod fitting;
mod journal;
mod own;
mod passes;
mod rank;
mod restricted;
mod rows;
mod separation;
mod softmax;
mod terms;
mod totals;

pub use journal::Journal;
pub(crate) use own::OwnRows;
pub use softmax::StreamedSoftmax;
pub use terms::Terms;

use crate::design::{products, symmetric};
use crate::error::{Combination, Error, Result};
use crate::evaluate::RowProgram;
use crate::family::Family;
use crate::glm::{Glm, GlmFit, Startable};
use crate::inference::{Covariance, Inference, covariance_root};
use crate::link::Link;
use crate::objective::{Block, Objective, Recording, Rows};
use crate::pieces::{Piece, Pieces};
use autodiff::{Binding, StreamingRun, Tape, Var};
use data::{Ranks, Source};
use ndarray::{Array2, ArrayD, ArrayView1};
use passes::Passes;
use rows::{Origin, Response};
use totals::Totals;

/// A generalised linear model of the rows of a source, which may be larger than memory: [`Glm`], with the same figures to the
/// last bit.
///
/// A first pass checks the cells and finds how many rows there are, their mean response, and which levels they have. Fits,
/// standard errors and figures of merit then take passes of their own.
///
/// ```
/// use data::{Adapt, Csv};
/// use models::{Family, StreamedGlm, Terms, inference::Covariance};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("claims.csv");
/// # let text = "claims,exposure,region\n2,1,a\n3,2,b\n6,3,a\n7,4,b\n12,5,a\n15,6,b\n";
/// # std::fs::write(&path, text)?;
/// let source = Csv::open(&data::files(path)?)?.with_words(&["region"])?.with_levels(&["region"])?;
/// let terms = Terms::new(&["exposure"]).with_factor("region", source.levels("region")?);
/// let model = StreamedGlm::new(&source, &terms, "claims", Family::Poisson)?;
/// let fit = model.fit(&Default::default())?;
/// assert_eq!(fit.names(), ["(Intercept)", "exposure", "regionb"]);
/// let inference = model.inference(&fit, Covariance::Expected)?;
/// assert_eq!(inference.observations, 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What needs all rows at once isn't there: HC0 to HC3, and fits that end where the family's means do, under links that restrict the predictor.
#[derive(Clone)]
pub struct StreamedGlm<'s> {
    /// The model of no rows: its terms, family, link and penalty.
    glm: Glm<'static>,
    origin: Origin<'s>,
    totals: Totals,
    passes: Passes<'s>,
}

impl std::fmt::Debug for StreamedGlm<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamedGlm").field("names", &self.names()).field("rows", &self.rows()).finish_non_exhaustive()
    }
}

impl<'s> StreamedGlm<'s> {
    /// A model with the family's canonical link and no penalty. Effects of levels that no row with a positive weight has are left
    /// out, as [`Glm::new`] does.
    ///
    /// # Errors
    /// A column that isn't there or is of another kind; a cell that is not finite, a response, weight or level that can't be; no
    /// rows, nothing to fit.
    pub fn new(source: &'s dyn Source, terms: &Terms, response: &str, family: Family) -> Result<Self> {
        Self::of(source, terms, response, family, Passes::default())
    }

    /// The same, with the rows of each pass shared out over processes, which all make the same calls and have the same results. Where the
    /// source doesn't know how many rows it has, each process takes all of them in the first pass; so it does in passes that look for
    /// separated responses and superfluous columns, where a fit asks for them.
    ///
    /// # Errors
    /// As [`new`](Self::new); what another process says.
    pub fn on_ranks(
        source: &'s dyn Source,
        terms: &Terms,
        response: &str,
        family: Family,
        ranks: &'s dyn Ranks,
    ) -> Result<Self> {
        Self::of(source, terms, response, family, Passes { ranks: Some(ranks), ..Passes::default() })
    }

    fn of(source: &'s dyn Source, terms: &Terms, response: &str, family: Family, passes: Passes<'s>) -> Result<Self> {
        let glm = Glm::of_no_rows(terms.design()?, family);
        let passes = Passes { rows: terms.key(response, &[]), ..passes };
        Self::over(glm, Origin::of(source, terms, response, Response::Numbers)?, passes)
    }

    fn over(glm: Glm<'static>, origin: Origin<'s>, passes: Passes<'s>) -> Result<Self> {
        let totals = Totals::of(&glm, &origin, &passes)?;
        if totals.rows == 0 {
            return Err(Error::NoRows);
        }
        let glm = glm.without_unfilled(&totals.filled);
        if glm.design().parameters() == 0 {
            return Err(Error::NoColumns);
        }
        let passes = Passes { rows: passes.rows ^ totals.fingerprint.0, ..passes };
        Ok(StreamedGlm { glm, origin, totals, passes })
    }

    /// Takes another link.
    pub fn with_link(self, link: Link) -> Self {
        StreamedGlm { glm: self.glm.with_link(link), ..self }
    }

    /// Penalises the coefficients, all but the intercept, by `½λ‖β‖²`.
    ///
    /// # Errors
    /// A negative or infinite weight λ.
    pub fn with_ridge(self, lambda: f64) -> Result<Self> {
        Ok(StreamedGlm { glm: self.glm.with_ridge(lambda)?, ..self })
    }

    /// As [`Glm::with_estimated_dispersion`].
    pub fn with_estimated_dispersion(self) -> Self {
        StreamedGlm { glm: self.glm.with_estimated_dispersion(), ..self }
    }

    /// Writes what each pass gave into a journal, and takes no pass that is in it.
    pub fn with_journal(self, journal: &'s Journal) -> Self {
        StreamedGlm { passes: Passes { journal: Some(journal), ..self.passes }, ..self }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.totals.rows
    }

    /// How many rows have a positive response: of a binary one, the events.
    pub fn positive_responses(&self) -> usize {
        self.totals.positive
    }

    /// As [`Glm::no_counts`].
    pub fn no_counts(&self) -> usize {
        if self.glm.has_known_dispersion() { self.totals.no_counts } else { 0 }
    }

    /// As [`Glm::data_fingerprint`].
    pub fn data_fingerprint(&self) -> u64 {
        self.totals.fingerprint.0
    }

    /// The coefficients' names.
    pub fn names(&self) -> Vec<String> {
        self.glm.design().names()
    }

    /// The effects of levels that were left out because no row has them.
    pub fn aliased(&self) -> &[String] {
        self.glm.aliased()
    }

    fn mean_response(&self) -> f64 {
        self.totals.responses.mean(self.glm.family(), self.glm.link())
    }

    /// The uncertainty of the coefficients and the figures of merit: as [`GlmFit::inference`], without HC0 to HC3.
    ///
    /// # Errors
    /// A singular information matrix; a fit of other columns; whatever is wrong with the source.
    pub fn inference(&self, fit: &GlmFit, covariance: Covariance) -> Result<Inference> {
        let figures = self.figures(fit)?;
        let parameters = ArrayView1::from(fit.coefficients());
        Inference::of(fit, &self.glm, &figures, |scale| covariance_root(self, parameters, covariance, scale))
    }

    /// Sums over the rows: `add` adds those of each block, a model of its own.
    fn sum<P: Piece, const N: usize>(
        &self,
        sums: [Pieces<P>; N],
        mut add: impl FnMut(&Glm<'_>, &mut [Pieces<P>; N]) -> Result<()>,
    ) -> Result<[P; N]> {
        let rows = Some(self.totals.rows);
        self.origin.sum(&self.passes, rows, sums, |cells, sums| add(&cells.of_glm(&self.glm), sums))
    }
}

impl Rows for StreamedGlm<'_> {
    fn recall(&self, fingerprint: u64) -> Option<Vec<ArrayD<f64>>> {
        self.passes.recall(fingerprint)
    }

    fn keep(&self, fingerprint: u64, results: &[ArrayD<f64>]) -> Result<()> {
        self.passes.keep(fingerprint, results)
    }

    fn pass(&self, run: &mut StreamingRun<'_, f64>) -> Result<()> {
        self.passes.take(run, self.totals.rows, |run, rows| {
            self.origin.each_cells(rows, &mut |cells| Ok(run.feed(&cells.of_glm(&self.glm).bind_rows())?))
        })
    }
}

impl Objective for StreamedGlm<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.glm.blocks()
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Recording<'t>> {
        self.glm.record(tape, parameters)
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        self.glm.bind_fixed()
    }

    fn streamed(&self) -> Option<&dyn Rows> {
        Some(self)
    }

    fn start(&self) -> Result<Vec<f64>> {
        let offset = || self.totals.typical_offset(&self.glm, &self.origin, &self.passes);
        self.glm.usual_start(self.mean_response(), offset, || self.nearest_to_responses())
    }

    fn scales(&self) -> Vec<f64> {
        let mean = self.mean_response();
        let (information, all) = (self.glm.information_at(mean), self.totals.rows);
        let nothing = vec![0.0; self.glm.design().parameters()];
        let summed = self.sum([Pieces::new(nothing.clone())], |block, [squares]| {
            block.design().add_squares(information, all, squares);
            Ok(())
        });
        match summed {
            Ok([squares]) => squares.iter().map(|square| (square + self.glm.ridge()).sqrt()).collect(),
            // What can't be read now is reported by the next pass.
            Err(_) => vec![1.0; nothing.len()],
        }
    }

    fn lower_bound(&self) -> f64 {
        self.totals.lower_bound()
    }

    fn rows(&self) -> usize {
        self.totals.rows
    }

    fn every(&self, stride: usize) -> Option<Self> {
        let origin = self.origin.every(stride, self.totals.rows, &self.passes).ok()?;
        let glm = self.glm.every_ridge(stride);
        if origin.has_rare_levels(glm.design()).ok()? {
            return None;
        }
        // With all levels, whether these rows have them or not, as it is the same parameters that are fitted.
        let totals = Totals::of(&glm, &origin, &Passes::default()).ok()?;
        Some(StreamedGlm { glm, origin, totals, passes: Passes::default() })
    }

    /// What can't be read now is reported by the next pass.
    fn superfluous(&self) -> Result<Option<Vec<Combination>>> {
        // A penalty tells columns apart that the data can't.
        Ok(Some(if self.glm.ridge() > 0.0 {
            Vec::new()
        } else {
            self.origin.combinations(self.glm.design(), usize::MAX)?
        }))
    }

    fn information_root(&self, parameters: ArrayView1<'_, f64>) -> Result<Option<Array2<f64>>> {
        self.root_at(parameters).map(Some)
    }

    fn recession(&self, direction: &[f64]) -> Option<Error> {
        if self.glm.ridge() > 0.0 {
            return None;
        }
        self.separation(direction).unwrap_or_else(Some)
    }

    fn knows_recession(&self) -> bool {
        self.glm.knows_recession()
    }

    fn fast_information(
        &self,
        parameters: ArrayView1<'_, f64>,
        _weights: &dyn Fn() -> Result<Vec<f64>>,
    ) -> Result<Option<Array2<f64>>> {
        if !self.glm.design().is_sparse() {
            return Ok(None);
        }
        let program = RowProgram::new(&self.glm)?;
        let [product] = self.sum([products(parameters.len())], |block, [product]| {
            block.design().add_products(&program.run(&block.bind(), parameters)?.information, product);
            Ok(())
        })?;
        Ok(Some(self.glm.with_ridge_of(symmetric(parameters.len(), &product))))
    }
}
