//! Seats that the page proposes: the nearest ones after a refused hold, and the best ones for a party.

use crate::components::forms::{Hidden, Select};
use crate::paths::{seats_path, seats_path_with};
use crate::server::flash::Flash;
use crate::server::visit::Visit;
use crate::verbs::Hold;
use crate::words::{self, Locale, td_string};
use encore::box_office::{self, SeatMap};
use encore::domain::party::Closeness;
use encore::domain::{Refusal, ScheduleId, Seat, SeatId};
use encore::{House, Outcome};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use std::collections::HashSet;

/// Returns the notice to show after a hold was refused because seats are gone, with links to the nearest free seats
/// (`None` in all other cases), and the ids of all seats that the refused form asked for. The set is empty if the last
/// form was not refused. `access` is true if the fan has said that they need a wheelchair place.
pub(super) fn refused_hold(
    visit: &Visit,
    map: &SeatMap,
    access: bool,
) -> (Option<impl IntoView + use<>>, HashSet<SeatId>) {
    let l = visit.locale;
    let Some(Flash::Refused { refusal, typed }) = &visit.flash else { return (None, HashSet::new()) };
    let wished = typed.iter().filter(|(name, _)| name.starts_with("seat_ids")).filter_map(|(_, id)| id.parse().ok());
    let wished = wished.map(SeatId).collect();
    let Refusal::SeatTaken { seat_ids, nearest } = refusal else { return (None, wished) };
    if seat_ids.is_empty() {
        // No seats were named: too few are free for a party.
        return (None, wished);
    }
    let link = |seat: &Seat| {
        let to = format!("{}#seat-{}", seats_path_with(map.schedule.id, Some(&seat.section), access), seat.id);
        view! { <li><a href=to>{short_name(l, seat)}</a></li> }
    };
    let near: Vec<_> = seats(map, nearest).map(link).collect();
    let near = (!near.is_empty()).then(|| {
        view! { <p>{td_string!(l, seats.nearest)}</p><ul class="nearest">{near}</ul> }
    });
    let gone = td_string!(l, seats.gone, seats = names(l, map, seat_ids));
    (Some(view! { <div class="notice notice-bad"><p>{gone}</p>{near}</div> }), wished)
}

/// A fan's search for several seats together.
pub(super) struct PartySearch {
    /// The number of people. `None` if the address has no number, so that nothing is searched for.
    size: Option<u32>,
    /// The name of the price band in which to search. `None` means all bands.
    band: Option<String>,
    needs_access: bool,
    /// How many more seats the fan may hold.
    limit: usize,
    /// The number and the band of the form that was refused, which the form shows again.
    typed: [Option<String>; 2],
}

impl PartySearch {
    /// Reads the search from the address of the page (`?party=2&band=A`).
    pub(super) fn from_query(visit: &Visit, needs_access: bool, limit: usize) -> Self {
        let size = visit.query("party").and_then(|size| size.parse().ok());
        let band = visit.query("band").filter(|band| !band.is_empty()).map(str::to_owned);
        let typed = ["party", "band"].map(|field| visit.typed(field).map(str::to_owned));
        Self { size, band, needs_access, limit, typed }
    }

    /// Searches for the best seats for the party. Returns a notice about the result, and the ids of the seats that were
    /// found (no ids if too few seats are free). `None` if the address asks for no seats, or for more than the fan may
    /// hold.
    pub(super) async fn offer(
        &self,
        l: Locale,
        house: &House,
        map: &SeatMap,
    ) -> Outcome<Option<(impl IntoView + use<>, HashSet<SeatId>)>> {
        let Some(size) = self.size.filter(|&size| (1..=self.limit).contains(&(size as usize))) else { return Ok(None) };
        let best = box_office::best(house, map.schedule.id, size, self.band.as_deref(), self.needs_access).await?;
        let (text, seats) = match best {
            None => (td_string!(l, seats.party_none).to_owned(), vec![]),
            Some((seats, closeness)) => {
                let names = names(l, map, &seats);
                let text = match closeness {
                    Closeness::Together => td_string!(l, seats.party_together, seats = names),
                    Closeness::LeavesOrphan => td_string!(l, seats.party_leaves_one, seats = names),
                    Closeness::Apart => td_string!(l, seats.party_apart, seats = names),
                };
                (text, seats)
            }
        };
        let notice = view! { <p class="notice" role="status" id="found">{text}</p> };
        Ok(Some((notice, seats.into_iter().collect())))
    }

    /// The form that searches for the best seats or holds them at once. Its list of price bands shows the final price of each band and how many of its seats this fan
    /// can have: `free` says so for each seat of the plan. `None` if the fan may hold no more seats.
    ///
    /// Who holds seats already chooses further ones on the map: `holds_none` is false then.
    pub(super) fn form(
        &self,
        l: Locale,
        map: &SeatMap,
        free: &[bool],
        holds_none: bool,
    ) -> Option<impl IntoView + use<>> {
        if self.limit == 0 {
            return None;
        }
        let sizes = (1..=self.limit).map(|count| (count.to_string(), count.to_string())).collect();
        let any = (String::new(), td_string!(l, seats.any_band).to_owned());
        let named = map.plan.bands().iter().zip(map.plan.by_band(free)).map(|(known, left)| {
            let price = words::points(l, known.price);
            (known.name.clone(), td_string!(l, seats.band_left, band = &known.name, price = price, count = left))
        });
        let bands = std::iter::once(any).chain(named).collect();
        let [typed_size, typed_band] = self.typed.clone();
        let size = self.size.map(|size| size.to_string()).or(typed_size);
        let size = size.unwrap_or_else(|| 2.min(self.limit).to_string());
        let band = self.band.clone().or(typed_band).unwrap_or_default();
        Some(view! {
            <form method="get" action=found_path(map.schedule.id) class="finder party" id="best" aria-label=td_string!(l, seats.party)>
                {self.needs_access.then(|| view! { <Hidden name="access" value="1"/> })}
                <Select name="party" label=td_string!(l, seats.party_size) options=sizes value=size/>
                <Select name="band" label=td_string!(l, seats.party_band) options=bands value=band/>
                <button class="button button-second">{td_string!(l, seats.party_find)}</button>
                {holds_none.then(|| view! {
                    <button class="button" formmethod="post" formaction=Hold::PATH name="schedule_id" value=map.schedule.id.to_string()>
                        {td_string!(l, seats.party_hold)}
                    </button>
                })}
            </form>
        })
    }
}

/// The address of a schedule's seat map, scrolled to the notice about the seats that were found for a party.
fn found_path(id: ScheduleId) -> String {
    format!("{}#found", seats_path(id))
}

/// The seats with these ids. Ids that are not in the plan are left out.
fn seats<'m>(map: &'m SeatMap, ids: &'m [SeatId]) -> impl Iterator<Item = &'m Seat> {
    ids.iter().filter_map(|&id| map.plan.seats().get(map.plan.index(id)?))
}

fn short_name(l: Locale, seat: &Seat) -> String {
    td_string!(l, seats.seat_short, section = &seat.section, row = &seat.row, number = seat.number.as_str())
}

fn names(l: Locale, map: &SeatMap, ids: &[SeatId]) -> String {
    seats(map, ids).map(|seat| short_name(l, seat)).collect::<Vec<_>>().join(", ")
}
