//! Where the boxes of a picture stand and the lines between them run: a layered drawing.
//!
//! Boxes are given layers (`layers`), those of a later *band* all below those of an earlier one. Long lines get a
//! *bend* in every layer they cross; `order` puts bends and boxes of a layer in the order that crosses least, and here they are
//! moved to stand below what they are joined to without touching. The time is that of sorting the boxes, however long the lines are.
//! (Sugiyama, Tagawa, Toda, *Methods for visual understanding of hierarchical system structures*, IEEE SMC 11, 1981.)

use super::layers::{layers, narrow_layers};
use super::order::{Slot, entry, order};

/// The least distance between two boxes of a layer, of a box and a bend, of two layers, and of two layers of different bands.
const GAP: f64 = 22.0;
const LAYER_GAP: f64 = 44.0;
const BAND_GAP: f64 = 96.0;
const BEND_WIDTH: f64 = 2.0;
/// The width that no picture is made narrower than.
const SCREEN: f64 = 1800.0;
/// How much a box of a picture that is made narrower wants to stand in the middle: a long chain of sums would run across it, a step to the
/// side with each term.
const PULL: f64 = 0.3;
const SWEEPS: usize = 24;
/// The most bends, by boxes: where there would be more, the longest lines run straight instead, or they would take most of the time and memory.
const MOST_BENDS: usize = 8;
/// As many there may be of any number of boxes where lines share them: few have to be placed.
const MOST_SHARED_BENDS: usize = 40_000;

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
    /// Where the line enters the box, from 0 to 1 of its width; likewise.
    pub(super) entries: Vec<Vec<f64>>,
    /// The top and the bottom of each band.
    pub(super) bands: Vec<[f64; 2]>,
    pub(super) size: Size,
}

/// In which order lines enter a box from left to right.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Entries {
    /// In that of the operands.
    AsGiven,
    /// In that in which they come.
    Any,
}

/// Lays out boxes, whose operands (earlier boxes) stand in layers above them. `bands` says which band each box is in: in order; `entries`, how
/// lines enter it.
pub(super) fn lay_out(sizes: &[Size], operands: &[Vec<usize>], bands: &[usize], entries: &[Entries]) -> Arrangement {
    let natural = layers(operands, bands);
    let widest = widest(sizes);
    let is_wide = width(sizes, operands, &natural) > widest;
    let layers = match is_wide {
        true => {
            let widths: Vec<f64> = sizes.iter().map(|size| size.width + GAP).collect();
            narrow_layers(&widths, operands, bands, widest)
        }
        false => natural,
    };
    arrange(sizes, operands, bands, entries, &layers, is_wide)
}

/// How wide a picture may be before its layers are made narrower: as it would be as a square, but not narrower than a screen.
fn widest(sizes: &[Size]) -> f64 {
    let area: f64 = sizes.iter().map(|size| (size.width + GAP) * (size.height + LAYER_GAP)).sum();
    area.sqrt().max(SCREEN)
}

/// The width of the widest layer, with the bends in it.
fn width(sizes: &[Size], operands: &[Vec<usize>], layers: &[usize]) -> f64 {
    let count = layers.iter().max().map_or(0, |last| last + 1);
    let (mut widths, mut bends) = (vec![0.0; count], vec![0i64; count + 1]);
    for (index, operands) in operands.iter().enumerate() {
        widths[layers[index]] += sizes[index].width + GAP;
        for &operand in operands {
            bends[layers[operand] + 1] += 1;
            bends[layers[index]] -= 1;
        }
    }
    let (mut open, mut most) = (0, 0.0f64);
    for (width, change) in widths.iter().zip(bends) {
        open += change;
        most = most.max(width + open as f64 * (BEND_WIDTH + GAP));
    }
    most
}

/// Places boxes and lines, given the layers; where lines share their bends, those from one box go down together.
fn arrange(
    sizes: &[Size],
    operands: &[Vec<usize>],
    bands: &[usize],
    entries: &[Entries],
    layers: &[usize],
    shares_bends: bool,
) -> Arrangement {
    let mut slots: Vec<Slot> =
        sizes.iter().zip(layers).map(|(size, &layer)| Slot::new(layer, size.width, Vec::new())).collect();
    let chains = chains(&mut slots, operands, entries, shares_bends);
    let order = order(&slots);
    let pull = if shares_bends { PULL } else { 0.0 };
    place(&mut slots, &order, sizes.len(), pull);

    let (tops, heights) = rows(sizes, layers, bands, order.len());
    let left = slots.iter().map(|slot| slot.x - slot.width / 2.0).fold(f64::INFINITY, f64::min);
    for slot in &mut slots {
        slot.x -= left;
    }
    let centre = |slot: &Slot| Point { x: slot.x, y: tops[slot.layer] + heights[slot.layer] / 2.0 };
    let bend = |slot: &Slot| Bend { x: slot.x, top: tops[slot.layer], bottom: tops[slot.layer] + heights[slot.layer] };
    let width = slots.iter().map(|slot| slot.x + slot.width / 2.0).fold(0.0, f64::max);
    let height = tops.last().zip(heights.last()).map_or(0.0, |(top, height)| top + height);
    let mut extents = vec![[f64::INFINITY, 0.0]; bands.last().map_or(0, |last| last + 1)];
    for (&layer, &band) in layers.iter().zip(bands) {
        let [top, bottom] = extents[band];
        extents[band] = [top.min(tops[layer]), bottom.max(tops[layer] + heights[layer])];
    }
    let entries = operands.iter().zip(&chains).zip(entries).map(|((operands, chains), &entries)| {
        let mut places: Vec<usize> = (0..operands.len()).collect();
        if entries == Entries::Any {
            let from = |place: usize| slots[chains[place].last().copied().unwrap_or(operands[place])].x;
            places.sort_by(|&a, &b| from(a).total_cmp(&from(b)));
        }
        let mut entries = vec![0.5; places.len()];
        for (rank, &place) in places.iter().enumerate() {
            entries[place] = entry(rank, places.len());
        }
        entries
    });
    let entries = entries.collect();
    Arrangement {
        entries,
        centres: slots[..sizes.len()].iter().map(centre).collect(),
        bends: chains
            .iter()
            .map(|lines| lines.iter().map(|chain| chain.iter().map(|&slot| bend(&slots[slot])).collect()).collect())
            .collect(),
        bands: extents,
        size: Size { width, height },
    }
}

/// Joins the slots, with bends where lines cross layers. Gives the bends of every line.
fn chains(
    slots: &mut Vec<Slot>,
    operands: &[Vec<usize>],
    entries: &[Entries],
    shares_bends: bool,
) -> Vec<Vec<Vec<usize>>> {
    let longest = longest_bent(slots, operands, shares_bends);
    let mut chains = Vec::new();
    // The bends of the lines from a box, in the layers below it.
    let mut known: Vec<Vec<usize>> = vec![Vec::new(); operands.len()];
    for (index, operands) in operands.iter().enumerate() {
        let mut lines = Vec::new();
        for (place, &operand) in operands.iter().enumerate() {
            let (mut above, mut chain) = (operand, Vec::new());
            if slots[index].layer - slots[operand].layer > longest {
                lines.push(chain);
                continue;
            }
            for (place, layer) in (slots[operand].layer + 1..slots[index].layer).enumerate() {
                let bend = match known[operand].get(place).filter(|_| shares_bends) {
                    Some(&bend) => bend,
                    None => {
                        let bend = slots.len();
                        slots.push(Slot::new(layer, BEND_WIDTH, vec![above]));
                        slots[above].below.push((bend, 0.5));
                        known[operand].push(bend);
                        bend
                    }
                };
                chain.push(bend);
                above = bend;
            }
            let entry = if entries[index] == Entries::AsGiven { entry(place, operands.len()) } else { 0.5 };
            slots[above].below.push((index, entry));
            slots[index].above.push(above);
            lines.push(chain);
        }
        chains.push(lines);
    }
    chains
}

/// The most layers that a line may go down for all lines up to it to have no more bends than there may be.
fn longest_bent(slots: &[Slot], operands: &[Vec<usize>], shares_bends: bool) -> usize {
    let drop = |index: usize, operand: &usize| slots[index].layer - slots[*operand].layer;
    let mut drops: Vec<usize> = operands
        .iter()
        .enumerate()
        .flat_map(|(index, operands)| operands.iter().map(move |operand| drop(index, operand)))
        .collect();
    drops.sort_unstable();
    let mut left = (MOST_BENDS * (slots.len() + 100)).max(if shares_bends { MOST_SHARED_BENDS } else { 0 });
    for (place, &drop) in drops.iter().enumerate() {
        match left.checked_sub(drop.saturating_sub(1)) {
            Some(rest) => left = rest,
            None => return drops[..place].iter().rev().copied().find(|&shorter| shorter < drop).unwrap_or(1),
        }
    }
    usize::MAX
}

/// How much a line between two slots wants to be straight: more, the more of its ends are bends (slots from `boxes` on).
fn stiffness(a: usize, b: usize, boxes: usize) -> f64 {
    match (a < boxes, b < boxes) {
        (true, true) => 1.0,
        (false, false) => 8.0,
        _ => 2.0,
    }
}

/// Moves the slots of each layer towards the mean of what they are joined to, and with `pull` to the middle, in turn; the order and the
/// gaps hold.
fn place(slots: &mut [Slot], order: &[Vec<usize>], boxes: usize, pull: f64) {
    for layer in order {
        let wanted = vec![(0.0, 1.0); layer.len()];
        move_layer(slots, layer, &wanted);
    }
    for sweep in 0..SWEEPS {
        // The last ones look both ways.
        let (up, down) = (sweep % 2 == 0 || sweep + 4 >= SWEEPS, sweep % 2 == 1 || sweep + 4 >= SWEEPS);
        for number in 0..order.len() {
            let layer = &order[if sweep % 2 == 0 { number } else { order.len() - 1 - number }];
            let wanted: Vec<(f64, f64)> =
                layer.iter().map(|&slot| wanted(slots, slot, [up, down], boxes, pull)).collect();
            move_layer(slots, layer, &wanted);
        }
    }
}

/// Where a slot would stand best for what it is joined to above or below, and how much it wants to.
fn wanted(slots: &[Slot], slot: usize, [up, down]: [bool; 2], boxes: usize, pull: f64) -> (f64, f64) {
    let Slot { above, below, x, .. } = &slots[slot];
    let up = up && !above.is_empty() || below.is_empty();
    let down = down && !below.is_empty() || above.is_empty();
    let above = above.iter().map(|&other| (other, slots[other].x));
    // A line that enters off the middle of a box starts straight above there.
    let below = below.iter().map(|&(other, entry)| (other, slots[other].x + (entry - 0.5) * slots[other].width));
    let (mut sum, mut weight) = (0.0, pull);
    for (other, at) in above.filter(|_| up).chain(below.filter(|_| down)) {
        let stiffness = stiffness(slot, other, boxes);
        sum += stiffness * at;
        weight += stiffness;
    }
    if weight == 0.0 { (*x, 1.0) } else { (sum / weight, weight) }
}

/// The positions closest to the wanted ones (weighted least squares) that keep the order and the gaps: pooled neighbours.
fn move_layer(slots: &mut [Slot], layer: &[usize], wanted: &[(f64, f64)]) {
    let mut offsets = Vec::with_capacity(layer.len());
    let mut offset = 0.0;
    for (place, &slot) in layer.iter().enumerate() {
        if place > 0 {
            offset += (slots[layer[place - 1]].width + slots[slot].width) / 2.0 + GAP;
        }
        offsets.push(offset);
    }
    // Pools of neighbours that stand at the least gaps: sum of weighted positions, of weights, and how many.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for ((wanted, weight), offset) in wanted.iter().zip(&offsets) {
        let mut pool = ((wanted - offset) * weight, *weight, 1);
        while let Some(&(sum, weight, count)) = pools.last() {
            if sum / weight <= pool.0 / pool.1 {
                break;
            }
            pools.pop();
            pool = (pool.0 + sum, pool.1 + weight, pool.2 + count);
        }
        pools.push(pool);
    }
    let pooled = pools.iter().flat_map(|&(sum, weight, count)| std::iter::repeat_n(sum / weight, count));
    for ((&slot, offset), position) in layer.iter().zip(&offsets).zip(pooled) {
        slots[slot].x = position + offset;
    }
}

/// The top and the height of every layer.
fn rows(sizes: &[Size], layers: &[usize], bands: &[usize], count: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut heights, mut band_of) = (vec![0.0f64; count], vec![0; count]);
    for ((size, &layer), &band) in sizes.iter().zip(layers).zip(bands) {
        heights[layer] = heights[layer].max(size.height);
        band_of[layer] = band;
    }
    let mut tops = Vec::with_capacity(count);
    let mut top = 0.0;
    for (layer, height) in heights.iter().enumerate() {
        if layer > 0 {
            top += if band_of[layer] == band_of[layer - 1] { LAYER_GAP } else { BAND_GAP };
        }
        tops.push(top);
        top += height;
    }
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
        let layout = lay_out(&sizes, &operands, &vec![0; sizes.len()], &vec![Entries::AsGiven; sizes.len()]);
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
        let layout = lay_out(&sizes, &operands, &vec![0; sizes.len()], &vec![Entries::AsGiven; sizes.len()]);
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

    /// Each box uses the first and the one before: bent in every layer, the lines would have 800 million bends.
    #[test]
    fn lines_of_a_long_recording_have_few_bends() {
        let count = 40_000;
        let sizes = vec![Size { width: 60.0, height: 30.0 }; count];
        let operands: Vec<Vec<usize>> = (0..count).map(|i| if i == 0 { Vec::new() } else { vec![0, i - 1] }).collect();
        let layout = lay_out(&sizes, &operands, &vec![0; sizes.len()], &vec![Entries::AsGiven; sizes.len()]);
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
        let layers: Vec<usize> = (0..2 * half).map(|i| i / half).collect();
        let layout =
            arrange(&sizes, &operands, &vec![0; sizes.len()], &vec![Entries::AsGiven; sizes.len()], &layers, false);
        assert!((half..2 * half).all(|i| layout.centres[i].x == layout.centres[2 * half - 1 - i].x));
    }

    #[test]
    fn a_band_stands_below_the_bands_before_it() {
        let (sizes, operands) = example(60);
        let bands: Vec<usize> = (0..60).map(|i| i / 25).collect();
        let layout = lay_out(&sizes, &operands, &bands, &[Entries::Any; 60]);
        assert!(layout.bands.windows(2).all(|pair| pair[1][0] - pair[0][1] >= BAND_GAP - 1e-6));
        for ((centre, size), band) in layout.centres.iter().zip(&sizes).zip(bands) {
            let [top, bottom] = layout.bands[band];
            assert!(centre.y - size.height / 2.0 >= top - 1e-6 && centre.y + size.height / 2.0 <= bottom + 1e-6);
        }
    }

    /// The sum of what a difference has the other way round: only the difference says which line is which.
    #[test]
    fn lines_into_what_commutes_enter_as_they_come() {
        let sizes = vec![Size { width: 60.0, height: 30.0 }; 4];
        let operands = [vec![], vec![], vec![0, 1], vec![1, 0]];
        let entries = [Entries::AsGiven, Entries::AsGiven, Entries::AsGiven, Entries::Any];
        let layout = lay_out(&sizes, &operands, &[0; 4], &entries);
        for (operands, entries) in operands.iter().zip(&layout.entries).skip(2) {
            let [first, second] = [operands[0], operands[1]].map(|operand| layout.centres[operand].x);
            assert_eq!(first < second, entries[0] < entries[1]);
        }
    }

    /// A sum of quotients: all its terms are of x and θ, and each is added after the one before.
    #[test]
    fn many_boxes_of_the_same_operands_make_no_wide_picture() {
        let mut operands: Vec<Vec<usize>> = vec![vec![], vec![]];
        for term in 0..100 {
            let first = operands.len();
            operands.extend([vec![0, 1], vec![first], vec![first + 1]]);
            if term > 0 {
                operands.push(vec![first - 1, first + 2]);
            }
        }
        let sizes = vec![Size { width: 110.0, height: 50.0 }; operands.len()];
        let entries = vec![Entries::AsGiven; sizes.len()];
        let layout = lay_out(&sizes, &operands, &vec![0; sizes.len()], &entries);
        assert!(layout.size.width < SCREEN, "{}", layout.size.width);
        // All lines go around the boxes, those that run down all of it, too.
        let bends: Vec<&Bend> = layout.bends.iter().flatten().flatten().collect();
        assert!(bends.len() > 4000, "{}", bends.len());
        for bend in bends {
            let meets = |(centre, size): (&Point, &Size)| {
                (bend.x - centre.x).abs() < size.width / 2.0 && bend.top < centre.y && bend.bottom > centre.y
            };
            assert!(!layout.centres.iter().zip(&sizes).any(meets), "{bend:?}");
        }
        assert!(layout.size.height < 110.0 * 100.0, "{}", layout.size.height);
        for (box_, operands) in operands.iter().enumerate() {
            assert!(operands.iter().all(|&operand| layout.centres[operand].y < layout.centres[box_].y));
        }
        // As many sums of two leaves as there may be, in one layer if they may.
        let sums: Vec<Vec<usize>> = (0..300).map(|i| if i < 2 { vec![] } else { vec![0, 1] }).collect();
        let sizes = vec![Size { width: 110.0, height: 50.0 }; 300];
        let layout = lay_out(&sizes, &sums, &[0; 300], &[Entries::AsGiven; 300]);
        assert!(layout.size.width < 1.1 * widest(&sizes), "{}", layout.size.width);
    }

    #[test]
    fn an_empty_picture_has_no_size() {
        let layout = lay_out(&[], &[], &[], &[]);
        assert!(layout.size.width == 0.0 && layout.size.height == 0.0);
    }
}
