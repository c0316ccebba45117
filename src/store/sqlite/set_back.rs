//! What is asked at the start of a server, and done after the clock was set back. These statements read whole tables, so no
//! request may need them.

use super::{Read, Write};
use crate::domain::Timestamp;
use rusqlite::Result;

impl Read<'_> {
    /// When a place in a queue or a reservation changed last. `None` if there are none.
    pub fn last_change(&self) -> Result<Option<Timestamp>> {
        let sql = "select max(at) from (select max(updated_at) as at from queue_token
            union all select max(updated_at) from reservation)";
        self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
    }
}

impl Write<'_> {
    /// Lets every call have been at `now` at the latest, because the clock was set back.
    pub fn move_calls_to(&self, now: Timestamp) -> Result<()> {
        let sql = "update queue_token set called_at = ?1 where called_at > ?1";
        self.connection.prepare_cached(sql)?.execute([now]).map(drop)
    }
}
