//! The only module that reads the machine's time and its random numbers. Tests use a manual clock instead.

use crate::domain::Timestamp;
use crate::domain::text::hex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// A source of time and randomness: the machine's, or a manual one that stands still until a test moves it. Clones of a
/// manual clock always show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Manual { now: watch::Sender<Timestamp>, drawn: Arc<AtomicU64> },
}

impl Clock {
    /// Returns the machine's clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// Returns a clock that shows `start` until it is moved. Its "random" numbers are the same in every run: they count
    /// up from 0.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual { now: watch::Sender::new(start), drawn: Arc::default() })
    }

    /// Returns the current instant.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Source::Manual { now, .. } => *now.borrow(),
        }
    }

    /// Moves a manual clock forward.
    ///
    /// # Panics
    /// If this is the machine's clock.
    pub fn advance(&self, by: Duration) {
        let Source::Manual { now, .. } = &self.0 else { panic!("only a manual clock can be moved") };
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        now.send_modify(|now| *now = Timestamp(now.0.saturating_add(millis)));
    }

    /// Sets a manual clock back.
    ///
    /// # Panics
    /// If this is the machine's clock.
    pub fn set_back(&self, by: Duration) {
        let Source::Manual { now, .. } = &self.0 else { panic!("only a manual clock can be moved") };
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        now.send_modify(|now| *now = Timestamp(now.0.saturating_sub(millis)));
    }

    /// Sleeps until the clock shows `at` or later.
    pub async fn sleep_until(&self, at: Timestamp) {
        match &self.0 {
            // The machine's clock may be set to another time meanwhile, so it is read again after a minute at the
            // latest.
            Source::System => loop {
                let left = at.millis_from(self.now());
                if left == 0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(left.min(60_000))).await;
            },
            Source::Manual { now, .. } => {
                let reached = now.subscribe().wait_for(|now| *now >= at).await.is_ok();
                debug_assert!(reached, "the clock outlives its sleepers");
            }
        }
    }

    /// Returns 128 random bits as 32 lower-case hexadecimal digits, for example for the idempotency key of a form.
    ///
    /// # Panics
    /// If the operating system provides no random bytes. Without them no key or salt would be secure.
    pub fn random_key(&self) -> String {
        self.random_hex::<16>()
    }

    /// Returns `BYTES` random bytes as lower-case hexadecimal digits, two for each byte.
    ///
    /// # Panics
    /// As [`Clock::random_key`].
    pub fn random_hex<const BYTES: usize>(&self) -> String {
        hex(&self.random_bytes::<BYTES>())
    }

    /// Returns `N` random bytes, for example for the salt of a password.
    ///
    /// # Panics
    /// As [`Clock::random_key`].
    #[expect(clippy::expect_used, reason = "without randomness no key or salt is safe, so the house must not go on")]
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => getrandom::fill(&mut bytes).expect("the operating system gives random bytes"),
            Source::Manual { drawn, .. } => {
                let draw = drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes();
                bytes.iter_mut().rev().zip(draw.iter().rev()).for_each(|(byte, digit)| *byte = *digit);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_its_sleepers_when_it_is_moved() {
        let clock = Clock::manual(Timestamp(1_000));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep_until(Timestamp(3_000)).await;
                clock.now()
            }
        });
        clock.advance(Duration::from_secs(1));
        clock.advance(Duration::from_secs(1));
        assert_eq!(sleeper.await.expect("the sleeper wakes"), Timestamp(3_000));
    }

    #[test]
    fn keys_differ() {
        for clock in [Clock::system(), Clock::manual(Timestamp(0))] {
            assert_ne!(clock.random_key(), clock.random_key());
            assert_eq!(clock.random_key().len(), 32);
        }
    }
}
