//! The errors of verbs, and the one JSON format in which clients and islands receive them.

use encore::domain::{Points, SeatId, SeatName, Timestamp};
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::{Deserialize, Serialize};

/// The header with which an island says that it opens the next page by itself, and with which the response names that
/// page.
pub const NEXT_PAGE: &str = "next-page";

/// The JSON body of every response with a status of 4xx or 5xx to a client or an island: a stable code, a sentence in
/// the caller's language, and fields that depend on the code. Islands read only `code`, `message`, `field`, `seat_ids`
/// and `nearest`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub code: String,
    pub message: String,
    /// The form field that is wrong, for `invalid`, `email_taken`, `weak_password` and `bad_credentials`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// All form fields that are wrong, if there are several, for `invalid`. `message` then has the sentences of all.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub fields: Option<Vec<WrongField>>,
    /// The requested seats that the fan cannot have, for `seat_taken` and `kept_for_access`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat_ids: Option<Vec<SeatId>>,
    /// Free seats near `seat_ids`, the nearest first, for `seat_taken`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Vec<SeatId>>,
    /// The seat that is the reason, for `leaves_one_seat` and `seat_in_use`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub seat: Option<SeatName>,
    /// Points that the fan lacks, for `not_enough_points`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub missing: Option<Points>,
    /// The current total price, in points, for `total_changed`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub total: Option<Points>,
    /// The current refund, in points, for `refund_changed`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub refund: Option<Points>,
    /// The current balance, in points, for `balance_changed`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub point: Option<Points>,
    /// The most seats that one fan may have, for `too_many_seats`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub limit: Option<u32>,
    /// When the sale opens, for `sale_closed` before the opening.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub opens_at: Option<Timestamp>,
    /// What has to be solved, in the format of ALTCHA, for `proof_needed`. The solution is sent in the field `proof`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub task: Option<serde_json::Value>,
    /// The reference under which the fault was logged, for `fault`.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub reference: Option<String>,
}

/// A form field that is wrong, and the sentence that says why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrongField {
    pub field: String,
    pub message: String,
}

/// The error of every verb.
#[derive(Debug)]
pub enum Problem {
    /// On the server: the error that the library returned. `server::problem` makes the response from it.
    #[cfg(feature = "ssr")]
    Denied(encore::Denied),
    /// In the browser: the body of the error response.
    Refused(Box<Refused>),
    /// In the browser: no response arrived, or it cannot be read. It is unknown whether the verb was carried out.
    NoAnswer,
}

impl Problem {
    /// Reads the body of an error response. Returns `NoAnswer` if it is not the JSON of [`Refused`].
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
