//! What operations are and mean, without graph and tape. How they are recorded and differentiated is in `rules`, under the same names.
//!
//! | file | what is there |
//! |---|---|
//! | [`mod@op`], [`payload`], [`failure`] | the list of operations and what is known of each; what they carry; why there may be no value |
//! | [`unary`], [`binary`], [`partial`], [`ordered`], [`select`] | elementwise operations: tables of all there is to them, and their partial derivatives |
//! | [`reduce`], [`softmax`], [`weighted`] | sums, means, extrema, log-sum-exp; what keeps the shape but looks along axes; weights of any sign |
//! | [`triple`], [`radial`] | what the derivatives of normalised values and of norms are made of |
//! | [`lanewise`] | along one axis: cumulative sums, recurrences, order |
//! | [`matmul`], [`linalg`] | products, and the `linear` node; batches of matrices, by elimination |
//! | [`layout`], [`mod@slice`], [`join`], [`diagonal`], [`gather`] | elements moved, not changed; looked up by index, and added up by it |
//! | [`custom`], [`entry`], [`tiles`] | the value of a user's own operation; what the catalogue states; loops that vectorise |

mod binary;
mod custom;
mod diagonal;
mod entry;
mod failure;
mod gather;
mod join;
mod lanewise;
mod layout;
pub(crate) mod linalg;
pub(crate) mod matmul;
mod op;
mod ordered;
mod partial;
mod payload;
mod radial;
mod reduce;
mod select;
pub(crate) mod slice;
mod softmax;
mod tiles;
mod triple;
mod unary;
mod weighted;

pub(crate) use binary::{Binary, binary_table};
pub(crate) use custom::{CustomValue, evaluate as evaluate_custom};
pub(crate) use entry::Entry;
pub use entry::Sample;
pub(crate) use failure::Failure;
pub(crate) use lanewise::{LaneOp, Lanewise, Reach};
pub(crate) use linalg::{Linalg, Sizes};
pub(crate) use op::{Arity, Op, check_size, evaluate, shape};
pub(crate) use ordered::Ordered;
pub(crate) use partial::{Algebra, Partial, powf_partial, powi_partial};
pub(crate) use payload::Payloads;
pub(crate) use reduce::{Reduce, RunningSum, State, from_lanes, lanes, log_excess, pairwise_sum};
pub(crate) use select::choose;
pub(crate) use softmax::{Normalise, normalise_lane};
pub(crate) use tiles::{map_tiles, zip_tiles};
pub(crate) use triple::{Lane, lane as triple_lane};
pub(crate) use unary::{Unary, unary_table};
pub(crate) use weighted::Weighted;
