-- A round of a public randomness beacon can be mixed into the lottery of a lobby (src/domain/beacon.rs).

-- The number of the round, which is fixed when the lobby opens. Null if the venue has no beacon.
alter table concert_schedule add column lottery_round integer check (lottery_round is null or lottery_round > 0);
-- The signature of the round, in hexadecimal digits. Null until the lottery is drawn, and also afterwards if the round could
-- not be had in time.
alter table concert_schedule add column lottery_signature text
    check (lottery_signature is null or lottery_round is not null);

create trigger lottery_round_stays before update of lottery_round on concert_schedule
when old.lottery_seal is not null and new.lottery_round is not old.lottery_round
begin select raise(abort, 'the round of a lottery is fixed when its lobby opens'); end;
create trigger lottery_signature_stays before update of lottery_signature on concert_schedule
when old.drawn_at is not null and new.lottery_signature is not old.lottery_signature
begin select raise(abort, 'the lottery is drawn'); end;
