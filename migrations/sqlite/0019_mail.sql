-- Mails to people with an account, and the links in them.

-- The language of the mails to a person: the one in which they last signed in, or which they chose since.
alter table user add column language text not null default 'ko' check (language in ('ko', 'en'));

-- When the person showed that the address is theirs; null until then. Those who are here already are taken at their word.
alter table user add column verified_at integer;
update user set verified_at = created_at;

-- The outbox. A mail is written in the transaction of what it tells of, and sent later.
create table mail (
    id integer primary key autoincrement,
    user_id integer not null references user (id),
    -- Where it is sent, and in which language: as they were when it was written.
    address text not null,
    language text not null check (language in ('ko', 'en')),
    -- What it tells, as the JSON of domain::mail::Letter. The text is made when it is sent.
    letter text not null,
    -- 1 if somebody waits for it, such as for a link that is valid for an hour: it is sent before all others.
    is_urgent integer not null default 0 check (is_urgent in (0, 1)),
    -- The part of its Message-ID before the @. It is the same at each attempt, so a mail program shows a mail once that
    -- was delivered twice.
    message_id text not null unique,
    -- wait (the default): to be sent at next_attempt_at. sent: a mail server has taken it. failed: given up.
    status text not null default 'wait' check (status in ('wait', 'sent', 'failed')),
    attempts integer not null default 0 check (attempts >= 0),
    next_attempt_at integer not null,
    -- After this it is not tried again.
    give_up_at integer not null,
    -- What the mail server said when it last did not take the mail.
    error text,
    created_at integer not null,
    updated_at integer not null,
    check (status <> 'sent' or attempts > 0),
    check (status <> 'failed' or error is not null)
) strict;
create index mail_to_send on mail (is_urgent, next_attempt_at, id) where status = 'wait';
create index mail_by_status on mail (status, id);
create index mail_by_user on mail (user_id);
create index mail_by_age on mail (created_at);

-- A link that lets whoever has it do one thing to an account, once. Its secret is computed from the row and the key
-- file, so the database contains none.
create table account_link (
    id integer primary key autoincrement,
    user_id integer not null references user (id),
    -- password: set a new password. address: show that an email address is one's own.
    purpose text not null check (purpose in ('password', 'address')),
    -- The address that is shown to be one's own.
    address text check ((address is null) = (purpose <> 'address')),
    -- The member of staff who made it; null if the person asked for it, or if it was made on the command line.
    made_by integer references user (id),
    expires_at integer not null,
    used_at integer,
    created_at integer not null
) strict;
create index account_link_by_user on account_link (user_id, id);
create index account_link_by_maker on account_link (made_by) where made_by is not null;
create index account_link_by_address on account_link (address, created_at) where address is not null;
create index account_link_by_age on account_link (expires_at);
