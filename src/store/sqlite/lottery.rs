//! The lottery that decides the order of a lobby: its secret, its closed list, its delay and its order.

use super::values::TokenList;
use super::{Read, Write};
use crate::domain::beacon::Round;
use crate::domain::lottery::{Entry, LobbyList};
use crate::domain::{ScheduleId, Timestamp, TokenId};
use rusqlite::{OptionalExtension, Result, Row, params};

/// The stored state of a schedule's lottery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lottery {
    /// The seal of the secret: see [`Keys::lottery_secret`](crate::keys::Keys::lottery_secret). `None` until the lobby
    /// opens, or if there was no lobby.
    pub seal: Option<String>,
    /// The lottery's secret, as 64 hexadecimal digits. `None` until the lottery is run, or if there was no lobby. (An
    /// earlier version stored it when the lobby opened.)
    pub secret: Option<String>,
    /// When the order was drawn, or when the sale opened without a lobby. `None` before.
    pub drawn_at: Option<Timestamp>,
    /// The round of the beacon that was promised when the lobby opened, if any.
    pub round: Option<Round>,
    /// The signature of that round, once it has been mixed in.
    pub signature: Option<String>,
    /// `None` until the lobby has closed, if nobody was in it, and for lotteries that an earlier version has run.
    pub list: Option<ClosedList>,
}

/// What is stored of a closed list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedList {
    /// See [`list_hash`](crate::domain::lottery::list_hash).
    pub hash: String,
    /// The tokens of those who had left the lobby.
    pub withdrawn: Vec<TokenId>,
    pub delay: Delay,
}

/// A run of the delay function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delay {
    pub id: i64,
    /// When the lists were closed from which it started.
    pub closed_at: Timestamp,
    pub start: String,
    pub steps: u32,
    /// `None` while it is computed.
    pub output: Option<String>,
}

/// What a fan's receipt says, and with what it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LobbyEntry {
    pub entry: Entry,
    /// The round of the beacon that was promised, if any.
    pub round: Option<Round>,
    /// The seal of the lottery, which names the key of the receipts.
    pub seal: String,
}

/// A closed list that waits for its delay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListOfDelay {
    pub schedule: ScheduleId,
    /// The hash of the list.
    pub hash: String,
    /// The round of the beacon that was promised, if any.
    pub round: Option<Round>,
}

/// Reads the columns `id, closed_at, start, steps, output`, of which `first` is the index of the first.
fn delay(row: &Row<'_>, first: usize) -> Result<Delay> {
    Ok(Delay {
        id: row.get(first)?,
        closed_at: row.get(first + 1)?,
        start: row.get(first + 2)?,
        steps: row.get(first + 3)?,
        output: row.get(first + 4)?,
    })
}

/// Reads the columns `id, contribution` of a token.
fn entrant(row: &Row<'_>) -> Result<(TokenId, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

impl Read<'_> {
    /// The stored state of a schedule's lottery.
    pub fn lottery(&self, schedule: ScheduleId) -> Result<Lottery> {
        let sql = "select lottery_seal, lottery_secret, drawn_at, lottery_list, lottery_withdrawn, d.id, d.closed_at,
                d.start, d.steps, d.output, lottery_round, lottery_signature
            from concert_schedule cs left join lottery_delay d on d.id = cs.lottery_delay_id where cs.id = ?";
        let lottery = |row: &Row<'_>| {
            let list = match row.get(3)? {
                Some(hash) => {
                    let TokenList(withdrawn) = row.get(4)?;
                    Some(ClosedList { hash, withdrawn, delay: delay(row, 5)? })
                }
                None => None,
            };
            Ok(Lottery {
                seal: row.get(0)?,
                secret: row.get(1)?,
                drawn_at: row.get(2)?,
                round: row.get(10)?,
                signature: row.get(11)?,
                list,
            })
        };
        self.connection.prepare_cached(sql)?.query_row([schedule], lottery)
    }

    /// Who is in a lobby that has not closed yet, and who has left it.
    pub fn lobby(&self, schedule: ScheduleId) -> Result<LobbyList> {
        let entrants = "select id, contribution from queue_token
            where schedule_id = ? and contribution is not null and number is null and status = 'wait' order by id";
        let withdrawn = "select id from queue_token
            where schedule_id = ? and contribution is not null and number is null and status <> 'wait' order by id";
        Ok(LobbyList {
            entrants: self
                .connection
                .prepare_cached(entrants)?
                .query_map([schedule], entrant)?
                .collect::<Result<_>>()?,
            withdrawn: self
                .connection
                .prepare_cached(withdrawn)?
                .query_map([schedule], |row| row.get(0))?
                .collect::<Result<_>>()?,
        })
    }

    /// The tokens of a list that is closed and has not been drawn yet, each with its fan's contribution, in the order of
    /// their ids.
    pub fn undrawn_entrants(&self, schedule: ScheduleId) -> Result<Vec<(TokenId, String)>> {
        let sql = "select id, contribution from queue_token
            where schedule_id = ?1 and contribution is not null and number is null and id not in
                (select value from concert_schedule cs, json_each(cs.lottery_withdrawn) where cs.id = ?1)
            order by id";
        self.connection.prepare_cached(sql)?.query_map([schedule], entrant)?.collect()
    }

    /// The tokens that took part in a lottery that is over, in any state, each with its fan's contribution, in the order
    /// of their ids.
    pub fn entrants(&self, schedule: ScheduleId) -> Result<Vec<(TokenId, String)>> {
        let sql = "select id, contribution from queue_token
            where schedule_id = ? and contribution is not null and number is not null order by id";
        self.connection.prepare_cached(sql)?.query_map([schedule], entrant)?.collect()
    }

    /// The entry of a token into the lobby. `None` if the token was never in a lobby.
    pub fn lobby_entry(&self, token: TokenId) -> Result<Option<LobbyEntry>> {
        let sql = "select t.created_at, t.contribution, cs.lottery_round, cs.lottery_seal
            from queue_token t join concert_schedule cs on cs.id = t.schedule_id
            where t.id = ? and t.contribution is not null and cs.lottery_seal is not null";
        let entry = |row: &Row<'_>| {
            let entry = Entry { token, entered_at: row.get(0)?, contribution: row.get(1)? };
            Ok(LobbyEntry { entry, round: row.get(2)?, seal: row.get(3)? })
        };
        self.connection.prepare_cached(sql)?.query_row([token], entry).optional()
    }

    /// The oldest delay that has no result yet.
    pub fn running_delay(&self) -> Result<Option<Delay>> {
        let sql =
            "select id, closed_at, start, steps, output from lottery_delay where output is null order by id limit 1";
        self.connection.prepare_cached(sql)?.query_row([], |row| delay(row, 0)).optional()
    }

    /// The lists that were closed together for a delay, in ascending order of their schedules.
    pub fn lists_of_delay(&self, id: i64) -> Result<Vec<ListOfDelay>> {
        let sql = "select id, lottery_list, lottery_round from concert_schedule where lottery_delay_id = ? order by id";
        let list = |row: &Row<'_>| Ok(ListOfDelay { schedule: row.get(0)?, hash: row.get(1)?, round: row.get(2)? });
        self.connection.prepare_cached(sql)?.query_map([id], list)?.collect()
    }
}

impl Write<'_> {
    /// Stores the seal of the lottery's secret and the promised round of the beacon, unless there already is a seal.
    pub fn keep_seal(&self, schedule: ScheduleId, seal: &str, round: Option<Round>) -> Result<()> {
        let sql =
            "update concert_schedule set lottery_seal = ?, lottery_round = ? where id = ? and lottery_seal is null";
        self.connection.prepare_cached(sql)?.execute(params![seal, round, schedule]).map(drop)
    }

    /// Stores the signature of the round that is mixed into a lottery.
    pub fn keep_signature(&self, schedule: ScheduleId, signature: &str) -> Result<()> {
        let sql = "update concert_schedule set lottery_signature = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![signature, schedule]).map(drop)
    }

    /// Adds a delay that has to be computed, and returns its id.
    pub fn insert_delay(&self, start: &str, steps: u32, now: Timestamp) -> Result<i64> {
        let sql = "insert into lottery_delay (closed_at, start, steps) values (?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![now, start, steps])?;
        self.note_delay();
        Ok(self.connection.last_insert_rowid())
    }

    /// Closes the list of a lobby, which must not be empty, and reserves the next numbers for its tokens. `hash` is that of
    /// the list. From now on fans who join get higher numbers.
    pub fn close_list(&self, schedule: ScheduleId, list: &LobbyList, hash: &str, delay: i64) -> Result<()> {
        let sql = "update concert_schedule set lottery_delay_id = ?1, lottery_list = ?2, lottery_withdrawn = ?3,
                last_number = last_number + ?4, unnumbered = ?4 where id = ?5
            returning last_number";
        let count = list.entrants.len() as i64;
        let closed = params![delay, hash, TokenList(list.withdrawn.clone()), count, schedule];
        let last: i64 = self.connection.prepare_cached(sql)?.query_row(closed, |row| row.get(0))?;
        let sql = "insert into lottery_order (schedule_id, token_ids, first_number) values (?, ?, ?)";
        let tokens = bytes(list.entrants.iter().map(|(token, _)| *token));
        self.connection.prepare_cached(sql)?.execute(params![schedule, tokens, last - count + 1])?;
        self.note_schedule(schedule);
        Ok(())
    }

    /// Stores the result of a delay.
    pub fn keep_delay_output(&self, id: i64, output: &str) -> Result<()> {
        let sql = "update lottery_delay set output = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![output, id]).map(drop)
    }

    /// Stores the secret of a lottery that is run, for everybody to see.
    pub fn reveal_secret(&self, schedule: ScheduleId, secret: &str) -> Result<()> {
        let sql = "update concert_schedule set lottery_secret = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![secret, schedule]).map(drop)
    }

    /// Sets `drawn_at` to `now`, and puts the tokens of the closed list in the `order` that the lottery has decided. Their
    /// numbers are then given by [`number_lobby`](Self::number_lobby). `order` is empty if no list was closed.
    pub fn keep_lottery_order(&self, schedule: ScheduleId, order: &[TokenId], now: Timestamp) -> Result<()> {
        let sql = "update concert_schedule set drawn_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![now, schedule])?;
        if !order.is_empty() {
            let sql = "update lottery_order set token_ids = ? where schedule_id = ?";
            self.connection.prepare_cached(sql)?.execute(params![bytes(order.iter().copied()), schedule])?;
        }
        self.note_schedule(schedule);
        Ok(())
    }

    /// Gives the next `count` tokens of a stored lottery order their numbers, and returns how many tokens of it have none
    /// yet. The order is deleted once all have their numbers.
    ///
    /// # Errors
    /// [`rusqlite::Error::QueryReturnedNoRows`] if no order is stored.
    pub fn number_lobby(&self, schedule: ScheduleId, count: u32, now: Timestamp) -> Result<u32> {
        let sql = "select substr(o.token_ids, length(o.token_ids) - 8 * cs.unnumbered + 1, 8 * ?2),
                o.first_number + length(o.token_ids) / 8 - cs.unnumbered
            from lottery_order o join concert_schedule cs on cs.id = o.schedule_id where o.schedule_id = ?1";
        let next = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let (next, first): (Vec<u8>, i64) =
            self.connection.prepare_cached(sql)?.query_row(params![schedule, count], next)?;
        let next: Vec<TokenId> = next.as_chunks().0.iter().map(|id| TokenId(i64::from_be_bytes(*id))).collect();
        self.number_tokens(first, &next, now)?;
        let sql = "update concert_schedule set unnumbered = unnumbered - ? where id = ? returning unnumbered";
        let numbered = params![next.len() as i64, schedule];
        let left = self.connection.prepare_cached(sql)?.query_row(numbered, |row| row.get(0))?;
        if left == 0 {
            self.connection.prepare_cached("delete from lottery_order where schedule_id = ?")?.execute([schedule])?;
        }
        Ok(left)
    }
}

/// The ids of tokens as `lottery_order` stores them: each as 8 bytes, big endian.
fn bytes(tokens: impl Iterator<Item = TokenId>) -> Vec<u8> {
    tokens.flat_map(|id| id.0.to_be_bytes()).collect()
}
