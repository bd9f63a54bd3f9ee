-- Imports that can be withdrawn, files that wait for a person's word, and what is remembered of the tables that come.

-- What a run wrote: a layer's stamp belongs to one write, so that it finds the versions which the run opened and closed.
create table ingest_write (
  run_id bigint not null references ingest_run,
  layer text not null,
  stamp timestamptz(6) not null,
  primary key (run_id, layer, stamp)
);

alter table ingest_run
  add column mapping jsonb not null default '{}',               -- column → field, as the person said it
  add column withdraws bigint unique references ingest_run;     -- the run that this one took back

-- A file that a person dropped, until it is applied, discarded or forgotten.
create table import_draft (
  draft_id uuid primary key default gen_random_uuid(),
  account text not null,
  layer text not null,
  file_name text not null,
  content bytea not null,
  options jsonb not null default '{}',                          -- datum, mode, mapping, name
  preview jsonb,                                                -- what applying it would do, and at which stamps
  step text not null default '',                                -- how far a long preview or application is
  created_at timestamptz not null default clock_timestamp()
);
do $$
begin
  alter table import_draft alter column content set compression lz4;
exception when feature_not_supported then
  null;
end $$;
-- Drafts of an account, the oldest first: only a few are kept.
create index import_draft_account on import_draft (account, created_at);

-- How a kind of table was last imported: by its header, or by a name that a person gave.
create table import_habit (
  layer text not null,
  key text not null,
  options jsonb not null,
  account text not null,
  used_at timestamptz not null default clock_timestamp(),
  primary key (layer, key)
);

grant select, insert on ingest_write to emmap_app;
grant select, insert, update, delete on import_draft to emmap_app;
grant select, insert, update on import_habit to emmap_app;
