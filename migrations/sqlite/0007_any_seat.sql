-- Seats of free concerts cost 0 points, and a seat's number may have letters. SQLite cannot change a constraint of a
-- table, so the table of seats is built anew; everything else about it is as before.
create table seat_next (
    id integer primary key,
    schedule_id integer not null references concert_schedule (id),
    section text not null,
    "row" text not null,
    -- What is written on the seat: an integer, or a text such as '12a' or '0-0'.
    number any not null check (typeof(number) in ('integer', 'text') and number <> ''),
    -- The position within the row, from 1, at which the map draws the seat.
    position integer not null check (position > 0),
    category text not null default '',
    kind text not null default 'standard' check (kind in ('standard', 'wheelchair', 'companion', 'restricted')),
    x integer not null default 0,
    y integer not null default 0,
    price integer not null check (price >= 0),
    -- reserved (the default): not for sale, because it is sold or kept back. occupied: held by a fan until expired_at.
    -- reservable: for sale.
    status text not null default 'reserved' check (status in ('reserved', 'occupied', 'reservable')),
    expired_at integer,
    -- kept_reason: why the seat is kept back from sale; null if it is not. kept_until: until when; null if it has no end.
    kept_reason text check (kept_reason is null or status = 'reserved'),
    kept_until integer check (kept_until is null or kept_reason is not null),
    created_at integer not null,
    updated_at integer not null,
    unique (schedule_id, section, "row", number),
    check ((status = 'occupied') = (expired_at is not null))
) strict;
insert into seat_next (id, schedule_id, section, "row", number, position, category, kind, x, y, price, status,
        expired_at, kept_reason, kept_until, created_at, updated_at)
    select id, schedule_id, section, "row", number, position, category, kind, x, y, price, status,
        expired_at, kept_reason, kept_until, created_at, updated_at from seat;
drop table seat;
alter table seat_next rename to seat;

create index seat_by_status on seat (schedule_id, status);
create index seat_by_deadline on seat (expired_at) where status = 'occupied';
create index seat_by_price on seat (schedule_id, price);
create index seat_by_release on seat (kept_until) where kept_until is not null;
create trigger seat_stays after update of schedule_id on seat when new.schedule_id <> old.schedule_id begin
    select raise(abort, 'a seat never moves to another schedule');
end;
create trigger seat_added after insert on seat begin
    update concert_schedule
    set left_ticket = left_ticket + (new.status = 'reservable'), held_ticket = held_ticket + (new.status = 'occupied'),
        version = version + 1
    where id = new.schedule_id;
end;
create trigger seat_changed after update of status, expired_at on seat begin
    update concert_schedule
    set left_ticket = left_ticket + (new.status = 'reservable') - (old.status = 'reservable'),
        held_ticket = held_ticket + (new.status = 'occupied') - (old.status = 'occupied'),
        version = version + 1
    where id = new.schedule_id;
end;
create trigger seat_removed after delete on seat begin
    update concert_schedule
    set left_ticket = left_ticket - (old.status = 'reservable'), held_ticket = held_ticket - (old.status = 'occupied'),
        version = version + 1
    where id = old.schedule_id;
end;

-- The search ignores spaces, the Unicode form and the width of letters. The program indexes all concerts anew.
delete from concert_search;
