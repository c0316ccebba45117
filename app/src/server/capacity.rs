//! How many connections and event streams there may be at once: in total, so that the program never runs out of files,
//! and for each address, so that no single machine shuts everybody else out.

use super::limits::household;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most connections, whatever the limit of open files allows: more would take more memory than a small machine has.
const MAX_CONNECTIONS: usize = 50_000;
/// How many files are left for everything that is not a connection: the databases, the log, and files that are sent.
const OTHER_FILES: usize = 512;
/// The fewest connections that are allowed, even if the limit of open files is tiny.
const MIN_CONNECTIONS: usize = 128;

/// The most connections and event streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    pub connections: usize,
    /// The most connections of one address: an eighth of all. A browser opens up to six.
    pub connections_per_address: usize,
    /// The most event streams: half of the connections, so that open maps never take those with which fans buy.
    pub streams: usize,
    /// The most event streams of one address.
    pub streams_per_address: usize,
}

impl Capacity {
    /// Returns the capacity for a limit of `files` open files. Behind a reverse proxy, all connections come from one
    /// address, which therefore may have all of them.
    pub fn of(files: u64, is_behind_proxy: bool) -> Self {
        let files = usize::try_from(files).unwrap_or(usize::MAX);
        let connections = files.saturating_sub(OTHER_FILES).clamp(MIN_CONNECTIONS, MAX_CONNECTIONS);
        let connections_per_address = if is_behind_proxy { connections } else { connections / 8 };
        let (streams, streams_per_address) = (connections / 2, connections / 16);
        Self { connections, connections_per_address, streams, streams_per_address }
    }
}

/// Counts what is open at this moment, in total and for each household (see [`household`]).
#[derive(Debug)]
pub struct Places {
    total: usize,
    per_address: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_household: HashMap<IpAddr, usize>,
}

impl Places {
    pub fn new(total: usize, per_address: usize) -> Arc<Self> {
        Arc::new(Self { total, per_address, taken: Mutex::default() })
    }

    /// Takes a place for an address. `None` if there are too many, of this address or in total.
    pub fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let household = household(address);
        let mut taken = self.lock();
        let of_household = taken.by_household.get(&household).copied().unwrap_or(0);
        if taken.total >= self.total || of_household >= self.per_address {
            return None;
        }
        taken.total += 1;
        taken.by_household.insert(household, of_household + 1);
        Some(Place { places: self.clone(), household })
    }

    /// Whether fewer than a tenth of the places are free.
    pub fn are_scarce(&self) -> bool {
        self.lock().total >= self.total - self.total / 10
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection or stream that is open. Dropping it returns its place.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    household: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.total -= 1;
        if let Some(of_household) = taken.by_household.get_mut(&self.household) {
            *of_household -= 1;
            if *of_household == 0 {
                taken.by_household.remove(&self.household);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_left_for_what_is_not_a_connection() {
        for (files, connections) in [(20_000, 19_488), (1_024, 512), (256, 128), (u64::MAX, 50_000)] {
            assert_eq!(Capacity::of(files, false).connections, connections, "{files}");
        }
        let (direct, proxied) = (Capacity::of(20_000, false), Capacity::of(20_000, true));
        assert_eq!((direct.connections_per_address, proxied.connections_per_address), (2_436, 19_488));
        assert_eq!((direct.streams, direct.streams_per_address), (9_744, 1_218));
    }

    #[test]
    fn one_address_cannot_take_all_places_and_a_place_is_returned() {
        let places = Places::new(3, 2);
        let one = IpAddr::from([127, 0, 0, 1]);
        let first = places.take(one);
        let second = places.take(one);
        assert!(first.is_some() && second.is_some() && places.take(one).is_none());
        let other = places.take(IpAddr::from([127, 0, 0, 2]));
        assert!(other.is_some() && places.take(IpAddr::from([127, 0, 0, 3])).is_none(), "all are taken");
        assert!(places.are_scarce());
        drop(first);
        assert!(!places.are_scarce() && places.take(one).is_some());
    }
}
