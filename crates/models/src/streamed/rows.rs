//! The rows of a model as blocks, each a small model of its own.

use super::arrays::{Record, bytes_of, records_of};
use super::passes::Passes;
use super::terms::Terms;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::glm::Glm;
use crate::pieces::{Piece, Pieces};
use crate::softmax::Softmax;
use data::{Adapt, Block, Column, Kind, Place, Source};
use ndarray::{Array1, Array2, ArrayD, ArrayView1, Axis, CowArray, Ix1, Ix2, concatenate};
use std::ops::Range;
use std::sync::Arc;

/// Where the rows of a model come from.
#[derive(Clone)]
pub(super) enum Origin<'s> {
    /// The columns of a source.
    Source { source: Arc<dyn Source + Send + 's>, columns: Vec<usize>, roles: Roles },
    /// Rows in memory.
    Sample(Arc<Cells<'static>>),
    /// The rows of a model's, for the least squares that a start near their responses is found by.
    NearResponses { rows: Box<Origin<'s>>, glm: Box<Glm<'static>>, mean: f64, largest: f64 },
}

/// What the response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Response {
    Numbers,
    Classes,
}

/// Which columns there are, by name, in this order: the matrix, the response, the factors' codes, the offset, the weights.
#[derive(Clone, Debug)]
pub(super) struct Roles {
    kind: Response,
    response: String,
    factors: Vec<String>,
    offset: Option<String>,
    weights: Option<String>,
}

impl Roles {
    /// What is wrong with a row of a block, by its file, its row there and the name of the column.
    fn error(&self, error: Error, place: &Place) -> Error {
        let Some((row, column, reason)) = error.of_cell() else { return error };
        let named = match column {
            "y" => Some(&self.response),
            "offset" => self.offset.as_ref(),
            "weights" => self.weights.as_ref(),
            _ => None,
        };
        let column = named.cloned().unwrap_or_else(|| column.to_owned());
        Error::Cell { file: place.file(), at: place.at(row), column, reason }
    }
}

/// The name of the matrix of all columns; a source can't well have it.
const MATRIX: &str = "\u{0}columns of the model";

impl std::fmt::Debug for Origin<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Source { columns, .. } => write!(f, "Source({columns:?})"),
            Origin::Sample(sample) => write!(f, "Sample({} rows)", sample.x.nrows()),
            Origin::NearResponses { rows, .. } => write!(f, "NearResponses({rows:?})"),
        }
    }
}

impl<'s> Origin<'s> {
    pub(super) fn of(source: &'s dyn Source, terms: &Terms, response: &str, kind: Response) -> Result<Self> {
        let parts: Vec<&str> = terms.columns.iter().map(|(_, column)| column.as_str()).collect();
        let source = source.stacked(MATRIX, &parts)?;
        let mut columns = vec![source.find(MATRIX)?];
        let mut find = |name: &str, kind: Kind, expected: &'static str| -> Result<()> {
            let place = source.find(name)?;
            let field = &source.fields()[place];
            if field.kind != kind || !field.row.is_empty() {
                let found = match field.kind {
                    found if found == kind => "rows of a matrix",
                    Kind::Numbers => "numbers",
                    Kind::Indices => "indices",
                    Kind::Words => "words",
                };
                let (column, found) = (name.to_owned(), found.to_owned());
                return Err(data::Error::Kind { file: Default::default(), column, found, expected }.into());
            }
            columns.push(place);
            Ok(())
        };
        match kind {
            Response::Numbers => find(response, Kind::Numbers, "numbers of a response")?,
            Response::Classes => {
                let expected = "the codes of classes (`with_levels` makes them of words, `with_indices` of numbers)";
                find(response, Kind::Indices, expected)?;
            }
        }
        for factor in &terms.factors {
            find(
                &factor.column,
                Kind::Indices,
                "the codes of a factor (`with_levels` makes them of words, `with_indices` of numbers)",
            )?;
        }
        terms.offset.iter().try_for_each(|name| find(name, Kind::Numbers, "numbers of an offset"))?;
        terms.weights.iter().try_for_each(|name| find(name, Kind::Numbers, "numbers of weights"))?;
        let roles = Roles {
            kind,
            response: response.to_owned(),
            factors: terms.factors.iter().map(|factor| factor.column.clone()).collect(),
            offset: terms.offset.clone(),
            weights: terms.weights.clone(),
        };
        Ok(Origin::Source { source: Arc::new(source), columns, roles })
    }

    /// How many rows there are, where that is known before they are read.
    pub(super) fn rows(&self) -> Option<usize> {
        match self {
            Origin::Source { source, .. } => source.rows(),
            Origin::Sample(sample) => Some(sample.x.nrows()),
            Origin::NearResponses { rows, .. } => rows.rows(),
        }
    }

    /// Hands over the blocks of the rows, or of some of the rows of a source.
    pub(super) fn each_cells(
        &self,
        rows: Option<Range<usize>>,
        take: &mut dyn FnMut(&Cells<'_>) -> Result<()>,
    ) -> Result<()> {
        match self {
            Origin::Sample(sample) => take(sample),
            Origin::NearResponses { rows: of, glm, mean, largest } => of.each_cells(rows, &mut |cells| {
                let (predictors, weights) = cells.of_glm(glm).predictors_to_be_near(*mean, *largest);
                take(&cells.with(predictors, weights))
            }),
            Origin::Source { source, columns, roles } => {
                let take = |block: Block<'_>| {
                    take(&Cells::of(&block, roles)?).map_err(|error| roles.error(error, &block.place))
                };
                match rows {
                    None => data::each(&**source, columns, take),
                    Some(rows) => data::each_within(&**source, columns, rows, take),
                }
            }
        }
    }

    /// Hands over the blocks of all rows, each with the number of its first row: each process takes all of them.
    pub(super) fn each(&self, take: &mut dyn FnMut(&Cells<'_>, usize) -> Result<()>) -> Result<()> {
        let mut first = 0;
        self.each_cells(None, &mut |cells| {
            take(cells, first)?;
            first += cells.x.nrows();
            Ok(())
        })
    }

    /// Sums up over so many rows, as [`Passes::sum`] does: `add` adds those of each block.
    pub(super) fn sum<P: Piece, const N: usize>(
        &self,
        passes: &Passes<'_>,
        rows: Option<usize>,
        sums: [Pieces<P>; N],
        mut add: impl FnMut(&Cells<'_>, &mut [Pieces<P>; N]) -> Result<()>,
    ) -> Result<[P; N]> {
        passes.sum(rows, sums, |rows, sums| self.each_cells(rows, &mut |cells| add(cells, sums)))
    }

    /// Whether some level has only a few of a block's rows, of a sample those of all.
    pub(super) fn has_rare_levels(&self, terms: &Design<'_>) -> Result<bool> {
        let mut has_rare_levels = false;
        self.each_cells(None, &mut |cells| {
            has_rare_levels |= cells.of_design(terms).has_rare_levels();
            Ok(())
        })?;
        Ok(has_rare_levels)
    }

    /// Every `stride`-th of so many rows, in memory.
    pub(super) fn every<'o>(&self, stride: usize, rows: usize, passes: &Passes<'_>) -> Result<Origin<'o>> {
        let samples = match passes.ranks {
            None => self.samples(stride, None)?,
            Some(ranks) => {
                let own = data::share(rows, 1, ranks.rank(), ranks.size());
                let found =
                    self.samples(stride, Some(own)).map(|samples| samples.iter().flat_map(Cells::to_bytes).collect());
                let all = data::exchange_shares(ranks, rows, found, |left, right| Ok([left, right].concat()))?;
                let samples = records_of(&all).0.into_iter().map(Cells::of_record);
                let damaged = autodiff::Error::DamagedPartial { reason: "it isn't of these columns" };
                samples.collect::<Option<_>>().ok_or(damaged)?
            }
        };
        Ok(Origin::Sample(Arc::new(Cells::joined(&samples).ok_or(Error::NoRows)?)))
    }

    /// Every `stride`-th row that lies within a range, or of all, in pieces.
    fn samples(&self, stride: usize, rows: Option<Range<usize>>) -> Result<Vec<Cells<'static>>> {
        let first = rows.as_ref().map_or(0, |rows| rows.start);
        let (mut samples, mut next): (Vec<Cells<'static>>, usize) =
            (Vec::new(), first.next_multiple_of(stride) - first);
        self.each_cells(rows, &mut |cells| {
            let rows: Vec<usize> = (next..cells.x.nrows()).step_by(stride).collect();
            next = (next + rows.len() * stride).saturating_sub(cells.x.nrows());
            samples.push(cells.select(&rows));
            Ok(())
        })?;
        Ok(samples)
    }
}

/// The arrays of a block. The response is numbers or classes; of what there isn't, nothing.
#[derive(Debug)]
pub(super) struct Cells<'b> {
    x: CowArray<'b, f64, Ix2>,
    y: Option<CowArray<'b, f64, Ix1>>,
    labels: Option<CowArray<'b, usize, Ix1>>,
    codes: Vec<CowArray<'b, usize, Ix1>>,
    offset: Option<CowArray<'b, f64, Ix1>>,
    weights: Option<CowArray<'b, f64, Ix1>>,
}

impl<'b> Cells<'b> {
    fn of(block: &'b Block<'_>, roles: &Roles) -> Result<Self> {
        let changed = || {
            let what = "a column has become one of another kind".to_owned();
            Error::from(data::Error::Changed { file: block.place.file(), what })
        };
        let mut columns = block.columns.iter();
        let matrix = match columns.next() {
            Some(Column::Numbers(array)) => array.view().into_dimensionality::<Ix2>().map_err(|_| changed())?,
            _ => return Err(changed()),
        };
        let numbers = |column: Option<&'b Column<'_>>| -> Result<CowArray<'b, f64, Ix1>> {
            let Some(Column::Numbers(array)) = column else { return Err(changed()) };
            Ok(array.view().into_dimensionality::<Ix1>().map_err(|_| changed())?.into())
        };
        let indices = |column: Option<&'b Column<'_>>| -> Result<CowArray<'b, usize, Ix1>> {
            let Some(Column::Indices(array)) = column else { return Err(changed()) };
            Ok(array.view().into_dimensionality::<Ix1>().map_err(|_| changed())?.into())
        };
        let (y, labels) = match roles.kind {
            Response::Numbers => (Some(numbers(columns.next())?), None),
            Response::Classes => (None, Some(indices(columns.next())?)),
        };
        let codes = roles.factors.iter().map(|_| indices(columns.next())).collect::<Result<_>>()?;
        let offset = if roles.offset.is_some() { Some(numbers(columns.next())?) } else { None };
        let weights = if roles.weights.is_some() { Some(numbers(columns.next())?) } else { None };
        Ok(Cells { x: matrix.into(), y, labels, codes, offset, weights })
    }

    /// The design of these rows.
    pub(super) fn of_design<'g>(&'g self, terms: &Design<'_>) -> Design<'g> {
        let codes = self.codes.iter().map(|codes| codes.view()).collect();
        terms.on_rows(self.x.view(), codes, None, self.weights.as_ref().map(|weights| weights.view()))
    }

    /// The generalised linear model of these rows.
    pub(super) fn of_glm<'g>(&'g self, glm: &Glm<'_>) -> Glm<'g> {
        let codes = self.codes.iter().map(|codes| codes.view()).collect();
        let view = |column: &'g Option<CowArray<'b, f64, Ix1>>| column.as_ref().map(|column| column.view());
        let y = view(&self.y).unwrap_or_else(|| ArrayView1::from(&[][..]));
        glm.on_rows(self.x.view(), y, codes, view(&self.offset), view(&self.weights))
    }

    /// The same rows with another response and other weights, and no offset.
    fn with(&self, y: Array1<f64>, weights: Array1<f64>) -> Cells<'_> {
        let codes = self.codes.iter().map(|codes| codes.view().into()).collect();
        Cells {
            x: self.x.view().into(),
            y: Some(y.into()),
            labels: None,
            codes,
            offset: None,
            weights: Some(weights.into()),
        }
    }

    /// The softmax regression of these rows.
    pub(super) fn of_softmax<'g>(&'g self, model: &Softmax<'_>) -> Softmax<'g> {
        let codes = self.codes.iter().map(|codes| codes.view()).collect();
        let labels = self.labels.as_ref().map_or_else(|| ArrayView1::from(&[][..]), |labels| labels.view());
        model.on_rows(self.x.view(), labels, codes, self.weights.as_ref().map(|weights| weights.view()))
    }

    /// Some of the rows.
    fn select(&self, rows: &[usize]) -> Cells<'static> {
        let numbers = |column: &CowArray<'b, f64, Ix1>| column.select(Axis(0), rows).into();
        let indices = |column: &CowArray<'b, usize, Ix1>| column.select(Axis(0), rows).into();
        Cells {
            x: self.x.select(Axis(0), rows).into(),
            y: self.y.as_ref().map(numbers),
            labels: self.labels.as_ref().map(indices),
            codes: self.codes.iter().map(indices).collect(),
            offset: self.offset.as_ref().map(numbers),
            weights: self.weights.as_ref().map(numbers),
        }
    }

    /// The arrays for another process. The key says which of them there are.
    fn to_bytes(&self) -> Vec<u8> {
        let numbers = |column: &CowArray<'b, f64, Ix1>| column.to_owned().into_dyn();
        let indices = |column: &CowArray<'b, usize, Ix1>| column.mapv(|index| index as f64).into_dyn();
        let mut arrays = vec![self.x.to_owned().into_dyn()];
        arrays.extend(self.codes.iter().map(indices));
        let others = [
            self.y.as_ref().map(numbers),
            self.labels.as_ref().map(indices),
            self.offset.as_ref().map(numbers),
            self.weights.as_ref().map(numbers),
        ];
        let key = others.iter().zip(0..).map(|(array, bit)| u64::from(array.is_some()) << bit).sum();
        arrays.extend(others.into_iter().flatten());
        bytes_of(key, &arrays)
    }

    fn of_record((key, mut arrays): Record) -> Option<Cells<'static>> {
        let numbers = |array: ArrayD<f64>| Some(array.into_dimensionality::<Ix1>().ok()?.into());
        let indices =
            |array: ArrayD<f64>| Some(array.into_dimensionality::<Ix1>().ok()?.mapv(|index| index as usize).into());
        let mut last = |bit: u64| if key >> bit & 1 == 1 { arrays.pop() } else { None };
        let (weights, offset, labels, y) = (last(3), last(2), last(1), last(0));
        let mut arrays = arrays.into_iter();
        Some(Cells {
            x: arrays.next()?.into_dimensionality::<Ix2>().ok()?.into(),
            y: y.and_then(numbers),
            labels: labels.and_then(indices),
            codes: arrays.map(indices).collect::<Option<_>>()?,
            offset: offset.and_then(numbers),
            weights: weights.and_then(numbers),
        })
    }

    fn joined(samples: &[Cells<'static>]) -> Option<Cells<'static>> {
        let first = samples.first()?;
        let views: Vec<_> = samples.iter().map(|sample| sample.x.view()).collect();
        let x: Array2<f64> = concatenate(Axis(0), &views).ok()?;
        Some(Cells {
            x: x.into(),
            y: joined(samples, |sample| sample.y.as_ref()),
            labels: joined(samples, |sample| sample.labels.as_ref()),
            codes: (0..first.codes.len())
                .map(|factor| joined(samples, |sample| sample.codes.get(factor)))
                .collect::<Option<_>>()?,
            offset: joined(samples, |sample| sample.offset.as_ref()),
            weights: joined(samples, |sample| sample.weights.as_ref()),
        })
    }
}

/// A column of all samples, if they have it.
fn joined<A: Clone>(
    samples: &[Cells<'static>],
    of: impl for<'c> Fn(&'c Cells<'static>) -> Option<&'c CowArray<'static, A, Ix1>>,
) -> Option<CowArray<'static, A, Ix1>> {
    let views: Option<Vec<_>> = samples.iter().map(|sample| of(sample).map(|column| column.view())).collect();
    let all: Array1<A> = concatenate(Axis(0), &views?).ok()?;
    Some(all.into())
}
