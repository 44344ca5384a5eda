-- Routes that an operator opened for a claim, in the control partition: at most 100, each with its end.
-- They stand with the position that they were read at, and heartbeats of that position tell them.
alter table progress add column openings jsonb not null default '[]';
