//! What the compiler doesn't see of the pages: their links, and that none of their code is left out of the tests.

use autodiff::Tape;
use guide::PAGES;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pages")
}

fn page(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The text of a page without its code: links and formulas within code are none.
fn prose(text: &str) -> String {
    let blocks = text.split("```").step_by(2).collect::<Vec<_>>().join("\n");
    blocks.split('`').step_by(2).collect()
}

/// Where the links of a page lead: `](…)`.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link.to_string()).collect()
}

/// The name mdBook gives a heading: small letters and digits, hyphens for spaces.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    heading.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
}

#[test]
fn no_link_is_broken() {
    for name in PAGES.iter().map(|name| format!("{name}.md")).chain(["SUMMARY.md".into()]) {
        for link in links(&page(&name)) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, place) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { &name } else { file };
            assert!(folder().join(target).is_file(), "{name}: there is no page for {link}");
            let anchors: Vec<String> = page(target).lines().filter(|line| line.starts_with('#')).map(anchor).collect();
            assert!(place.is_empty() || anchors.iter().any(|anchor| anchor == place), "{name}: {link}");
        }
    }
}

#[test]
fn every_page_is_in_the_contents_and_among_the_tests() {
    let listed: BTreeSet<String> = links(&page("SUMMARY.md")).into_iter().collect();
    let tested: BTreeSet<String> = PAGES.iter().map(|name| format!("{name}.md")).collect();
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<String> = files.filter(|name| name.ends_with(".md") && name != "SUMMARY.md").collect();
    assert_eq!(listed, there);
    assert_eq!(tested, there);
}

/// `REWRITE=1` in the environment draws it anew.
#[test]
fn the_picture_is_what_its_page_draws() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.data("X", &[[1.0, 0.5], [1.0, -1.2]]), tape.data("y", &[1.0, 0.0]));
    let theta = tape.variable("theta", &[0.1, 0.7]);
    let pi = x.linear(theta).sigmoid().named("pi");
    let l = (y * pi.ln() + (1.0 - y) * (1.0 - pi).ln()).sum().named("l");
    let drawn = tape.display(&[l]).with_adjoints(l).unwrap().svg();
    if std::env::var_os("REWRITE").is_some() {
        fs::write(folder().join("logistic.svg"), &drawn).unwrap();
    }
    assert_eq!(page("logistic.svg"), drawn);
}

#[test]
fn all_rust_code_is_run() {
    for name in PAGES {
        let text = page(&format!("{name}.md"));
        let fences: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("```")).collect();
        assert_eq!(fences.len() % 2, 0, "{name}: a block of code is still open");
        for language in fences.iter().step_by(2) {
            assert!(["rust", "toml", "sh", "text"].contains(language), "{name}: {language:?} would not be run");
        }
    }
}

#[test]
fn formulas_are_closed() {
    for name in PAGES {
        let prose = prose(&page(&format!("{name}.md")));
        for paragraph in prose.split("\n\n") {
            assert_eq!(paragraph.matches('$').count() % 2, 0, "{name}: {paragraph}");
        }
    }
}

/// The font of rustdoc's formulas is cut down: what it lacks would be drawn by another.
#[test]
fn the_font_of_the_docs_has_what_their_formulas_need() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let there: BTreeSet<char> = fs::read_to_string(folder().join("../math/characters.txt")).unwrap().chars().collect();
    for name in ["autodiff", "derivation", "models"] {
        for file in fs::read_dir(root.join("crates").join(name).join("formulas")).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            match path.file_name().unwrap().to_str().unwrap() {
                "font.html" => assert!(text.contains("@font-face"), "{}", path.display()),
                file if file.ends_with(".html") => {
                    let shown =
                        text.split('<').filter_map(|part| part.split_once('>')).flat_map(|(_, shown)| shown.chars());
                    let missing: BTreeSet<char> =
                        shown.filter(|c| !c.is_whitespace() && *c != APPLIED && !there.contains(c)).collect();
                    assert!(missing.is_empty(), "{}: {missing:?}", path.display());
                }
                _ => {}
            }
        }
    }
}

/// Between a function and its argument, not to be seen.
const APPLIED: char = '\u{2061}';
