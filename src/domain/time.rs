//! Instants as whole milliseconds since the Unix epoch, which the database stores and the rules compare.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// An instant in milliseconds since the Unix epoch (1970-01-01T00:00:00Z). In JSON it is text as in RFC 3339, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Returns the instant `seconds` after this one, or before it if `seconds` is negative.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Returns the milliseconds from `now` until this instant; 0 if it has passed.
    pub const fn millis_from(self, now: Self) -> u64 {
        let left = self.0.saturating_sub(now.0);
        if left > 0 { left as u64 } else { 0 }
    }

    /// Returns the same instant as a chrono type, for calendar arithmetic and display. An instant beyond the years that
    /// chrono supports becomes the Unix epoch.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// Formats the instant as in RFC 3339, in UTC with milliseconds: `2025-12-24T10:00:00.123Z`.
    pub fn to_rfc3339(self) -> String {
        self.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parsed = DateTime::parse_from_rfc3339(&text).map_err(D::Error::custom)?;
        Ok(Self(parsed.timestamp_millis()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_rfc_3339_unchanged() {
        let instant = Timestamp(1_766_570_400_123);
        let json = serde_json::to_string(&instant).expect("a timestamp serialises");
        assert_eq!(json, "\"2025-12-24T10:00:00.123Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&json).expect("and parses"), instant);
    }
}
