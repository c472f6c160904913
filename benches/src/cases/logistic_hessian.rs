//! The Hessian of the logistic loss: `Xᵀ diag(σ(z)σ(−z)) X`, `z = Xθ`.
//!
//! No handwritten loop: it would be a matrix product written by hand. Its measure is the peer `faer`.

use super::{Outcome, enter_read, finish};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Logistic, digest, record_logistic};
use crate::peers;
use crate::settings::Settings;
use crate::vector::Real;
use autodiff::{Program, Tape, Workspace, bind};
use ndarray::Array2;

pub(super) fn run<T: Real>(settings: &Settings) -> Result<Outcome> {
    let data = Logistic::<T>::draw(settings.rows, settings.cols);
    let mut ours = Ours::new(settings)?;
    let mut contest = Contest::new(settings, data.bytes());
    contest.enter("autodiff", || ours.call(&data))?;
    enter_read(&mut contest, data.design())?;
    peers::enter(&mut contest, &data.arrays())?;
    finish(contest)
}

/// The program, and where its result goes.
struct Ours<T: Real> {
    program: Program<T>,
    workspace: Workspace<T>,
    hessian: Array2<T>,
}

impl<T: Real> Ours<T> {
    fn new(settings: &Settings) -> Result<Self> {
        let tape = Tape::<T>::new();
        let (theta, loss) = record_logistic(&tape, settings.cols);
        let program = tape.compile(&[loss.hessian(theta)])?.with_threads(settings.threads);
        let workspace = program.workspace();
        Ok(Ours { program, workspace, hessian: Array2::zeros((settings.cols, settings.cols)) })
    }

    fn call(&mut self, data: &Logistic<T>) -> Result<f64> {
        let inputs = [bind("X", &data.x), bind("y", &data.y), bind("theta", &data.theta)];
        self.program.run_into(&mut self.workspace, &inputs, &mut [self.hessian.view_mut().into_dyn()])?;
        Ok(digest(&self.hessian))
    }
}
