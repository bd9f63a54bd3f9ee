-- Sources that the operator configured: how each stands, what each of its runs did, and what it has brought already.

-- One row a source, kept when it leaves the configuration: its history stays readable.
create table source (
  name text primary key,
  title text not null,
  layer text not null default '',       -- the layer that it vouches for; '' where its messages go to whichever claims them
  reader text not null,
  place text not null,                  -- address, folder or mailbox as configured: credentials are only named in it
  mode text not null,
  every interval not null,
  expected interval not null,           -- silent for longer than this, it is late
  configured boolean not null default true,
  settings_hash bytea not null,         -- what decides how content is read: another one, and nothing counts as known
  next_run_at timestamptz,
  paused_at timestamptz,
  paused_by text,
  attempt bigint not null default 0,    -- runs begun; a run whose number is no longer this one may not write
  attempt_began_at timestamptz,         -- null while none runs
  failures integer not null default 0,  -- in a row
  last_success_at timestamptz,
  last_failure_at timestamptz,
  last_code text,
  last_zh text,
  last_en text,
  etag text,
  last_modified text,
  content_sha256 bytea,
  cursor text,                          -- how far a mailbox was read
  held_run bigint,                      -- the run that waits for a person
  confirmed_run bigint,
  confirmed_by text,
  check (confirmed_run is null or confirmed_run = held_run)
);

-- What each run did. Runs that tell the same one after the other (nothing new, the same fault) share a row: `times`.
create table source_run (
  source_run_id bigint generated always as identity primary key,
  source text not null references source,
  began_at timestamptz not null,
  finished_at timestamptz not null,
  times integer not null default 1,
  outcome text not null check (outcome in ('taken', 'unchanged', 'failed', 'held', 'lost')),
  code text,
  zh text,
  en text,
  counts jsonb,
  size bigint,                          -- bytes that came
  run_id bigint references ingest_run,  -- what the import did
  message_id bigint,                    -- the raw content, of a run that is held or failed
  account text not null default ''
);
-- A source's history, the newest first; also the last row, which a run that tells the same extends.
create index source_run_newest on source_run (source, source_run_id desc);

-- Messages of an index and files of a folder that were taken already: each is fetched once.
create table source_item (
  source text not null references source,
  address text not null,
  mark text not null default '',        -- what the index says of its age; another one, and it is asked for again
  etag text,
  last_modified text,
  sha256 bytea,
  primary key (source, address)
);

create function source_stirred() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  perform pg_notify('emmap_sources', new.name);
  return null;
end $$;
revoke execute on function source_stirred() from public;
-- Wakes the workers when a person asks for a run.
create trigger stirred after update of next_run_at on source
  for each row when (new.next_run_at < coalesce(old.next_run_at, 'infinity')) execute function source_stirred();

grant select, insert, update on source to emmap_app;
grant select, insert on source_run to emmap_app;
grant update (finished_at, times) on source_run to emmap_app;
grant select, insert, update, delete on source_item to emmap_app;
