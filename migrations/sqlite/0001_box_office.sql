-- The schema of the box office. Times are integers: milliseconds since 1970 in UTC. Points and prices are integers in
-- whole units. Every invariant that a constraint or a trigger can enforce is enforced here, so that a mistake in the
-- program cannot break it.

-- A person with an account. `point` is the balance: the sum of the person's entries in point_ledger, updated by a
-- trigger below. Its check makes a debit of more than the balance fail.
create table user (
    id integer primary key,
    name text not null check (name <> ''),
    email text not null unique check (email = lower(email)),
    role text not null default 'fan' check (role in ('fan', 'staff')),
    point integer not null default 0 check (point >= 0),
    created_at integer not null,
    updated_at integer not null
) strict;

-- The password hash is in a table of its own, so that no query for a page can return it by accident.
create table credential (
    user_id integer primary key references user (id),
    password_hash text not null,
    updated_at integer not null
) strict;

create table concert (
    id integer primary key,
    title text not null check (title <> ''),
    performer text not null check (performer <> ''),
    venue text not null,
    -- An IANA name such as Asia/Seoul. Show times are shown in this time zone, which is the venue's.
    time_zone text not null,
    description text not null default '',
    created_at integer not null,
    updated_at integer not null
) strict;

-- One evening of a concert, and its sale.
create table concert_schedule (
    id integer primary key,
    concert_id integer not null references concert (id),
    show_time integer not null,
    reservation_start integer not null,
    reservation_end integer not null check (reservation_end > reservation_start),
    -- left_ticket is the number of reservable seats. version counts the changes of seats, so that an open seat map can
    -- see whether it missed one. Triggers on `seat` update both.
    left_ticket integer not null default 0 check (left_ticket >= 0),
    version integer not null default 0,
    -- The last queue number that was given out; 0 if none was.
    last_number integer not null default 0,
    -- The most fans who may be active at once; null means the installation's setting applies.
    active_fans integer check (active_fans >= 0),
    created_at integer not null,
    updated_at integer not null
) strict;
create index concert_schedule_by_concert on concert_schedule (concert_id, show_time);

-- A seat of one schedule. Each schedule has its own copy of the seats of its hall.
create table seat (
    id integer primary key,
    schedule_id integer not null references concert_schedule (id),
    section text not null,
    "row" text not null,
    number integer not null check (number > 0),
    -- The position within the row, from 1, at which the map draws the seat.
    position integer not null check (position > 0),
    price integer not null check (price > 0),
    -- reserved (the default): not for sale, because it is sold or kept back. occupied: held by a fan until expired_at.
    -- reservable: for sale.
    status text not null default 'reserved' check (status in ('reserved', 'occupied', 'reservable')),
    expired_at integer,
    created_at integer not null,
    updated_at integer not null,
    unique (schedule_id, section, "row", number),
    check ((status = 'occupied') = (expired_at is not null))
) strict;
-- These two indexes answer "is any seat still available" and "which holds have expired" without reading all seats.
create index seat_by_status on seat (schedule_id, status);
create index seat_by_deadline on seat (expired_at) where status = 'occupied';
-- Finds the lowest and the highest price of a schedule without reading all seats.
create index seat_by_price on seat (schedule_id, price);

create trigger seat_added after insert on seat begin
    update concert_schedule set left_ticket = left_ticket + (new.status = 'reservable'), version = version + 1
    where id = new.schedule_id;
end;
create trigger seat_changed after update of status, expired_at on seat begin
    update concert_schedule
    set left_ticket = left_ticket + (new.status = 'reservable') - (old.status = 'reservable'), version = version + 1
    where id = new.schedule_id;
end;
create trigger seat_removed after delete on seat begin
    update concert_schedule set left_ticket = left_ticket - (old.status = 'reservable'), version = version + 1
    where id = old.schedule_id;
end;
create trigger seat_stays after update of schedule_id on seat when new.schedule_id <> old.schedule_id begin
    select raise(abort, 'a seat never moves to another schedule');
end;

-- One completed purchase: the total of all its tickets, in points.
create table payment (
    id integer primary key,
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    total integer not null check (total > 0),
    created_at integer not null
) strict;
create index payment_by_user on payment (user_id, schedule_id);

-- A hold of one seat by one fan, which becomes a ticket when it is paid.
create table reservation (
    id integer primary key,
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    seat_id integer not null references seat (id),
    -- reserved (the default): held, waiting for payment. purchase: paid. cancel: ended without a payment, kept as
    -- history.
    status text not null default 'reserved' check (status in ('reserved', 'cancel', 'purchase')),
    -- The price that was shown when the seat was held. This is the price that is paid.
    price integer not null check (price > 0),
    -- When the hold ends or ended.
    expired_at integer not null,
    payment_id integer references payment (id),
    created_at integer not null,
    updated_at integer not null,
    check ((status = 'purchase') = (payment_id is not null))
) strict;
-- No seat is held or sold twice. The rule is in domain::hold too; this index enforces it even if the program has a
-- mistake.
create unique index reservation_one_live_a_seat on reservation (seat_id) where status in ('reserved', 'purchase');
-- Finds who holds a seat. The query planner cannot use the partial index above for that, because it does not infer from
-- status = 'reserved' that the row is in that index.
create index reservation_by_seat on reservation (seat_id, status);
create index reservation_by_user on reservation (user_id, schedule_id, status);
create index reservation_by_schedule on reservation (schedule_id, status);

-- Every movement of points: charges are positive, purchases negative. Append-only, which triggers below enforce.
create table point_ledger (
    id integer primary key,
    user_id integer not null references user (id),
    kind text not null check (kind in ('charge', 'purchase')),
    amount integer not null check (amount <> 0),
    payment_id integer references payment (id),
    -- The payment provider's reference of a charge.
    reference text,
    created_at integer not null,
    check ((kind = 'purchase') = (payment_id is not null)),
    check ((kind = 'charge') = (amount > 0))
) strict;
create index point_ledger_by_user on point_ledger (user_id, id);
-- A payment is debited at most once.
create unique index point_ledger_one_a_payment on point_ledger (payment_id) where payment_id is not null;

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

-- The answer to a request that must not be carried out twice, stored in the transaction that carried it out.
create table idempotency_key (
    user_id integer not null references user (id),
    key text not null,
    request text not null,
    answer text not null,
    created_at integer not null,
    primary key (user_id, key)
) strict, without rowid;

-- A fan's place in the queue of a schedule.
create table queue_token (
    id integer primary key,
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    -- The queue number, given out in increasing order within the schedule.
    number integer not null check (number > 0),
    -- wait (the default): in the queue. active: may choose seats until expire_at. delete: out of the queue, kept as
    -- history.
    status text not null default 'wait' check (status in ('wait', 'active', 'delete')),
    expire_at integer,
    created_at integer not null,
    updated_at integer not null,
    unique (schedule_id, number),
    check ((status = 'active') <= (expire_at is not null)),
    check (status <> 'wait' or expire_at is null)
) strict;
create unique index queue_token_one_live_a_fan on queue_token (user_id, schedule_id) where status in ('wait', 'active');
create index queue_token_by_user on queue_token (user_id, schedule_id, id);
-- Finds the front of the queue, the number of active fans, and the number of fans ahead of a place.
create index queue_token_in_line on queue_token (schedule_id, status, number);
create index queue_token_by_deadline on queue_token (expire_at) where status = 'active';
