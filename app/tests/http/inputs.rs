//! Texts from outside that are read without a database, changed at random: forms in both encodings, and line passes.
//! `ENCORE_INPUTS` says how many, and `ENCORE_SEED` from which seed.

use crate::dice::Dice;
use crate::running::from_environment;
use app::server::Form;
use app::server::form::PostedForm;
use app::server::line_pass::LinePass;
use axum::body::Body;
use axum::extract::Request;
use encore::domain::{ScheduleId, TokenId, UserId};
use std::collections::HashSet;

const INPUTS: usize = 3_000;

fn dice() -> Dice {
    Dice(from_environment("ENCORE_SEED", 1) as u64)
}

#[derive(Debug, serde::Deserialize)]
struct Fields {
    schedule_id: i64,
    #[serde(default)]
    seat_ids: Vec<i64>,
    name: Option<String>,
}

fn request(kind: &str, body: Vec<u8>) -> Request {
    Request::post("/").header("content-type", kind).body(Body::from(body)).expect("a request")
}

#[tokio::test]
async fn a_changed_form_is_refused_or_read_within_its_limits() {
    let mut dice = dice();
    let encoded = b"schedule_id=3&seat_ids[0]=4&seat_ids%5B1%5D=5&seat_ids[]=6&name=%EA%B0%80+x";
    let parts = "--x\r\nContent-Disposition: form-data; name=\"schedule_id\"\r\n\r\n3\r\n--x\r\nContent-Disposition: form-data; \
                 name=\"file\"; filename=\"a.json\"\r\nContent-Type: application/json\r\n\r\n{}\r\n--x\r\nContent-Disposition: \
                 form-data; name=\"seat_ids[]\"\r\n\r\n4\r\n--x--\r\n";
    let (mut accepted, inputs) = ([0; 3], from_environment("ENCORE_INPUTS", INPUTS));
    for _ in 0..inputs {
        let body = dice.mutated(encoded);
        let verb = Form::<Fields>::of(request("application/x-www-form-urlencoded", body.clone()), 200).await;
        if let Ok(form) = verb {
            assert!(body.len() <= 200 && form.fields.seat_ids.len() <= 200 && form.fields.schedule_id != i64::MAX);
            assert!(form.fields.name.is_none_or(|name| name.len() <= body.len() * 3));
            accepted[0] += 1;
        }
        let posted = PostedForm::receive(request("application/x-www-form-urlencoded", body.clone())).await;
        let posted = posted.expect("any bytes are a form in this encoding");
        if posted.read::<serde_json::Value>().is_ok() {
            let single = posted.fields.iter().map(|(name, _)| name).filter(|name| !name.ends_with("[]"));
            let (names, count) = (single.clone().collect::<HashSet<_>>(), single.count());
            assert_eq!(names.len(), count, "a field came twice: {}", String::from_utf8_lossy(&body));
            accepted[1] += 1;
        }
        let body = dice.mutated(parts.as_bytes());
        if let Ok(posted) = PostedForm::receive(request("multipart/form-data; boundary=x", body.clone())).await {
            let received: usize = posted.files.iter().map(|(_, file)| file.len()).sum();
            assert!(received <= body.len(), "a file is larger than what was sent");
            accepted[2] += 1;
        }
    }
    for accepted in accepted {
        assert!((inputs / 20..inputs).contains(&accepted), "some are accepted and some are not: {accepted}");
    }
}

#[test]
fn a_changed_line_pass_is_worth_nothing() {
    let (mut dice, key) = (dice(), [7; 32]);
    for number in 0..from_environment("ENCORE_INPUTS", INPUTS) as i64 {
        let place = LinePass { schedule: ScheduleId(number % 9), fan: UserId(number), token: TokenId(number * 3) };
        let pass = place.sign(&key);
        assert_eq!(LinePass::verify(&key, &pass), Some(place));
        let changed = String::from_utf8_lossy(&dice.mutated(pass.as_bytes())).into_owned();
        if changed != pass {
            assert_eq!(LinePass::verify(&key, &changed), None, "{changed} was made of {pass}");
        }
    }
}
