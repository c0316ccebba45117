//! People and their credentials.

use super::{Read, Write};
use crate::domain::account::{Duty, Role};
use crate::domain::entities::User;
use crate::domain::{Timestamp, UserId};
use rusqlite::{OptionalExtension, Result, Row, params};

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

impl Read<'_> {
    pub fn user(&self, id: UserId) -> Result<Option<User>> {
        let sql = "select id, name, email, role, point, duty from user where id = ?";
        self.connection.prepare_cached(sql)?.query_row([id], user).optional()
    }

    pub fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        let sql = "select id, name, email, role, point, duty from user where email = ?";
        self.connection.prepare_cached(sql)?.query_row([email], user).optional()
    }

    pub fn password_hash(&self, id: UserId) -> Result<Option<String>> {
        let sql = "select password_hash from credential where user_id = ?";
        self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()
    }

    /// Everybody who is staff, by duty and name.
    pub fn team(&self) -> Result<Vec<User>> {
        let sql = "select id, name, email, role, point, duty from user indexed by user_by_duty
            where duty is not null order by duty = 'door', duty = 'box_office', name";
        self.connection.prepare_cached(sql)?.query_map([], user)?.collect()
    }

    /// Whether nobody and nothing is in the house yet.
    pub fn is_empty(&self) -> Result<bool> {
        let sql = "select not exists (select 1 from user) and not exists (select 1 from concert)";
        self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
    }
}

impl Write<'_> {
    pub fn insert_user(
        &self,
        name: &str,
        email: &str,
        role: Role,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<UserId> {
        let sql = "insert into user (name, email, role, created_at, updated_at) values (?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![name, email, role, now, now])?;
        let id = UserId(self.connection.last_insert_rowid());
        let sql = "insert into credential (user_id, password_hash, updated_at) values (?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![id, password_hash, now])?;
        Ok(id)
    }

    /// Makes a person staff with a duty, or a fan again.
    pub fn set_duty(&self, id: UserId, duty: Option<Duty>, now: Timestamp) -> Result<()> {
        let role = if duty.is_some() { Role::Staff } else { Role::Fan };
        let sql = "update user set role = ?, duty = ?, updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![role, duty, now, id]).map(drop)
    }
}
