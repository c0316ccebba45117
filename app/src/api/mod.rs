//! The read-only part of the API, for clients and islands: GET requests that are answered with JSON. The requests that
//! change something are in [`crate::verbs`].

pub mod browse;
pub mod mine;
pub mod queue;
pub mod quick;

use encore::domain::ScheduleId;
use serde::Deserialize;

/// The query of a request about one schedule.
#[derive(Debug, Clone, Deserialize)]
pub struct ScheduleQuery {
    pub schedule_id: ScheduleId,
}

/// The query of a request that takes no parameters.
#[derive(Debug, Clone, Deserialize)]
pub struct NoQuery {}
