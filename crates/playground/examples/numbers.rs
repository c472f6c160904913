//! Prints what the native engine says of addresses of the playground, given as arguments: a line of JSON for each.

use playground::session::Session;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for fragment in std::env::args().skip(1) {
        let mut session = Session::new(&fragment);
        let line = serde_json::json!({
            "fragment": session.state().fragment(),
            "results": session.results()?,
            "check": session.check()?,
            "tails": session.tails(0)?,
            "newton": session.walk("newton", 0.0)?,
            "lbfgs": session.walk("lbfgs", 0.0)?,
        });
        println!("{line}");
    }
    Ok(())
}
