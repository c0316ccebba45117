//! How people sign in besides with a password: the second step, and passkeys.

use super::{Read, Write};
use crate::domain::{PasskeyId, Timestamp, UserId};
use rusqlite::{OptionalExtension, Result, Row, params};

/// The second step of an account. The secrets are computed from it and the key file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondStep {
    /// What the secret of the authenticator app is computed from. `None` if there are recovery codes only.
    pub authenticator: Option<String>,
    /// The time step of the last code that was taken.
    pub last_step: i64,
    /// What the recovery codes are computed from.
    pub recovery: String,
    /// The recovery codes that were used: the bit of each is 1.
    pub recovery_used: u32,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    pub id: PasskeyId,
    pub user_id: UserId,
    /// The kind of browser in which it was made. Empty if the browser does not tell.
    pub name: String,
    /// The public key with its counter, as the caller stored it.
    pub data: String,
    pub created_at: Timestamp,
    /// When it was last used to sign in. `None` if never.
    pub used_at: Option<Timestamp>,
}

/// Reads the columns `id, user_id, name, data, created_at, used_at`.
fn passkey(row: &Row<'_>) -> Result<Passkey> {
    Ok(Passkey {
        id: row.get(0)?,
        user_id: row.get(1)?,
        name: row.get(2)?,
        data: row.get(3)?,
        created_at: row.get(4)?,
        used_at: row.get(5)?,
    })
}

impl Read<'_> {
    pub fn second_step(&self, user: UserId) -> Result<Option<SecondStep>> {
        let sql = "select authenticator, last_step, recovery, recovery_used from second_step where user_id = ?";
        let step = |row: &Row<'_>| {
            Ok(SecondStep {
                authenticator: row.get(0)?,
                last_step: row.get(1)?,
                recovery: row.get(2)?,
                recovery_used: row.get(3)?,
            })
        };
        self.connection.prepare_cached(sql)?.query_row([user], step).optional()
    }

    /// The passkeys of a person, the oldest first.
    pub fn passkeys(&self, user: UserId) -> Result<Vec<Passkey>> {
        let sql = "select id, user_id, name, data, created_at, used_at from passkey where user_id = ? order by id";
        self.connection.prepare_cached(sql)?.query_map([user], passkey)?.collect()
    }

    /// The passkey that a browser names with `credential_id`.
    pub fn passkey_of(&self, credential_id: &[u8]) -> Result<Option<Passkey>> {
        let sql = "select id, user_id, name, data, created_at, used_at from passkey where credential_id = ?";
        self.connection.prepare_cached(sql)?.query_row([credential_id], passkey).optional()
    }

    /// Whether staff have to sign in with a second step or a passkey.
    pub fn is_second_step_required(&self) -> Result<bool> {
        let sql = "select exists (select 1 from second_step_rule)";
        self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
    }
}

impl Write<'_> {
    /// Sets the second step of a person, in place of the one before.
    pub fn set_second_step(&self, user: UserId, step: &SecondStep, now: Timestamp) -> Result<()> {
        let sql = "insert or replace into second_step
            (user_id, authenticator, last_step, recovery, recovery_used, updated_at) values (?, ?, ?, ?, ?, ?)";
        let SecondStep { authenticator, last_step, recovery, recovery_used } = step;
        let values = params![user, authenticator, last_step, recovery, recovery_used, now];
        self.connection.prepare_cached(sql)?.execute(values).map(drop)
    }

    /// Deletes the second step of a person, with the recovery codes.
    pub fn delete_second_step(&self, user: UserId) -> Result<()> {
        self.connection.prepare_cached("delete from second_step where user_id = ?")?.execute([user]).map(drop)
    }

    pub fn insert_passkey(
        &self,
        user: UserId,
        credential_id: &[u8],
        (name, data): (&str, &str),
        now: Timestamp,
    ) -> Result<()> {
        let sql = "insert into passkey (user_id, credential_id, name, data, created_at) values (?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![user, credential_id, name, data, now]).map(drop)
    }

    /// Records that somebody signed in with a passkey, and what its `data` is since.
    pub fn use_passkey(&self, id: PasskeyId, data: &str, now: Timestamp) -> Result<()> {
        let sql = "update passkey set data = ?, used_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![data, now, id]).map(drop)
    }

    /// Deletes a passkey of a person. Returns whether there was one.
    pub fn delete_passkey(&self, user: UserId, id: PasskeyId) -> Result<bool> {
        let sql = "delete from passkey where user_id = ? and id = ?";
        Ok(self.connection.prepare_cached(sql)?.execute(params![user, id])? > 0)
    }

    /// Sets whether staff have to sign in with a second step or a passkey.
    pub fn require_second_step(&self, is_required: bool, now: Timestamp) -> Result<()> {
        let sql = if is_required {
            "insert or ignore into second_step_rule (id, since) values (1, ?)"
        } else {
            "delete from second_step_rule where ?1 is not null"
        };
        self.connection.prepare_cached(sql)?.execute([now]).map(drop)
    }
}
