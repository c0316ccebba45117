//! Who may ask what: every route of the program is asked by everybody, and answers nobody below its rule.

use crate::running::{Fan, Server};
use app::routes::{Access, routes};
use encore::domain::account::Duty;
use encore::{Settings, back_office};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, COOKIE, LOCATION};

/// Those who ask, the least first, each with the most that they may.
const ASKERS: [(&str, Option<Access>); 4] = [
    ("stranger", None),
    ("fan", Some(Access::Fan)),
    ("door", Some(Access::Staff(Duty::Door))),
    ("box office", Some(Access::Staff(Duty::BoxOffice))),
];

fn may(asker: Option<Access>, rule: Access) -> bool {
    match (asker, rule) {
        (_, Access::Public | Access::Operator) => true,
        (None, _) => false,
        (Some(_), Access::Fan) => true,
        (Some(Access::Staff(duty)), Access::Staff(takes)) => duty.includes(takes),
        (Some(_), Access::Staff(_)) => false,
    }
}

/// What a route answers to somebody: the status, and where it sends them.
async fn ask(fan: &Fan, path: &str, method: reqwest::Method, wants_page: bool) -> (StatusCode, String) {
    let accept = if wants_page { "text/html" } else { "application/json" };
    let request = fan.client.request(method, format!("{}{path}", fan.address)).header(COOKIE, &fan.cookie);
    let request = request.header(ACCEPT, accept).header("content-type", "application/x-www-form-urlencoded");
    let response = request.send().await.expect("answers");
    let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
    (response.status(), to)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_refuses_whoever_its_rule_leaves_out() {
    let server = Server::start(Settings::default()).await;
    let mut askers = vec![server.stranger()];
    for (number, (_, may)) in ASKERS.iter().enumerate().skip(1) {
        let fan = server.fan(&format!("asker{number}")).await;
        if let Some(Access::Staff(duty)) = may {
            let email = format!("asker{number}@example.net");
            back_office::appoint(&server.house, &email, *duty).await.expect("is staff");
        }
        askers.push(fan);
    }
    let mut asked = 0;
    for route in routes() {
        // Streams are endless, and open to all.
        if route.path.starts_with("/events") {
            assert_eq!(route.access, Access::Public);
            continue;
        }
        let path = route.path.replace("{id}", "1").replace("{tag}", "none").replace("{token}", "none");
        for (fan, (who, asker)) in askers.iter().zip(ASKERS) {
            if may(asker, route.access) {
                continue;
            }
            for method in [reqwest::Method::GET, reqwest::Method::POST] {
                for wants_page in [true, false] {
                    let (status, to) = ask(fan, &path, method.clone(), wants_page).await;
                    let refused = match route.access {
                        // Staff's pages say at once that they are not for them; strangers are sent to sign in.
                        Access::Staff(_) => {
                            status == StatusCode::FORBIDDEN
                                || status == StatusCode::UNAUTHORIZED
                                || status == StatusCode::SEE_OTHER && to.starts_with("/sign-in")
                                // The method is not the route's.
                                || status == StatusCode::METHOD_NOT_ALLOWED
                        }
                        // A form that says nothing may be refused for that first.
                        _ => {
                            status.is_client_error() || status == StatusCode::SEE_OTHER && to.starts_with("/sign-in")
                        }
                    };
                    assert!(refused, "{who} asked {method} {path} (page: {wants_page}): {status} {to}");
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 200, "{asked}");
    // Nothing was done on the way.
    let proof = back_office::staff(&server.house, askers[3].id).await.expect("is staff").box_office().expect("is");
    let bills = back_office::bills(&server.house, proof).await.expect("looks");
    assert_eq!(bills.len(), 3);
}
