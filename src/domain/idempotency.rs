//! Idempotency keys: a request that arrives twice is done once.

use super::{Field, Refusal};

/// The longest key, in bytes.
pub const MAX_KEY_LENGTH: usize = 64;

/// A key is 1 to 64 visible ASCII characters, made by the page that shows the form.
///
/// # Errors
/// [`Refusal::Invalid`] where it is not.
pub fn check_shape(key: &str) -> Result<(), Refusal> {
    let fits = !key.is_empty() && key.len() <= MAX_KEY_LENGTH && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(()) } else { Err(Refusal::invalid(Field::IdempotencyKey)) }
}

/// Whether a key's stored request is this one, whose answer is then given again.
///
/// # Errors
/// [`Refusal::KeyReused`] where the key belongs to another request.
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
