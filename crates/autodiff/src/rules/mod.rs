//! Rules of derivatives.

pub(crate) mod custom;
