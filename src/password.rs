//! Passwords: which are too easy to guess, and how they are hashed: Argon2id with 19 MiB of memory, two passes and one lane, which is the minimum configuration that
//! the OWASP Password Storage Cheat Sheet recommends. A hash takes some tens of milliseconds, so callers must not
//! compute one on an async thread.

use crate::clock::Clock;
use crate::domain::Refusal;
use crate::store::Fault;
use argon2::password_hash::SaltString;
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A password is refused if it is found among this many of the likeliest guesses.
const LIKELY_GUESSES: u64 = 100_000;

/// Words that are likely guesses for a password of this site, besides those of its owner.
const SITE_WORDS: [&str; 12] = [
    "encore",
    "concert",
    "ticket",
    "tickets",
    "boxoffice",
    "reservation",
    "앙코르",
    "공연",
    "콘서트",
    "티켓",
    "예매",
    "표",
];

/// Checks that a password is not too easy to guess. `owner` is what strangers may know of its owner: name and email
/// address; `house` is the name of the house, or empty.
///
/// The estimate is that of zxcvbn, which knows 30,000 common passwords, common names and words, keyboard patterns,
/// repetitions, sequences and dates, and each of them in other spellings (D. Wheeler, "zxcvbn: Low-Budget Password
/// Strength Estimation", USENIX Security 2016).
///
/// # Errors
/// [`Refusal::WeakPassword`].
pub fn check_strength(password: &str, owner: [&str; 2], house: &str) -> Result<(), Refusal> {
    let lower = [owner[0], owner[1], house].map(str::to_lowercase);
    let texts: Vec<&str> =
        lower.iter().flat_map(|text| [&**text, text.split('@').next().unwrap_or_default()]).collect();
    let words =
        |text: &'_ str| -> Vec<String> { text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect() };
    // As it is written, in its words, and in one word.
    let known = texts.iter().flat_map(|text| [vec![(*text).to_owned(), words(text).concat()], words(text)].concat());
    let known: Vec<String> = known.chain(SITE_WORDS.map(str::to_owned)).filter(|word| !word.is_empty()).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let guesses = zxcvbn::zxcvbn(password, &known).guesses();
    if guesses > LIKELY_GUESSES { Ok(()) } else { Err(Refusal::WeakPassword) }
}

fn argon() -> Result<Argon2<'static>, Fault> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| Fault::Broken("argon2 refuses its settings"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password with a new random salt. Returns a string in the PHC format, which also contains the salt and the
/// parameters.
///
/// # Errors
/// A fault if Argon2 fails.
pub fn hash(password: &str, clock: &Clock) -> Result<String, Fault> {
    let salt =
        SaltString::encode_b64(&clock.random_bytes::<16>()).map_err(|_| Fault::Broken("the salt does not encode"))?;
    let hash =
        argon()?.hash_password(password.as_bytes(), &salt).map_err(|_| Fault::Broken("the password does not hash"))?;
    Ok(hash.to_string())
}

/// Whether a password is the one whose hash is `stored`. If there is no stored hash, it does the same work and returns
/// false, so that the response time does not reveal whether an account exists.
///
/// # Errors
/// A fault if the stored hash cannot be parsed.
pub fn verify(password: &str, stored: Option<&str>) -> Result<bool, Fault> {
    // A well-formed hash to verify against if there is no stored one.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$ZW5jb3JlZW5jb3JlZW5jbw$MXuqQuWl8n2v4cM3zBfC3fP4ydvBSpmIrDkTZ0yT9kU";
    let parsed =
        PasswordHash::new(stored.unwrap_or(NOBODY)).map_err(|_| Fault::Broken("a stored hash cannot be read"))?;
    Ok(argon()?.verify_password(password.as_bytes(), &parsed).is_ok() && stored.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_first_is_refused_and_what_people_make_up_is_not() {
        let owner = ["Mina Kim", "mina.kim@example.org"];
        for weak in [
            "password",
            "12345678",
            "qwertyuiop",
            "P@ssw0rd",
            "aaaaaaaaaaaa",
            "abcdefgh",
            "iloveyou1",
            "minakim1",
            "Mina Kim",
            "mina.kim",
            "Minakim!",
            "encore123",
            "20010214",
            "concert2026",
            "티켓티켓",
            "bluehall1",
        ] {
            assert_eq!(check_strength(weak, owner, "Blue Hall"), Err(Refusal::WeakPassword), "{weak}");
        }
        for good in
            ["correct horse", "encore-demo-7", "blue tram nine", "오늘밤 공연장에서", "x7#kPq!v", "kim on the tram"]
        {
            assert_eq!(check_strength(good, owner, "Blue Hall"), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_password_opens_only_its_own_hash() {
        let stored = hash("correct horse", &Clock::system()).expect("hashes");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse", Some(&stored)).expect("verifies"));
        assert!(!verify("correct house", Some(&stored)).expect("verifies"));
        assert!(!verify("correct horse", None).expect("verifies"));
    }
}
