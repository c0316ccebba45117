//! The rules of the house, as pure functions of facts and the present instant.
//!
//! This room must never know a clock, randomness, a file, a database or HTTP: it is compiled for the browser too, where a
//! rule that touched one of them would not build.
//!
//! # The rule index
//! | rule | where |
//! | --- | --- |
//! | A sale runs from `reservation_start` until, not including, `reservation_end`. | [`schedule::Window::check_open`] |
//! | A hold is live while `now < expired_at`; at the instant itself it is over. | [`seat::is_live`] |
//! | A seat whose hold has run out is reservable, whatever its row still says. | [`seat::effective_status`] |
//! | Seats are held all or none, up to the limit a fan, and adding a seat keeps the first deadline. | [`hold::decide`] |
//! | A party sits together where it can, nearest to where everybody looks, and nobody leaves a single seat alone. | [`party::best`], [`party::must_not_leave`] |
//! | Places for wheelchairs and companions are kept until they are released. | [`hold::is_kept_for_access`] |
//! | A ticket gives back what the policy says that it was bought under. | [`refund::decide`] |
//! | A ticket lets in once, at its own show. | [`door::decide`] |
//! | A drawing of a hall is fit to sell from, or refused with the place. | [`seating::SeatingPlan::placed`] |
//! | A sale begins before it ends, and ends by the time of the show. | [`concert::SaleTerms::check`] |
//! | A purchase buys all live holds at the price of the hold, if the points suffice. | [`purchase::decide`] |
//! | A charge is 1 to 10,000,000 points and never overflows the balance. | [`points::decide_charge`] |
//! | An idempotency key answers its own request again and refuses any other. | [`idempotency::check`] |
//! | A fan has one live token a schedule; joining again returns it. | [`queue::decide_join`] |
//! | From the lobby's start fans gather; at the opening their order is drawn, and early birds have no advantage. | [`lottery::order`] |
//! | Never more than the cap are active, and waiting fans are called in order. | [`queue::places_to_give`] |
//! | Never many more shoppers than seats that can still be had. | [`queue::cap`] |
//! | Never more admissions in a minute than the pace allows. | [`queue::paced`] |
//! | A called fan has two minutes to come; a waiting fan may be silent for five. | [`queue::CALL_SECONDS`], [`queue::SILENCE_SECONDS`] |
//! | A wait is estimated from what was seen, as a range, on the late side. | [`queue::estimate`] |
//! | An admission is proof of an active token, and the only way to hold or pay. | [`queue::QueueToken::admission`] |
//! | An admission never ends before a live hold does. | [`queue::extended`] |
//! | A name, an email address and a password have a shape. | [`account`] |
//! | Every no has a code that clients rely on. | [`refusal::Refusal::code`] |

pub mod account;
pub mod concert;
pub mod door;
pub mod entities;
pub mod hall;
pub mod hold;
pub mod idempotency;
pub mod ids;
pub mod lottery;
pub mod party;
pub mod points;
pub mod purchase;
pub mod queue;
pub mod refund;
pub mod refusal;
pub mod schedule;
pub mod search;
pub mod seat;
pub mod seating;
pub mod time;

pub use ids::*;
pub use points::Points;
pub use refusal::{Field, Refusal, SeatName};
pub use seat::{SeatKind, SeatStatus};
pub use time::Timestamp;

/// Gives a status enum the words that rows, JSON and the entity diagram use for it.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }
        impl $name {
            /// The word in the database and in JSON.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            /// The value that a word stands for.
            pub fn from_word(word: &str) -> Option<Self> { match word { $($word => Some(Self::$variant),)+ _ => None } }
        }
    };
}
pub(crate) use words;
