-- A show with sold tickets that is moved to another hall of the same drawing.

-- Where the show takes place, if that is not the venue of the concert.
alter table concert_schedule add column venue text check (venue <> '');
-- Whether the last move was to another hall, perhaps at another time too.
alter table concert_schedule add column moved_hall integer not null default 0
    check (moved_hall in (0, 1) and (moved_hall = 0 or moved_at is not null));
