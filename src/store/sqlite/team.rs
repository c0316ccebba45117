//! Invitations to join the staff, and the audit log of what staff did.

use super::{Read, Write};
use crate::domain::account::Duty;
use crate::domain::{InvitationId, StaffAction, Timestamp, UserId};
use rusqlite::{OptionalExtension, Result, Row, named_params, params};

/// A one-time link that makes the person who follows it a member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub duty: Duty,
    /// A note by the owner who created it, about the person it is meant for.
    pub note: String,
    pub invited_by: UserId,
    pub expires_at: Timestamp,
    pub accepted_by: Option<UserId>,
}

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub id: i64,
    pub staff_name: String,
    pub action: StaffAction,
    /// The person about whom the entry is, with their name now.
    pub person: Option<(UserId, String)>,
    /// The name of what was acted on, such as a concert's title.
    pub subject: String,
    pub note: String,
    pub created_at: Timestamp,
}

/// The most entries on one page of the audit log.
pub const LOG_PAGE: usize = 200;

fn invitation(row: &Row<'_>) -> Result<Invitation> {
    Ok(Invitation {
        id: row.get(0)?,
        duty: row.get(1)?,
        note: row.get(2)?,
        invited_by: row.get(3)?,
        expires_at: row.get(4)?,
        accepted_by: row.get(5)?,
    })
}

impl Read<'_> {
    /// The invitations that can still be accepted at `now`, the oldest first.
    pub fn open_invitations(&self, now: Timestamp) -> Result<Vec<Invitation>> {
        let sql = "select id, duty, note, invited_by, expires_at, accepted_by from invitation
            where accepted_by is null and expires_at > ? order by id";
        self.connection.prepare_cached(sql)?.query_map([now], invitation)?.collect()
    }

    /// The invitation with this `token_hash`, the SHA-256 hash of the token in its link. It may be accepted or expired.
    pub fn invitation(&self, token_hash: &str) -> Result<Option<Invitation>> {
        let sql = "select id, duty, note, invited_by, expires_at, accepted_by from invitation where token_hash = ?";
        self.connection.prepare_cached(sql)?.query_row([token_hash], invitation).optional()
    }

    /// The SHA-256 hash of the token that makes the first owner. `None` if there is no such link.
    pub fn first_owner_token(&self) -> Result<Option<String>> {
        let sql = "select token_hash from first_owner";
        self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()
    }

    /// The entries of the audit log that have the words of `search` in the names and email addresses of the member of
    /// staff and of the person it is about, the subject, the note and the stored word of the action: the newest first,
    /// at most [`LOG_PAGE`]. An empty `search` matches all entries. If `before` is given, only entries with a lower id
    /// are returned.
    pub fn log(&self, search: &str, before: Option<i64>) -> Result<Vec<AuditEntry>> {
        let sql = "select a.id, u.name, a.action, a.subject, a.note, a.created_at, p.id, p.name
            from audit_log a join user u on u.id = a.staff_id left join user p on p.id = a.person_id
            where a.id < :before and (:search = ''
                or has_words(u.name || ' ' || u.email || ' ' || coalesce(p.name || ' ' || p.email, '') || ' ' || a.subject
                    || ' ' || a.note || ' ' || a.action, :search))
            order by a.id desc limit :page";
        let entry = |row: &Row<'_>| {
            Ok(AuditEntry {
                id: row.get(0)?,
                staff_name: row.get(1)?,
                action: row.get(2)?,
                subject: row.get(3)?,
                note: row.get(4)?,
                created_at: row.get(5)?,
                person: row.get::<_, Option<UserId>>(6)?.zip(row.get(7)?),
            })
        };
        let named = named_params! {
            ":before": before.unwrap_or(i64::MAX), ":search": search, ":page": LOG_PAGE as i64,
        };
        self.connection.prepare_cached(sql)?.query_map(named, entry)?.collect()
    }
}

impl Write<'_> {
    /// Stores the hash of the token that makes the first owner, in place of the one before. With `None` there is none.
    pub fn set_first_owner_token(&self, token_hash: Option<&str>) -> Result<()> {
        self.connection.prepare_cached("delete from first_owner")?.execute([])?;
        let sql = "insert into first_owner (id, token_hash) select 1, ?1 where ?1 is not null";
        self.connection.prepare_cached(sql)?.execute([token_hash]).map(drop)
    }

    /// Adds an invitation. Nobody can accept it before [`Write::set_invitation_token`].
    pub fn insert_invitation(
        &self,
        (duty, note): (Duty, &str),
        invited_by: UserId,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Invitation> {
        // No token has this hash.
        let sql = "insert into invitation (token_hash, duty, note, invited_by, expires_at, created_at, updated_at)
            values ('none ' || lower(hex(randomblob(16))), ?1, ?2, ?3, ?4, ?5, ?5)
            returning id, duty, note, invited_by, expires_at, accepted_by";
        self.connection.prepare_cached(sql)?.query_row(params![duty, note, invited_by, expires_at, now], invitation)
    }

    /// Sets the SHA-256 hash of the token in the link of an invitation. The token itself is not stored.
    pub fn set_invitation_token(&self, id: InvitationId, token_hash: &str) -> Result<()> {
        let sql = "update invitation set token_hash = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![token_hash, id]).map(drop)
    }

    /// Marks an invitation as accepted. Does nothing if it already is.
    pub fn accept_invitation(&self, id: InvitationId, by: UserId, now: Timestamp) -> Result<()> {
        let sql = "update invitation set accepted_by = ?, updated_at = ? where id = ? and accepted_by is null";
        self.connection.prepare_cached(sql)?.execute(params![by, now, id]).map(drop)
    }

    /// Makes an invitation expire now, unless somebody has accepted it.
    pub fn revoke_invitation(&self, id: InvitationId, now: Timestamp) -> Result<()> {
        let sql = "update invitation set expires_at = ?1, updated_at = ?1 where id = ?2 and accepted_by is null";
        self.connection.prepare_cached(sql)?.execute(params![now, id]).map(drop)
    }

    /// Adds an entry to the audit log: who did what, about which person if about one, to what (`subject`, in words that people
    /// read), and a note.
    pub fn log_action(
        &self,
        staff: UserId,
        action: StaffAction,
        person: Option<UserId>,
        (subject, note): (&str, &str),
        now: Timestamp,
    ) -> Result<()> {
        let sql =
            "insert into audit_log (staff_id, action, person_id, subject, note, created_at) values (?, ?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![staff, action, person, subject, note, now]).map(drop)
    }
}
