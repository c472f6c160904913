//! Names that would be read alike, or as a function or constant of the formulas, told apart.

use crate::letters::{Spelling, base};
use crate::pool::{Node, Pool};
use crate::write::has_pi;
use std::collections::{HashMap, HashSet};

/// Has names that are read alike, or as a function or constant of the formulas, written in another way.
pub(crate) fn tell_apart(pool: &mut Pool) {
    let own = own_letters(pool);
    for symbol in pool.symbols.iter_mut().filter(|symbol| symbol.number.is_some()) {
        if own.contains(base(&symbol.formula()).as_str()) {
            symbol.spelling = Spelling::Word;
        }
    }
    for spelling in [Spelling::AsGiven, Spelling::Numbered] {
        let mut alike: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, symbol) in pool.symbols.iter().enumerate().filter(|(_, symbol)| !symbol.name.is_empty()) {
            alike.entry(symbol.formula().text()).or_default().push(place);
        }
        for places in alike.into_values().filter(|places| places.len() > 1) {
            let same = places.iter().all(|&place| pool.symbols[place].name == pool.symbols[places[0]].name);
            for place in places {
                let is_given = pool.symbols[place].number.is_some();
                if is_given && (spelling == Spelling::Numbered || !same) {
                    pool.symbols[place].spelling = spelling;
                }
            }
        }
    }
}

/// The letters of functions and constants that the formulas have.
fn own_letters(pool: &Pool) -> HashSet<&'static str> {
    let letter = |node: &Node| match node {
        Node::Call(function, _) => match &*function.name {
            "sigmoid" => Some("σ"),
            "norm_cdf" => Some("Φ"),
            "norm_pdf" => Some("φ"),
            "lgamma" => Some("Γ"),
            "digamma" | "trigamma" | "polygamma" => Some("ψ"),
            _ => None,
        },
        Node::Reduce(..) => Some("Σ"),
        Node::Number(number) => has_pi(*number).then_some("π"),
        _ => None,
    };
    pool.all().filter_map(letter).collect()
}
