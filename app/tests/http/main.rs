//! Tests of the program over real HTTP: access, bad input, purchases, races, safety, faults and kills.

mod abuse;
mod access;
mod backup;
mod bad_input;
#[path = "../../../src/tests/dice.rs"]
#[expect(dead_code, reason = "the simulation uses more of it")]
mod dice;
mod door;
mod fire;
mod first_start;
mod flows;
mod fuzz;
mod history;
mod inputs;
mod kill;
mod mail;
mod races;
mod running;
mod safety;
mod second_step;
mod shows;
mod smtp;
mod staff;
