//! Where the boxes of a picture stand and the lines between them run: a layered drawing.
//!
//! Boxes are given layers by the longest path, long lines a *bend* in every layer they cross; bends and boxes are ordered
//! within their layers to cross little, and moved to stand below what they are joined to without touching. The time is that of
//! sorting the boxes, however long the lines are.
//! (Sugiyama, Tagawa, Toda, *Methods for visual understanding of hierarchical system structures*, IEEE SMC 11, 1981.)

/// The least distance between two boxes of a layer, of a box and a bend, and of two layers.
const GAP: f64 = 22.0;
const LAYER_GAP: f64 = 44.0;
const BEND_WIDTH: f64 = 2.0;
const SWEEPS: usize = 24;
/// The most bends, by boxes: where there would be more, the longest lines run straight instead, or they would take most of the time and memory.
const MOST_BENDS: usize = 8;

/// A box to be placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A point of the picture.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// Where a line crosses a layer between the boxes there: straight down.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Bend {
    pub(super) x: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// Centres of the boxes, and the bends of each line from operand to result.
pub(super) struct Arrangement {
    pub(super) centres: Vec<Point>,
    /// By box and number of the operand.
    pub(super) bends: Vec<Vec<Vec<Bend>>>,
    pub(super) size: Size,
}

/// A place in a layer: a box, or the bend of a line.
struct Slot {
    layer: usize,
    width: f64,
    above: Vec<usize>,
    below: Vec<usize>,
    x: f64,
}

/// Lays out boxes, whose operands (earlier boxes) stand in layers above them.
pub(super) fn lay_out(sizes: &[Size], operands: &[Vec<usize>]) -> Arrangement {
    let layers = layers(operands);
    let mut slots: Vec<Slot> = sizes
        .iter()
        .zip(&layers)
        .map(|(size, &layer)| Slot { layer, width: size.width, above: Vec::new(), below: Vec::new(), x: 0.0 })
        .collect();
    let chains = chains(&mut slots, operands);
    let mut order = initial_order(&slots);
    reduce_crossings(&mut order, &slots);
    place(&mut slots, &order);

    let (tops, heights) = rows(sizes, &layers, order.len());
    let centre = |slot: &Slot| Point { x: slot.x, y: tops[slot.layer] + heights[slot.layer] / 2.0 };
    let bend = |slot: &Slot| Bend { x: slot.x, top: tops[slot.layer], bottom: tops[slot.layer] + heights[slot.layer] };
    let left = slots.iter().map(|slot| slot.x - slot.width / 2.0).fold(f64::INFINITY, f64::min);
    for slot in &mut slots {
        slot.x -= left;
    }
    let width = slots.iter().map(|slot| slot.x + slot.width / 2.0).fold(0.0, f64::max);
    let height = tops.last().zip(heights.last()).map_or(0.0, |(top, height)| top + height);
    Arrangement {
        centres: slots[..sizes.len()].iter().map(centre).collect(),
        bends: chains
            .iter()
            .map(|lines| lines.iter().map(|chain| chain.iter().map(|&slot| bend(&slots[slot])).collect()).collect())
            .collect(),
        size: Size { width, height },
    }
}

/// The layer of each box: below all its operands, and leaves just above the first that needs them.
fn layers(operands: &[Vec<usize>]) -> Vec<usize> {
    let mut layers = vec![0usize; operands.len()];
    for (index, operands) in operands.iter().enumerate() {
        layers[index] = operands.iter().map(|&operand| layers[operand] + 1).max().unwrap_or(0);
    }
    let mut highest_use = vec![usize::MAX; operands.len()];
    for (index, operands) in operands.iter().enumerate() {
        for &operand in operands {
            highest_use[operand] = highest_use[operand].min(layers[index]);
        }
    }
    for (index, operands) in operands.iter().enumerate() {
        if operands.is_empty() && highest_use[index] != usize::MAX {
            layers[index] = highest_use[index].saturating_sub(1);
        }
    }
    layers
}

/// Joins the slots, with bends where lines cross layers. Gives the bends of every line.
fn chains(slots: &mut Vec<Slot>, operands: &[Vec<usize>]) -> Vec<Vec<Vec<usize>>> {
    let longest = longest_bent(slots, operands);
    let mut chains = Vec::new();
    for (index, operands) in operands.iter().enumerate() {
        let mut lines = Vec::new();
        for &operand in operands {
            let (mut above, mut chain) = (operand, Vec::new());
            if slots[index].layer - slots[operand].layer > longest {
                lines.push(chain);
                continue;
            }
            for layer in slots[operand].layer + 1..slots[index].layer {
                let bend = slots.len();
                slots.push(Slot { layer, width: BEND_WIDTH, above: vec![above], below: Vec::new(), x: 0.0 });
                slots[above].below.push(bend);
                chain.push(bend);
                above = bend;
            }
            slots[above].below.push(index);
            slots[index].above.push(above);
            lines.push(chain);
        }
        chains.push(lines);
    }
    chains
}

/// The most layers that a line may go down for all lines up to it to have no more bends than there may be.
fn longest_bent(slots: &[Slot], operands: &[Vec<usize>]) -> usize {
    let drop = |index: usize, operand: &usize| slots[index].layer - slots[*operand].layer;
    let mut drops: Vec<usize> = operands
        .iter()
        .enumerate()
        .flat_map(|(index, operands)| operands.iter().map(move |operand| drop(index, operand)))
        .collect();
    drops.sort_unstable();
    let mut left = MOST_BENDS * (slots.len() + 100);
    for (place, &drop) in drops.iter().enumerate() {
        match left.checked_sub(drop.saturating_sub(1)) {
            Some(rest) => left = rest,
            None => return drops[..place].iter().rev().copied().find(|&shorter| shorter < drop).unwrap_or(1),
        }
    }
    usize::MAX
}

fn initial_order(slots: &[Slot]) -> Vec<Vec<usize>> {
    let count = slots.iter().map(|slot| slot.layer + 1).max().unwrap_or(0);
    let mut order = vec![Vec::new(); count];
    for (index, slot) in slots.iter().enumerate() {
        order[slot.layer].push(index);
    }
    order
}

/// Orders every layer by the mean place of what its slots are joined to in the layer before, downwards and upwards in
/// turn, and keeps the order with the fewest crossings.
fn reduce_crossings(order: &mut Vec<Vec<usize>>, slots: &[Slot]) {
    let mut best = (crossings(order, slots), order.clone());
    for sweep in 0..SWEEPS {
        let downwards = sweep % 2 == 0;
        let mut places = places(order, slots.len());
        let layers: Vec<usize> = if downwards { (0..order.len()).collect() } else { (0..order.len()).rev().collect() };
        for layer in layers {
            let mean = |&slot: &usize| {
                let joined = if downwards { &slots[slot].above } else { &slots[slot].below };
                if joined.is_empty() {
                    return places[slot];
                }
                joined.iter().map(|&other| places[other]).sum::<f64>() / joined.len() as f64
            };
            let mut keyed: Vec<(f64, usize)> = order[layer].iter().map(|slot| (mean(slot), *slot)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            order[layer] = keyed.into_iter().map(|(_, slot)| slot).collect();
            number(&order[layer], &mut places);
        }
        let found = crossings(order, slots);
        if found < best.0 {
            best = (found, order.clone());
        }
    }
    *order = best.1;
}

/// The place of every slot in its layer, from 0 to 1.
fn places(order: &[Vec<usize>], count: usize) -> Vec<f64> {
    let mut places = vec![0.0; count];
    for layer in order {
        number(layer, &mut places);
    }
    places
}

fn number(layer: &[usize], places: &mut [f64]) {
    for (place, &slot) in layer.iter().enumerate() {
        places[slot] = (place as f64 + 0.5) / layer.len() as f64;
    }
}

fn crossings(order: &[Vec<usize>], slots: &[Slot]) -> usize {
    let places = places(order, slots.len());
    let mut count = 0;
    for layer in order {
        let mut ends: Vec<f64> = Vec::new();
        for &slot in layer {
            let first = ends.len();
            ends.extend(slots[slot].below.iter().map(|&below| places[below]));
            // Lines from one slot don't cross.
            ends[first..].sort_unstable_by(f64::total_cmp);
        }
        count += inversions(&mut ends);
    }
    count
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

/// Moves the slots of each layer towards the mean of what they are joined to, in turn; the order and the gaps hold.
fn place(slots: &mut [Slot], order: &[Vec<usize>]) {
    for layer in order {
        let wanted: Vec<f64> = vec![0.0; layer.len()];
        move_layer(slots, layer, &wanted);
    }
    for sweep in 0..SWEEPS {
        let downwards = sweep % 2 == 0;
        let layers: Vec<usize> = if downwards { (0..order.len()).collect() } else { (0..order.len()).rev().collect() };
        for layer in layers {
            let wanted: Vec<f64> = order[layer]
                .iter()
                .map(|&slot| {
                    let Slot { above, below, x, .. } = &slots[slot];
                    let joined = if downwards && !above.is_empty() || below.is_empty() { above } else { below };
                    if joined.is_empty() {
                        return *x;
                    }
                    joined.iter().map(|&other| slots[other].x).sum::<f64>() / joined.len() as f64
                })
                .collect();
            move_layer(slots, &order[layer], &wanted);
        }
    }
}

/// The positions closest to the wanted ones (least squares) that keep the order and the gaps: pooled neighbours.
fn move_layer(slots: &mut [Slot], layer: &[usize], wanted: &[f64]) {
    let mut offsets = Vec::with_capacity(layer.len());
    let mut offset = 0.0;
    for (place, &slot) in layer.iter().enumerate() {
        if place > 0 {
            offset += (slots[layer[place - 1]].width + slots[slot].width) / 2.0 + GAP;
        }
        offsets.push(offset);
    }
    // Pools of neighbours that stand at the least gaps: sum of positions, and how many.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (wanted, offset) in wanted.iter().zip(&offsets) {
        let mut pool = (wanted - offset, 1);
        while let Some(&(sum, count)) = pools.last() {
            if sum / (count as f64) <= pool.0 / pool.1 as f64 {
                break;
            }
            pools.pop();
            pool = (pool.0 + sum, pool.1 + count);
        }
        pools.push(pool);
    }
    let pooled = pools.iter().flat_map(|&(sum, count)| std::iter::repeat_n(sum / count as f64, count));
    for ((&slot, offset), position) in layer.iter().zip(&offsets).zip(pooled) {
        slots[slot].x = position + offset;
    }
}

/// The top and the height of every layer.
fn rows(sizes: &[Size], layers: &[usize], count: usize) -> (Vec<f64>, Vec<f64>) {
    let mut heights = vec![0.0f64; count];
    for (size, &layer) in sizes.iter().zip(layers) {
        heights[layer] = heights[layer].max(size.height);
    }
    let mut top = 0.0;
    let tops = heights
        .iter()
        .map(|height| {
            let here = top;
            top += height + LAYER_GAP;
            here
        })
        .collect();
    (tops, heights)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A graph in which every box uses some earlier ones.
    fn example(count: usize) -> (Vec<Size>, Vec<Vec<usize>>) {
        let sizes =
            (0..count).map(|i| Size { width: 60.0 + (i * 37 % 90) as f64, height: 30.0 + (i % 3) as f64 * 14.0 });
        let operands = (0..count).map(|i| match i {
            0..4 => Vec::new(),
            _ => vec![i * 7 % i, i - 1 - i % 3],
        });
        (sizes.collect(), operands.collect())
    }

    #[test]
    fn boxes_do_not_touch_and_stand_below_their_operands() {
        let (sizes, operands) = example(60);
        let layout = lay_out(&sizes, &operands);
        for (i, (a, size_a)) in layout.centres.iter().zip(&sizes).enumerate() {
            assert!(a.x - size_a.width / 2.0 > -1e-6 && a.x + size_a.width / 2.0 < layout.size.width + 1e-6);
            assert!(operands[i].iter().all(|&operand| layout.centres[operand].y < a.y));
            for (b, size_b) in layout.centres[..i].iter().zip(&sizes) {
                let apart_x = (a.x - b.x).abs() - (size_a.width + size_b.width) / 2.0;
                let apart_y = (a.y - b.y).abs() - (size_a.height + size_b.height) / 2.0;
                assert!(apart_x > GAP - 1e-6 || apart_y > 0.0, "box {i} touches another");
            }
        }
    }

    #[test]
    fn a_line_bends_in_every_layer_it_crosses_and_around_the_boxes_there() {
        let (sizes, operands) = example(40);
        let layout = lay_out(&sizes, &operands);
        let meets = |bend: &Bend, (centre, size): (&Point, &Size)| {
            let (top, bottom) = (centre.y - size.height / 2.0, centre.y + size.height / 2.0);
            (bend.x - centre.x).abs() < size.width / 2.0 && bend.top < bottom && bend.bottom > top
        };
        let bends: Vec<&Bend> = layout.bends.iter().flatten().flatten().collect();
        assert!(!bends.is_empty());
        for bend in bends {
            assert!(!layout.centres.iter().zip(&sizes).any(|rectangle| meets(bend, rectangle)));
        }
    }

    #[test]
    fn crossings_are_pairs_the_wrong_way_round() {
        let numbers: Vec<f64> = (0..200).map(|i| f64::from(i * 73 % 61)).collect();
        let pairs = (0..200).flat_map(|i| (0..i).map(move |j| (j, i)));
        let expected = pairs.filter(|&(j, i)| numbers[j] > numbers[i]).count();
        assert_eq!(inversions(&mut numbers.clone()), expected);
    }

    /// Each box uses the first and the one before: bent in every layer, the lines would have 800 million bends.
    #[test]
    fn lines_of_a_long_recording_have_few_bends() {
        let count = 40_000;
        let sizes = vec![Size { width: 60.0, height: 30.0 }; count];
        let operands: Vec<Vec<usize>> = (0..count).map(|i| if i == 0 { Vec::new() } else { vec![0, i - 1] }).collect();
        let layout = lay_out(&sizes, &operands);
        let bends = layout.bends.iter().flatten().map(Vec::len).sum::<usize>();
        assert!((count..10 * count).contains(&bends), "{bends} bends");
    }

    /// Half the boxes of a layer use the other half, the wrong way round: there are 800 million crossings.
    #[test]
    fn a_wide_layer_is_ordered() {
        let half = 40_000;
        let sizes = vec![Size { width: 60.0, height: 30.0 }; 2 * half];
        let operands: Vec<Vec<usize>> =
            (0..2 * half).map(|i| if i < half { Vec::new() } else { vec![2 * half - 1 - i] }).collect();
        let layout = lay_out(&sizes, &operands);
        assert!((half..2 * half).all(|i| layout.centres[i].x == layout.centres[2 * half - 1 - i].x));
    }

    #[test]
    fn an_empty_picture_has_no_size() {
        let layout = lay_out(&[], &[]);
        assert!(layout.size.width == 0.0 && layout.size.height == 0.0);
    }
}
