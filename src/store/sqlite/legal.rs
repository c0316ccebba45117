//! The legal texts of the house, and who has agreed to them.

use super::{Read, Write};
use crate::domain::legal::{LegalKind, LegalText};
use crate::domain::{LegalTextId, Timestamp, UserId};
use rusqlite::{OptionalExtension, Result, Row, params};

/// That a person has agreed to one version of a legal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    pub text: LegalTextId,
    pub kind: LegalKind,
    pub version: u32,
    pub agreed_at: Timestamp,
}

/// Reads the columns `id, kind, version, korean, english, published_at`.
fn legal_text(row: &Row<'_>) -> Result<LegalText> {
    Ok(LegalText {
        id: row.get(0)?,
        kind: row.get(1)?,
        version: row.get(2)?,
        korean: row.get(3)?,
        english: row.get(4)?,
        published_at: row.get(5)?,
    })
}

impl Read<'_> {
    /// The latest version of each legal text, the terms of use first.
    pub fn legal_texts(&self) -> Result<Vec<LegalText>> {
        let sql = "select id, kind, version, korean, english, published_at from legal_text t
            where version = (select max(version) from legal_text where kind = t.kind) order by kind desc";
        self.connection.prepare_cached(sql)?.query_map([], legal_text)?.collect()
    }

    /// One version of a legal text.
    pub fn legal_text(&self, kind: LegalKind, version: u32) -> Result<Option<LegalText>> {
        let sql = "select id, kind, version, korean, english, published_at from legal_text
            where kind = ? and version = ?";
        self.connection.prepare_cached(sql)?.query_row(params![kind, version], legal_text).optional()
    }

    /// What a person has agreed to, the earliest first.
    pub fn consents(&self, user: UserId) -> Result<Vec<Consent>> {
        let sql = "select t.id, kind, version, agreed_at
            from consent c join legal_text t on t.id = c.legal_text_id where c.user_id = ? order by agreed_at, t.id";
        let consent = |row: &Row<'_>| {
            Ok(Consent { text: row.get(0)?, kind: row.get(1)?, version: row.get(2)?, agreed_at: row.get(3)? })
        };
        self.connection.prepare_cached(sql)?.query_map([user], consent)?.collect()
    }
}

impl Write<'_> {
    /// Adds the next version of a legal text.
    pub fn insert_legal_text(
        &self,
        kind: LegalKind,
        (korean, english): (&str, &str),
        by: UserId,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "insert into legal_text (kind, version, korean, english, published_by, published_at)
            select ?1, 1 + coalesce(max(version), 0), ?2, ?3, ?4, ?5 from legal_text where kind = ?1";
        self.connection.prepare_cached(sql)?.execute(params![kind, korean, english, by, now])?;
        self.note_legal_texts(self.legal_texts()?);
        Ok(())
    }

    /// Records that a person agrees to a legal text. The first time counts.
    pub fn insert_consent(&self, user: UserId, text: LegalTextId, now: Timestamp) -> Result<()> {
        let sql = "insert or ignore into consent (user_id, legal_text_id, agreed_at) values (?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![user, text, now]).map(drop)
    }
}
