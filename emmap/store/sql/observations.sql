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
from names n join observation o using (series) where starts_with(n.series, :prefix) group by n.series order by n.series

-- name: values
select distinct on (at) at, value, recorded_at from observation
where series = :series
  and at >= coalesce(cast(:start as timestamptz), '-infinity') and at < coalesce(cast(:end as timestamptz), 'infinity')
  and recorded_at <= coalesce(cast(:known_at as timestamptz), 'infinity')
order by at, recorded_at desc limit :limit

-- name: several
select distinct on (series, at) series, at, value, recorded_at from observation
where series = any(cast(:series as text[]))
  and at >= coalesce(cast(:start as timestamptz), '-infinity') and at < coalesce(cast(:end as timestamptz), 'infinity')
  and recorded_at <= coalesce(cast(:known_at as timestamptz), 'infinity')
order by series, at, recorded_at desc

-- name: last_at
-- For each series one step back along the index (series, at).
select s.series, (
  select o.at from observation o
  where o.series = s.series and o.value is not null and o.at <= coalesce(cast(:before as timestamptz), 'infinity')
    and o.recorded_at <= coalesce(cast(:known_at as timestamptz), 'infinity')
  order by o.at desc limit 1)
from unnest(cast(:series as text[])) as s (series)

-- name: latest
select s.series, o.at, o.value, o.recorded_at
from unnest(cast(:series as text[])) as s (series), lateral (
  select o.at, o.value, o.recorded_at from observation o
  where o.series = s.series and o.value is not null and o.at <= cast(:before as timestamptz)
    and o.recorded_at <= cast(:known_at as timestamptz)
  order by o.at desc, o.recorded_at desc limit 1) o
order by s.series

-- name: any_measured
select exists (select from observation)

-- name: last_recorded
select max(recorded_at) from observation where recorded_at <= present()

-- name: make_brought
create temporary table if not exists brought (series text, at timestamptz, value double precision, corrects boolean)
on commit drop

-- name: empty_brought
truncate brought

-- name: differing
-- Keeps of what was brought only what is not known already, and says what of it corrects a value.
with known as (
  select b.series, b.at, o.value, o.at is not null as there
  from brought b left join lateral (
    select o.at, o.value from observation o where o.series = b.series and o.at = b.at order by o.recorded_at desc limit 1
  ) o on true),
same as (
  delete from brought b using known k
  where k.series = b.series and k.at = b.at and k.there and k.value is not distinct from b.value)
select k.series, k.at, k.there from known k join brought b using (series, at)
where not (k.there and k.value is not distinct from b.value)

-- name: add_differing
-- A correction within the same microsecond as what it corrects would not be the later one.
insert into observation (series, at, value, recorded_at)
select b.series, b.at, b.value, clock_timestamp() from brought b
