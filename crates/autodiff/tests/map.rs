//! The map in ARCHITECTURE.md: it names every folder and file at the root of the engine, and the head of a folder's `mod.rs` every file in it.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_file_is_on_the_map() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../../ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    let map = page.split("## The map").nth(1).and_then(|rest| rest.split("\n## ").next());
    let map = map.expect("ARCHITECTURE.md has a section `The map`");
    assert!(page.lines().count() <= 110, "ARCHITECTURE.md has {} lines, more than 110", page.lines().count());
    let mut missing = Vec::new();
    check_folder(&root.join("src"), map, &mut missing);
    assert!(missing.is_empty(), "add to the map, or to the head of `mod.rs` beside it:\n{}", missing.join("\n"));
}

/// Collects the files and folders that neither the map nor the head of their folder's `mod.rs` names.
fn check_folder(folder: &Path, map: &str, missing: &mut Vec<String>) {
    let module = fs::read_to_string(folder.join("mod.rs")).unwrap_or_default();
    let head: String = module.lines().filter(|line| line.starts_with("//!")).collect();
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_for_tests = name == "tests" || name.starts_with("test_") || name.starts_with("tests_");
        if !is_for_tests && !["mod", "lib"].contains(&&*name) && !names(map, &name) && !names(&head, &name) {
            missing.push(path.display().to_string());
        }
        if path.is_dir() && !is_for_tests {
            check_folder(&path, map, missing);
        }
    }
}

/// Whether a text has a name between backticks, by itself or in a path.
fn names(text: &str, name: &str) -> bool {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.flat_map(|quoted| quoted.split(['/', '@', '.', ':'])).any(|part| part == name)
}
