-- What emmap/store/versions.py runs. Batches lie in temporary tables, so that every step is set-wise.

-- name: make_staged
create temporary table if not exists staged (
  feature_id text, valid_from timestamptz, valid_to timestamptz, personal jsonb, content_hash bytea
) on commit delete rows

-- name: make_remaining
create temporary table if not exists remaining (version_id bigint, valid tstzrange) on commit delete rows

-- name: make_said
create temporary table if not exists said (number integer, feature_id text, properties jsonb) on commit delete rows

-- name: make_touched
create temporary table if not exists touched (feature_id text) on commit delete rows

-- name: make_closing
create temporary table if not exists closing (version_id bigint) on commit delete rows

-- name: committed_stamp
select stamp::text from clock where layer = :layer

-- name: is_written
select isfinite(stamp) from clock where layer = :layer

-- name: hold
select hold(:layer)::text

-- name: tick
select tick(:layer, :at)

-- name: now
select date_trunc('second', coalesce(cast(:at as timestamptz), present()), 'UTC')

-- name: begin_history
select begin_history(:layer)

-- name: forget_plans
discard plans

-- name: differing
-- Features of which something staged is not what is known: no open version has its state and its span. A missing
-- end is the next known start's, or none; a missing start wants the state that holds now to be the same. And whether
-- the feature ever had a version.
select s.feature_id, exists (select from version v where v.layer = :layer and v.feature_id = s.feature_id)
from (select distinct s.feature_id from staged s
where not exists (
  select from version v left join personal p on p.personal_id = v.personal_id
  where v.layer = :layer and upper_inf(v.recorded)
    and v.feature_id = s.feature_id and v.content_hash = s.content_hash
    and p.properties is not distinct from s.personal
    and case
      when s.valid_from is null then v.valid @> cast(:now as timestamptz)
      when lower(v.valid) is distinct from s.valid_from then false
      when s.valid_to is not null then upper(v.valid) = s.valid_to
      else upper_inf(v.valid) or exists (
        select from version w where w.layer = :layer and upper_inf(w.recorded)
          and w.feature_id = s.feature_id and lower(w.valid) = upper(v.valid))
    end)) as s

-- name: absent
-- Features that hold now and that nothing staged speaks of.
select distinct v.feature_id from version v
where v.layer = :layer and upper_inf(v.recorded) and v.valid @> cast(:now as timestamptz)
  and not exists (select from staged s where s.feature_id = v.feature_id)

-- name: ended
-- Which of the features that are said to end ever had a version.
select distinct v.feature_id from version v where v.layer = :layer and v.feature_id = any(:features)

-- name: open_versions
select v.feature_id, lower(v.valid), upper(v.valid), v.content_hash, p.properties, v.version_id
from version v join touched using (feature_id) left join personal p on p.personal_id = v.personal_id
where v.layer = :layer and upper_inf(v.recorded)

-- name: close
update version v set recorded = tstzrange(lower(v.recorded), :stamp)
from closing c where v.layer = :layer and v.version_id = c.version_id

-- name: close_known
-- Closes the versions that hold from these instants (null is unbounded) and were recorded at those.
update version v set recorded = tstzrange(lower(v.recorded), :stamp)
from unnest(cast(:features as text[]), cast(:starts as timestamptz[]), cast(:recordings as timestamptz[]))
  as c (feature_id, starts_at, recorded_at)
where v.layer = :layer and v.feature_id = c.feature_id and lower(v.valid) is not distinct from c.starts_at
  and lower(v.recorded) = c.recorded_at and upper_inf(v.recorded)
returning v.feature_id, lower(v.valid), lower(v.recorded)

-- name: keep_one_personal
-- The number of a feature's personal state, written where it is not there.
with there as (
  select personal_id from personal where layer = :layer and feature_id = :feature and properties = cast(:fields as jsonb)
), made as (
  insert into personal (layer, feature_id, properties) select :layer, :feature, cast(:fields as jsonb)
  where not exists (select from there) returning personal_id
)
select personal_id from there union all select personal_id from made limit 1

-- name: keep_personal
-- What is said of persons, unless the same is kept for the feature already.
insert into personal (layer, feature_id, properties)
select :layer, s.feature_id, s.properties from said s
where not exists (
  select from personal p where p.layer = :layer and p.feature_id = s.feature_id and p.properties = s.properties)

-- name: kept_personal
select s.number, p.personal_id from said s
join personal p on p.layer = :layer and p.feature_id = s.feature_id and p.properties = s.properties

-- name: personal_numbers
select personal_id from personal where layer = :layer order by personal_id

-- name: index_text_later
-- What is new waits in a list beside the token index, which searches read as well, until the next vacuum takes it in at
-- a third of the cost. Otherwise a batch of very many rows would have to wait for that.
set local gin_pending_list_limit = '1GB'

-- name: open_remaining
-- What is left of a closed version goes on.
insert into version (layer, feature_id, valid, recorded, personal_id, geom, hazards, severity, status, districts, form,
  properties, content_hash, source_message_id, tokens)
select :layer, v.feature_id, r.valid, tstzrange(:stamp, null), v.personal_id, v.geom, v.hazards, v.severity, v.status,
  v.districts, v.form, v.properties, v.content_hash, v.source_message_id, v.tokens
from remaining r join version v on v.layer = :layer and v.version_id = r.version_id
