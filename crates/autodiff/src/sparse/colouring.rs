//! Columns that one product can separate share a colour.
//!
//! Of a Jacobian, columns with no row in common do (Curtis, Powell, Reed, *On the estimation of sparse Jacobian matrices*, 1974): a colouring
//! at distance 2 of the graph of rows and columns. Of a Hessian, whose symmetry gives each element twice, columns share a colour in more
//! ways: a star colouring, one in which every path over four vertices has three colours, is enough to read each element off (Coleman, Moré,
//! *Estimation of sparse Hessian matrices and graph coloring problems*, 1984; Gebremedhin, Manne, Pothen, *What color is your Jacobian?*,
//! 2005). Both are greedy, in several orders (Coleman, Moré, 1983), then again by the classes found, which never takes more colours at
//! distance 2 (Culberson, *Iterated greedy graph coloring*, 1992).

use super::matrix::Pattern;
use std::collections::HashMap;

/// A colour for every vertex.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Colouring {
    pub(super) colours: Vec<usize>,
    pub(super) count: usize,
}

/// How often the classes are coloured again.
const ROUNDS: usize = 12;

/// Columns of one colour have no row in common.
pub(super) fn by_rows(pattern: &Pattern) -> Colouring {
    let rows_of = pattern.transposed();
    let least = (0..pattern.shape[0]).map(|row| pattern.row(row).len()).max().unwrap_or(0);
    best(&neighbours_first(pattern, &rows_of), least, |order| greedy(pattern, &rows_of, order))
}

/// A star colouring of a symmetric pattern.
pub(super) fn star(pattern: &Pattern) -> Colouring {
    let least = usize::from(pattern.shape[0] > 0) + usize::from(pattern.places().any(|(row, column)| row != column));
    best(&neighbours_first(pattern, pattern), least, |order| Star::greedy(pattern, order))
}

/// The best colouring in several orders, and by the classes of the best again; no fewer colours than `least` are possible.
fn best(orders: &[Vec<usize>], least: usize, colour: impl Fn(&[usize]) -> Colouring) -> Colouring {
    let mut best = Colouring { colours: Vec::new(), count: usize::MAX };
    for order in orders {
        let found = colour(order);
        if found.count < best.count {
            best = found;
        }
        if best.count <= least {
            return best;
        }
    }
    let mut last = best.clone();
    for round in 0..ROUNDS {
        let found = colour(&by_classes(&last, round));
        if found.count <= best.count {
            best = found.clone();
        }
        if best.count <= least {
            break;
        }
        last = found;
    }
    best
}

/// The vertices class by class: from the last, or the largest first.
fn by_classes(colouring: &Colouring, round: usize) -> Vec<usize> {
    let mut classes = vec![Vec::new(); colouring.count];
    for (vertex, &colour) in colouring.colours.iter().enumerate() {
        classes[colour].push(vertex);
    }
    match round % 3 {
        1 => classes.sort_by_key(|class| std::cmp::Reverse(class.len())),
        2 => classes.sort_by_key(Vec::len),
        _ => classes.reverse(),
    }
    classes.concat()
}

/// Orders to colour columns in: as they come, those with the most neighbours first, those with the fewest last.
fn neighbours_first(pattern: &Pattern, rows_of: &Pattern) -> [Vec<usize>; 3] {
    let columns = pattern.shape[1];
    let degree = |column: usize| rows_of.row(column).iter().map(|&row| pattern.row(row).len()).sum::<usize>();
    let degrees: Vec<usize> = (0..columns).map(degree).collect();
    let natural: Vec<usize> = (0..columns).collect();
    let mut largest = natural.clone();
    largest.sort_by_key(|&column| std::cmp::Reverse(degrees[column]));
    let smallest = smallest_last(pattern, rows_of, degrees);
    [natural, largest, smallest]
}

/// The order in which each column has the fewest neighbours among those before it: found from the last one on.
fn smallest_last(pattern: &Pattern, rows_of: &Pattern, mut degrees: Vec<usize>) -> Vec<usize> {
    let most = degrees.iter().copied().max().unwrap_or(0);
    let mut buckets = vec![Vec::new(); most + 1];
    degrees.iter().enumerate().for_each(|(column, &degree)| buckets[degree].push(column));
    let (mut left, mut is_taken) = (vec![0usize; pattern.shape[0]], vec![false; degrees.len()]);
    left.iter_mut().enumerate().for_each(|(row, left)| *left = pattern.row(row).len());
    let (mut order, mut lowest) = (Vec::with_capacity(degrees.len()), 0);
    while order.len() < degrees.len() {
        let Some(column) = buckets.get_mut(lowest).and_then(Vec::pop) else {
            lowest += 1;
            continue;
        };
        // A bucket may still hold a column that has moved to a lower one since.
        if std::mem::replace(&mut is_taken[column], true) {
            continue;
        }
        order.push(column);
        for &row in rows_of.row(column) {
            left[row] -= 1;
            // A row with many columns is no reason to prefer one of them.
            if left[row] > MOST_UPDATES {
                continue;
            }
            for &other in pattern.row(row).iter().filter(|&&other| !is_taken[other]) {
                degrees[other] = degrees[other].saturating_sub(1);
                buckets[degrees[other]].push(other);
                lowest = lowest.min(degrees[other]);
            }
        }
    }
    order.reverse();
    order
}

/// The most columns of a row whose numbers of neighbours are kept up to date.
const MOST_UPDATES: usize = 256;

/// The first colour that no earlier column of the same rows has.
fn greedy(pattern: &Pattern, rows_of: &Pattern, order: &[usize]) -> Colouring {
    const NONE: usize = usize::MAX;
    let mut colouring = Colouring { colours: vec![NONE; order.len()], count: 0 };
    let mut taken_by = vec![NONE; order.len()];
    for &column in order {
        for &other in rows_of.row(column).iter().flat_map(|&row| pattern.row(row)) {
            if let Some(taken) = taken_by.get_mut(colouring.colours[other]) {
                *taken = column;
            }
        }
        let colour = taken_by.iter().position(|&by| by != column).unwrap_or(0);
        colouring.colours[column] = colour;
        colouring.count = colouring.count.max(colour + 1);
    }
    colouring
}

/// A star colouring under way.
///
/// A path w – x – y with w and y of one colour is a star around x: whoever comes to stand beside w may not have the colour of x, or the path
/// would go on in two colours. So what w forbids to its neighbours grows when x has two neighbours of one colour.
struct Star<'p> {
    pattern: &'p Pattern,
    colours: Vec<Option<usize>>,
    /// By vertex, the colours of its neighbours: how many have each, and the first that does.
    around: Vec<HashMap<usize, (usize, usize)>>,
    /// By vertex, the colours of the stars that it is a ray of.
    of_stars: Vec<Vec<usize>>,
}

impl<'p> Star<'p> {
    fn greedy(pattern: &'p Pattern, order: &[usize]) -> Colouring {
        let len = order.len();
        let mut star = Star {
            pattern,
            colours: vec![None; len],
            around: vec![HashMap::new(); len],
            of_stars: vec![Vec::new(); len],
        };
        let (mut forbidden_by, mut count) = (vec![usize::MAX; len + 1], 0);
        for &vertex in order {
            star.forbid(vertex, |colour| forbidden_by[colour] = vertex);
            let colour = forbidden_by.iter().position(|&by| by != vertex).unwrap_or(0);
            star.give(vertex, colour);
            count = count.max(colour + 1);
        }
        Colouring { colours: star.colours.iter().map(|colour| colour.unwrap_or(0)).collect(), count }
    }

    fn neighbours(&self, vertex: usize) -> impl Iterator<Item = usize> + use<'p> {
        self.pattern.row(vertex).iter().copied().filter(move |&other| other != vertex)
    }

    /// The colours that `vertex` can't have.
    fn forbid(&self, vertex: usize, mut forbid: impl FnMut(usize)) {
        for other in self.neighbours(vertex) {
            let Some(colour) = self.colours[other] else { continue };
            forbid(colour);
            self.of_stars[other].iter().for_each(|&colour| forbid(colour));
            // Between two neighbours of one colour, `vertex` may not have the colour of what is beyond either.
            if self.around[vertex].get(&colour).is_some_and(|&(count, _)| count > 1) {
                self.around[other].keys().for_each(|&colour| forbid(colour));
            }
        }
    }

    fn give(&mut self, vertex: usize, colour: usize) {
        self.colours[vertex] = Some(colour);
        for other in self.neighbours(vertex) {
            let (count, first) = self.around[other].entry(colour).or_insert((0, vertex));
            *count += 1;
            let (count, first) = (*count, *first);
            if let Some(centre) = self.colours[other] {
                if count == 2 {
                    self.of_stars[first].push(centre);
                }
                if count > 1 {
                    self.of_stars[vertex].push(centre);
                }
            }
        }
        for other in self.neighbours(vertex) {
            let Some(colour_of_other) = self.colours[other] else { continue };
            if self.around[vertex].get(&colour_of_other).is_some_and(|&(count, _)| count > 1) {
                self.of_stars[other].push(colour);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::test_support::random;

    fn pattern(n: usize, has: impl Fn(usize, usize) -> bool) -> Pattern {
        Pattern::of_rows(n, (0..n).map(|row| (0..n).filter(|&column| has(row, column)).collect()))
    }

    fn banded(n: usize, half: usize) -> Pattern {
        pattern(n, |row, column| row.abs_diff(column) <= half)
    }

    /// The points of a grid and those beside them, `near` in which sense.
    fn grid(side: usize, near: impl Fn(usize, usize) -> bool) -> Pattern {
        pattern(side * side, |a, b| near((a / side).abs_diff(b / side), (a % side).abs_diff(b % side)))
    }

    fn assert_tells_columns_apart(pattern: &Pattern, colouring: &Colouring) {
        for row in 0..pattern.shape[0] {
            let mut colours: Vec<usize> = pattern.row(row).iter().map(|&column| colouring.colours[column]).collect();
            colours.sort_unstable();
            assert!(colours.windows(2).all(|pair| pair[0] < pair[1]), "row {row}: {colours:?}");
        }
        assert_eq!(colouring.count, colouring.colours.iter().max().map_or(0, |most| most + 1));
    }

    /// Every path over four vertices has three colours, and neighbours have two.
    fn assert_is_star(pattern: &Pattern, colouring: &Colouring) {
        let colour = |vertex: usize| colouring.colours[vertex];
        let beside = |vertex: usize| pattern.row(vertex).iter().copied().filter(move |&other| other != vertex);
        for b in 0..pattern.shape[0] {
            for c in beside(b) {
                assert_ne!(colour(b), colour(c));
                for a in beside(b).filter(|&a| a != c && colour(a) == colour(c)) {
                    for d in beside(c).filter(|&d| d != a && d != b) {
                        assert_ne!(colour(d), colour(b), "the path {a} – {b} – {c} – {d} has two colours");
                    }
                }
            }
        }
    }

    #[test]
    fn standard_jacobians_take_the_published_numbers_of_colours() {
        let cases = [
            ("diagonal", banded(50, 0), 1),
            ("tridiagonal", banded(50, 1), 3), // Curtis, Powell, Reed: 2β + 1 for a band
            ("pentadiagonal", banded(50, 2), 5),
            ("half a bandwidth of 7", banded(60, 7), 15),
            ("5-point grid", grid(12, |i, j| i + j <= 1), 5),
            ("9-point grid", grid(12, |i, j| i.max(j) <= 1), 9),
            ("arrow", pattern(40, |i, j| i == j || i == 0 || j == 0), 40),
        ];
        for (name, pattern, published) in cases {
            let found = by_rows(&pattern);
            assert_tells_columns_apart(&pattern, &found);
            assert!(found.count <= published + 1, "{name}: {} colours, {published} published", found.count);
        }
    }

    #[test]
    fn standard_hessians_take_the_published_numbers_of_colours() {
        let cases = [
            ("diagonal", banded(50, 0), 1),
            ("arrow", pattern(40, |i, j| i == j || i == 0 || j == 0), 2),
            ("arrow from the end", pattern(40, |i, j| i == j || i == 39 || j == 39), 2),
            ("tridiagonal", banded(50, 1), 3),
            ("pentadiagonal", banded(50, 2), 5),
            // Fertin, Raspaud, Reed (2004): the star chromatic number of a grid is 5.
            ("5-point grid", grid(12, |i, j| i + j <= 1), 5),
            ("9-point grid", grid(12, |i, j| i.max(j) <= 1), 9),
            ("dense", pattern(12, |_, _| true), 12),
        ];
        for (name, pattern, published) in cases {
            let found = star(&pattern);
            assert_is_star(&pattern, &found);
            assert!(found.count <= published + 1, "{name}: {} colours, {published} published", found.count);
        }
    }

    #[test]
    fn colourings_of_random_patterns_are_sound() {
        for seed in 0..12 {
            let n = 30 + seed as usize;
            let dice = random(&[n, n], seed);
            let sparse = pattern(n, |i, j| dice[[i, j]] > 0.8);
            assert_tells_columns_apart(&sparse, &by_rows(&sparse));
            let symmetric = sparse.symmetric();
            let found = star(&symmetric);
            assert_is_star(&symmetric, &found);
            assert!(found.count <= by_rows(&symmetric).count);
        }
        assert_eq!(by_rows(&Pattern::of_rows(0, [])).count, 0);
        assert_eq!(star(&Pattern::of_rows(3, vec![Vec::new(); 3])).count, 1);
    }
}
