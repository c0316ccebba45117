//! How values of the domain are stored in a column: ids and timestamps as integers, enums as their words.

use crate::domain::account::{Duty, Role};
use crate::domain::beacon::Round;
use crate::domain::concert::Publication;
use crate::domain::legal::LegalKind;
use crate::domain::mail::{Language, Letter, LinkPurpose, MailStatus};
use crate::domain::points::LedgerKind;
use crate::domain::queue::{EndReason, TokenStatus};
use crate::domain::seat::SeatKind;
use crate::domain::ticket::ScanOutcome;
use crate::domain::till::TillKind;
use crate::domain::waitlist::{WaitlistStatus, Wish};
use crate::domain::{
    ConcertId, DeviceId, InvitationId, LegalTextId, LinkId, MailId, PasskeyId, PaymentId, PlanId, ReservationId,
    ReservationStatus, ScheduleId, SeatId, SeatNumber, SeatStatus, ShiftId, StaffAction, Timestamp, TokenId, UserId,
    WaitlistEntryId,
};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// Stores a newtype around an `i64` as an integer.
macro_rules! whole_numbers {
    ($($name:ident),+) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> { Ok(self.0.into()) }
        }
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> { value.as_i64().map(Self) }
        }
    )+};
}

/// Stores a seat's number as an integer if it is one, otherwise as text.
impl ToSql for SeatNumber {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.integer().map_or_else(|| self.as_str().into(), ToSqlOutput::from))
    }
}
impl FromSql for SeatNumber {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Integer(number) => Ok(number.into()),
            text => Self::parse(text.as_str()?).ok_or(FromSqlError::InvalidType),
        }
    }
}

whole_numbers!(
    ConcertId,
    DeviceId,
    InvitationId,
    LegalTextId,
    LinkId,
    MailId,
    PasskeyId,
    PaymentId,
    PlanId,
    ReservationId,
    Round,
    ScheduleId,
    SeatId,
    ShiftId,
    Timestamp,
    TokenId,
    UserId,
    WaitlistEntryId
);

/// A list of ids or of other values, as the JSON array that `json_each(?)` takes. A statement that changes all the listed
/// rows takes the place of one statement for each row: inside a savepoint, the cost of a statement with a trigger or with
/// `returning` grows with the number of rows that the savepoint has changed before.
pub struct JsonArray(String);

impl JsonArray {
    pub fn of(list: &[impl serde::Serialize]) -> Self {
        // A list of plain values can always be serialised. An empty text would be a malformed list and fail the statement.
        Self(serde_json::to_string(list).unwrap_or_default())
    }
}

impl ToSql for JsonArray {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_str().into())
    }
}

/// Stores a value as JSON.
macro_rules! json {
    ($($name:ident),+) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                let json = serde_json::to_string(self);
                Ok(json.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?.into())
            }
        }
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                serde_json::from_str(value.as_str()?).map_err(|error| FromSqlError::Other(error.into()))
            }
        }
    )+};
}
json!(Letter, TokenList, Wish);

/// The ids of tokens, stored as a JSON array.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct TokenList(pub Vec<TokenId>);

/// Stores an enum as the text that `as_str` returns and `from_word` reads.
macro_rules! words {
    ($($name:ident),+) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> { Ok(self.as_str().into()) }
        }
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Self::from_word(value.as_str()?).ok_or(FromSqlError::InvalidType)
            }
        }
    )+};
}
words!(
    Duty,
    EndReason,
    Language,
    LegalKind,
    LedgerKind,
    LinkPurpose,
    MailStatus,
    Publication,
    ReservationStatus,
    Role,
    ScanOutcome,
    SeatKind,
    SeatStatus,
    StaffAction,
    TillKind,
    TokenStatus,
    WaitlistStatus
);
