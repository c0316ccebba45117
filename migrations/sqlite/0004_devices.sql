-- Where somebody is signed in, so that they can see it and end it from elsewhere. A session names its device; what the session
-- itself is stays in its own file. Ids are never used again, since a session that was forgotten may still name one.
create table device (
    id integer primary key autoincrement,
    user_id integer not null references user (id),
    -- What kind of browser it is, as `Firefox · Windows`; empty where it does not say.
    name text not null check (length(name) <= 80),
    signed_in_at integer not null,
    -- When the session ends by itself.
    expire_at integer not null,
    -- When it was ended before that.
    ended_at integer
) strict;

-- The devices of a person, to list and to end them.
create index device_of_user on device (user_id, expire_at);
-- Those that were ended before their time are read into memory at each start.
create index ended_device on device (expire_at) where ended_at is not null;
