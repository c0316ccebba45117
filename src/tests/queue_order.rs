//! A property test of the order of the queue: fans join, look, leave and are absent at random. After each command, who
//! was called and who was passed over is compared with when the fans were last heard from.

use super::{START, TestHouse};
use crate::domain::queue::{QueueToken, TokenStatus, is_absent};
use crate::domain::schedule::Window;
use crate::domain::{ScheduleId, Timestamp, UserId};
use crate::waiting_room::AskedBy;
use crate::{Settings, sweeper, waiting_room};
use proptest::prelude::*;
use std::collections::BTreeMap;

const FANS: usize = 7;
const SETTINGS: Settings =
    Settings { hold_seconds: 30, seats_per_fan: 3, active_fans: 2, admission_seconds: 150, ..Settings::DEFAULT };
/// When the sale opens and when it ends, in seconds after [`START`].
const SALE: [i64; 2] = [200, 3_000];

#[derive(Debug, Clone)]
enum Command {
    Join(usize),
    Look(usize),
    Leave(usize),
    Wait(u64),
    /// The delay of the lottery is over.
    Draw,
}

fn command() -> impl Strategy<Value = Command> {
    let fan = 0..FANS;
    prop_oneof![
        4 => fan.clone().prop_map(Command::Join),
        4 => fan.clone().prop_map(Command::Look),
        1 => fan.prop_map(Command::Leave),
        4 => (1..200u64).prop_map(Command::Wait),
        2 => Just(Command::Draw),
    ]
}

struct Run {
    house: TestHouse,
    schedule: ScheduleId,
    fans: Vec<UserId>,
    /// When each fan last asked for their place.
    heard: BTreeMap<UserId, Timestamp>,
    /// The tokens of the queue after the last command.
    tokens: BTreeMap<UserId, QueueToken>,
}

impl Run {
    async fn start() -> Self {
        let house = TestHouse::open(SETTINGS);
        let [opens, ends] = SALE.map(|at| START.plus_seconds(at));
        let (schedule, _) = house.schedule_in(40, Window::new(opens, ends)).await;
        let mut fans = vec![];
        for number in 0..FANS {
            fans.push(house.fan(&format!("fan{number}")).await);
        }
        Self { house, schedule, fans, heard: BTreeMap::new(), tokens: BTreeMap::new() }
    }

    async fn apply(&mut self, command: &Command) {
        let (house, schedule, now) = (&self.house, self.schedule, self.house.clock().now());
        match *command {
            Command::Join(fan) => {
                let joined =
                    waiting_room::join(house, self.fans[fan], schedule, waiting_room::Joining::default()).await;
                assert!(joined.is_ok() || now >= START.plus_seconds(SALE[1]), "{joined:?}");
                self.heard.insert(self.fans[fan], now);
            }
            Command::Look(fan) => {
                waiting_room::status(house, self.fans[fan], schedule, AskedBy::Fan).await.expect("looks");
                self.heard.insert(self.fans[fan], now);
            }
            Command::Leave(fan) => {
                waiting_room::leave(house, self.fans[fan], schedule).await.expect("leaves");
            }
            Command::Wait(seconds) => {
                house.wait(seconds);
                sweeper::sweep(house).await.expect("sweeps");
            }
            Command::Draw => waiting_room::run_delays(house, &()).await.expect("draws"),
        }
    }

    /// Compares the queue with what it was before the command.
    async fn compare(&mut self, command: &Command) {
        let now = self.house.clock().now();
        let tokens: BTreeMap<_, _> =
            self.house.queues().everybody(self.schedule).into_iter().map(|token| (token.user_id, token)).collect();
        let before = std::mem::take(&mut self.tokens);
        let same_before =
            |token: &QueueToken| before.get(&token.user_id).filter(|before| before.id == token.id).copied();
        let is_absent = |token: &QueueToken| is_absent(self.heard[&token.user_id], now);

        let waiting = || tokens.values().filter(|token| token.status == TokenStatus::Wait && token.number.is_some());
        for called in tokens.values().filter(|token| token.status == TokenStatus::Active) {
            if same_before(called).is_some_and(|before| before.status == TokenStatus::Active) {
                continue;
            }
            for token in waiting().filter(|token| token.number < called.number) {
                assert!(token.is_passed_over, "{called:?} was called before {token:?}");
            }
        }
        for passed in waiting().filter(|token| token.is_passed_over) {
            let missed_call = same_before(passed).is_some_and(|before| before.status == TokenStatus::Active);
            let was_passed = same_before(passed).is_some_and(|before| before.is_passed_over);
            assert!(was_passed || missed_call || is_absent(passed), "{passed:?} was there");
        }
        for (fan, token) in before.iter().filter(|(_, token)| token.status == TokenStatus::Wait) {
            let is_over = now >= START.plus_seconds(SALE[1]);
            let left = matches!(command, Command::Leave(left) if self.fans[*left] == *fan);
            let same = tokens.get(fan).is_some_and(|after| after.id == token.id);
            assert!(same || is_over || left, "{token:?} lost the place");
            let number = tokens.get(fan).and_then(|after| after.number);
            assert!(token.number.is_none() || !same || number == token.number, "{token:?} lost the number");
        }
        let schedule = self.schedule;
        let known = self.house.read(move |read, _| Ok(read.schedule(schedule)?)).await.expect("reads");
        let is_drawn = known.is_some_and(|known| known.unnumbered == 0);
        if matches!(command, Command::Wait(_)) && is_drawn && now >= START.plus_seconds(SALE[0]) {
            let active = tokens.values().filter(|token| token.status == TokenStatus::Active).count();
            let callable = waiting().filter(|token| !token.is_passed_over).count();
            assert!(callable == 0 || active == 2, "{callable} wait for {active} active fans");
        }
        self.tokens = tokens;
        self.house.assert_sound().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_called_before_a_fan_who_is_there_and_has_a_lower_number(
        commands in prop::collection::vec(command(), 1..60)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut run = Run::start().await;
            for command in &commands {
                run.apply(command).await;
                run.compare(command).await;
            }
        });
    }
}
