//! Whose password is hashed next. A hash takes a core for some tens of milliseconds, and 19 MiB of memory, so only a few
//! run at once, and the others wait: sign-ins before sign-ups, and within both one household after the other. So somebody
//! who sends a thousand passwords makes nobody wait but themselves.

use super::limits::household;
use encore::domain::Refusal;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// How many passwords of one household may wait.
const WAITING_PER_HOUSEHOLD: usize = 200;

/// What a password is hashed for. The first kind goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashedFor {
    SignIn,
    SignUp,
}

/// The passwords that wait.
#[derive(Debug)]
pub struct Hashing {
    waiting: Mutex<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    /// How many more may run now. While any may, nobody waits.
    free: usize,
    lanes: [Lane; 2],
}

/// Those who wait for one kind of hash.
#[derive(Debug, Default)]
struct Lane {
    /// The households that wait, the next one first. Each is in the list once.
    order: VecDeque<IpAddr>,
    of: HashMap<IpAddr, VecDeque<oneshot::Sender<Turn>>>,
}

impl Lane {
    /// Takes the one who waits longest of the next household, which then goes to the end.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let household = self.order.pop_front()?;
        let waiting = self.of.get_mut(&household)?;
        let next = waiting.pop_front();
        if waiting.is_empty() {
            self.of.remove(&household);
        } else {
            self.order.push_back(household);
        }
        next
    }
}

/// The right to hash one password. Dropping it gives the turn to the next.
#[derive(Debug)]
pub struct Turn(Option<Arc<Hashing>>);

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(hashing) = self.0.take() {
            hashing.pass_on();
        }
    }
}

impl Hashing {
    /// `at_once` is how many passwords may be hashed at the same time.
    pub fn new(at_once: usize) -> Arc<Self> {
        let lanes = [Lane::default(), Lane::default()];
        Arc::new(Self { waiting: Mutex::new(Waiting { free: at_once, lanes }) })
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if too many passwords of this household wait already.
    pub async fn turn(self: &Arc<Self>, kind: HashedFor, address: IpAddr) -> Result<Turn, Refusal> {
        let receiver = {
            let mut waiting = self.lock();
            if waiting.free > 0 {
                waiting.free -= 1;
                return Ok(Turn(Some(self.clone())));
            }
            let household = household(address);
            let lane = &mut waiting.lanes[kind as usize];
            let of_household = lane.of.entry(household).or_default();
            if of_household.len() >= WAITING_PER_HOUSEHOLD {
                return Err(Refusal::Busy);
            }
            let (sender, receiver) = oneshot::channel();
            of_household.push_back(sender);
            if of_household.len() == 1 {
                lane.order.push_back(household);
            }
            receiver
        };
        receiver.await.map_err(|_| Refusal::Busy)
    }

    /// Gives a turn that has ended to the next one who still waits.
    fn pass_on(self: &Arc<Self>) {
        loop {
            let next = {
                let mut waiting = self.lock();
                let next = waiting.lanes.iter_mut().find_map(Lane::next);
                if next.is_none() {
                    waiting.free += 1;
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(Turn(Some(self.clone()))) {
                Ok(()) => return,
                // The request was given up meanwhile. This turn must not pass itself on when it is dropped here.
                Err(mut turn) => drop(turn.0.take()),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::task::JoinHandle;

    const CROWD: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    /// Waits for a turn in a task of its own, and begins to wait before this returns.
    async fn wait(hashing: &Arc<Hashing>, kind: HashedFor, address: IpAddr) -> JoinHandle<Turn> {
        let hashing = hashing.clone();
        let task = tokio::spawn(async move { hashing.turn(kind, address).await.expect("waits") });
        tokio::task::yield_now().await;
        task
    }

    #[tokio::test]
    async fn sign_ins_go_first_and_one_household_after_the_other() {
        let hashing = Hashing::new(1);
        let mut turn = hashing.turn(HashedFor::SignUp, CROWD).await.expect("is free");
        let mut order = vec![];
        for (name, kind, address) in [
            ("crowd 1", HashedFor::SignUp, CROWD),
            ("crowd 2", HashedFor::SignUp, CROWD),
            ("crowd 3", HashedFor::SignUp, CROWD),
            ("other", HashedFor::SignUp, OTHER),
            ("sign-in", HashedFor::SignIn, OTHER),
        ] {
            order.push((name, wait(&hashing, kind, address).await));
        }
        // A request that was given up is passed over.
        order[1].1.abort();
        tokio::task::yield_now().await;
        for expected in ["sign-in", "crowd 1", "other", "crowd 3"] {
            drop(turn);
            let place = order.iter().position(|(name, _)| *name == expected).expect("waits");
            let (_, task) = order.remove(place);
            turn = tokio::time::timeout(Duration::from_secs(10), task).await.expect(expected).expect(expected);
        }
        drop(turn);
        assert_eq!(hashing.lock().free, 1);
    }

    #[tokio::test]
    async fn a_household_may_only_have_so_many_waiting() {
        let hashing = Hashing::new(1);
        let _turn = hashing.turn(HashedFor::SignIn, CROWD).await.expect("is free");
        let mut waiting = vec![];
        for _ in 0..WAITING_PER_HOUSEHOLD {
            waiting.push(wait(&hashing, HashedFor::SignUp, CROWD).await);
        }
        assert_eq!(hashing.turn(HashedFor::SignUp, CROWD).await.err(), Some(Refusal::Busy));
    }
}
