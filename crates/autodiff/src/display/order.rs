//! The order of boxes and bends within the layers of a drawing: few lines cross.

const SWEEPS: usize = 24;
/// The most lines of a picture that is ordered from several starts, with neighbours tried the other way round; the most starts; and the
/// most lines that all of them may look at together.
const MOST_TRIED: usize = 2000;
const MOST_STARTS: usize = 40;
const MOST_LOOKED_AT: usize = 4000;

/// A place in a layer: a box, or the bend of a line.
pub(super) struct Slot {
    pub(super) layer: usize,
    pub(super) width: f64,
    /// What it uses, in the order in which the lines enter, from left to right.
    pub(super) above: Vec<usize>,
    /// What uses it, with the place where the line enters, from 0 to 1.
    pub(super) below: Vec<(usize, f64)>,
    /// Its middle, once it is placed.
    pub(super) x: f64,
}

impl Slot {
    pub(super) fn new(layer: usize, width: f64, above: Vec<usize>) -> Self {
        Slot { layer, width, above, below: Vec::new(), x: 0.0 }
    }
}

/// Where the line of an operand enters a box: the share of its width.
pub(super) fn entry(place: usize, operands: usize) -> f64 {
    (place as f64 + 1.0) / (operands as f64 + 1.0)
}

/// How a layer is ordered by what its slots are joined to.
#[derive(Clone, Copy, PartialEq)]
enum Middle {
    Mean,
    Median,
}

/// The slots of each layer from left to right.
pub(super) fn order(slots: &[Slot]) -> Vec<Vec<usize>> {
    let mut start = as_recorded(slots);
    let mut best = (crossings(&start, slots), start.clone());
    let lines = slots.iter().map(|slot| slot.below.len()).sum::<usize>();
    let is_small = lines <= MOST_TRIED;
    let starts = if is_small { (MOST_LOOKED_AT / lines.max(1)).clamp(2, MOST_STARTS) } else { 1 };
    let mut shuffle = 1;
    for number in 0..starts {
        let middle = if number % 2 == 0 { Middle::Mean } else { Middle::Median };
        improve(&mut best, start.clone(), slots, middle, is_small);
        start.iter_mut().for_each(|layer| shuffled(layer, &mut shuffle));
    }
    best.1
}

/// Another order, the same in every run.
fn shuffled(layer: &mut [usize], state: &mut u64) {
    for at in 1..layer.len() {
        // Knuth's generator: any would do.
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        layer.swap(at, (*state >> 33) as usize % (at + 1));
    }
}

fn as_recorded(slots: &[Slot]) -> Vec<Vec<usize>> {
    let count = slots.iter().map(|slot| slot.layer + 1).max().unwrap_or(0);
    let mut order = vec![Vec::new(); count];
    for (index, slot) in slots.iter().enumerate() {
        order[slot.layer].push(index);
    }
    order
}

/// Orders every layer by the middle of what its slots are joined to in the layer before, downwards and upwards in turn, and
/// keeps the order with the fewest crossings.
fn improve(
    best: &mut (usize, Vec<Vec<usize>>),
    mut order: Vec<Vec<usize>>,
    slots: &[Slot],
    middle: Middle,
    is_small: bool,
) {
    let mut places = places(&order, slots.len());
    for sweep in 0..SWEEPS {
        if best.0 == 0 {
            return;
        }
        let downwards = sweep % 2 == 0;
        for number in 0..order.len() {
            let layer = if downwards { number } else { order.len() - 1 - number };
            let mut keyed: Vec<(f64, usize)> =
                order[layer].iter().map(|&slot| (wanted(slots, slot, downwards, middle, &places), slot)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            order[layer] = keyed.into_iter().map(|(_, slot)| slot).collect();
            number_layer(&order[layer], &mut places);
        }
        if is_small {
            while swap_neighbours(&mut order, slots, &mut places) {}
        }
        let found = crossings(&order, slots);
        if found < best.0 {
            *best = (found, order.clone());
        }
    }
}

/// Where a slot wants to stand, from 0 to 1.
fn wanted(slots: &[Slot], slot: usize, downwards: bool, middle: Middle, places: &[f64]) -> f64 {
    let Slot { above, below, .. } = &slots[slot];
    let joined = if downwards { above.len() } else { below.len() };
    let place = |at: usize| places[if downwards { above[at] } else { below[at].0 }];
    match middle {
        _ if joined == 0 => places[slot],
        Middle::Mean => (0..joined).map(place).sum::<f64>() / joined as f64,
        Middle::Median => {
            let mut joined: Vec<f64> = (0..joined).map(place).collect();
            joined.sort_unstable_by(f64::total_cmp);
            (joined[joined.len() / 2] + joined[(joined.len() - 1) / 2]) / 2.0
        }
    }
}

/// Swaps neighbours in a layer where that crosses less. Says whether there were any.
fn swap_neighbours(order: &mut [Vec<usize>], slots: &[Slot], places: &mut [f64]) -> bool {
    let mut swapped = false;
    for number in 0..order.len() {
        let entries = |slot: usize, order: &[Vec<usize>]| -> [Vec<f64>; 2] {
            let lower = order.get(number + 1).map_or(1, Vec::len) as f64;
            let above = slots[slot].above.iter().map(|&other| places[other]).collect();
            let below = slots[slot].below.iter().map(|&(other, entry)| places[other] + (entry - 0.5) / lower).collect();
            [above, below]
        };
        for at in 1..order[number].len() {
            let (left, right) = (entries(order[number][at - 1], order), entries(order[number][at], order));
            let crossed = |left: &[Vec<f64>; 2], right: &[Vec<f64>; 2]| -> usize {
                let sides = left.iter().zip(right);
                sides
                    .map(|(left, right)| left.iter().map(|a| right.iter().filter(|b| a > b).count()).sum::<usize>())
                    .sum()
            };
            if crossed(&right, &left) < crossed(&left, &right) {
                order[number].swap(at - 1, at);
                swapped = true;
            }
        }
        number_layer(&order[number], places);
    }
    swapped
}

/// The place of every slot in its layer, from 0 to 1.
fn places(order: &[Vec<usize>], count: usize) -> Vec<f64> {
    let mut places = vec![0.0; count];
    for layer in order {
        number_layer(layer, &mut places);
    }
    places
}

fn number_layer(layer: &[usize], places: &mut [f64]) {
    for (place, &slot) in layer.iter().enumerate() {
        places[slot] = (place as f64 + 0.5) / layer.len() as f64;
    }
}

/// How many pairs of lines cross. Lines enter a box side by side: those of its operands in the wrong order cross, too.
fn crossings(order: &[Vec<usize>], slots: &[Slot]) -> usize {
    let mut places = vec![0; slots.len()];
    for layer in order {
        layer.iter().enumerate().for_each(|(place, &slot)| places[slot] = place);
    }
    order.iter().map(|layer| crossings_below(layer, slots, &places)).sum()
}

/// The pairs that cross between a layer and the next.
fn crossings_below(layer: &[usize], slots: &[Slot], places: &[usize]) -> usize {
    let mut ends: Vec<f64> = Vec::new();
    for &slot in layer {
        let first = ends.len();
        ends.extend(slots[slot].below.iter().map(|&(below, entry)| places[below] as f64 + entry));
        // Lines from one slot don't cross.
        ends[first..].sort_unstable_by(f64::total_cmp);
    }
    inversions(&mut ends)
}

/// How many pairs stand the wrong way round, by merging sorted runs of twice the length each time.
fn inversions(numbers: &mut Vec<f64>) -> usize {
    let (mut count, mut length) = (0, 1);
    while length < numbers.len() {
        let mut merged = Vec::with_capacity(numbers.len());
        for run in numbers.chunks(2 * length) {
            let (mut left, mut right) = run.split_at(length.min(run.len()));
            while let (Some((&a, after_a)), Some((&b, after_b))) = (left.split_first(), right.split_first()) {
                if a <= b {
                    merged.push(a);
                    left = after_a;
                } else {
                    count += left.len();
                    merged.push(b);
                    right = after_b;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        *numbers = merged;
        length *= 2;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_are_pairs_the_wrong_way_round() {
        let numbers: Vec<f64> = (0..200).map(|i| f64::from(i * 73 % 61)).collect();
        let pairs = (0..200).flat_map(|i| (0..i).map(move |j| (j, i)));
        let expected = pairs.filter(|&(j, i)| numbers[j] > numbers[i]).count();
        assert_eq!(inversions(&mut numbers.clone()), expected);
    }

    /// Boxes in layers of up to four, each using one or two of the layer above.
    fn example(seed: u64) -> Vec<Slot> {
        let mut state = seed;
        let mut below = |count: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % count
        };
        let mut slots: Vec<Slot> = Vec::new();
        let mut upper = 0..0;
        for layer in 0..5 {
            let first = slots.len();
            for _ in 0..2 + below(3) {
                let slot = slots.len();
                let count = if upper.is_empty() { 0 } else { 1 + below(2) };
                let above: Vec<usize> = (0..count).map(|_| upper.start + below(upper.len())).collect();
                for (place, &other) in above.iter().enumerate() {
                    slots[other].below.push((slot, entry(place, count)));
                }
                slots.push(Slot::new(layer, 50.0, above));
            }
            upper = first..slots.len();
        }
        slots
    }

    fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
        match items {
            [] => vec![Vec::new()],
            _ => (0..items.len())
                .flat_map(|at| {
                    let mut rest = items.to_vec();
                    let first = rest.remove(at);
                    permutations(&rest).into_iter().map(move |tail| [vec![first], tail].concat())
                })
                .collect(),
        }
    }

    /// The fewest crossings of all orders, layer by layer.
    fn fewest(slots: &[Slot]) -> usize {
        let layers: Vec<Vec<Vec<usize>>> = as_recorded(slots).iter().map(|layer| permutations(layer)).collect();
        let mut costs = vec![0; layers[0].len()];
        for pair in layers.windows(2) {
            let cost = |lower: &Vec<usize>| {
                let mut places = vec![0; slots.len()];
                lower.iter().enumerate().for_each(|(place, &slot)| places[slot] = place);
                let upper = pair[0].iter().zip(&costs);
                upper.map(|(upper, cost)| cost + crossings_below(upper, slots, &places)).min().unwrap()
            };
            costs = pair[1].iter().map(cost).collect();
        }
        costs.into_iter().min().unwrap()
    }

    /// The order is that of a search through all of them.
    #[test]
    fn small_pictures_cross_no_more_than_they_must() {
        for seed in 0..20 {
            let slots = example(seed);
            assert_eq!(crossings(&order(&slots), &slots), fewest(&slots), "seed {seed}");
        }
    }
}
