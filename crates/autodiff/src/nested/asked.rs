//! The turns of derivatives that were asked for.

use super::body::Body;
use crate::error::Result;
use crate::scalar::Scalar;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Which adjoints a loop's derivative takes and gives.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// Of the stacked, the summed and the kept results: whether there is one.
    pub(super) stacked: Vec<bool>,
    pub(super) summed: Vec<bool>,
    pub(super) kept: Vec<bool>,
    /// Of the inputs and what is shared: whether it is wanted.
    pub(super) inputs: Vec<bool>,
    pub(super) shared: Vec<bool>,
}

/// One turn of each derivative that was asked for: derived and compiled once.
pub(super) struct Derivatives<T: Scalar>(Mutex<HashMap<Asked, Arc<Body<T>>>>);

impl<T: Scalar> Default for Derivatives<T> {
    fn default() -> Self {
        Derivatives(Mutex::new(HashMap::new()))
    }
}

impl<T: Scalar> Derivatives<T> {
    /// The turn that was asked for, derived when it is for the first time.
    pub(super) fn get(&self, asked: &Asked, derive: impl FnOnce() -> Result<Body<T>>) -> Result<Arc<Body<T>>> {
        if let Some(body) = self.0.lock().ok().and_then(|known| known.get(asked).cloned()) {
            return Ok(body);
        }
        let body = Arc::new(derive()?);
        if let Ok(mut known) = self.0.lock() {
            known.insert(asked.clone(), body.clone());
        }
        Ok(body)
    }
}
