-- The condition of one tenant filters rows that a statement has found by its own index, and finds none
-- itself: its collation is that of no index, and equality is that of bytes in either. As a condition of an
-- index it read all rows of the tenant wherever a statement was planned while the table was nearly empty.
do $$
declare
  name text;
begin
  for name in
    select polrelid::regclass::text from pg_policy
    where polname = 'tenant' and polcmd = '*' and polrelid in (
      select oid from pg_class where relnamespace = current_schema()::regnamespace)
  loop
    execute format(
      $policy$alter policy tenant on %s
        using (tenant collate "C" = nullif(current_setting('freshet.tenant', true), ''))$policy$, name);
  end loop;
end
$$;
