-- What emmap/store/observations.py asks.

-- name: extents
-- Each series by a jump in the index (series, at), however many values it has; then its own rows.
with recursive names as (
  (select series from observation order by series limit 1)
  union all
  select (select o.series from observation o where o.series > n.series order by o.series limit 1) from names n
  where n.series is not null
)
select n.series, count(distinct o.at), min(o.at), max(o.at)
from names n join observation o using (series) group by n.series order by n.series

-- name: values
select distinct on (at) at, value, recorded_at from observation
where series = :series
  and at >= coalesce(cast(:start as timestamptz), '-infinity') and at < coalesce(cast(:end as timestamptz), 'infinity')
  and recorded_at <= coalesce(cast(:known_at as timestamptz), 'infinity')
order by at, recorded_at desc limit :limit
