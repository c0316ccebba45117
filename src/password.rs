//! Password hashing: Argon2id with 19 MiB of memory, two passes and one lane, which is the minimum configuration that
//! the OWASP Password Storage Cheat Sheet recommends. A hash takes some tens of milliseconds, so callers must not
//! compute one on an async thread.

use crate::clock::Clock;
use crate::store::Fault;
use argon2::password_hash::SaltString;
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

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
    fn a_password_opens_only_its_own_hash() {
        let stored = hash("correct horse", &Clock::system()).expect("hashes");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse", Some(&stored)).expect("verifies"));
        assert!(!verify("correct house", Some(&stored)).expect("verifies"));
        assert!(!verify("correct horse", None).expect("verifies"));
    }
}
