//! Sources made of others: columns put together, or turned into indices.

mod indices;
mod levels;
mod stack;

pub use indices::WithIndices;
pub use levels::WithLevels;
pub use stack::Stacked;
