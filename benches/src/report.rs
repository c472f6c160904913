//! The times of a contest, printed: a table for people, JSON lines for programs.

use crate::contest::Times;
use crate::settings::Settings;

/// Prints the times of a run on data of `bytes` bytes.
pub fn print(settings: &Settings, bytes: f64, times: &[Times]) {
    if settings.json {
        times.iter().for_each(|times| println!("{}", json(settings, bytes, times)));
        return;
    }
    let Settings { case, rows, cols, threads, dtype, .. } = settings;
    println!("{case}, {rows} × {cols}, {}, {threads} thread(s)", dtype.name());
    println!("{:<20} {:>12} {:>12} {:>9} {:>9}", "", "median", "least", "GB/s", "ratio");
    for times in times {
        let rate = bytes / times.median / 1e9;
        let (median, least) = (seconds(times.median), seconds(times.least));
        println!("{:<20} {median:>12} {least:>12} {rate:>9.2} {:>9.3}", times.name, times.ratio);
    }
}

fn json(settings: &Settings, bytes: f64, times: &Times) -> String {
    // Names are plain words: nothing needs to be escaped.
    format!(
        r#"{{"case":"{}","impl":"{}","rows":{},"cols":{},"threads":{},"dtype":"{}","seconds":{:e},"bytes_per_second":{:e}}}"#,
        settings.case,
        times.name,
        settings.rows,
        settings.cols,
        settings.threads,
        settings.dtype.name(),
        times.median,
        bytes / times.median,
    )
}

fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.1} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.3} µs", s * 1e6),
        s if s < 1.0 => format!("{:.3} ms", s * 1e3),
        s => format!("{s:.3} s"),
    }
}
