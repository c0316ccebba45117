//! Drawings of halls (seating plans): generated from a design, or imported.

use super::{Change, LogEntry, Owner, check_before, run_and_log};
use crate::domain::seating::{
    Backdrop, Design, MAX_OBJECTS, Placed, PlanError, PlanFault, PlanPlace, Position, SeatingPlan,
};
use crate::domain::{PlanId, Refusal, StaffAction};
use crate::house::House;
use crate::store::{Fault, KeptPlan, Outcome, PlanSummary, Read};

/// A drawing of a hall. `design` is the input from which the generator made it; `None` if the drawing was imported.
#[derive(Debug, Clone)]
pub struct Drawing {
    pub name: String,
    pub design: Option<Design>,
    pub layout: SeatingPlan,
    /// The focal point (what the audience looks at) that the generator set, in units of the drawing; `None` if the
    /// drawing was imported.
    focal: Option<Position>,
}

impl Drawing {
    /// Returns the backdrop of the hall: what is drawn besides the seats (stage, walls), and the focal point.
    pub fn backdrop(&self) -> Backdrop {
        let backdrop = self.layout.backdrop();
        Backdrop { focal: self.focal.unwrap_or(backdrop.focal), ..backdrop }
    }

    /// Returns the seats of the hall, as a schedule sells them.
    ///
    /// # Errors
    /// The first fault of the drawing.
    pub fn placed(&self) -> Result<Vec<Placed>, PlanError> {
        if self.design.is_some() { self.layout.placed_as_drawn() } else { self.layout.placed() }
    }
}

pub(super) fn known(read: &Read<'_>, id: PlanId) -> Outcome<Drawing> {
    let KeptPlan { name, design, layout, focal } = read.plan(id)?.ok_or(Refusal::NotFound)?;
    let design = design.map(|design| serde_json::from_str(&design)).transpose().map_err(Fault::from)?;
    let layout = serde_json::from_str(&layout).map_err(Fault::from)?;
    let focal = focal.map(|(x, y)| Position { x: x as f64 / 10.0, y: y as f64 / 10.0 });
    Ok(Drawing { name, design, layout, focal })
}

/// Returns a summary of every drawing, by name.
pub async fn plans(house: &House, _proof: Owner) -> Outcome<Vec<PlanSummary>> {
    house.read(|read, _| Ok(read.plans()?)).await
}

/// Returns one drawing.
///
/// # Errors
/// [`Refusal::NotFound`] if the drawing does not exist.
pub async fn plan(house: &House, _proof: Owner, id: PlanId) -> Outcome<Drawing> {
    house.read(move |read, _| known(read, id)).await
}

/// Generates a drawing from a design. Stores it as a new drawing if `id` is `None`, and otherwise replaces the drawing
/// `id`.
///
/// # Errors
/// [`Refusal::WrongPlan`], with the place and the fault, if the design is not valid; [`Refusal::NotFound`] if the
/// drawing `id` does not exist; [`Refusal::Stale`] as [`Change`] says.
pub async fn save_design(
    house: &House,
    owner: Owner,
    id: Option<PlanId>,
    change: impl Into<Change<Design>>,
) -> Outcome<PlanId> {
    let Change { before, after: design } = change.into();
    let (plan, focal, design) = computed(move || design.draw().map(|(plan, focal)| (plan, focal, design))).await?;
    let design = serde_json::to_string(&design).map_err(Fault::from)?;
    let focal = ((focal.x * 10.0).round() as i64, (focal.y * 10.0).round() as i64);
    keep(house, owner, (id, before), plan, Some((design, focal)), StaffAction::PlanSaved).await
}

/// Imports a drawing from another program, as a new drawing. `json` is in the open seating-plan format
/// ([`crate::domain::seating`]).
///
/// # Errors
/// [`Refusal::WrongPlan`], with the place and the fault, if the text cannot be read or the plan is not valid.
pub async fn import_plan(house: &House, owner: Owner, json: String) -> Outcome<PlanId> {
    let plan = computed(move || {
        let plan = parse_plan(&json)?.tidied();
        plan.placed()?;
        Ok(plan)
    });
    keep(house, owner, (None, None), plan.await?, None, StaffAction::PlanImported).await
}

/// Reads a plan in the open format, as it was sent.
///
/// # Errors
/// [`PlanFault::Unreadable`], or [`PlanFault::TooDetailed`] if the text has more than [`MAX_OBJECTS`] objects.
pub(crate) fn parse_plan(json: &str) -> Result<SeatingPlan, PlanError> {
    if json.bytes().filter(|byte| *byte == b'{').count() > MAX_OBJECTS {
        return Err(PlanPlace::WHOLE.with(PlanFault::TooDetailed));
    }
    let unreadable = |error: serde_json::Error| {
        let (line, column, reason) = (error.line(), error.column(), error.to_string());
        PlanPlace::WHOLE.with(PlanFault::Unreadable { line, column, reason })
    };
    // An editor may have put a byte order mark at the beginning.
    serde_json::from_str(json.trim_start_matches('\u{feff}')).map_err(unreadable)
}

/// Runs a computation on a drawing on a thread that may block: of the largest, it takes a good part of a second.
async fn computed<T: Send + 'static>(work: impl FnOnce() -> Result<T, PlanError> + Send + 'static) -> Outcome<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Fault::Broken("reading a plan panicked"))?;
    Ok(done.map_err(Refusal::wrong_plan)?)
}

/// Stores a drawing: in the place of the drawing `id` if there is one, which must have the design `before` if that is
/// given.
async fn keep(
    house: &House,
    Owner(owner): Owner,
    (id, before): (Option<PlanId>, Option<Design>),
    plan: SeatingPlan,
    drawn: Option<(String, (i64, i64))>,
    action: StaffAction,
) -> Outcome<PlanId> {
    let layout = serde_json::to_string(&plan).map_err(Fault::from)?;
    let seats = plan.seat_count();
    let (design, focal) = drawn.unzip();
    let kept = KeptPlan { name: plan.name, design, layout, focal };
    run_and_log(house, owner, move |write, context| {
        if let Some(id) = id {
            check_before(before.as_ref(), known(write, id)?.design.as_ref())?;
        }
        let id = write.keep_plan(id, &kept, seats, context.now)?;
        Ok((id, LogEntry::of(action, &kept.name, seats.to_string())))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_too_many_objects_is_not_read() {
        let objects = "{},".repeat(MAX_OBJECTS);
        let wrong = parse_plan(&format!("[{objects}{{}}]")).expect_err("is refused");
        assert_eq!(wrong.fault, PlanFault::TooDetailed);
        let wrong = parse_plan("\u{feff}[]").expect_err("is no plan");
        assert!(matches!(wrong.fault, PlanFault::Unreadable { line: 1, .. }), "{wrong:?}");
    }
}
