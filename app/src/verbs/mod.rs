//! What a fan can do, one Leptos server function a verb: shared by the server, which runs it, the pages, whose forms name its path,
//! and the tests.
//!
//! A body takes what its route gives it (the installation, the caller, the proof of access), calls the library and answers. No
//! rule stands here. Beside each body stands its `Verb`: where a browser goes next, and where a refused form returns.

mod accounts;
mod money;
mod queue;
mod seats;

pub use accounts::{Password, SignIn, SignOut, SignUp, SignedIn, SignedOut, sign_in, sign_out, sign_up};
pub use money::{Cancel, Charge, Purchase, cancel, charge, purchase};
pub use queue::{Join, Leave, Left, QueuePlace, join, leave};
pub use seats::{Hold, Release, Released, hold, release};
