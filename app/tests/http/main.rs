//! The program over real HTTP: races, bad input, safety, and the process killed under load.

mod bad_input;
mod flows;
mod kill;
mod races;
mod running;
mod safety;
