//! Texts from outside that are read without a database, changed at random: seating plans and ticket codes. `ENCORE_INPUTS` says
//! how many, and `ENCORE_SEED` from which seed.

use super::dice::Dice;
use super::from_environment;
use crate::back_office::parse_plan;
use crate::domain::seating::{MAX_SEATS, SeatingPlan};
use crate::domain::{ReservationId, ScheduleId, Timestamp};
use crate::keys::Keys;
use crate::reference::typed_digits;
use crate::ticket_code::{self, CodeFacts};
use serde_json::{Value, json};
use std::collections::HashSet;

const INPUTS: usize = 3_000;

fn dice() -> Dice {
    Dice(from_environment("ENCORE_SEED", 1) as u64)
}

/// A plan that is accepted, with everything that the format has.
fn plan() -> Value {
    let seat = |number: usize| {
        json!({"seat_guid": format!("guid-{number}"), "seat_number": number.to_string(), "radius": 9, "uuid": "u",
            "position": {"x": 24.0 * number as f64, "y": 0.0}, "category": if number == 1 { "Front (wheelchair)" } else { "Front" }})
    };
    let row = |name: &str, y: f64| {
        json!({"row_number": name, "row_number_position": "both", "row_label": "Row", "seat_label": "Seat",
            "position": {"x": 0.0, "y": y}, "seats": (1..=4).map(seat).collect::<Vec<_>>()})
    };
    // The guids of a plan are all different.
    let mut second = row("B", 30.0);
    for seat in second["seats"].as_array_mut().expect("a list") {
        seat["seat_guid"] = json!(format!("second-{}", seat["seat_guid"].as_str().expect("text")));
    }
    json!({"name": "Chamber", "size": {"width": 200.0, "height": 120.0},
        "categories": [{"name": "Front", "color": "#aa0000"}, {"name": "Front (wheelchair)"}],
        "zones": [{"name": "Floor", "zone_id": "z", "position": {"x": 10.0, "y": 20.0}, "rows": [row("A", 0.0), second],
            "areas": [
                {"shape": "rectangle", "position": {"x": 0.0, "y": -20.0}, "rectangle": {"width": 100.0, "height": 10.0},
                    "color": "#eeeeee", "border_color": "black", "rotation": 5.0,
                    "text": {"text": "Stage", "size": 20, "color": "#333333", "position": {"x": 50.0, "y": 5.0}}},
                {"shape": "polygon", "position": {"x": 0.0, "y": 0.0},
                    "polygon": {"points": [{"x": 0.0, "y": 0.0}, {"x": 9.0, "y": 0.0}, {"x": 0.0, "y": 9.0}]}}]}]})
}

/// Gives every seat in a part of a plan another guid, so that the part can be repeated.
fn rename_seats(part: &mut Value, dice: &mut Dice) {
    match part {
        Value::Object(fields) => {
            if let Some(guid) = fields.get_mut("seat_guid") {
                *guid = json!(format!("again-{}", dice.next()));
            }
            fields.values_mut().for_each(|value| rename_seats(value, dice));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| rename_seats(value, dice)),
        _ => {}
    }
}

/// Replaces, leaves out or repeats something in a document, at a random place.
fn changed(document: &mut Value, dice: &mut Dice) {
    const OTHERS: [&str; 17] = [
        "null",
        "true",
        "-1",
        "0",
        "1e308",
        "-1e308",
        "1e-308",
        "99999999999999999999",
        "2147483648",
        "\"\"",
        "\" \"",
        "\"\\u0000\"",
        "\"\\u001b[2J\"",
        "\"\\ud83d\\udca5\"",
        "\"Front (companion)\"",
        "[]",
        "{}",
    ];
    let is_inside = dice.chance(85);
    match document {
        Value::Object(fields) if is_inside && !fields.is_empty() => {
            let name = fields.keys().nth(dice.below(fields.len())).expect("a field").clone();
            if dice.chance(5) {
                fields.remove(&name);
            } else {
                changed(&mut fields[&name], dice);
            }
        }
        Value::Array(list) if is_inside && !list.is_empty() => {
            let at = dice.below(list.len());
            match dice.below(20) {
                0 => drop(list.remove(at)),
                1..=3 => {
                    let mut again = list[at].clone();
                    if dice.chance(50) {
                        rename_seats(&mut again, dice);
                        // Away from the first, so that no two seats overlap.
                        if let Some(y) = again.pointer_mut("/position/y") {
                            *y = json!(200 + dice.below(1_000));
                        }
                    }
                    list.push(again);
                }
                _ => changed(&mut list[at], dice),
            }
        }
        other => *other = serde_json::from_str(OTHERS[dice.below(OTHERS.len())]).expect("JSON"),
    }
}

/// Checks a plan that was accepted: its seats can be sold, it can be shown, and its export is accepted again.
fn check_accepted(plan: &SeatingPlan, text: &str) {
    let placed = plan.placed().expect("was accepted");
    assert!((1..=MAX_SEATS).contains(&placed.len()), "{text}");
    let names: HashSet<_> = placed.iter().map(|seat| (&seat.section, &seat.row, seat.number.as_str())).collect();
    assert_eq!(names.len(), placed.len(), "two seats of a name in {text}");
    let focal = plan.backdrop().focal;
    assert!(focal.x.is_finite() && focal.y.is_finite(), "{text}");
    let exported = serde_json::to_string(plan).expect("serialises");
    assert!(!exported.contains("\\u00"), "a control character in {text}");
    let again = parse_plan(&exported).unwrap_or_else(|error| panic!("{error:?}: the export of {text}")).tidied();
    assert_eq!(again.placed().as_ref(), Ok(&placed), "{text}");
}

#[test]
fn a_changed_plan_is_refused_or_can_be_sold() {
    let (sound, mut dice, mut accepted) = (plan(), dice(), 0);
    let inputs = from_environment("ENCORE_INPUTS", INPUTS);
    for _ in 0..inputs {
        let mut plan = sound.clone();
        for _ in 0..dice.below(4) {
            changed(&mut plan, &mut dice);
        }
        let mut text = plan.to_string();
        if dice.chance(30) {
            text = String::from_utf8_lossy(&dice.mutated(text.as_bytes())).into_owned();
        }
        if let Ok(plan) = parse_plan(&text).map(SeatingPlan::tidied)
            && plan.placed().is_ok()
        {
            check_accepted(&plan, &text);
            accepted += 1;
        }
    }
    assert!((inputs / 10..inputs * 9 / 10).contains(&accepted), "some are accepted and some are not: {accepted}");
}

#[test]
fn a_changed_ticket_code_opens_no_other_ticket() {
    let (keys, mut dice) = (Keys::of_byte(7), dice());
    let (held_at, mut read_again) = (Timestamp(1_000), 0);
    for number in 0..from_environment("ENCORE_INPUTS", INPUTS) as i64 {
        let facts = CodeFacts { ticket: ReservationId(number % 50), held_at, issue: (number % 3) as u32 };
        let genuine = match number % 2 {
            0 => ticket_code::code(&keys, facts),
            _ => ticket_code::pass(&keys, ScheduleId(number % 7), facts),
        };
        let text = String::from_utf8_lossy(&dice.mutated(genuine.as_bytes())).into_owned();
        // A code may be changed where it does not matter, such as at a hyphen. All digits matter.
        if let Some(read) = ticket_code::read(&keys, &text) {
            assert_eq!((read.ticket, read.issue), (facts.ticket, facts.issue), "{text} was made of {genuine}");
            assert_eq!(typed_digits(&text), typed_digits(&genuine), "{text} was made of {genuine}");
            read_again += 1;
        }
    }
    assert!(read_again > 0, "some changes do not matter");
}
