//! An objective of a closure: what the tests of losses of one's own share.

use autodiff::{Binding, Tape, Var};
use models::fit::{Fit, Method, Options, minimise};
use models::{Block, Objective, Recording};

/// A loss of one vector of parameters; its data are constants of the tape.
pub struct Own<F> {
    pub names: Vec<String>,
    pub start: Vec<f64>,
    pub loss: F,
}

/// A loss of parameters `p1`, `p2`, …, and where its fit starts.
pub fn own<F>(start: &[f64], loss: F) -> Own<F>
where
    F: for<'t> Fn(&'t Tape<f64>, Var<'t, f64>) -> Var<'t, f64>,
{
    let names = (1..=start.len()).map(|number| format!("p{number}")).collect();
    Own { names, start: start.to_vec(), loss }
}

impl<F> Objective for Own<F>
where
    F: for<'t> Fn(&'t Tape<f64>, Var<'t, f64>) -> Var<'t, f64>,
{
    fn blocks(&self) -> Vec<Block> {
        vec![Block::new(self.names.clone())]
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> models::Result<Recording<'t>> {
        Ok(Recording::new((self.loss)(tape, parameters[0])))
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        Vec::new()
    }

    fn start(&self) -> models::Result<Vec<f64>> {
        Ok(self.start.clone())
    }
}

impl<F> Own<F>
where
    F: for<'t> Fn(&'t Tape<f64>, Var<'t, f64>) -> Var<'t, f64>,
{
    pub fn fit(&self, method: Method) -> models::Result<Fit> {
        minimise(self, &Options::method(method))
    }
}

pub const METHODS: [Method; 3] = [Method::Newton, Method::Lbfgs, Method::TrustRegion];
