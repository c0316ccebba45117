-- How people sign in besides with a password: a second step, and passkeys.

-- The second step of an account: an authenticator app (TOTP, RFC 6238) and ten recovery codes. Secret and codes are
-- computed from these texts and the key file, so the database contains neither.
create table second_step (
    user_id integer primary key references user (id),
    -- Null if there are recovery codes only, for an account with passkeys.
    authenticator text,
    -- The time step (30 seconds) of the last code that was taken: a code is good once.
    last_step integer not null default 0,
    recovery text not null,
    -- The recovery codes that were used, as bits.
    recovery_used integer not null default 0 check (recovery_used between 0 and 1023),
    updated_at integer not null
) strict;

-- Passkeys (WebAuthn).
create table passkey (
    id integer primary key autoincrement,
    user_id integer not null references user (id),
    -- The id by which the browser names it.
    credential_id blob not null unique,
    -- The kind of browser in which it was made, such as `Safari · macOS`; empty if unknown.
    name text not null check (length(name) <= 80),
    -- The public key with its counter, as the JSON of the library that checks signatures.
    data text not null,
    created_at integer not null,
    used_at integer
) strict;
create index passkey_of_user on passkey (user_id, id);

-- One row if staff have to sign in with a second step or a passkey.
create table second_step_rule (
    id integer primary key check (id = 1),
    since integer not null
) strict;
