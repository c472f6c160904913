//! Makes MathML of formulas, which browsers draw without a script: a preprocessor of mdBook for `$…$` and `$$…$$`, and a tool for the
//! formulas of rustdoc.
//!
//! mdBook gives the book as JSON on the standard input and reads it back from the standard output. rustdoc passes HTML on, so each
//! formula of the docs is a file of LaTeX with one of HTML beside it, which the docs include:
//! `cargo run --manifest-path docs/guide/math/Cargo.toml -- crates/*/formulas` writes those, and the font that goes with them. rustdoc has
//! no place for a font, so the docs include it as text, `font.html`: beside an `impl` if they can, where editors don't show it.

use base64::prelude::{BASE64_STANDARD, Engine};
use pulldown_latex::config::DisplayMode;
use pulldown_latex::{Parser, RenderConfig, Storage, push_mathml};
use serde_json::Value;
use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::Path;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        // mdBook asks whether a renderer is supported: what is no HTML keeps its formulas.
        Some("supports") => match std::env::args().nth(2).as_deref() {
            Some("html") => Ok(()),
            _ => Err("formulas are made for HTML only".into()),
        },
        Some(_) => std::env::args().skip(1).try_for_each(|folder| formulas(Path::new(&folder))),
        None => book(),
    }
}

fn book() -> Result<()> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let mut input: Value = serde_json::from_str(&input)?;
    let book = input.get_mut(1).ok_or("mdBook gives a context and a book")?;
    chapters(book)?;
    println!("{book}");
    Ok(())
}

/// The guide's font, cut down to the characters of `characters.txt`:
/// `pyftsubset docs/guide/pages/fonts/math.woff2 --text-file=docs/guide/math/characters.txt --layout-features='' --no-hinting --name-IDs='*' --flavor=woff2`.
const FONT: &[u8] = include_bytes!("../formulas.woff2");

/// Beside every formula of a folder, its HTML; and the font.
fn formulas(folder: &Path) -> Result<()> {
    let font = BASE64_STANDARD.encode(FONT);
    let face = format!("@font-face {{ font-family: Formulas; src: url(data:font/woff2;base64,{font}); }}");
    let style = format!("<style>{face} math {{ font-family: Formulas, math; }}</style>\n");
    fs::write(folder.join("font.html"), style)?;
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "tex") {
            let formula = mathml(fs::read_to_string(&path)?.trim(), true)?;
            fs::write(
                path.with_extension("html"),
                format!("<div style=\"margin: 0.3em 0; padding: 0.6em 0; overflow-x: auto\">{formula}</div>\n"),
            )?;
        }
    }
    Ok(())
}

/// Every text named `content`, however deep chapters lie.
fn chapters(value: &mut Value) -> Result<()> {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == "content" => *text = page(text)?,
                    _ => chapters(field)?,
                }
            }
            Ok(())
        }
        Value::Array(values) => values.iter_mut().try_for_each(chapters),
        _ => Ok(()),
    }
}

/// A page with its formulas set. What stands in code is no formula.
fn page(text: &str) -> Result<String> {
    let mut out = String::new();
    for (number, part) in text.split("```").enumerate() {
        if number > 0 {
            out.push_str("```");
        }
        if number % 2 == 1 {
            out.push_str(part);
            continue;
        }
        for (number, part) in part.split('`').enumerate() {
            if number > 0 {
                out.push('`');
            }
            out.push_str(&if number % 2 == 1 { part.to_string() } else { prose(part)? });
        }
    }
    Ok(out)
}

fn prose(text: &str) -> Result<String> {
    let mut out = String::new();
    for (number, part) in text.split("$$").enumerate() {
        if number % 2 == 1 {
            out.push_str(&format!("<div class=\"formula\">{}</div>", mathml(part, true)?));
            continue;
        }
        for (number, part) in part.split('$').enumerate() {
            out.push_str(&if number % 2 == 1 { mathml(part, false)? } else { part.to_string() });
        }
    }
    Ok(out)
}

/// A formula, without line breaks: an empty line would end it in Markdown. Its μ is the letter, not the sign of a millionth, which has no
/// italic.
fn mathml(formula: &str, block: bool) -> Result<String> {
    let storage = Storage::new();
    // A mistake would be drawn as a red word: it is to stop the book.
    if let Some(Err(error)) = Parser::new(formula, &storage).find(std::result::Result::is_err) {
        return Err(format!("{formula}: {error}").into());
    }
    let display_mode = if block { DisplayMode::Block } else { DisplayMode::Inline };
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let mut out = String::new();
    push_mathml(&mut out, Parser::new(formula, &storage), config)?;
    Ok(out.replace('\n', " ").replace('µ', "μ"))
}
