-- A large lobby is numbered in several short transactions, so that no other write waits for the whole of it.

-- The order that a lottery has decided, until every token of the lobby has its number. It is stored in the transaction
-- that decides it, so that after a crash the same order is numbered on.
create table lottery_order (
    schedule_id integer primary key references concert_schedule (id),
    -- The ids of the tokens in the order of the queue, each as 8 bytes (big endian).
    token_ids blob not null check (length(token_ids) > 0 and length(token_ids) % 8 = 0),
    -- The number of the first of them.
    first_number integer not null check (first_number > 0)
) strict;

-- How many of the tokens in lottery_order have no number yet. While there are any, nobody is called.
alter table concert_schedule add column unnumbered integer not null default 0 check (unnumbered >= 0);
