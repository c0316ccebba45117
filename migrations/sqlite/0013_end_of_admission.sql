-- Until when the fan's latest hold in this admission was to last; null if they have held nothing. Seats that are held
-- again after they were given back are held until then and no longer.
alter table queue_token add column held_until integer;
