//! Encore's library: what is true. It knows the rules, the transactions and the database, and has never heard of HTTP or
//! HTML; those are `app`, which uses this library and never the other way round.
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`domain`] | the rules, pure; the only room that the browser compiles |
//! | `box_office` | what a fan may do: hold, release, purchase, charge, and the reads shaped for pages |
//! | `waiting_room` | the line: join, look, leave, and who is admitted next |
//! | `back_office` | what staff may do, every verb taking a proof of being staff |
//! | `store` | the seam to storage: all SQL; private to the library |
//! | `lines`, `halls` | the lines and the halls in memory, as the last commit left them |
//! | `live` | what changed, told to open maps after the commit |
//! | `calendar` | days and hours on the clock of a place |
//! | `clock` | the only place that reads time and randomness |
//! | `pulse` | how the sales of the last hour went, for charts |
//! | `sweeper` | ends at their deadline what nobody asked about |
//! | `house` | all of it opened on one data folder |
//! | `ticket_code` | what a ticket's QR code carries |
//! | `password` | how a password is kept |
//! | `demo` | the one demo house that the README, the tests and the benchmarks share |
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]

pub mod domain;

#[cfg(feature = "house")]
pub mod back_office;
#[cfg(feature = "house")]
pub mod box_office;
#[cfg(feature = "house")]
pub mod calendar;
#[cfg(feature = "house")]
pub mod clock;
#[cfg(feature = "house")]
pub mod demo;
#[cfg(feature = "house")]
pub mod halls;
#[cfg(feature = "house")]
pub mod house;
#[cfg(feature = "house")]
pub mod lines;
#[cfg(feature = "house")]
pub mod live;
#[cfg(feature = "house")]
pub mod password;
#[cfg(feature = "house")]
pub mod pulse;
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
