-- Briefings that begin by themselves: each due time leaves one draft for a person, and nothing is ever sent.
create table briefing_schedule (
  schedule_id bigint generated always as identity primary key,
  title text not null,
  template text not null,
  realm text not null,
  view jsonb not null,              -- without a time: it is of the moment when the draft is made
  daily_at time,                    -- Beijing time, every day; or
  response_level smallint check (response_level between 1 and 4),  -- when a response is raised to this severity or above
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  ended_by text,
  ended_at timestamptz,
  fault text not null default '',   -- why the last one that was due could not be made
  check (num_nonnulls(daily_at, response_level) = 1)
);

-- What was due: a day, or a response at a level. Its row is made in the draft's own transaction, so that there is one draft
-- for it whoever looks; without a draft it was there already when the schedule was made, or its draft was deleted.
create table briefing_schedule_due (
  schedule_id bigint not null references briefing_schedule,
  due text not null,
  draft_id text references briefing_draft on delete set null,
  at timestamptz not null default clock_timestamp(),
  primary key (schedule_id, due)
);
-- The row of a draft that is deleted.
create index briefing_schedule_due_draft on briefing_schedule_due (draft_id) where draft_id is not null;

grant select, insert (title, template, realm, view, daily_at, response_level, created_by) on briefing_schedule to emmap_app;
grant update (ended_by, ended_at, fault) on briefing_schedule to emmap_app;
grant select, insert on briefing_schedule_due to emmap_app;
grant update (draft_id) on briefing_schedule_due to emmap_app;
