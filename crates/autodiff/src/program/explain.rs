//! A program in words: its passes, what is done together, and the memory it takes.

use super::Program;
use super::instr::{At, Factor, Instr, RowSweep, ScalarInstr};
use super::plan::{Lifted, Pass, Plan};
use crate::graph::Graph;
use crate::scalar::Scalar;
use std::fmt;

impl<T: Scalar> Program<T> {
    /// What running the program does, in words: each pass over the rows with the rows of a block, the bytes it reads and
    /// keeps, and its steps (neighbouring elementwise operations are one step, on a block that stays in cache), and what is
    /// computed before and between the passes. As a picture: [`svg`](Self::svg).
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    /// let theta = tape.input("theta", &[2]);
    /// let probability = x.linear(theta).sigmoid();
    /// let loss = -(y * probability.ln() + (1.0 - y) * (1.0 - probability).ln()).sum();
    /// let program = tape.compile(&[loss, loss.grad(theta)])?;
    /// let text = program.explain().to_string();
    /// assert!(text.contains("pass 1 of 1"), "{text}");
    /// assert!(text.contains("y·softplus(−z) + (1 − y)·softplus(z) by one exponential"), "{text}");
    /// assert!(text.contains("reads 24 bytes a row: X, y"), "{text}");
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    pub fn explain(&self) -> impl fmt::Display + '_ {
        Explanation(self)
    }
}

struct Explanation<'p, T: Scalar>(&'p Program<T>);

impl<T: Scalar> fmt::Display for Explanation<'_, T> {
    #[inline(never)]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Program { graph, outputs, plan, applied, .. } = self.0;
        let shapes: Vec<String> = outputs.iter().map(|&output| graph.shape(output).to_string()).collect();
        let scalar = std::any::type_name::<T>();
        writeln!(f, "program of {} operations on {scalar}, {}", graph.len(), plural(outputs.len(), "output"))?;
        writeln!(f, "  outputs: {}", shapes.join(", "))?;
        writeln!(f, "  compiled for {}", plan.processor)?;
        for rewrite in applied {
            writeln!(f, "  rewritten: {rewrite}")?;
        }
        let passes = self.0.passes();
        let mut number = 0;
        for stage in &plan.stages {
            if !stage.fixed.is_empty() {
                writeln!(f, "{}", if number == 0 { "once, before the rows" } else { "then, once" })?;
                write_steps(f, Scope { graph, plan, indent: 4 }, &stage.fixed)?;
            }
            if let Some(pass) = &stage.pass {
                number += 1;
                writeln!(f, "pass {number} of {passes} over the rows")?;
                self.write_pass(f, pass)?;
            }
        }
        self.write_memory(f)
    }
}

impl<T: Scalar> Explanation<'_, T> {
    fn write_pass(&self, f: &mut fmt::Formatter<'_>, pass: &Pass) -> fmt::Result {
        let Program { graph, plan, .. } = self.0;
        let scope = Scope { graph, plan, indent: 4 };
        let (rows, bytes) = (pass.streamed_rows, size_of::<T>());
        let names = inputs_read(graph, &pass.body);
        writeln!(f, "  reads {} bytes a row: {}", pass.row_bytes, names.join(", "))?;
        let (read, kept) = (rows * pass.row_bytes, pass.arena * bytes);
        let cached = if pass.block_rows > rows {
            format!(" ({} where all inputs fit a cache)", pass.block_rows)
        } else {
            String::new()
        };
        writeln!(f, "  blocks of {rows} rows{cached}: {read} bytes read, {kept} bytes of buffers")?;
        if !pass.prologue.is_empty() {
            writeln!(f, "  once for each thread")?;
            write_steps(f, scope, &pass.prologue)?;
        }
        writeln!(f, "  for each block")?;
        write_steps(f, scope, &pass.body)?;
        if self.0.recomputation.is_some() && !pass.accumulators.is_empty() {
            let scalar = std::any::type_name::<T>();
            writeln!(f, "  a block whose sums leave the range of {scalar} is computed again in 31 digits")?;
        }
        writeln!(f, "  partial sums: {} bytes, for each of up to 64 shares of the rows", pass.accumulated * bytes)
    }

    fn write_memory(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = &self.0.plan;
        let bytes = size_of::<T>();
        let (arrays, numbers) = (plan.fixed_arena * bytes, plan.scalars.len() * bytes);
        let code = plan.scalar_code.len() * size_of::<ScalarInstr>();
        writeln!(f, "memory beside the blocks: {arrays} bytes of arrays, {numbers} of numbers, {code} of scalar code")
    }
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What instructions belong to, and how far they are indented.
#[derive(Clone, Copy)]
struct Scope<'p, T: Scalar> {
    graph: &'p Graph<T>,
    plan: &'p Plan<T>,
    indent: usize,
}

/// The steps, neighbouring elementwise operations as one.
fn write_steps<T: Scalar>(f: &mut fmt::Formatter<'_>, scope: Scope<'_, T>, instrs: &[Instr]) -> fmt::Result {
    let Scope { graph, plan, indent } = scope;
    let is_elementwise = |instr: &Instr| !elementwise(instr).is_empty();
    for group in instrs.chunk_by(|a, b| is_elementwise(a) && is_elementwise(b)) {
        let names: Vec<String> = group.iter().flat_map(elementwise).collect();
        match (names.len(), group) {
            (0, [Instr::Lifted { program, .. }]) => write_lifted(f, &plan.lifted[*program as usize], indent)?,
            (0, [instr, ..]) => writeln!(f, "{:indent$}{}", "", step(graph, instr))?,
            (count, _) => {
                let operations = plural(count, "elementwise operation");
                writeln!(f, "{:indent$}{operations} together: {}", "", names.join(", "))?;
            }
        }
    }
    Ok(())
}

/// What is done with the elements of large arrays.
fn write_lifted<T: Scalar>(f: &mut fmt::Formatter<'_>, lifted: &Lifted<T>, indent: usize) -> fmt::Result {
    let Lifted { graph, plan, len, .. } = lifted;
    for pass in plan.passes() {
        let rows = pass.rows_a_block(*len);
        writeln!(f, "{:indent$}elements of arrays of {len} as rows, in blocks of {rows}", "")?;
        write_steps(f, Scope { graph, plan, indent: indent + 2 }, &pass.body)?;
    }
    Ok(())
}

/// The names of the elementwise operations that an instruction is.
pub(super) fn elementwise(instr: &Instr) -> Vec<String> {
    let name = match instr {
        Instr::Chain { steps, .. } => return steps.iter().map(|step| step.op.name().into()).collect(),
        Instr::Unary { op, .. } => op.name().into(),
        Instr::Binary { step, .. } => step.op.name().into(),
        Instr::Select { .. } => "select".into(),
        Instr::Powi { n, .. } => format!("powi({n})"),
        Instr::Powf { .. } => "powf".into(),
        Instr::Ordered { .. } => "a special function".into(),
        Instr::Logistic { outs, .. } => {
            format!("{} by one exponential", asked(&["softplus(z)", "softplus(−z)", "σ(z)", "σ(−z)"], outs))
        }
        Instr::LogisticLoss { outs, .. } => {
            let members = ["y·softplus(−z) + (1 − y)·softplus(z) by one exponential", "(1 − y)·σ(z) − y·σ(−z)"];
            return members.into_iter().zip(outs).filter_map(|(name, out)| out.map(|_| name.into())).collect();
        }
        _ => return Vec::new(),
    };
    vec![name]
}

/// Elements of a row that are taken together.
fn neighbours(count: impl Into<u64>) -> String {
    plural(count.into() as usize, "neighbour")
}

/// The names of what has a place.
fn asked(names: &[&str], outs: &[Option<At>]) -> String {
    let asked: Vec<&str> = names.iter().zip(outs).filter_map(|(&name, out)| out.map(|_| name)).collect();
    asked.join(", ")
}

/// Any other step.
pub(super) fn step<T: Scalar>(graph: &Graph<T>, instr: &Instr) -> String {
    let name = |factor: &Factor| match factor {
        Factor::Input(input) => graph.inputs[*input as usize].name.to_string(),
        Factor::Arena(_) => "matrix".into(),
    };
    match instr {
        Instr::Scalars { count, .. } => plural(*count as usize, "operation") + " on single numbers",
        Instr::Splat { .. } => "a number into every lane of a vector".into(),
        Instr::Pick { .. } => "a result kept as a number".into(),
        Instr::Load { input, len, .. } => {
            format!("load {} ({} a row)", graph.inputs[*input as usize].name, plural(*len as usize, "number"))
        }
        Instr::Zero { .. } => "zeros".into(),
        Instr::Copy { .. } => "elements moved to another layout".into(),
        Instr::Split { len, columns, .. } => format!("{} taken out of rows of {len}", plural(columns.len(), "column")),
        Instr::Join { parts, len, .. } => format!("rows of {len} put together from {}", plural(parts.len(), "part")),
        Instr::Reduce { op, red, .. } => format!("{} of {}", op.name(), neighbours(*red)),
        Instr::Normalise { op, red, .. } => format!("{} of {}", op.name(), neighbours(*red)),
        Instr::Weighted { op, lanes: [_, len], .. } => format!("{} of {}", op.name(), neighbours(*len)),
        Instr::Lanewise { op, lanes: [_, len, _], .. } => format!("{} along {len}", op.name()),
        Instr::Linalg { op, .. } => op.name().into(),
        Instr::Triple { lanes: [_, red, _], .. } => format!("triple product of {}", neighbours(*red)),
        Instr::Exponentials { red, outs, .. } => {
            let members = ["logsumexp", "log_softmax", "softmax weights"];
            format!("{} of {} by one exponential each", asked(&members, outs), neighbours(*red))
        }
        Instr::RowSweep(sweep) => row_sweep(sweep, &name(&sweep.a)),
        Instr::Pack { shape: [m, n], .. } => format!("a {m} × {n} matrix rearranged for products"),
        Instr::MatMul { a, transposed: flag, columns, .. } => {
            format!("product {}{}·matrix of {}", name(a), transposed(*flag), plural(*columns as usize, "column"))
        }
        Instr::Gather { len, .. } => format!("gather from a table of {len}"),
        Instr::ScatterAdd { len, .. } => format!("sums scattered into a table of {len}"),
        Instr::Lifted { .. } => "elementwise operations on large arrays".into(),
        Instr::Custom { node, .. } => format!("the custom operation of node {node}"),
        Instr::Accumulate { op, len, .. } => {
            format!("{} over the rows, of {} a row", op.name(), plural(*len as usize, "number"))
        }
        Instr::AccumulateMatMul { a, b, columns: [m, n], .. } => {
            format!("sum {}ᵀ·{} over the rows: {m} × {n} numbers", name(a), name(b))
        }
        Instr::AccumulateGram { a, columns, .. } => {
            format!("sum {0}ᵀ·diag(w)·{0} over the rows: {columns} × {columns} numbers, one triangle", name(a))
        }
        Instr::AccumulateScatter { len, .. } => format!("sums over the rows scattered into a table of {len}"),
        Instr::Store { output, len, .. } => {
            format!("store output {} ({} a row)", output + 1, plural(*len as usize, "number"))
        }
        // Named by `elementwise`.
        Instr::Unary { .. }
        | Instr::Binary { .. }
        | Instr::Chain { .. }
        | Instr::Select { .. }
        | Instr::Powi { .. }
        | Instr::Powf { .. }
        | Instr::Ordered { .. }
        | Instr::Logistic { .. }
        | Instr::LogisticLoss { .. } => String::new(),
    }
}

fn transposed(flag: bool) -> &'static str {
    if flag { "ᵀ" } else { "" }
}

fn row_sweep(sweep: &RowSweep, a: &str) -> String {
    let products = match sweep.dots {
        [None, _] => String::new(),
        [Some(_), None] => format!("product {a}{}·vector", transposed(sweep.transposed)),
        [Some(_), Some(_)] => format!("products {a}·vector with two vectors"),
    };
    let sum = format!("sum {a}ᵀ·vector over the rows: {} numbers", sweep.shape[1]);
    match sweep.sum {
        None => products,
        Some(_) if products.is_empty() => sum,
        Some(_) => format!("{sum}; between its rows, {products} of the next block's"),
    }
}

/// The names of the inputs whose rows a pass reads.
fn inputs_read<T: Scalar>(graph: &Graph<T>, body: &[Instr]) -> Vec<String> {
    let read = super::places::inputs_read(body, graph.inputs.len());
    let names = graph.inputs.iter().zip(read).filter(|(_, read)| *read);
    names.map(|(input, _)| input.name.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn every_step_has_words() {
        let tape = Tape::<f64>::new();
        let (x, w) = (tape.rows("x", &[3]), tape.rows("w", &[3, 3]));
        let outputs = [x.cumsum(1), x.sort(1), w.det(), w.solve(x.insert_axis(2))];
        let text = tape.compile(&outputs).unwrap().explain().to_string();
        assert!(text.lines().all(|line| !line.trim().is_empty()), "{text}");
        assert!(text.contains("solve") && text.contains("along 3"), "{text}");
    }
}
