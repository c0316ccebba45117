//! Who was refused, for the log of the program. A stranger can cause any number of refusals, so they are counted by kind
//! and address, and written once a minute in a few lines.

use super::limits::household;
use encore::domain::{Field, Refusal};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// How many different counts are kept in a minute, and how many of them are written, the highest first. The others are
/// written as one sum.
const KEPT: usize = 10_000;
const WRITTEN: usize = 20;

/// The refusals since they were last written.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<Counts>);

/// How often a refusal with this code was given to this address.
#[derive(Debug, PartialEq, Eq)]
struct Counted {
    code: &'static str,
    address: IpAddr,
    count: u64,
}

#[derive(Debug, Default)]
struct Counts {
    by_address: HashMap<(&'static str, IpAddr), u64>,
    /// Those for which there was no place.
    others: u64,
}

impl Refusals {
    /// Counts a refusal, if it is one by which an attack may be noticed: a wrong password, a page for staff, a request of
    /// another site, or too many of something.
    pub fn note(&self, refusal: &Refusal, address: IpAddr) {
        let is_telling = matches!(
            refusal,
            Refusal::BadCredentials
                | Refusal::NotStaff
                | Refusal::NotYourDuty
                | Refusal::CrossSite
                | Refusal::PasskeyRefused
                | Refusal::Invalid { field: Field::PresentPassword | Field::Code | Field::Request, .. }
                | Refusal::SlowDown { .. }
                | Refusal::ProofNeeded { .. }
                | Refusal::CrowdedAddress
                | Refusal::PlaceVoided
        );
        if is_telling {
            self.count(refusal.code(), address);
        }
    }

    /// Counts something that was refused.
    pub fn count(&self, code: &'static str, address: IpAddr) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (code, household(address));
        if counts.by_address.len() < KEPT || counts.by_address.contains_key(&key) {
            *counts.by_address.entry(key).or_default() += 1;
        } else {
            counts.others += 1;
        }
    }

    /// Writes the refusals since the last call to the log.
    pub fn write(&self) {
        let (lines, others) = self.take();
        for Counted { code, address, count } in lines {
            tracing::info!(%address, code, count, "refused");
        }
        if others > 0 {
            tracing::info!(count = others, "refused, from further addresses");
        }
    }

    /// The highest counts since the last call, and the sum of the others.
    fn take(&self) -> (Vec<Counted>, u64) {
        let Counts { by_address, others } = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let counted = by_address.into_iter().map(|((code, address), count)| Counted { code, address, count });
        let mut lines: Vec<Counted> = counted.collect();
        lines.sort_unstable_by_key(|line| (std::cmp::Reverse(line.count), line.code, line.address));
        let rest = lines.split_off(lines.len().min(WRITTEN));
        (lines, others + rest.iter().map(|line| line.count).sum::<u64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_refusals_is_a_few_lines() {
        let refusals = Refusals::default();
        let address = |number: u32| IpAddr::from((0x0A00_0000 + number).to_be_bytes());
        for number in 0..20_000 {
            refusals.note(&Refusal::BadCredentials, address(number));
            refusals.note(&Refusal::SoldOut, address(number));
        }
        for _ in 0..5 {
            refusals.note(&Refusal::NotStaff, address(1));
            refusals.note(&Refusal::BadCredentials, address(7));
        }
        let (lines, others) = refusals.take();
        assert_eq!(lines.len(), WRITTEN);
        assert_eq!(lines[0], Counted { code: "bad_credentials", address: address(7), count: 6 });
        let sum: u64 = lines.iter().map(|line| line.count).sum();
        assert_eq!(sum + others, 20_000 + 10, "what is no sign of an attack is not counted");
        assert_eq!(refusals.take(), (vec![], 0));
    }
}
