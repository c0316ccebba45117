//! Places in the queue by the address from which they were taken, and the places that staff have cancelled.

use super::reservations::held;
use super::{Read, Write};
use crate::domain::hold::Held;
use crate::domain::{ScheduleId, Timestamp, TokenId, UserId};
use rusqlite::{OptionalExtension, Result, Row, params};

/// The live places that were taken from one address, in the queue of one schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressPlaces {
    pub address: String,
    pub waiting: i64,
    pub active: i64,
    /// How many seats these fans hold and have bought.
    pub held: i64,
    pub bought: i64,
    /// How many of the accounts were made within a day before they joined.
    pub new_accounts: i64,
    /// When the first and the last of these places were taken.
    pub first: Timestamp,
    pub last: Timestamp,
}

/// A place that staff have cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidedPlace {
    pub token: TokenId,
    pub schedule: ScheduleId,
    pub user: UserId,
    pub user_name: String,
    pub reason: String,
    /// What the fan answered.
    pub answer: Option<String>,
    pub voided_at: Timestamp,
    pub restored_at: Option<Timestamp>,
}

/// A statement that reads [`VoidedPlace`]s, with the rest of it.
macro_rules! voided {
    ($rest:literal) => {
        concat!(
            "select v.token_id, v.schedule_id, v.user_id, u.name, v.reason, v.answer, v.created_at, v.restored_at
            from voided_place v join user u on u.id = v.user_id ",
            $rest
        )
    };
}

fn voided(row: &Row<'_>) -> Result<VoidedPlace> {
    Ok(VoidedPlace {
        token: row.get(0)?,
        schedule: row.get(1)?,
        user: row.get(2)?,
        user_name: row.get(3)?,
        reason: row.get(4)?,
        answer: row.get(5)?,
        voided_at: row.get(6)?,
        restored_at: row.get(7)?,
    })
}

impl Read<'_> {
    /// How many live places in the queue of a schedule were taken from an address.
    pub fn places_of_address(&self, schedule: ScheduleId, address: &str) -> Result<u32> {
        let sql = "select count(*) from queue_token
            where schedule_id = ? and address = ? and status in ('wait', 'active')";
        self.connection.prepare_cached(sql)?.query_row(params![schedule, address], |row| row.get(0))
    }

    /// How many seats are held at `now` by all fans whose places were taken from the same address as the place `token`.
    /// 0 if that address is not known.
    pub fn held_from_address_of(&self, token: TokenId, now: Timestamp) -> Result<u32> {
        // A cross join keeps its order: from one fan to those of the same address, and then to what they hold.
        let sql = "select count(*) from queue_token mine
            cross join queue_token t on t.schedule_id = mine.schedule_id and t.address = mine.address
                and t.status in ('wait', 'active')
            cross join reservation r on r.user_id = t.user_id and r.schedule_id = t.schedule_id and r.status = 'reserved'
            where mine.id = ? and r.expired_at > ?";
        self.connection.prepare_cached(sql)?.query_row(params![token, now], |row| row.get(0))
    }

    /// The addresses from which at least `least` live places in the queue of a schedule were taken, those with the most
    /// first, at most `limit`.
    pub fn crowded_addresses(&self, schedule: ScheduleId, least: u32, limit: u32) -> Result<Vec<AddressPlaces>> {
        let sql = "select t.address, sum(t.status = 'wait'), sum(t.status = 'active'),
                sum((select count(*) from reservation r where r.user_id = t.user_id and r.schedule_id = t.schedule_id
                    and r.status = 'reserved')),
                sum((select count(*) from reservation r where r.user_id = t.user_id and r.schedule_id = t.schedule_id
                    and r.status = 'purchase')),
                sum(u.created_at > t.created_at - 86400000), min(t.created_at), max(t.created_at)
            from queue_token t join user u on u.id = t.user_id
            where t.schedule_id = ?1 and t.status in ('wait', 'active') and t.address in
                (select address from queue_token where schedule_id = ?1 and status in ('wait', 'active')
                    and address is not null group by address having count(*) >= ?2 order by count(*) desc limit ?3)
            group by t.address order by count(*) desc, t.address";
        let places = |row: &Row<'_>| {
            Ok(AddressPlaces {
                address: row.get(0)?,
                waiting: row.get(1)?,
                active: row.get(2)?,
                held: row.get(3)?,
                bought: row.get(4)?,
                new_accounts: row.get(5)?,
                first: row.get(6)?,
                last: row.get(7)?,
            })
        };
        self.connection.prepare_cached(sql)?.query_map(params![schedule, least, limit], places)?.collect()
    }

    /// The live places that were taken from an address.
    pub fn tokens_of_address(&self, schedule: ScheduleId, address: &str) -> Result<Vec<TokenId>> {
        let sql = "select id from queue_token where schedule_id = ? and address = ? and status in ('wait', 'active')";
        self.connection.prepare_cached(sql)?.query_map(params![schedule, address], |row| row.get(0))?.collect()
    }

    /// The seats that are held by the fans of the live places that were taken from an address.
    pub fn holds_of_address(&self, schedule: ScheduleId, address: &str) -> Result<Vec<Held>> {
        let sql = "select r.id, r.user_id, r.seat_id, r.price, r.expired_at from queue_token t
            cross join reservation r on r.user_id = t.user_id and r.schedule_id = t.schedule_id and r.status = 'reserved'
            where t.schedule_id = ? and t.address = ? and t.status in ('wait', 'active')";
        self.connection.prepare_cached(sql)?.query_map(params![schedule, address], held)?.collect()
    }

    /// The place of a fan that staff have cancelled and not given back. `None` if there is none.
    pub fn voided_place_of(&self, fan: UserId, schedule: ScheduleId) -> Result<Option<VoidedPlace>> {
        let sql = voided!("where v.user_id = ? and v.schedule_id = ? and v.restored_at is null");
        self.connection.prepare_cached(sql)?.query_row(params![fan, schedule], voided).optional()
    }

    /// A cancelled place, which may have been given back. `None` if it never was cancelled.
    pub fn voided_place(&self, token: TokenId) -> Result<Option<VoidedPlace>> {
        self.connection.prepare_cached(voided!("where v.token_id = ?"))?.query_row([token], voided).optional()
    }

    /// The cancelled places of a schedule that were not given back, those with an answer first, the latest of them
    /// first, at most `limit`.
    pub fn voided_places(&self, schedule: ScheduleId, limit: u32) -> Result<Vec<VoidedPlace>> {
        let sql = voided!(
            "where v.schedule_id = ? and v.restored_at is null
            order by v.answered_at is null, v.answered_at desc, v.token_id limit ?"
        );
        self.connection.prepare_cached(sql)?.query_map(params![schedule, limit], voided)?.collect()
    }
}

impl Write<'_> {
    /// Records that staff have cancelled places.
    pub fn insert_voided_places(&self, tokens: &[TokenId], reason: &str, now: Timestamp) -> Result<()> {
        let sql = "insert into voided_place (token_id, schedule_id, user_id, reason, created_at)
            select id, schedule_id, user_id, ?2, ?3 from queue_token where id in (select value from json_each(?1))
            on conflict do update set reason = ?2, answer = null, answered_at = null, restored_at = null, created_at = ?3";
        let tokens = super::values::JsonArray::of(tokens);
        self.connection.prepare_cached(sql)?.execute(params![tokens, reason, now]).map(drop)
    }

    /// Stores what a fan answers about a cancelled place.
    pub fn answer_voided_place(&self, token: TokenId, answer: &str, now: Timestamp) -> Result<()> {
        let sql = "update voided_place set answer = ?, answered_at = ? where token_id = ?";
        self.connection.prepare_cached(sql)?.execute(params![answer, now, token]).map(drop)
    }

    /// Records that staff gave a cancelled place back.
    pub fn note_restored(&self, token: TokenId, now: Timestamp) -> Result<()> {
        let sql = "update voided_place set restored_at = ? where token_id = ?";
        self.connection.prepare_cached(sql)?.execute(params![now, token]).map(drop)
    }

    /// Forgets the addresses of up to `count` places that were taken before `before`.
    pub fn forget_addresses(&self, before: Timestamp, count: u32) -> Result<()> {
        let sql = "update queue_token set address = null where id in
            (select id from queue_token where created_at < ? and address is not null and status = 'delete' limit ?)";
        self.connection.prepare_cached(sql)?.execute(params![before, count]).map(drop)
    }
}
