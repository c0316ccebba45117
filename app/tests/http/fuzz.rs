//! Hostile requests: people with every duty send what the pages ask for, changed at random, to every route. Nothing may be
//! answered with a fault: every status of 500 or more but `busy` is one.
//!
//! The forms are read from the pages themselves, so a new form is attacked without a change here. What is sent follows from a
//! seed, which is printed with a request that was answered with a fault.

use crate::dice::Dice;
use crate::running::{Fan, Server, from_environment};
use app::routes::routes;
use app::server::session;
use encore::domain::account::Duty;
use encore::{Settings, back_office, box_office};
use reqwest::header::{COOKIE, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use std::collections::BTreeMap;
use std::time::Duration;

/// How many requests are sent, unless the environment variable `ENCORE_REQUESTS` says another number.
const REQUESTS: usize = 6_000;
/// How many requests are sent before new accounts are made and the forms are read again: a request may have signed an account
/// out, or have taken its duty away.
const REQUESTS_A_ROUND: usize = 1_000;

const DUTIES: [Option<Duty>; 5] = [None, None, Some(Duty::Door), Some(Duty::BoxOffice), Some(Duty::Owner)];

/// Texts that a careless program stumbles over.
const NASTY: [&str; 44] = [
    "",
    " ",
    "0",
    "-1",
    "1",
    "2",
    "1.5",
    "1e9",
    "NaN",
    "1,000,000",
    "+7",
    "007",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "99999999999999999999999999",
    "١٢",
    "null",
    "true",
    "[]",
    "{}",
    "{\"a\":1}",
    "\0",
    "a\nb",
    "a\r\nSet-Cookie: x=1",
    "\u{202e}x",
    "\u{200b}",
    "\u{1f4a5}",
    "é",
    "e\u{301}",
    "ﬀ",
    "<script>alert(1)</script>",
    "' or 1=1 --",
    "../../etc/passwd",
    "%00",
    "https://example.com/",
    "//example.com",
    "2026-02-30T25:61",
    "9999-12-31T23:59",
    "0001-01-01T00:00",
    "-5000-01-01T00:00",
    "A-Z: x; ; :",
    "mina@example.net",
];

/// A form as a page shows it: where it goes, and its fields with their values.
#[derive(Debug, Clone)]
struct Form {
    method: Method,
    action: String,
    fields: Vec<(String, String)>,
}

/// The value of an attribute in the text of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split_once(&format!(" {name}=\""))?.1;
    let value = rest.split('"').next()?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#x27;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

/// The forms of a page. `path` is that of the page, to which a form without an action is sent.
fn forms_of(page: &str, path: &str) -> Vec<Form> {
    let forms = page.split("<form").skip(1).filter_map(|form| form.split("</form>").next());
    forms
        .map(|form| {
            let tag = format!(" {form}");
            let is_post = attribute(&tag, "method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
            let fields = form
                .split('<')
                .skip(1)
                .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())));
            Form {
                method: if is_post { Method::POST } else { Method::GET },
                action: attribute(&tag, "action").unwrap_or_else(|| path.to_owned()),
                fields: fields.collect(),
            }
        })
        .collect()
}

/// The paths of this site to which a page links.
fn links_of(page: &str) -> Vec<String> {
    let links = page.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links
        .filter(|link| link.starts_with('/') && !link.starts_with("//"))
        .map(|link| link.replace("&amp;", "&"))
        .collect()
}

/// A person, with the forms and links that they see.
struct Attacker {
    fan: Fan,
    forms: Vec<Form>,
    links: Vec<String>,
}

impl Attacker {
    /// Makes a person with a duty, who holds a seat and has a ticket, and reads the pages that they can reach in two steps.
    async fn new(server: &Server, name: &str, duty: Option<Duty>, is_stranger: bool) -> Self {
        let mut fan = server.stranger();
        if !is_stranger {
            // With the password of the demo, so that forms which ask for it can be attacked too.
            let hash = encore::password::hash(encore::demo::PASSWORD, server.house.clock()).expect("hashes");
            let email = format!("{name}@example.net");
            fan.id = box_office::sign_up(&server.house, (&email, name), hash, vec![]).await.expect("a new fan").id;
            fan.cookie =
                session::sign_in_beforehand(&server.house, &server.app.sessions, fan.id).await.expect("a session");
        }
        if let Some(duty) = duty {
            back_office::appoint(&server.house, &format!("{name}@example.net"), duty).await.expect("is appointed");
        }
        if !is_stranger {
            let club = server.demo.club;
            fan.charge(1_000_000, "attack").await;
            fan.join(club).await;
            let free = fan.get(&format!("/api/best?schedule_id={club}&party=1")).await.json;
            if let Some(seat) = free["seat_ids"][0].as_i64() {
                fan.hold(club, &[seat]).await;
                fan.purchase(club, "attack").await;
            }
            fan.join(server.demo.theatre).await;
            let seats = server.seats(server.demo.theatre).await;
            fan.hold(server.demo.theatre, &seats[..1]).await;
        }
        let starts = [
            "/",
            "/account",
            "/tickets",
            "/points",
            "/sign-in",
            "/sign-up",
            "/forgotten",
            "/staff",
            "/staff/window",
            "/staff/door",
            "/staff/concerts",
            "/staff/plans",
            "/staff/team",
            "/staff/legal",
            "/staff/mail",
            "/staff/log",
            "/staff/books",
        ];
        let mut pages: BTreeMap<String, bool> = starts.iter().map(|path| ((*path).to_owned(), false)).collect();
        let (mut forms, mut steps) = (vec![], 0);
        while steps < 120
            && let Some(path) = pages.iter().find(|(_, is_read)| !**is_read).map(|(path, _)| path.clone())
        {
            steps += 1;
            pages.insert(path.clone(), true);
            let (status, page) = fan.page(&path).await;
            assert!(status.as_u16() < 500, "{path}: {status}");
            forms.extend(forms_of(&page, &path));
            for link in links_of(&page) {
                let link = link.split('#').next().unwrap_or_default().to_owned();
                // The pages of one date are like those of another.
                let is_new = !link.starts_with("/static") && !link.starts_with("/pkg") && link.len() < 60;
                if is_new && pages.len() < 160 {
                    pages.entry(link).or_insert(false);
                }
            }
        }
        Self { fan, forms, links: pages.into_keys().collect() }
    }
}

/// A request that is about to be sent.
#[derive(Debug)]
struct Shot {
    method: Method,
    path: String,
    body: Vec<u8>,
    headers: Vec<(&'static str, &'static str)>,
}

/// A text that is put in the place of another.
fn nasty(dice: &mut Dice, known: &[String]) -> String {
    match dice.below(10) {
        0 => "x".repeat(1 << dice.below(13)),
        1 => "가".repeat(1 << dice.below(11)),
        2 | 3 if !known.is_empty() => known[dice.below(known.len())].clone(),
        _ => NASTY[dice.below(NASTY.len())].to_owned(),
    }
}

fn encoded(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Changes some of the fields of a form.
fn changed(mut fields: Vec<(String, String)>, dice: &mut Dice, known: &[String]) -> Vec<(String, String)> {
    for _ in 0..dice.below(4) {
        if fields.is_empty() {
            break;
        }
        let at = dice.below(fields.len());
        match dice.below(8) {
            0 => drop(fields.remove(at)),
            1 => fields.push(fields[at].clone()),
            2 => fields[at].0.push_str(["[]", "[0]", "[a][b]", ".x", "%5B"][dice.below(5)]),
            3 => fields.push((nasty(dice, known), nasty(dice, known))),
            _ => fields[at].1 = nasty(dice, known),
        }
    }
    fields
}

/// A path of the route table with something in the places of its parameters.
fn filled(path: &str, dice: &mut Dice, known: &[String]) -> String {
    let segment = |part: &str, dice: &mut Dice| {
        if !part.starts_with('{') {
            return part.to_owned();
        }
        match dice.below(4) {
            0 => form_urlencoded::byte_serialize(nasty(dice, known).as_bytes()).collect(),
            _ => (1 + dice.below(9)).to_string(),
        }
    };
    path.split('/').map(|part| segment(part, dice)).collect::<Vec<_>>().join("/")
}

fn shot(attacker: &Attacker, dice: &mut Dice, paths: &[&'static str]) -> Shot {
    let known: Vec<String> =
        attacker.forms.iter().flat_map(|form| form.fields.iter().map(|(_, value)| value.clone())).collect();
    let mut method = Method::GET;
    let mut path;
    let mut body = vec![];
    match dice.below(10) {
        // A form, nearly as it is.
        0..6 if !attacker.forms.is_empty() => {
            let form = attacker.forms[dice.below(attacker.forms.len())].clone();
            let fields = encoded(&changed(form.fields, dice, &known));
            path = form.action;
            if form.method == Method::GET {
                path = format!("{path}?{fields}");
            } else {
                (method, body) = (Method::POST, fields.into_bytes());
            }
        }
        6 | 7 if !attacker.links.is_empty() => path = attacker.links[dice.below(attacker.links.len())].clone(),
        // Any route, with the fields of some form.
        _ => {
            path = filled(paths[dice.below(paths.len())], dice, &known);
            let fields =
                attacker.forms.get(dice.below(attacker.forms.len())).map_or(vec![], |form| form.fields.clone());
            let fields = encoded(&changed(fields, dice, &known));
            if dice.chance(50) {
                path = format!("{path}?{fields}");
            } else {
                (method, body) = (Method::POST, fields.into_bytes());
            }
        }
    }
    match dice.below(20) {
        0 => {
            method = [Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH][dice.below(5)].clone()
        }
        1 if !body.is_empty() => body.truncate(dice.below(body.len())),
        2 if !body.is_empty() => {
            let at = dice.below(body.len());
            body[at] = dice.next() as u8;
        }
        3 => body = vec![b'a'; 1 << dice.below(18)],
        _ => {}
    }
    let mut headers = vec![];
    if !body.is_empty() {
        let kind = [
            "application/x-www-form-urlencoded",
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
        ];
        headers.push(("content-type", kind[if dice.chance(90) { 0 } else { dice.below(kind.len()) }]));
    }
    headers.push(("accept", ["text/html", "application/json", "*/*", "\u{7f}"][dice.below(3)]));
    for (name, values) in [
        ("next-page", ["1", "x"]),
        ("if-none-match", ["*", "\"x\""]),
        ("range", ["bytes=0-0", "bytes=9-1"]),
        ("accept-language", ["ko", "xx;q=9"]),
        ("accept-encoding", ["br", "gzip, x;q=2"]),
        ("x-forwarded-for", ["1.2.3.4", "x, ,"]),
        ("last-event-id", ["-1", "x"]),
    ] {
        if dice.chance(5) {
            headers.push((name, values[dice.below(2)]));
        }
    }
    Shot { method, path, body, headers }
}

/// Sends a request. Returns the status, and whether a refusal as `busy` says when to come back.
async fn fire(attacker: &Attacker, shot: &Shot) -> Option<(StatusCode, bool)> {
    let url = reqwest::Url::parse(&format!("{}{}", attacker.fan.address, shot.path)).ok()?;
    let mut request = attacker.fan.client.request(shot.method.clone(), url).body(shot.body.clone());
    if !attacker.fan.cookie.is_empty() {
        request = request.header(COOKIE, &attacker.fan.cookie);
    }
    for (name, value) in &shot.headers {
        request = request.header(*name, *value);
    }
    // Event streams never end, so only the head of a response is awaited.
    let response = request.timeout(Duration::from_secs(60)).send().await.ok()?;
    Some((response.status(), response.headers().contains_key(RETRY_AFTER)))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_answered_with_a_fault() {
    let (requests, seed) = (from_environment("ENCORE_REQUESTS", REQUESTS), from_environment("ENCORE_SEED", 1) as u64);
    let server = Server::start(Settings { active_fans: 10_000, ..Settings::default() }).await;
    let paths: Vec<&str> = routes().iter().map(|route| route.path).collect();
    let mut dice = Dice(seed);
    let (mut sent, mut round, mut statuses) = (0, 0, BTreeMap::<u16, usize>::new());
    while sent < requests {
        let mut attackers = vec![];
        for (index, duty) in DUTIES.iter().enumerate() {
            attackers.push(Attacker::new(&server, &format!("a{round}x{index}"), *duty, index == 0).await);
        }
        round += 1;
        for _ in 0..REQUESTS_A_ROUND.min(requests - sent) {
            let attacker = &attackers[dice.below(attackers.len())];
            let shot = shot(attacker, &mut dice, &paths);
            sent += 1;
            let Some((status, says_when)) = fire(attacker, &shot).await else { continue };
            *statuses.entry(status.as_u16()).or_default() += 1;
            let is_busy = status == StatusCode::SERVICE_UNAVAILABLE && says_when;
            assert!(status.as_u16() < 500 || is_busy, "seed {seed}, request {sent}: {status} to {shot:?}");
            if dice.chance(2) {
                server.advance_clock(dice.next() % 120);
            }
        }
        server.assert_sound().await;
    }
    println!("{sent} requests from the seed {seed}: no fault; answers by status: {statuses:?}");
    assert!(statuses.get(&200).is_some_and(|count| *count > requests / 20), "too few were taken: {statuses:?}");
}
