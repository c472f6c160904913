//! Value and gradient of the logistic loss by so many ranks as there are threads, each of one thread, beside as many threads of one.
//!
//! The ranks are threads here, which exchange what ranks of MPI do; what MPI adds is measured by the example `exchange` of `distributed`.

use super::{Outcome, finish};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Logistic, digest, record_logistic};
use crate::settings::Settings;
use autodiff::{Tape, bind};
use data::Arrays;

pub(super) fn run(settings: &Settings) -> Result<Outcome> {
    let data = Logistic::<f64>::draw(settings.rows, settings.cols);
    let source = Arrays::new().with("X", &data.x)?.with("y", &data.y)?;
    let tape = Tape::<f64>::new();
    let (theta, loss) = record_logistic(&tape, settings.cols);
    let program = tape.compile(&[loss, loss.grad(theta)])?;
    let (threads, single) = (program.clone().with_threads(settings.threads), program.with_threads(1));
    let fixed = [bind("theta", &data.theta)];
    let mut contest = Contest::new(settings, data.bytes());
    contest.enter("threads", || Ok(digest(data::run(&threads, &fixed, &source)?.iter().flatten())))?;
    contest.enter("ranks", || {
        let of_ranks = distributed::threads(settings.threads, |ranks| {
            data::run_on_ranks(&single, &fixed, &source, ranks).map(|found| digest(found.iter().flatten()))
        });
        of_ranks.into_iter().next().unwrap_or(Ok(f64::NAN)).map_err(Into::into)
    })?;
    finish(contest)
}

/// Rows that are exchanged are of double precision.
pub(super) fn refuse(_: &Settings) -> Result<Outcome> {
    Err("ranks runs with --dtype f64 only".into())
}
