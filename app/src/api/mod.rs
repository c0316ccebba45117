//! What clients and islands look at: GETs that answer with JSON. What they can do is in [`crate::verbs`].

pub mod browse;
pub mod mine;
pub mod queue;
pub mod quick;

use encore::domain::ScheduleId;
use serde::Deserialize;

/// The query of a look at one schedule.
#[derive(Debug, Clone, Deserialize)]
pub struct OfSchedule {
    pub schedule_id: ScheduleId,
}

/// The query of a look that needs none.
#[derive(Debug, Clone, Deserialize)]
pub struct Nothing {}
