-- Marks of a subject wait while earlier ones of that subject walk.
create index token_mark_walking on token_mark (target) where kind = 'subject' and cursor > '';
