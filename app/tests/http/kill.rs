//! The server is killed under load, again and again. What its clients know of the sale afterwards is judged by
//! [`History::faults`], which knows nothing of the program.

use crate::history::{Entry, History, Outcome, Request, Seen};
use crate::running::{Fan, Running, from_environment, new_fan, program, run};
use app::server::session;
use encore::box_office::{self, PaymentProvider};
use encore::domain::{ScheduleId, UserId};
use encore::waiting_room::{self, Joining};
use encore::{Clock, House, Settings, demo};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How often the server is killed, unless the environment variable `ENCORE_KILLS` says another number.
const KILLS: usize = 10;
/// Fans who charge, join, hold, pay and give back.
const SHOPPERS: usize = 24;
/// Fans who wait for seats of a date that is sold out.
const WAITING: usize = 6;
/// The fans, and the one who has bought all seats of that date and gives some back, and an owner.
const SELLER: usize = SHOPPERS + WAITING;
const OWNER: usize = SELLER + 1;
const SETTINGS: Settings =
    Settings { hold_seconds: 300, seats_per_fan: 100, active_fans: 12, held_per_address: 1_000, ..Settings::DEFAULT };

/// The clients, and what they know.
struct Clients {
    /// Each with its session. The address of the server is another after each start.
    people: Vec<(UserId, String)>,
    /// Sessions of the owner in which a show is called off. After the password the session gets another id, and the answer
    /// that has it may be lost, so each request has its own.
    owner_sessions: Mutex<Vec<String>>,
    history: Mutex<History>,
    begun: Instant,
    answers: AtomicUsize,
    /// The number of answers at which the server is killed.
    enough: AtomicUsize,
    is_enough: Notify,
}

/// The dates that are sold, and their seats.
struct Dates {
    /// Sold throughout.
    theatre: (i64, Vec<i64>),
    /// Sold, and called off in the middle.
    arena: (i64, Vec<i64>),
    /// Sold out, with a waitlist.
    club: i64,
}

impl Clients {
    fn now(&self) -> u64 {
        self.begun.elapsed().as_micros() as u64
    }

    /// Sends a request and writes down what became of it. Returns the outcome.
    async fn send(&self, address: &str, fan: usize, request: Request) -> Outcome {
        let (id, mut cookie) = self.people[fan].clone();
        if matches!(request, Request::CallOff { .. }) {
            cookie = self.owner_sessions.lock().expect("a list").pop().expect("a session");
        }
        let client = Fan::at(address, id, cookie);
        let (path, form) = written(&request);
        let sent = self.now();
        let outcome = match client.try_post(&path, &form).await {
            Ok(answer) if answer.status.is_success() || answer.status.is_redirection() => Outcome::Done(answer.json),
            Ok(answer) => Outcome::Refused(answer.code().to_owned()),
            Err(_) => Outcome::Lost,
        };
        let entry = Entry { fan, request, sent, answered: self.now(), outcome: outcome.clone() };
        self.history.lock().expect("a list").entries.push(entry);
        if outcome != Outcome::Lost
            && self.answers.fetch_add(1, Ordering::SeqCst) + 1 >= self.enough.load(Ordering::SeqCst)
        {
            self.is_enough.notify_one();
        }
        outcome
    }

    /// After a restart: sends again what has a key and was not answered, and one request that was.
    async fn catch_up(&self, address: &str) {
        let mut again = vec![];
        {
            let history = self.history.lock().expect("a list");
            for fan in 0..self.people.len() {
                let mine: Vec<&Entry> =
                    history.entries.iter().filter(|entry| entry.fan == fan && entry.request.key().is_some()).collect();
                let is_known = |entry: &Entry| {
                    mine.iter()
                        .any(|other| other.request.key() == entry.request.key() && other.outcome != Outcome::Lost)
                };
                let lost = mine.iter().filter(|entry| !is_known(entry));
                again.extend(lost.chain(mine.last()).map(|entry| (fan, entry.request.clone())));
            }
        }
        for (fan, request) in again {
            assert_ne!(self.send(address, fan, request).await, Outcome::Lost, "the server runs");
        }
    }

    /// What each client sees of its own now.
    async fn look(&self, address: &str) -> Vec<Seen> {
        let mut all = vec![];
        for (id, cookie) in &self.people {
            let client = Fan::at(address, *id, cookie.clone());
            let mut seen =
                Seen { points: client.get("/api/me").await.json["point"].as_i64().expect("points"), ..Seen::default() };
            for mine in client.get("/api/reservations").await.json.as_array().expect("a list") {
                let field = |name: &str| mine[name].as_i64().expect("a number");
                let place = (field("schedule_id"), field("seat_id"));
                match mine["status"].as_str() {
                    Some("purchase") => drop(seen.tickets.insert(field("id"), place)),
                    Some("reserved") => drop(seen.held.insert(place)),
                    _ => {}
                }
            }
            all.push(seen);
        }
        all
    }
}

/// The path of a request, and the fields of its form.
fn written(request: &Request) -> (String, Vec<(&'static str, String)>) {
    let of = |schedule: &i64| ("schedule_id", schedule.to_string());
    let with = |key: &str| ("idempotency_key", key.to_owned());
    match request {
        Request::Join { schedule } => ("/api/queue/join".into(), vec![of(schedule)]),
        Request::Leave { schedule } => ("/api/queue/leave".into(), vec![of(schedule)]),
        Request::Hold { schedule, seat } => ("/api/hold".into(), vec![of(schedule), ("seat_ids[0]", seat.to_string())]),
        Request::Release { schedule } => ("/api/release".into(), vec![of(schedule)]),
        Request::Charge { amount, key } => ("/api/charge".into(), vec![("amount", amount.to_string()), with(key)]),
        Request::Purchase { schedule, key } => ("/api/purchase".into(), vec![of(schedule), with(key)]),
        Request::Cancel { ticket, key } => {
            ("/api/cancel".into(), vec![("reservation_id", ticket.to_string()), with(key)])
        }
        Request::Waitlist { schedule } => (
            format!("/schedules/{schedule}/waitlist"),
            vec![("do", "join".into()), ("party", "1".into()), ("may_split", "1".into())],
        ),
        Request::CallOff { schedule } => (
            format!("/staff/schedules/{schedule}/call-off"),
            vec![("reason", "the singer is ill".into()), ("present", demo::PASSWORD.into())],
        ),
    }
}

/// One fan shops until an answer is lost.
async fn shop(clients: Arc<Clients>, address: String, dates: Arc<Dates>, (fan, round): (usize, usize)) {
    for step in 0.. {
        let (schedule, seats) = if (step + fan) % 3 == 0 { &dates.arena } else { &dates.theatre };
        let schedule = *schedule;
        let key = format!("{round}-{step}");
        // Fans want overlapping seats, so that some holds are refused.
        let seat = seats[(round * 50 + fan / 2 * 8 + step) % seats.len()];
        let mut requests = vec![
            Request::Charge { amount: 200_000, key: format!("c{key}") },
            Request::Join { schedule },
            Request::Hold { schedule, seat },
        ];
        requests.push(match step % 7 {
            5 => Request::Release { schedule },
            6 => Request::Leave { schedule },
            _ => Request::Purchase { schedule, key: format!("p{key}") },
        });
        for request in requests {
            let outcome = clients.send(&address, fan, request.clone()).await;
            match (&request, outcome) {
                (_, Outcome::Lost) => return,
                (Request::Hold { .. }, Outcome::Refused(_)) => break,
                (Request::Purchase { .. }, Outcome::Done(bought)) if step % 4 == 1 => {
                    let ticket = bought["reservations"][0]["id"].as_i64().expect("a ticket");
                    let cancel = Request::Cancel { ticket, key: format!("r{key}") };
                    if clients.send(&address, fan, cancel).await == Outcome::Lost {
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}

/// The seller gives back one ticket after the other, until an answer is lost.
async fn give_back(clients: Arc<Clients>, address: String, tickets: Vec<i64>, round: usize) {
    for ticket in tickets.into_iter().skip(round * 2).take(2) {
        let cancel = Request::Cancel { ticket, key: format!("r{ticket}") };
        if clients.send(&address, SELLER, cancel).await == Outcome::Lost {
            return;
        }
    }
}

fn start(folder: &Path) -> (Running, String) {
    let mut command = program(folder);
    command
        .env("ENCORE_SEATS_PER_FAN", SETTINGS.seats_per_fan.to_string())
        .env("ENCORE_ACTIVE_FANS", SETTINGS.active_fans.to_string())
        .env("ENCORE_HELD_PER_ADDRESS", SETTINGS.held_per_address.to_string())
        .env("ENCORE_JOINS_WITHOUT_PROOF", "1000000");
    let (child, address) = run(&mut command);
    (Running(child), address)
}

/// Fills a folder with the demo data and the clients' accounts, and lets the seller buy the whole club.
async fn set_up(folder: &Path) -> (Clients, Dates) {
    let house = House::open(folder, SETTINGS, Clock::system()).expect("opens");
    let demo = demo::fill(&house).await.expect("fills");
    let sessions = session::open_store(folder).await.expect("sessions");
    let mut people = vec![];
    for number in 0..=SELLER {
        people.push(new_fan(&house, &sessions, &format!("fan{number}")).await);
    }
    let owner = box_office::credentials(&house, demo::STAFF).await.expect("looks").expect("is there").0.id;
    let of_owner = async || session::sign_in_beforehand(&house, &sessions, owner).await.expect("a session");
    people.push((owner, of_owner().await));
    let owner_sessions = Mutex::new(vec![of_owner().await, of_owner().await]);
    let seats = async |schedule: ScheduleId| -> Vec<i64> {
        let map = box_office::seat_map(&house, schedule).await.expect("the map");
        map.plan.seats().iter().map(|seat| seat.id.0).collect()
    };
    let seller = people[SELLER].0;
    box_office::charge(&house, PaymentProvider::Demo, seller, 10_000_000, "c".into()).await.expect("is charged");
    waiting_room::join(&house, seller, demo.club, Joining::default()).await.expect("joins");
    let club: Vec<_> = seats(demo.club).await.into_iter().map(encore::domain::SeatId).collect();
    let wanted = box_office::Wanted { seats: club, needs_access: true };
    box_office::hold(&house, seller, demo.club, wanted).await.expect("holds");
    box_office::purchase(&house, seller, demo.club, None, "p".into()).await.expect("buys");
    let dates = Dates {
        theatre: (demo.theatre.0, seats(demo.theatre).await),
        arena: (demo.arena.0, seats(demo.arena).await),
        club: demo.club.0,
    };
    let clients = Clients {
        people,
        owner_sessions,
        history: Mutex::new(History { begun_at: Clock::system().now().0, ..History::default() }),
        begun: Instant::now(),
        answers: AtomicUsize::new(0),
        enough: AtomicUsize::new(usize::MAX),
        is_enough: Notify::new(),
    };
    (clients, dates)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_each_kill_the_clients_have_what_they_were_told() {
    let kills = from_environment("ENCORE_KILLS", KILLS);
    let folder = tempfile::tempdir().expect("a folder");
    let (clients, dates) = set_up(folder.path()).await;
    let (clients, dates) = (Arc::new(clients), Arc::new(dates));
    let mut server = start(folder.path());
    let before = clients.look(&server.1).await;
    let tickets: Vec<i64> = before[SELLER].tickets.keys().copied().collect();
    clients.history.lock().expect("a list").before = before;
    for fan in SHOPPERS..SHOPPERS + WAITING {
        let joined = clients.send(&server.1, fan, Request::Waitlist { schedule: dates.club }).await;
        assert!(matches!(joined, Outcome::Done(_)), "{joined:?}");
    }
    for round in 0..kills {
        // The kill comes at another moment in each round: after three to five answers for each fan, on average.
        let more = 3 * SHOPPERS + round * 7 % (2 * SHOPPERS);
        clients.enough.store(clients.answers.load(Ordering::SeqCst) + more, Ordering::SeqCst);
        let mut running = tokio::task::JoinSet::new();
        for fan in 0..SHOPPERS {
            running.spawn(shop(clients.clone(), server.1.clone(), dates.clone(), (fan, round)));
        }
        running.spawn(give_back(clients.clone(), server.1.clone(), tickets.clone(), round));
        if round == kills / 2 {
            let (clients, address, schedule) = (clients.clone(), server.1.clone(), dates.arena.0);
            running.spawn(async move { drop(clients.send(&address, OWNER, Request::CallOff { schedule }).await) });
        }
        clients.is_enough.notified().await;
        server.0.0.kill().expect("SIGKILL");
        server.0.0.wait().expect("is dead");
        while let Some(client) = running.join_next().await {
            client.expect("does not panic");
        }
        server = start(folder.path());
        clients.catch_up(&server.1).await;
        if round == kills / 2 {
            // Whether the answer was lost or not: from now on the date is called off.
            clients.send(&server.1, OWNER, Request::CallOff { schedule: dates.arena.0 }).await;
        }
    }
    // The refunds of the date that was called off, and the offers to the waitlist, follow by themselves.
    let mut after = clients.look(&server.1).await;
    let is_settled = |after: &[Seen]| {
        let is_off = |(schedule, _): &(i64, i64)| *schedule == dates.arena.0;
        let offers = after.iter().flat_map(|seen| &seen.held).filter(|(schedule, _)| *schedule == dates.club).count();
        !after.iter().any(|seen| seen.tickets.values().any(is_off))
            && offers >= WAITING.min(tickets.len() - after[SELLER].tickets.len())
    };
    for _ in 0..600 {
        if is_settled(&after) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        after = clients.look(&server.1).await;
    }
    let mut history = std::mem::take(&mut *clients.history.lock().expect("a list"));
    history.after = after;
    let faults = history.faults();
    assert!(faults.is_empty(), "{} faults after {kills} kills: {faults:#?}", faults.len());
    let bought: usize = history.after.iter().map(|seen| seen.tickets.len()).sum();
    assert!(bought > kills, "the fans did buy: {bought}");
    println!("{kills} kills, {} requests: the clients have what they were told", history.entries.len());
    drop(server);
    let mut check = program(folder.path());
    let check = check.arg("check").env("ENCORE_ACTIVE_FANS", SETTINGS.active_fans.to_string()).output().expect("runs");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}
