//! Races: many requests for the same seats, payments and places at once.

use crate::running::{Fan, Server};
use encore::Settings;
use encore::domain::ScheduleId;
use futures_util::future::join_all;
use reqwest::StatusCode;

/// Settings with which everybody is admitted at once, for races about seats and money.
fn open() -> Settings {
    Settings { active_fans: 10_000, ..Settings::default() }
}

async fn admitted(server: &Server, count: usize, schedule: ScheduleId) -> Vec<Fan> {
    let fans = server.fans(count).await;
    for answer in join_all(fans.iter().map(|fan| fan.join(schedule))).await {
        assert_eq!((answer.status, answer.json["status"].as_str()), (StatusCode::OK, Some("active")));
    }
    fans
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_fans_on_one_seat_exactly_one_wins_and_the_others_get_seat_taken() {
    let server = Server::start(open()).await;
    let club = server.demo.club;
    let fans = admitted(&server, 64, club).await;
    let seat = server.seats(club).await[7];
    let answers = join_all(fans.iter().map(async |fan: &Fan| fan.hold(club, &[seat]).await)).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((won.len(), lost.len()), (1, 63));
    for answer in lost {
        assert_eq!((answer.status, answer.code()), (StatusCode::CONFLICT, "seat_taken"));
        assert_eq!(answer.json["seat_ids"], serde_json::json!([seat]));
    }
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_1200_fans_on_1200_seats_everybody_wins() {
    let server = Server::start(open()).await;
    let theatre = server.demo.theatre;
    let fans = admitted(&server, 1200, theatre).await;
    let seats = server.seats(theatre).await;
    let answers =
        join_all(fans.iter().zip(&seats).map(async |(fan, seat): (&Fan, &i64)| fan.hold(theatre, &[*seat]).await))
            .await;
    for answer in answers {
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
    let map = encore::box_office::seat_map(&server.house, theatre).await.expect("the map");
    assert_eq!(map.schedule.left_ticket, 0);
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_purchase_ten_times_at_once_is_one_debit_and_ten_equal_answers() {
    let server = Server::start(open()).await;
    let club = server.demo.club;
    let fan = &admitted(&server, 1, club).await[0];
    let seats = server.seats(club).await;
    fan.charge(1_000_000, "charge").await;
    fan.hold(club, &seats[..2]).await;
    let answers = join_all((0..10).map(|_| fan.purchase(club, "pay"))).await;
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
        assert_eq!((answer.status, answer.json["point"].as_i64()), (StatusCode::OK, Some(780_000)));
    }
    assert_eq!(fan.get("/api/me").await.json["point"], 780_000);
    let charges = join_all((0..10).map(|_| fan.charge(5, "again"))).await;
    assert!(charges.iter().all(|answer| answer.json["point"] == 780_005), "{charges:?}");
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_purchase_races_the_end_of_its_hold_exactly_one_of_the_two_happens() {
    let server = Server::start(open()).await;
    let club = server.demo.club;
    let fans = admitted(&server, 40, club).await;
    let seats = server.seats(club).await;
    join_all(fans.iter().map(|fan| fan.charge(110_000, "charge"))).await;
    let held = join_all(
        fans.iter().take(20).zip(&seats).map(async |(fan, seat): (&Fan, &i64)| fan.hold(club, &[*seat]).await),
    )
    .await;
    assert!(held.iter().all(|answer| answer.status == StatusCode::OK));
    server.advance_clock(299);

    // Five fans pay in time. While ten more pay, the last second of the holds passes, and other fans try to hold the
    // seats. The last five fans pay too late.
    let mut bought = join_all(fans[..5].iter().map(|fan| fan.purchase(club, "pay"))).await;
    assert!(bought.iter().all(|answer| answer.status == StatusCode::OK), "{bought:?}");
    let buyers = join_all(fans[5..15].iter().map(|fan| fan.purchase(club, "pay")));
    let others = async {
        server.advance_clock(1);
        join_all(fans[20..].iter().zip(&seats).map(async |(fan, seat): (&Fan, &i64)| fan.hold(club, &[*seat]).await))
            .await
    };
    let (raced, held) = tokio::join!(buyers, others);
    bought.extend(raced);
    bought.extend(join_all(fans[15..20].iter().map(|fan| fan.purchase(club, "pay"))).await);
    assert!(bought[15..].iter().all(|answer| answer.code() == "hold_expired"), "{bought:?}");
    for (index, (bought, held)) in bought.iter().zip(&held).enumerate() {
        let outcome = (bought.status == StatusCode::OK, held.status == StatusCode::OK);
        assert!(outcome == (true, false) || outcome == (false, true), "seat {index}: {bought:?} {held:?}");
        let point = fans[index].get("/api/me").await.json["point"].clone();
        assert_eq!(point, if outcome.0 { 0 } else { 110_000 }, "only a purchase is debited");
        assert!(outcome.0 || bought.code() == "hold_expired", "{bought:?}");
    }
    server.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_a_storm_of_joins_never_more_than_the_cap_are_active_and_numbers_are_handed_out_in_order() {
    let server = Server::start(Settings { active_fans: 10, ..Settings::default() }).await;
    let club = server.demo.club;
    let fans = server.fans(200).await;
    // Each fan joins from two tabs at once.
    let answers = join_all(fans.iter().chain(&fans).map(|fan| fan.join(club))).await;
    let (first, second) = answers.split_at(200);
    let mut numbers = vec![];
    for (first, second) in first.iter().zip(second) {
        assert_eq!(first.json["token_id"], second.json["token_id"], "one place a fan");
        numbers.push(first.json["number"].as_i64().expect("a number"));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
    let active = |answers: &[crate::running::Answer]| answers.iter().filter(|a| a.json["status"] == "active").count();
    assert_eq!(active(first), 10);

    // When all active fans leave at once, exactly the next fans in the queue are admitted.
    let leaving = fans.iter().zip(first).filter(|(_, answer)| answer.json["status"] == "active").map(|(fan, _)| fan);
    join_all(leaving.map(async |fan: &Fan| fan.post("/api/queue/leave", &[("schedule_id", club.to_string())]).await))
        .await;
    let path = format!("/api/queue/status?schedule_id={club}");
    let now = join_all(fans.iter().map(|fan| fan.get(&path))).await;
    let mut admitted: Vec<i64> =
        now.iter().filter(|a| a.json["status"] == "active").filter_map(|a| a.json["number"].as_i64()).collect();
    admitted.sort_unstable();
    assert_eq!(admitted, (11..=20).collect::<Vec<_>>());
    server.assert_sound().await;
}
