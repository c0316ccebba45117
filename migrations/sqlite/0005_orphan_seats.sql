-- An orphan seat is a single free seat left between taken ones: the trade's word for what was called a lonely seat.
alter table concert_schedule rename column no_lonely_seat to no_orphan_seat;
