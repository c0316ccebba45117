//! The outbox of mails, and the links in them.

use super::{Read, Write};
use crate::domain::mail::{Attempted, Language, Letter, LinkPurpose, MailStatus};
use crate::domain::{LinkId, MailId, ScheduleId, Timestamp, UserId};
use rusqlite::{OptionalExtension, Result, Row, params};

/// A mail of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub id: MailId,
    pub user_id: UserId,
    /// The address to which it is sent: the one that the person had when it was written.
    pub address: String,
    pub language: Language,
    pub letter: Letter,
    /// The part of its Message-ID before the @.
    pub message_id: String,
    pub status: MailStatus,
    pub attempts: u32,
    pub next_attempt_at: Timestamp,
    pub give_up_at: Timestamp,
    /// What the mail server said when it last did not take the mail.
    pub error: Option<String>,
    pub created_at: Timestamp,
    /// When it was written, was last tried, or was sent.
    pub updated_at: Timestamp,
}

/// A link that lets whoever has it do one thing to an account, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLink {
    pub id: LinkId,
    pub user_id: UserId,
    pub purpose: LinkPurpose,
    /// The address that is shown to be one's own. `None` for another purpose.
    pub address: Option<String>,
    /// Whether a member of staff made it.
    pub is_by_staff: bool,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// The most mails on one page of the list.
pub const MAIL_PAGE: usize = 100;

/// Reads the columns of `select_mail!`.
fn mail(row: &Row<'_>) -> Result<Mail> {
    Ok(Mail {
        id: row.get(0)?,
        user_id: row.get(1)?,
        address: row.get(2)?,
        language: row.get(3)?,
        letter: row.get(4)?,
        message_id: row.get(5)?,
        status: row.get(6)?,
        attempts: row.get(7)?,
        next_attempt_at: row.get(8)?,
        give_up_at: row.get(9)?,
        error: row.get(10)?,
        created_at: row.get(11)?,
        updated_at: row.get(12)?,
    })
}

/// The statement that reads mails. `$rest` is the end of the statement: its `where` and `order by`.
macro_rules! select_mail {
    ($rest:literal) => {
        concat!(
            "select id, user_id, address, language, letter, message_id, status, attempts, next_attempt_at, give_up_at,
                error, created_at, updated_at
            from mail ",
            $rest
        )
    };
}

impl Read<'_> {
    pub fn mail(&self, id: MailId) -> Result<Option<Mail>> {
        let sql = select_mail!("where id = ?");
        self.connection.prepare_cached(sql)?.query_row([id], mail).optional()
    }

    /// The mail that is to be sent first, of those that wait and are urgent, or are not. It may be too early for it.
    pub fn first_mail(&self, is_urgent: bool) -> Result<Option<Mail>> {
        let sql = select_mail!("where status = 'wait' and is_urgent = ? order by next_attempt_at, id limit 1");
        self.connection.prepare_cached(sql)?.query_row([is_urgent], mail).optional()
    }

    /// The mails in one state, the newest first, at most [`MAIL_PAGE`]: those with an id below `before`, if it is given.
    pub fn mails(&self, status: MailStatus, before: Option<MailId>) -> Result<Vec<Mail>> {
        let sql = select_mail!("where status = ? and id < ? order by id desc limit ?");
        let before = before.unwrap_or(MailId(i64::MAX));
        self.connection.prepare_cached(sql)?.query_map(params![status, before, MAIL_PAGE as i64], mail)?.collect()
    }

    /// The mails to a person, the newest first.
    pub fn mails_to(&self, user: UserId) -> Result<Vec<Mail>> {
        let sql = select_mail!("where user_id = ? order by id desc");
        self.connection.prepare_cached(sql)?.query_map([user], mail)?.collect()
    }

    /// How many mails are in one state.
    pub fn mail_count(&self, status: MailStatus) -> Result<i64> {
        let sql = "select count(*) from mail where status = ?";
        self.connection.prepare_cached(sql)?.query_row([status], |row| row.get(0))
    }

    pub fn account_link(&self, id: LinkId) -> Result<Option<AccountLink>> {
        let sql = "select id, user_id, expires_at, used_at, created_at, purpose, address, made_by is not null
            from account_link where id = ?";
        let link = |row: &Row<'_>| {
            Ok(AccountLink {
                id: row.get(0)?,
                user_id: row.get(1)?,
                expires_at: row.get(2)?,
                used_at: row.get(3)?,
                created_at: row.get(4)?,
                purpose: row.get(5)?,
                address: row.get(6)?,
                is_by_staff: row.get(7)?,
            })
        };
        self.connection.prepare_cached(sql)?.query_row([id], link).optional()
    }

    /// How many links for a purpose were made to an account after an instant, by its owner or by others.
    pub fn links_since(&self, user: UserId, purpose: LinkPurpose, since: Timestamp) -> Result<u32> {
        let sql = "select count(*) from account_link where user_id = ? and purpose = ? and created_at > ?";
        self.connection.prepare_cached(sql)?.query_row(params![user, purpose, since], |row| row.get(0))
    }

    /// How many links to an address were made after an instant, for any accounts.
    pub fn links_to_address_since(&self, address: &str, since: Timestamp) -> Result<u32> {
        let sql = "select count(*) from account_link where address = ? and created_at > ?";
        self.connection.prepare_cached(sql)?.query_row(params![address, since], |row| row.get(0))
    }

    /// The schedules of whose opening a fan will be reminded.
    pub fn reminders_of(&self, fan: UserId) -> Result<Vec<ScheduleId>> {
        let sql = "select schedule_id from reminder where user_id = ?";
        self.connection.prepare_cached(sql)?.query_map([fan], |row| row.get(0))?.collect()
    }

    /// The fans who will be reminded of the opening of a schedule, at most `count`.
    pub fn fans_to_remind(&self, schedule: ScheduleId, count: u32) -> Result<Vec<UserId>> {
        let sql = "select user_id from reminder where schedule_id = ? order by user_id limit ?";
        self.connection.prepare_cached(sql)?.query_map(params![schedule, count], |row| row.get(0))?.collect()
    }
}

impl Write<'_> {
    /// Notes that a fan will be reminded of the opening of a schedule. Does nothing if they will be already.
    pub fn insert_reminder(&self, fan: UserId, schedule: ScheduleId, now: Timestamp) -> Result<()> {
        let sql = "insert into reminder (user_id, schedule_id, created_at) values (?, ?, ?) on conflict do nothing";
        self.connection.prepare_cached(sql)?.execute(params![fan, schedule, now]).map(drop)
    }

    pub fn delete_reminder(&self, fan: UserId, schedule: ScheduleId) -> Result<()> {
        let sql = "delete from reminder where user_id = ? and schedule_id = ?";
        self.connection.prepare_cached(sql)?.execute(params![fan, schedule]).map(drop)
    }

    /// Sets the language of the mails to a person.
    pub fn set_language(&self, user: UserId, language: Language, now: Timestamp) -> Result<()> {
        let sql = "update user set language = ?, updated_at = ? where id = ? and language <> ?1";
        self.connection.prepare_cached(sql)?.execute(params![language, now, user]).map(drop)
    }

    /// Adds a mail to a person to the outbox: to `address`, or to the one that they have now. It is tried until
    /// `give_up_at`. Does nothing if they have none: see [`account::no_address`](crate::domain::account::no_address).
    pub fn insert_mail(
        &self,
        (user, address): (UserId, Option<&str>),
        letter: &Letter,
        message_id: &str,
        give_up_at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let sql =
            "insert into mail (user_id, address, language, letter, message_id, next_attempt_at, give_up_at, created_at,
                updated_at, is_urgent)
            select id, coalesce(?6, email), language, ?1, ?2, ?3, ?4, ?3, ?3, ?7 from user
            where id = ?5 and has_address(coalesce(?6, email))";
        let values = params![letter, message_id, now, give_up_at, user, address, letter.is_urgent()];
        self.connection.prepare_cached(sql)?.execute(values)?;
        self.note_mail();
        Ok(())
    }

    /// Adds the same mail to the outbox for everybody who has a ticket of a schedule. It is tried until `give_up_at`.
    pub fn insert_mails_to_ticket_holders(
        &self,
        schedule: ScheduleId,
        letter: &Letter,
        give_up_at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        // One statement for all, so that other writes do not wait for long. Nobody has to keep the ids of the messages
        // secret, so SQLite may draw them.
        let sql =
            "insert into mail (user_id, address, language, letter, message_id, next_attempt_at, give_up_at, created_at,
                updated_at)
            select u.id, u.email, u.language, ?1, lower(hex(randomblob(16))), ?2, ?3, ?2, ?2 from user u
            where has_address(u.email)
                and u.id in (select user_id from reservation where schedule_id = ?4 and status = 'purchase')";
        self.connection.prepare_cached(sql)?.execute(params![letter, now, give_up_at, schedule])?;
        self.note_mail();
        Ok(())
    }

    /// Records an attempt to send a mail: what becomes of it, and what the mail server said if it did not take it.
    pub fn set_attempted(&self, id: MailId, attempted: Attempted, error: Option<&str>, now: Timestamp) -> Result<()> {
        let (status, next) = match attempted {
            Attempted::Sent => (MailStatus::Sent, now),
            Attempted::Again(at) => (MailStatus::Wait, at),
            Attempted::Failed => (MailStatus::Failed, now),
        };
        let sql = "update mail set status = ?, next_attempt_at = ?, error = ?, attempts = attempts + 1, updated_at = ?
            where id = ? and status = 'wait'";
        self.connection.prepare_cached(sql)?.execute(params![status, next, error, now, id]).map(drop)
    }

    /// Lets a mail that was given up be tried again until `give_up_at`. Returns whether there is such a mail.
    pub fn send_again(&self, id: MailId, give_up_at: Timestamp, now: Timestamp) -> Result<bool> {
        let sql = "update mail set status = 'wait', next_attempt_at = ?1, give_up_at = ?2, updated_at = ?1
            where id = ?3 and status = 'failed'";
        let changed = self.connection.prepare_cached(sql)?.execute(params![now, give_up_at, id])?;
        self.note_mail();
        Ok(changed > 0)
    }

    /// Deletes the mails that were written before `before`, in whatever state, and the links that expired before then.
    pub fn forget_mails(&self, before: Timestamp) -> Result<()> {
        let sql = "delete from mail where created_at < ?";
        self.connection.prepare_cached(sql)?.execute([before])?;
        let sql = "delete from account_link where expires_at < ?";
        self.connection.prepare_cached(sql)?.execute([before]).map(drop)
    }

    /// Adds a link to an account. `address` is given if the link shows that it is one's own. `made_by` is the member of
    /// staff who made it, if one did.
    pub fn insert_account_link(
        &self,
        user: UserId,
        (purpose, address): (LinkPurpose, Option<&str>),
        made_by: Option<UserId>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<LinkId> {
        let sql = "insert into account_link (user_id, purpose, address, made_by, expires_at, created_at)
            values (?, ?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![user, purpose, address, made_by, expires_at, now])?;
        Ok(LinkId(self.connection.last_insert_rowid()))
    }

    /// Uses up all links to an account.
    pub fn use_account_links(&self, user: UserId, now: Timestamp) -> Result<()> {
        let sql = "update account_link set used_at = ? where user_id = ? and used_at is null";
        self.connection.prepare_cached(sql)?.execute(params![now, user]).map(drop)
    }

    /// Notes that a person has not shown yet that their address is theirs.
    pub fn set_unverified(&self, user: UserId) -> Result<()> {
        self.connection.prepare_cached("update user set verified_at = null where id = ?")?.execute([user]).map(drop)
    }

    /// Sets the address of a person, which they have shown to be theirs.
    pub fn set_verified_address(&self, user: UserId, email: &str, now: Timestamp) -> Result<()> {
        let sql = "update user set email = ?1, verified_at = ?2, updated_at = ?2 where id = ?3";
        self.connection.prepare_cached(sql)?.execute(params![email, now, user]).map(drop)
    }
}
