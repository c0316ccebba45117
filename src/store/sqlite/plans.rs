//! Seating plans: the drawings of halls from which schedules get their seats.

use super::{Read, Write};
use crate::domain::{PlanId, Timestamp};
use rusqlite::{OptionalExtension, Result, params};

/// A seating plan, as the list of plans shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSummary {
    pub id: PlanId,
    pub name: String,
    /// The number of seats.
    pub seats: i64,
    /// Whether the hall generator drew the plan from a [`Design`](crate::domain::seating::Design), which staff can edit
    /// and draw again. An imported drawing has no design.
    pub has_design: bool,
    pub updated_at: Timestamp,
}

/// A seating plan as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPlan {
    pub name: String,
    /// The input of the generator that drew the plan, as JSON. `None` for an imported drawing.
    pub design: Option<String>,
    /// The drawing in the open seating-plan format, which is JSON.
    pub layout: String,
    /// The focal point (what the audience looks at), from the left and from the top, in tenths of the plan's unit.
    /// `None` for an imported drawing: its focal point is at its stage, or at the middle of its top edge if it has no
    /// stage.
    pub focal: Option<(i64, i64)>,
}

impl Read<'_> {
    /// All seating plans without their drawings, in the order of their names.
    pub fn plans(&self) -> Result<Vec<PlanSummary>> {
        let sql = "select id, name, seats, design is not null, updated_at from seating_plan order by name, id";
        let plan = |row: &rusqlite::Row<'_>| {
            Ok(PlanSummary {
                id: row.get(0)?,
                name: row.get(1)?,
                seats: row.get(2)?,
                has_design: row.get(3)?,
                updated_at: row.get(4)?,
            })
        };
        self.connection.prepare_cached(sql)?.query_map([], plan)?.collect()
    }

    pub fn plan(&self, id: PlanId) -> Result<Option<KeptPlan>> {
        let sql = "select name, design, layout, focal_x, focal_y from seating_plan where id = ?";
        let plan = |row: &rusqlite::Row<'_>| {
            let focal: (Option<i64>, Option<i64>) = (row.get(3)?, row.get(4)?);
            Ok(KeptPlan { name: row.get(0)?, design: row.get(1)?, layout: row.get(2)?, focal: focal.0.zip(focal.1) })
        };
        self.connection.prepare_cached(sql)?.query_row([id], plan).optional()
    }
}

impl Write<'_> {
    /// Adds a seating plan if `id` is `None`, and otherwise replaces the plan with that id. `seats` is the number of
    /// seats in the drawing. Schedules that were built from the plan do not change.
    pub fn keep_plan(&self, id: Option<PlanId>, plan: &KeptPlan, seats: usize, now: Timestamp) -> Result<PlanId> {
        let sql = "insert into seating_plan (id, name, design, layout, focal_x, focal_y, seats, created_at, updated_at)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
            on conflict (id) do update set name = ?2, design = ?3, layout = ?4, focal_x = ?5, focal_y = ?6, seats = ?7,
                updated_at = ?8";
        let KeptPlan { name, design, layout, focal } = plan;
        let (x, y) = focal.unzip();
        self.connection.prepare_cached(sql)?.execute(params![id, name, design, layout, x, y, seats as i64, now])?;
        Ok(id.unwrap_or(PlanId(self.connection.last_insert_rowid())))
    }
}
