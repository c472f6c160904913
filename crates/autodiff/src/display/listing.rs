//! A recording as a list: a line for each node, in columns.

use super::Drawing;
use crate::scalar::Scalar;
use std::fmt;

/// The widest column: what is longer reaches into the next, and makes no other line longer.
const WIDEST: usize = 100;

impl<T: Scalar> fmt::Display for Drawing<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Err(error) = self.tape.check() {
            writeln!(f, "error: {error}")?;
        }
        let scene = self.scene();
        let digits = scene.items.last().map_or(1, |item| item.id.0.to_string().len());
        let mut lines: Vec<[String; 4]> = Vec::new();
        for item in &scene.items {
            let number = format!("%{}", item.id.0);
            let name = item.name.as_ref().filter(|_| !item.call.starts_with("input "));
            let mut notes = item.value.clone().map(|value| format!("= {value}")).unwrap_or_default();
            let primal = item.primal.as_ref().map(|primal| format!("derivative of {primal}"));
            let adjoint = item.adjoint.as_ref().map(|adjoint| format!("∂ {adjoint}"));
            for note in adjoint.into_iter().chain(primal).chain(item.is_output.then(|| "output".into())) {
                notes = if notes.is_empty() { note } else { format!("{notes}  {note}") };
            }
            lines.push([
                format!("{number:>width$} = {}", item.call, width = digits + 1),
                item.shape.clone(),
                name.map(|name| format!("\"{name}\"")).unwrap_or_default(),
                notes,
            ]);
        }
        let width =
            |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0).min(WIDEST);
        let widths = [0, 1, 2].map(width);
        for [call, shape, name, notes] in &lines {
            let line = format!("{call:<0$}  {shape:<1$}  {name:<2$}  {notes}", widths[0], widths[1], widths[2]);
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
