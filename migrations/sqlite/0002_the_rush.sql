-- For a rush of fans: a lobby with a lottery that anyone can verify; admission limited by the number of active fans, by
-- the seats that are left and by a pace; and counters that can be read without counting rows.

-- How many seconds before `reservation_start` the lobby opens.
alter table concert_schedule add column lobby_seconds integer not null default 1800 check (lobby_seconds >= 0);
-- The most fans who may be admitted a minute; null means the installation's setting applies.
alter table concert_schedule add column admissions_a_minute integer check (admissions_a_minute > 0);
-- The first instant at which this pace allows another admission.
alter table concert_schedule add column next_admission_at integer not null default 0;
-- The installation's secret of the lottery, as 64 hexadecimal digits. It is made when the lobby opens and published
-- after the order is drawn. It is stored so that a restart changes nothing. Null before the lobby opens, and in a sale
-- without a lobby.
alter table concert_schedule add column lottery_secret text;
-- When the order of the lobby was drawn, or when the sale opened without a lobby; null before.
alter table concert_schedule add column drawn_at integer;
-- The number of occupied seats. Together with left_ticket it is the number of seats that fans can still get. Triggers
-- on `seat` update it.
alter table concert_schedule add column held_ticket integer not null default 0 check (held_ticket >= 0);
-- The number of tokens that wait and that are active. Triggers on `queue_token` update both.
alter table concert_schedule add column waiting integer not null default 0 check (waiting >= 0);
alter table concert_schedule add column active integer not null default 0 check (active >= 0);

-- queue_token rebuilt: `number` may be null, and three columns are new.
create table queue_token_next (
    id integer primary key,
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    -- The queue number, given out in increasing order within the schedule; null in the lobby, before its order is
    -- drawn.
    number integer check (number > 0),
    -- wait (the default): in the queue or the lobby. active: called or admitted until expire_at. delete: out of the
    -- queue, kept as history.
    status text not null default 'wait' check (status in ('wait', 'active', 'delete')),
    expire_at integer,
    -- The fan's part of the lottery; null for fans who joined after the lobby.
    contribution text,
    -- When the admission of the fan began: when they joined and were admitted at once, or when they came after a call.
    -- Null for a fan who waits, or who has been called but has not come.
    came_at integer,
    -- Why a token is out of the queue.
    ended text check (ended in ('paid', 'left', 'expired_holds', 'missed', 'silent', 'sold_out', 'closed')),
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
-- Finds the front of the queue.
create index queue_token_in_line on queue_token (schedule_id, status, number);
-- Finds the admissions that have expired, without reading the others.
create index queue_token_by_deadline on queue_token (schedule_id, expire_at) where status = 'active';
-- Finds the tokens that took part in the lottery.
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

-- The triggers on `seat`, replaced: they now update held_ticket too.
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

-- Sets the new counters for the rows that already exist. drawn_at stays null even for a sale that is open: the next
-- transaction that advances its queue finds an empty lobby and sets drawn_at.
update concert_schedule set
    held_ticket = (select count(*) from seat s where s.schedule_id = concert_schedule.id and s.status = 'occupied'),
    waiting = (select count(*) from queue_token t where t.schedule_id = concert_schedule.id and t.status = 'wait'),
    active = (select count(*) from queue_token t where t.schedule_id = concert_schedule.id and t.status = 'active');

-- The signing key of this installation. The table has one row, inserted at the first start.
create table house_key (
    id integer primary key check (id = 1),
    key blob not null check (length(key) = 32)
) strict;
