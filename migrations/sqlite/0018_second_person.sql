-- Who adjusted a balance, and which colleague agreed: a person can do so alone only up to a limit a day. Null in every
-- other entry, and in the adjustments of earlier versions.
alter table point_ledger add column staff_id integer references user (id);
alter table point_ledger add column second_id integer references user (id);
create index point_ledger_by_staff on point_ledger (staff_id, created_at) where staff_id is not null;
