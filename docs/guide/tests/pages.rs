//! What the compiler doesn't see of the pages: their links, and that none of their code is left out of the tests.

use autodiff::Tape;
use guide::PAGES;
use std::collections::{BTreeMap, BTreeSet};
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
    let loss = (-(y * pi.ln() + (1.0 - y) * (1.0 - pi).ln()).sum()).named("L");
    let drawn = tape.display(&[loss]).with_adjoints(loss).unwrap().svg();
    if std::env::var_os("REWRITE").is_some() {
        fs::write(folder().join("logistic.svg"), &drawn).unwrap();
    }
    assert_eq!(page("logistic.svg"), drawn);
}

/// The value of an attribute of an element.
fn attribute<'e>(element: &'e str, name: &str) -> Option<&'e str> {
    element.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

/// What the elements of these kinds are filled with, by class: in the light, or, where the picture's style says it, in the dark.
fn fills<'p>(picture: &'p str, kind: &str, is_dark: bool) -> BTreeMap<&'p str, &'p str> {
    let elements = picture.split('<').filter(|element| element.starts_with(&format!("{kind} class=")));
    let of_element = |element: &'p str| {
        let class = attribute(element, "class")?;
        let dark = picture.lines().find_map(|line| line.strip_prefix(&format!(".recording .{class} {{ fill: ")));
        let fill = if is_dark { dark?.get(..7)? } else { attribute(element, "fill")? };
        Some((class, fill))
    };
    elements.map(|element| of_element(element).unwrap_or_else(|| panic!("no colour: {element}"))).collect()
}

/// How much brighter one of two colours is: WCAG 2.2's contrast ratio, from 1 to 21.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let linear = |place: usize| {
            let part = f64::from(u8::from_str_radix(&colour[place..place + 2], 16).unwrap()) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(1) + 0.7152 * linear(3) + 0.0722 * linear(5)
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// A theme of mdBook: the colours of its words, page, list of chapters and code.
struct Theme {
    class: &'static str,
    words: &'static str,
    page: &'static str,
    chapters: &'static str,
    code: &'static str,
}

const THEMES: [Theme; 5] = [
    Theme { class: ".light", words: "#000000", page: "#ffffff", chapters: "#fafafa", code: "#f6f7f6" },
    Theme { class: ".rust", words: "#262625", page: "#e1e1db", chapters: "#3b2e2a", code: "#f6f7f6" },
    Theme { class: ".navy", words: "#bcbdd0", page: "#161923", chapters: "#282d3f", code: "#1d1f21" },
    Theme { class: ".coal", words: "#98a3ad", page: "#131516", chapters: "#292c2f", code: "#1d1f21" },
    Theme { class: ".ayu", words: "#c5c5c5", page: "#0f141a", chapters: "#14191f", code: "#191f26" },
];

impl Theme {
    /// What is seen beside the colour of a property.
    fn beside(&self, property: &str) -> &'static str {
        match property {
            "--links" | "--icons" => self.page,
            "--sidebar-active" => self.chapters,
            "--table-header-bg" => self.words,
            "color" => self.code,
            other => panic!("beside what is {other} seen?"),
        }
    }
}

/// Words have WCAG's 4.5 in every theme of mdBook for which the guide's style gives them another colour, and on every kind of box of its
/// picture.
#[test]
fn words_are_legible_in_the_light_and_in_the_dark() {
    assert!((contrast("#ffffff", "#000000") - 21.0).abs() < 1e-12 && contrast("#777777", "#ffffff") < 4.5);
    let style = fs::read_to_string(folder().join("../guide.css")).unwrap();
    let rules = style.split('}').filter_map(|rule| rule.rsplit_once('{'));
    let mut colours = 0;
    for (selector, properties) in rules {
        let selector = selector.rsplit("*/").next().unwrap();
        let properties = properties.split(';').filter_map(|property| property.split_once(':'));
        for (name, colour) in properties.map(|(name, colour)| (name.trim(), colour.trim())) {
            assert!(!["opacity", "filter", "background"].contains(&name), "{name}: {colour}");
            let is_of_words = (name == "color" || colour.starts_with('#')) && !["--cover", "--shade"].contains(&name);
            let themes = THEMES.iter().filter(|theme| is_of_words && selector.contains(theme.class));
            let found: Vec<f64> = themes.map(|theme| contrast(colour, theme.beside(name))).collect();
            assert!(found.iter().all(|contrast| *contrast >= 4.5), "{selector} {name}: {colour}: {found:?}");
            assert!(!is_of_words || !found.is_empty(), "{name}: {colour} whatever the theme");
            colours += found.len();
        }
    }
    assert!(colours > 10, "{colours}");
    for name in PAGES {
        assert!(!page(&format!("{name}.md")).contains("style="), "{name} has a style of its own");
    }
    let picture = page("logistic.svg");
    for is_dark in [false, true] {
        let [words, boxes] = ["text", "rect"].map(|kind| fills(&picture, kind, is_dark));
        assert!(words.len() >= 3 && boxes.len() >= 4, "{words:?} {boxes:?}");
        for (word, colour) in &words {
            for (box_, ground) in &boxes {
                let contrast = contrast(colour, ground);
                assert!(contrast >= 4.5, "{word} {colour} on {box_} {ground}, dark: {is_dark}: {contrast:.2}");
            }
        }
    }
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
