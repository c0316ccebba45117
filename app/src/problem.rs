//! Errors of verbs, and their one JSON format.

use encore::domain::{Points, SeatId, SeatName, Timestamp};
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::{Deserialize, Serialize};

/// The header by which an island says that it goes to the next page by itself, and by which the response names that page.
pub const NEXT_PAGE: &str = "next-page";

/// The JSON body of every response with a status of 4xx or 5xx to a client or an island: a stable code, a sentence in the caller's
/// language, and fields that depend on the code. Islands read the code, the sentence, the field and the seats; the rest is for other clients.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub code: String,
    pub message: String,
    /// The form field that is wrong, for `invalid` and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The requested seats that cannot be had, for `seat_taken` and `kept_for_access`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat_ids: Option<Vec<SeatId>>,
    /// Free seats near those, the nearest first, for `seat_taken`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Vec<SeatId>>,
    /// The seat that is in the way, for `leaves_one_seat` and `seat_in_use`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub seat: Option<SeatName>,
    /// Points that the fan lacks, for `not_enough_points`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub missing: Option<Points>,
    /// The price as it is now, for `total_changed`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub total: Option<Points>,
    /// The refund as it is now, for `refund_changed`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub refund: Option<Points>,
    /// The balance as it is now, for `balance_changed`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub point: Option<Points>,
    /// The most seats that one fan may have, for `too_many_seats`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub limit: Option<u32>,
    /// When the sale opens, for `sale_closed` before the opening.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub opens_at: Option<Timestamp>,
    /// The reference under which the fault was logged, for `fault`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub reference: Option<String>,
}

/// The error of every verb.
#[derive(Debug)]
pub enum Problem {
    /// On the server: what the library answered. The response to it is made in one place, `server::problem`.
    #[cfg(feature = "ssr")]
    Denied(encore::Denied),
    /// In the browser: what the response says.
    Refused(Box<Refused>),
    /// In the browser: no response came, or one that cannot be read. Whether the verb was done is unknown.
    NoAnswer,
}

impl Problem {
    /// Reads the body of an error response; `NoAnswer` if it is not one.
    pub fn read(body: &str) -> Self {
        serde_json::from_str(body).map_or(Self::NoAnswer, |refused| Self::Refused(Box::new(refused)))
    }
}

#[cfg(feature = "ssr")]
impl<E: Into<encore::Denied>> From<E> for Problem {
    fn from(denied: E) -> Self {
        Self::Denied(denied.into())
    }
}

impl FromServerFnError for Problem {
    type Encoder = RefusedJson;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self::NoAnswer
    }
}

/// Reads and writes a [`Problem`] as the JSON of [`Refused`].
pub struct RefusedJson;

impl ContentType for RefusedJson {
    const CONTENT_TYPE: &'static str = JsonEncoding::CONTENT_TYPE;
}

impl FormatType for RefusedJson {
    const FORMAT_TYPE: Format = Format::Text;
}

impl Encodes<Problem> for RefusedJson {
    type Error = serde_json::Error;

    fn encode(problem: &Problem) -> Result<Bytes, serde_json::Error> {
        let refused = if let Problem::Refused(refused) = problem { &**refused } else { &Refused::default() };
        serde_json::to_vec(refused).map(Bytes::from)
    }
}

impl Decodes<Problem> for RefusedJson {
    type Error = std::str::Utf8Error;

    fn decode(body: Bytes) -> Result<Problem, std::str::Utf8Error> {
        std::str::from_utf8(&body).map(Problem::read)
    }
}
