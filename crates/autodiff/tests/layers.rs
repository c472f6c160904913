//! The layers that ARCHITECTURE.md lists, held against the paths in the sources: a file uses only its own layer and those below, and
//! no files use each other in a circle, in this crate and in the others.
//!
//! It reads text, not types: a call of a method is not seen, the import of its type is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[test]
fn every_use_points_down() {
    let crate_ = Crate::read("autodiff");
    assert!(crate_.files > 100, "only {} files were found", crate_.files);
    let layers = layers();
    let layer_of = |file: &str| {
        let top = file.split(['/', '.']).next().unwrap_or_default();
        let place = layers.iter().position(|(_, modules)| modules.iter().any(|module| module == top));
        place.unwrap_or_else(|| panic!("src/{file} is in no layer: add `{top}` to the list in ARCHITECTURE.md"))
    };
    let mut wrong = Vec::new();
    for edge in crate_.edges.iter().filter(|edge| edge.from != "lib.rs") {
        let (from, to) = (layer_of(&edge.from), layer_of(&edge.to));
        if to > from {
            wrong.push(format!(
                "src/{}:{}: `{}` is in src/{}, in the layer `{}` above `{}`: move what is needed down, or this up",
                edge.from, edge.line, edge.path, edge.to, layers[to].0, layers[from].0
            ));
        }
    }
    assert!(wrong.is_empty(), "{} uses point up:\n{}", wrong.len(), wrong.join("\n"));
}

const CRATES: [&str; 7] = ["autodiff", "data", "derivation", "models", "cli", "distributed", "playground"];

#[test]
fn no_files_use_each_other_in_a_circle() {
    let mut wrong = Vec::new();
    for name in CRATES {
        let crate_ = Crate::read(name);
        let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for edge in &crate_.edges {
            if edge.from != edge.to {
                uses.entry(&edge.from).or_default().insert(&edge.to);
            }
        }
        let reached: BTreeMap<&str, BTreeSet<&str>> = uses.keys().map(|&file| (file, reachable(file, &uses))).collect();
        let goes_back = |from: &str, to: &str| reached.get(to).is_some_and(|reached| reached.contains(from));
        for edge in crate_.edges.iter().filter(|edge| uses.get(&*edge.from).is_some_and(|to| to.contains(&*edge.to))) {
            if goes_back(&edge.from, &edge.to) {
                wrong.push(format!("{name}/src/{}:{}: `{}` in src/{}", edge.from, edge.line, edge.path, edge.to));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} uses lie on circles: move what both ends need to a file of its own\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn reachable<'f>(from: &'f str, uses: &BTreeMap<&'f str, BTreeSet<&'f str>>) -> BTreeSet<&'f str> {
    let (mut found, mut stack) = (BTreeSet::new(), vec![from]);
    while let Some(file) = stack.pop() {
        stack.extend(uses.get(file).into_iter().flatten().filter(|&&next| found.insert(next)));
    }
    found
}

/// The layers of ARCHITECTURE.md, from the lowest up: each line's name, and its modules.
fn layers() -> Vec<(String, Vec<String>)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ARCHITECTURE.md");
    let page = std::fs::read_to_string(page).expect("ARCHITECTURE.md is there");
    let list = page.split("```layers\n").nth(1).and_then(|rest| rest.split("```").next());
    let list = list.expect("ARCHITECTURE.md has a block of layers");
    let layer = |line: &str| {
        let (name, modules) = line.split_once(':').expect("a layer is written `name: modules`");
        (name.trim().to_owned(), modules.split_whitespace().map(str::to_owned).collect())
    };
    let layers: Vec<(String, Vec<String>)> = list.lines().map(layer).collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for module in layers.iter().flat_map(|(_, modules)| modules) {
        let is_there = source.join(module).is_dir() || source.join(module).with_extension("rs").is_file();
        assert!(is_there, "`{module}` is in the list in ARCHITECTURE.md, but not in src");
    }
    layers
}

/// A path in a file that leads to another one.
struct Edge {
    from: String,
    line: usize,
    path: String,
    to: String,
}

/// What a file outside of its tests says.
#[derive(Default)]
struct File {
    name: String,
    children: BTreeMap<String, Vec<String>>,
    /// Imports: the name, the path, the line, and whether others see it.
    imports: Vec<Import>,
    /// All other paths, with their lines.
    paths: Vec<(Vec<String>, usize)>,
}

struct Import {
    name: String,
    path: Vec<String>,
    line: usize,
    is_public: bool,
}

/// The files by the path of their module, and the uses between them.
struct Crate {
    edges: Vec<Edge>,
    files: usize,
}

impl Crate {
    fn read(name: &str) -> Self {
        let mut files = BTreeMap::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
        let first = ["lib.rs", "main.rs"].into_iter().find(|file| root.join(file).exists());
        let first = first.unwrap_or_else(|| panic!("there is no crate `{name}`"));
        read_module(&root, PathBuf::from(first), Vec::new(), &mut files);
        let mut edges = Vec::new();
        for (module, file) in &files {
            let imports = file.imports.iter().map(|import| (&import.path, import.line, import.is_public));
            let paths = file.paths.iter().map(|(path, line)| (path, *line, false));
            for (path, line, is_public) in imports.chain(paths) {
                let Some(target) = resolve(&files, module, path, 0) else { continue };
                let is_own_child = is_public && target.len() > module.len() && target.starts_with(module);
                if target != *module && !is_own_child {
                    let (from, to) = (file.name.clone(), files[&target].name.clone());
                    edges.push(Edge { from, line, path: path.join("::"), to });
                }
            }
        }
        Crate { edges, files: files.len() }
    }
}

type Files = BTreeMap<Vec<String>, File>;

/// The module of the file that a path written in `module` leads to; `None` where that is no file of the crate.
fn resolve(files: &Files, module: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    let mut at = match first.as_str() {
        "crate" => Vec::new(),
        "self" => module.to_vec(),
        "super" => module[..module.len().checked_sub(1)?].to_vec(),
        name if files[module].children.contains_key(name) => files[module].children[name].clone(),
        name => {
            let import = files[module].imports.iter().find(|import| import.name == name && import.path[0] != name)?;
            // What is imported as it is has its use there already; of a module, it is said here what is used of it.
            let target = resolve_as_module(files, module, &import.path)?;
            if rest.is_empty() { return None } else { target }
        }
    };
    for segment in rest {
        if segment == "super" {
            at.pop()?;
        } else if let Some(child) = files[&at].children.get(segment) {
            at = child.clone();
        } else {
            let export = files[&at].imports.iter().find(|import| import.is_public && import.name == *segment);
            return match export {
                Some(export) if depth < 8 => resolve(files, &at, &export.path, depth + 1),
                _ => Some(at),
            };
        }
    }
    Some(at)
}

/// The module that an import is of, if it is of one.
fn resolve_as_module(files: &Files, module: &[String], path: &[String]) -> Option<Vec<String>> {
    let target = resolve(files, module, path, 0)?;
    (target.last() == path.last() || path.last().is_some_and(|last| last == "super")).then_some(target)
}

fn read_module(root: &Path, file: PathBuf, module: Vec<String>, files: &mut Files) {
    let text = std::fs::read_to_string(root.join(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let tokens = without_tests(&tokens(&text));
    let name = file.to_string_lossy().replace('\\', "/");
    let mut found = File { name, ..File::default() };
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let parent = file.parent().unwrap_or(Path::new(""));
    let folder = if ["lib", "main", "mod"].contains(&&*stem) { parent.to_owned() } else { parent.join(stem) };
    let mut at = 0;
    while at < tokens.len() {
        let word = |ahead: usize| tokens.get(at + ahead).map_or("", |token| token.text.as_str());
        if word(0) == "mod" && word(2) == ";" {
            let child: Vec<String> = module.iter().cloned().chain([word(1).to_owned()]).collect();
            let flat = folder.join(format!("{}.rs", word(1)));
            let path = if root.join(&flat).exists() { flat } else { folder.join(word(1)).join("mod.rs") };
            found.children.insert(word(1).to_owned(), child.clone());
            read_module(root, path, child, files);
            at += 3;
        } else if word(0) == "use" {
            let is_public = at > 0 && ["pub", ")"].contains(&&*tokens[at - 1].text);
            let end = at + tokens[at..].iter().position(|token| token.text == ";").unwrap_or(0);
            read_tree(&tokens[at + 1..end], &[], is_public, &mut found.imports);
            at = end + 1;
        } else if word(1) == "::" && is_name(word(0)) && (at == 0 || tokens[at - 1].text != ".") {
            let (line, mut path) = (tokens[at].line, vec![word(0).to_owned()]);
            while tokens.get(at + 1).is_some_and(|token| token.text == "::")
                && tokens.get(at + 2).is_some_and(|token| is_name(&token.text))
            {
                path.push(tokens[at + 2].text.clone());
                at += 2;
            }
            found.paths.push((path, line));
            at += 1;
        } else {
            at += 1;
        }
    }
    files.insert(module, found);
}

/// The imports of a tree `a::{b, c::d as e}`.
fn read_tree(tokens: &[Token], prefix: &[String], is_public: bool, imports: &mut Vec<Import>) {
    let mut path = prefix.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "::" => {}
            "{" => {
                let (mut depth, mut start) = (0, at + 1);
                for (end, token) in tokens.iter().enumerate().skip(at) {
                    depth += i32::from(token.text == "{") - i32::from(token.text == "}");
                    if (token.text == "," && depth == 1) || (token.text == "}" && depth == 0) {
                        read_tree(&tokens[start..end], &path, is_public, imports);
                        start = end + 1;
                    }
                }
                return;
            }
            "as" => break,
            "self" if !path.is_empty() => {}
            name => path.push(name.to_owned()),
        }
        at += 1;
    }
    if let (Some(last), Some(token)) = (path.last(), tokens.last()) {
        let name = if token.text == "self" { last.clone() } else { token.text.clone() };
        imports.push(Import { name, line: tokens[0].line, is_public, path });
    }
}

#[derive(Clone)]
struct Token {
    text: String,
    line: usize,
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The words and signs of a source, without comments, strings, characters and lifetimes.
fn tokens(text: &str) -> Vec<Token> {
    let (chars, mut tokens): (Vec<char>, _) = (text.chars().collect(), Vec::new());
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let next = |ahead: usize| chars.get(at + ahead).copied().unwrap_or(' ');
        let start = at;
        let c = chars[at];
        if c == '/' && next(1) == '/' {
            while at < chars.len() && chars[at] != '\n' {
                at += 1;
            }
        } else if c == '"' {
            at += 1;
            while at < chars.len() && chars[at] != '"' {
                at += if chars[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if c == '\'' {
            // A character ends with a quote, a lifetime doesn't.
            let len = if next(1) == '\\' {
                chars[at + 2..].iter().position(|&c| c == '\'').map(|end| end + 3)
            } else {
                (next(2) == '\'').then_some(3)
            };
            at += len.unwrap_or(1);
            if len.is_none() {
                while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                    at += 1;
                }
            }
        } else if c.is_alphanumeric() || c == '_' {
            while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                at += 1;
            }
            tokens.push(Token { text: chars[start..at].iter().collect(), line });
        } else {
            at += if c == ':' && next(1) == ':' { 2 } else { 1 };
            if !c.is_whitespace() {
                tokens.push(Token { text: chars[start..at].iter().collect(), line });
            }
        }
        line += chars[start..at.min(chars.len())].iter().filter(|&&c| c == '\n').count();
    }
    tokens
}

/// Leaves out the items that are compiled for tests alone.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_test = ["#", "[", "cfg", "(", "test", ")", "]"];
        let begins = tokens[at..].iter().map(|token| token.text.as_str()).take(7).eq(is_test);
        if !begins {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        at += 7;
        let mut depth = 0;
        while at < tokens.len() {
            let text = tokens[at].text.as_str();
            depth += i32::from(text == "{") - i32::from(text == "}");
            at += 1;
            if depth == 0 && [";", "}"].contains(&text) {
                break;
            }
        }
    }
    kept
}
