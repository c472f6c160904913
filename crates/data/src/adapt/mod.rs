//! Sources made of others: columns put together, or turned into indices.

mod indicators;
mod indices;
mod levels;
mod stack;

pub use indicators::WithIndicators;
pub use indices::WithIndices;
pub use levels::WithLevels;
pub use stack::Stacked;
