-- One row until there is an owner: the SHA-256 hash of the token in the link that makes the first one.
create table first_owner (
    id integer primary key check (id = 1),
    token_hash text not null
) strict;

-- One row if this is a demo: its accounts have a password that everybody knows, and every page says so.
create table demo (
    id integer primary key check (id = 1)
) strict;
-- The demo data of earlier versions has these accounts.
insert into demo (id) select 1 where 3 = (select count(*) from user
    where (email, coalesce(duty, '')) in (values ('staff@example.org', 'owner'), ('mina@example.org', ''), ('joon@example.org', '')));
