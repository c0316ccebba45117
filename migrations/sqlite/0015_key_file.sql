-- The keys are in a file outside of the database. house_key has a row only in a database of an earlier version, until its
-- key is moved into the file.

-- One row: by which the keys of this database are recognised, so that it is never used with those of another.
create table key_check (
    id integer primary key check (id = 1),
    fingerprint text not null
) strict;

-- From this text and the keys the secret of the lottery is computed: see Keys::lottery_secret. lottery_secret is null
-- until the lottery is run. (Earlier versions stored the secret itself when the lobby opened.)
alter table concert_schedule add column lottery_seal text;
