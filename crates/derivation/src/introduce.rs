//! The letters that formulas have by themselves, each with what it stands for: those that are no names of the user's, and on no left side.

use crate::derive::{Adjoint, Found};
use crate::document::{Line, Section};
use crate::formula::{Binding, Formula, Part};
use crate::observation::ONE;
use crate::pool::{Id, Pool};
use crate::write::{View, applied, has_halves, has_plain_comparisons, write};

/// What the section is called.
const TITLE: &str = "Letters";

/// What the index of a row is.
const ROW: &str = "the place of an observation";

/// The sections with one behind the loss that introduces the letters of all.
pub(crate) fn with_letters(found: &mut Found, mut sections: Vec<Section>) -> Vec<Section> {
    sections.retain(|section| section.title != TITLE);
    let lines = Introduction::of(found, &sections).into_lines();
    if !lines.is_empty() {
        sections.insert(1.min(sections.len()), Section { title: TITLE.into(), lines });
    }
    sections
}

/// What is to be introduced.
#[derive(Default)]
struct Introduction {
    /// Names that are introduced by themselves, with what they stand for.
    lines: Vec<(Formula, Formula)>,
    /// Small letters of rows, with the names of the matrices.
    rows: Vec<(Formula, Formula)>,
    /// The names that the user gave, and those on left sides.
    known: Vec<String>,
    /// All notes, which introduce letters, too.
    notes: String,
    /// The names of matrices on the rows, and of their rows.
    matrices: Vec<Matrix>,
    /// Whether rows are written as columns.
    rows_stand: bool,
    /// The adjoints of layers, with what they are derivatives by.
    adjoints: Vec<(Formula, Formula)>,
}

/// The name of a matrix on the rows, and that of one of them.
struct Matrix {
    whole: Formula,
    row: (String, String),
}

impl Introduction {
    fn of(found: &mut Found, sections: &[Section]) -> Self {
        let lines = || sections.iter().flat_map(|section| &section.lines);
        let mut introduction = Self {
            matrices: matrices(&mut found.imported.pool),
            rows_stand: found.imported.pool.rows_stand(),
            adjoints: adjoints(found),
            ..Self::default()
        };
        let pool = &found.imported.pool;
        let given = pool.symbols.iter().filter(|symbol| symbol.number.is_some()).map(|symbol| symbol.formula().text());
        introduction.known = given.chain(lines().map(|line| line.left.text())).collect();
        let notes = lines().flat_map(|line| &line.steps).filter_map(|step| step.note.as_deref());
        introduction.notes = notes.collect::<Vec<_>>().join(" ");
        let formulas =
            lines().flat_map(|line| [&line.left].into_iter().chain(line.steps.iter().map(|step| &step.formula)));
        let mut parts = Vec::new();
        formulas.for_each(|formula| formula.parts(&mut parts));
        for part in parts {
            introduction.take(found, part);
        }
        // Sᵢ is what one observation adds to S.
        let row = found.imported.pool.letters.row;
        let is_of_row = |section: &&Section| match section.lines.first().map(|line| &line.left.part) {
            Some(Part::Name(_, below)) => section.title.starts_with(ONE) && below.ends_with(row),
            _ => false,
        };
        if found.imported.pool.adds_to_each {
            let words = "also adds a number to each element, and a vector to each row";
            introduction.add(Formula::sign("+"), Formula::words(words));
        }
        if sections.iter().any(|section| is_of_row(&section)) {
            introduction.add(Formula::named(row), Formula::words(ROW));
        }
        introduction
    }

    /// Takes a part that may have to be introduced.
    fn take(&mut self, found: &mut Found, part: &Formula) {
        let letters = found.imported.pool.letters.clone();
        let words = |text: &str| Formula::words(text);
        match &part.part {
            Part::Name(base, below) => self.name(found, part, base, below),
            Part::Function(name) => match name.as_str() {
                "σ" => {
                    let t = Formula::named(letters.argument);
                    let minus = Formula::row(vec![Formula::sign("−"), t.clone()], Binding::Sum);
                    let power = match letters.has_e {
                        true => Formula::atom(Part::Exponential(Box::new(minus))),
                        false => applied("exp", vec![minus]),
                    };
                    let one = Formula::atom(Part::Number("1".into()));
                    let below = Formula::added(vec![one.clone(), power]);
                    let logistic = Formula::bound(Part::Fraction(Box::new(one), Box::new(below)), Binding::Product);
                    self.add(applied("σ", vec![t]), logistic);
                }
                "Φ" => self.add(part.clone(), words("the distribution function of the standard normal distribution")),
                "φ" => self.add(part.clone(), words("the density of the standard normal distribution")),
                "Γ" => self.add(part.clone(), words("the gamma function")),
                "ψ" => self.add(part.clone(), words("the derivative of ln Γ")),
                "ψ₁" => self.add(part.clone(), words("the derivative of ψ")),
                "softmax" => self.softmax(part.clone(), letters.argument, "row by row"),
                "sign" => self.function(part, letters.argument, "1 where t > 0, −1 where t < 0, 0 where t = 0"),
                "diag" => self.function(part, letters.argument, "the matrix with t on its diagonal and 0 elsewhere"),
                "logit" => self.function(part, letters.argument, "ln(t/(1 − t))"),
                _ => {}
            },
            Part::Sub(name, over) if name.part == Part::Function("softmax".into()) => {
                let over = if over.text() == "all" { "over all elements" } else { "column by column" };
                self.softmax(part.clone(), letters.argument, over);
            }
            Part::Sub(norm, _) if matches!(norm.part, Part::Fence("‖", ..)) => {
                let one = Formula::atom(Part::Number("1".into()));
                let left = Formula::atom(Part::Sub(Box::new(norm_of(letters.argument)), Box::new(one)));
                self.add(
                    left,
                    words(&of_argument("the sum of the absolute values of the elements of t", letters.argument)),
                );
            }
            Part::Fence("‖", ..) => {
                let two = Formula::atom(Part::Number("2".into()));
                let norm = norm_of(letters.argument);
                let left = Formula::bound(Part::Power(Box::new(norm), Box::new(two)), Binding::Power);
                self.add(left, words(&of_argument("the sum of the squares of the elements of t", letters.argument)));
            }
            Part::Sign("∇") => self.gradient(found),
            Part::Power(nabla, _) if nabla.part == Part::Sign("∇") => {
                self.add(part.clone(), words("all second derivatives"));
            }
            Part::Sub(of, order) if of.part == Part::Function("ψ".into()) => {
                self.add(part.clone(), words(&format!("the derivative of order {} of ψ", order.text())));
            }
            Part::Sign("𝟏") => self.add(part.clone(), words("a column of ones")),
            Part::Infix("⊙") => self.add(Formula::sign("⊙"), words("the product element by element")),
            Part::Fence("[", inner, _) if is_comparison(inner) => {
                let bracket = Formula::atom(Part::Fence("[", Box::new(words("…")), "]"));
                self.add(bracket, words(&meaning_of_brackets(&found.imported.pool, &self.notes)));
            }
            Part::Number(text) if text.contains('π') => {
                self.add(Formula::named("π"), words("3.14159…"));
            }
            _ => {}
        }
    }

    /// `softmax(t) = exp(t)/Σ exp(t)`, and over what the sum is.
    fn softmax(&mut self, name: Formula, argument: &str, over: &str) {
        let t = Formula::named(argument);
        let left = Formula::row(vec![name, t.clone().parenthesised()], Binding::Atom);
        let power = applied("exp", vec![t]);
        let sum = Formula::row(vec![Formula::sign("Σ"), Formula::space(), power.clone()], Binding::Product);
        let quotient = Formula::bound(Part::Fraction(Box::new(power), Box::new(sum)), Binding::Product);
        self.add(left, Formula::row(vec![quotient, Formula::words(&format!(", {over}"))], Binding::Atom));
    }

    /// A function, whose meaning is said of t, by the letter that its argument has.
    fn function(&mut self, name: &Formula, argument: &str, meaning: &str) {
        let t = Formula::named(argument).parenthesised();
        self.add(Formula::row(vec![name.clone(), t], Binding::Atom), Formula::words(&of_argument(meaning, argument)));
    }

    /// `∇` is by the only parameter.
    fn gradient(&mut self, found: &mut Found) {
        let Some(&parameter) = found.parameters.first() else { return };
        let pool = &mut found.imported.pool;
        let mut right = vec![Formula::words("the derivative by "), write(pool, parameter, View::All)];
        if !pool.is_scalar(parameter) {
            right.push(Formula::words(", an array of its shape"));
        }
        self.add(Formula::sign("∇"), Formula::row(right, Binding::Atom));
    }

    fn add(&mut self, left: Formula, right: Formula) {
        if !self.lines.iter().any(|(known, _)| *known == left) {
            self.lines.push((left, right));
        }
    }

    fn name(&mut self, found: &mut Found, name: &Formula, base: &str, below: &str) {
        let text = name.text();
        let introducing = [format!("changes by {text}"), format!("with {text} =")];
        let is_in_notes = introducing.iter().any(|words| self.notes.contains(words));
        if self.known.contains(&text) || is_in_notes {
            return;
        }
        let letters = found.imported.pool.letters.clone();
        let plain = |letter: &str| below.is_empty() && base == letter;
        if plain(letters.count) {
            return self.add(name.clone(), Formula::words("the number of observations"));
        }
        if plain(letters.identity) {
            return self.add(name.clone(), Formula::words("the identity matrix"));
        }
        if let Some(place) = unit(found, name) {
            let meaning = format!("the unit vector with its 1 at place {place}, counted from 0");
            return self.add(name.clone(), Formula::words(&meaning));
        }
        let indices = [
            (letters.row, ROW),
            (letters.component, "the place of an element in a row"),
            (letters.summed, "the place of an element in a sum along a row"),
            (letters.inner, "the place of an element in a sum within such a sum"),
        ];
        for (index, meaning) in indices {
            let is_indexed = below.ends_with(index) || below.starts_with(index) && index == letters.row;
            if plain(index) || is_indexed {
                self.add(Formula::named(index), Formula::words(meaning));
            }
        }
        let ends = ["", letters.component, letters.summed];
        if let Some((row, whole)) = self.row_of(base, below, ends) {
            if row != whole && !self.rows.iter().any(|(known, _)| *known == row) {
                self.rows.push((row, whole));
            }
        } else if let Some(constant) = unnamed_constant(found, name) {
            self.add(name.clone(), Formula::words(&constant));
        }
    }

    /// Of a name that is, but for one of these indices, that of a row: the row's name, and that of its matrix.
    fn row_of(&self, base: &str, below: &str, ends: [&str; 3]) -> Option<(Formula, Formula)> {
        let is_of = |(row_base, row_below): &(String, String)| {
            row_base == base && ends.iter().any(|end| below == format!("{row_below}{end}"))
        };
        let Matrix { whole, row } = self.matrices.iter().find(|matrix| is_of(&matrix.row))?;
        Some((Formula::atom(Part::Name(row.0.clone(), row.1.clone())), whole.clone()))
    }

    fn into_lines(self) -> Vec<Line> {
        let listed = |names: Vec<Formula>| {
            let mut parts = Vec::new();
            for name in names {
                if !parts.is_empty() {
                    parts.push(Formula::sign(", "));
                }
                parts.push(name);
            }
            parts
        };
        let mut lines = Vec::new();
        if !self.rows.is_empty() {
            let (rows, wholes): (Vec<Formula>, Vec<Formula>) = self.rows.into_iter().unzip();
            let words = if rows.len() == 1 { "one row of " } else { "one row each of " };
            let mut right = [vec![Formula::words(words)], listed(wholes)].concat();
            if self.rows_stand {
                right.push(Formula::words(", as a column"));
            }
            let mut line = Line::new(Formula::row(listed(rows), Binding::Atom), None);
            line.step(Formula::row(right, Binding::Atom), None);
            lines.push(line);
        }
        if !self.adjoints.is_empty() {
            let (names, by): (Vec<Formula>, Vec<Formula>) = self.adjoints.into_iter().unzip();
            let right = [vec![Formula::words("one observation's derivatives by ")], listed(by)].concat();
            let mut line = Line::new(Formula::row(listed(names), Binding::Atom), None);
            line.step(Formula::row(right, Binding::Atom), None);
            lines.push(line);
        }
        for (left, right) in self.lines {
            let mut line = Line::new(left, None);
            line.step(right, None);
            lines.push(line);
        }
        lines
    }
}

fn norm_of(argument: &str) -> Formula {
    Formula::atom(Part::Fence("‖", Box::new(Formula::named(argument)), "‖"))
}

/// What is said of t, said of another letter.
fn of_argument(meaning: &str, argument: &str) -> String {
    let is_letter = |c: char| c.is_alphanumeric();
    let mut said = String::new();
    for (at, c) in meaning.char_indices() {
        let is_alone = c == 't' && !meaning[..at].ends_with(is_letter) && !meaning[at + 1..].starts_with(is_letter);
        said.push_str(if is_alone { argument } else { &meaning[at..at + c.len_utf8()] });
    }
    said
}

/// The place of the 1 of a unit vector's name.
fn unit(found: &Found, name: &Formula) -> Option<usize> {
    let mut symbols = found.imported.pool.symbols.iter();
    symbols.find(|symbol| symbol.unit.is_some() && symbol.formula() == *name)?.unit
}

/// The names of layers' adjoints, and of what they are derivatives by.
fn adjoints(found: &mut Found) -> Vec<(Formula, Formula)> {
    let named = |adjoint: &Adjoint| adjoint.name.map(|name| (name, adjoint.of));
    let names: Vec<(Id, Id)> = found.adjoints.iter().rev().filter_map(named).collect();
    let pool = &mut found.imported.pool;
    names.into_iter().map(|(name, of)| (write(pool, name, View::Row), write(pool, of, View::Row))).collect()
}

/// The names of all matrices on the rows.
fn matrices(pool: &mut Pool) -> Vec<Matrix> {
    let ids = (0..pool.all().count() as u32).map(Id);
    let ids: Vec<Id> =
        ids.filter(|&id| pool.as_symbol(id).is_some() && pool.has_rows(id) && pool.dims(id).len() > 1).collect();
    let name = |id: Id| {
        let whole = write(pool, id, View::All);
        let Part::Name(base, below) = write(pool, id, View::Row).part else { return None };
        Some(Matrix { whole, row: (base, below) })
    };
    ids.into_iter().filter_map(name).collect()
}

/// What an array that the tape holds under no name of the user's is.
fn unnamed_constant(found: &Found, name: &Formula) -> Option<String> {
    let pool = &found.imported.pool;
    let symbols = found.imported.constants.iter().filter_map(|&(id, _)| pool.as_symbol(id));
    let number = symbols.filter(|symbol| symbol.formula() == *name).find_map(|symbol| symbol.number)?;
    Some(format!("the array that node %{number} of the tape holds"))
}

/// What `[a > b]` is, where both sides are equal included: what beside it notes say of some.
fn meaning_of_brackets(pool: &Pool, notes: &str) -> String {
    let is_noted = has_halves(pool) && has_plain_comparisons(pool) || notes.contains("among ties");
    match (is_noted, has_halves(pool)) {
        (true, _) => "1 where that is so, else 0, but for what is said of ties".into(),
        (_, true) => "1 where that is so, ½ where both sides are equal, else 0".into(),
        _ => "1 where that is so, else 0".into(),
    }
}

/// Whether this is a comparison.
fn is_comparison(formula: &Formula) -> bool {
    match &formula.part {
        Part::Row(parts) => {
            parts.iter().any(|part| matches!(part.part, Part::Infix("<" | "≤" | ">" | "≥" | "=" | "≠")))
        }
        _ => false,
    }
}
