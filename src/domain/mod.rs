//! The business rules, as pure functions of facts and the current instant.
//!
//! This module must not use a clock, randomness, files, the database or HTTP. It is also compiled to WebAssembly for
//! the browser, where none of them works.
//!
//! # The rule index
//! | rule | where |
//! | --- | --- |
//! | A sale is open from `reservation_start` (included) until `reservation_end` (excluded). | [`schedule::Window::check_open`] |
//! | Of a concert's dates the one that can be bought comes first, then the one that opens next, then sold out ones, then closed ones. | [`concert_schedule::ConcertSchedule::sort_key`] |
//! | A hold is live while `now < expired_at`; at `expired_at` itself it has expired. | [`seat::is_live`] |
//! | A seat whose hold has expired is reservable, even if its row still says `occupied`. | [`seat::effective_status`] |
//! | A hold takes all requested seats or none, within the limit for one fan; adding a seat keeps the deadline of the first hold. | [`hold::decide`] |
//! | A party is offered adjacent seats if possible, as near to the focal point as possible; if the schedule forbids orphan seats, a hold that would leave one is refused while there is an alternative. | [`party::best`], [`party::forbidden_orphan`] |
//! | Wheelchair and companion places are kept for people who need them until they are released for everybody. | [`hold::is_kept_for_access`] |
//! | A cancelled ticket is refunded under the refund policy it was bought under. | [`refund::decide`] |
//! | A ticket that was used at the door can be neither cancelled nor moved, unless the box office takes the check-in back. | [`ticket::check_unused`] |
//! | A ticket is handed on by a link before the show, unless staff forbid it; its codes from before are no longer valid. | [`handing_on::check`] |
//! | A ticket is valid at the door once, only for its own show, and from a day before it. | [`ticket::decide_check_in`] |
//! | A ticket that was scanned without a connection is used from then on; if it was used before, that is reported. | [`ticket::decide_scan`] |
//! | A seating plan with a fault is refused, with the place of the fault; no seats can be sold from it. | [`seating::SeatingPlan::placed`] |
//! | A seat that is left out of a design is a gap in its row: the seats beside it are not adjacent, and all others keep their numbers. | [`seating::Block::spots`], [`seating::SeatingPlan::placed_as_drawn`] |
//! | A sale begins before it ends, and ends no later than the show begins. | [`concert::SaleTerms::check`] |
//! | A purchase buys all live holds of the fan at the price shown when they were held, if the fan has enough points. | [`purchase::decide`] |
//! | A charge is 1 to 10,000,000 points and never overflows the balance. | [`points::decide_charge`] |
//! | An idempotency key repeats the answer to its own request and refuses any other request. | [`idempotency::check`] |
//! | A fan has at most one live token for a schedule; joining again returns it. | [`queue::decide_join`] |
//! | From one address only so many places in a queue are taken and only so many seats held, and a fan whose place staff have cancelled gets no other. | [`queue::decide_join`], [`hold::decide`] |
//! | A member of staff adjusts only so many points a day without a second one. | [`points::check_second_person`] |
//! | A shift at the till ends with a count; if it is not what was taken and given, a note says why. | [`till::check_close`] |
//! | Fans gather in the lobby, which closes half a minute before the sale; then a lottery decides their order, so joining the lobby early gives no advantage. | [`schedule::Window::lobby_end`], [`lottery::order`] |
//! | The order of a lobby follows from its closed list and a number that nobody could know before the list was closed. | [`lottery::list_hash`], [`lottery::seed`] |
//! | A round of a public beacon that is mixed into a lottery is fixed when the lobby opens, and is published after the list was closed. | [`beacon::Round::of_lobby`] |
//! | No waiting fan is called while the maximum number of fans are active, and waiting fans are called in the order of the queue. | [`queue::places_to_give`] |
//! | There are at most two active fans for each seat that can still be bought. | [`queue::cap`] |
//! | At most the configured number of fans are admitted in any 60 seconds. | [`queue::paced`] |
//! | A waiting fan keeps the number until the sale ends. | [`queue::QueueToken::as_of`] |
//! | A fan whose page has sent no request for five minutes is absent, and is passed over when their turn comes; once back, they are next. | [`queue::is_absent`], [`queue::decide_calls`] |
//! | A called fan has two minutes to come, that is, to open the page. The first call that is missed is forgiven, the second ends the place. | [`queue::CALL_SECONDS`], [`queue::QueueToken::expiry`] |
//! | A waiting time is estimated from how fast fans have been called and how many in front are there, as a range that errs on the long side. | [`queue::estimate`] |
//! | An admission proves that a token is active; without an admission a fan can neither hold nor buy. | [`queue::QueueToken::admission`] |
//! | An admission never ends before a live hold does. | [`queue::extended`] |
//! | A person who signs up agrees to the terms of use and the privacy policy that are in force, if the house has published any. | [`legal::check_agreed`] |
//! | A person with an authenticator app needs its code after the password; where owners require a second step, staff pages open only after one. | [`second_step::is_asked`], [`second_step::check_staff`] |
//! | A name, an email address and a password must have a valid form. | [`account`], [`text::is_name`] |
//! | Somebody whose party gets no seats can join the waitlist of a date while its sale is open. | [`waitlist::check_join`] |
//! | Seats that come back are offered to the first on the waitlist whom they suit: adjacent seats in a price band that will do. | [`waitlist::suiting`] |
//! | An offer is a hold that ends with the sale, but lasts no shorter than other holds; nobody needs an admission to pay for it. | [`waitlist::offer_expires`], [`purchase::decide`] |
//! | A mail that was not taken is tried again for two days, at growing intervals; one to a mailbox that does not exist is not. | [`mail::decide_attempt`] |
//! | A search ignores case, width, Unicode form and spaces. | [`text::Words`] |
//! | Every refusal has a stable code that clients rely on. | [`refusal::Refusal::code`] |

pub mod account;
pub mod beacon;
pub mod concert;
pub mod concert_schedule;
pub mod hall;
pub mod handing_on;
pub mod hold;
pub mod idempotency;
pub mod ids;
pub mod legal;
pub mod lottery;
pub mod mail;
pub mod party;
pub mod points;
pub mod purchase;
pub mod queue;
pub mod refund;
pub mod refusal;
pub mod reservation;
pub mod schedule;
pub mod search;
pub mod seat;
pub mod seating;
pub mod second_step;
pub mod staff_action;
pub mod text;
pub mod ticket;
pub mod till;
pub mod time;
pub mod user;
pub mod waitlist;

pub use concert::Concert;
pub use concert_schedule::ConcertSchedule;
pub use ids::*;
pub use points::Points;
pub use refusal::{Field, Refusal, SeatName};
pub use reservation::{Reservation, ReservationStatus};
pub use seat::{Seat, SeatKind, SeatNumber, SeatStatus};
pub use staff_action::StaffAction;
pub use time::Timestamp;
pub use user::User;

/// Defines an enum whose variants are stored in the database and written in JSON as the given words.
macro_rules! string_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }
        impl $name {
            /// Returns the word that stands for this value in the database and in JSON.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            /// Returns the value that `word` stands for; `None` if there is no such word.
            pub fn from_word(word: &str) -> Option<Self> { match word { $($word => Some(Self::$variant),)+ _ => None } }
        }
    };
}
pub(crate) use string_enum;
