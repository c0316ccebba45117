//! Instants as whole milliseconds since 1970 in UTC: what the database stores and the rules compare.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// An instant in milliseconds since the Unix epoch. In JSON it is RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This instant and so many seconds.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Milliseconds from now until this instant; zero where it has passed.
    pub const fn millis_from(self, now: Self) -> u64 {
        let left = self.0.saturating_sub(now.0);
        if left > 0 { left as u64 } else { 0 }
    }

    /// The same instant for calendar arithmetic and display. Instants beyond chrono's years show as the epoch.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// RFC 3339 in UTC with milliseconds.
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
    fn travels_as_rfc_3339_and_comes_back_the_same() {
        let instant = Timestamp(1_766_570_400_123);
        let json = serde_json::to_string(&instant).expect("a timestamp serialises");
        assert_eq!(json, "\"2025-12-24T10:00:00.123Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&json).expect("and parses"), instant);
    }
}
