//! Formulas in Python's notation, recorded on a tape.

use autodiff::{Scalar, Tape, Var};
use ndarray::Array1;
use std::collections::HashMap;

/// What a part of a formula is: a number of the recording, or a node.
#[derive(Clone, Copy)]
enum Part<'t, T: Scalar> {
    Number(f64),
    Node(Var<'t, T>),
}
use Part::{Node, Number};

/// Records `formula` of the named nodes.
pub fn record<'t, T: Scalar>(tape: &'t Tape<T>, formula: &str, names: &HashMap<&str, Var<'t, T>>) -> Var<'t, T> {
    let mut reader = Reader { tape, rest: formula, names };
    let part = reader.sum();
    assert!(reader.rest.trim().is_empty(), "{formula}: {} is left", reader.rest);
    reader.node(part)
}

struct Reader<'a, 't, T: Scalar> {
    tape: &'t Tape<T>,
    rest: &'a str,
    names: &'a HashMap<&'a str, Var<'t, T>>,
}

fn real<T: Scalar>(x: f64) -> T {
    T::from(x).unwrap()
}

impl<'t, T: Scalar> Reader<'_, 't, T> {
    fn node(&self, part: Part<'t, T>) -> Var<'t, T> {
        match part {
            Number(x) => self.tape.constant(ndarray::arr0(real::<T>(x))),
            Node(node) => node,
        }
    }

    /// Whether the text goes on with `token`, which is then passed.
    fn takes(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn sum(&mut self) -> Part<'t, T> {
        let mut total = self.product();
        loop {
            total = match () {
                () if self.takes("+") => match (total, self.product()) {
                    (Number(a), Number(b)) => Number(a + b),
                    (Node(a), Number(b)) => Node(a + real::<T>(b)),
                    (a, Node(b)) => Node(self.node(a) + b),
                },
                () if self.takes("-") => match (total, self.product()) {
                    (Number(a), Number(b)) => Number(a - b),
                    (Node(a), Number(b)) => Node(a - real::<T>(b)),
                    (a, Node(b)) => Node(self.node(a) - b),
                },
                () => return total,
            };
        }
    }

    fn product(&mut self) -> Part<'t, T> {
        let mut total = self.signed();
        loop {
            total = match () {
                () if !self.rest.trim_start().starts_with("**") && self.takes("*") => match (total, self.signed()) {
                    (Number(a), Number(b)) => Number(a * b),
                    (Node(a), Number(b)) => Node(a * real::<T>(b)),
                    (a, Node(b)) => Node(self.node(a) * b),
                },
                () if self.takes("/") => match (total, self.signed()) {
                    (Number(a), Number(b)) => Number(a / b),
                    (Node(a), Number(b)) => Node(a / real::<T>(b)),
                    (a, Node(b)) => Node(self.node(a) / b),
                },
                () => return total,
            };
        }
    }

    fn signed(&mut self) -> Part<'t, T> {
        if !self.takes("-") {
            return self.power();
        }
        match self.signed() {
            Number(x) => Number(-x),
            Node(x) => Node(-x),
        }
    }

    fn power(&mut self) -> Part<'t, T> {
        let mut base = self.atom();
        while self.takes("[") {
            let Number(index) = self.sum() else { panic!("an index is a number") };
            assert!(self.takes("]"));
            base = Node(self.node(base).index_axis(0, index as usize));
        }
        if !self.takes("**") {
            return base;
        }
        let text = self.rest.trim_start();
        let digits = text.trim_start_matches('-').trim_start_matches(|c: char| c.is_ascii_digit());
        let is_whole = !digits.starts_with('.') && digits.len() < text.trim_start_matches('-').len();
        match (base, self.signed()) {
            (Number(a), Number(p)) => Number(a.powf(p)),
            (Node(a), Number(p)) if is_whole => Node(a.powi(p as i32)),
            (Node(a), Number(p)) => Node(a.powf(real(p))),
            (a, Node(p)) => Node(self.node(a).pow(p)),
        }
    }

    fn atom(&mut self) -> Part<'t, T> {
        if self.takes("(") {
            let inner = self.sum();
            assert!(self.takes(")"), "a bracket isn't closed: {}", self.rest);
            return inner;
        }
        let text = self.rest.trim_start();
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return self.number(text);
        }
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let name = &text[..end];
        let text: &str = &text[end..];
        self.rest = text;
        if !self.takes("(") {
            return Node(self.names[name]);
        }
        let mut args = Vec::new();
        while !self.takes(")") {
            args.push(self.sum());
            self.takes(",");
        }
        Node(self.call(name, &args))
    }

    fn number(&mut self, text: &str) -> Part<'t, T> {
        let lengths = (1..=text.len()).rev().filter(|&end| text.is_char_boundary(end));
        let end = lengths.clone().find(|&end| text[..end].parse::<f64>().is_ok()).unwrap();
        let start = self.rest.len() - text.len();
        let value = text[..end].parse().unwrap();
        self.rest = &self.rest[start + end..];
        Number(value)
    }

    fn call(&self, name: &str, args: &[Part<'t, T>]) -> Var<'t, T> {
        if name == "vector" {
            let number = |part: &Part<'t, T>| if let Number(x) = *part { real::<T>(x) } else { panic!("no number") };
            return self.tape.constant(args.iter().map(number).collect::<Array1<T>>());
        }
        let arg = |index: usize| self.node(args[index]);
        let a = arg(0);
        match name {
            "exp" => a.exp(),
            "ln" => a.ln(),
            "ln_1p" => a.ln_1p(),
            "exp_m1" => a.exp_m1(),
            "sqrt" => a.sqrt(),
            "cbrt" => a.cbrt(),
            "sinh" => a.sinh(),
            "cosh" => a.cosh(),
            "tanh" => a.tanh(),
            "sin" => a.sin(),
            "cos" => a.cos(),
            "tan" => a.tan(),
            "atan" => a.atan(),
            "asinh" => a.asinh(),
            "acosh" => a.acosh(),
            "atanh" => a.atanh(),
            "erf" => a.erf(),
            "erfc" => a.erfc(),
            "sigmoid" => a.sigmoid(),
            "softplus" => a.softplus(),
            "norm_cdf" => a.norm_cdf(),
            "norm_pdf" => a.norm_pdf(),
            "lgamma" => a.lgamma(),
            "abs" => a.abs(),
            "relu" => a.relu(),
            "recip" => a.recip(),
            "maximum" => a.maximum(arg(1)),
            "minimum" => a.minimum(arg(1)),
            "hypot" => a.hypot(arg(1)),
            "xlogy" => a.xlogy(arg(1)),
            "log_loss" => a.log_loss(arg(1)),
            "lt" => a.lt(arg(1)),
            "select" => a.select(arg(1), arg(2)),
            "sum" => a.sum(),
            "mean" => a.mean(),
            "prod" => a.prod(),
            "max" => a.max(),
            "min" => a.min(),
            "dot" => a.dot(arg(1)),
            "norm" => a.norm(),
            "logsumexp" => a.logsumexp(),
            "softmax" => a.softmax(&[0]),
            "log_softmax" => a.log_softmax(&[0]),
            "cumsum" => a.cumsum(0),
            name => panic!("{name} is no function"),
        }
    }
}
