//! Idempotency keys: a request that arrives twice with the same key is carried out once.

use super::{Field, Refusal};

/// The longest key, in bytes.
pub const MAX_KEY_LENGTH: usize = 64;

/// Checks that a key is 1 to 64 visible ASCII characters. The page that shows a form, or the client, makes the key.
///
/// # Errors
/// [`Refusal::Invalid`] if it is not.
pub fn check_shape(key: &str) -> Result<(), Refusal> {
    let fits = !key.is_empty() && key.len() <= MAX_KEY_LENGTH && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(()) } else { Err(Refusal::invalid(Field::IdempotencyKey)) }
}

/// Checks that the request stored under a key is this `request`. If so, the stored answer is returned to the client
/// again.
///
/// # Errors
/// [`Refusal::KeyReused`] if the key was used for another request.
pub fn check(stored_request: &str, request: &str) -> Result<(), Refusal> {
    if stored_request == request { Ok(()) } else { Err(Refusal::KeyReused) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_a_shape() {
        for (key, fits) in
            [("a", true), (&"k".repeat(64), true), ("", false), (&"k".repeat(65), false), ("a b", false), ("키", false)]
        {
            assert_eq!(check_shape(key).is_ok(), fits, "{key:?}");
        }
    }

    #[test]
    fn a_key_answers_only_its_own_request() {
        assert_eq!(check("charge 5", "charge 5"), Ok(()));
        assert_eq!(check("charge 5", "charge 6"), Err(Refusal::KeyReused));
    }
}
