-- One row for each sign-in: the device, such as a phone's browser. People can list the devices on which they are signed
-- in, and use one device to sign out another. A session that was made by signing in stores the id of its device; the
-- sessions themselves are in a database file of their own. Ids are never reused (autoincrement), because a session may
-- still refer to a device whose row has been deleted.
create table device (
    id integer primary key autoincrement,
    user_id integer not null references user (id),
    -- The browser and its system, such as `Firefox · Windows`; empty if unknown.
    name text not null check (length(name) <= 80),
    signed_in_at integer not null,
    -- When the session expires by itself.
    expire_at integer not null,
    -- When the device was signed out before its session expired; null if it was not.
    ended_at integer
) strict;

-- Finds the devices of a person.
create index device_of_user on device (user_id, expire_at);
-- Finds the devices that were signed out before their session expired, which are read into memory at each start.
create index ended_device on device (expire_at) where ended_at is not null;
