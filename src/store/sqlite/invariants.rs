//! The check of every invariant of the database, as `encore check` prints it. It only reads, so it can run during a
//! live sale.

use super::Read;
use crate::domain::Timestamp;
use rusqlite::Result;

/// One invariant, in words, and how many rows break it: 0 if it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvariantCheck {
    pub invariant: &'static str,
    pub broken: i64,
}

/// Each invariant with the statement that counts the rows that break it. The parameters `:now` and `:cap` are bound in
/// the statements that contain them.
const INVARIANTS: &[(&str, &str)] = &[
    (
        "the file is whole and every reference leads somewhere",
        "select (select count(*) from pragma_integrity_check where integrity_check <> 'ok')
            + (select count(*) from pragma_foreign_key_check)",
    ),
    (
        "cash in a till goes with the same points, and a closed shift was expected to have what was taken less what was given",
        "select (select count(*) from till_entry e join point_ledger l on l.id = e.ledger_id
                where l.amount <> e.amount or l.user_id <> e.user_id)
            + (select count(*) from till_shift s where s.closed_at is not null and s.expected <> coalesce(s.opening_cash, 0)
                + (select coalesce(sum(amount), 0) from till_entry where shift_id = s.id))",
    ),
    (
        "a seat has at most one live reservation",
        "select count(*) from (select 1 from reservation where status in ('reserved', 'purchase')
            group by seat_id having count(*) > 1)",
    ),
    (
        "an occupied seat has a reservation that waits for payment until the same instant, and the other way round",
        "select (select count(*) from seat s where s.status = 'occupied' and not exists
                (select 1 from reservation r where r.seat_id = s.id and r.status = 'reserved' and r.expired_at = s.expired_at))
            + (select count(*) from reservation r join seat s on s.id = r.seat_id
                where r.status = 'reserved' and s.status <> 'occupied')",
    ),
    (
        "all that a fan holds in a schedule is held until the same instant",
        "select count(*) from (select 1 from reservation where status = 'reserved' and expired_at > :now
            group by user_id, schedule_id having min(expired_at) <> max(expired_at))",
    ),
    (
        "a bought seat is reserved",
        "select count(*) from reservation r join seat s on s.id = r.seat_id
            where r.status = 'purchase' and s.status <> 'reserved'",
    ),
    (
        "a reservation is of its seat's schedule",
        "select count(*) from reservation r join seat s on s.id = r.seat_id where r.schedule_id <> s.schedule_id",
    ),
    (
        "left_ticket is the number of reservable seats",
        "select count(*) from concert_schedule cs where left_ticket <>
            (select count(*) from seat s where s.schedule_id = cs.id and s.status = 'reservable')",
    ),
    (
        "held_ticket is the number of occupied seats",
        "select count(*) from concert_schedule cs where held_ticket <>
            (select count(*) from seat s where s.schedule_id = cs.id and s.status = 'occupied')",
    ),
    (
        "an offer to the waitlist is a hold: as many seats as its party has people, until it ends at the latest",
        "select (select count(*) from waitlist_entry w where w.status = 'offered' and json_extract(w.wish, '$.party') <>
                (select count(*) from reservation r where r.waitlist_entry_id = w.id and r.status = 'reserved'
                    and r.user_id = w.user_id and r.schedule_id = w.schedule_id and r.expired_at <= w.expire_at))
            + (select count(*) from reservation r join waitlist_entry w on w.id = r.waitlist_entry_id
                where r.status = 'reserved' and w.status <> 'offered')",
    ),
    (
        "waitlisted and offered_ticket are the numbers of waiting entries and of offered seats",
        "select count(*) from concert_schedule cs where
            waitlisted <> (select count(*) from waitlist_entry w where w.schedule_id = cs.id and w.status = 'wait')
            or offered_ticket <> (select count(*) from reservation r
                where r.schedule_id = cs.id and r.status = 'reserved' and r.waitlist_entry_id is not null)",
    ),
    (
        "the counts of the waiting and of the active are those of the queue",
        "select count(*) from concert_schedule cs where
            waiting <> (select count(*) from queue_token t where t.schedule_id = cs.id and t.status = 'wait')
            or passed_over <> (select count(*) from queue_token t
                where t.schedule_id = cs.id and t.status = 'wait' and t.passed_over_at is not null)
            or active <> (select count(*) from queue_token t where t.schedule_id = cs.id and t.status = 'active')",
    ),
    (
        "a fan's points are the sum of the ledger and never negative",
        "select count(*) from user u where point < 0 or point <>
            (select coalesce(sum(amount), 0) from point_ledger l where l.user_id = u.id)",
    ),
    (
        "a payment is debited once, for exactly what it bought",
        "select count(*) from payment p where
            (select count(*) from point_ledger l where l.payment_id = p.id and l.kind = 'purchase' and l.user_id = p.user_id
                and l.amount = -p.total) <> (p.total > 0)
            or p.total <> (select coalesce(sum(price), 0) from reservation r
                where r.payment_id = p.id and r.schedule_id = p.schedule_id)",
    ),
    (
        "a refund is of a cancelled ticket of its payment, once, to who paid, and of no more than the price and the compensation",
        "select (select count(*) from point_ledger l join reservation r on r.id = l.reservation_id
                join concert_schedule cs on cs.id = r.schedule_id where l.kind = 'refund'
                and (r.status <> 'cancel' or r.payment_id <> l.payment_id
                    or l.user_id <> (select p.user_id from payment p where p.id = l.payment_id)
                    or l.amount > r.price + r.price * cs.compensation_percent / 100))
            + (select count(*) from (select 1 from point_ledger where kind = 'refund'
                group by reservation_id having count(*) > 1))",
    ),
    (
        "a date that was called off has no hold, no ticket once it is refunded, and gave the whole price back for each",
        "select (select count(*) from reservation r join concert_schedule cs on cs.id = r.schedule_id
                where cs.called_off_at is not null
                    and (r.status = 'reserved' or r.status = 'purchase' and cs.refunded_at is not null))
            + (select count(*) from reservation r join concert_schedule cs on cs.id = r.schedule_id
                where r.status = 'cancel' and r.payment_id is not null and r.updated_at > cs.called_off_at
                    and r.price + r.price * cs.compensation_percent / 100 <> (select coalesce(sum(l.amount), 0)
                        from point_ledger l where l.reservation_id = r.id and l.kind = 'refund'))",
    ),
    (
        "somebody else has a ticket than who paid only if it was handed on, and each time its codes were replaced",
        "select count(*) from reservation r join payment p on p.id = r.payment_id
            left join (select reservation_id, count(*) as times, max(id) as last from handover group by reservation_id) h
                on h.reservation_id = r.id
            where r.code_issue <> coalesce(h.times, 0)
            or r.user_id <> coalesce((select to_user_id from handover where id = h.last), p.user_id)",
    ),
    (
        "a scan that used a ticket, or found it used or cancelled, is of a ticket of its show",
        "select count(*) from door_scan d where d.outcome in ('admitted', 'duplicate', 'cancelled') and not exists
            (select 1 from reservation r where r.id = d.reservation_id and r.schedule_id = d.schedule_id)",
    ),
    (
        "a seat that is not for sale is somebody's or kept back for a reason, and not both",
        "select count(*) from seat s where s.status = 'reserved' and (s.kept_reason is not null) =
            exists (select 1 from reservation r where r.seat_id = s.id and r.status = 'purchase')",
    ),
    (
        "seats of a price band cost the same",
        "select count(*) from (select 1 from seat group by schedule_id, category having min(price) <> max(price))",
    ),
    (
        "fans see only schedules of concerts that they see",
        "select count(*) from concert_schedule cs join concert c on c.id = cs.concert_id
            where cs.status = 'published' and c.status = 'draft'",
    ),
    (
        "a fan has at most one live token in a schedule",
        "select count(*) from (select 1 from queue_token where status in ('wait', 'active')
            group by user_id, schedule_id having count(*) > 1)",
    ),
    (
        "never more than the cap are active",
        "select count(*) from concert_schedule cs where
            (select count(*) from queue_token t where t.schedule_id = cs.id and t.status = 'active')
            > max(coalesce(cs.active_fans, :cap), cs.active_allowance)",
    ),
    (
        "nobody was admitted before someone who was there and waits with a lower number",
        "select count(*) from
            (select status, passed_over_at, returned_at, max(called_at) over
                (partition by schedule_id order by number desc rows between unbounded preceding and 1 preceding) as later
            from queue_token where number is not null)
            where status = 'wait' and passed_over_at is null and later > coalesce(returned_at, 0)",
    ),
    (
        "no number was handed out beyond the last",
        "select count(*) from queue_token t join concert_schedule cs on cs.id = t.schedule_id
            where t.number > cs.last_number",
    ),
    (
        "nobody has a number before the lottery, and nobody is without one once all have been given out",
        "select count(*) from queue_token t join concert_schedule cs on cs.id = t.schedule_id
            where t.contribution is not null and t.status <> 'delete'
            and iif(t.number is null, cs.drawn_at is not null and cs.unnumbered = 0, cs.drawn_at is null)",
    ),
    (
        "while a lobby is numbered, all of its order have their numbers but those who are still to be numbered",
        "select count(*) from concert_schedule cs left join lottery_order o on o.schedule_id = cs.id
            where (cs.unnumbered > 0) <> (o.schedule_id is not null)
            or (select count(*) from queue_token t where t.schedule_id = cs.id and t.contribution is not null
                and t.number >= o.first_number) <> length(o.token_ids) / 8 - cs.unnumbered",
    ),
    (
        "the fans of the lobby are in front of those who came later",
        "select count(*) from (select 1 from queue_token group by schedule_id
            having max(number) filter (where contribution is not null) > min(number) filter (where contribution is null))",
    ),
    (
        "a mail that waits is tried no earlier than it was written or tried last, and was not sent",
        "select count(*) from mail where status = 'wait' and next_attempt_at < updated_at",
    ),
    (
        "no admission ends before a live hold does that is no offer",
        "select count(*) from reservation r where r.status = 'reserved' and r.expired_at > :now
            and r.waitlist_entry_id is null and not exists
            (select 1 from queue_token t where t.user_id = r.user_id and t.schedule_id = r.schedule_id
                and t.status = 'active' and t.expire_at >= r.expired_at)",
    ),
];

impl Read<'_> {
    /// Checks every invariant. `cap` is the number of active fans allowed in a schedule that does not set its own.
    pub fn check_invariants(&self, cap: u32, now: Timestamp) -> Result<Vec<InvariantCheck>> {
        let count = |&(invariant, sql): &(&'static str, &str)| {
            let mut statement = self.connection.prepare_cached(sql)?;
            // Binding a parameter that the statement does not contain would be an error.
            if statement.parameter_index(":cap")?.is_some() {
                statement.raw_bind_parameter(":cap", cap)?;
            }
            if statement.parameter_index(":now")?.is_some() {
                statement.raw_bind_parameter(":now", now)?;
            }
            let mut rows = statement.raw_query();
            let broken = rows.next()?.map_or(Ok(0), |row| row.get(0))?;
            Ok(InvariantCheck { invariant, broken })
        };
        INVARIANTS.iter().map(count).collect()
    }
}
