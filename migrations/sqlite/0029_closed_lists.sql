-- The lottery of a lobby is drawn from a list that is closed first, and from a number that nobody could know then.

-- A run of the delay function (src/delay.rs), for all lobbies that closed in the same transaction.
create table lottery_delay (
    id integer primary key autoincrement,
    closed_at integer not null,
    -- What it begins with: a hash of the closed lists and of the number of steps.
    start text not null,
    steps integer not null check (steps > 0),
    -- Its result. Null while it is computed.
    output text
) strict;
create index running_lottery_delay on lottery_delay (id) where output is null;

create trigger lottery_delay_stays before update on lottery_delay
when new.closed_at <> old.closed_at or new.start <> old.start or new.steps <> old.steps or old.output is not null
begin select raise(abort, 'the delay of a lottery never changes'); end;
create trigger lottery_delay_is_kept before delete on lottery_delay
begin select raise(abort, 'the delay of a lottery is kept'); end;

-- The delay of the lottery, the hash of its closed list, and the tokens of those who had left the lobby before it closed,
-- as a JSON array. Null until the lobby has closed; always null if nobody was in it, and for lotteries that an earlier
-- version has run.
alter table concert_schedule add column lottery_delay_id integer references lottery_delay (id);
alter table concert_schedule add column lottery_list text check ((lottery_list is null) = (lottery_delay_id is null));
alter table concert_schedule add column lottery_withdrawn text
    check ((lottery_withdrawn is null) = (lottery_delay_id is null));
create index schedule_by_lottery_delay on concert_schedule (lottery_delay_id) where lottery_delay_id is not null;

create trigger closed_list_stays before update of lottery_delay_id, lottery_list, lottery_withdrawn on concert_schedule
when old.lottery_delay_id is not null
begin select raise(abort, 'the list of a lottery is closed'); end;
