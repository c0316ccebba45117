//! How many connections and event streams there may be at once: in total, so that the program never runs out of files,
//! and for each address, so that no single machine shuts everybody else out.

use super::limits::household;
use moka::sync::Cache;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
    /// How many of the connections are kept for households of which somebody is choosing seats or paying. None behind a
    /// reverse proxy, whose connections do not tell whose they are.
    pub headroom: usize,
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
        let (connections_per_address, headroom) =
            if is_behind_proxy { (connections, 0) } else { (connections / 8, connections / 20) };
        let (streams, streams_per_address) = (connections / 2, connections / 16);
        Self { connections, connections_per_address, headroom, streams, streams_per_address }
    }
}

/// The households of which somebody was choosing seats or paying a moment ago.
#[derive(Debug, Clone)]
pub struct Inside(Cache<IpAddr, ()>);

impl Default for Inside {
    fn default() -> Self {
        /// How long somebody counts as inside after the last sign of it: about as long as an admission.
        const LASTS: Duration = Duration::from_secs(600);
        Self(Cache::builder().max_capacity(100_000).time_to_live(LASTS).build())
    }
}

impl Inside {
    /// Takes note that somebody at this address is choosing seats or paying.
    pub fn note(&self, address: IpAddr) {
        self.0.insert(household(address), ());
    }

    /// Whether somebody of this household was choosing seats or paying a moment ago.
    pub fn has(&self, address: IpAddr) -> bool {
        self.0.contains_key(&household(address))
    }
}

/// Counts what is open at this moment, in total and for each household (see [`household`]).
#[derive(Debug)]
pub struct Places {
    total: usize,
    per_address: usize,
    /// How many of the places are kept for [`Inside`].
    headroom: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_household: HashMap<IpAddr, usize>,
}

impl Places {
    pub fn new(total: usize, per_address: usize, headroom: usize) -> Arc<Self> {
        Arc::new(Self { total, per_address, headroom, taken: Mutex::default() })
    }

    /// Takes a place for an address. `None` if there are too many, of this address or in total. `is_inside` is whether the
    /// address may have one of those that are kept.
    pub fn take(self: &Arc<Self>, address: IpAddr, is_inside: bool) -> Option<Place> {
        let total = if is_inside { self.total } else { self.total - self.headroom };
        let household = household(address);
        let mut taken = self.lock();
        let of_household = taken.by_household.get(&household).copied().unwrap_or(0);
        if taken.total >= total || of_household >= self.per_address {
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
        let places = Places::new(3, 2, 0);
        let one = IpAddr::from([127, 0, 0, 1]);
        let first = places.take(one, false);
        let second = places.take(one, false);
        assert!(first.is_some() && second.is_some() && places.take(one, true).is_none());
        let other = places.take(IpAddr::from([127, 0, 0, 2]), false);
        assert!(other.is_some() && places.take(IpAddr::from([127, 0, 0, 3]), true).is_none(), "all are taken");
        assert!(places.are_scarce());
        drop(first);
        assert!(!places.are_scarce() && places.take(one, false).is_some());
    }

    #[test]
    fn the_last_places_are_for_those_who_are_inside() {
        let (places, inside) = (Places::new(4, 4, 1), Inside::default());
        let [one, other] = [1, 2].map(|last| IpAddr::from([127, 0, 0, last]));
        inside.note(one);
        assert_eq!([inside.has(one), inside.has(other)], [true, false]);
        let taken: Vec<_> = (0..3).filter_map(|_| places.take(other, false)).collect();
        assert_eq!(taken.len(), 3);
        assert!(places.take(other, inside.has(other)).is_none());
        let last = places.take(one, inside.has(one));
        assert!(last.is_some() && places.take(one, true).is_none());
    }
}
