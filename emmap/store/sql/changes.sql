-- What emmap/store/changes.py runs: what one write did to a layer, feature by feature.

-- name: touched
-- Some features of each outcome, with their states before and after; which ones is chance, but always the same ones.
with opened as (
  select distinct on (feature_id) feature_id, true as here, geom, properties, hazards, severity, status, form, valid, personal_id
  from version where layer = :layer and lower(recorded) = :stamp
  order by feature_id, lower(valid) desc nulls last
), told as (
  select distinct feature_id from version
  where layer = :layer and lower(recorded) = :stamp and source_message_id is not distinct from :message
), closed as (
  select distinct on (feature_id) feature_id, true as here, geom, properties, hazards, severity, status, form, valid, personal_id
  from version where layer = :layer and upper(recorded) = :stamp and not upper_inf(recorded)
  order by feature_id, lower(valid) desc nulls last
), paired as (
  select coalesce(o.feature_id, c.feature_id) as feature_id,
    case
      when :complete and t.feature_id is null then 'ended'
      when c.here is null and not exists (
        select from version v where v.layer = :layer and v.feature_id = o.feature_id and lower(v.recorded) < :stamp) then 'added'
      else 'changed'
    end as outcome,
    coalesce(o.geom, c.geom) as geom,
    case when o.here then o.properties || jsonb_build_object('hazards', o.hazards, 'severity', o.severity, 'status', o.status,
      'form', o.form, 'valid_from', lower(o.valid), 'valid_to', upper(o.valid)) end as after,
    case when c.here then c.properties || jsonb_build_object('hazards', c.hazards, 'severity', c.severity, 'status', c.status,
      'form', c.form, 'valid_from', lower(c.valid), 'valid_to', upper(c.valid)) end as before,
    o.personal_id is distinct from c.personal_id as personal_differs,
    o.geom is distinct from c.geom as moved
  from opened o full join closed c using (feature_id) left join told t on t.feature_id = coalesce(o.feature_id, c.feature_id)
), numbered as (
  select *, row_number() over (partition by outcome order by hashtext(feature_id), feature_id) as place from paired
)
select feature_id, outcome, before, after, personal_differs, moved,
  st_asgeojson(case when st_npoints(geom) > 200 then st_simplifypreservetopology(geom, 0.0005) else geom end, 6)::json
from numbered where place <= :most order by outcome, place

-- name: untouched
-- Which of these features the write left alone.
select f from unnest(cast(:features as text[])) as f
where not exists (select from version v where v.layer = :layer and v.feature_id = f and lower(v.recorded) = :stamp)
  and not exists (select from version v where v.layer = :layer and v.feature_id = f and upper(v.recorded) = :stamp)

-- name: since
-- Features that others changed after a stamp, and when last.
select feature_id, max(at) from (
  select feature_id, lower(recorded) as at from version
  where layer = :layer and lower(recorded) > :since and not lower(recorded) = any(:own)
  union all
  select feature_id, upper(recorded) from version
  where layer = :layer and not upper_inf(recorded) and upper(recorded) > :since and not upper(recorded) = any(:own)) as one
group by feature_id order by max(at) desc, feature_id limit :most

-- name: places
-- Where point features of these ids lie now.
select distinct on (feature_id) feature_id, st_x(geom), st_y(geom) from version
where layer = :layer and feature_id = any(:features) and upper_inf(recorded) and geometrytype(geom) = 'POINT'
order by feature_id, lower(valid) desc nulls last
