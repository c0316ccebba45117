//! The second step of a sign-in: an authenticator app (TOTP, RFC 6238) with recovery codes.

use super::accounts::check_verified;
use super::{devices, known_user};
use crate::domain::mail::{Letter, SignInChange};
use crate::domain::second_step::{RECOVERY_CODES, RECOVERY_DIGITS, Ways, is_asked};
use crate::domain::{Field, Refusal, Timestamp, User, UserId};
use crate::house::{House, TxContext};
use crate::keys::Keys;
use crate::post_office::post;
use crate::reference::{in_digits, typed_digits};
use crate::store::{Fault, Outcome, Passkey, Read, SecondStep, Write};
use totp_rs::{Builder, Secret, Totp};

/// How a person signs in besides with the password.
#[derive(Debug, Clone)]
pub struct SignInWays {
    pub has_authenticator: bool,
    /// How many recovery codes are left. `None` if there are none at all.
    pub recovery_codes: Option<u32>,
    pub passkeys: Vec<Passkey>,
    /// Whether the person is staff and owners require a second step of staff.
    pub is_required: bool,
}

/// What an authenticator app needs.
#[derive(Debug, Clone)]
pub struct AuthenticatorSetup {
    /// The text from which the secret is computed. The form that sets the app up sends it back.
    pub seed: String,
    /// The secret in Base32 (RFC 4648), to be typed in.
    pub secret: String,
    /// The address of the form `otpauth://totp/…` that is scanned as a QR code.
    pub url: String,
}

/// Returns how a person signs in besides with the password.
///
/// # Errors
/// [`Refusal::NotSignedIn`] if the account no longer exists.
pub async fn sign_in_ways(house: &House, fan: UserId) -> Outcome<SignInWays> {
    house
        .read(move |read, _| {
            let is_staff = known_user(read, fan)?.duty.is_some();
            let step = read.second_step(fan)?;
            Ok(SignInWays {
                has_authenticator: step.as_ref().is_some_and(|step| step.authenticator.is_some()),
                recovery_codes: step.map(|step| RECOVERY_CODES - step.recovery_used.count_ones()),
                passkeys: read.passkeys(fan)?,
                is_required: is_staff && read.is_second_step_required()?,
            })
        })
        .await
}

/// Whether a person who has given their password has to pass a second step.
///
/// # Errors
/// [`Refusal::NotSignedIn`] if the account no longer exists.
pub async fn asks_second_step(house: &House, fan: UserId) -> Outcome<bool> {
    house
        .read_briefly(move |read| Ok(is_asked(ways(read, &known_user(read, fan)?)?, read.is_second_step_required()?)))
        .await
}

/// Reads how an account can be signed in to.
pub(crate) fn ways(read: &Read<'_>, user: &User) -> Outcome<Ways> {
    let step = read.second_step(user.id)?;
    Ok(Ways {
        has_authenticator: step.is_some_and(|step| step.authenticator.is_some()),
        has_passkey: !read.passkeys(user.id)?.is_empty(),
        is_staff: user.duty.is_some(),
    })
}

/// Returns what an authenticator app needs. Nothing is stored. `seed` is that of an earlier call, for a form that is shown
/// again; `issuer` is the name that the app shows beside the address of the account.
///
/// # Errors
/// A fault if the address of the app cannot be made.
pub fn authenticator_setup(
    house: &House,
    user: &User,
    issuer: &str,
    seed: Option<&str>,
) -> Outcome<AuthenticatorSetup> {
    let keys = house.keys();
    let known = seed.filter(|seed| is_seed(keys, seed)).map(str::to_owned);
    let seed = known.unwrap_or_else(|| keys.seal(&house.clock().random_hex::<16>()));
    // The colon separates the two names in the address.
    let (account, issuer) = (user.email.replace(':', " "), issuer.replace(':', " "));
    let url = totp(keys, user.id, &seed, &account, &issuer)?.to_url();
    let url = url.map_err(|_| Fault::Broken("the address of an authenticator app cannot be made"))?;
    Ok(AuthenticatorSetup { secret: secret(keys, user.id, &seed)?.to_base32(), seed, url })
}

/// Whether a text is a seed that was made with the newest key.
fn is_seed(keys: &Keys, text: &str) -> bool {
    let random = text.rsplit('.').next().unwrap_or_default();
    random.len() == 32 && random.bytes().all(|byte| byte.is_ascii_hexdigit()) && text == keys.seal(random)
}

fn secret(keys: &Keys, fan: UserId, seed: &str) -> Result<Secret, Fault> {
    let bytes = keys.second_step_secret(seed, &format!("authenticator {fan}"))?;
    Ok(Secret::new(bytes[..20].into()))
}

/// The generator of codes. Apps expect the defaults of the library: SHA-1, six digits, steps of 30 seconds; one step
/// before and after the present one is accepted.
fn totp(keys: &Keys, fan: UserId, seed: &str, account: &str, issuer: &str) -> Result<Totp, Fault> {
    let builder =
        Builder::new().with_secret(secret(keys, fan, seed)?).with_account_name(account).with_issuer(Some(issuer));
    builder.build().map_err(|_| Fault::Broken("the codes of an authenticator app cannot be computed"))
}

/// Returns the time step of a code that an app shows around `now`. `None` if it shows no such code.
fn step_of_code(keys: &Keys, fan: UserId, seed: &str, typed: &str, now: Timestamp) -> Result<Option<i64>, Fault> {
    let typed = typed_digits(typed);
    let step = totp(keys, fan, seed, "", "Encore")?.check(&typed, now.0.unsigned_abs() / 1000);
    Ok(step.map(u64::cast_signed))
}

/// The recovery codes that are computed from `seed`.
fn recovery_codes(keys: &Keys, fan: UserId, seed: &str) -> Result<Vec<String>, Fault> {
    let code = |number: u32| {
        let bytes = keys.second_step_secret(seed, &format!("recovery {fan} {number}"))?;
        let bits = bytes.iter().take(8).fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        Ok(in_digits(bits, RECOVERY_DIGITS))
    };
    (0..RECOVERY_CODES).map(code).collect()
}

/// Recovery codes as people read them: in groups of four digits.
fn readable(codes: &[String]) -> Vec<String> {
    let in_groups = |code: &String| {
        let groups: Vec<_> = code.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
        groups.join("-")
    };
    codes.iter().map(in_groups).collect()
}

/// Gives an account new recovery codes in a transaction, and returns them. Beside them it has the authenticator app with this
/// seed, if any, and the time step of the last code.
fn give_codes(
    write: &Write<'_>,
    fan: UserId,
    (authenticator, last_step): (Option<String>, i64),
    context: TxContext<'_>,
) -> Outcome<Vec<String>> {
    let recovery = context.keys.seal(&context.clock.random_hex::<16>());
    let codes = recovery_codes(context.keys, fan, &recovery)?;
    let step = SecondStep { authenticator, last_step, recovery, recovery_used: 0 };
    write.set_second_step(fan, &step, context.now)?;
    Ok(readable(&codes))
}

/// Gives a member of staff who has none their first recovery codes, in a transaction. Empty for everybody else.
pub(super) fn first_codes(write: &Write<'_>, user: &User, context: TxContext<'_>) -> Outcome<Vec<String>> {
    if user.duty.is_none() || write.second_step(user.id)?.is_some() {
        return Ok(vec![]);
    }
    give_codes(write, user.id, (None, 0), context)
}

/// Sets up an authenticator app, once it shows the right code, signs out all devices of the account, and returns new
/// recovery codes. `seed` is that of [`authenticator_setup`], and `verified_hash` the hash against which the caller has
/// verified the password. Setting up the same app again, as when a browser sends the form twice, returns the same codes.
///
/// # Errors
/// What `change_password` refuses for `verified_hash`; [`Refusal::Stale`] if another app is set up; [`Refusal::Invalid`]
/// for [`Field::Code`] or, if the seed is none, for [`Field::Request`].
pub async fn set_up_authenticator(
    house: &House,
    fan: UserId,
    verified_hash: String,
    seed: String,
    code: String,
) -> Outcome<Vec<String>> {
    house
        .write(move |write, context| {
            check_verified(write, fan, Some(&verified_hash))?;
            match write.second_step(fan)? {
                Some(SecondStep { authenticator: Some(known), recovery, .. }) if known == seed => {
                    return Ok(readable(&recovery_codes(context.keys, fan, &recovery)?));
                }
                Some(SecondStep { authenticator: Some(_), .. }) => return Err(Refusal::Stale.into()),
                _ => {}
            }
            if !is_seed(context.keys, &seed) {
                return Err(Refusal::invalid(Field::Request).into());
            }
            let step = step_of_code(context.keys, fan, &seed, &code, context.now)?;
            let step = step.ok_or_else(|| Refusal::invalid(Field::Code))?;
            tell(write, fan, SignInChange::AuthenticatorSetUp, context)?;
            devices::end(write, fan, context.now, |_| true)?;
            give_codes(write, fan, (Some(seed.clone()), step), context)
        })
        .await
}

/// Ends the authenticator app of an account. Its recovery codes end too, unless there are passkeys.
///
/// # Errors
/// What `change_password` refuses for `verified_hash`.
pub async fn end_authenticator(house: &House, fan: UserId, verified_hash: String) -> Outcome<()> {
    house
        .write(move |write, context| {
            check_verified(write, fan, Some(&verified_hash))?;
            match write.second_step(fan)? {
                Some(step) if !write.passkeys(fan)?.is_empty() => {
                    write.set_second_step(fan, &SecondStep { authenticator: None, ..step }, context.now)?;
                }
                _ => write.delete_second_step(fan)?,
            }
            tell(write, fan, SignInChange::AuthenticatorEnded, context)
        })
        .await
}

/// Makes new recovery codes and returns them. Those from before are no longer good.
///
/// # Errors
/// What `change_password` refuses for `verified_hash`.
pub async fn make_recovery_codes(house: &House, fan: UserId, verified_hash: String) -> Outcome<Vec<String>> {
    house
        .write(move |write, context| {
            check_verified(write, fan, Some(&verified_hash))?;
            let app = write.second_step(fan)?.map_or((None, 0), |step| (step.authenticator, step.last_step));
            tell(write, fan, SignInChange::RecoveryCodesMade, context)?;
            give_codes(write, fan, app, context)
        })
        .await
}

/// Passes the second step with a code of the authenticator app or a recovery code, which is used up.
///
/// # Errors
/// What `change_password` refuses for `verified_hash`, and [`Refusal::Invalid`] for [`Field::Code`].
pub async fn pass_second_step(house: &House, fan: UserId, verified_hash: String, typed: String) -> Outcome<()> {
    house
        .write(move |write, context| {
            check_verified(write, fan, Some(&verified_hash))?;
            let wrong = || Refusal::invalid(Field::Code);
            let mut step = write.second_step(fan)?.ok_or_else(wrong)?;
            let shown = match &step.authenticator {
                Some(seed) => step_of_code(context.keys, fan, seed, &typed, context.now)?,
                None => None,
            };
            if let Some(shown) = shown.filter(|shown| *shown > step.last_step) {
                step.last_step = shown;
            } else {
                let codes = recovery_codes(context.keys, fan, &step.recovery)?;
                let digits = typed_digits(&typed);
                let number = codes.iter().position(|code| *code == digits).ok_or_else(wrong)?;
                let bit = 1 << number;
                if step.recovery_used & bit != 0 {
                    return Err(wrong().into());
                }
                step.recovery_used |= bit;
                tell(write, fan, SignInChange::RecoveryCodeUsed, context)?;
            }
            Ok(write.set_second_step(fan, &step, context.now)?)
        })
        .await
}

/// Ends the second step and all passkeys of an account, and signs out all its devices: one of them may be lost.
pub(crate) fn end_all(write: &Write<'_>, person: UserId, context: TxContext<'_>) -> Outcome<()> {
    devices::end(write, person, context.now, |_| true)?;
    write.delete_second_step(person)?;
    for passkey in write.passkeys(person)? {
        write.delete_passkey(person, passkey.id)?;
    }
    tell(write, person, SignInChange::EndedByOwner, context)
}

/// Tells a person by mail what changed in how they sign in.
pub(super) fn tell(write: &Write<'_>, fan: UserId, change: SignInChange, context: TxContext<'_>) -> Outcome<()> {
    post(write, fan, Letter::SignInChanged { change }, None, context)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of RFC 6238, appendix B, for SHA-1 at 59 seconds, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let totp = Builder::new().with_secret(Secret::new(b"12345678901234567890"[..].into())).build().expect("builds");
        assert_eq!(totp.generate(59).to_string(), "287082");
    }

    #[test]
    fn secrets_differ_by_account_and_seed_and_recovery_codes_by_number() {
        let keys = Keys::of_byte(7);
        let of = |fan, seed| secret(&keys, UserId(fan), seed).expect("has the key").to_base32();
        let secrets = [of(1, "0.a"), of(2, "0.a"), of(1, "0.b")];
        assert!(secrets[0] != secrets[1] && secrets[0] != secrets[2] && secrets[0].len() == 32, "{secrets:?}");
        let mut codes = recovery_codes(&keys, UserId(1), "0.a").expect("has the key");
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), RECOVERY_CODES as usize);
        assert_eq!(readable(&["0123456789AB".into()]), ["0123-4567-89AB"]);
    }

    #[test]
    fn a_new_key_makes_new_secrets_and_the_old_ones_stay() {
        let since = Timestamp(500);
        let (old, new) = (Keys::moved_at(since), Keys::of_byte(7));
        let seed = old.seal(&"a1".repeat(16));
        assert!(seed.starts_with("500.") && is_seed(&old, &seed));
        assert!(!is_seed(&new, &seed), "made with another key");
        for wrong in ["", "500.", "500.xyz", &format!("0.{}", "a1".repeat(16)), &format!("{seed}0")] {
            assert!(!is_seed(&old, wrong), "{wrong}");
        }
        assert!(secret(&new, UserId(1), &seed).is_err(), "the key of the seed is gone");
        assert!(secret(&old, UserId(1), "0.a").is_ok());
    }
}
