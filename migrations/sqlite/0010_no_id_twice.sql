-- The id of a deleted row is never given to another row (autoincrement): an old link, or a form that is still open, must
-- not reach a concert, a date or a seat that it was not meant for. These are the tables from which staff can delete rows.
-- SQLite cannot change the key of a table, so the three tables are built anew; everything else about them is as before.
drop trigger seat_added;
drop trigger seat_changed;
drop trigger seat_removed;
drop trigger seat_stays;
drop trigger queue_token_added;
drop trigger queue_token_changed;
drop trigger queue_token_removed;

create table concert_next (
    id integer primary key autoincrement,
    title text not null check (title <> ''),
    performer text not null check (performer <> ''),
    venue text not null,
    -- An IANA name such as Asia/Seoul. Show times are shown in this time zone, which is the venue's.
    time_zone text not null,
    description text not null default '',
    -- The rest of what the page says; null means that staff have not said. How long the concert lasts, intervals
    -- included; the age in full years below which people are not let in; and what fans have to know before they come, as
    -- lines of text.
    running_minutes integer check (running_minutes > 0),
    minimum_age integer check (minimum_age > 0),
    notices text check (notices <> ''),
    -- A draft (the default) is visible only to staff.
    status text not null default 'draft' check (status in ('draft', 'published')),
    created_at integer not null,
    updated_at integer not null
) strict;
insert into concert_next (id, title, performer, venue, time_zone, description, running_minutes, minimum_age, notices,
        status, created_at, updated_at)
    select id, title, performer, venue, time_zone, description, running_minutes, minimum_age, notices,
        status, created_at, updated_at from concert;
drop table concert;
alter table concert_next rename to concert;

create table concert_schedule_next (
    id integer primary key autoincrement,
    concert_id integer not null references concert (id),
    status text not null default 'draft' check (status in ('draft', 'published')),
    show_time integer not null,
    reservation_start integer not null,
    reservation_end integer not null check (reservation_end > reservation_start),
    -- How many seconds before `reservation_start` the lobby opens.
    lobby_seconds integer not null default 1800 check (lobby_seconds >= 0),
    -- Three limits; null means that the installation's setting applies. The most seats that one fan may have, held and
    -- bought together; the most fans who may be active at once; and the most fans who may be admitted a minute.
    seats_per_fan integer check (seats_per_fan > 0),
    active_fans integer check (active_fans >= 0),
    admissions_a_minute integer check (admissions_a_minute > 0),
    -- How many fans were active when staff last set active_fans. Those fans stay active even if active_fans is lower, so
    -- the check of invariants accepts this many active fans. Triggers on `queue_token` lower the number as fans leave.
    active_allowance integer not null default 0,
    -- The first instant at which admissions_a_minute allows another admission.
    next_admission_at integer not null default 0,
    refund_policy_id integer not null default 1 references refund_policy (id),
    -- Until when wheelchair and companion places are kept for fans who need them; null means for the whole sale.
    access_until integer,
    -- 1 if fans may not leave an orphan seat, unless few seats are left or there is no other choice: see
    -- domain::party::forbidden_orphan.
    no_orphan_seat integer not null default 0 check (no_orphan_seat in (0, 1)),
    -- is_paused is 1 if staff have paused the queue, so that nobody is admitted. notice is the message of staff to all
    -- waiting fans.
    is_paused integer not null default 0 check (is_paused in (0, 1)),
    notice text,
    -- The installation's secret of the lottery, as 64 hexadecimal digits, and when the order of the lobby was drawn:
    -- see 0002_the_rush.sql.
    lottery_secret text,
    drawn_at integer,
    -- The last queue number that was given out; 0 if none was.
    last_number integer not null default 0,
    -- The numbers of reservable and of occupied seats, and the number of changes of seats, by which an open seat map
    -- sees whether it missed one. Triggers on `seat` update them.
    left_ticket integer not null default 0 check (left_ticket >= 0),
    held_ticket integer not null default 0 check (held_ticket >= 0),
    version integer not null default 0,
    -- The numbers of tokens that wait, of those among them that have been passed over, and of tokens that are active.
    -- Triggers on `queue_token` update them.
    waiting integer not null default 0 check (waiting >= 0),
    passed_over integer not null default 0 check (passed_over >= 0),
    active integer not null default 0 check (active >= 0),
    -- The backdrop of the hall: its size, the stage and other areas, and the focal point, as JSON; null for a hall
    -- without one.
    backdrop text,
    created_at integer not null,
    updated_at integer not null
) strict;
insert into concert_schedule_next (id, concert_id, status, show_time, reservation_start, reservation_end, lobby_seconds,
        seats_per_fan, active_fans, admissions_a_minute, active_allowance, next_admission_at, refund_policy_id,
        access_until, no_orphan_seat, is_paused, notice, lottery_secret, drawn_at, last_number, left_ticket, held_ticket,
        version, waiting, passed_over, active, backdrop, created_at, updated_at)
    select id, concert_id, status, show_time, reservation_start, reservation_end, lobby_seconds,
        seats_per_fan, active_fans, admissions_a_minute, active_allowance, next_admission_at, refund_policy_id,
        access_until, no_orphan_seat, is_paused, notice, lottery_secret, drawn_at, last_number, left_ticket, held_ticket,
        version, waiting, passed_over, active, backdrop, created_at, updated_at from concert_schedule;
drop table concert_schedule;
alter table concert_schedule_next rename to concert_schedule;
create index concert_schedule_by_concert on concert_schedule (concert_id, show_time);

create table seat_next (
    id integer primary key autoincrement,
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
create trigger queue_token_added after insert on queue_token begin
    update concert_schedule set waiting = waiting + (new.status = 'wait'), active = active + (new.status = 'active')
    where id = new.schedule_id;
end;
create trigger queue_token_changed after update of status, passed_over_at on queue_token
    when new.status <> old.status or new.passed_over_at is not old.passed_over_at begin
    update concert_schedule
    set waiting = waiting + (new.status = 'wait') - (old.status = 'wait'),
        passed_over = passed_over + (new.status = 'wait' and new.passed_over_at is not null)
            - (old.status = 'wait' and old.passed_over_at is not null),
        active = active + (new.status = 'active') - (old.status = 'active'),
        active_allowance = min(active_allowance, active + (new.status = 'active') - (old.status = 'active'))
    where id = new.schedule_id;
end;
create trigger queue_token_removed after delete on queue_token begin
    update concert_schedule
    set waiting = waiting - (old.status = 'wait'),
        passed_over = passed_over - (old.status = 'wait' and old.passed_over_at is not null),
        active = active - (old.status = 'active'),
        active_allowance = min(active_allowance, active - (old.status = 'active'))
    where id = old.schedule_id;
end;

-- Finds the payments of a date. Without it, deleting a draft reads all payments, to see that none refers to the draft.
create index payment_by_schedule on payment (schedule_id);
