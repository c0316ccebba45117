-- An orphan seat is a single free seat left between taken ones. That is the usual term in ticketing; earlier migrations
-- called it a lonely seat.
alter table concert_schedule rename column no_lonely_seat to no_orphan_seat;
