//! Columns that others make up.

/// A column that is a linear combination of others.
///
/// ```
/// use models::{Design, Error, Family, Glm};
/// use ndarray::{arr1, arr2};
/// let (x, y) = (arr2(&[[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]), arr1(&[1.0, 2.0, 4.0]));
/// let design = Design::new(&x).with_names(&["a", "b"])?;
/// if let Err(Error::RankDeficient { combinations }) = Glm::new(design, &y, Family::Poisson)?.fit(&Default::default()) {
///     assert_eq!((combinations[0].column.as_str(), combinations[0].of.as_slice()), ("b", &["a".to_string()][..]));
/// }
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Combination {
    /// The superfluous column.
    pub column: String,
    /// The columns that make it up; empty for a column of zeros.
    pub of: Vec<String>,
}
