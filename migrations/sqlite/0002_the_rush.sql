-- The rush: a lobby with a draw that anyone can check, admission by three dials, and counts that cost nothing to read.

-- How long before `reservation_start` the lobby opens.
alter table concert_schedule add column lobby_seconds integer not null default 1800 check (lobby_seconds >= 0);
-- How many fans may be admitted a minute; null: as the house is set.
alter table concert_schedule add column admissions_a_minute integer check (admissions_a_minute > 0);
-- The first instant at which that pace allows another admission.
alter table concert_schedule add column next_admission_at integer not null default 0;
-- The house's part of the draw, as 64 hexadecimal digits: drawn when the lobby opens, told once the order is drawn. Kept
-- here, so that a restart changes nothing.
alter table concert_schedule add column lottery_secret text;
-- When the order of the lobby was drawn.
alter table concert_schedule add column drawn_at integer;
-- The number of occupied seats: with left_ticket, the seats that can still be had. A trigger on `seat` keeps it.
alter table concert_schedule add column held_ticket integer not null default 0 check (held_ticket >= 0);
-- How many tokens wait and how many are active. Triggers on `queue_token` keep both.
alter table concert_schedule add column waiting integer not null default 0 check (waiting >= 0);
alter table concert_schedule add column active integer not null default 0 check (active >= 0);

-- The same table, with a number that is unknown in the lobby.
create table queue_token_next (
    id integer primary key,
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    -- The place in line, in order within the schedule; null in the lobby, where no order has been drawn.
    number integer check (number > 0),
    -- wait (the default), active until expire_at, delete: out of the line.
    status text not null default 'wait' check (status in ('wait', 'active', 'delete')),
    expire_at integer,
    -- The fan's part of the draw; null for those who came after it.
    contribution text,
    -- When an admitted fan came; null while only called.
    came_at integer,
    -- Why a token is out of the line.
    ended text check (ended in ('paid', 'left', 'ran_out', 'missed', 'silent', 'sold_out', 'closed')),
    created_at integer not null,
    updated_at integer not null,
    unique (schedule_id, number),
    check ((status = 'active') <= (expire_at is not null)),
    check (status <> 'wait' or expire_at is null),
    check (status <> 'active' or number is not null),
    check ((ended is not null) <= (status = 'delete'))
) strict;
insert into queue_token_next (id, user_id, schedule_id, number, status, expire_at, came_at, created_at, updated_at)
    select id, user_id, schedule_id, number, status, expire_at, iif(expire_at is null, null, updated_at), created_at, updated_at
    from queue_token;
drop table queue_token;
alter table queue_token_next rename to queue_token;
create unique index queue_token_one_live_a_fan on queue_token (user_id, schedule_id) where status in ('wait', 'active');
create index queue_token_by_user on queue_token (user_id, schedule_id, id);
-- The front of the line.
create index queue_token_in_line on queue_token (schedule_id, status, number);
-- Whose admission is over, without reading those whose is not.
create index queue_token_by_deadline on queue_token (schedule_id, expire_at) where status = 'active';
-- Who was in the lobby.
create index queue_token_by_draw on queue_token (schedule_id, id) where contribution is not null;

create trigger queue_token_added after insert on queue_token begin
    update concert_schedule set waiting = waiting + (new.status = 'wait'), active = active + (new.status = 'active')
    where id = new.schedule_id;
end;
create trigger queue_token_changed after update of status on queue_token when new.status <> old.status begin
    update concert_schedule
    set waiting = waiting + (new.status = 'wait') - (old.status = 'wait'),
        active = active + (new.status = 'active') - (old.status = 'active')
    where id = new.schedule_id;
end;
create trigger queue_token_removed after delete on queue_token begin
    update concert_schedule set waiting = waiting - (old.status = 'wait'), active = active - (old.status = 'active')
    where id = old.schedule_id;
end;

drop trigger seat_added;
drop trigger seat_changed;
drop trigger seat_removed;
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

-- What a database of the first version has in it already. A sale that has begun had no lobby.
update concert_schedule set
    held_ticket = (select count(*) from seat s where s.schedule_id = concert_schedule.id and s.status = 'occupied'),
    waiting = (select count(*) from queue_token t where t.schedule_id = concert_schedule.id and t.status = 'wait'),
    active = (select count(*) from queue_token t where t.schedule_id = concert_schedule.id and t.status = 'active');

-- What the house signs with. One row, made at the first start.
create table house_key (
    id integer primary key check (id = 1),
    key blob not null check (length(key) = 32)
) strict;
