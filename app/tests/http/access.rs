//! Access rules: every kind of caller requests every route, and the route must refuse the callers that its rule
//! excludes.

use crate::running::{Fan, Server};
use app::routes::routes;
use app::server::access::Access;
use encore::domain::account::Duty;
use encore::domain::concert::Publication;
use encore::{Settings, back_office, box_office};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, COOKIE, LOCATION};

/// The callers, from the least to the most privileged, each with the strictest access rule that it satisfies.
const CALLERS: [(&str, Option<Access>); 4] = [
    ("stranger", None),
    ("fan", Some(Access::Fan)),
    ("door", Some(Access::Staff(Duty::Door))),
    ("box office", Some(Access::Staff(Duty::BoxOffice))),
];

fn may(proof: Option<Access>, rule: Access) -> bool {
    match (proof, rule) {
        (_, Access::Public | Access::Operator) => true,
        (None, _) => false,
        (Some(_), Access::Fan) => true,
        (Some(Access::Staff(duty)), Access::Staff(required)) => duty.includes(required),
        (Some(_), Access::Staff(_)) => false,
    }
}

/// Requests a route. Returns the status, and the address to which the response redirects (empty if it does not).
async fn ask(fan: &Fan, path: &str, method: reqwest::Method, wants_page: bool) -> (StatusCode, String) {
    let accept = if wants_page { "text/html" } else { "application/json" };
    let request = fan.client.request(method, format!("{}{path}", fan.address)).header(COOKIE, &fan.cookie);
    let request = request.header(ACCEPT, accept).header("content-type", "application/x-www-form-urlencoded");
    let response = request.send().await.expect("answers");
    let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
    (response.status(), to)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_refuses_callers_that_its_rule_excludes() {
    let server = Server::start(Settings::default()).await;
    let mut callers = vec![server.stranger()];
    for (number, (_, proof)) in CALLERS.iter().enumerate().skip(1) {
        let fan = server.fan(&format!("caller{number}")).await;
        if let Some(Access::Staff(duty)) = proof {
            let email = format!("caller{number}@example.net");
            back_office::appoint(&server.house, &email, *duty).await.expect("is appointed");
        }
        callers.push(fan);
    }
    let mut asked = 0;
    for route in routes() {
        // Event streams are endless, and public.
        if route.path.starts_with("/events") {
            assert_eq!(route.access, Access::Public);
            continue;
        }
        let path = route.path.replace("{id}", "1").replace("{number}", "1");
        let path = path.replace("{tag}", "none").replace("{token}", "none");
        for (fan, (who, proof)) in callers.iter().zip(CALLERS) {
            if may(proof, route.access) {
                continue;
            }
            for method in [reqwest::Method::GET, reqwest::Method::POST] {
                for wants_page in [true, false] {
                    let (status, to) = ask(fan, &path, method.clone(), wants_page).await;
                    let refused = match route.access {
                        // Fans and staff with another duty are refused; strangers are sent to the sign-in page, or
                        // refused if they do not want a page.
                        Access::Staff(_) => {
                            status == StatusCode::FORBIDDEN
                                || status == StatusCode::UNAUTHORIZED
                                || status == StatusCode::SEE_OTHER && to.starts_with("/sign-in")
                                // The route does not have this method.
                                || status == StatusCode::METHOD_NOT_ALLOWED
                        }
                        // The rule is checked before the body is read, so it does not matter that the body is empty.
                        Access::Fan if !wants_page => {
                            status == StatusCode::UNAUTHORIZED || status == StatusCode::METHOD_NOT_ALLOWED
                        }
                        // The form of a browser is read before the rule's refusal is answered, so a form without
                        // fields may be refused for its missing fields instead.
                        _ => status.is_client_error() || status == StatusCode::SEE_OTHER && to.starts_with("/sign-in"),
                    };
                    assert!(refused, "{who} asked {method} {path} (page: {wants_page}): {status} {to}");
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 200, "{asked}");
    // None of these requests has added a concert.
    let staff = back_office::staff(&server.house, callers[3].id).await.expect("is staff");
    let proof = staff.box_office().expect("has the duty of the box office");
    assert_eq!(back_office::concerts(&server.house, proof).await.expect("lists the concerts").len(), 3);
}

#[test]
fn every_server_function_is_in_the_route_table_with_its_rule() {
    let table = routes();
    let mut rules: Vec<(&str, Access)> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| {
            let mut rows = table.iter().filter(|route| route.path == path);
            let row = rows.next().unwrap_or_else(|| panic!("{path} is not in the route table"));
            assert!(rows.next().is_none(), "{path} is in the route table twice");
            (path, row.access)
        })
        .collect();
    rules.sort_by_key(|(path, _)| *path);
    let (anybody, fan) = (Access::Public, Access::Fan);
    let expected = [
        ("/api/cancel", fan),
        ("/api/charge", fan),
        ("/api/hold", fan),
        ("/api/new-passkey-challenge", fan),
        ("/api/passkey-challenge", anybody),
        ("/api/passkey-sign-in", anybody),
        ("/api/purchase", fan),
        ("/api/queue/answer", fan),
        ("/api/queue/join", fan),
        ("/api/queue/leave", fan),
        ("/api/release", fan),
        ("/api/sign-in", anybody),
        ("/api/sign-out", anybody),
        ("/api/sign-up", anybody),
    ];
    assert_eq!(rules, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_does_not_find_a_draft() {
    let server = Server::start(Settings::default()).await;
    let (browser, fan) = (server.fan("owner").await, server.fan("mina").await);
    back_office::appoint(&server.house, "owner@example.net", Duty::Owner).await.expect("is appointed");
    let owner = back_office::staff(&server.house, browser.id).await.expect("is staff").owner().expect("is an owner");
    let id = server.demo.not_yet_open;
    // The lottery runs and its result is cached; then the only fan leaves, because a queue keeps a date published.
    let (_, view) = box_office::schedule(&server.house, id).await.expect("is published");
    for step in [view.schedule.window.lobby_start, view.schedule.window.reservation_start] {
        server.advance_clock(step.millis_from(server.house.clock().now()) / 1000 + 1);
        fan.join(id).await;
    }
    encore::waiting_room::run_delays(&server.house, &()).await.expect("draws");
    assert_eq!(fan.get(&format!("/api/draw?schedule_id={id}")).await.json["order"].as_array().map(Vec::len), Some(1));
    fan.post("/api/queue/leave", &[("schedule_id", id.to_string())]).await;
    let stranger = server.stranger();
    let asked = [
        format!("/api/seats?schedule_id={id}"),
        format!("/api/seats/state?schedule_id={id}"),
        format!("/api/best?schedule_id={id}&party=2"),
        format!("/api/draw?schedule_id={id}"),
        format!("/schedules/{id}/opening.ics"),
        format!("/schedules/{id}/map"),
    ];
    for path in &asked {
        assert_eq!(stranger.get(path).await.status, StatusCode::OK, "{path}");
    }
    back_office::publish_schedule(&server.house, owner, id, Publication::Draft).await.expect("a draft again");
    for path in asked.iter().chain([&format!("/events/schedules/{id}"), &format!("/schedules/{id}/draw")]) {
        assert_eq!(stranger.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(fan.join(id).await.status, StatusCode::NOT_FOUND);
    // Owners see its map as fans will.
    let preview = format!("/staff/schedules/{id}/preview");
    assert_eq!(browser.get(&preview).await.status, StatusCode::OK);
    assert_eq!(fan.get(&preview).await.status, StatusCode::FORBIDDEN);
}
