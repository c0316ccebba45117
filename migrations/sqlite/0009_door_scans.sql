-- Tickets that let somebody in at a door, each under a random id that the phone made. A scan that a phone sends twice,
-- because an answer was lost, is recorded once.
create table door_scan (
    id text not null primary key,
    schedule_id integer not null references concert_schedule (id),
    -- Null if the code is not that of a ticket.
    reservation_id integer references reservation (id),
    staff_id integer not null references user (id),
    outcome text not null check (outcome in ('admitted', 'duplicate', 'cancelled', 'wrong_show', 'unknown')),
    -- When the ticket was scanned, and when the server had the scan: the same if the phone had a connection.
    scanned_at integer not null,
    created_at integer not null
) strict, without rowid;
create index door_scan_by_schedule on door_scan (schedule_id);
