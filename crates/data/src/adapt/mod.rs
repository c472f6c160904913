//! Sources made of others: columns put together, or turned into indices.

mod indicator;
mod indices;
mod levels;
mod stack;

pub use indicator::WithIndicator;
pub use indices::WithIndices;
pub use levels::WithLevels;
pub use stack::Stacked;
