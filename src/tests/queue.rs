//! Tests of the queue and of the lobby, each a short story about fans who wait.

use super::{START, TestHouse, refusal};
use crate::beacon::BeaconSource;
use crate::beacon::tests::{ROUND, SIGNATURE};
use crate::box_office;
use crate::domain::account::Role;
use crate::domain::beacon::Round;
use crate::domain::lottery::{self, Entry, LobbyList, MixedIn, Promised};
use crate::domain::queue::{self, EndReason, QueueToken, TokenStatus};
use crate::domain::schedule::{DRAW_SECONDS, Window};
use crate::domain::text::from_hex;
use crate::domain::{Refusal, ScheduleId, SeatStatus, TokenId, UserId};
use crate::queues::Place;
use crate::waiting_room::{AskedBy, Joining, LotteryView};
use crate::{Settings, delay, heartbeat, sweeper, waiting_room};
use ed25519_dalek::{Signature, VerifyingKey};
use std::sync::Arc;
use std::time::Duration;

/// When the sale opens, in seconds after [`START`]: half an hour, which is the usual length of a lobby.
const OPENS: u64 = 1_800;

/// When the lobby closes, in seconds after [`START`].
const LOBBY_CLOSES: u64 = OPENS - DRAW_SECONDS as u64;

/// Returns a house with one schedule, whose lobby opens at [`START`] and whose sale opens [`OPENS`] seconds later, and
/// `fans` fans who have not joined its queue yet.
async fn before_the_opening(active_fans: u32, fans: usize) -> (TestHouse, ScheduleId, Vec<UserId>) {
    let house = TestHouse::open(Settings { active_fans, ..Settings::default() });
    let opens = START.plus_seconds(OPENS as i64);
    let (schedule, _) = house.schedule_in(20, Window::new(opens, opens.plus_seconds(3600))).await;
    let fans = new_fans(&house, fans).await;
    (house, schedule, fans)
}

async fn new_fans(house: &TestHouse, count: usize) -> Vec<UserId> {
    let mut fans = vec![];
    for number in 0..count {
        fans.push(house.fan(&format!("fan{number}")).await);
    }
    fans
}

/// Makes `count` new fans, who join the queue of a schedule one after the other.
async fn line_up(house: &TestHouse, schedule: ScheduleId, count: usize) -> Vec<UserId> {
    let fans = new_fans(house, count).await;
    for &fan in &fans {
        join(house, fan, schedule).await;
    }
    fans
}

/// Returns a house with one schedule, to which one fan at a time is admitted, and `count` fans who joined its queue.
/// The first has left, so the second is called.
async fn second_is_called(count: usize) -> (TestHouse, ScheduleId, Vec<UserId>) {
    let house = TestHouse::open(Settings { active_fans: 1, ..Settings::default() });
    let (schedule, _) = house.schedule(9).await;
    let fans = line_up(&house, schedule, count).await;
    waiting_room::leave(&house, fans[0], schedule).await.expect("leaves");
    (house, schedule, fans)
}

async fn look(house: &TestHouse, fan: UserId, schedule: ScheduleId) -> Place {
    waiting_room::status(house, fan, schedule, AskedBy::Fan).await.expect("looks").expect("is in the queue")
}

fn bringing(contribution: &str) -> Joining {
    Joining { contribution: Some(contribution.to_owned()), ..Joining::default() }
}

async fn join(house: &TestHouse, fan: UserId, schedule: ScheduleId) -> Place {
    waiting_room::join(house, fan, schedule, Joining::default()).await.expect("joins")
}

/// Returns what is published now about the lottery of a schedule.
async fn published(house: &TestHouse, schedule: ScheduleId) -> LotteryView {
    waiting_room::lottery(house, schedule).await.expect("looks")
}

#[tokio::test]
async fn the_lottery_is_drawn_from_a_closed_list_and_anyone_can_verify_it() {
    let (house, schedule, fans) = before_the_opening(2, 12).await;
    assert_eq!(published(&house, schedule).await.commitment, None, "the lobby has not opened");
    sweeper::sweep(&house).await.expect("sweeps");
    let before = published(&house, schedule).await;
    let commitment = before.commitment.expect("the commitment is shown at once");
    assert_eq!((before.closed, before.result), (None, None), "the secret is kept");
    let kept = house.read(move |read, _| Ok(read.lottery(schedule)?)).await.expect("reads");
    assert_eq!((kept.secret, kept.seal.is_some()), (None, true), "the secret is not in the database");

    let mut left = TokenId(0);
    for (number, &fan) in fans[..10].iter().enumerate() {
        let joined =
            waiting_room::join(&house, fan, schedule, bringing(&format!("from {number}"))).await.expect("joins");
        assert_eq!((joined.token.number, joined.ahead), (None, None));
        assert_eq!(joined.draws_at, Some(START.plus_seconds(LOBBY_CLOSES as i64)));
        assert_eq!(join(&house, fan, schedule).await.token, joined.token, "joining again returns the same place");
        left = if number == 3 { joined.token.id } else { left };
    }
    waiting_room::leave(&house, fans[3], schedule).await.expect("leaves");
    // A restart changes nothing; everybody counts as just heard from then.
    house.wait(LOBBY_CLOSES - 1);
    let house = house.reopened();
    let next = sweeper::sweep(&house).await.expect("sweeps");
    assert_eq!(next, Some(START.plus_seconds(LOBBY_CLOSES as i64)));
    assert_eq!(published(&house, schedule).await.closed, None);
    house.wait(1);
    sweeper::sweep(&house).await.expect("sweeps");

    // The list is closed and its hash is published, but nobody knows the order yet.
    let closing = published(&house, schedule).await;
    let closed = closing.closed.expect("the list is closed");
    assert_eq!((closed.delay.output.as_deref(), closing.result), (None, None));
    assert_eq!(closed.withdrawn, [left]);
    assert_eq!(look(&house, fans[0], schedule).await.draws_at, None);
    let late = join(&house, fans[10], schedule).await;
    assert_eq!((late.token.number, late.token.status), (Some(10), TokenStatus::Wait), "later ones queue behind");
    waiting_room::leave(&house, fans[5], schedule).await.expect("leaves, but stays in the list");
    house.assert_sound().await;
    // The delay is not over at a restart: it begins again.
    let house = house.reopened();
    waiting_room::run_delays(&house, &()).await.expect("draws");
    house.assert_sound().await;

    let drawn = published(&house, schedule).await;
    let draw = drawn.result.expect("it is drawn");
    assert_eq!(lottery::commitment(&draw.secret), commitment, "the secret is the one that was promised");
    assert_eq!(draw.entrants.len(), 9);
    assert!(draw.entrants.iter().any(|(_, text)| text == "from 4"), "what a fan brought is in it");
    let list = LobbyList { entrants: draw.entrants.clone(), withdrawn: vec![left] };
    assert_eq!(
        lottery::list_hash(&Promised { schedule, commitment, round: None }, &list),
        closed.list_hash,
        "the list is the one that was closed"
    );
    let delay = drawn.closed.expect("is published").delay;
    assert_eq!((&delay.start, delay.steps), (&closed.delay.start, closed.delay.steps));
    assert_eq!(delay.start, lottery::delay_start(delay.steps, std::slice::from_ref(&closed.list_hash)));
    let output = delay.output.expect("is computed");
    assert!(delay::verify(&delay.start, delay.steps, &output));
    let mixed_in = MixedIn { list: &closed.list_hash, output: &output, signature: None };
    assert_eq!(lottery::seed(&draw.secret, mixed_in), draw.seed);
    let mut line: Vec<(Option<i64>, TokenId)> = vec![];
    for &fan in fans[..10].iter().filter(|fan| **fan != fans[3]) {
        let token = house.read(move |read, _| Ok(read.latest_token(fan, schedule)?)).await.expect("reads");
        line.extend(token.map(|token| (token.number, token.id)));
    }
    line.sort();
    assert_eq!(
        line.iter().map(|(_, token)| *token).collect::<Vec<_>>(),
        draw.order,
        "the queue has the order of the lottery"
    );
    assert_eq!(line.iter().map(|(number, _)| *number).collect::<Vec<_>>(), (1..=9).map(Some).collect::<Vec<_>>());

    // Nobody is called before the sale opens.
    let opens = START.plus_seconds(OPENS as i64);
    assert_eq!(sweeper::sweep(&house).await.expect("sweeps"), Some(opens));
    house.wait(OPENS - LOBBY_CLOSES);
    let next = sweeper::sweep(&house).await.expect("sweeps");
    assert_eq!(next, Some(house.clock().now().plus_seconds(120)), "two are called");
    house.assert_sound().await;
}

#[tokio::test]
async fn a_first_request_after_the_lobby_has_to_close_closes_it_before_it_joins() {
    let (house, schedule, fans) = before_the_opening(1, 3).await;
    join(&house, fans[0], schedule).await;
    join(&house, fans[1], schedule).await;
    house.wait(OPENS - 1);
    look(&house, fans[0], schedule).await;
    look(&house, fans[1], schedule).await;
    house.wait(1);
    let late = join(&house, fans[2], schedule).await;
    assert_eq!((late.token.number, late.token.status), (Some(3), TokenStatus::Wait), "nobody swept");
    assert_eq!(look(&house, fans[0], schedule).await.token.number, None, "nobody is called before the delay is over");
    waiting_room::run_delays(&house, &()).await.expect("draws");
    let late = look(&house, fans[2], schedule).await;
    assert_eq!((late.token.number, late.ahead), (Some(3), Some(1)), "one is called, and nobody was overtaken");
    house.assert_sound().await;
}

#[tokio::test]
async fn lobbies_that_close_at_the_same_time_share_one_delay() {
    let (house, first, fans) = before_the_opening(1, 2).await;
    let opens = START.plus_seconds(OPENS as i64);
    let window = Window::new(opens, opens.plus_seconds(3600));
    let (second, _) = house.schedule_in(20, window).await;
    let (empty, _) = house.schedule_in(20, window).await;
    sweeper::sweep(&house).await.expect("the lobbies open");
    join(&house, fans[0], first).await;
    join(&house, fans[1], second).await;
    house.wait(LOBBY_CLOSES);
    // Only one of the schedules is asked for.
    join(&house, fans[1], first).await;
    let closed = [published(&house, first).await.closed, published(&house, second).await.closed];
    let [Some(first_list), Some(second_list)] = closed else { panic!("both are closed: {closed:?}") };
    assert_eq!(first_list.lists, [first_list.list_hash.clone(), second_list.list_hash.clone()]);
    assert_eq!((&first_list.lists, &first_list.delay), (&second_list.lists, &second_list.delay));
    assert_eq!(first_list.delay.start, lottery::delay_start(first_list.delay.steps, &first_list.lists));
    waiting_room::run_delays(&house, &()).await.expect("draws");
    for schedule in [first, second] {
        assert_eq!(published(&house, schedule).await.result.expect("is drawn").order.len(), 1);
    }
    house.wait(OPENS - LOBBY_CLOSES);
    sweeper::sweep(&house).await.expect("sweeps");
    assert_eq!(published(&house, empty).await.closed, None, "nobody was in it");
    assert_eq!(join(&house, fans[0], empty).await.token.status, TokenStatus::Active);
    house.assert_sound().await;
}

/// The nodes of the beacon, which answer with this signature.
struct Nodes(Option<&'static str>);

impl BeaconSource for Nodes {
    async fn signature(&self, _: Round) -> Option<String> {
        self.0.map(str::to_owned)
    }
}

/// Runs the lottery of a lobby that closes seven seconds before [`ROUND`] is published, with a venue that asks these nodes.
/// Returns what is published, and the receipt of the fan in the lobby. The list is closed `late` seconds late.
async fn drawn_with_beacon(nodes: Nodes, late: u64) -> (LotteryView, String) {
    let house = TestHouse::open(Settings { has_beacon: true, ..Settings::default() });
    let opens = ROUND.published_at().plus_seconds(DRAW_SECONDS - 7);
    // The round was published before the time at which tests usually begin.
    let before = START.millis_from(opens.plus_seconds(-(OPENS as i64)));
    house.clock().set_back(Duration::from_millis(before));
    let (schedule, _) = house.schedule_in(20, Window::new(opens, opens.plus_seconds(3600))).await;
    sweeper::sweep(&house).await.expect("the lobby opens");
    let promised = published(&house, schedule).await.beacon.expect("is promised when the lobby opens");
    assert_eq!((promised.round, promised.signature), (ROUND, None));
    let fan = house.fan("fan").await;
    let token = join(&house, fan, schedule).await.token.id;
    house.wait(LOBBY_CLOSES + late);
    sweeper::sweep(&house).await.expect("the list is closed");
    house.wait(10);
    waiting_room::run_delays(&house, &nodes).await.expect("draws");
    house.assert_sound().await;
    let receipt = waiting_room::receipt(&house, schedule, token).await.expect("reads").expect("was in the lobby");
    (published(&house, schedule).await, receipt)
}

#[tokio::test]
async fn a_round_of_the_beacon_that_was_promised_is_mixed_in_once_it_is_published() {
    let (view, receipt) = drawn_with_beacon(Nodes(Some(SIGNATURE)), 0).await;
    assert_eq!(view.beacon.expect("was promised").signature.as_deref(), Some(SIGNATURE));
    let (closed, result) = (view.closed.expect("is closed"), view.result.expect("is drawn"));
    let list = LobbyList { entrants: result.entrants.clone(), withdrawn: vec![] };
    let promised =
        Promised { schedule: view.schedule.id, commitment: lottery::commitment(&result.secret), round: Some(ROUND) };
    assert_eq!(lottery::list_hash(&promised, &list), closed.list_hash, "the list names the round");
    let output = closed.delay.output.expect("is computed");
    let mixed_in = MixedIn { list: &closed.list_hash, output: &output, signature: Some(SIGNATURE) };
    assert_eq!(lottery::seed(&result.secret, mixed_in), result.seed);
    assert!(receipt.contains(&format!("\nbeacon {} {}\n", crate::domain::beacon::CHAIN, ROUND.0)), "{receipt}");
}

#[tokio::test]
async fn a_round_that_cannot_be_had_in_time_or_could_be_known_before_is_left_out() {
    let forged = "a713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b";
    for (nodes, late, why) in [
        (Nodes(None), 0, "no node answers"),
        (Nodes(Some(forged)), 0, "the signature is not genuine"),
        (Nodes(Some(SIGNATURE)), 7, "the round was published before the list was closed"),
    ] {
        let (view, _) = drawn_with_beacon(nodes, late).await;
        assert_eq!(view.beacon.map(|beacon| (beacon.round, beacon.signature)), Some((ROUND, None)), "{why}");
        let (closed, result) = (view.closed.expect("is closed"), view.result.expect("is drawn"));
        let output = closed.delay.output.expect("is computed");
        let mixed_in = MixedIn { list: &closed.list_hash, output: &output, signature: None };
        assert_eq!(lottery::seed(&result.secret, mixed_in), result.seed, "{why}");
    }
}

#[tokio::test]
async fn a_receipt_proves_who_entered_the_lobby() {
    let (house, schedule, fans) = before_the_opening(1, 2).await;
    sweeper::sweep(&house).await.expect("the lobby opens");
    let place = waiting_room::join(&house, fans[0], schedule, bringing("seven 행운")).await.expect("joins");
    let receipt = async || waiting_room::receipt(&house, schedule, place.token.id).await.expect("reads");
    let told = receipt().await.expect("was in the lobby");
    let (signed, rest) = told.split_once("key ").expect("a key");
    let entry = Entry { token: place.token.id, entered_at: START, contribution: "seven 행운".into() };
    assert_eq!(signed, lottery::receipt(schedule, &entry, None));
    let (key, signature) = rest.trim_end().split_once("\nsignature ").expect("a signature");
    assert_eq!(published(&house, schedule).await.receipt_key.as_deref(), Some(key));
    let bytes = |digits: &str| from_hex(digits).expect("hexadecimal digits");
    let key = VerifyingKey::from_bytes(&bytes(key).try_into().expect("32 bytes")).expect("a key");
    let signature = Signature::from_slice(&bytes(signature)).expect("a signature");
    assert!(key.verify_strict(signed.as_bytes(), &signature).is_ok());
    assert!(key.verify_strict(signed.replace("seven", "eight").as_bytes(), &signature).is_err());

    house.wait(OPENS);
    waiting_room::leave(&house, fans[0], schedule).await.expect("leaves");
    waiting_room::run_delays(&house, &()).await.expect("draws");
    assert_eq!(receipt().await, Some(told), "it can be read again");
    let late = join(&house, fans[1], schedule).await;
    assert_eq!(waiting_room::receipt(&house, schedule, late.token.id).await.expect("reads"), None);
}

#[tokio::test]
async fn a_large_queue_is_numbered_passed_over_and_ended_in_steps() {
    const FANS: usize = 12_000;
    const STEPS: usize = 3;
    let (house, schedule, _) = before_the_opening(2, 0).await;
    sweeper::sweep(&house).await.expect("the lobby opens");
    for hundred in 0..FANS / 100 {
        let lobby = house.write(move |write, context| {
            for number in 100 * hundred..100 * (hundred + 1) {
                let fan = write.insert_user("Fan", &format!("{number}@example.org"), Role::Fan, "none", START)?;
                let closes = START.plus_seconds(LOBBY_CLOSES as i64);
                write.insert_lobby_token(fan, schedule, (&format!("from {number}"), None), closes, context.now)?;
            }
            Ok(())
        });
        lobby.await.expect("join the lobby");
    }
    house.wait(OPENS);
    let late = house.fan("late").await;
    let late = join(&house, late, schedule).await;
    assert_eq!((late.token.number, late.token.status), (Some(FANS as i64 + 1), TokenStatus::Wait));
    let counts = async |house: &TestHouse| {
        let known = house.read(move |read, _| Ok(read.schedule(schedule)?)).await.expect("reads").expect("is there");
        (known.unnumbered as usize, known.active, known.passed_over, known.waiting)
    };
    let waiting = FANS as u32 + 1;
    assert_eq!(counts(&house).await, (FANS, 0, 0, waiting), "nobody has a number before the order is decided");
    waiting_room::run_delays(&house, &()).await.expect("draws");
    assert_eq!(counts(&house).await, (FANS - 5_000, 0, 0, waiting), "nobody is called before all are numbered");
    assert_eq!(waiting_room::lottery(&house, schedule).await.expect("looks").result, None, "nor is the secret told");
    house.assert_sound().await;

    // The numbers that are left are given out after a restart, in the order that was decided before it.
    let house = house.reopened();
    sweeper::sweep(&house).await.expect("sweeps");
    assert_eq!(counts(&house).await, (FANS - 10_000, 0, 0, waiting));
    house.assert_sound().await;
    sweeper::sweep(&house).await.expect("sweeps");
    assert_eq!(counts(&house).await, (0, 2, 0, waiting - 2));
    let result = waiting_room::lottery(&house, schedule).await.expect("looks").result.expect("is told");
    assert_eq!(result.entrants.len(), FANS);
    assert_eq!(result.order, lottery::order(&result.seed, result.entrants.iter().map(|(token, _)| *token)));
    let mut numbers: Vec<_> =
        house.queues().everybody(schedule).into_iter().map(|token| (token.number, token.id)).collect();
    numbers.sort_unstable();
    let order = result.order.iter().copied().chain([late.token.id]);
    assert_eq!(numbers, (1..).map(Some).zip(order).collect::<Vec<_>>());
    house.assert_sound().await;

    // Nobody is there when two places are free again.
    house.wait(queue::ABSENCE_SECONDS as u64);
    for step in 1..=STEPS {
        sweeper::sweep(&house).await.expect("sweeps");
        let (.., passed_over, waiting) = counts(&house).await;
        assert_eq!((waiting, passed_over < waiting), (FANS as u32 + 1, step < STEPS), "{step}: {passed_over}");
    }
    house.assert_sound().await;

    house.wait(3600);
    for step in 1..=STEPS {
        sweeper::sweep(&house).await.expect("sweeps");
        assert_eq!(counts(&house).await.3, (FANS as u32 + 1).saturating_sub(5_000 * step as u32));
    }
    house.assert_sound().await;
}

#[tokio::test]
async fn a_called_fan_who_holds_a_seat_has_come() {
    let (house, schedule, fans) = second_is_called(3).await;
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    box_office::hold(&house, fans[1], schedule, vec![map.plan.seats()[0].id]).await.expect("holds");
    assert!(house.queues().token(schedule, fans[1]).expect("is in the queue").has_come);
    // A restart gives called fans their time again, and must not shorten the time of this one.
    waiting_room::restart_calls(&house).await.expect("restarts");
    house.assert_sound().await;
}

#[tokio::test]
async fn nobody_is_passed_over_for_a_time_in_which_the_program_did_not_run() {
    let (house, schedule, fans) = second_is_called(4).await;
    heartbeat::beat(&house).await;
    house.wait(1);
    heartbeat::beat(&house).await;
    // The process is stopped for longer than a fan may be silent. The call of the second fan expires meanwhile, and the
    // sweeper is the first to run again.
    house.wait(queue::ABSENCE_SECONDS as u64 + 10);
    sweeper::sweep(&house).await.expect("sweeps");
    let called = house.queues().token(schedule, fans[1]).expect("is in the queue");
    let full = house.clock().now().plus_seconds(queue::CALL_SECONDS);
    assert_eq!((called.status, called.expire_at), (TokenStatus::Active, Some(full)), "the time to come begins again");
    heartbeat::beat(&house).await;
    waiting_room::leave(&house, fans[1], schedule).await.expect("leaves");
    let next = house.queues().token(schedule, fans[2]).expect("is in the queue");
    assert_eq!(next.status, TokenStatus::Active, "who was not heard from during the gap is there");
    house.assert_sound().await;
}

#[tokio::test]
async fn a_malformed_contribution_is_refused() {
    let (house, schedule, fans) = before_the_opening(1, 1).await;
    let joined = waiting_room::join(&house, fans[0], schedule, bringing("a\nb")).await;
    assert!(matches!(refusal(joined), Refusal::Invalid { .. }));
}

#[tokio::test]
async fn a_missed_call_goes_to_the_next_fan_and_an_answered_call_gives_the_full_time() {
    let (house, schedule, fans) = second_is_called(3).await;
    let [_, second, third] = fans[..] else { panic!("three fans") };
    assert_eq!(sweeper::sweep(&house).await.expect("sweeps"), Some(START.plus_seconds(120)));
    house.wait(119);
    look(&house, third, schedule).await;
    house.wait(1);
    sweeper::sweep(&house).await.expect("sweeps");
    let missed = house.queues().token(schedule, second).expect("is in the queue");
    assert_eq!((missed.status, missed.number, missed.is_passed_over), (TokenStatus::Wait, Some(2), true));
    house.wait(100);
    let place = look(&house, third, schedule).await;
    assert_eq!(place.token.status, TokenStatus::Active);
    assert_eq!(place.token.expire_at, Some(START.plus_seconds(220 + 600)));
    house.assert_sound().await;
}

#[tokio::test]
async fn a_fan_who_missed_a_call_is_next_once_back_and_loses_the_place_after_the_second() {
    let (house, schedule, fans) = second_is_called(3).await;
    let [_, second, third] = fans[..] else { panic!("three fans") };
    house.wait(120);
    sweeper::sweep(&house).await.expect("sweeps");
    assert_eq!(look(&house, third, schedule).await.token.status, TokenStatus::Active);
    let late = house.fan("late").await;
    join(&house, late, schedule).await;
    let back = look(&house, second, schedule).await;
    assert_eq!((back.token.status, back.token.number, back.ahead), (TokenStatus::Wait, Some(2), Some(0)));
    house.assert_sound().await;

    waiting_room::leave(&house, third, schedule).await.expect("leaves");
    house.assert_sound().await;
    let status = |fan| house.queues().token(schedule, fan).map(|token| token.status);
    assert_eq!((status(second), status(late)), (Some(TokenStatus::Active), Some(TokenStatus::Wait)));
    house.wait(120);
    sweeper::sweep(&house).await.expect("sweeps");
    assert_eq!(look(&house, second, schedule).await.token.ended, Some(EndReason::Missed));
    assert_eq!(look(&house, late, schedule).await.token.status, TokenStatus::Active);
    let again = join(&house, second, schedule).await;
    assert_eq!((again.token.number, again.ahead), (Some(5), Some(0)), "one click joins again, at the end");
    house.assert_sound().await;
}

#[tokio::test]
async fn a_hidden_page_neither_answers_a_call_nor_uses_up_the_second() {
    let (house, schedule, fans) = second_is_called(3).await;
    let hidden = async || {
        let place = waiting_room::status(&house, fans[1], schedule, AskedBy::HiddenPage).await.expect("looks");
        place.expect("is in the queue").token
    };
    let called = hidden().await;
    assert_eq!((called.status, called.has_come), (TokenStatus::Active, false));
    house.wait(120);
    sweeper::sweep(&house).await.expect("sweeps");
    assert!(hidden().await.is_passed_over);
    // The third fan missed the call too, so there is room, but the hidden page does not take it.
    house.wait(120);
    sweeper::sweep(&house).await.expect("sweeps");
    assert!(hidden().await.is_passed_over);
    let back = look(&house, fans[1], schedule).await.token;
    assert_eq!((back.status, back.has_come), (TokenStatus::Active, true));
    house.assert_sound().await;
}

#[tokio::test]
async fn the_sweeper_calls_a_fan_who_came_back_as_soon_as_the_pace_allows() {
    let settings = Settings { active_fans: 100, admissions_a_minute: Some(2), ..Settings::default() };
    let house = Arc::new(TestHouse::open(settings));
    let (schedule, _) = house.schedule(100).await;
    let fans = new_fans(&house, 3).await;
    let [first, away, last] = fans[..] else { panic!("three fans") };
    let sweeping = tokio::spawn({
        let house = house.clone();
        async move { sweeper::run(&house).await }
    });
    let until = async |wanted: fn(&QueueToken) -> bool| {
        while !house.queues().token(schedule, away).is_some_and(|token| wanted(&token)) {
            tokio::task::yield_now().await;
        }
    };
    join(&house, first, schedule).await;
    join(&house, away, schedule).await;
    house.wait(61);
    until(|token| token.status == TokenStatus::Active).await;
    house.wait(120);
    until(|token| token.is_passed_over).await;
    assert_eq!(join(&house, last, schedule).await.token.status, TokenStatus::Active);
    // The sweeper now sleeps until an admission ends. The pace allows nobody yet.
    house.wait(1);
    assert_eq!(look(&house, away, schedule).await.token.status, TokenStatus::Wait);
    house.wait(61);
    until(|token| token.status == TokenStatus::Active).await;
    sweeping.abort();
}

#[tokio::test]
async fn an_absent_fan_keeps_the_number_and_is_called_at_once_when_back_if_there_is_room() {
    let house = TestHouse::open(Settings { active_fans: 2, ..Settings::default() });
    let (schedule, _) = house.schedule(9).await;
    let fans = line_up(&house, schedule, 5).await;
    let [first, second, locked, there, last] = fans[..] else { panic!("five fans") };
    house.wait(300);
    for fan in [there, last] {
        look(&house, fan, schedule).await;
    }
    let locked_token = || house.queues().token(schedule, locked).expect("is in the queue");
    sweeper::sweep(&house).await.expect("sweeps");
    assert!(!locked_token().is_passed_over, "nobody is passed over before their turn");

    waiting_room::leave(&house, first, schedule).await.expect("leaves");
    assert!(locked_token().is_passed_over);
    let status = |fan| house.queues().token(schedule, fan).map(|token| token.status);
    assert_eq!((status(there), status(last)), (Some(TokenStatus::Active), Some(TokenStatus::Wait)));
    house.assert_sound().await;

    // The number is kept until the sale ends, through a restart too.
    house.wait(2_000);
    let house = house.reopened();
    sweeper::sweep(&house).await.expect("sweeps");
    waiting_room::leave(&house, last, schedule).await.expect("leaves");
    waiting_room::leave(&house, second, schedule).await.expect("leaves");
    let back = look(&house, locked, schedule).await.token;
    assert_eq!((back.status, back.number, back.has_come), (TokenStatus::Active, Some(3), true));
    house.assert_sound().await;
}

#[tokio::test]
async fn nothing_is_due_while_everybody_who_waits_has_been_passed_over_and_a_new_fan_is_admitted() {
    let (house, schedule, fans) = second_is_called(2).await;
    house.wait(120);
    // Nobody else waits, so the sweeper has nothing to do until the sale ends.
    assert_eq!(sweeper::sweep(&house).await.expect("sweeps"), Some(START.plus_seconds(3_600)));
    let new = house.fan("new").await;
    assert_eq!(join(&house, new, schedule).await.token.status, TokenStatus::Active);
    assert_eq!(look(&house, fans[1], schedule).await.token.status, TokenStatus::Wait, "there is no room");
    house.assert_sound().await;
}

#[tokio::test]
async fn the_estimate_counts_only_fans_who_are_there() {
    let house = TestHouse::open(Settings { active_fans: 1, ..Settings::default() });
    let (schedule, _) = house.schedule(99).await;
    let fans = line_up(&house, schedule, 60).await;
    // One fan is called every ten seconds.
    let mut estimates = vec![];
    for turn in 0..40 {
        waiting_room::leave(&house, fans[turn], schedule).await.expect("leaves");
        house.wait(10);
        // The fans from 45 to 58 are absent from the 300th second.
        for fan in &fans[turn + 1..45] {
            look(&house, *fan, schedule).await;
        }
        estimates.push(look(&house, fans[59], schedule).await.estimate.map(|range| range.from_seconds));
    }
    assert_eq!(estimates[9], Some(510), "49 fans are in front");
    assert_eq!(estimates[39], Some(60), "4 fans are in front, and 14 more who are absent");
}

#[tokio::test]
async fn the_time_of_a_call_starts_again_after_a_restart() {
    let (house, schedule, fans) = second_is_called(2).await;
    house.wait(110);
    let house = house.reopened();
    waiting_room::restart_calls(&house).await.expect("calls");
    house.wait(110);
    sweeper::sweep(&house).await.expect("sweeps");
    assert_eq!(look(&house, fans[1], schedule).await.token.status, TokenStatus::Active);
}

#[tokio::test]
async fn when_the_last_seat_is_sold_the_queue_ends_for_everyone() {
    let house = TestHouse::open(Settings { active_fans: 1, ..Settings::default() });
    let (schedule, seats) = house.schedule(2).await;
    let fans = line_up(&house, schedule, 5).await;
    house.charge(fans[0], 200).await;
    assert!(!look(&house, fans[2], schedule).await.is_unlikely_to_get_seat);
    assert!(look(&house, fans[3], schedule).await.is_unlikely_to_get_seat, "two fans are ahead and two seats are left");
    box_office::hold(&house, fans[0], schedule, seats).await.expect("holds");
    assert_eq!(look(&house, fans[1], schedule).await.left, 0);
    box_office::purchase(&house, fans[0], schedule, None, "key".into()).await.expect("pays");
    for &fan in &fans[1..] {
        let place = look(&house, fan, schedule).await;
        assert_eq!((place.token.status, place.token.ended), (TokenStatus::Delete, Some(EndReason::SoldOut)));
    }
    house.assert_sound().await;
}

#[tokio::test]
async fn the_number_ahead_never_rises_when_fans_leave_or_the_server_restarts() {
    let mut house = TestHouse::open(Settings { active_fans: 2, ..Settings::default() });
    let (schedule, _) = house.schedule(100).await;
    let fans = line_up(&house, schedule, 12).await;
    let mut last = look(&house, fans[11], schedule).await.ahead;
    assert_eq!(last, Some(9));
    for leaves in [5, 0, 2, 7, 1, 3, 4, 6, 8, 9] {
        waiting_room::leave(&house, fans[leaves], schedule).await.expect("leaves");
        house = house.reopened();
        let ahead = look(&house, fans[11], schedule).await.ahead;
        assert!(ahead <= last, "{ahead:?} after {last:?}");
        last = ahead;
    }
    assert_eq!(last, Some(0));
}

#[tokio::test]
async fn admissions_keep_the_pace_and_the_sweeper_knows_when_the_next_is_due() {
    let settings = Settings { active_fans: 100, admissions_a_minute: Some(2), ..Settings::default() };
    let house = TestHouse::open(settings);
    let (schedule, _) = house.schedule(100).await;
    let fans = line_up(&house, schedule, 3).await;
    let status = |fan: UserId| house.queues().token(schedule, fan).map(|token| token.status);
    assert_eq!(status(fans[0]), Some(TokenStatus::Active));
    assert_eq!(status(fans[1]), Some(TokenStatus::Wait));
    let next = sweeper::sweep(&house).await.expect("sweeps").expect("somebody waits");
    assert_eq!(next, START.plus_seconds(60));
    house.wait(60);
    sweeper::sweep(&house).await.expect("sweeps");
    assert_eq!((status(fans[1]), status(fans[2])), (Some(TokenStatus::Active), Some(TokenStatus::Wait)));
    house.assert_sound().await;
}

#[tokio::test]
async fn a_fan_who_is_too_late_is_offered_the_nearest_free_seats() {
    let house = TestHouse::open(Settings::default());
    let (schedule, seats) = house.schedule(7).await;
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    join(&house, mina, schedule).await;
    join(&house, joon, schedule).await;
    box_office::hold(&house, mina, schedule, vec![seats[2], seats[3]]).await.expect("holds");
    let late = box_office::hold(&house, joon, schedule, vec![seats[3], seats[6]]).await;
    let nearest = [4, 1, 5, 0].map(|index: usize| seats[index]).to_vec();
    assert_eq!(refusal(late), Refusal::SeatTaken { seat_ids: vec![seats[3]], nearest });
}

#[tokio::test]
async fn the_sweeper_calls_a_fan_as_soon_as_the_pace_allows() {
    let settings = Settings { active_fans: 100, admissions_a_minute: Some(2), ..Settings::default() };
    let house = Arc::new(TestHouse::open(settings));
    let (schedule, seats) = house.schedule(100).await;
    let (first, second) = (house.fan("first").await, house.fan("second").await);
    let sweeping = tokio::spawn({
        let house = house.clone();
        async move { sweeper::run(&house).await }
    });
    join(&house, first, schedule).await;
    box_office::hold(&house, first, schedule, seats[..1].to_vec()).await.expect("holds");
    // The sweeper now sleeps until that hold expires, at 300 seconds. Only the pace wakes it earlier.
    house.wait(1);
    assert_eq!(join(&house, second, schedule).await.token.status, TokenStatus::Wait);
    house.wait(59);
    while house.queues().token(schedule, second).is_none_or(|token| token.status == TokenStatus::Wait) {
        tokio::task::yield_now().await;
    }
    sweeping.abort();
}

#[tokio::test]
async fn a_fan_who_left_is_not_admitted_by_a_status_request_that_began_before() {
    let (house, schedule, fans) = second_is_called(2).await;
    let called = house.queues().look(schedule, fans[1], None, house.clock().now()).expect("is called");
    assert_eq!((called.token.status, called.token.has_come), (TokenStatus::Active, false));
    waiting_room::leave(&house, fans[1], schedule).await.expect("leaves");
    let late = waiting_room::answered(&house, called, AskedBy::Fan).await.expect("is answered");
    assert_eq!((late.token.status, late.token.ended), (TokenStatus::Delete, Some(EndReason::Left)));
    house.assert_sound().await;
}

#[tokio::test]
async fn a_hall_that_is_loaded_while_seats_are_sold_misses_no_change() {
    let house = Arc::new(TestHouse::open(Settings { active_fans: 20, ..Settings::default() }));
    let (schedule, seats) = house.schedule(20).await;
    let fans = line_up(&house, schedule, 20).await;
    assert!(house.hall(ScheduleId(99)).await.is_err(), "an unknown hall is none");
    let mut all = tokio::task::JoinSet::new();
    for (fan, seat) in fans.into_iter().zip(seats) {
        let (holding, looking) = (house.clone(), house.clone());
        all.spawn(async move { box_office::hold(&holding, fan, schedule, vec![seat]).await.map(drop).expect("holds") });
        all.spawn(async move { looking.hall(schedule).await.map(drop).expect("looks") });
    }
    while let Some(done) = all.join_next().await {
        done.expect("runs");
    }
    let map = box_office::seat_map(&house, schedule).await.expect("the map");
    assert!(map.states.iter().all(|state| *state == SeatStatus::Occupied), "{:?}", map.states);
    assert_eq!((map.schedule.left_ticket, map.schedule.held_ticket), (0, 20));
}
