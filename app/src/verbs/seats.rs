//! Holding seats, and releasing them.

use crate::problem::Problem;
use encore::domain::hold::HeldSeats;
use encore::domain::party::Closeness;
use encore::domain::{ScheduleId, SeatId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    crate::paths::{checkout_path, needs_access, queue_path, seats_path, seats_path_with},
    crate::server::access::Fan,
    crate::server::flash::Notice,
    crate::server::verb::{RefusalPage, Verb, verb_context},
    encore::box_office::{self, Wanted},
    encore::domain::Refusal,
};

/// The response of [`release`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Released {
    /// How many seats are free again.
    pub released: u32,
}

/// The response of [`hold`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Holding {
    #[serde(flatten)]
    pub held: HeldSeats,
    /// How closely the best seats for a party are together. `None` if the fan named the seats, or held seats already.
    pub closeness: Option<Closeness>,
}

/// Holds all the seats for the fan, or none of them. With `party` the seats are the best free ones for so many people,
/// in the price band `band` if it is not empty, and a fan who holds seats keeps those instead. `access` is `1` or `true`
/// for a fan who needs a wheelchair space or a companion seat. `section` is the section of a large hall that the form's
/// page shows; after a refusal the browser returns to it.
#[server(name = Hold, prefix = "/api", endpoint = "hold")]
pub async fn hold(
    schedule_id: ScheduleId,
    #[server(default)] seat_ids: Vec<SeatId>,
    access: Option<String>,
    section: Option<String>,
    party: Option<u32>,
    band: Option<String>,
) -> Result<Holding, Problem> {
    drop(section);
    let (app, caller, fan) = verb_context::<Hold>();
    let needs_access = needs_access(access.as_deref());
    if let Some(size) = party {
        let party = (size, band.as_deref().filter(|band| !band.is_empty()));
        let (held, closeness) = box_office::hold_best(&app.house, fan.id(), schedule_id, party, needs_access).await?;
        app.inside.note(caller.ip);
        return Ok(Holding { held, closeness });
    }
    let wanted = Wanted { seats: seat_ids, needs_access };
    let held = box_office::hold(&app.house, fan.id(), schedule_id, wanted).await?;
    app.inside.note(caller.ip);
    Ok(Holding { held, closeness: None })
}

/// Releases all seats that the fan holds in the schedule.
#[server(name = Release, prefix = "/api", endpoint = "release")]
pub async fn release(schedule_id: ScheduleId) -> Result<Released, Problem> {
    let (app, _, fan) = verb_context::<Release>();
    Ok(Released { released: box_office::release(&app.house, fan.id(), schedule_id).await? })
}

#[cfg(feature = "ssr")]
impl Verb for Hold {
    type Proof = Fan;
    const SHOWN_AGAIN: &'static [&'static str] = &["seat_ids", "party", "band"];

    fn next(&self, holding: &Holding) -> (String, Option<Notice>) {
        let notice = match (self.party, holding.closeness) {
            (_, Some(Closeness::Apart)) => Some(Notice::HeldApart),
            (Some(_), None) => Some(Notice::HeldBefore),
            _ => None,
        };
        (checkout_path(self.schedule_id), notice)
    }

    fn on_refusal(&self, refusal: &Refusal) -> RefusalPage {
        let map = seats_path_with(self.schedule_id, self.section.as_deref(), needs_access(self.access.as_deref()));
        match refusal {
            Refusal::NotAdmitted | Refusal::SaleClosed { .. } => RefusalPage::Elsewhere(queue_path(self.schedule_id)),
            // The hall was built again meanwhile, so the page, loaded again, shows another map.
            Refusal::NotFound => RefusalPage::Elsewhere(map),
            _ => RefusalPage::ToForm(map),
        }
    }
}

#[cfg(feature = "ssr")]
impl Verb for Release {
    type Proof = Fan;

    fn next(&self, _: &Released) -> (String, Option<Notice>) {
        (seats_path(self.schedule_id), Some(Notice::Released))
    }

    fn on_refusal(&self, _: &Refusal) -> RefusalPage {
        RefusalPage::ToForm(checkout_path(self.schedule_id))
    }
}
