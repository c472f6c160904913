//! Memory-mapped `.npy` files.

use crate::error::{Error, Result};
use crate::files::Stamped;
use crate::place::Place;
use crate::source::{Block, Blocks, Column, Field, Kind, Source, check_names};
use memmap2::Mmap;
use ndarray::{ArrayViewD, Axis, Slice};
use ndarray_npy::{ViewElement, ViewNpyError, ViewNpyExt};
use std::path::Path;

/// Rows a block of numbers that have to be converted.
const ROWS: usize = 4096;
/// Bytes a block of numbers that are read in place, about: what is made of a block, such as a matrix of columns, is to be small.
const BYTES: usize = 16 << 20;
/// Rows that such a block has a multiple of: programs take so many at once, or a part of them.
const MULTIPLE: usize = 1 << 14;

/// Arrays in `.npy` files, one file a column or matrix, mapped into memory: the system reads what is needed, and nothing is copied of
/// arrays of `f64` (and, as indices, of 64-bit integers). Other integers, `f32` and booleans are converted block by block.
///
/// ```
/// use data::{Npy, Source};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("x.npy");
/// # ndarray_npy::write_npy(&path, &ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))?;
/// let source = Npy::new().with("x", path)?;
/// assert_eq!((source.rows(), source.fields()[0].row.as_slice()), (Some(3), &[2][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A file must not be cut short by others while it is mapped: no program can survive that.
#[derive(Debug, Default)]
pub struct Npy {
    fields: Vec<Field>,
    columns: Vec<Mapped>,
    rows: Option<usize>,
    block: Option<usize>,
}

#[derive(Debug)]
struct Mapped {
    file: Stamped,
    map: Mmap,
    element: Element,
}

/// What the elements of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    F64,
    F32,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
}

const ELEMENTS: [Element; 11] = [
    Element::F64,
    Element::F32,
    Element::I64,
    Element::I32,
    Element::I16,
    Element::I8,
    Element::U64,
    Element::U32,
    Element::U16,
    Element::U8,
    Element::Bool,
];

impl Mapped {
    #[allow(unsafe_code)]
    fn open(path: &Path) -> Result<Self> {
        let file = Stamped::new(path)?;
        // SAFETY: a map is unsound where another process changes the file. That it does not is asked of the user, in the
        // documentation of `Npy`, and checked for at the beginning and end of each pass.
        let map = unsafe { Mmap::map(&file.open()?) }.map_err(|error| file.io(error))?;
        let mut mapped = Mapped { file, map, element: Element::F64 };
        for element in ELEMENTS {
            mapped.element = element;
            match mapped.dims() {
                Ok(_) => return Ok(mapped),
                Err(ViewNpyError::WrongDescriptor(_)) => {}
                Err(error) => return Err(mapped.file.broken(format!("can't be read as .npy: {error}"))),
            }
        }
        Err(mapped.file.broken("holds neither numbers nor booleans in the byte order of this machine"))
    }

    fn dims(&self) -> std::result::Result<Vec<usize>, ViewNpyError> {
        match self.element {
            Element::F64 => dims::<f64>(&self.map),
            Element::F32 => dims::<f32>(&self.map),
            Element::I64 => dims::<i64>(&self.map),
            Element::I32 => dims::<i32>(&self.map),
            Element::I16 => dims::<i16>(&self.map),
            Element::I8 => dims::<i8>(&self.map),
            Element::U64 => dims::<u64>(&self.map),
            Element::U32 => dims::<u32>(&self.map),
            Element::U16 => dims::<u16>(&self.map),
            Element::U8 => dims::<u8>(&self.map),
            Element::Bool => dims::<bool>(&self.map),
        }
    }

    /// Whether rows can be read where they are: numbers of `f64`, row by row.
    fn is_in_place(&self) -> bool {
        self.element == Element::F64 && self.view::<f64>().is_ok_and(|view| view.is_standard_layout())
    }

    /// Some of the rows, row by row whatever the file's order, since products take the two orders in different ways.
    fn rows(&self, part: Slice) -> Result<Column<'_>> {
        match self.element {
            Element::F64 if self.is_in_place() => Ok(Column::Numbers(sliced(self.view::<f64>()?, part).into())),
            Element::F64 => self.converted(part, |x: f64| x),
            Element::F32 => self.converted(part, |x: f32| x.into()),
            Element::I64 => self.converted(part, |x: i64| x as f64),
            Element::I32 => self.converted(part, |x: i32| x.into()),
            Element::I16 => self.converted(part, |x: i16| x.into()),
            Element::I8 => self.converted(part, |x: i8| x.into()),
            Element::U64 => self.converted(part, |x: u64| x as f64),
            Element::U32 => self.converted(part, |x: u32| x.into()),
            Element::U16 => self.converted(part, |x: u16| x.into()),
            Element::U8 => self.converted(part, |x: u8| x.into()),
            Element::Bool => self.converted(part, |x: bool| f64::from(x)),
        }
    }

    fn converted<A: ViewElement + Copy + 'static>(&self, part: Slice, number: impl Fn(A) -> f64) -> Result<Column<'_>> {
        let rows = sliced(self.view::<A>()?, part).mapv(number);
        let by_rows = if rows.is_standard_layout() { rows } else { rows.as_standard_layout().into_owned() };
        Ok(Column::Numbers(by_rows.into()))
    }

    fn view<A: ViewElement + 'static>(&self) -> Result<ArrayViewD<'_, A>> {
        let view = ArrayViewD::view_npy(&self.map);
        view.map_err(|error| self.file.broken(format!("can't be read as .npy: {error}")))
    }
}

fn dims<A: ViewElement + 'static>(map: &[u8]) -> std::result::Result<Vec<usize>, ViewNpyError> {
    ArrayViewD::<A>::view_npy(map).map(|view| view.shape().to_vec())
}

fn sliced<A>(mut view: ArrayViewD<'_, A>, part: Slice) -> ArrayViewD<'_, A> {
    view.slice_axis_inplace(Axis(0), part);
    view
}

impl Npy {
    /// No columns yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the array of a file.
    ///
    /// # Errors
    /// A file that can't be read or is no `.npy`; another number of rows than those before; a name in use.
    pub fn with(mut self, name: &str, path: impl AsRef<Path>) -> Result<Self> {
        let mapped = Mapped::open(path.as_ref())?;
        let dims = mapped.dims().map_err(|error| mapped.file.broken(error))?;
        let Some((&rows, row)) = dims.split_first() else {
            return Err(mapped.file.broken("holds one number; an array of rows is needed"));
        };
        let expected = *self.rows.get_or_insert(rows);
        if rows != expected {
            return Err(Error::Lengths {
                file: mapped.file.path.to_path_buf(),
                column: name.into(),
                found: rows,
                expected,
            });
        }
        self.fields.push(Field { name: name.into(), kind: Kind::Numbers, row: row.to_vec() });
        check_names(&mapped.file.path, &self.fields)?;
        self.columns.push(mapped);
        Ok(self)
    }

    /// Gives so many rows a block, rather than as many as make some megabytes.
    pub fn with_block_rows(self, rows: usize) -> Self {
        Self { block: Some(rows.max(1)), ..self }
    }
}

impl Source for Npy {
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn rows(&self) -> Option<usize> {
        Some(self.rows.unwrap_or(0))
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        let fields = columns.iter().filter_map(|&column| self.fields.get(column));
        let columns: Vec<&Mapped> = columns.iter().filter_map(|&column| self.columns.get(column)).collect();
        columns.iter().try_for_each(|mapped| mapped.file.check())?;
        let rows = self.rows.unwrap_or(0);
        let in_place = columns.iter().all(|mapped| mapped.is_in_place());
        let row: usize = fields.map(|field| field.row.iter().product::<usize>() * size_of::<f64>()).sum();
        let of_bytes = (BYTES / row.max(1)).next_multiple_of(MULTIPLE);
        let each = self.block.unwrap_or(if in_place { of_bytes } else { ROWS });
        Ok(Box::new((0..rows).step_by(each).map(move |first| {
            let end = first.saturating_add(each).min(rows);
            let cells =
                columns.iter().map(|mapped| mapped.rows(Slice::from(first..end))).collect::<Result<Vec<_>>>()?;
            if end == rows {
                columns.iter().try_for_each(|mapped| mapped.file.check())?;
            }
            let file = columns.first().map(|mapped| mapped.file.path.clone());
            Ok(Block { place: Place { file, first, ..Place::default() }, rows: end - first, columns: cells })
        })))
    }
}
