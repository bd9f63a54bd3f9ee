-- The duty room: alarms and their life, the duty log, rota and handovers. What was said is never changed: the application
-- may insert and read; how an alarm stands is kept by a trigger, from what was said.

-- One row. Its lock is the writers' lock, so numbers are committed in their order: a page that has seen n misses nothing
-- up to n.
create table watch_clock (
  one boolean primary key default true check (one),
  stamp bigint not null default 0
);
insert into watch_clock default values;

create function watch_hold() returns bigint
language sql security definer set search_path from current as $$
  select stamp from watch_clock for update
$$;
comment on function watch_hold is 'Takes the writers'' lock of the duty room until the transaction ends.';

create function watch_ticked() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  update watch_clock set stamp = stamp + 1 returning stamp into new.stamp;
  perform pg_notify('emmap_watch', json_build_object('realm', substr(current_schema(), 7), 'watch', new.stamp)::text);
  return new;
end $$;
comment on function watch_ticked is 'Numbers a row in the order of commits, and wakes whoever listens when it is committed.';

create function watch_refused() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  raise exception 'what the duty room has written down is never changed: add to it' using errcode = '23514';
end $$;

create table alarm (
  alarm_id bigint generated always as identity primary key,
  event_no text not null unique,            -- YYYYMMDD-NNN, counted by the Beijing day
  client_id uuid unique,                    -- of the form that opened it: sent twice, it opens one
  source text not null check (source in ('phone', 'feature', 'api')),
  layer text,
  feature_id text,
  received_at timestamptz not null,         -- 接报时间
  opened_at timestamptz not null default clock_timestamp(),
  opened_by text not null,
  -- How it stands: what its last event left, written by the trigger alone.
  stamp bigint not null default 0,
  number integer not null default 0,
  stage text not null default 'received',
  holder text,
  severity smallint not null default 0,
  facts jsonb not null default '{}',
  ringing boolean not null default false,
  called text,                              -- who is to answer it now
  calls integer not null default 0,         -- how often it was passed on unanswered
  rang_at timestamptz,
  phoned_at timestamptz,
  reported_at timestamptz,
  merged_into bigint references alarm,
  closed_at timestamptz,
  check ((layer is null) = (feature_id is null))
);
-- The queue.
create index alarm_open on alarm (received_at) where closed_at is null;
-- "What changed after".
create index alarm_stamp on alarm (stamp);
-- Whether a feature has rung already.
create index alarm_feature on alarm (layer, feature_id) where feature_id is not null;
create index alarm_merged on alarm (merged_into) where merged_into is not null;

-- An event tells who did what when, and holds the whole state after it.
create table alarm_event (
  alarm_id bigint not null references alarm,
  number integer not null,
  stamp bigint not null,
  at timestamptz not null default clock_timestamp(),
  account text not null,
  act text not null,
  stage text not null check (stage in
    ('received', 'verified', 'assessed', 'handling', 'feedback', 'closed', 'false_alarm', 'merged')),
  holder text,
  severity smallint not null check (severity between 0 and 4),
  ringing boolean not null,
  called text,
  facts jsonb not null,
  note text not null default '',
  told jsonb not null default '{}',         -- what belongs to this act alone: to whom, into which, which report
  client_id uuid,
  primary key (alarm_id, number),
  unique (alarm_id, client_id)
);

create function alarm_numbered() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  today text := to_char(new.opened_at at time zone 'Asia/Shanghai', 'YYYYMMDD');
begin
  perform watch_hold();
  select today || '-' || lpad((coalesce(max(split_part(event_no, '-', 2)::integer), 0) + 1)::text, 3, '0') into new.event_no
    from alarm where event_no like today || '-%';
  return new;
end $$;

create function alarm_moved() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  update alarm set
      stamp = new.stamp, number = new.number, stage = new.stage, holder = new.holder, severity = new.severity,
      facts = new.facts, ringing = new.ringing, called = new.called,
      calls = case when new.act = 'escalate' then calls + 1 when new.ringing and not ringing then 0 else calls end,
      rang_at = case when new.act = 'escalate' or (new.ringing and (not ringing or new.act = 'worsen')) then new.at else rang_at end,
      phoned_at = coalesce(phoned_at, case when new.act = 'phone' then new.at end),
      reported_at = coalesce(reported_at, case when new.act = 'report' then new.at end),
      merged_into = case when new.stage = 'merged' then (new.told ->> 'into')::bigint end,
      closed_at = case when new.stage in ('closed', 'false_alarm', 'merged') then coalesce(closed_at, new.at) end
    where alarm_id = new.alarm_id and number = new.number - 1;
  if not found then
    raise exception 'event % of alarm % does not follow the last one', new.number, new.alarm_id using errcode = '23514';
  end if;
  return new;
end $$;

create function alarm_kept() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if (new.alarm_id, new.event_no, new.client_id, new.source, new.layer, new.feature_id, new.received_at, new.opened_at, new.opened_by)
     is distinct from
     (old.alarm_id, old.event_no, old.client_id, old.source, old.layer, old.feature_id, old.received_at, old.opened_at, old.opened_by)
     or new.number <> old.number + 1 then
    raise exception 'an alarm changes by its events only' using errcode = '23514';
  end if;
  return new;
end $$;

create trigger numbered before insert on alarm for each row execute function alarm_numbered();
create trigger kept before update on alarm for each row execute function alarm_kept();
create trigger kept_whole before delete on alarm for each row execute function watch_refused();
create trigger kept_all before truncate on alarm for each statement execute function watch_refused();
-- By name: first the stamp, then the alarm follows.
create trigger a_ticked before insert on alarm_event for each row execute function watch_ticked();
create trigger b_moved before insert on alarm_event for each row execute function alarm_moved();
create trigger kept before update or delete on alarm_event for each row execute function watch_refused();
create trigger kept_all before truncate on alarm_event for each statement execute function watch_refused();

-- Who called stands apart: shown to those who need it, erasable while the alarm stays.
create table alarm_caller (
  alarm_id bigint primary key references alarm,
  properties jsonb,
  erased_at timestamptz,
  check ((properties is null) = (erased_at is not null))
);

-- 初报, 续报, 终报 as they went out. A correction is another revision of the same number.
create table alarm_report (
  report_id bigint generated always as identity primary key,
  alarm_id bigint not null references alarm,
  kind text not null check (kind in ('initial', 'further', 'final')),
  number integer not null,                  -- 1 of 初报 and 终报; 续报 are counted
  revision integer not null,
  fields jsonb not null,
  body text not null,
  account text not null,
  at timestamptz not null default clock_timestamp(),
  unique (alarm_id, kind, number, revision)
);
create trigger kept before update or delete on alarm_report for each row execute function watch_refused();
create trigger kept_all before truncate on alarm_report for each statement execute function watch_refused();

-- 值班日志. Numbered by the duty room's clock; an amendment is an entry that names what it amends.
create table log_entry (
  stamp bigint primary key,
  client_id uuid unique,                    -- of the browser that typed it: sent twice, it stands once
  typed_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  account text not null,
  by_system boolean not null default false,
  body text not null check (length(body) between 1 and 4000),
  amends bigint references log_entry,
  alarm_id bigint references alarm,
  layer text,
  feature_id text,
  place text not null default '',
  lon double precision,
  lat double precision,
  tokens text[] not null
);
-- Words of two characters, which trigrams cannot serve. Compared byte by byte, as the queries do.
create index log_entry_tokens on log_entry using gin (tokens collate "C");
create index log_entry_alarm on log_entry (alarm_id) where alarm_id is not null;
create index log_entry_amends on log_entry (amends) where amends is not null;
create trigger a_ticked before insert on log_entry for each row execute function watch_ticked();
create trigger kept before update or delete on log_entry for each row execute function watch_refused();
create trigger kept_all before truncate on log_entry for each statement execute function watch_refused();

-- Who is on when. A line is withdrawn, never changed.
create table rota (
  rota_id bigint generated always as identity primary key,
  stamp bigint not null,
  begins timestamptz not null,
  ends timestamptz not null check (ends > begins),
  duty text not null check (duty in ('officer', 'deputy', 'leader')),
  name text not null check (length(name) between 1 and 80),
  account text,
  phone text not null default '',
  added_at timestamptz not null default clock_timestamp(),
  added_by text not null,
  withdrawn_at timestamptz,
  withdrawn_by text
);
-- Who is on now.
create index rota_standing on rota (ends, begins) where withdrawn_at is null;
create trigger a_ticked before insert or update on rota for each row execute function watch_ticked();

-- 交接班: each event holds the whole sheet after it.
create table handover (
  handover_id bigint generated always as identity primary key,
  leaving text,                             -- null: nobody was on
  taking text not null,
  opened_at timestamptz not null default clock_timestamp()
);
create table handover_event (
  handover_id bigint not null references handover,
  number integer not null,
  stamp bigint not null,
  at timestamptz not null default clock_timestamp(),
  account text not null,
  act text not null check (act in ('draw_up', 'amend', 'sign_leaving', 'sign_taking', 'withdraw')),
  stage text not null check (stage in ('draft', 'left', 'taken', 'withdrawn')),
  sheet jsonb not null,
  primary key (handover_id, number)
);
-- The last one that was signed says who is on.
create index handover_taken on handover_event (stamp desc) where stage = 'taken';
create trigger a_ticked before insert on handover_event for each row execute function watch_ticked();
create trigger kept before update or delete on handover_event for each row execute function watch_refused();
create trigger kept_all before truncate on handover_event for each statement execute function watch_refused();

-- Who has silenced the bell for themselves, for all to see.
create table watch_mute (
  account text primary key,
  stamp bigint not null,
  muted boolean not null,
  at timestamptz not null default clock_timestamp()
);
create trigger a_ticked before insert or update on watch_mute for each row execute function watch_ticked();

-- Up to which stamp of a layer its features were looked at for alarms; the row's lock lets one process do so at a time.
create table watch_seen (
  layer text primary key,
  stamp timestamptz not null
);

revoke execute on function watch_hold(), watch_ticked(), watch_refused(), alarm_numbered(), alarm_moved(), alarm_kept() from public;
grant execute on function watch_hold() to emmap_app;
grant select on watch_clock, alarm, alarm_event, alarm_caller, alarm_report, log_entry, rota, handover, handover_event,
  watch_mute, watch_seen to emmap_app;
grant insert (client_id, source, layer, feature_id, received_at, opened_by) on alarm to emmap_app;
grant insert (alarm_id, number, account, act, stage, holder, severity, ringing, called, facts, note, told, client_id)
  on alarm_event to emmap_app;
grant insert (alarm_id, properties) on alarm_caller to emmap_app;
grant insert (alarm_id, kind, number, revision, fields, body, account) on alarm_report to emmap_app;
grant insert (client_id, typed_at, account, by_system, body, amends, alarm_id, layer, feature_id, place, lon, lat, tokens)
  on log_entry to emmap_app;
grant insert (begins, ends, duty, name, account, phone, added_by), update (withdrawn_at, withdrawn_by) on rota to emmap_app;
grant insert (leaving, taking) on handover to emmap_app;
grant insert (handover_id, number, account, act, stage, sheet) on handover_event to emmap_app;
grant insert (account, muted), update (muted, at) on watch_mute to emmap_app;
grant insert, update on watch_seen to emmap_app;
