//! People with an account, their credentials, and the devices they are signed in on.

use super::{Read, Write};
use crate::domain::account::{Duty, Role};
use crate::domain::{DeviceId, Timestamp, User, UserId};
use rusqlite::{OptionalExtension, Result, Row, params};

/// A browser in which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    /// The kind of browser, such as `Firefox · Windows`. Empty if the browser does not tell.
    pub name: String,
    pub signed_in_at: Timestamp,
}

/// Reads the columns `id, name, email, role, point, duty`.
pub(super) fn user(row: &Row<'_>) -> Result<User> {
    Ok(User {
        id: row.get(0)?,
        name: row.get(1)?,
        email: row.get(2)?,
        role: row.get(3)?,
        point: row.get(4)?,
        duty: row.get(5)?,
    })
}

/// Reads the columns `id, name, signed_in_at`.
fn device(row: &Row<'_>) -> Result<Device> {
    Ok(Device { id: row.get(0)?, name: row.get(1)?, signed_in_at: row.get(2)? })
}

impl Read<'_> {
    pub fn user(&self, id: UserId) -> Result<Option<User>> {
        let sql = "select id, name, email, role, point, duty from user where id = ?";
        self.connection.prepare_cached(sql)?.query_row([id], user).optional()
    }

    /// The person with this email address. `email` must be in lower case, as the stored addresses are.
    pub fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        let sql = "select id, name, email, role, point, duty from user where email = ?";
        self.connection.prepare_cached(sql)?.query_row([email], user).optional()
    }

    /// The random number of an account. `None` if there is no such account.
    pub fn account_tag(&self, id: UserId) -> Result<Option<i64>> {
        let sql = "select tag from user where id = ?";
        self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()
    }

    pub fn password_hash(&self, id: UserId) -> Result<Option<String>> {
        let sql = "select password_hash from credential where user_id = ?";
        self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()
    }

    /// Whether a person has shown that their address is theirs.
    pub fn is_verified(&self, id: UserId) -> Result<bool> {
        let sql = "select verified_at is not null from user where id = ?";
        self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))
    }

    /// The devices on which a person is signed in at `now`, the latest sign-in first.
    pub fn devices(&self, user: UserId, now: Timestamp) -> Result<Vec<Device>> {
        let sql = "select id, name, signed_in_at from device
            where user_id = ? and expire_at > ? and ended_at is null order by expire_at desc, id desc";
        self.connection.prepare_cached(sql)?.query_map(params![user, now], device)?.collect()
    }

    /// Whether a person has signed in, on any device or on one with this name, in a session that has not expired.
    pub fn has_signed_in(&self, user: UserId, name: Option<&str>) -> Result<bool> {
        let sql = "select exists (select 1 from device where user_id = ?1 and (?2 is null or name = ?2))";
        self.connection.prepare_cached(sql)?.query_row(params![user, name], |row| row.get(0))
    }

    pub fn device(&self, id: DeviceId) -> Result<Option<Device>> {
        let sql = "select id, name, signed_in_at from device where id = ?";
        self.connection.prepare_cached(sql)?.query_row([id], device).optional()
    }

    /// The devices that were signed out although their session would still be valid at `now`.
    pub fn ended_devices(&self, now: Timestamp) -> Result<Vec<DeviceId>> {
        let sql = "select id from device where expire_at > ? and ended_at is not null";
        self.connection.prepare_cached(sql)?.query_map([now], |row| row.get(0))?.collect()
    }

    /// All members of staff, in the order of their duties (owner, box office, door), and by name within each duty.
    pub fn team(&self) -> Result<Vec<User>> {
        let sql = "select id, name, email, role, point, duty from user indexed by user_by_duty
            where duty is not null order by duty = 'door', duty = 'box_office', name";
        self.connection.prepare_cached(sql)?.query_map([], user)?.collect()
    }

    /// Whether the database contains neither a person nor a concert.
    pub fn is_empty(&self) -> Result<bool> {
        let sql = "select not exists (select 1 from user) and not exists (select 1 from concert)";
        self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
    }

    /// Whether the database has demo data.
    pub fn is_demo(&self) -> Result<bool> {
        self.connection.prepare_cached("select exists (select 1 from demo)")?.query_row([], |row| row.get(0))
    }
}

impl Write<'_> {
    /// Marks the database as one with demo data.
    pub fn mark_demo(&self) -> Result<()> {
        self.connection.prepare_cached("insert into demo (id) values (1)")?.execute([]).map(drop)
    }

    /// Adds a person with a balance of 0 points. The email address must be in lower case, and counts as verified.
    pub fn insert_user(
        &self,
        name: &str,
        email: &str,
        role: Role,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<UserId> {
        let sql = "insert into user (name, email, role, created_at, updated_at, verified_at, tag)
            values (?, ?, ?, ?4, ?4, ?4, random())";
        self.connection.prepare_cached(sql)?.execute(params![name, email, role, now])?;
        let id = UserId(self.connection.last_insert_rowid());
        let sql = "insert into credential (user_id, password_hash, updated_at) values (?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![id, password_hash, now])?;
        Ok(id)
    }

    /// Sets the hash of a person's password. It also ends the links with which others can take their tickets.
    pub fn set_password_hash(&self, id: UserId, password_hash: &str, now: Timestamp) -> Result<()> {
        let sql = "update credential set password_hash = ?, updated_at = ? where user_id = ?";
        self.connection.prepare_cached(sql)?.execute(params![password_hash, now, id])?;
        let sql = "update reservation set hand_on_link_made_at = null
            where user_id = ? and hand_on_link_made_at is not null";
        self.connection.prepare_cached(sql)?.execute([id]).map(drop)
    }

    /// Erases a person: the name, the address, the password, the mails, the links and the addresses from which they joined.
    /// `email` is the address that stands for none. All sessions end, since the account gets another tag.
    pub fn erase_user(&self, id: UserId, email: &str, now: Timestamp) -> Result<()> {
        let statements = [
            "delete from credential where user_id = ?",
            "delete from mail where user_id = ?",
            "delete from account_link where user_id = ?",
            "delete from reminder where user_id = ?",
            "delete from device where user_id = ?",
            "delete from second_step where user_id = ?",
            "delete from passkey where user_id = ?",
            "update queue_token set address = null where user_id = ? and address is not null",
            "update reservation set holder_name = null where user_id = ? and holder_name is not null",
            "update voided_place set answer = null where user_id = ? and answer is not null",
        ];
        for sql in statements {
            self.connection.prepare_cached(sql)?.execute([id])?;
        }
        let sql = "update user set name = '-', email = ?, tag = random(), left_at = ?2, updated_at = ?2 where id = ?3";
        self.connection.prepare_cached(sql)?.execute(params![email, now, id]).map(drop)
    }

    /// Records a sign-in. `name` is at most 80 characters; the session expires at `expire_at`.
    pub fn insert_device(&self, user: UserId, name: &str, now: Timestamp, expire_at: Timestamp) -> Result<DeviceId> {
        let sql = "insert into device (user_id, name, signed_in_at, expire_at) values (?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![user, name, now, expire_at])?;
        Ok(DeviceId(self.connection.last_insert_rowid()))
    }

    /// Signs a device out.
    pub fn end_device(&self, id: DeviceId, now: Timestamp) -> Result<()> {
        let sql = "update device set ended_at = ? where id = ? and ended_at is null";
        self.connection.prepare_cached(sql)?.execute(params![now, id])?;
        self.note_ended(id);
        Ok(())
    }

    /// Deletes the devices of a person whose sessions have expired at `now`.
    pub fn forget_devices(&self, user: UserId, now: Timestamp) -> Result<()> {
        let sql = "delete from device where user_id = ? and expire_at <= ?";
        self.connection.prepare_cached(sql)?.execute(params![user, now]).map(drop)
    }

    /// Makes a person a member of staff with this duty, or a fan if `duty` is `None`.
    pub fn set_duty(&self, id: UserId, duty: Option<Duty>, now: Timestamp) -> Result<()> {
        let role = if duty.is_some() { Role::Staff } else { Role::Fan };
        let sql = "update user set role = ?, duty = ?, updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![role, duty, now, id]).map(drop)
    }
}
