-- From which address a place in the queue was taken, and places that staff have cancelled.

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
    -- The address of the household from which the fan joined; null if it is not known, or was forgotten.
    address text,
    -- When the admission of the fan began: when they joined and were admitted at once, or when they came after a call.
    -- Null for a fan who waits, or who has been called but has not come.
    came_at integer,
    -- When the fan was called; was passed over, if they are not called now; was back after that; and whether they were
    -- called once and did not come.
    called_at integer,
    passed_over_at integer,
    returned_at integer,
    missed_call integer not null default 0 check (missed_call in (0, 1)),
    -- See 0013_end_of_admission.sql.
    held_until integer,
    -- Why a token is out of the queue.
    ended text check (ended in ('paid', 'left', 'expired_holds', 'missed', 'sold_out', 'closed', 'voided')),
    created_at integer not null,
    updated_at integer not null,
    unique (schedule_id, number),
    check ((status = 'active') <= (expire_at is not null)),
    check (status <> 'wait' or expire_at is null),
    check (status <> 'active' or number is not null),
    check ((ended is not null) <= (status = 'delete'))
) strict;
insert into queue_token_next (id, user_id, schedule_id, number, status, expire_at, contribution, came_at, called_at,
        passed_over_at, returned_at, missed_call, held_until, ended, created_at, updated_at)
    select id, user_id, schedule_id, number, status, expire_at, contribution, came_at, called_at,
        passed_over_at, returned_at, missed_call, held_until, iif(ended = 'silent', 'missed', ended), created_at, updated_at
    from queue_token;
drop table queue_token;
alter table queue_token_next rename to queue_token;

-- The indexes and triggers of the table, as they were.
create unique index queue_token_one_live_a_fan on queue_token (user_id, schedule_id) where status in ('wait', 'active');
create index queue_token_by_user on queue_token (user_id, schedule_id, id);
create index queue_token_by_deadline on queue_token (schedule_id, expire_at) where status = 'active';
create index queue_token_by_draw on queue_token (schedule_id, id) where contribution is not null;
create index queue_token_called on queue_token (schedule_id, number) where called_at is not null;
create index queue_token_to_call on queue_token (schedule_id, number) where status = 'wait' and passed_over_at is null;
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

-- Counts the places and the held seats of one address.
create index queue_token_by_address on queue_token (schedule_id, address) where status in ('wait', 'active');

-- Finds the addresses that are to be forgotten.
create index queue_token_by_old_address on queue_token (created_at) where address is not null and status = 'delete';

-- A place that staff have cancelled. The fan cannot join again until staff give it back.
create table voided_place (
    token_id integer primary key references queue_token (id),
    schedule_id integer not null references concert_schedule (id),
    user_id integer not null references user (id),
    -- Why, as the fan reads it, and what the fan answers.
    reason text not null,
    answer text,
    answered_at integer,
    -- When staff gave the place back.
    restored_at integer,
    created_at integer not null
) strict;
create index voided_place_of_schedule on voided_place (schedule_id, token_id);
create index voided_place_of_user on voided_place (user_id, schedule_id) where restored_at is null;
