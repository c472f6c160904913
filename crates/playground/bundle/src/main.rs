//! Makes the playground's page: `cargo run --manifest-path crates/playground/bundle/Cargo.toml`.
//!
//! The engine is compiled to WebAssembly, given its JavaScript by wasm-bindgen, and put beside the static files of `page/`. What comes out, `target/playground`, is served by any file server.

use flate2::{Compression, write::GzEncoder};
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The most bytes, compressed, that the page may take.
const MOST_BYTES: usize = 1_200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let playground = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the crate has no parent folder")?;
    let target = match env::var_os("CARGO_TARGET_DIR") {
        Some(target) => PathBuf::from(target),
        None => playground.join("../../target"),
    };
    let page = target.join("playground");
    compile(playground, &target)?;
    fs::create_dir_all(&page)?;
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_path(target.join("wasm32-unknown-unknown/page/playground.wasm"))
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&page)?;
    for folder in ["page", "../../docs/guide/pages/fonts"] {
        for file in fs::read_dir(playground.join(folder))? {
            let file = file?;
            fs::copy(file.path(), page.join(file.file_name()))?;
        }
    }
    measure(&page)
}

fn compile(playground: &Path, target: &Path) -> Result<(), Box<dyn Error>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--profile", "page", "--lib", "--target", "wasm32-unknown-unknown", "--manifest-path"])
        .arg(playground.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .status()?;
    match status.success() {
        true => Ok(()),
        false => {
            Err("the engine doesn't compile; is the target there? `rustup target add wasm32-unknown-unknown`".into())
        }
    }
}

/// The sizes of the page's files, and whether they are small enough.
fn measure(page: &Path) -> Result<(), Box<dyn Error>> {
    let mut total = 0;
    let mut files: Vec<PathBuf> =
        fs::read_dir(page)?.map(|file| Ok(file?.path())).collect::<Result<_, std::io::Error>>()?;
    files.sort();
    for file in files {
        let bytes = fs::read(&file)?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&bytes)?;
        let compressed = encoder.finish()?.len();
        total += compressed;
        println!("{:>9} {:>9} {}", bytes.len(), compressed, file.file_name().unwrap_or_default().display());
    }
    println!("{total} bytes compressed of {MOST_BYTES}: {}", page.display());
    if total > MOST_BYTES { Err("the page is too large".into()) } else { Ok(()) }
}
