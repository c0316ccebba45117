//! What a fan can do: one Leptos server function for each verb. The server runs the function, and the forms of
//! pages post to its path.
//!
//! The body of a verb takes what its route provides (the state of the program, the caller, the proof of access), calls
//! the library and returns the result. It contains no rule of the domain. Each file also implements `Verb` for its
//! verbs: which page follows a success, and which page shows a refusal.

mod accounts;
mod money;
mod passkeys;
mod queue;
mod seats;

#[cfg(feature = "ssr")]
pub(crate) use accounts::form_page;
pub use accounts::{Password, SignIn, SignOut, SignUp, SignedIn, SignedOut, sign_in, sign_out, sign_up};
pub use money::{Cancel, Charge, Purchase, cancel, charge, purchase};
pub use passkeys::{
    BeginPasskey, BeginPasskeySignIn, PasskeyChallenge, PasskeySignIn, begin_passkey, begin_passkey_sign_in,
    passkey_sign_in,
};
pub use queue::{Answer, Answered, Join, Leave, LeftQueue, QueuePlace, answer, join, leave};
pub use seats::{Hold, Release, Released, hold, release};
