//! Plans as editors of the open format really write them: what is only untidy is put right when a plan is imported, so
//! that [`check`](super::check) refuses only what cannot be understood.

use super::{Position, Row, SeatingPlan, Zone};
use std::collections::HashMap;

impl SeatingPlan {
    /// Returns the plan with
    ///
    /// - a name for each zone that has none: the name of the plan, with a number if there are several;
    /// - one zone for all zones of a name, and one row for all rows of a name in a zone, which editors write as several
    ///   segments;
    /// - a unique `seat_guid` for each seat.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        let unnamed = self.zones.iter().filter(|zone| zone.name.trim().is_empty()).count();
        let nameless = self.zones.iter_mut().filter(|zone| zone.name.trim().is_empty());
        for (index, zone) in nameless.enumerate() {
            zone.name = if unnamed == 1 { self.name.clone() } else { format!("{} {}", self.name, index + 1) };
        }
        let mut zones = joined(std::mem::take(&mut self.zones), |zone| zone.name.clone(), join_zones);
        for zone in &mut zones {
            zone.rows = joined(std::mem::take(&mut zone.rows), |row| row.row_number.clone(), join_rows);
        }
        // Each guid with the number of its last copy.
        let mut guids: HashMap<String, usize> = HashMap::new();
        for seat in zones.iter_mut().flat_map(|zone| &mut zone.rows).flat_map(|row| &mut row.seats) {
            let given = seat.seat_guid.clone();
            let mut copy = guids.get(&given).copied().unwrap_or(0);
            while seat.seat_guid.is_empty() || guids.contains_key(&seat.seat_guid) {
                copy += 1;
                seat.seat_guid = format!("{given}-{}", copy + 1);
            }
            guids.insert(given, copy);
            guids.entry(seat.seat_guid.clone()).or_insert(0);
        }
        Self { zones, ..self }
    }
}

/// Joins the items of the same name, in the order in which each name comes first.
fn joined<T>(items: Vec<T>, name: impl Fn(&T) -> String, join: impl Fn(&mut T, T)) -> Vec<T> {
    let (mut all, mut places): (Vec<T>, HashMap<String, usize>) = (vec![], HashMap::new());
    for item in items {
        let place = *places.entry(name(&item)).or_insert(all.len());
        match all.get_mut(place) {
            Some(known) => join(known, item),
            None => all.push(item),
        }
    }
    all
}

/// Adds the rows and areas of `other` to `zone`. Nothing moves in the plan.
fn join_zones(zone: &mut Zone, other: Zone) {
    let apart = other.position.minus(zone.position);
    zone.rows.extend(moved(other.rows, apart, |row| &mut row.position));
    zone.areas.extend(moved(other.areas, apart, |area| &mut area.position));
}

/// Adds the seats of `other` to `row`. Nothing moves in the plan.
fn join_rows(row: &mut Row, other: Row) {
    let apart = other.position.minus(row.position);
    row.seats.extend(moved(other.seats, apart, |seat| &mut seat.position));
}

/// Moves each item by `apart`. `position` returns the position of an item.
fn moved<T>(items: Vec<T>, apart: Position, position: fn(&mut T) -> &mut Position) -> impl Iterator<Item = T> {
    items.into_iter().map(move |mut item| {
        let position = position(&mut item);
        *position = position.plus(apart);
        item
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(zones: &str) -> SeatingPlan {
        let json = format!(
            r#"{{"name": "Hall", "size": {{"width": 400, "height": 200}}, "categories": [{{"name": "A"}}], "zones": {zones}}}"#
        );
        serde_json::from_str(&json).expect("a plan")
    }

    fn row(name: &str, x: u32, seats: &[(&str, u32)]) -> String {
        let seats: Vec<_> = seats
            .iter()
            .map(|(guid, x)| {
                format!(
                    r#"{{"seat_guid": "{guid}", "seat_number": "{}", "position": {{"x": {x}, "y": 0}}, "category": "A"}}"#,
                    x / 25 + 1
                )
            })
            .collect();
        format!(r#"{{"row_number": "{name}", "position": {{"x": {x}, "y": 0}}, "seats": [{}]}}"#, seats.join(","))
    }

    #[test]
    fn segments_of_a_row_and_parts_of_a_zone_become_one_and_nothing_moves() {
        let zones = format!(
            r#"[{{"name": "Floor", "position": {{"x": 10, "y": 20}}, "rows": [{}, {}]}},
                {{"name": "Floor", "position": {{"x": 10, "y": 60}}, "rows": [{}], "areas": [{{"position": {{"x": 1, "y": 2}}}}]}}]"#,
            row("1", 0, &[("a", 0), ("b", 25)]),
            row("1", 100, &[("c", 50), ("d", 75)]),
            row("2", 0, &[("e", 0)]),
        );
        let (before, after) = (plan(&zones), plan(&zones).tidied());
        let names: Vec<_> = after.zones[0].rows.iter().map(|row| (&*row.row_number, row.seats.len())).collect();
        assert_eq!((after.zones.len(), names), (1, vec![("1", 4), ("2", 1)]));
        let at =
            |plan: &SeatingPlan| plan.seats().map(|(.., seat, at)| (seat.seat_guid.clone(), at)).collect::<Vec<_>>();
        assert_eq!(at(&before), at(&after));
        assert_eq!(before.backdrop().areas, after.backdrop().areas);
        assert!(after.placed().is_ok());
    }

    #[test]
    fn zones_without_a_name_get_one_and_guids_become_unique() {
        let zone = |name: &str, guid: &str, y: u32| {
            format!(
                r#"{{"name": "{name}", "position": {{"x": 0, "y": {y}}}, "rows": [{}]}}"#,
                row("1", 0, &[(guid, 0), (guid, 25), ("", 50)])
            )
        };
        let one = plan(&format!("[{}]", zone("", "a", 0))).tidied();
        assert_eq!(one.zones[0].name, "Hall");
        let guids: Vec<_> = one.zones[0].rows[0].seats.iter().map(|seat| &*seat.seat_guid).collect();
        assert_eq!(guids, ["a", "a-2", "-2"]);
        let two = plan(&format!("[{}, {}]", zone(" ", "a", 0), zone("", "b", 50))).tidied();
        assert_eq!(two.zones.iter().map(|zone| &*zone.name).collect::<Vec<_>>(), ["Hall 1", "Hall 2"]);
        assert!(two.placed().is_ok());
    }
}
