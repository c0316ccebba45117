-- The cash at the counter, by shifts.

-- The time in which one member of staff takes and gives cash.
create table till_shift (
    id integer primary key autoincrement,
    staff_id integer not null references user (id),
    opened_at integer not null,
    -- The cash that was in the drawer at the beginning. Null if the first cash opened the shift, until somebody says it.
    opening_cash integer check (opening_cash >= 0),
    closed_at integer,
    -- Who closed it: the person whose shift it is, or an owner.
    closed_by integer references user (id),
    -- What was counted at the end, and what should have been there.
    counted integer check (counted >= 0),
    expected integer,
    -- Why they differ; empty if they do not.
    note text not null default '',
    check ((closed_at is null) = (counted is null) and (closed_at is null) = (expected is null)
        and (closed_at is null) = (closed_by is null)),
    check (counted is null or counted = expected or note <> '')
) strict;
create unique index open_till_shift on till_shift (staff_id) where closed_at is null;
create index till_shift_by_end on till_shift (closed_at, id);

-- Cash that was taken (positive) or given (negative).
create table till_entry (
    id integer primary key,
    shift_id integer not null references till_shift (id),
    -- sale: tickets. exchange: a ticket for a dearer one. points: points were bought, or paid out.
    kind text not null check (kind in ('sale', 'exchange', 'points')),
    amount integer not null check (amount <> 0),
    user_id integer not null references user (id),
    -- The entry of the statement of points that goes with it.
    ledger_id integer not null unique references point_ledger (id),
    created_at integer not null
) strict;
create index till_entry_by_shift on till_entry (shift_id, id);
create index till_shift_by_closer on till_shift (closed_by) where closed_by is not null;
create index till_entry_by_user on till_entry (user_id);

create trigger till_entry_stays before update on till_entry begin select raise(abort, 'the till is append-only'); end;
create trigger till_entry_is_kept before delete on till_entry begin select raise(abort, 'the till is append-only'); end;
create trigger till_entry_in_time before insert on till_entry
when (select closed_at from till_shift where id = new.shift_id) is not null
begin select raise(abort, 'the shift is closed'); end;
create trigger till_shift_is_kept before delete on till_shift begin select raise(abort, 'a shift is kept'); end;
create trigger till_shift_stays before update on till_shift
when new.staff_id <> old.staff_id or old.opening_cash is not null and new.opening_cash is not old.opening_cash
begin select raise(abort, 'a shift stays that of its clerk, with its opening cash'); end;
create trigger till_shift_ends_once before update on till_shift when old.closed_at is not null
begin select raise(abort, 'a closed shift never changes'); end;
