//! Makes MathML of `$…$` and `$$…$$`, which browsers draw without a script: a preprocessor of mdBook, and a tool for the formulas of
//! rustdoc (`cargo run -- FORMULA`).
//!
//! mdBook gives the book as JSON on the standard input and reads it back from the standard output.

use pulldown_latex::config::DisplayMode;
use pulldown_latex::{Parser, RenderConfig, Storage, push_mathml};
use serde_json::Value;
use std::error::Error;
use std::io::Read;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        // mdBook asks whether a renderer is supported: what is no HTML keeps its formulas.
        Some("supports") => match std::env::args().nth(2).as_deref() {
            Some("html") => Ok(()),
            _ => Err("formulas are made for HTML only".into()),
        },
        Some(formula) => {
            println!("{}", mathml(formula, true)?);
            Ok(())
        }
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

/// A formula, without line breaks: an empty line would end it in Markdown.
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
    Ok(out.replace('\n', " "))
}
