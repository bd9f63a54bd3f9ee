-- What emmap/store/withdrawals.py runs: an import taken back, set-wise.

-- name: writes
select layer, array_agg(stamp order by stamp) from ingest_write where run_id = :run_id group by layer order by layer

-- name: make_withdrawing
create temporary table if not exists withdrawing (feature_id text, was_known boolean, changed_later timestamptz)
on commit delete rows

-- name: clear
truncate withdrawing

-- name: find
-- Every feature that the run touched; whether it had a state before; and when something later changed it, if so. What
-- was changed and put back is not changed.
insert into withdrawing (feature_id, was_known, changed_later)
select touched.feature_id, bool_or(touched.was_known), max(later.at) filter (where differs.yes)
from (
  select feature_id, false as was_known from version where layer = :layer and lower(recorded) = any(:stamps)
  union all
  select feature_id, not lower(recorded) = any(:stamps) from version
  where layer = :layer and not upper_inf(recorded) and upper(recorded) = any(:stamps)) as touched
left join (
  select feature_id, max(at) as at from (
    select feature_id, lower(recorded) as at from version where layer = :layer and lower(recorded) > :last
    union all
    select feature_id, upper(recorded) from version
    where layer = :layer and not upper_inf(recorded) and upper(recorded) > :last) as one
  group by feature_id) as later using (feature_id)
left join lateral (
  select exists (
    select from (
      select valid, content_hash, personal_id, recorded @> cast(:last as timestamptz) as was, upper_inf(recorded) as "is"
      from version where layer = :layer and feature_id = later.feature_id) as v
    group by valid, content_hash, personal_id having bool_or(was) <> bool_or("is")) as yes) as differs on later.at is not null
group by touched.feature_id

-- name: look_at_withdrawing
analyze withdrawing

-- name: counts
select count(*) filter (where changed_later is null and was_known), count(*) filter (where changed_later is null and not was_known)
from withdrawing

-- name: left
select feature_id, changed_later from withdrawing where changed_later is not null order by feature_id

-- name: close
-- What is open now and was not before the run.
update version v set recorded = tstzrange(lower(v.recorded), :stamp)
from withdrawing w
where v.layer = :layer and v.feature_id = w.feature_id and w.changed_later is null
  and upper_inf(v.recorded) and lower(v.recorded) >= :first
  and not exists (
    select from version b
    where b.layer = :layer and b.feature_id = v.feature_id and b.valid = v.valid and b.content_hash = v.content_hash
      and b.personal_id is not distinct from v.personal_id and lower(b.recorded) < :first and upper(b.recorded) >= :first)

-- name: reopen
-- What was open before the run and is not now.
insert into version (layer, feature_id, valid, recorded, personal_id, geom, hazards, severity, status, districts, form,
  properties, content_hash, source_message_id, tokens)
select :layer, b.feature_id, b.valid, tstzrange(:stamp, null), b.personal_id, b.geom, b.hazards, b.severity, b.status,
  b.districts, b.form, b.properties, b.content_hash, b.source_message_id, b.tokens
from version b join withdrawing w using (feature_id)
where b.layer = :layer and w.changed_later is null
  and lower(b.recorded) < :first and not upper_inf(b.recorded) and upper(b.recorded) >= :first
  and not exists (
    select from version v
    where v.layer = :layer and v.feature_id = b.feature_id and upper_inf(v.recorded) and v.valid = b.valid
      and v.content_hash = b.content_hash and v.personal_id is not distinct from b.personal_id)
