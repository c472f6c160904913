//! Prints what the native engine says of addresses of the playground, given as arguments: a line of JSON for each, with which the tests
//! in a browser compare what the page shows.

use playground::session::Session;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for fragment in std::env::args().skip(1) {
        let results = Session::new(&fragment).results()?;
        println!("{}", serde_json::json!({ "fragment": fragment, "results": results }));
    }
    Ok(())
}
