-- The briefing desk: drafts that are written, checked and signed; photographs; the numbers of what was signed.

-- What an office had issued before it counted here: counting goes on from there.
create table briefing_series (
  series text primary key check (series <> ''),  -- the masthead
  year integer not null,
  issue integer not null check (issue >= 0),     -- the last one of that year
  total integer not null check (total >= issue)  -- the last one of all
);

create table briefing_draft (
  draft_id text primary key,
  body jsonb not null check (jsonb_typeof(body) = 'object'),
  data jsonb not null check (data ->> 'realm' is not null),  -- the instant and the stamps that its figures are taken at
  title text generated always as (coalesce(body ->> 'title', '')) stored,
  template text generated always as (coalesce(body ->> 'template', '')) stored,
  realm text generated always as (data ->> 'realm') stored,
  revision integer not null default 1,
  stage text not null default 'drafting' check (stage in ('drafting', 'checking', 'checked', 'signed')),
  drafted_by text not null,     -- empty: a schedule left it, and nobody has taken it up
  submitted_by text,
  checked_by text,
  checked_at timestamptz,
  comment text not null default '',         -- of who returned it
  came_from jsonb not null default '{}',    -- the schedule or the draft that it was made from
  corrects text references briefing,
  briefing_id text references briefing,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  updated_by text not null,
  check ((stage = 'signed') = (briefing_id is not null)),
  check (stage not in ('checked', 'signed') or checked_by is not null)
);
-- The desk's list: the latest first.
create index briefing_draft_latest on briefing_draft (updated_at desc);

alter table briefing
  add column series text references briefing_series,
  add column year integer,
  add column issue integer,
  add column total integer,
  add column corrects text references briefing,
  add column drafted_by text,
  add column checked_by text,
  add column signed_by text,
  add column draft_id text unique references briefing_draft,
  add constraint numbered check (num_nonnulls(series, year, issue, total) in (0, 4)),
  add constraint issue_once unique (series, year, issue),
  add constraint total_once unique (series, total);
-- The issues that name one as corrected, and the newest of all.
create index briefing_corrects on briefing (corrects) where corrects is not null;
create index briefing_latest on briefing (created_at desc);

create function next_issue(of_series text, of_year integer, out issue integer, out total integer)
language plpgsql security definer set search_path from current as $$
begin
  if not exists (select from briefing_series where series = of_series) then
    insert into briefing_series (series, year, issue, total) values (of_series, of_year, 0, 0) on conflict do nothing;
  end if;
  perform from briefing_series where series = of_series for update;
  select greatest(max(b.issue) filter (where b.year = of_year), case when s.year = of_year then s.issue end, 0) + 1,
    greatest(max(b.total), s.total) + 1
  into issue, total
  from briefing_series s left join briefing b using (series) where s.series = of_series group by s.series;
end $$;
comment on function next_issue is 'The next number of a series, whose row stays locked until the transaction ends.';

create function briefing_numbered() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  due record;
begin
  if new.series is not null then
    due := next_issue(new.series, new.year);
    if (new.issue, new.total) is distinct from (due.issue, due.total) then
      raise exception 'issue % of % does not follow the last one', new.issue, new.series using errcode = '23514';
    end if;
  end if;
  return new;
end $$;
create trigger numbered before insert on briefing for each row execute function briefing_numbered();

create function briefing_draft_kept() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  if old.stage = 'signed' then
    raise exception 'a signed draft never changes' using errcode = '23514';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger kept before update or delete on briefing_draft for each row execute function briefing_draft_kept();

-- Photographs, once each, as they are printed: made smaller, without what the camera wrote into them.
create table briefing_image (
  sha256 text primary key check (sha256 = encode(sha256(body), 'hex')),
  media_type text not null check (media_type in ('image/jpeg', 'image/png')),
  width_px integer not null,
  height_px integer not null,
  body bytea not null,
  account text not null,
  at timestamptz not null default clock_timestamp()
);
alter table briefing_image alter column body set storage external;  -- compressed already

revoke execute on function next_issue(text, integer), briefing_numbered(), briefing_draft_kept() from public;
grant execute on function next_issue(text, integer) to emmap_app;
grant select on briefing_series to emmap_app;
grant select, insert, delete on briefing_draft to emmap_app;
grant update (body, data, revision, stage, drafted_by, submitted_by, checked_by, checked_at, comment, corrects, briefing_id,
  updated_at, updated_by) on briefing_draft to emmap_app;
grant select, insert on briefing_image to emmap_app;
