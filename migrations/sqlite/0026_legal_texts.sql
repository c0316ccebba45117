-- The terms of use and the privacy policy of the house, and who has agreed to them.

create table legal_text (
    id integer primary key autoincrement,
    kind text not null check (kind in ('terms_of_use', 'privacy')),
    -- 1, 2, … of each kind. The latest is in force.
    version integer not null check (version > 0),
    korean text not null,
    english text not null,
    published_by integer not null references user (id),
    published_at integer not null,
    unique (kind, version)
) strict;

-- People have agreed to exactly these words.
create trigger legal_text_stays before update on legal_text begin select raise(abort, 'a legal text never changes'); end;
create trigger legal_text_is_kept before delete on legal_text begin select raise(abort, 'a legal text is kept'); end;

-- The number of an account stays in it after the account was deleted, without a name.
create table consent (
    user_id integer not null references user (id),
    legal_text_id integer not null references legal_text (id),
    agreed_at integer not null,
    primary key (user_id, legal_text_id)
) strict, without rowid;
create index consent_by_text on consent (legal_text_id);
