//! What clients and forms ask of the house: for each verb what it takes, what it calls and what it answers. The rules are
//! not here; the shapes are those that clients rely on.

pub mod accounts;
pub mod browse;
pub mod money;
pub mod queue;
pub mod quick;
pub mod seats;

use serde::{Deserialize, Serialize};

/// The input of verbs that name a schedule and nothing else.
#[derive(Debug, Clone, Deserialize)]
pub struct OfSchedule {
    pub schedule_id: i64,
}

/// The input of verbs that need none.
#[derive(Debug, Clone, Deserialize)]
pub struct Nothing {}

/// The answer of verbs that have nothing to say.
#[derive(Debug, Serialize)]
pub struct Empty {}
