//! Reverse-mode automatic differentiation on a tape, generic in its scalar, over ndarray arrays.

pub mod catalogue;
pub mod check;
mod derivative;
mod diagnose;
mod display;
mod error;
mod graph;
mod hash;
mod interpret;
mod kernels;
mod node_map;
mod ops;
mod program;
mod scalar;
mod shape;
mod simplify;
mod tape;

pub use check::{check_directions, check_given_gradient, check_gradient, check_hessian};
pub use diagnose::{Independence, IndependentInput, Trouble, TroubleNode, TroubleOperand};
pub use display::Drawing;
pub use error::{Error, Result, Source};
pub use ops::CustomOp;
pub use program::{Binding, Program, Workspace, bind, bind_indices};
pub use scalar::Scalar;
pub use shape::{MAX_AXES, Shape};
pub use simplify::{AppliedRewrite, Rewrite, Rewrites};
pub use tape::{IndexVar, IntoValue, Operand, Tape, Var};
