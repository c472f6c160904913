//! How fast programs are, beside handwritten loops and other libraries.
//!
//! `compare` (in `bin`) runs one *case*: ours, a handwritten loop, reading the data once, and peers are *contenders* of one
//! [`contest`], which takes turns call by call, so that what else the machine does hits all of them alike. A case is one
//! file of [`cases`]; what handwritten loops share (element functions, dot products) is in [`vector`].

pub mod cases;
pub mod contest;
pub mod data;
pub mod environment;
pub mod peers;
pub mod report;
pub mod settings;
pub mod vector;

/// What can go wrong: bad arguments, a peer that fails, contenders that disagree. Words for a human.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of anything here.
pub type Result<T> = std::result::Result<T, Error>;
