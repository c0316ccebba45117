//! How often somebody may try to sign in or sign up, and how much may be asked of the server with one sign-in. For attempts
//! there is a limit for each account, and higher ones for each household, because a school or a company may share one
//! address when a sale opens.

use encore::domain::account::MAX_EMAIL_LENGTH;
use encore::domain::{DeviceId, Refusal, UserId};
use governor::clock::Clock;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;

/// Attempts on one account from one household: this many at once, and then this many a minute. Attempts from elsewhere do
/// not count, so a stranger who tries wrong passwords keeps nobody else out.
pub const PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");
/// Attempts to sign in from one household, to any accounts: this many at once, and then this many a minute.
pub const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(600).expect("it is not zero");
/// Attempts to sign up from one household, unless the operator sets another number: this many at once, and then this many
/// a minute. Enough for an office or a school in the minute of an opening.
pub const SIGN_UPS_PER_ADDRESS: NonZeroU32 = NonZeroU32::new(120).expect("it is not zero");

/// Attempts to pass the second step of one account, from all households together: this many at once, and then one a minute.
/// Only a person who knows the password or has a session can make one. Three codes of six digits are valid at a time, so the
/// probability to guess one within a day is below one in two hundred.
pub const SECOND_STEPS: NonZeroU32 = NonZeroU32::new(10).expect("it is not zero");
const SECOND_STEPS_AN_HOUR: NonZeroU32 = NonZeroU32::new(60).expect("it is not zero");

/// Forms that may be sent with one sign-in: this many at once, and then this many a minute. Nobody who sells, buys or scans
/// by hand comes near it. Other devices of the account are not slowed down, so that a stolen session keeps nobody from
/// ending it.
pub const FORMS_PER_SIGN_IN: NonZeroU32 = NonZeroU32::new(300).expect("it is not zero");
/// Files that one account may have made for it, such as tickets as PDF or all that is stored about it: this many at once,
/// and then this many a minute.
const FILES_PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(30).expect("it is not zero");

/// The recent attempts and requests.
pub struct Limits {
    accounts: DefaultKeyedRateLimiter<(String, IpAddr)>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    sign_ups: DefaultKeyedRateLimiter<IpAddr>,
    second_steps: DefaultKeyedRateLimiter<UserId>,
    forms: DefaultKeyedRateLimiter<(UserId, Option<DeviceId>)>,
    files: DefaultKeyedRateLimiter<UserId>,
}

impl Limits {
    /// `sign_ups` is how many sign-ups from one household are allowed at once, and then a minute, and `forms` how many forms
    /// with one sign-in.
    pub fn new(sign_ups: NonZeroU32, forms: NonZeroU32) -> Self {
        let second_steps = Quota::per_hour(SECOND_STEPS_AN_HOUR).allow_burst(SECOND_STEPS);
        Self {
            second_steps: RateLimiter::keyed(second_steps),
            accounts: RateLimiter::keyed(Quota::per_minute(PER_ACCOUNT)),
            addresses: RateLimiter::keyed(Quota::per_minute(PER_ADDRESS)),
            sign_ups: RateLimiter::keyed(Quota::per_minute(sign_ups)),
            forms: RateLimiter::keyed(Quota::per_minute(forms)),
            files: RateLimiter::keyed(Quota::per_minute(FILES_PER_ACCOUNT)),
        }
    }

    /// Counts an attempt to sign in to `account` from `address`.
    ///
    /// # Errors
    /// Returns [`Refusal::SlowDown`] with the seconds to wait, if there were too many attempts.
    pub fn sign_in(&self, account: &str, address: IpAddr) -> Result<(), Refusal> {
        check(&self.addresses, &household(address))?;
        // No account has an email address longer than this, so the rest of a longer text need not be remembered.
        let account: String = account.trim().chars().take(MAX_EMAIL_LENGTH).collect();
        check(&self.accounts, &(account.to_lowercase(), household(address)))
    }

    /// Counts an attempt to sign up from `address`.
    ///
    /// # Errors
    /// As for [`Limits::sign_in`].
    pub fn sign_up(&self, address: IpAddr) -> Result<(), Refusal> {
        check(&self.sign_ups, &household(address))
    }

    /// Counts a sign-in with a passkey from `address`.
    ///
    /// # Errors
    /// As for [`Limits::sign_in`].
    pub fn passkey(&self, address: IpAddr) -> Result<(), Refusal> {
        check(&self.addresses, &household(address))
    }

    /// Counts a code that is tried as the second step of an account.
    ///
    /// # Errors
    /// As for [`Limits::sign_in`].
    pub fn second_step(&self, account: UserId) -> Result<(), Refusal> {
        check(&self.second_steps, &account)
    }

    /// Counts a form that is sent with the sign-in of an account on a device.
    ///
    /// # Errors
    /// As for [`Limits::sign_in`].
    pub fn form(&self, account: UserId, device: Option<DeviceId>) -> Result<(), Refusal> {
        check(&self.forms, &(account, device))
    }

    /// Counts a file that is made for an account.
    ///
    /// # Errors
    /// As for [`Limits::sign_in`].
    pub fn file(&self, account: UserId) -> Result<(), Refusal> {
        check(&self.files, &account)
    }

    /// Forgets the accounts and addresses without recent attempts.
    pub fn forget_idle(&self) {
        self.accounts.retain_recent();
        self.addresses.retain_recent();
        self.sign_ups.retain_recent();
        self.second_steps.retain_recent();
        self.forms.retain_recent();
        self.files.retain_recent();
    }
}

/// Returns the address by which everything of one household is counted: an IPv4 address itself, also one that is written
/// as an IPv6 address (`::ffff:192.0.2.7`), and for any other IPv6 address its network with a prefix of 64 bits, since one
/// household usually has all addresses of that network.
pub fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => IpAddr::from((u128::from(address) >> 64 << 64).to_be_bytes()),
    }
}

/// Counts one more of `key`.
///
/// # Errors
/// [`Refusal::SlowDown`] with the seconds to wait, if there were too many.
pub fn check<K: Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), Refusal> {
    limiter.check_key(key).map_err(|not_until| {
        let wait = not_until.wait_time_from(limiter.clock().now());
        Refusal::SlowDown { retry_after_seconds: wait.as_secs() + 1 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_is_slowed_down_whatever_its_spelling_and_others_are_not() {
        let limits = Limits::new(SIGN_UPS_PER_ADDRESS, FORMS_PER_SIGN_IN);
        let address = IpAddr::from([127, 0, 0, 1]);
        for _ in 0..PER_ACCOUNT.get() {
            assert_eq!(limits.sign_in("mina@example.org", address), Ok(()));
        }
        let refused = limits.sign_in(" Mina@Example.org", address);
        assert!(matches!(refused, Err(Refusal::SlowDown { retry_after_seconds: 1..=60 })), "{refused:?}");
        assert_eq!(limits.sign_in("joon@example.org", address), Ok(()));
        let elsewhere = IpAddr::from([127, 0, 0, 2]);
        assert_eq!(limits.sign_in("mina@example.org", elsewhere), Ok(()), "a stranger does not lock an account");
    }

    #[test]
    fn one_household_may_make_only_so_many_accounts_a_minute() {
        let limits = Limits::new(NonZeroU32::new(2).expect("not zero"), FORMS_PER_SIGN_IN);
        let address = IpAddr::from([127, 0, 0, 1]);
        assert_eq!([limits.sign_up(address), limits.sign_up(address)], [Ok(()), Ok(())]);
        assert!(matches!(limits.sign_up(address), Err(Refusal::SlowDown { retry_after_seconds: 1..=60 })));
        assert_eq!(limits.sign_up(IpAddr::from([127, 0, 0, 2])), Ok(()));
    }

    #[test]
    fn one_address_is_slowed_down_whichever_accounts_it_tries() {
        let limits = Limits::new(SIGN_UPS_PER_ADDRESS, FORMS_PER_SIGN_IN);
        let address = IpAddr::from([127, 0, 0, 1]);
        for attempt in 0..PER_ADDRESS.get() {
            assert_eq!(limits.sign_in(&attempt.to_string(), address), Ok(()));
        }
        assert!(limits.sign_in("another", address).is_err());
        assert_eq!(limits.sign_in("another", IpAddr::from([127, 0, 0, 2])), Ok(()));
    }

    #[test]
    fn one_sign_in_may_send_only_so_many_forms_and_one_account_ask_for_so_many_files() {
        let limits = Limits::new(SIGN_UPS_PER_ADDRESS, NonZeroU32::new(2).expect("not zero"));
        let send = |device| limits.form(UserId(1), Some(DeviceId(device)));
        assert_eq!([send(1), send(1)], [Ok(()), Ok(())]);
        assert!(matches!(send(1), Err(Refusal::SlowDown { retry_after_seconds: 1..=60 })));
        assert_eq!(send(2), Ok(()), "the owner of a stolen session can end it");
        let files = (0..=FILES_PER_ACCOUNT.get()).map(|_| limits.file(UserId(1)));
        assert_eq!(files.filter(Result::is_ok).count(), FILES_PER_ACCOUNT.get() as usize);
    }

    #[test]
    fn a_network_of_ipv6_is_one_household() {
        let parse = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert_eq!(household(parse("2001:db8:1:2:3::4")), parse("2001:db8:1:2::"));
        assert_eq!(household(parse("192.0.2.7")), parse("192.0.2.7"));
        assert_eq!(household(parse("::ffff:192.0.2.7")), parse("192.0.2.7"));
        assert_eq!(household(parse("::1")), parse("::"));
    }
}
