//! The rows of a model as blocks, each a small model of its own.

use super::terms::Terms;
use crate::error::{Error, Result};
use crate::glm::Glm;
use data::{Block, Column, Kind, Source};
use ndarray::{Array1, Array2, ArrayView1, Axis, CowArray, Ix1, Ix2, concatenate};
use std::ops::Range;
use std::sync::Arc;

/// Where the rows of a model come from.
#[derive(Clone)]
pub(super) enum Origin<'s> {
    /// The columns of a source.
    Source { source: Arc<dyn Source + Send + 's>, columns: Vec<usize>, roles: Roles },
    /// Rows in memory.
    Sample(Arc<Sample>),
}

/// Which columns there are, in this order: the matrix, the response, the factors' codes, the offset, the weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Roles {
    factors: usize,
    offset: bool,
    weights: bool,
}

/// Some rows.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    x: Array2<f64>,
    y: Array1<f64>,
    codes: Vec<Array1<usize>>,
    offset: Option<Array1<f64>>,
    weights: Option<Array1<f64>>,
}

/// The name of the matrix of all columns; a source can't well have it.
const MATRIX: &str = "\u{0}columns of the model";

impl std::fmt::Debug for Origin<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Source { columns, .. } => write!(f, "Source({columns:?})"),
            Origin::Sample(sample) => write!(f, "Sample({} rows)", sample.y.len()),
        }
    }
}

impl<'s> Origin<'s> {
    pub(super) fn of(source: &'s dyn Source, terms: &Terms, response: &str) -> Result<Self> {
        let parts: Vec<&str> = terms.columns.iter().map(String::as_str).collect();
        let source = source.stacked(MATRIX, &parts)?;
        let mut columns = vec![source.find(MATRIX)?];
        let mut find = |name: &str, kind: Kind, expected: &'static str| -> Result<()> {
            let place = source.find(name)?;
            let field = &source.fields()[place];
            if field.kind != kind || !field.row.is_empty() {
                let found = if field.kind == kind { "rows of a matrix" } else { "something else" };
                let (column, found) = (name.to_owned(), found.to_owned());
                return Err(data::Error::Kind { file: Default::default(), column, found, expected }.into());
            }
            columns.push(place);
            Ok(())
        };
        find(response, Kind::Numbers, "numbers of a response")?;
        for factor in &terms.factors {
            find(
                &factor.column,
                Kind::Indices,
                "the codes of a factor (`with_levels` makes them of words, `with_indices` of numbers)",
            )?;
        }
        terms.offset.iter().try_for_each(|name| find(name, Kind::Numbers, "numbers of an offset"))?;
        terms.weights.iter().try_for_each(|name| find(name, Kind::Numbers, "numbers of weights"))?;
        let roles =
            Roles { factors: terms.factors.len(), offset: terms.offset.is_some(), weights: terms.weights.is_some() };
        Ok(Origin::Source { source: Arc::new(source), columns, roles })
    }

    /// Hands over the blocks of the rows as models with the terms of `glm`.
    pub(super) fn each(&self, glm: &Glm<'_>, take: impl FnMut(Glm<'_>) -> Result<()>) -> Result<()> {
        self.each_within(glm, None, take)
    }

    /// The same of some of the rows of a source.
    pub(super) fn each_within(
        &self,
        glm: &Glm<'_>,
        rows: Option<Range<usize>>,
        mut take: impl FnMut(Glm<'_>) -> Result<()>,
    ) -> Result<()> {
        match self {
            Origin::Sample(sample) => take(sample.of(glm)),
            Origin::Source { source, columns, roles } => {
                let take = |block: Block<'_>| take(Cells::of(&block, *roles)?.of_model(glm));
                match rows {
                    None => data::each(&**source, columns, take),
                    Some(rows) => data::each_within(&**source, columns, rows, take),
                }
            }
        }
    }

    /// Every `stride`-th row, in memory.
    pub(super) fn every<'o>(&self, glm: &Glm<'_>, stride: usize) -> Result<Origin<'o>> {
        let (mut samples, mut next): (Vec<Sample>, usize) = (Vec::new(), 0);
        self.each(glm, |block| {
            let rows: Vec<usize> = (next..block.design().rows()).step_by(stride).collect();
            next = (next + rows.len() * stride).saturating_sub(block.design().rows());
            samples.push(Sample::of_rows(&block, &rows));
            Ok(())
        })?;
        Ok(Origin::Sample(Arc::new(Sample::joined(&samples).ok_or(Error::NoRows)?)))
    }
}

/// The arrays of a block.
struct Cells<'b> {
    x: CowArray<'b, f64, Ix2>,
    y: CowArray<'b, f64, Ix1>,
    codes: Vec<CowArray<'b, usize, Ix1>>,
    offset: Option<CowArray<'b, f64, Ix1>>,
    weights: Option<CowArray<'b, f64, Ix1>>,
}

impl<'b> Cells<'b> {
    fn of(block: &'b Block<'_>, roles: Roles) -> Result<Self> {
        let changed = || {
            let what = "a column has become one of another kind".to_owned();
            Error::from(data::Error::Changed { file: block.place.file(), what })
        };
        let mut columns = block.columns.iter();
        let matrix = match columns.next() {
            Some(Column::Numbers(array)) => array.view().into_dimensionality::<Ix2>().map_err(|_| changed())?,
            _ => return Err(changed()),
        };
        let numbers = |column: Option<&'b Column<'_>>| match column {
            Some(Column::Numbers(array)) => {
                Ok(array.view().into_dimensionality::<Ix1>().map_err(|_| changed())?.into())
            }
            _ => Err(changed()),
        };
        let y = numbers(columns.next())?;
        let mut codes = Vec::new();
        for column in columns.by_ref().take(roles.factors) {
            let Column::Indices(array) = column else { return Err(changed()) };
            codes.push(array.view().into_dimensionality::<Ix1>().map_err(|_| changed())?.into());
        }
        let offset = if roles.offset { Some(numbers(columns.next())?) } else { None };
        let weights = if roles.weights { Some(numbers(columns.next())?) } else { None };
        Ok(Cells { x: matrix.into(), y, codes, offset, weights })
    }

    fn of_model<'g>(&'g self, glm: &Glm<'_>) -> Glm<'g> {
        let codes = self.codes.iter().map(|codes| codes.view()).collect();
        let [offset, weights] = [&self.offset, &self.weights].map(|column| column.as_ref().map(|column| column.view()));
        glm.on_rows(self.x.view(), self.y.view(), codes, offset, weights)
    }
}

impl Sample {
    fn of<'g>(&'g self, glm: &Glm<'_>) -> Glm<'g> {
        let codes = self.codes.iter().map(|codes| codes.view()).collect();
        let view = |column: &'g Option<Array1<f64>>| column.as_ref().map(|column| column.view());
        glm.on_rows(self.x.view(), self.y.view(), codes, view(&self.offset), view(&self.weights))
    }

    fn of_rows(block: &Glm<'_>, rows: &[usize]) -> Self {
        let design = block.design();
        let pick = |column: ArrayView1<'_, f64>| column.select(Axis(0), rows);
        Sample {
            x: design.matrix().select(Axis(0), rows),
            y: pick(block.response()),
            codes: design.factor_codes().map(|codes| codes.select(Axis(0), rows)).collect(),
            offset: design.offset().map(pick),
            weights: design.weights().map(pick),
        }
    }

    fn joined(samples: &[Sample]) -> Option<Self> {
        let first = samples.first()?;
        let all = |of: fn(&Sample) -> Option<&Array1<f64>>| -> Option<Array1<f64>> {
            let views: Option<Vec<_>> = samples.iter().map(|sample| of(sample).map(|column| column.view())).collect();
            concatenate(Axis(0), &views?).ok()
        };
        let codes = |factor: usize| -> Option<Array1<usize>> {
            let views: Vec<_> = samples.iter().map(|sample| sample.codes[factor].view()).collect();
            concatenate(Axis(0), &views).ok()
        };
        let views: Vec<_> = samples.iter().map(|sample| sample.x.view()).collect();
        Some(Sample {
            x: concatenate(Axis(0), &views).ok()?,
            y: all(|sample| Some(&sample.y))?,
            codes: (0..first.codes.len()).map(codes).collect::<Option<_>>()?,
            offset: all(|sample| sample.offset.as_ref()),
            weights: all(|sample| sample.weights.as_ref()),
        })
    }
}
