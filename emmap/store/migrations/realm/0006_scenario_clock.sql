-- The realm's present while a past span is fed again: scenario time that runs, faster or slower than the wall clock.
create table scenario_clock (
  one boolean primary key default true check (one),
  scenario text not null,
  started_at timestamptz not null default clock_timestamp(),
  begins_at timestamptz not null,  -- scenario time at started_at
  ends_at timestamptz not null,    -- scenario time at which it stands still
  speed double precision not null check (speed > 0 and speed < 'infinity'),
  check (isfinite(begins_at) and isfinite(ends_at) and begins_at < ends_at and ends_at <= started_at)
);

create function present() returns timestamptz
language sql volatile security definer set search_path from current as $$
  select coalesce(
    (select least(ends_at, begins_at + (clock_timestamp() - started_at) * speed) from scenario_clock), clock_timestamp())
$$;
comment on function present is 'What the realm takes for now: the wall clock, or the clock of the replay that runs in it.';

create or replace function tick(of_layer text, at timestamptz default null) returns timestamptz
language plpgsql security definer set search_path from current as $$
declare
  found_stamp timestamptz;
begin
  if at is not null and current_schema() = 'realm_real' then
    raise exception 'the clock of the real realm is the wall clock' using errcode = '42501';
  end if;
  if at is not null and (not isfinite(at) or at > clock_timestamp()) then
    raise exception 'scenario time % is not in the past', at using errcode = '22008';
  end if;
  update clock
    set stamp = greatest(coalesce(at, present()), stamp + interval '1 microsecond'), writer = pg_current_xact_id()
    where layer = of_layer
    returning stamp into found_stamp;
  if found_stamp is null then
    raise exception 'no layer %', of_layer using errcode = '23503';
  end if;
  perform announce(of_layer, found_stamp);
  return found_stamp;
end $$;

create function start_scenario(named text, begins timestamptz, ends timestamptz, times double precision) returns void
language plpgsql security definer set search_path from current as $$
begin
  if current_schema() = 'realm_real' then
    raise exception 'the clock of the real realm is the wall clock' using errcode = '42501';
  end if;
  insert into scenario_clock (scenario, begins_at, ends_at, speed) values (named, begins, ends, times)
    on conflict (one) do update set scenario = excluded.scenario, started_at = clock_timestamp(),
      begins_at = excluded.begins_at, ends_at = excluded.ends_at, speed = excluded.speed;
end $$;
comment on function start_scenario is 'From now on the realm takes scenario time for its present. Never in the real realm.';

create function stop_scenario() returns void
language sql security definer set search_path from current as $$
  update scenario_clock set ends_at = greatest(least(ends_at, present()), begins_at + interval '1 microsecond')
$$;
comment on function stop_scenario is 'The realm''s present stands still where it is.';

revoke execute on function present(), start_scenario(text, timestamptz, timestamptz, double precision), stop_scenario() from public;
grant execute on function present(), start_scenario(text, timestamptz, timestamptz, double precision), stop_scenario()
  to emmap_app, emmap_reader;
grant select on scenario_clock to emmap_app, emmap_reader;
