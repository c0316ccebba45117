-- The waitlist of each date that is sold out. A seat that comes back is offered to the first whom it suits, as a hold.
create table waitlist_entry (
    id integer primary key autoincrement,
    user_id integer not null references user (id),
    schedule_id integer not null references concert_schedule (id),
    -- What the fan wishes, as the JSON of domain::waitlist::Wish.
    wish text not null check (json_valid(wish)),
    -- wait (the default): on the list. offered: seats are held for the fan until expire_at. bought: the fan has paid for
    -- them. over: the fan left, let the offer expire, or the sale ended.
    status text not null default 'wait' check (status in ('wait', 'offered', 'bought', 'over')),
    expire_at integer,
    created_at integer not null,
    updated_at integer not null,
    check (status not in ('offered', 'bought') or expire_at is not null),
    check (status <> 'wait' or expire_at is null)
) strict;
create unique index waitlist_entry_one_open_a_fan on waitlist_entry (user_id, schedule_id)
    where status in ('wait', 'offered');
create index waitlist_entry_by_user on waitlist_entry (user_id, schedule_id, id);
create index waitlist_entry_in_order on waitlist_entry (schedule_id, status, id);

-- The offer to which a hold belongs; null for one that its fan chose.
alter table reservation add column waitlist_entry_id integer references waitlist_entry (id);
create index reservation_by_waitlist_entry on reservation (waitlist_entry_id) where waitlist_entry_id is not null;

-- waitlisted is the number of entries that wait. offered_ticket is the number of seats that are held as offers: nobody else
-- can get them, so a date on which no others are left is sold out. Triggers update both.
alter table concert_schedule add column waitlisted integer not null default 0 check (waitlisted >= 0);
alter table concert_schedule add column offered_ticket integer not null default 0 check (offered_ticket >= 0);
-- 1 if something has changed since seats were last offered that may let another entry have some. So the waitlist is read
-- only then, although seats may be for sale for days that suit nobody on it.
alter table concert_schedule add column waitlist_due integer not null default 0 check (waitlist_due in (0, 1));

create trigger waitlist_entry_added after insert on waitlist_entry begin
    update concert_schedule set waitlisted = waitlisted + (new.status = 'wait'), waitlist_due = 1
    where id = new.schedule_id;
end;
create trigger seat_came_back after update of status on seat
when new.status = 'reservable' and old.status <> 'reservable' begin
    update concert_schedule set waitlist_due = 1 where id = new.schedule_id and waitlisted > 0;
end;
create trigger limits_changed after update of seats_per_fan, access_until, status on concert_schedule
when new.waitlisted > 0 begin
    update concert_schedule set waitlist_due = 1 where id = new.id;
end;
-- A fan who is admitted chooses seats, and is offered none meanwhile.
create trigger waitlisted_fan_left_queue after update of status on queue_token
when new.status = 'delete' and old.status = 'active' begin
    update concert_schedule set waitlist_due = 1 where id = new.schedule_id and waitlisted > 0 and exists
        (select 1 from waitlist_entry where user_id = new.user_id and schedule_id = new.schedule_id and status = 'wait');
end;
create trigger waitlist_entry_changed after update of status on waitlist_entry when new.status <> old.status begin
    update concert_schedule set waitlisted = waitlisted + (new.status = 'wait') - (old.status = 'wait')
    where id = new.schedule_id;
end;
create trigger waitlist_entry_removed after delete on waitlist_entry begin
    update concert_schedule set waitlisted = waitlisted - (old.status = 'wait') where id = old.schedule_id;
end;

-- A hold is inserted first and then becomes part of an offer. Whatever ends it ends the offer.
create trigger reservation_offered after update of waitlist_entry_id on reservation
when old.waitlist_entry_id is null and new.waitlist_entry_id is not null begin
    update concert_schedule set offered_ticket = offered_ticket + 1 where id = new.schedule_id;
end;
create trigger reservation_offer_ends after update of status on reservation
when old.waitlist_entry_id is not null and old.status = 'reserved' and new.status <> 'reserved' begin
    update concert_schedule set offered_ticket = offered_ticket - 1 where id = new.schedule_id;
    update waitlist_entry set status = iif(new.status = 'purchase', 'bought', 'over'), updated_at = new.updated_at
    where id = new.waitlist_entry_id and status = 'offered';
end;
