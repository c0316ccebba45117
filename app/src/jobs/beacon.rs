//! The nodes of the public randomness beacon, from which rounds are fetched over HTTPS.

use encore::beacon::BeaconSource;
use encore::domain::beacon::{CHAIN, Round};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long one node may take to answer. The delay of a lottery is not much longer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
/// An answer is about 300 bytes.
const MAX_ANSWER: u64 = 4_096;

/// Nodes of the beacon, any of which has every round.
#[derive(Clone)]
pub struct BeaconNodes {
    agent: ureq::Agent,
    nodes: Arc<[String]>,
}

/// What a node answers about a round.
#[derive(Deserialize)]
struct RoundJson {
    round: i64,
    signature: String,
}

impl BeaconNodes {
    /// The nodes at these addresses, such as `https://api.drand.sh`. An empty list is a venue without a beacon.
    ///
    /// # Errors
    /// If an address is malformed, or is neither `https` nor on this machine.
    pub fn new(addresses: &[String]) -> Result<Self, String> {
        let node = |address: &String| {
            let url = Url::parse(address).map_err(|error| format!("the address {address} of the beacon: {error}"))?;
            let is_local = url.host_str().is_some_and(|host| host == "localhost" || host == "127.0.0.1");
            if url.scheme() == "https" || url.scheme() == "http" && is_local {
                Ok(url.as_str().trim_end_matches('/').to_owned())
            } else {
                Err(format!("the address {address} of the beacon has to begin with https://"))
            }
        };
        let nodes = addresses.iter().map(node).collect::<Result<_, String>>()?;
        let settings = ureq::Agent::config_builder().timeout_global(Some(ANSWERS_WITHIN)).max_redirects(0);
        Ok(Self { agent: settings.build().into(), nodes })
    }

    /// What one node says about a round.
    fn ask(&self, node: &str, round: Round) -> Result<String, String> {
        let url = format!("{node}/{CHAIN}/public/{}", round.0);
        let mut answer = self.agent.get(&url).call().map_err(|error| error.to_string())?;
        let body = answer.body_mut().with_config().limit(MAX_ANSWER);
        let told: RoundJson = body.read_json().map_err(|error| error.to_string())?;
        if told.round == round.0 { Ok(told.signature) } else { Err(format!("it answered with round {}", told.round)) }
    }
}

impl BeaconSource for BeaconNodes {
    async fn signature(&self, round: Round) -> Option<String> {
        let beacon = self.clone();
        let ask_all = move || {
            beacon.nodes.iter().find_map(|node| {
                let told = beacon.ask(node, round);
                told.inspect_err(|error| tracing::warn!(node, round = round.0, error, "a node of the beacon failed"))
                    .ok()
            })
        };
        tokio::task::spawn_blocking(ask_all).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::extract::Path;
    use axum::http::StatusCode;
    use axum::routing::get;

    #[tokio::test]
    async fn a_round_is_asked_of_one_node_after_the_other_and_no_answer_is_believed_to_be_one() {
        // What the node answers to each round: only the last is usable.
        let answer = async |Path(round): Path<i64>| match round {
            1 => (StatusCode::NOT_FOUND, String::new()),
            2 => (StatusCode::OK, r#"{"round":3,"signature":"aa"}"#.to_owned()),
            3 => (StatusCode::OK, "x".repeat(5_000)),
            4 => (StatusCode::FOUND, String::new()),
            _ => (StatusCode::OK, format!(r#"{{"round":{round},"randomness":"bb","signature":"cc"}}"#)),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/", listener.local_addr().expect("an address"));
        let node = Router::new().route(&format!("/{CHAIN}/public/{{round}}"), get(answer));
        tokio::spawn(async move { axum::serve(listener, node).await });

        let nobody = "http://127.0.0.1:1".to_owned();
        let beacon = BeaconNodes::new(&[nobody, address]).expect("nodes");
        for unusable in 1..5 {
            assert_eq!(beacon.signature(Round(unusable)).await, None, "{unusable}");
        }
        assert_eq!(beacon.signature(Round(5)).await.as_deref(), Some("cc"));
    }

    #[test]
    fn rounds_are_fetched_over_https() {
        let of = |address: &str| BeaconNodes::new(&[address.to_owned()]);
        assert!(of("https://api.drand.sh").is_ok() && BeaconNodes::new(&[]).is_ok());
        for wrong in ["http://api.drand.sh", "http://127.0.0.1.example.org", "api.drand.sh", "file:///x", ""] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
