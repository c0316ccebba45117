-- A random number of the account, which is in the sessions of its owner too. After a database was restored from a backup,
-- an account that was made since may get the id of one that is lost: the session of the lost one does not open it.
alter table user add column tag integer not null default 0;
update user set tag = random();
