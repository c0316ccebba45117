//! Tests of the door without a connection: phones let people in by their lists, and send their scans afterwards.

use super::{START, TestHouse, refusal};
use crate::back_office::{self, BoxOffice, Door, Paid, SCANS, Scan};
use crate::domain::account::Duty;
use crate::domain::ticket::{ScanOutcome, Verdict};
use crate::domain::{Field, Refusal, ReservationId, ScheduleId, SeatId, Timestamp};
use crate::store::SoldTicket;
use crate::ticket_code::{self, CodeFacts};
use crate::{Denied, Settings, calendar};
use std::collections::BTreeMap;

const GUEST: back_office::Buyer<'_> = back_office::Buyer { email: "guest@example.org", name: "" };

impl TestHouse {
    /// The proofs of an owner, for the counter and for the door.
    async fn evening_staff(&self) -> (BoxOffice, Door) {
        let id = self.fan("evening").await;
        back_office::appoint(self, "evening@example.org", Duty::Owner).await.expect("is appointed");
        let staff = back_office::staff(self, id).await.expect("is staff");
        (staff.box_office().expect("is an owner"), staff.door())
    }

    /// Gives the seats to one guest, and returns the tickets in the order of the seats.
    async fn give(&self, staff: BoxOffice, schedule: ScheduleId, seats: &[SeatId]) -> Vec<ReservationId> {
        self.fan("guest").await;
        let given = back_office::sell(self, staff, schedule, seats.to_vec(), GUEST, Paid::Nothing, "gift");
        given.await.expect("gives");
        let mut tickets: Vec<_> = self.sold(schedule).await.into_iter().map(|ticket| ticket.id).collect();
        tickets.sort();
        tickets
    }

    async fn sold(&self, schedule: ScheduleId) -> Vec<SoldTicket> {
        self.read(move |read, _| Ok(read.sold_tickets(schedule)?)).await.expect("reads")
    }

    /// How many entries the staff log has of each action.
    fn logged(&self) -> BTreeMap<String, i64> {
        let raw = rusqlite::Connection::open(self.folder.path().join("encore.db")).expect("opens");
        let mut counts = raw.prepare("select action, count(*) from audit_log group by action").expect("a statement");
        let rows = counts.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("counts");
        rows.collect::<Result<_, _>>().expect("counts")
    }

    fn code(&self, ticket: ReservationId) -> String {
        ticket_code::code(self.keys(), CodeFacts { ticket, held_at: START, issue: 0 })
    }

    fn scan(&self, id: &str, ticket: ReservationId, at: Timestamp) -> Scan {
        Scan { id: id.to_owned(), code: self.code(ticket), at }
    }
}

/// Sends scans as a phone does, in batches, and each batch twice because the first answer was lost.
async fn send(house: &TestHouse, door: Door, schedule: ScheduleId, scans: &[Scan]) -> Vec<ScanOutcome> {
    let mut recorded = vec![];
    for batch in scans.chunks(SCANS) {
        let record = async || {
            let now = house.clock().now();
            back_office::record_scans(house, door, schedule, now, batch.to_vec()).await.expect("records")
        };
        let lost = record().await;
        let answer = record().await;
        assert_eq!(lost, answer, "the second answer says the same");
        recorded.extend(answer);
    }
    recorded
}

#[tokio::test]
async fn four_gates_without_a_connection_for_an_hour_lose_no_scan_and_report_each_ticket_that_was_used_twice_once() {
    let house = TestHouse::open(Settings::default());
    let (counter, door) = house.evening_staff().await;
    let (schedule, seats) = house.schedule(2_950).await;
    let (sold, free) = seats.split_at(2_940);
    let tickets = house.give(counter, schedule, sold).await;
    let list = back_office::door_list(&house, door, schedule).await.expect("a list");
    assert_eq!(list.tickets.len(), 2_940);
    assert!(list.tickets.iter().all(|ticket| ticket.checked_in_at.is_none()));

    // While the phones have no connection, ten tickets are cancelled and ten are moved to other seats.
    for ticket in &tickets[..10] {
        back_office::cancel_ticket(&house, counter, *ticket, 0, "ill").await.expect("cancels");
    }
    for (ticket, seat) in tickets[10..20].iter().zip(free) {
        back_office::move_ticket(&house, counter, *ticket, *seat, "a pillar").await.expect("moves");
    }
    // Everybody comes in, one a second, and at another gate sixty of the tickets let a second person in.
    let mut gates: [Vec<Scan>; 4] = Default::default();
    let came_in = |index: usize| START.plus_seconds(index as i64);
    for (index, ticket) in tickets.iter().enumerate() {
        gates[index % 4].push(house.scan(&format!("first-{index}"), *ticket, came_in(index)));
    }
    let twice: Vec<usize> = (20..2_940).step_by(48).take(60).collect();
    for index in &twice {
        let at = came_in(*index).plus_seconds(120);
        gates[(index + 1) % 4].push(house.scan(&format!("second-{index}"), tickets[*index], at));
    }
    assert_eq!(gates.iter().map(Vec::len).sum::<usize>(), 3_000);
    house.wait(3600);
    let [a, b, c, d] = &gates;
    let answers = tokio::join!(
        send(&house, door, schedule, a),
        send(&house, door, schedule, b),
        send(&house, door, schedule, c),
        send(&house, door, schedule, d),
    );
    let recorded = [answers.0, answers.1, answers.2, answers.3].concat();

    let count = |outcome| recorded.iter().filter(|recorded| **recorded == outcome).count();
    assert_eq!([ScanOutcome::Admitted, ScanOutcome::Duplicate, ScanOutcome::Cancelled].map(count), [2_930, 60, 10]);
    let problems = back_office::door_problems(&house, door, schedule).await.expect("the problems");
    assert!(problems.len() == 70 && problems.iter().all(|problem| problem.seat.is_some()), "{problems:?}");
    for ticket in house.sold(schedule).await {
        let index = tickets.iter().position(|id| *id == ticket.id).expect("is known");
        let second = twice.contains(&index).then(|| came_in(index).plus_seconds(120));
        let at = ticket.checked_in_at.expect("is used");
        assert!(at == came_in(index) || Some(at) == second, "{ticket:?}");
    }
    let logged = house.logged();
    let of = |action: &str| logged.get(action).copied().unwrap_or_default();
    assert_eq!(["checked_in", "used_twice", "let_in_wrongly"].map(of), [2_930, 60, 10]);
    assert_eq!(back_office::door(&house, door, schedule).await.expect("the figures").inside, 2_930);
    let list = back_office::door_list(&house, door, schedule).await.expect("a list");
    assert!(list.tickets.len() == 2_930 && list.tickets.iter().all(|ticket| ticket.checked_in_at.is_some()));
    house.assert_sound().await;
}

#[tokio::test]
async fn a_check_whose_answer_was_lost_is_repeated_under_its_id_with_and_without_a_connection() {
    let house = TestHouse::open(Settings::default());
    let (counter, door) = house.evening_staff().await;
    let (schedule, seats) = house.schedule(3).await;
    let tickets = house.give(counter, schedule, &seats).await;
    let pass = ticket_code::pass(house.keys(), schedule, CodeFacts { ticket: tickets[0], held_at: START, issue: 0 });
    let check = async |scan: &str| {
        let scan = Some(scan.to_owned());
        back_office::check_in(&house, door, schedule, &pass, false, scan).await.map(|checked| checked.verdict)
    };
    let record = async |scan: Scan| {
        let recorded = back_office::record_scans(&house, door, schedule, house.clock().now(), vec![scan]).await?;
        Ok::<_, Denied>(recorded[0])
    };
    assert_eq!(check("a").await.expect("looks"), Verdict::Valid);
    house.wait(60);
    assert_eq!(check("a").await.expect("looks"), Verdict::Valid, "the answer was lost");
    assert_eq!(check("b").await.expect("looks"), Verdict::Used { at: START });
    let scan = |id: &str, ticket: usize| house.scan(id, tickets[ticket], house.clock().now());
    assert_eq!(record(scan("a", 0)).await.expect("records"), ScanOutcome::Admitted, "the same scan");
    assert_eq!(record(scan("c", 0)).await.expect("records"), ScanOutcome::Duplicate);
    assert_eq!(record(scan("d", 1)).await.expect("records"), ScanOutcome::Admitted);
    let unknown = Scan { code: "made up".into(), ..scan("e", 1) };
    assert_eq!(record(unknown).await.expect("records"), ScanOutcome::Unknown);
    assert_eq!(refusal(record(scan("", 2)).await), Refusal::invalid(Field::IdempotencyKey));
    assert_eq!(refusal(check("a b").await), Refusal::invalid(Field::IdempotencyKey));
    let too_many = vec![scan("f", 2); SCANS + 1];
    let too_many = back_office::record_scans(&house, door, schedule, START, too_many).await;
    assert_eq!(refusal(too_many), Refusal::invalid(Field::Request));
    let logged = house.logged();
    assert_eq!(["checked_in", "used_twice", "let_in_wrongly"].map(|action| logged[action]), [2, 1, 1]);

    // After the box office has taken the check-in back, the ticket lets somebody in again, and the old scan does not.
    back_office::undo_check_in(&house, counter, tickets[0], "the wrong ticket").await.expect("undoes");
    assert_eq!(record(scan("c", 0)).await.expect("records"), ScanOutcome::Duplicate);
    assert_eq!(record(scan("g", 0)).await.expect("records"), ScanOutcome::Admitted);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_check_that_the_box_office_took_back_is_not_repeated() {
    let house = TestHouse::open(Settings::default());
    let (counter, door) = house.evening_staff().await;
    let (schedule, seats) = house.schedule(1).await;
    let (other, _) = house.schedule(1).await;
    let ticket = house.give(counter, schedule, &seats).await[0];
    let code = house.code(ticket);
    let check = async |at: ScheduleId, scan: &str| {
        let checked = back_office::check_in(&house, door, at, &code, false, Some(scan.to_owned())).await;
        let checked = checked.expect("looks");
        house.wait(1);
        (checked.verdict, checked.inside)
    };
    let undo = async || back_office::undo_check_in(&house, counter, ticket, "a mistake").await.expect("undoes");
    assert_eq!(check(schedule, "a").await, (Verdict::Valid, 1));
    assert_eq!(check(other, "a").await, (Verdict::WrongShow, 0), "the door of another show");
    undo().await;
    assert_eq!(check(schedule, "a").await, (Verdict::Valid, 1), "the ticket is used again, and not only said to be");
    undo().await;
    assert_eq!(check(schedule, "b").await, (Verdict::Valid, 1));
    let at = START.plus_seconds(3);
    assert_eq!(check(schedule, "a").await, (Verdict::Used { at }, 1), "somebody else came in with it since");
    house.assert_sound().await;
}

#[tokio::test]
async fn a_scan_with_the_id_of_another_ticket_stops_no_other_scan() {
    let house = TestHouse::open(Settings::default());
    let (counter, door) = house.evening_staff().await;
    let (schedule, seats) = house.schedule(3).await;
    let tickets = house.give(counter, schedule, &seats).await;
    let scan = |id: &str, ticket: usize| house.scan(id, tickets[ticket], START);
    let scans = [scan("a", 0), scan("a", 1), scan("b", 2)];
    assert_eq!(send(&house, door, schedule, &scans).await, [ScanOutcome::Admitted; 3]);
    assert!(house.sold(schedule).await.iter().all(|ticket| ticket.checked_in_at.is_some()));
    assert_eq!(house.logged()["checked_in"], 3);
    house.assert_sound().await;
}

#[tokio::test]
async fn the_list_of_a_door_has_another_version_after_each_change() {
    let house = TestHouse::open(Settings::default());
    let (counter, door) = house.evening_staff().await;
    let (schedule, seats) = house.schedule(4).await;
    let version = async || back_office::door_list_version(&house, door, schedule).await.expect("a version");
    let mut versions = vec![version().await];
    // Most of it happens at the same instant. Only the time tells of a ticket that was moved.
    let tickets = house.give(counter, schedule, &seats[..3]).await;
    versions.push(version().await);
    back_office::cancel_ticket(&house, counter, tickets[0], 0, "ill").await.expect("cancels");
    versions.push(version().await);
    let code = house.code(tickets[1]);
    back_office::check_in(&house, door, schedule, &code, false, None).await.expect("looks");
    versions.push(version().await);
    house.wait(1);
    back_office::move_ticket(&house, counter, tickets[2], seats[3], "a pillar").await.expect("moves");
    versions.push(version().await);
    assert_eq!(versions.last(), Some(&version().await), "nothing has changed");
    let list = back_office::door_list(&house, door, schedule).await.expect("a list");
    assert_eq!(versions.last(), Some(&list.version));
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len(), 5, "{versions:?}");
}

#[tokio::test]
async fn the_log_says_when_a_scan_was_made_that_arrived_later() {
    let house = TestHouse::open(Settings::default());
    let (counter, door) = house.evening_staff().await;
    let (schedule, seats) = house.schedule(1).await;
    let tickets = house.give(counter, schedule, &seats).await;
    house.wait(120);
    let late = vec![house.scan("a", tickets[0], START)];
    back_office::record_scans(&house, door, schedule, house.clock().now(), late).await.expect("records");
    let raw = rusqlite::Connection::open(house.folder.path().join("encore.db")).expect("opens");
    let sql = "select note from audit_log where action = 'checked_in'";
    let note = raw.query_row(sql, [], |row| row.get::<_, String>(0));
    let scanned = calendar::local(START, "Asia/Seoul").replace('T', " ");
    assert_eq!(note.expect("an entry"), format!("Floor A1, {scanned}"));
    house.assert_sound().await;
}
