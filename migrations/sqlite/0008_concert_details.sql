-- What a concert's page says besides its description. Null means that staff have not said.
-- How long the concert lasts, intervals included.
alter table concert add column running_minutes integer check (running_minutes > 0);
-- In full years; younger people are not let in.
alter table concert add column minimum_age integer check (minimum_age > 0);
-- What fans have to know before they come, such as when the doors open, as lines of text.
alter table concert add column notices text check (notices <> '');
