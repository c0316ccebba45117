-- A real sale: concerts that are drafts first, halls that are drawn, terms of a sale that a schedule sets for itself, tickets
-- that are cancelled one by one, staff with duties, and a log of what they did.

-- What a member of staff may do. An owner may do all, the box office runs the sale, the door lets people in.
alter table user add column duty text check (duty in ('owner', 'box_office', 'door')) check (duty is null or role = 'staff');
update user set duty = 'owner' where role = 'staff';
create index user_by_duty on user (duty) where duty is not null;

-- A one-time link that makes whoever opens it a member of staff. Only the SHA-256 of what the link carries is kept.
create table invitation (
    id integer primary key,
    token_hash text not null unique,
    duty text not null check (duty in ('owner', 'box_office', 'door')),
    -- For whom it is meant, in the words of who invited.
    note text not null,
    invited_by integer not null references user (id),
    expires_at integer not null,
    accepted_by integer references user (id),
    created_at integer not null,
    updated_at integer not null
) strict;

-- Every action of staff. Append-only.
create table audit_log (
    id integer primary key,
    staff_id integer not null references user (id),
    action text not null,
    -- What it was done to, as people call it, and what about it.
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

-- draft (the default): seen by staff only.
alter table concert add column status text not null default 'draft' check (status in ('draft', 'published'));
update concert set status = 'published';

-- What a concert is found by: its words as domain::search keeps them. The rows are the concerts'.
create virtual table concert_search using fts5 (title, performer, venue, tokenize = 'unicode61');

-- The picture of a concert, encoded by the house. The tag changes with the picture, so that browsers may keep it for good.
create table poster (
    concert_id integer primary key references concert (id),
    tag text not null,
    image blob not null,
    updated_at integer not null
) strict;

-- How much of a cancelled ticket's price is kept, as JSON. Rows never change: a payment points to the terms it was made under.
create table refund_policy (
    id integer primary key,
    terms text not null unique
) strict;
create trigger refund_policy_no_update before update on refund_policy begin
    select raise(abort, 'terms of refund never change');
end;
-- The default, as domain::refund::RefundPolicy::korean_template writes it.
insert into refund_policy (id, terms) values
    (1, '{"cooling_off":{"days":7,"until_days_before":10},"steps":[{"days_before":10,"keep":{"flat":4000}},{"days_before":7,"keep":{"percent":10}},{"days_before":3,"keep":{"percent":20}},{"days_before":1,"keep":{"percent":30}}]}');

alter table concert_schedule add column status text not null default 'draft' check (status in ('draft', 'published'));
update concert_schedule set status = 'published';
-- Seats that one fan may have; null: as the house is set.
alter table concert_schedule add column seats_per_fan integer check (seats_per_fan > 0);
alter table concert_schedule add column refund_policy_id integer not null default 1 references refund_policy (id);
-- Until when wheelchair and companion places are kept for those who need them; null: for the whole sale.
alter table concert_schedule add column access_until integer;
-- Nobody may leave a single seat alone, as long as there is choice.
alter table concert_schedule add column no_lonely_seat integer not null default 0 check (no_lonely_seat in (0, 1));
-- Staff hold the line: nobody is called. And what they say to everybody who waits.
alter table concert_schedule add column is_paused integer not null default 0 check (is_paused in (0, 1));
alter table concert_schedule add column notice text;
-- Fans who were active when their number was turned down: they stay, and it counts as the cap until it is reached. The
-- triggers below follow it down.
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

-- What of the hall is no seat: its size, the stage and other areas, the focal point, as JSON; null for a hall without one.
alter table concert_schedule add column backdrop text;

-- A drawing of a hall that schedules are built from. A schedule has its seats copied: a changed plan changes no schedule.
create table seating_plan (
    id integer primary key,
    name text not null check (name <> ''),
    -- How the generator was told to draw it, as JSON; null for a plan from elsewhere.
    design text,
    -- The drawing in the open seating-plan format.
    layout text not null,
    -- Where everybody looks, in tenths of the plan's unit; null: where the drawing has its stage.
    focal_x integer,
    focal_y integer,
    seats integer not null check (seats > 0),
    created_at integer not null,
    updated_at integer not null
) strict;

-- What kind of place a seat is, what price band it is in, and where it is drawn, in tenths of the plan's unit.
alter table seat add column kind text not null default 'standard'
    check (kind in ('standard', 'wheelchair', 'companion', 'restricted'));
alter table seat add column category text not null default '';
alter table seat add column x integer not null default 0;
alter table seat add column y integer not null default 0;
-- Halls of before: a band a section, the rows one behind the other.
-- Why the house keeps a seat back, and until when.
alter table seat add column kept_reason text check (kept_reason is null or status = 'reserved');
alter table seat add column kept_until integer check (kept_until is null or kept_reason is not null);
create index seat_by_release on seat (kept_until) where kept_until is not null;
update seat set category = section, x = position * 240;
update seat set y = placed.line * 280 from (
    select id, dense_rank() over (partition by schedule_id order by first) as line
    from (select id, schedule_id, min(id) over (partition by schedule_id, section, "row") as first from seat)
) as placed where placed.id = seat.id;

-- The same table; complimentary tickets cost nothing.
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

-- The same table; a ticket that was cancelled keeps the payment that bought it.
create table reservation_next (
    id integer primary key,
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    seat_id integer not null references seat (id),
    -- reserved (the default): held, waiting for payment; purchase: paid; cancel: ended, kept as history, without a payment
    -- where it was never paid.
    status text not null default 'reserved' check (status in ('reserved', 'cancel', 'purchase')),
    -- The price shown when the seat was held, which is the price paid; nothing for a complimentary ticket.
    price integer not null check (price >= 0),
    expired_at integer not null,
    payment_id integer references payment (id),
    -- When somebody came in on the ticket.
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
-- The rule that nobody is sold the same seat, said once more where no code can forget it.
create unique index reservation_one_live_a_seat on reservation (seat_id) where status in ('reserved', 'purchase');
-- Who holds a seat. The index above is not used for reading: that `reserved` is one of its states is beyond the planner.
create index reservation_by_seat on reservation (seat_id, status);
create index reservation_by_user on reservation (user_id, schedule_id, status);
create index reservation_by_schedule on reservation (schedule_id, status);
create index reservation_by_payment on reservation (payment_id) where payment_id is not null;

-- The same ledger, which can also say that a ticket was refunded.
create table point_ledger_next (
    id integer primary key,
    user_id integer not null references user (id),
    kind text not null check (kind in ('charge', 'purchase', 'refund', 'adjust')),
    amount integer not null check (amount <> 0),
    payment_id integer references payment (id),
    -- The ticket that a refund is for.
    reservation_id integer references reservation (id),
    -- What the payment provider calls a charge; why staff put a balance right.
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
-- One purchase is debited once, and one ticket is refunded once.
create unique index point_ledger_one_a_payment on point_ledger (payment_id) where kind = 'purchase';
create unique index point_ledger_one_a_ticket on point_ledger (reservation_id) where kind = 'refund';
create trigger point_ledger_counts after insert on point_ledger begin
    update user set point = point + new.amount, updated_at = new.created_at where id = new.user_id;
end;
-- `insert or replace` would delete without being asked by the trigger below.
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
