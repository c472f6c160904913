//! Programs of an objective, compiled once and replayed: its value, its gradient and its curvature as functions of one
//! vector of parameters.

mod batch;
mod product;
mod rows;
mod trouble;
mod units;

pub(crate) use batch::BatchEvaluator;
pub(crate) use rows::{RowProgram, RowValues, row_scores, row_values};
pub(crate) use trouble::trouble;
pub(crate) use units::Units;

use crate::error::{Error, Result, check_memory};
use crate::objective::{Block, Objective, Recording, Rows};
use autodiff::{Binding, Program, Tape, Var, Workspace, bind};
use ndarray::{Array1, Array2, ArrayD, ArrayView1, ArrayViewMutD, IxDyn, s};
use std::ops::Range;

/// Which second derivatives to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curvature {
    /// The Hessian of the loss.
    Observed,
    /// The expected information, where the objective states it, else the Hessian.
    Expected,
    /// `Σ gᵢgᵢᵀ` over the rows' gradients: what stands between two inverses in the sandwich.
    Scores,
}

/// A point, the loss there and its gradient.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) parameters: Array1<f64>,
    pub(crate) loss: f64,
    pub(crate) gradient: Array1<f64>,
}

impl Point {
    pub(crate) fn is_finite(&self) -> bool {
        self.loss.is_finite() && self.gradient.iter().all(|gradient| gradient.is_finite())
    }
}

/// The names of the blocks' inputs, and where each block lies in the vector of all parameters.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    inputs: Vec<String>,
    ranges: Vec<Range<usize>>,
    len: usize,
}

/// A program with its memory.
struct Replay {
    program: Program<f64>,
    workspace: Workspace<f64>,
    outputs: Vec<ArrayD<f64>>,
}

/// Evaluates an objective.
pub(crate) struct Evaluator<'o, O: Objective> {
    objective: &'o O,
    /// The units that parameters and losses are in, where they aren't the objective's own.
    pub(crate) units: Option<Units>,
    layout: Layout,
    gradient: Replay,
    curvatures: Vec<(Curvature, Replay)>,
    product: Option<Replay>,
    /// How often the data were swept.
    pub(crate) passes: usize,
    /// The objective's, computed once: it may take a sweep of the response.
    pub(crate) lower_bound: f64,
    /// The loss where a fit starts.
    pub(crate) first_loss: f64,
    /// Whether the loss is a function of linear predictors, so that its curvature tells dependent columns.
    pub(crate) has_design: bool,
    /// What kept a source of rows from being read at a point that was tried: the end of the fit, whatever the point.
    pub(crate) failure: Option<Error>,
}

impl Layout {
    pub(crate) fn new<O: Objective>(objective: &O) -> Self {
        Self::of(&objective.blocks(), &objective.bind())
    }

    /// The layout of blocks of parameters; their inputs have names that none of the data has.
    pub(crate) fn of(blocks: &[Block], data: &[Binding<'_, f64>]) -> Self {
        let mut prefix = String::from("parameters");
        while data.iter().any(|binding| binding.name().starts_with(&prefix)) {
            prefix.push_str(" of the fit");
        }
        let mut len = 0;
        let range = |block: &Block| {
            let start = len;
            len += block.len();
            start..len
        };
        let ranges = blocks.iter().map(range).collect();
        Layout { inputs: (0..blocks.len()).map(|block| format!("{prefix} {block}")).collect(), ranges, len }
    }

    /// An input for each block.
    pub(crate) fn record<'t>(&self, tape: &'t Tape<f64>) -> Vec<Var<'t, f64>> {
        self.inputs.iter().zip(&self.ranges).map(|(name, range)| tape.input(name, &[range.len()])).collect()
    }

    /// The blocks of a vector of all parameters.
    pub(crate) fn blocks<'p>(&self, parameters: ArrayView1<'p, f64>) -> Vec<ArrayView1<'p, f64>> {
        self.ranges.iter().map(|range| parameters.slice_move(s![range.clone()])).collect()
    }

    /// Writes the gradient that a program gave after the loss, block by block; gives the loss.
    fn write_gradient(&self, outputs: &[ArrayD<f64>], gradient: &mut Array1<f64>) -> f64 {
        let Some((loss, blocks)) = outputs.split_first() else { return f64::NAN };
        for (range, block) in self.ranges.iter().zip(blocks) {
            gradient.slice_mut(s![range.clone()]).assign(block);
        }
        loss.first().copied().unwrap_or(f64::NAN)
    }

    /// Binds the blocks to their inputs.
    pub(crate) fn bind<'b>(&'b self, blocks: &'b [ArrayView1<'_, f64>]) -> Vec<Binding<'b, f64>> {
        self.inputs.iter().zip(blocks).map(|(name, block)| bind(name, block)).collect()
    }
}

impl Replay {
    fn new(program: Program<f64>) -> Self {
        let zeros = |shape: &autodiff::Shape| ArrayD::zeros(IxDyn(shape.trailing()));
        let outputs = program.output_shapes().iter().map(zeros).collect();
        Replay { workspace: program.workspace(), program, outputs }
    }

    /// Runs the program on all of an objective's rows.
    fn run_on<'d, O: Objective>(&mut self, objective: &'d O, parameters: Vec<Binding<'d, f64>>) -> Result<()> {
        let mut data = objective.bind();
        data.extend(parameters);
        match objective.streamed() {
            None => self.run(&data),
            Some(rows) => self.run_over(rows, objective.rows(), &data),
        }
    }

    /// Runs the program over rows that come block by block.
    fn run_over(&mut self, rows: &dyn Rows, count: usize, fixed: &[Binding<'_, f64>]) -> Result<()> {
        let mut run = self.program.stream(fixed, Some(count))?;
        let fingerprint = run.fingerprint();
        if let Some(results) = rows.recall(fingerprint) {
            self.outputs = results;
            return Ok(());
        }
        while run.pass().is_some() {
            rows.pass(&mut run)?;
            run.end_pass()?;
        }
        self.outputs = run.finish()?.into_vec();
        rows.keep(fingerprint, &self.outputs)
    }

    fn run(&mut self, data: &[Binding<'_, f64>]) -> Result<()> {
        let mut views: Vec<ArrayViewMutD<'_, f64>> = self.outputs.iter_mut().map(|output| output.view_mut()).collect();
        Ok(self.program.run_into(&mut self.workspace, data, &mut views)?)
    }
}

impl<'o, O: Objective> Evaluator<'o, O> {
    pub(crate) fn new(objective: &'o O) -> Result<Self> {
        Self::of(objective, None)
    }

    /// The same, of a loss of one's own, with parameters and losses in these units.
    pub(crate) fn in_units(objective: &'o O, units: Units) -> Result<Self> {
        Self::of(objective, Some(units))
    }

    fn of(objective: &'o O, units: Option<Units>) -> Result<Self> {
        let layout = Layout::new(objective);
        let tape = Tape::new();
        let parameters = layout.record(&tape);
        let recording = record(objective, units.as_ref(), &tape, &parameters)?;
        let (loss, has_design) = (recording.loss, recording.predictor.is_some() || recording.curvature.is_some());
        let mut outputs = vec![loss];
        outputs.extend(loss.grads(&parameters));
        let gradient = Replay::new(tape.compile(&outputs)?);
        let lower_bound = objective.lower_bound();
        let lower_bound = units.as_ref().map_or(lower_bound, |units| units.inner_loss(lower_bound));
        Ok(Self {
            objective,
            units,
            layout,
            gradient,
            curvatures: Vec::new(),
            product: None,
            passes: 0,
            lower_bound,
            first_loss: f64::INFINITY,
            has_design,
            failure: None,
        })
    }

    pub(crate) fn objective(&self) -> &'o O {
        self.objective
    }

    /// The number of parameters.
    pub(crate) fn len(&self) -> usize {
        self.layout.len
    }

    /// The loss and its gradient.
    pub(crate) fn at(&mut self, parameters: Array1<f64>) -> Result<Point> {
        self.passes += 1;
        let blocks = self.layout.blocks(parameters.view());
        self.gradient.run_on(self.objective, self.layout.bind(&blocks))?;
        let mut gradient = Array1::zeros(self.layout.len);
        let loss = self.layout.write_gradient(&self.gradient.outputs, &mut gradient);
        Ok(Point { parameters, loss, gradient })
    }

    /// The loss and its gradient at a point that is only tried: `None` where one of them is not a finite number, or can't be
    /// computed (a matrix that isn't positive definite there, say). What is wrong everywhere is wrong at the start too, but for rows that
    /// can't be read any more.
    pub(crate) fn try_at(&mut self, parameters: Array1<f64>) -> Option<Point> {
        if self.failure.is_some() || !parameters.iter().all(|parameter| parameter.is_finite()) {
            return None;
        }
        match self.at(parameters) {
            Ok(point) => Some(point).filter(Point::is_finite),
            Err(error) => {
                self.failure = Some(error).filter(|error| matches!(error, Error::Source(_)));
                None
            }
        }
    }

    /// The second derivatives, a symmetric matrix.
    pub(crate) fn curvature(&mut self, kind: Curvature, parameters: ArrayView1<'_, f64>) -> Result<Array2<f64>> {
        check_curvature(self.len())?;
        if kind == Curvature::Expected {
            let weights = || row_values(self.objective, parameters).map(|values| values.information);
            if let Some(matrix) = self.objective.fast_information(parameters, &weights)? {
                self.passes += 1;
                return Ok(matrix);
            }
        }
        let place = match self.curvatures.iter().position(|(compiled, _)| *compiled == kind) {
            Some(place) => place,
            None => {
                self.curvatures.push((kind, self.compile_curvature(kind)?));
                self.curvatures.len() - 1
            }
        };
        let replay = &mut self.curvatures[place].1;
        self.passes += 1;
        let blocks = self.layout.blocks(parameters);
        replay.run_on(self.objective, self.layout.bind(&blocks))?;
        let mut matrix = Array2::zeros((self.layout.len, self.layout.len));
        let pairs = block_pairs(self.layout.ranges.len());
        if replay.outputs.iter().skip(pairs.clone().count()).flatten().any(|&slope| slope != 0.0) {
            return Err(NO_SUM_OVER_ROWS);
        }
        for ((i, j), block) in pairs.zip(&replay.outputs) {
            let (i, j) = (self.layout.ranges[i].clone(), self.layout.ranges[j].clone());
            let Ok(block) = block.view().into_dimensionality::<ndarray::Ix2>() else { continue };
            matrix.slice_mut(s![i.clone(), j.clone()]).assign(&block);
            matrix.slice_mut(s![j, i]).assign(&block.t());
        }
        Ok(matrix)
    }

    fn compile_curvature(&self, kind: Curvature) -> Result<Replay> {
        let tape = Tape::new();
        let parameters = self.layout.record(&tape);
        let recording = record(self.objective, self.units.as_ref(), &tape, &parameters)?;
        if kind == Curvature::Scores && recording.predictor.is_none() {
            return Ok(Replay::new(tape.compile(&squared_scores(&recording, &parameters)?)?));
        }
        let scalar = curved(&recording, kind);
        let gradients = scalar.grads(&parameters);
        // The diagonal blocks as Hessians: the one of a linear predictor's columns is then a single `XᵀWX`.
        let block = |(i, j): (usize, usize)| match i == j {
            true => scalar.hessian(parameters[i]),
            false => gradients[i].jacobian(parameters[j]),
        };
        let blocks: Vec<Var<'_, f64>> = block_pairs(parameters.len()).map(block).collect();
        Ok(Replay::new(tape.compile(&blocks)?))
    }
}

fn record<'t, O: Objective>(
    objective: &O,
    units: Option<&Units>,
    tape: &'t Tape<f64>,
    parameters: &[Var<'t, f64>],
) -> Result<Recording<'t>> {
    match units {
        None => objective.record(tape, parameters),
        Some(units) => units.record(objective, tape, parameters),
    }
}

/// Refuses a model of so many parameters that the matrix of its second derivatives, which Newton's method, the trust region
/// and standard errors need, is too large to be worked with. Fits ask this first; a program may ask before it reads data.
///
/// # Errors
/// A matrix of more than 500 MB, of which a fit holds several.
pub fn check_curvature(parameters: usize) -> Result<()> {
    const MOST_BYTES: usize = 500_000_000;
    let advice = "take fewer columns or levels, or a method that needs no such matrix, such as L-BFGS";
    check_memory("the matrix of second derivatives", parameters, parameters.saturating_mul(8), MOST_BYTES, advice)
}

/// The pairs of blocks of a symmetric matrix's lower half.
fn block_pairs(blocks: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    (0..blocks).flat_map(|i| (0..=i).map(move |j| (i, j)))
}

/// A scalar whose Hessian is the curvature asked for.
///
/// With the linear predictor η and a weight w for each row, `½Σ w(η − η₀)²`, w and η₀ taken as constants, has the Hessian
/// `Σ w ∇ηᵢ∇ηᵢᵀ`: the expected information for w = E[∂²loss/∂η²], the sum of the rows' squared scores for w = (∂loss/∂η)².
fn curved<'t>(recording: &Recording<'t>, kind: Curvature) -> Var<'t, f64> {
    let of_rows = |eta: Var<'t, f64>, weight: Var<'t, f64>| {
        let distance = eta - eta.stop_gradient();
        (weight.stop_gradient() * distance * distance).sum() * 0.5
    };
    let loss = recording.loss;
    let with_penalty = |sum: Var<'t, f64>| recording.penalty.map_or(sum, |penalty| sum + penalty);
    if let (Curvature::Expected, Some(curvature)) = (kind, recording.curvature) {
        return with_penalty(curvature);
    }
    match (kind, recording.predictor) {
        (Curvature::Expected, Some(predictor)) => {
            predictor.information.map_or(loss, |information| with_penalty(of_rows(predictor.eta, information)))
        }
        (Curvature::Scores, Some(predictor)) => {
            let score = loss.grad(predictor.eta);
            of_rows(predictor.eta, score * score)
        }
        (_, _) => loss,
    }
}

const NO_SUM_OVER_ROWS: Error = Error::Unavailable {
    what: "the sandwich estimator",
    needs: "a loss that is a sum over the rows: record the data with `rows` or `data`, keep what depends on the parameters within the sum (`(n·log σ)` as `log σ` of each row), and give penalties as such",
};

/// `Σ gᵢgᵢᵀ` by blocks, of a loss that is a sum over the rows; after them the gradient of what is neither of the rows nor penalty,
/// which has to be 0.
fn squared_scores<'t>(recording: &Recording<'t>, parameters: &[Var<'t, f64>]) -> Result<Vec<Var<'t, f64>>> {
    let Scores { of_rows, rest } = Scores::new(recording, parameters)?;
    let squares = block_pairs(parameters.len()).map(|(i, j)| of_rows[i].t_dot(of_rows[j]));
    Ok(squares.chain(rest).collect())
}

/// The gradients of a loss that is a sum over the rows, by each block of parameters.
struct Scores<'t> {
    /// Of each row's part: matrices with a row for each.
    of_rows: Vec<Var<'t, f64>>,
    /// Of what is neither of the rows nor penalty; they have to be 0.
    rest: Vec<Var<'t, f64>>,
}

impl<'t> Scores<'t> {
    fn new(recording: &Recording<'t>, parameters: &[Var<'t, f64>]) -> Result<Self> {
        let by_row = recording.loss.by_row().ok_or(NO_SUM_OVER_ROWS)?;
        let of_rows = parameters.iter().map(|&parameter| by_row.terms.jacobian(parameter)).collect();
        let rest = match (by_row.rest, recording.penalty) {
            (Some(rest), Some(penalty)) => Some(rest - penalty),
            (rest, _) => rest,
        };
        Ok(Self { of_rows, rest: rest.into_iter().flat_map(|rest| rest.grads(parameters)).collect() })
    }
}
