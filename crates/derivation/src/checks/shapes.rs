//! The shapes of what is written of all observations: a product has factors that go together, as linear algebra has it.

use crate::derive::{Found, find};
use crate::document::Section;
use crate::formula::{Formula, Part};
use crate::hessian;
use crate::pool::{Id, Len};
use crate::write::{View, write};
use autodiff::{Tape, Var};
use std::collections::HashMap;

/// The rows and columns of a matrix; of a vector, which stands upright, one column; of a number one of both. What is as long as
/// what stands beside it needs has no length of its own.
type Shape = [Option<Len>; 2];

const ONE: Option<Len> = Some(Len::Of(1));
const NUMBER: Shape = [ONE, ONE];

type Checked = Result<Shape, String>;

/// Refuses sections that have a product of shapes that don't go together, or a sum of such.
fn check(found: &Found, sections: &[Section]) -> Result<(), String> {
    let shapes = Shapes::of(found);
    let one = Shapes::of_one(found);
    for section in sections {
        let is_one = section.title.starts_with("One observation");
        let shapes = if is_one { &one } else { &shapes };
        for line in &section.lines {
            let left = shapes.of_left(&line.left.text());
            for step in &line.steps {
                let complaint = |what: String| format!("{} = {}: {what}", line.left.text(), step.formula.text());
                let shape = shapes.of_formula(&step.formula).map_err(complaint)?;
                if left.is_some_and(|left| stretched(left, shape) != Some(left)) {
                    return Err(complaint(format!("{left:?} on the left, {shape:?} on the right")));
                }
            }
        }
    }
    Ok(())
}

/// What two shapes come to, element by element: alike, or one a number.
fn alike(a: Shape, b: Shape) -> Option<Shape> {
    let length = |a: Option<Len>, b: Option<Len>| match (a, b) {
        (None, length) | (length, None) => Some(length),
        _ => (a == b).then_some(a),
    };
    match (a == NUMBER, b == NUMBER) {
        (true, _) => Some(b),
        (_, true) => Some(a),
        _ => Some([length(a[0], b[0])?, length(a[1], b[1])?]),
    }
}

/// The same for sums, where a vector is added to each row of a matrix, as books on networks write it: `XW + b`.
fn stretched(a: Shape, b: Shape) -> Option<Shape> {
    let each_row = |matrix: Shape, vector: Shape| {
        let is_as_long = matrix[1] == vector[0] || matrix[1].is_none();
        (vector[1] == ONE && matrix[1] != ONE && is_as_long).then_some([matrix[0], vector[0]])
    };
    alike(a, b).or_else(|| each_row(a, b)).or_else(|| each_row(b, a))
}

/// What stands side by side.
fn times(a: Shape, b: Shape) -> Option<Shape> {
    match (a == NUMBER, b == NUMBER) {
        (true, _) => Some(b),
        (_, true) => Some(a),
        _ => (a[1] == b[0] || a[1].is_none() || b[0].is_none()).then_some([a[0], b[1]]),
    }
}

/// The shapes of names as they are written.
struct Shapes {
    names: HashMap<String, Shape>,
}

impl Shapes {
    fn of(found: &Found) -> Self {
        let pool = &found.imported.pool;
        let mut names = HashMap::new();
        for id in (0..pool.all().count() as u32).map(Id) {
            if let Some(symbol) = pool.as_symbol(id) {
                let shape = match *pool.dims(id).as_slice() {
                    [] => NUMBER,
                    [rows] => [Some(rows), ONE],
                    [rows, columns] => [Some(rows), Some(columns)],
                    _ => continue,
                };
                names.insert(symbol.formula().text(), shape);
            }
        }
        names.insert(pool.letters.identity.to_owned(), [None, None]);
        names.insert(found.loss_name.clone(), NUMBER);
        for index in [pool.letters.component, pool.letters.summed] {
            names.insert(index.to_owned(), NUMBER);
        }
        Self { names }
    }

    /// Those of one observation: a row of each matrix, a number of each vector on the rows.
    fn of_one(found: &Found) -> Self {
        let mut pool = found.imported.pool.clone();
        let mut shapes = Self::of(found);
        for id in (0..pool.all().count() as u32).map(Id) {
            if pool.as_symbol(id).is_some() && pool.has_rows(id) {
                let columns = pool.dims(id).get(1).copied().unwrap_or(Len::Of(1));
                let name = write(&mut pool, id, View::Row).text();
                let shape = if pool.rows_stand() { [Some(columns), ONE] } else { [ONE, Some(columns)] };
                shapes.names.insert(name, shape);
            }
        }
        shapes
    }

    /// That of a name, or of what a number's derivative is by.
    fn of_left(&self, left: &str) -> Option<Shape> {
        let derivative = left.strip_prefix('∂').and_then(|left| left.split_once("/∂"));
        match derivative {
            Some((of, _)) if self.names.get(of).is_some_and(|&shape| shape != NUMBER) => None,
            Some((_, by)) => self.names.get(by).copied(),
            None => self.names.get(left).copied(),
        }
    }

    fn of_formula(&self, formula: &Formula) -> Checked {
        let mut parts = Vec::new();
        flatten(formula, &mut parts);
        self.sum(&parts)
    }

    /// Terms with signs between them, and comparisons of them.
    fn sum(&self, parts: &[&Formula]) -> Checked {
        let is_between = |part: &&Formula| match part.part {
            Part::Infix(sign) => !matches!(sign, "⊙" | "·"),
            Part::Sign(sign) => matches!(sign, "−" | ", "),
            _ => false,
        };
        let mut whole = NUMBER;
        for term in parts.split(is_between).filter(|term| !term.is_empty()) {
            let shape = self.term(term)?;
            whole = stretched(whole, shape).ok_or_else(|| format!("{whole:?} and {shape:?} in a sum"))?;
        }
        Ok(whole)
    }

    /// Factors with ⊙ between them.
    fn term(&self, parts: &[&Formula]) -> Checked {
        if let Some(place) = parts.iter().position(|part| is_big_sum(part)) {
            let (front, body) = parts.split_at(place);
            let front = if front.is_empty() { NUMBER } else { self.term(front)? };
            let sum = self.big_sum(body)?;
            return times(front, sum).ok_or_else(|| format!("{front:?} beside the sum {sum:?}"));
        }
        let mut whole = NUMBER;
        for factors in parts.split(|part| part.part == Part::Infix("⊙")) {
            let shape = self.beside(factors)?;
            whole = alike(whole, shape).ok_or_else(|| format!("{whole:?} ⊙ {shape:?}"))?;
        }
        Ok(whole)
    }

    /// A sum over all elements, which are written one by one, or along the rows.
    fn big_sum(&self, parts: &[&Formula]) -> Checked {
        let (sign, body) = parts.split_first().ok_or("an empty sum")?;
        if sign.part == Part::Sign("Σ") {
            let is_of_arrays = body.iter().any(|part| part.text().contains('⊙'));
            return if is_of_arrays { self.term(body).map(|_| NUMBER) } else { Ok(NUMBER) };
        }
        let [_, columns] = self.term(body)?;
        Ok([columns, ONE])
    }

    /// Factors side by side: products of matrices.
    fn beside(&self, parts: &[&Formula]) -> Checked {
        let mut whole = NUMBER;
        let mut parts = parts.iter().peekable();
        while let Some(part) = parts.next() {
            let shape = match &part.part {
                Part::Space | Part::Sign("·") | Part::Infix("·") => continue,
                Part::Sub(of, _) if matches!(of.part, Part::Function(_)) => {
                    let [rows, _] =
                        parts.find(|part| part.part != Part::Space).map_or(Ok(NUMBER), |of| self.factor(of))?;
                    [rows, ONE]
                }
                Part::Function(name) => {
                    let is_arg = |part: &&&Formula| !matches!(part.part, Part::Space | Part::Function(_));
                    self.applied(name, parts.find(is_arg).ok_or("a function of nothing")?)?
                }
                // The derivative of an array by another has more axes than a matrix.
                Part::Fraction(above, _) if self.is_array_derived(above) => return Ok([None, None]),
                _ => self.factor(part)?,
            };
            whole = times(whole, shape).ok_or_else(|| format!("{whole:?} beside {shape:?}"))?;
        }
        Ok(whole)
    }

    fn is_array_derived(&self, above: &Formula) -> bool {
        let text = above.text();
        text.strip_prefix('∂').and_then(|name| self.names.get(name)).is_some_and(|&shape| shape != NUMBER)
    }

    fn applied(&self, name: &str, arg: &Formula) -> Checked {
        match name {
            "diag" => {
                let [len, _] = match self.of_formula(arg) {
                    Ok(shape @ [_, ONE]) if shape != NUMBER => shape,
                    _ => self.elements(arg),
                };
                Ok([len, len])
            }
            "solve" => Ok([None, ONE]),
            _ => self.of_formula(arg),
        }
    }

    /// The shape of what is written by its elements, side by side: that of the observations where it has such, as they aren't summed there.
    fn elements(&self, formula: &Formula) -> Shape {
        let text = formula.text();
        let vectors = self.names.iter().filter(|(name, shape)| text.contains(name.as_str()) && shape[1] == ONE);
        let lengths: Vec<Option<Len>> = vectors.map(|(_, shape)| shape[0]).filter(|&length| length != ONE).collect();
        let length = lengths.iter().copied().find(|&length| length == Some(Len::Rows));
        [length.or(lengths.first().copied()).flatten(), ONE]
    }

    fn factor(&self, formula: &Formula) -> Checked {
        match &formula.part {
            Part::Name(..) | Part::Row(_) => {
                let name = formula.text();
                let is_element = |whole: &String| name.starts_with(whole.as_str());
                let element = self.names.keys().any(is_element).then_some(NUMBER);
                self.names.get(&name).copied().or(element).ok_or_else(|| format!("the unknown name {name}"))
            }
            Part::Number(_) | Part::Words(_) => Ok(NUMBER),
            Part::Sign("𝟏") => Ok([None, ONE]),
            Part::Fence("‖", inner, _) => self.of_formula(inner).map(|_| NUMBER),
            Part::Sub(_, _) => Ok(NUMBER),
            Part::Fence(_, inner, _) | Part::Root(inner) | Part::Exponential(inner) => self.of_formula(inner),
            Part::Power(base, _) => self.of_formula(base),
            Part::Transpose(inner) => self.of_formula(inner).map(|[rows, columns]| [columns, rows]),
            Part::Fraction(above, below) if above.text().starts_with('∂') => {
                Ok(self.names.get(below.text().trim_start_matches('∂')).copied().unwrap_or(NUMBER))
            }
            Part::Fraction(above, below) => {
                let [above, below] = [self.of_formula(above)?, self.of_formula(below)?];
                alike(above, below).ok_or_else(|| format!("{above:?} over {below:?}"))
            }
            Part::Cases(condition, then, otherwise) => {
                let parts = [self.of_formula(condition)?, self.of_formula(then)?, self.of_formula(otherwise)?];
                let whole = parts.into_iter().try_fold(NUMBER, alike);
                whole.ok_or_else(|| format!("a choice of {parts:?}"))
            }
            part => Err(format!("the part {part:?}")),
        }
    }
}

/// The parts of a formula as they are seen, whatever rows they are in; a name with words in front is one.
fn flatten<'f>(formula: &'f Formula, parts: &mut Vec<&'f Formula>) {
    match &formula.part {
        Part::Row(inner) if !matches!(inner.first().map(|first| &first.part), Some(Part::Words(_))) => {
            inner.iter().for_each(|part| flatten(part, parts));
        }
        _ => parts.push(formula),
    }
}

fn is_big_sum(part: &Formula) -> bool {
    match &part.part {
        Part::Sub(of, _) => of.part == Part::Sign("Σ"),
        part => *part == Part::Sign("Σ"),
    }
}

fn entropy<'t>(y: Var<'t, f64>, p: Var<'t, f64>) -> Var<'t, f64> {
    -(y * p.ln() + (1.0 - y) * (1.0 - p).ln()).sum()
}

/// Networks with one output and several, rows and columns that scale matrices, sums along rows; each with what it is derived by.
fn losses(tape: &Tape<f64>) -> Vec<(Var<'_, f64>, Vec<Var<'_, f64>>)> {
    let (x, y, o, labels) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.rows("o", &[]), tape.rows("Y", &[3]));
    let [w, u, a] = [("W", [2, 3]), ("U", [2, 3]), ("W2", [3, 3])].map(|(name, shape)| tape.input(name, &shape));
    let [b, v, theta] = [("b", 3), ("v", 3), ("theta", 2)].map(|(name, len)| tape.input(name, &[len]));
    let [c, s] = ["c", "s"].map(|name| tape.input(name, &[]));
    let (z, layer) = (x.dot(w), (x.dot(w) + b).tanh());
    let output = layer.linear(v) + c;
    let (gates, deep) = ((z.tanh() * x.dot(u).sigmoid()).linear(v), layer.dot(a).sigmoid().linear(v) + c);
    let [scale, size] = [o, z.powi(2).sum_axes(&[1]).sqrt()].map(|rows| rows.insert_axis(1));
    vec![
        (entropy(y, x.linear(theta).sigmoid()), vec![theta]),
        ((o * (y - x.linear(theta)).powi(2)).mean() + s * theta.powi(2).sum(), vec![theta, s]),
        ((y - output).powi(2).mean(), vec![w, b, v, c]),
        (entropy(y, output.sigmoid()), vec![w, b, v, c]),
        ((output.exp() - y * output).sum(), vec![w, b, v, c]),
        ((o * (y - output).powi(2)).sum() / o.sum(), vec![w, b, v, c]),
        ((y - gates).powi(2).sum(), vec![w, u, v]),
        ((y - deep).powi(2).mean(), vec![w, b, a, v, c]),
        ((y - z.relu().linear(v)).powi(2).mean(), vec![w, v]),
        ((y - z.tanh().sum_axes(&[1])).powi(2).mean(), vec![w]),
        ((y - (z * b).tanh().sum_axes(&[1])).powi(2).mean(), vec![w, b]),
        ((y - (x * theta).dot(w).tanh().linear(v)).powi(2).sum(), vec![theta, w, v]),
        (-(labels * (layer.dot(a) + v).softmax(&[1]).ln()).sum(), vec![w, b, a, v]),
        (-(labels * (z * scale).softmax(&[1]).ln()).sum(), vec![w]),
        ((labels - z * b).powi(2).sum(), vec![w, b]),
        ((labels - z / b).powi(2).sum(), vec![w, b]),
        ((labels - z / scale).powi(2).sum(), vec![w]),
        ((y.insert_axis(1) * (z * b).exp()).sum(), vec![w, b]),
        ((labels - s * y.outer(b)).powi(2).sum(), vec![b, s]),
        ((z * b).maximum(labels).sum(), vec![w, b]),
        ((labels * (z / size)).sum(), vec![w]),
        ((0.5 * ((labels - z) / b.exp()).powi(2) + b).sum(), vec![w, b]),
        ((y - z.sum_axes(&[1]).exp()).powi(2).sum(), vec![w]),
        ((labels - z.sum_axes(&[1]).exp().insert_axis(1)).powi(2).sum(), vec![w]),
        (((z * labels).sum_axes(&[1]).tanh() * y).sum(), vec![w]),
        ((labels * (z - z.sum_axes(&[1]).tanh().insert_axis(1)).exp()).sum(), vec![w]),
        ((z.sum_axes(&[1]) / (1.0 + z.powi(2).sum_axes(&[1]))).ln().mean(), vec![w]),
        ((labels * (z / (1.0 + z.powi(2).sum_axes(&[1]).insert_axis(1)).sqrt())).sum(), vec![w]),
        ((z - z.mean_axes(&[1]).insert_axis(1)).powi(2).mean_axes(&[1]).sqrt().sum(), vec![w]),
        (((z * b).sum_axes(&[1]).sigmoid() - y).powi(2).mean(), vec![w, b]),
        ((z.max_axes(&[1]) - (labels * z).sum_axes(&[1])).mean(), vec![w]),
        (((z.max_axes(&[1]) - y).powi(2)).mean(), vec![w]),
        ((z.logsumexp_axes(&[1]).powi(2)).mean(), vec![w]),
        ((x.sum_axes(&[1]) * x.linear(theta).tanh()).sum() + x.linear(theta).sum().powi(2), vec![theta]),
        (entropy(y, (z.softmax(&[1]).linear(v)).sigmoid()), vec![w, v]),
        ((y - z.softmax(&[1]).dot(a).tanh().linear(v)).powi(2).mean(), vec![w, a, v]),
        ((y * (w.index_axis(0, 1) * z).sum_axes(&[1])).sum(), vec![w]),
        ((labels - z - 3.0 * w.index_axis(0, 1)).powi(2).sum() + s * w.sum(), vec![w, s]),
        ((y - x.linear(theta)).powi(2).sum() + 3.0 * theta.sum() + s * theta.sum().powi(2), vec![theta, s]),
        (2.0 * z.sum() + s * w.sum(), vec![w, s]),
        (w.index_axis(0, 0).powi(2).sum() + (labels - z).powi(2).sum(), vec![w]),
        ((y - x.linear(theta)).powi(2).mean().sqrt() + s * theta.powi(2).sum(), vec![theta, s]),
        ((y * x.linear(theta)).sum() / x.linear(theta).powi(2).sum().sqrt(), vec![theta]),
        ((s * x.linear(theta) + o).exp().sum().ln() / s - (y * x.linear(theta)).sum(), vec![theta, s]),
        ((labels - z - b).powi(2).sum().sqrt(), vec![w, b]),
        ((labels * (z * s).softmax(&[1]).ln()).mean().exp(), vec![w, s]),
    ]
}

#[test]
fn products_are_of_shapes_that_go_together() {
    let tape = Tape::new();
    let mut lines = 0;
    let mut complaints = Vec::new();
    for (loss, by) in losses(&tape) {
        for place in 0..by.len() {
            // A change has the shape of what changes: each curvature has a derivation of its own.
            let mut found = find(loss, &by).expect("a derivation");
            let mut sections = crate::compose::sections(&mut found);
            sections.extend(hessian::section(&mut found, place).expect("a Hessian"));
            complaints.extend(check(&found, &sections).err());
            lines += sections.iter().map(|section| section.lines.len()).sum::<usize>();
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(lines > 300, "{lines}");
}
