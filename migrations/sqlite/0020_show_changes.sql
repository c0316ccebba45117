-- A show that is called off, or moved to another time, after tickets were sold.

-- When and why a date was called off; null if it was not.
alter table concert_schedule add column called_off_at integer;
alter table concert_schedule add column called_off_reason text
    check ((called_off_reason is null) = (called_off_at is null));
-- What each fan gets in addition to the price, as a percentage of it.
alter table concert_schedule add column compensation_percent integer not null default 0
    check (compensation_percent between 0 and 100);
-- When the last of its tickets was refunded; null until then.
alter table concert_schedule add column refunded_at integer check (refunded_at is null or called_off_at is not null);
create index concert_schedule_to_refund on concert_schedule (id) where called_off_at is not null and refunded_at is null;

-- How often the show was moved to another time although seats were held or sold; when last, and from which time. Whoever
-- held a seat before then gets the full price back until full_refund_until, if it is set.
alter table concert_schedule add column moves integer not null default 0 check (moves >= 0);
alter table concert_schedule add column moved_at integer check ((moved_at is null) = (moves = 0));
alter table concert_schedule add column moved_from integer check ((moved_from is null) = (moved_at is null));
alter table concert_schedule add column full_refund_until integer check (full_refund_until is null or moved_at is not null);
