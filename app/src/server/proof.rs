//! Bursts of sign-ups and of places from one address, and the proof of work that browsers then have to give: they solve a
//! small task, which takes a second or two. Somebody who makes thousands of accounts has to solve thousands.
//!
//! The task and its solution are in the open format of ALTCHA (proof of work, version 2), which has solvers for other
//! clients too. In browsers, `public/static/proof.js` solves it. A browser without scripts cannot solve it. Its
//! fan tries again later: the refusal says when.

use super::limits::{check, household};
use altcha::{Challenge, CreateChallengeOptions, Payload, VerifySolutionOptions, create_challenge, verify_solution};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use encore::domain::text::hex;
use encore::domain::{Refusal, Timestamp};
use encore::{Clock, Denied, Fault, Outcome};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

/// How many accounts may be made, and places in queues taken, from one address without a proof, unless the operator sets
/// other numbers: this many at once, and then this many a minute.
pub const SIGN_UPS_WITHOUT_PROOF: NonZeroU32 = NonZeroU32::new(30).expect("it is not zero");
pub const JOINS_WITHOUT_PROOF: NonZeroU32 = NonZeroU32::new(300).expect("it is not zero");
/// How many accounts may be made on the whole site in a minute before all but the first of each address need a proof: a
/// burst may also come from many addresses.
const SIGN_UPS_OF_SITE: NonZeroU32 = NonZeroU32::new(600).expect("it is not zero");

/// How many passes of PBKDF2 one attempt takes, and after how many attempts the task is solved. A phone makes two to five
/// thousand such attempts a second.
const PASSES: u32 = 1_000;
const ATTEMPTS: std::ops::Range<u32> = 3_000..6_000;
/// How many tasks an address is given: this many at once, and then this many a minute. Making one takes as long as one
/// attempt to solve it.
const TASKS: NonZeroU32 = NonZeroU32::new(300).expect("it is not zero");
/// How long a task can be solved, in seconds.
const LASTS: i64 = 600;
/// How many used tasks are remembered at most. Beyond that every proof is refused: it takes an hour of a thousand
/// browsers to get there.
const MAX_USED: usize = 200_000;

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    SignUp,
    Join,
}

/// The recent wishes, and the tasks that were solved.
pub struct Proofs {
    sign_ups: DefaultKeyedRateLimiter<IpAddr>,
    first_sign_ups: DefaultKeyedRateLimiter<IpAddr>,
    sign_ups_of_site: DefaultDirectRateLimiter,
    joins: DefaultKeyedRateLimiter<IpAddr>,
    tasks: DefaultKeyedRateLimiter<IpAddr>,
    /// The secrets that sign a task, and the key that solves it.
    secrets: [String; 2],
    /// The nonces of solved tasks, with the time until which the task could be solved.
    used: Mutex<HashMap<String, i64>>,
}

impl Proofs {
    /// `sign_ups` and `joins` are how many of them need no proof: see [`SIGN_UPS_WITHOUT_PROOF`]. `key` signs the tasks.
    pub fn new(sign_ups: NonZeroU32, joins: NonZeroU32, key: &[u8; 32]) -> Self {
        let key = hex(key);
        Self {
            sign_ups: RateLimiter::keyed(Quota::per_minute(sign_ups)),
            first_sign_ups: RateLimiter::keyed(Quota::per_minute(NonZeroU32::MIN)),
            sign_ups_of_site: RateLimiter::direct(Quota::per_minute(SIGN_UPS_OF_SITE)),
            joins: RateLimiter::keyed(Quota::per_minute(joins)),
            tasks: RateLimiter::keyed(Quota::per_minute(TASKS)),
            secrets: [format!("task {key}"), format!("solution {key}")],
            used: Mutex::default(),
        }
    }

    /// Counts a wish from `address`. It is granted if there were few of them, or with a `proof`: the solution of a task
    /// that was not used before.
    ///
    /// # Errors
    /// [`Refusal::ProofNeeded`] with a new task, [`Refusal::SlowDown`] if the address was given too many.
    pub fn check(&self, wish: Wish, address: IpAddr, proof: Option<&str>) -> Outcome<()> {
        let address = household(address);
        let granted = match wish {
            Wish::SignUp => check(&self.sign_ups, &address).and_then(|()| match self.sign_ups_of_site.check() {
                Ok(()) => Ok(()),
                Err(_) => check(&self.first_sign_ups, &address),
            }),
            Wish::Join => check(&self.joins, &address),
        };
        let Err(Refusal::SlowDown { retry_after_seconds }) = granted else { return Ok(()) };
        if proof.is_some_and(|proof| self.is_solved(proof)) {
            return Ok(());
        }
        check(&self.tasks, &address)?;
        Err(Refusal::ProofNeeded { task: self.task()?, retry_after_seconds }.into())
    }

    /// Makes a task, as JSON.
    fn task(&self) -> Outcome<String> {
        let random = u32::from_be_bytes(Clock::system().random_bytes());
        let [task_secret, key_secret] = self.secrets.clone();
        let options = CreateChallengeOptions {
            cost: PASSES,
            counter: Some(ATTEMPTS.start + random % (ATTEMPTS.end - ATTEMPTS.start)),
            expires_at: Some(seconds(Clock::system().now()) + LASTS),
            hmac_signature_secret: Some(task_secret),
            hmac_key_signature_secret: Some(key_secret),
            ..CreateChallengeOptions::default()
        };
        let challenge = create_challenge(options).map_err(|_| Fault::Broken("no task for a proof of work"))?;
        serde_json::to_string(&challenge).map_err(|error| Denied::Fault(Fault::Json(error)))
    }

    /// Whether `proof` (JSON in Base64) is the solution of a task that was not used before. It is used then.
    fn is_solved(&self, proof: &str) -> bool {
        let payload = BASE64_STANDARD.decode(proof).ok().and_then(|json| serde_json::from_slice(&json).ok());
        let Some(Payload { challenge, solution }) = payload else { return false };
        let [task_secret, key_secret] = self.secrets.clone();
        let options = VerifySolutionOptions {
            hmac_key_signature_secret: Some(key_secret),
            ..VerifySolutionOptions::new(&challenge, &solution, task_secret)
        };
        verify_solution(options).is_ok_and(|result| result.verified) && self.is_first_use(&challenge)
    }

    fn is_first_use(&self, challenge: &Challenge) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let until = challenge.parameters.expires_at.unwrap_or_default();
        used.len() < MAX_USED && used.insert(challenge.parameters.nonce.clone(), until).is_none()
    }

    /// Forgets what needs not be remembered any longer.
    pub fn forget_old(&self) {
        self.sign_ups.retain_recent();
        self.first_sign_ups.retain_recent();
        self.joins.retain_recent();
        self.tasks.retain_recent();
        let now = seconds(Clock::system().now());
        self.used.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, until| *until >= now);
    }
}

/// An instant in seconds since 1970.
const fn seconds(at: Timestamp) -> i64 {
    at.0 / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use altcha::{SolveChallengeOptions, solve_challenge};

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
    const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 8));

    fn proofs(without: u32) -> Proofs {
        let without = NonZeroU32::new(without).expect("not zero");
        Proofs::new(without, without, &[7; 32])
    }

    fn task(outcome: Outcome<()>) -> String {
        match outcome {
            Err(Denied::Refused(Refusal::ProofNeeded { task, retry_after_seconds: 1..=60 })) => task,
            other => panic!("no task: {other:?}"),
        }
    }

    /// Solves a task, as a browser does.
    fn solved(task: &str) -> Payload {
        let challenge: Challenge = serde_json::from_str(task).expect("a task");
        let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).expect("is a task").expect("is solved");
        Payload { challenge, solution }
    }

    fn sent(payload: &Payload) -> String {
        BASE64_STANDARD.encode(serde_json::to_string(payload).expect("is JSON"))
    }

    #[test]
    fn after_some_wishes_an_address_has_to_solve_a_task_for_each_and_others_do_not() {
        let proofs = proofs(2);
        for wish in [Wish::SignUp, Wish::Join] {
            for _ in 0..2 {
                assert!(proofs.check(wish, HERE, None).is_ok());
            }
            let payload = solved(&task(proofs.check(wish, HERE, None)));
            assert!(proofs.check(wish, HERE, Some(&sent(&payload))).is_ok());
            task(proofs.check(wish, HERE, Some(&sent(&payload))));
            assert!(proofs.check(wish, ELSEWHERE, None).is_ok());
        }
    }

    #[test]
    fn what_is_no_solution_is_refused() {
        let (here, house) = (proofs(1), proofs(1));
        assert!(here.check(Wish::Join, HERE, None).is_ok());
        let payload = solved(&task(here.check(Wish::Join, HERE, None)));
        let mut other_key = payload.clone();
        other_key.solution.derived_key = "00".repeat(32);
        let mut easier = payload.clone();
        easier.challenge.parameters.cost = 1;
        let mut longer = payload.clone();
        longer.challenge.parameters.expires_at = Some(i64::MAX);
        for wrong in [sent(&other_key), sent(&easier), sent(&longer), String::new(), "e30=".into(), "x".repeat(5_000)] {
            task(here.check(Wish::Join, HERE, Some(&wrong)));
        }
        assert!(house.is_solved(&sent(&payload)), "the same key");
        let other_house = Proofs::new(NonZeroU32::MIN, NonZeroU32::MIN, &[8; 32]);
        assert!(!other_house.is_solved(&sent(&payload)));
        assert!(here.is_solved(&sent(&payload)), "wrong ones have not used it up");
    }

    #[test]
    fn in_a_burst_from_many_addresses_only_the_first_of_each_needs_no_proof() {
        let proofs = proofs(30);
        for number in 0..SIGN_UPS_OF_SITE.get() {
            let address = IpAddr::from([10, 0, (number >> 8) as u8, number as u8]);
            assert!(proofs.check(Wish::SignUp, address, None).is_ok(), "{number}");
        }
        // The limit grows again by one every tenth of a second.
        let refused =
            (0..20).find_map(|number| proofs.check(Wish::SignUp, HERE, None).err().map(|denied| (number, denied)));
        let (number, denied) = refused.expect("a task, long before the limit of the address");
        assert!(number > 0, "the first needs none");
        task(Err(denied));
        assert!(proofs.check(Wish::Join, HERE, None).is_ok(), "an opening is no burst");
    }
}
