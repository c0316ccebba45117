-- Handing a ticket on to another person by a one-time link.

-- code_issue counts how often the codes of the ticket were replaced: each time it was handed on. Only those of the present
-- issue are valid. hand_on_link_made_at is when the open link was made; null if there is none. Its secret is computed from
-- this row and the key file, so the database contains none, and it ends with the issue.
alter table reservation add column code_issue integer not null default 0 check (code_issue >= 0);
alter table reservation add column hand_on_link_made_at integer;
-- The name on the ticket if staff have corrected it; null means that of the account.
alter table reservation add column holder_name text check (holder_name <> '');

-- Who handed a ticket on to whom. The payment, and so a refund, stays with the person who paid.
create table handover (
    id integer primary key autoincrement,
    reservation_id integer not null references reservation (id),
    from_user_id integer not null references user (id),
    to_user_id integer not null references user (id),
    created_at integer not null
) strict;
create index handover_by_reservation on handover (reservation_id, id);

-- Whether staff forbid handing on for this date.
alter table concert_schedule add column no_handing_on integer not null default 0 check (no_handing_on in (0, 1));
