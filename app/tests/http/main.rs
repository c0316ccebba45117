//! The program over real HTTP: races, bad input, safety, and the process under fire.

mod access;
mod bad_input;
mod fire;
mod flows;
mod kill;
mod races;
mod running;
mod safety;
