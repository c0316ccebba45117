//! The pages for fans. Each page gets what it shows from the library crate `encore`, and then renders it.

pub mod account;
pub mod address;
pub mod cancel;
pub mod checkout;
pub mod concert;
pub mod concerts;
pub mod handing_on;
pub mod language;
pub mod legal;
pub mod lottery;
pub mod password;
pub mod points;
pub mod posters;
pub mod queue;
pub mod seats;
pub mod second_step;
pub mod security;
pub mod ticket;
pub mod tickets;
pub mod waitlist;
