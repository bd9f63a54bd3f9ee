-- What emmap/store/stations.py asks.

-- name: lock
select pg_advisory_xact_lock(hashtextextended(current_schema() || '.gauges', 0))

-- name: versions
select feature_id, lower(valid) as valid_from, upper(valid) as valid_to, content_hash, status, severity, hazards, districts,
  properties, st_asbinary(geom) as geometry
from version
where layer = :layer and feature_id = any(cast(:feature_ids as text[])) and upper_inf(recorded)
order by feature_id, lower(valid) nulls first

-- name: lively
select feature_id, cast(properties ->> 'interval_min' as double precision), severity from version
where layer = :layer and upper_inf(recorded) and valid @> cast(:now as timestamptz)
  and (status is distinct from :quiet or severity > 0)
