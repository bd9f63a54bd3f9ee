-- The indexes over tokens compare bytes from now on (emmap/store/migrate.py): two thirds of the time to build them. The old ones
-- go; whoever upgrades makes the new ones right afterwards.
do $$
declare
  one record;
begin
  for one in
    select format('%I', c.relname || '_tokens') as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'version'::regclass
  loop
    execute 'drop index if exists ' || one.name;
  end loop;
end $$;
