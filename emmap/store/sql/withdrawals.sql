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

-- name: make_redrawn
create temporary table if not exists redrawn (version_id bigint, opens boolean) on commit delete rows

-- name: clear_redrawn
truncate redrawn

-- name: redraw
-- What is open now and was not before the run is to be closed; what was open before and is not now, opened again. One pass
-- over the features' versions: the same state over the same span, whichever row holds it, stays as it is.
insert into redrawn
select version_id, not is_open
from (
  select v.version_id, v.is_open, v.was_open,
    bool_or(v.is_open) over same as still_open, bool_or(v.was_open) over same as once_open
  from (
    select version_id, feature_id, valid, content_hash, personal_id, upper_inf(recorded) as is_open,
      lower(recorded) < :first and (upper_inf(recorded) or upper(recorded) >= :first) as was_open
    from version where layer = :layer) as v
  join withdrawing w using (feature_id)
  where w.changed_later is null and (v.is_open or v.was_open)
  window same as (partition by v.feature_id, v.valid, v.content_hash, v.personal_id)) as compared
where (is_open and not once_open) or (was_open and not still_open)

-- name: look_at_redrawn
analyze redrawn

-- name: close
update version v set recorded = tstzrange(lower(v.recorded), :stamp)
from redrawn r where v.layer = :layer and v.version_id = r.version_id and not r.opens

-- name: reopen
insert into version (layer, feature_id, valid, recorded, personal_id, geom, hazards, severity, status, districts, form,
  properties, content_hash, source_message_id, tokens)
select :layer, v.feature_id, v.valid, tstzrange(:stamp, null), v.personal_id, v.geom, v.hazards, v.severity, v.status,
  v.districts, v.form, v.properties, v.content_hash, v.source_message_id, v.tokens
from redrawn r join version v on v.layer = :layer and v.version_id = r.version_id where r.opens
