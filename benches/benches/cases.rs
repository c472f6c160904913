//! Every case at a size of seconds: that all of them run and agree, and a first impression of their times.
//!
//! Figures to quote come from `compare`, at the sizes of the table.

use benches::cases::CASES;
use benches::report;
use benches::settings::Settings;

fn main() -> benches::Result<()> {
    for case in CASES {
        let size = |whole: usize| (whole / 100).max(3).to_string();
        let arguments = [case.name, "--rows", &size(case.rows), "--cols", "20"];
        let settings = Settings::parse(arguments.iter().map(ToString::to_string))?;
        let outcome = case.run(&settings)?;
        report::print(&settings, outcome.bytes, &outcome.times);
    }
    Ok(())
}
