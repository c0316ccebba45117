-- A waiting fan keeps the number until the sale ends. A fan who is absent when their turn comes is passed over, and is
-- next once they are back.

-- When the fan was passed over, because they were absent when their turn came or did not come when they were called;
-- null for a fan who may be called.
alter table queue_token add column passed_over_at integer;
-- When the fan was last back after having been passed over.
alter table queue_token add column returned_at integer;
-- When the fan was last called, or admitted on joining. `encore check` compares it with returned_at.
alter table queue_token add column called_at integer;
-- Whether the fan has been called once and did not come. The second time ends the token.
alter table queue_token add column missed_call integer not null default 0 check (missed_call in (0, 1));
update queue_token set called_at = coalesce(came_at, updated_at) where status = 'active';
-- The place of a fan who was not heard from used to end, with a reason of its own.
update queue_token set ended = 'missed' where ended = 'silent';

-- Finds the highest number that was called.
create index queue_token_called on queue_token (schedule_id, number) where called_at is not null;
-- Finds the next fans to call.
create index queue_token_to_call on queue_token (schedule_id, number) where status = 'wait' and passed_over_at is null;
drop index queue_token_in_line;

-- The number of waiting tokens that have been passed over. Triggers on `queue_token` update it.
alter table concert_schedule add column passed_over integer not null default 0 check (passed_over >= 0);
drop trigger queue_token_changed;
drop trigger queue_token_removed;
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
