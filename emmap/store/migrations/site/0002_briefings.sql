-- Briefings: what was asked, frozen; and what each rendering was, so that the same can be proved later.
-- Append only: the application may insert and read.
create table briefing (
  briefing_id text primary key,
  title text not null,
  template text not null,
  realm text not null,
  spec text not null,  -- canonical JSON, the bytes that are hashed
  sha256 text not null,
  account text not null,
  created_at timestamptz not null
);

create table briefing_output (
  briefing_id text not null references briefing,
  format text not null,
  sha256 text not null,
  manifest jsonb not null,
  rendered_at timestamptz not null default clock_timestamp(),
  primary key (briefing_id, format)
);

grant select, insert on briefing, briefing_output to emmap_app;
