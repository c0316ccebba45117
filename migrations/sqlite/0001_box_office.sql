-- The schema of the box office. Times are whole milliseconds since 1970 in UTC; points and prices are whole units.
-- What a constraint or a trigger can promise is promised here, so that no forgotten line of code can break it.

-- A person with an account. `point` is the sum of the person's ledger, kept by a trigger below; the check makes a debit
-- beyond it impossible.
create table user (
    id integer primary key,
    name text not null check (name <> ''),
    email text not null unique check (email = lower(email)),
    role text not null default 'fan' check (role in ('fan', 'staff')),
    point integer not null default 0 check (point >= 0),
    created_at integer not null,
    updated_at integer not null
) strict;

-- Apart from `user`, so that no page's query can carry a hash away by accident.
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
    -- An IANA name such as Asia/Seoul: show times are shown where the show is.
    time_zone text not null,
    description text not null default '',
    created_at integer not null,
    updated_at integer not null
) strict;

create table concert_schedule (
    id integer primary key,
    concert_id integer not null references concert (id),
    show_time integer not null,
    reservation_start integer not null,
    reservation_end integer not null check (reservation_end > reservation_start),
    -- The number of reservable seats, and a count of seat changes that tells a map whether it missed one. Triggers on
    -- `seat` keep both.
    left_ticket integer not null default 0 check (left_ticket >= 0),
    version integer not null default 0,
    -- The last number handed out in the line.
    last_number integer not null default 0,
    -- How many fans may be active at once; null: as the house is set.
    active_fans integer check (active_fans >= 0),
    created_at integer not null,
    updated_at integer not null
) strict;
create index concert_schedule_by_concert on concert_schedule (concert_id, show_time);

create table seat (
    id integer primary key,
    schedule_id integer not null references concert_schedule (id),
    section text not null,
    "row" text not null,
    number integer not null check (number > 0),
    -- The place within the row, from 1: where the map draws the seat.
    position integer not null check (position > 0),
    price integer not null check (price > 0),
    -- reserved (the default): not for sale, sold or kept back; occupied: held until expired_at; reservable.
    status text not null default 'reserved' check (status in ('reserved', 'occupied', 'reservable')),
    expired_at integer,
    created_at integer not null,
    updated_at integer not null,
    unique (schedule_id, section, "row", number),
    check ((status = 'occupied') = (expired_at is not null))
) strict;
-- Answers "is any seat still to be had" and "which holds ran out" without reading the hall.
create index seat_by_status on seat (schedule_id, status);
create index seat_by_deadline on seat (expired_at) where status = 'occupied';
-- The lowest and the highest price of a date, without reading the hall.
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

-- One completed purchase.
create table payment (
    id integer primary key,
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    total integer not null check (total > 0),
    created_at integer not null
) strict;
create index payment_by_user on payment (user_id, schedule_id);

create table reservation (
    id integer primary key,
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    seat_id integer not null references seat (id),
    -- reserved (the default): held, waiting for payment; cancel: ended without one, kept as history; purchase: paid.
    status text not null default 'reserved' check (status in ('reserved', 'cancel', 'purchase')),
    -- The price shown when the seat was held, which is the price paid.
    price integer not null check (price > 0),
    expired_at integer not null,
    payment_id integer references payment (id),
    created_at integer not null,
    updated_at integer not null,
    check ((status = 'purchase') = (payment_id is not null))
) strict;
-- The rule that nobody is sold the same seat, said once more where no code can forget it.
create unique index reservation_one_live_a_seat on reservation (seat_id) where status in ('reserved', 'purchase');
-- Who holds a seat. The index above is not used for reading: that `reserved` is one of its states is beyond the planner.
create index reservation_by_seat on reservation (seat_id, status);
create index reservation_by_user on reservation (user_id, schedule_id, status);
create index reservation_by_schedule on reservation (schedule_id, status);

-- Every movement of points. Append-only: the books are never rewritten, only continued.
create table point_ledger (
    id integer primary key,
    user_id integer not null references user (id),
    kind text not null check (kind in ('charge', 'purchase')),
    amount integer not null check (amount <> 0),
    payment_id integer references payment (id),
    -- What the payment provider calls a charge.
    reference text,
    created_at integer not null,
    check ((kind = 'purchase') = (payment_id is not null)),
    check ((kind = 'charge') = (amount > 0))
) strict;
create index point_ledger_by_user on point_ledger (user_id, id);
-- One purchase is debited once.
create unique index point_ledger_one_a_payment on point_ledger (payment_id) where payment_id is not null;

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

-- The answer to a request that must not be done twice, stored in the transaction that did it.
create table idempotency_key (
    user_id integer not null references user (id),
    key text not null,
    request text not null,
    answer text not null,
    created_at integer not null,
    primary key (user_id, key)
) strict, without rowid;

create table queue_token (
    id integer primary key,
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    -- The place in line, handed out in order within the schedule.
    number integer not null check (number > 0),
    -- wait (the default), active until expire_at, delete: out of the line.
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
-- The front of the line, the number active, and how many are ahead.
create index queue_token_in_line on queue_token (schedule_id, status, number);
create index queue_token_by_deadline on queue_token (expire_at) where status = 'active';
