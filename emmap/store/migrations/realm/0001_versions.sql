-- One realm: versions and their clocks, what came in, what was refused, measurements.
-- Runs as emmap_owner with search_path = <realm schema>, emmap, public, pg_temp. pg_temp stands last on purpose:
-- otherwise a temporary table named "clock" could forge the past.

-- The layer's clock, -infinity until it is first written. Its row lock is the writers' lock, its committed stamp is the layer's version number.
create table clock (
  layer text primary key,
  stamp timestamptz(6) not null default '-infinity',
  writer xid8,  -- the transaction that ticked last
  loader xid8   -- the transaction that may bring ready-made history
);

create table version (
  version_id bigint generated always as identity,
  layer text not null,
  feature_id text not null,
  valid tstzrange not null,
  recorded tstzrange not null,
  geom geometry(Geometry, 4326),
  hazards text[] not null default '{}',
  severity smallint not null default 0 check (severity between 0 and 4),
  status text,
  districts text[] not null default '{}',
  form text,
  properties jsonb not null default '{}',
  personal_id bigint,
  content_hash bytea not null,
  source_message_id bigint,
  tokens text[] not null default '{}',
  -- What the columnar download carries, computed once: 1e-7 degrees, seconds since 2000-01-01 UTC.
  x integer generated always as (
    case when geom is null or st_isempty(geom) then -2147483648
         else round(st_x(case when geometrytype(geom) = 'POINT' then geom else st_pointonsurface(geom) end) * 1e7)::int
    end) stored,
  y integer generated always as (
    case when geom is null or st_isempty(geom) then -2147483648
         else round(st_y(case when geometrytype(geom) = 'POINT' then geom else st_pointonsurface(geom) end) * 1e7)::int
    end) stored,
  shape smallint generated always as (
    case when geom is null or st_isempty(geom) then 0 else 1 + st_dimension(geom) end) stored,
  t0 integer generated always as (case when lower_inf(valid) then -2147483648 else greatest(-2147483647, least(2147483646,
    date_part('epoch', lower(valid) - timestamptz '2000-01-01 00:00:00+00')))::int end) stored,
  t1 integer generated always as (case when upper_inf(valid) then 2147483647 else greatest(-2147483647, least(2147483646,
    date_part('epoch', upper(valid) - timestamptz '2000-01-01 00:00:00+00')))::int end) stored,
  r0 integer generated always as (greatest(-2147483647, least(2147483646,
    ceil(date_part('epoch', lower(recorded) - timestamptz '2000-01-01 00:00:00+00'))))::int) stored,
  r1 integer generated always as (case when upper_inf(recorded) then 2147483647 else greatest(-2147483647, least(2147483646,
    ceil(date_part('epoch', upper(recorded) - timestamptz '2000-01-01 00:00:00+00'))))::int end) stored,
  check (not isempty(valid) and not isempty(recorded)),
  check (lower_inf(valid) or (lower_inc(valid) and isfinite(lower(valid)) and date_trunc('second', lower(valid), 'UTC') = lower(valid))),
  check (upper_inf(valid) or (not upper_inc(valid) and isfinite(upper(valid)) and date_trunc('second', upper(valid), 'UTC') = upper(valid))),
  check (lower_inc(recorded) and isfinite(lower(recorded))),
  check (upper_inf(recorded) or (not upper_inc(recorded) and isfinite(upper(recorded))))
) partition by list (layer);

-- A feature has one open version at each start; also finds a feature's open versions.
create unique index version_open on version (feature_id, lower(valid), layer) nulls not distinct where upper_inf(recorded);
-- A row by its number (details, lists); and no number twice, whatever the identity is told.
create unique index version_number on version (version_id, layer);
-- A feature's whole history.
create index version_feature on version (feature_id);
-- "What changed after": what opened, what closed.
create index version_opened_at on version (lower(recorded));
create index version_closed_at on version (upper(recorded)) where not upper_inf(recorded);

-- Personal data stand apart, so that they can be erased while the version stays a fact.
create table personal (
  personal_id bigint generated always as identity primary key,
  layer text not null,
  feature_id text not null,
  properties jsonb,
  erased_at timestamptz,
  check ((properties is null) = (erased_at is not null))
);
create index personal_feature on personal (layer, feature_id);

create table source_message (
  message_id bigint generated always as identity primary key,
  source text not null,
  name text not null default '',
  media_type text not null,
  content bytea not null,
  sha256 bytea not null unique,
  received_at timestamptz not null default clock_timestamp()
);

create table ingest_run (
  run_id bigint generated always as identity primary key,
  layer text not null,
  source text not null,
  file_name text not null default '',
  mode text not null default 'partial',
  datum text not null default 'wgs84',
  account text not null default '',
  message_id bigint,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  counts jsonb
);
-- When a layer last heard from its sources.
create index ingest_run_layer on ingest_run (layer, finished_at desc);

create table rejected_record (
  run_id bigint not null references ingest_run,
  position integer not null,
  code text not null,
  zh text not null,
  en text not null,
  raw text not null default '',
  primary key (run_id, position)
);

-- Measurements are not features: append only, found by series and time.
create table observation (
  series text not null,
  at timestamptz not null,
  value double precision,
  recorded_at timestamptz not null default clock_timestamp()
) partition by range (at);
create table observation_other partition of observation default;
create index observation_series on observation (series, at);

create table checkpoint (
  layer text not null,
  stamp timestamptz(6) not null,
  primary key (layer, stamp)
);

-- A feature's message chain (CAP references): which feature a message opened or changed.
create table message_chain (
  sender text not null,
  identifier text not null,
  sent_at timestamptz not null,
  message_type text not null,
  layer text,
  feature_ids text[] not null default '{}',
  refers_to jsonb not null default '[]',
  message_id bigint,
  primary key (sender, identifier, sent_at)
);

create function hold(of_layer text) returns timestamptz
language sql security definer set search_path from current as $$
  select stamp from clock where layer = of_layer for update
$$;
comment on function hold is 'Takes the writers'' lock of a layer until the transaction ends; answers the committed stamp.';

create function announce(of_layer text, at timestamptz) returns void
language sql security definer set search_path from current as $$
  select pg_notify('emmap', json_build_object('realm', substr(current_schema(), 7), 'layer', of_layer,
    'stamp', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text)
$$;
comment on function announce is 'Wakes whoever listens, when the transaction commits.';

create function tick(of_layer text, at timestamptz default null) returns timestamptz
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
    set stamp = greatest(coalesce(at, clock_timestamp()), stamp + interval '1 microsecond'), writer = pg_current_xact_id()
    where layer = of_layer
    returning stamp into found_stamp;
  if found_stamp is null then
    raise exception 'no layer %', of_layer using errcode = '23503';
  end if;
  perform announce(of_layer, found_stamp);
  return found_stamp;
end $$;
comment on function tick is 'Moves a layer''s clock on. Scenario time only where the realm is not real.';

create function begin_history(of_layer text) returns void
language plpgsql security definer set search_path from current as $$
begin
  if current_schema() = 'realm_real' then
    raise exception 'ready-made history has no place in the real realm' using errcode = '42501';
  end if;
  perform from clock where layer = of_layer for update;
  if exists (select from clock where layer = of_layer and isfinite(stamp)) then
    raise exception 'layer % has been written: what was known then is final', of_layer using errcode = '55000';
  end if;
  update clock set loader = pg_current_xact_id() where layer = of_layer;
end $$;
comment on function begin_history is 'Lets one insert of this transaction bring an empty layer''s whole history.';

create function version_written() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  bad record;
  one text;
begin
  for one in select distinct layer from new_rows loop
    if exists (select from clock where layer = one and loader = pg_current_xact_id()) then
      -- Ready-made history: nothing else may be there, nothing may come from the future, nothing may overlap.
      if (select count(*) from new_rows where layer = one) <> (select count(*) from version where layer = one) then
        raise exception 'history of % must come in one statement', one using errcode = '55000';
      end if;
      select n.feature_id, n.recorded into bad from new_rows n
        where n.layer = one
          and (lower(n.recorded) > clock_timestamp() or (not upper_inf(n.recorded) and upper(n.recorded) > clock_timestamp()))
        limit 1;
      if found then
        raise exception 'version %/% is recorded in the future: %', one, bad.feature_id, bad.recorded using errcode = '23514';
      end if;
      select a.feature_id, a.valid into bad
        from new_rows a join new_rows b on a.feature_id = b.feature_id and a.version_id < b.version_id
        where a.layer = one and b.layer = one and a.valid && b.valid and a.recorded && b.recorded
        limit 1;
      if found then
        raise exception 'two versions of %/% hold during %', one, bad.feature_id, bad.valid using errcode = '23P01';
      end if;
      update clock set stamp = (
          select max(greatest(lower(recorded), coalesce(upper(recorded), lower(recorded)))) from new_rows where layer = one),
          writer = pg_current_xact_id(), loader = null
        where layer = one;
      perform announce(one, (select stamp from clock where layer = one));
    else
      -- Every row opens at the stamp of the clock that this transaction holds, and is open.
      select n.feature_id, n.recorded into bad from new_rows n
        where n.layer = one and not exists (
          select from clock c where c.layer = one and c.writer = pg_current_xact_id() and n.recorded = tstzrange(c.stamp, null))
        limit 1;
      if found then
        raise exception 'version %/% is not recorded at its layer''s stamp: %', one, bad.feature_id, bad.recorded
          using errcode = '23514';
      end if;
      select n.feature_id, n.valid into bad from new_rows n join version v using (layer, feature_id)
        where n.layer = one and v.layer = one and upper_inf(v.recorded) and v.version_id <> n.version_id and v.valid && n.valid
        limit 1;
      if found then
        raise exception 'two versions of %/% hold during %', one, bad.feature_id, bad.valid using errcode = '23P01';
      end if;
    end if;
  end loop;
  return null;
end $$;

create function version_closed() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  bad record;
begin
  select n.layer, n.feature_id, n.recorded into bad from new_rows n
    where not exists (
      select from clock c where c.layer = n.layer and c.writer = pg_current_xact_id() and upper(n.recorded) = c.stamp)
    limit 1;
  if found then
    raise exception 'version %/% is not closed at its layer''s stamp: %', bad.layer, bad.feature_id, bad.recorded
      using errcode = '23514';
  end if;
  return null;
end $$;

create function version_refused() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  raise exception 'a version is a fact: only its recorded end may be set, once' using errcode = '23514';
end $$;

create trigger written after insert on version
  referencing new table as new_rows for each statement execute function version_written();
create trigger closed after update on version
  referencing new table as new_rows for each statement execute function version_closed();
create trigger frozen before update on version for each row when (
    not upper_inf(old.recorded) or upper_inf(new.recorded) or lower(new.recorded) <> lower(old.recorded)
    or (old.version_id, old.layer, old.feature_id, old.valid, old.hazards, old.severity, old.status, old.districts, old.form,
        old.properties, old.personal_id, old.content_hash, old.source_message_id, old.tokens)
      is distinct from
       (new.version_id, new.layer, new.feature_id, new.valid, new.hazards, new.severity, new.status, new.districts, new.form,
        new.properties, new.personal_id, new.content_hash, new.source_message_id, new.tokens)
    or old.geom::bytea is distinct from new.geom::bytea)
  execute function version_refused();
create trigger kept before delete on version for each row execute function version_refused();
create trigger kept_all before truncate on version for each statement execute function version_refused();

revoke execute on function hold(text), announce(text, timestamptz), tick(text, timestamptz), begin_history(text),
  version_written(), version_closed(), version_refused() from public;
grant execute on function hold(text), tick(text, timestamptz), begin_history(text) to emmap_app;
grant select on clock, version, personal, source_message, ingest_run, rejected_record, observation, checkpoint, message_chain
  to emmap_app;
-- Without version_id: "overriding system value" must not be able to give a number twice.
grant insert (layer, feature_id, valid, recorded, geom, hazards, severity, status, districts, form, properties, personal_id,
  content_hash, source_message_id, tokens) on version to emmap_app;
grant update (recorded) on version to emmap_app;
grant insert (layer, feature_id, properties) on personal to emmap_app;
grant insert (source, name, media_type, content, sha256) on source_message to emmap_app;
grant insert, update on ingest_run to emmap_app;
grant insert on rejected_record, observation, checkpoint, message_chain to emmap_app;
