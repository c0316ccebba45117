-- Who wants a mail before the waiting room of a date opens. A row is deleted when its mail is written, or when the sale has
-- begun.
create table reminder (
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    created_at integer not null,
    primary key (user_id, schedule_id)
) strict, without rowid;
create index reminder_by_schedule on reminder (schedule_id, user_id);
