//! Which layer of a picture each box stands in: below all that it uses.

use std::collections::BinaryHeap;

/// The layer of each box: below all its operands and all earlier bands. Leaves, and what is made of one leaf alone, stand just above the
/// first box that needs them: `1 − y` beside what it is multiplied with, not above all.
pub(super) fn layers(operands: &[Vec<usize>], bands: &[usize]) -> Vec<usize> {
    let mut layers = vec![0usize; operands.len()];
    let mut is_of_one_leaf = vec![false; operands.len()];
    let mut last_of_band = vec![0usize; bands.last().map_or(0, |band| band + 1)];
    let (mut floor, mut lowest) = (0, 0);
    for (index, operands) in operands.iter().enumerate() {
        if index > 0 && bands[index] != bands[index - 1] {
            floor = lowest + 1;
        }
        layers[index] = operands.iter().map(|&operand| layers[operand] + 1).fold(floor, usize::max);
        lowest = lowest.max(layers[index]);
        last_of_band[bands[index]] = lowest;
        is_of_one_leaf[index] = operands.len() < 2 && operands.iter().all(|&operand| is_of_one_leaf[operand]);
    }
    let mut highest_use = vec![usize::MAX; operands.len()];
    for (index, operands) in operands.iter().enumerate().rev() {
        if is_of_one_leaf[index] && highest_use[index] != usize::MAX {
            layers[index] = (highest_use[index] - 1).clamp(layers[index], last_of_band[bands[index]]);
        }
        for &operand in operands {
            highest_use[operand] = highest_use[operand].min(layers[index]);
        }
    }
    layers
}

/// Layers no wider than `widest`, if a box isn't: each box as far down as what uses it allows, those first that most stand above.
/// (Coffman and Graham, *Optimal scheduling for two-processor systems*, Acta Informatica 1, 1972, from the last box up.)
pub(super) fn narrow_layers(widths: &[f64], operands: &[Vec<usize>], bands: &[usize], widest: f64) -> Vec<usize> {
    let mut depths = vec![0usize; operands.len()];
    let mut open_uses = vec![0usize; operands.len()];
    for (index, operands) in operands.iter().enumerate() {
        for &operand in operands {
            depths[index] = depths[index].max(depths[operand] + 1);
            open_uses[operand] += 1;
        }
    }
    // What has no use that isn't placed, the last bands first, then what is deepest.
    let key = |index: usize| (bands[index], depths[index], index);
    let mut ready: BinaryHeap<_> = (0..operands.len()).filter(|&index| open_uses[index] == 0).map(key).collect();
    let mut from_below = vec![0usize; operands.len()];
    let mut layer = 0;
    while let Some(&(band, ..)) = ready.peek() {
        let (mut width, mut placed) = (0.0, Vec::new());
        while let Some(&(other, _, index)) = ready.peek() {
            width += widths[index];
            if other != band || width > widest && !placed.is_empty() {
                break;
            }
            ready.pop();
            from_below[index] = layer;
            placed.push(index);
        }
        for &operand in placed.iter().flat_map(|&index| &operands[index]) {
            open_uses[operand] -= 1;
            if open_uses[operand] == 0 {
                ready.push(key(operand));
            }
        }
        layer += 1;
    }
    from_below.into_iter().map(|from_below| layer.saturating_sub(1 + from_below)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The log-likelihood of labels: `1 − y` between y and where it is needed leaves no line to cross.
    #[test]
    fn what_is_made_of_one_leaf_stands_where_it_is_needed() {
        // x, θ, Xθ, σ, y, ln, y·ln, 1 − y, 1 − σ, ln, their product, the sum.
        let operands: [&[usize]; 12] =
            [&[], &[], &[0, 1], &[2], &[], &[3], &[4, 5], &[4], &[3], &[8], &[7, 9], &[6, 10]];
        let operands = operands.map(<[usize]>::to_vec);
        assert_eq!(layers(&operands, &[0; 12]), [0, 0, 1, 2, 3, 3, 4, 4, 3, 4, 5, 6]);
    }

    #[test]
    fn narrow_layers_keep_what_is_used_above_and_the_bands_apart() {
        let operands: Vec<Vec<usize>> =
            (0..200).map(|i| if i < 9 { vec![] } else { vec![i * 7 % (i - 3), i % 9] }).collect();
        let bands: Vec<usize> = (0..200).map(|i| i / 70).collect();
        let widths = [100.0; 200];
        let layers = narrow_layers(&widths, &operands, &bands, 450.0);
        for (index, operands) in operands.iter().enumerate() {
            assert!(operands.iter().all(|&operand| layers[operand] < layers[index]));
        }
        for layer in 0..=layers.iter().copied().max().unwrap() {
            let inside: Vec<usize> = (0..200).filter(|&index| layers[index] == layer).collect();
            assert!((1..=4).contains(&inside.len()), "{inside:?}");
            assert!(inside.iter().all(|&index| bands[index] == bands[inside[0]]));
        }
        assert!((1..200).all(|i| bands[i] == bands[i - 1] || layers[..i].iter().max() < layers[i..].iter().min()));
        // A box that is wider stands alone.
        assert_eq!(narrow_layers(&widths[..3], &[vec![], vec![], vec![]], &[0; 3], 50.0), [0, 1, 2]);
    }
}
