//! Damage done to valid files: bytes flipped, cut, repeated, inserted; values of JSON taken out or replaced.

use serde_json::Value;

/// Numbers at random (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below this one, which isn't 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What is put into files.
const TOKENS: [&str; 30] = [
    "1e999",
    "-1e308",
    "1e-320",
    "NaN",
    "inf",
    "NA",
    "",
    "0",
    "-1",
    "10000000000000",
    "18446744073709551616",
    "\"",
    "\"\"",
    ",",
    ";",
    "\n",
    "\r",
    "\r\n",
    "\0",
    "\t",
    "?",
    "a",
    "1.0",
    "1,5",
    "null",
    "[]",
    "{}",
    "\u{feff}",
    "é",
    "\u{1b}[31m",
];

/// The content with some damage; `other` is what pieces of another file are taken from.
pub fn damaged(content: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = content.to_vec();
    for _ in 0..=random.below(3) {
        damage(&mut bytes, other, random);
    }
    bytes
}

fn damage(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len());
    let end = at + random.below((bytes.len() - at).min(64)) + 1;
    let end = end.min(bytes.len());
    match random.below(9) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = *random.pick(&[0, 1, 0x7f, 0x80, 0xff, b'-', b'9', b'"']),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..end)),
        4 => {
            let piece = bytes[at..end].repeat(1 + random.below(200));
            bytes.splice(at..at, piece);
        }
        5 => drop(bytes.splice(at..at, random.pick(&TOKENS).bytes())),
        6 => drop(bytes.splice(at..end, random.pick(&TOKENS).bytes())),
        7 => bytes[at..end].reverse(),
        _ => {
            let from = random.below(other.len());
            let piece = other[from..(from + end - at).min(other.len())].to_vec();
            bytes.splice(at..end, piece);
        }
    }
}

/// The same of JSON, which stays JSON: what its fields hold is taken out, doubled or replaced.
pub fn damaged_json(content: &[u8], random: &mut Random) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(content).unwrap();
    for _ in 0..=random.below(3) {
        let steps = random.below(6);
        replace_within(&mut value, steps, random);
    }
    serde_json::to_vec(&value).unwrap()
}

/// Goes so many steps down, and changes what is there.
fn replace_within(value: &mut Value, steps: usize, random: &mut Random) {
    let inside = match value {
        Value::Array(items) if !items.is_empty() && steps > 0 => {
            let place = random.below(items.len());
            items.get_mut(place)
        }
        Value::Object(fields) if !fields.is_empty() && steps > 0 => {
            let place = random.below(fields.len());
            fields.values_mut().nth(place)
        }
        _ => None,
    };
    match inside {
        Some(inside) => replace_within(inside, steps - 1, random),
        None => replace(value, random),
    }
}

fn replace(value: &mut Value, random: &mut Random) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            let place = random.below(items.len());
            match random.below(4) {
                0 => drop(items.remove(place)),
                1 => items.push(items[place].clone()),
                2 => items.clear(),
                _ => items[place] = hostile(random),
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            let key = fields.keys().nth(random.below(fields.len())).cloned().unwrap();
            match random.below(3) {
                0 => drop(fields.remove(&key)),
                1 => drop(fields.insert(key, hostile(random))),
                _ => drop(fields.insert("more".into(), hostile(random))),
            }
        }
        other => *other = hostile(random),
    }
}

fn hostile(random: &mut Random) -> Value {
    let values = [
        "null",
        "0",
        "-1",
        "10000000000000",
        "1e308",
        "-0.0",
        "1e-320",
        "true",
        "[]",
        "{}",
        "[[]]",
        "\"\"",
        "\"x\"",
        "\"(Intercept)\"",
        "18446744073709551615",
        "[null]",
        "\"gaussian\"",
        "\"sqrt\"",
    ];
    serde_json::from_str(random.pick::<&str>(&values)).unwrap()
}
