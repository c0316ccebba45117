-- Accounts can be deleted. What the books need stays under the number of the account, without a name and an address.

-- When the person deleted their account; null for everybody else.
alter table user add column left_at integer;

-- The log of staff names people by their accounts, and their names are looked up when it is shown: nothing can be deleted
-- from the log. The person about whom an entry is; null if it is about nobody.
alter table audit_log add column person_id integer references user (id);
create index audit_log_by_person on audit_log (person_id) where person_id is not null;

-- Entries of earlier versions have the email address or the name of the person in their text. It is taken out.
drop trigger audit_log_no_update;
-- The address is the whole subject.
update audit_log set person_id = (select id from user where email = subject), subject = ''
    where action = 'points_adjusted' and subject in (select email from user);
-- The address is in front of the seats in the subject, or in the note.
update audit_log set person_id = (select id from user where email = substr(subject, 1, instr(subject, ': ') - 1)),
        subject = substr(subject, instr(subject, ': ') + 2)
    where action in ('ticket_cancelled', 'ticket_moved', 'check_in_undone')
        and substr(subject, 1, instr(subject, ': ') - 1) in (select email from user);
update audit_log set person_id = (select id from user where email = substr(note, 1, instr(note, ': ') - 1)),
        note = substr(note, instr(note, ': ') + 2)
    where action in ('tickets_sold', 'tickets_given')
        and substr(note, 1, instr(note, ': ') - 1) in (select email from user);
-- Whoever joins the staff writes the entry, and its subject is their own name.
update audit_log set person_id = staff_id, subject = '' where action = 'joined_staff';
-- Other names are taken out if there is one person who has them.
update audit_log set person_id = (select id from user where name = subject), subject = ''
    where action in ('duty_changed', 'left_staff') and 1 = (select count(*) from user where name = subject);
update audit_log set person_id = (select id from user where name = note), note = ''
    where action = 'place_restored' and 1 = (select count(*) from user where name = note);
create trigger audit_log_no_update before update on audit_log begin
    select raise(abort, 'the log of staff is append-only');
end;
