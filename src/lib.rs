//! Encore's library: the rules of a concert box office, its transactions and its database. It knows nothing of HTTP or
//! HTML. Those are in `app`, which uses this library; the library never uses `app`.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`domain`] | the rules, as pure functions; the only module that is also compiled for the browser |
//! | `box_office` | what a fan may do: hold, release, purchase, charge, cancel, and the queries shaped for pages |
//! | `waiting_room` | the queue: join, status, leave, the lottery of the lobby, and who is admitted next |
//! | `back_office` | what staff may do; every verb takes a proof of the duty that it needs |
//! | `post_office` | the outbox: mails as rows, which the program sends |
//! | `store` | the storage layer with all SQL; private to the library |
//! | `queues`, `halls` | the queues and the halls in memory, as of the last commit |
//! | `keys` | the secret keys, in a file outside of the database |
//! | `live` | publishes changes of seats to open seat maps after their commit, and wakes the sweeper |
//! | `backup` | both databases in one file, and how a folder is made of it again |
//! | `calendar` | dates and times of day in the time zone of a venue |
//! | `clock` | the only source of time and randomness |
//! | `pulse` | samples of the last hour of each sale, for charts |
//! | `sampler` | takes those samples |
//! | `sweeper` | carries out what is due at a deadline: ends holds and admissions, runs lotteries, calls fans |
//! | `heartbeat` | notices when the program did not run for a while, so that nobody is passed over for it |
//! | `house` | an installation, opened on one data folder: the first argument of every verb |
//! | `reference` | the numbers of orders and tickets that people are shown |
//! | `ticket_code` | the signed codes of a ticket: the one that is typed, and the one in its QR code |
//! | `password` | hashing of passwords with Argon2id |
//! | `beacon` | verifies the public randomness beacon that may be mixed into a lottery |
//! | `delay` | the delay function of the lottery, whose result nobody can know in advance |
//! | `demo` | the demo data that the README, the tests and the benchmarks share |
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]

pub mod domain;

#[cfg(feature = "house")]
pub mod back_office;
#[cfg(feature = "house")]
pub mod backup;
#[cfg(feature = "house")]
pub mod beacon;
#[cfg(feature = "house")]
pub mod box_office;
#[cfg(feature = "house")]
pub mod calendar;
#[cfg(feature = "house")]
pub mod clock;
#[cfg(feature = "house")]
pub mod delay;
#[cfg(feature = "house")]
pub mod demo;
#[cfg(feature = "house")]
pub mod halls;
#[cfg(feature = "house")]
pub mod heartbeat;
#[cfg(feature = "house")]
pub mod house;
#[cfg(feature = "house")]
pub mod keys;
#[cfg(feature = "house")]
pub mod live;
#[cfg(feature = "house")]
pub mod password;
#[cfg(feature = "house")]
pub mod post_office;
#[cfg(feature = "house")]
pub mod pulse;
#[cfg(feature = "house")]
pub mod queues;
#[cfg(feature = "house")]
pub mod reference;
#[cfg(feature = "house")]
pub mod sampler;
#[cfg(feature = "house")]
mod store;
#[cfg(feature = "house")]
pub mod sweeper;
#[cfg(feature = "house")]
pub mod ticket_code;
#[cfg(feature = "house")]
pub mod waiting_room;

#[cfg(feature = "house")]
pub use clock::Clock;
#[cfg(feature = "house")]
pub use house::{House, Settings};
#[cfg(feature = "house")]
pub use store::{Denied, Fault, Outcome};

#[cfg(all(test, feature = "house"))]
mod tests;
