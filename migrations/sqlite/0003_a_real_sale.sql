-- For a real sale: drafts of concerts, seating plans, sale terms of each schedule, cancellation of single tickets,
-- duties of staff, and an audit log of what staff did.

-- What a member of staff may do. An owner may do everything, the box office runs the sale, the door checks tickets.
-- Null for a fan.
alter table user add column duty text check (duty in ('owner', 'box_office', 'door')) check (duty is null or role = 'staff');
update user set duty = 'owner' where role = 'staff';
create index user_by_duty on user (duty) where duty is not null;

-- An invitation to join the staff: a link that works once. Only the SHA-256 hash of the token in the link is stored.
create table invitation (
    id integer primary key,
    token_hash text not null unique,
    duty text not null check (duty in ('owner', 'box_office', 'door')),
    -- A note by the inviter that says for whom the invitation is.
    note text not null,
    invited_by integer not null references user (id),
    expires_at integer not null,
    accepted_by integer references user (id),
    created_at integer not null,
    updated_at integer not null
) strict;

-- Every action of staff. Append-only, which the triggers below enforce.
create table audit_log (
    id integer primary key,
    staff_id integer not null references user (id),
    action text not null,
    -- What the action was applied to, as text for people, and a note with the details.
    subject text not null,
    note text not null,
    created_at integer not null
) strict;
create index audit_log_by_staff on audit_log (staff_id, id);
create trigger audit_log_no_replace before insert on audit_log
when exists (select 1 from audit_log where id = new.id) begin
    select raise(abort, 'the log of staff is append-only');
end;
create trigger audit_log_no_update before update on audit_log begin
    select raise(abort, 'the log of staff is append-only');
end;
create trigger audit_log_no_delete before delete on audit_log begin
    select raise(abort, 'the log of staff is append-only');
end;

-- A draft (the default) is visible only to staff.
alter table concert add column status text not null default 'draft' check (status in ('draft', 'published'));
update concert set status = 'published';

-- The search index of concerts: their words, as domain::search::index_terms splits them. The rowid is the concert's id.
create virtual table concert_search using fts5 (title, performer, venue, tokenize = 'unicode61');

-- The picture of a concert, encoded by the program. The tag changes with the picture and is part of its URL, so
-- browsers may cache the picture forever.
create table poster (
    concert_id integer primary key references concert (id),
    tag text not null,
    image blob not null,
    updated_at integer not null
) strict;

-- Refund terms: how much of a cancelled ticket's price is kept, as JSON. Rows never change, because each payment refers
-- to the terms under which it was made.
create table refund_policy (
    id integer primary key,
    terms text not null unique
) strict;
create trigger refund_policy_no_update before update on refund_policy begin
    select raise(abort, 'terms of refund never change');
end;
-- The default terms, exactly as domain::refund::RefundPolicy::korean_template is serialised.
insert into refund_policy (id, terms) values
    (1, '{"cooling_off":{"days":7,"until_days_before":10},"steps":[{"days_before":10,"keep":{"flat":4000}},{"days_before":7,"keep":{"percent":10}},{"days_before":3,"keep":{"percent":20}},{"days_before":1,"keep":{"percent":30}}]}');

alter table concert_schedule add column status text not null default 'draft' check (status in ('draft', 'published'));
update concert_schedule set status = 'published';
-- The most seats that one fan may have, held and bought together; null means the installation's setting applies.
alter table concert_schedule add column seats_per_fan integer check (seats_per_fan > 0);
alter table concert_schedule add column refund_policy_id integer not null default 1 references refund_policy (id);
-- Until when wheelchair and companion places are kept for fans who need them; null means for the whole sale.
alter table concert_schedule add column access_until integer;
-- 1 if fans may not leave an orphan seat (a single free seat between taken ones), unless few seats are left or there is
-- no other choice: see domain::party::forbidden_orphan.
alter table concert_schedule add column no_lonely_seat integer not null default 0 check (no_lonely_seat in (0, 1));
-- is_paused is 1 if staff have paused the queue, so that nobody is admitted. notice is the message of staff to all
-- waiting fans.
alter table concert_schedule add column is_paused integer not null default 0 check (is_paused in (0, 1));
alter table concert_schedule add column notice text;
-- How many fans were active when staff last set active_fans. Those fans stay active even if active_fans is lower, so
-- the check of invariants accepts this many active fans. The triggers below lower the number as fans leave.
alter table concert_schedule add column active_allowance integer not null default 0;
drop trigger queue_token_changed;
drop trigger queue_token_removed;
create trigger queue_token_changed after update of status on queue_token when new.status <> old.status begin
    update concert_schedule
    set waiting = waiting + (new.status = 'wait') - (old.status = 'wait'),
        active = active + (new.status = 'active') - (old.status = 'active'),
        active_allowance = min(active_allowance, active + (new.status = 'active') - (old.status = 'active'))
    where id = new.schedule_id;
end;
create trigger queue_token_removed after delete on queue_token begin
    update concert_schedule
    set waiting = waiting - (old.status = 'wait'), active = active - (old.status = 'active'),
        active_allowance = min(active_allowance, active - (old.status = 'active'))
    where id = old.schedule_id;
end;

-- The backdrop of the hall: its size, the stage and other areas, and the focal point, as JSON; null for a hall without
-- one.
alter table concert_schedule add column backdrop text;

-- A seating plan: the drawing of a hall. Its seats are copied to each schedule that is built from it, so a change of
-- the plan changes no schedule.
create table seating_plan (
    id integer primary key,
    name text not null check (name <> ''),
    -- The input of the generator that drew the plan, as JSON; null for an imported plan.
    design text,
    -- The drawing, in the open seating-plan format (JSON).
    layout text not null,
    -- The focal point (what the audience looks at), in tenths of the plan's unit; null means the stage of the drawing.
    focal_x integer,
    focal_y integer,
    seats integer not null check (seats > 0),
    created_at integer not null,
    updated_at integer not null
) strict;

-- The kind of a seat, its price band (category), and where it is drawn: x from the left and y from the top, in tenths
-- of the plan's unit.
alter table seat add column kind text not null default 'standard'
    check (kind in ('standard', 'wheelchair', 'companion', 'restricted'));
alter table seat add column category text not null default '';
alter table seat add column x integer not null default 0;
alter table seat add column y integer not null default 0;
-- kept_reason: why the seat is kept back from sale; null if it is not. kept_until: until when; null if it has no end.
alter table seat add column kept_reason text check (kept_reason is null or status = 'reserved');
alter table seat add column kept_until integer check (kept_until is null or kept_reason is not null);
create index seat_by_release on seat (kept_until) where kept_until is not null;
-- Seats from before this migration: each section becomes a price band, and its rows are drawn one behind the other.
update seat set category = section, x = position * 240;
update seat set y = placed.line * 280 from (
    select id, dense_rank() over (partition by schedule_id order by first) as line
    from (select id, schedule_id, min(id) over (partition by schedule_id, section, "row") as first from seat)
) as placed where placed.id = seat.id;

-- payment rebuilt: the total may be 0, for complimentary tickets, and the refund terms are recorded.
create table payment_next (
    id integer primary key,
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    total integer not null check (total >= 0),
    refund_policy_id integer not null default 1 references refund_policy (id),
    created_at integer not null
) strict;
insert into payment_next (id, user_id, schedule_id, total, created_at)
    select id, user_id, schedule_id, total, created_at from payment;
drop table payment;
alter table payment_next rename to payment;
create index payment_by_user on payment (user_id, schedule_id);

-- reservation rebuilt: a cancelled ticket keeps its payment, the price may be 0, and check-in is recorded.
create table reservation_next (
    id integer primary key,
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    seat_id integer not null references seat (id),
    -- reserved (the default): held, waiting for payment. purchase: paid. cancel: ended, kept as history; it has a
    -- payment only if it was a ticket.
    status text not null default 'reserved' check (status in ('reserved', 'cancel', 'purchase')),
    -- The price that was shown when the seat was held. This is the price that is paid; 0 for a complimentary ticket.
    price integer not null check (price >= 0),
    expired_at integer not null,
    payment_id integer references payment (id),
    -- When the ticket was checked in at the door; null if it was not.
    checked_in_at integer,
    created_at integer not null,
    updated_at integer not null,
    check (checked_in_at is null or status = 'purchase'),
    check (status <> 'purchase' or payment_id is not null),
    check (status <> 'reserved' or payment_id is null)
) strict;
insert into reservation_next (id, user_id, schedule_id, seat_id, status, price, expired_at, payment_id, created_at, updated_at)
    select id, user_id, schedule_id, seat_id, status, price, expired_at, payment_id, created_at, updated_at from reservation;
drop table reservation;
alter table reservation_next rename to reservation;
-- No seat is held or sold twice. The rule is in domain::hold too; this index enforces it even if the program has a
-- mistake.
create unique index reservation_one_live_a_seat on reservation (seat_id) where status in ('reserved', 'purchase');
-- Finds who holds a seat. The query planner cannot use the partial index above for that, because it does not infer from
-- status = 'reserved' that the row is in that index.
create index reservation_by_seat on reservation (seat_id, status);
create index reservation_by_user on reservation (user_id, schedule_id, status);
create index reservation_by_schedule on reservation (schedule_id, status);
create index reservation_by_payment on reservation (payment_id) where payment_id is not null;

-- point_ledger rebuilt: it can also contain refunds of tickets and adjustments by staff.
create table point_ledger_next (
    id integer primary key,
    user_id integer not null references user (id),
    kind text not null check (kind in ('charge', 'purchase', 'refund', 'adjust')),
    amount integer not null check (amount <> 0),
    payment_id integer references payment (id),
    -- The ticket that a refund is for.
    reservation_id integer references reservation (id),
    -- The payment provider's reference of a charge, or the reason that staff gave for an adjustment.
    reference text,
    created_at integer not null,
    check ((kind in ('charge', 'adjust')) = (payment_id is null)),
    check ((kind = 'refund') = (reservation_id is not null)),
    check (kind = 'adjust' or (kind = 'purchase') = (amount < 0))
) strict;
insert into point_ledger_next (id, user_id, kind, amount, payment_id, reference, created_at)
    select id, user_id, kind, amount, payment_id, reference, created_at from point_ledger;
drop table point_ledger;
alter table point_ledger_next rename to point_ledger;
create index point_ledger_by_user on point_ledger (user_id, id);
-- A payment is debited at most once, and a ticket is refunded at most once.
create unique index point_ledger_one_a_payment on point_ledger (payment_id) where kind = 'purchase';
create unique index point_ledger_one_a_ticket on point_ledger (reservation_id) where kind = 'refund';
create trigger point_ledger_counts after insert on point_ledger begin
    update user set point = point + new.amount, updated_at = new.created_at where id = new.user_id;
end;
-- Without this trigger `insert or replace` could delete a row, since it does not fire the delete trigger below.
create trigger point_ledger_no_replace before insert on point_ledger
when exists (select 1 from point_ledger where id = new.id) begin
    select raise(abort, 'the point ledger is append-only');
end;
create trigger point_ledger_no_update before update on point_ledger begin
    select raise(abort, 'the point ledger is append-only');
end;
create trigger point_ledger_no_delete before delete on point_ledger begin
    select raise(abort, 'the point ledger is append-only');
end;
