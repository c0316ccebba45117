//! The delay function of the lottery: it takes many steps that can only be done one after the other, however many
//! machines somebody has, and its result is verified in a small part of the time.
//!
//! It is *sloth* (Lenstra and Wesolowski, "A random zoo: sloth, unicorn, and trx", 2015) over the integers modulo the
//! prime `p = 2^521 - 1`. A step flips the lowest bit of a number and takes a square root of it, which is 519 squarings
//! in a row; to undo the step takes one. The arithmetic is that of fiat-crypto, which is proven to be correct.

use crate::domain::text::{from_hex, hex};
use fiat_crypto::p521_64::{
    fiat_p521_carry, fiat_p521_carry_square, fiat_p521_from_bytes, fiat_p521_loose_field_element, fiat_p521_opp,
    fiat_p521_relax, fiat_p521_tight_field_element, fiat_p521_to_bytes,
};
use sha2::{Digest, Sha512};

/// The bytes of a number below `p`.
const BYTES: usize = 66;

/// A number below `p`, the least significant byte first.
type Bytes = [u8; BYTES];

#[derive(Clone, Copy)]
struct Number(fiat_p521_tight_field_element);

impl Number {
    /// `bytes` must be below `p`.
    fn of(bytes: &Bytes) -> Self {
        let mut number = fiat_p521_tight_field_element([0; 9]);
        fiat_p521_from_bytes(&mut number, bytes);
        Self(number)
    }

    fn bytes(&self) -> Bytes {
        let mut bytes = [0; BYTES];
        fiat_p521_to_bytes(&mut bytes, &self.0);
        bytes
    }

    fn squared(&self) -> Self {
        let mut loose = fiat_p521_loose_field_element([0; 9]);
        fiat_p521_relax(&mut loose, &self.0);
        let mut square = fiat_p521_tight_field_element([0; 9]);
        fiat_p521_carry_square(&mut square, &loose);
        Self(square)
    }

    fn negated(&self) -> Self {
        let mut loose = fiat_p521_loose_field_element([0; 9]);
        fiat_p521_opp(&mut loose, &self.0);
        let mut negative = fiat_p521_tight_field_element([0; 9]);
        fiat_p521_carry(&mut negative, &loose);
        Self(negative)
    }
}

const fn is_odd(bytes: &Bytes) -> bool {
    bytes[0] & 1 == 1
}

/// The number with which the delay begins: the SHA-512 of the text `start`, as an integer with the most significant byte
/// first.
fn first(start: &str) -> Bytes {
    let mut bytes = [0; BYTES];
    bytes.iter_mut().zip(Sha512::digest(start).iter().rev()).for_each(|(byte, digit)| *byte = *digit);
    bytes
}

/// One step. Either `x` (the number with its lowest bit flipped) or `-x` has square roots, two of them, of which one is
/// odd. The result is the even root if `x` has them, and the odd one otherwise, so the step can be undone.
fn forward(mut bytes: Bytes) -> Bytes {
    bytes[0] ^= 1;
    // p is 3 modulo 4, so x^((p + 1) / 4) is a root of x or of -x, and (p + 1) / 4 is 2^519.
    let root = (0..519).fold(Number::of(&bytes), |power, _| power.squared());
    let is_wanted_odd = root.squared().bytes() != bytes;
    let root = if is_odd(&root.bytes()) == is_wanted_odd { root } else { root.negated() };
    root.bytes()
}

/// The number of which `bytes` is one step forward.
fn back(bytes: &Bytes) -> Bytes {
    let square = Number::of(bytes).squared();
    let mut before = if is_odd(bytes) { square.negated() } else { square }.bytes();
    before[0] ^= 1;
    before
}

/// Computes the delay, in `steps` steps. Returns the last number as 132 hexadecimal digits, the most significant first.
pub fn compute(start: &str, steps: u32) -> String {
    let mut last = (0..steps).fold(first(start), |bytes, _| forward(bytes));
    last.reverse();
    hex(&last)
}

/// Whether `output` is the result of [`compute`]. Takes about a 500th of the time.
pub fn verify(start: &str, steps: u32, output: &str) -> bool {
    let Some(Ok(mut last)) = from_hex(output).map(Bytes::try_from) else { return false };
    last.reverse();
    // Only numbers below p: the highest of the 521 bits is the only one of the last byte.
    last[BYTES - 1] <= 1 && (0..steps).fold(last, |bytes, _| back(&bytes)) == first(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_result_of_all_steps_from_this_start_is_valid() {
        const STEPS: u32 = 20;
        let output = compute("start", STEPS);
        assert!(verify("start", STEPS, &output));
        assert!(!verify("other", STEPS, &output) && !verify("start", STEPS - 1, &output));
        let (head, last) = output.split_at(131);
        let other = if last == "0" { "1" } else { "0" };
        for wrong in [format!("{head}{other}"), head.to_owned(), String::new(), "f".repeat(132), "x".repeat(132)] {
            assert!(!verify("start", STEPS, &wrong), "{wrong}");
        }
    }

    /// The expected numbers were computed with Python's integers: `pow(x ^ 1, 1 << 519, p)` and the choice of the root.
    #[test]
    fn the_function_is_the_documented_one() {
        assert_eq!(compute("abc", 0), format!("0000{}", hex(&Sha512::digest("abc"))));
        assert_eq!(compute("abc", 3), EXPECTED_OF_ABC);
    }

    const EXPECTED_OF_ABC: &str = "0180516d47aa49e101a1d945369f09712578527a375bed31ccd4f8a762a9e7e892bff11fd638f5199f6e4ee089d92e253371e118675084792ab3ac3a450bd9c6363c";
}
