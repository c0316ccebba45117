//! A small pseudo-random generator (SplitMix64), so that what a test has chosen at random can be chosen again from its seed.

pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 (included) to `limit` (excluded).
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// Whether something happens that happens in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `all`, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, all: &[(usize, T)]) -> T {
        let mut left = self.below(all.iter().map(|(weight, _)| weight).sum());
        let chosen = all.iter().find(|(weight, _)| {
            let is_it = left < *weight;
            left = left.saturating_sub(*weight);
            is_it
        });
        chosen.unwrap_or(&all[0]).1
    }
}

/// Bytes that mean something in JSON, in forms, and in codes.
const TELLING: &[u8] = b"\0\n\r\"\\{}[]:,.-+eE09azAZ&=%;<>\x7f\x80\xc3\xff";

impl Dice {
    /// Changes one to four places of a text: bytes are replaced, added, left out, or repeated.
    pub fn mutated(&mut self, text: &[u8]) -> Vec<u8> {
        let mut bytes = text.to_vec();
        for _ in 0..1 + self.below(4) {
            let longest = 1 << self.below(8);
            let from = self.below(bytes.len() + 1);
            let to = (from + self.below(longest)).min(bytes.len());
            let other = TELLING[self.below(TELLING.len())];
            match self.below(6) {
                0 if from < bytes.len() => bytes[from] ^= 1 << self.below(8),
                1 if from < bytes.len() => bytes[from] = other,
                2 => bytes.insert(from, other),
                3 => drop(bytes.drain(from..to)),
                4 => {
                    let part = bytes[from..to].to_vec();
                    let at = self.below(bytes.len() + 1);
                    bytes.splice(at..at, part);
                }
                _ => bytes.truncate(from.max(bytes.len() / 2)),
            }
        }
        bytes
    }
}
