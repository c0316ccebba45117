-- One row, which is written to see whether the database can be written: see House::probe.
create table probe (
    id integer primary key check (id = 1),
    at integer not null
) strict;
