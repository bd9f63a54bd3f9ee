-- The duty room: what emmap/store/alarms.py, duty_log.py, rota.py and handovers.py run.

-- name: hold
select watch_hold()

-- name: stamp
select stamp from watch_clock

-- name: open_alarm
insert into alarm (client_id, source, layer, feature_id, received_at, opened_by)
values (:client_id, :source, :layer, :feature_id, :received_at, :account)
returning alarm_id

-- name: alarm_of_client
select alarm_id from alarm where client_id = :client_id

-- name: say
insert into alarm_event
  (alarm_id, number, account, act, stage, holder, severity, ringing, called, facts, note, told, client_id)
values (:alarm_id, :number, :account, :act, :stage, :holder, :severity, :ringing, :called, cast(:facts as jsonb), :note,
  cast(:told as jsonb), :client_id)

-- name: said_already
select exists (select from alarm_event where alarm_id = :alarm_id and client_id = :client_id)

-- name: alarm
select * from alarm where alarm_id = :alarm_id

-- name: queue
select * from alarm where closed_at is null
order by ringing desc, severity desc, received_at, alarm_id

-- name: changed_alarms
select * from alarm where stamp > :after order by stamp

-- name: settled
-- Those that are closed, the newest first; `before` is the last one of the page before.
select * from alarm
where closed_at is not null and (cast(:before as bigint) is null or alarm_id < :before)
order by alarm_id desc limit :limit

-- name: merged
select alarm_id, event_no, facts ->> 'title' as title from alarm where merged_into = :alarm_id order by alarm_id

-- name: events
select number, at, account, act, stage, holder, severity, ringing, called, facts, note, told
from alarm_event where alarm_id = :alarm_id and number > :after order by number

-- name: stage_before
-- The stage that an alarm had before it came to the one it has.
select stage from alarm_event
where alarm_id = :alarm_id and stage <> (select stage from alarm where alarm_id = :alarm_id)
order by number desc limit 1

-- name: near
-- Alarms close by in place and time that are still open, the nearest first. The queue is short: no index on the place.
select * from (
  select a.*, st_distance(
      st_point((facts ->> 'lon')::float8, (facts ->> 'lat')::float8)::geography, st_point(:lon, :lat)::geography) as metres
  from alarm a
  where closed_at is null and facts ? 'lon' and facts ? 'lat' and alarm_id is distinct from cast(:except as bigint)
    and received_at between cast(:at as timestamptz) - cast(:within as interval) and cast(:at as timestamptz) + cast(:within as interval)
) as found
where metres <= :metres order by metres, alarm_id

-- name: keep_caller
insert into alarm_caller (alarm_id, properties) values (:alarm_id, cast(:properties as jsonb))

-- name: caller
select properties, erased_at from alarm_caller where alarm_id = :alarm_id

-- name: unanswered
-- Ringing and not taken for longer than the wait; locked, so that one process at a time passes them on.
select * from alarm where closed_at is null and ringing and rang_at <= cast(:now as timestamptz) - cast(:wait as interval)
order by alarm_id

-- name: rung
select * from alarm
where layer = :layer and feature_id = :feature_id and stage not in ('closed', 'false_alarm')
order by alarm_id desc limit 1

-- name: something_to_look_at
-- Whether a layer has news that nobody has looked at, or an alarm rings for longer than the wait. Cheap: asked every
-- other second.
select exists (select from clock c left join watch_seen s using (layer)
    where c.layer = any(:layers) and (s.layer is null or (isfinite(c.stamp) and c.stamp > s.stamp)))
  or exists (select from alarm where closed_at is null and ringing
    and rang_at <= cast(:now as timestamptz) - cast(:wait as interval))

-- name: look
-- Where this process may look on, and up to where was looked; no row while another one looks.
select stamp from watch_seen where layer = :layer for update skip locked

-- name: begin_looking
-- What was there before the duty room opened does not ring.
insert into watch_seen (layer, stamp)
select layer, case when isfinite(stamp) then stamp else '0001-01-01' end from clock where layer = :layer
on conflict do nothing

-- name: look_from_now
-- What a layer holds by now has been looked at.
insert into watch_seen (layer, stamp)
select layer, case when isfinite(stamp) then stamp else '0001-01-01' end from clock where layer = any(:layers)
on conflict (layer) do update set stamp = excluded.stamp

-- name: looked
update watch_seen set stamp = :stamp where layer = :layer

-- name: arrived
-- What came to be known after a stamp and has not ended, the newest state of each feature. What was recorded over a day
-- ago (an exercise's history, brought at once) is no news.
select distinct on (feature_id) feature_id, severity, status, hazards, districts, form, properties, lower(valid) as since,
  upper(valid) as until, x, y, shape
from version
where layer = :layer and upper_inf(recorded)
  and lower(recorded) > greatest(cast(:after as timestamptz), present() - interval '1 day')
  and (severity >= :severity or status = any(:statuses))
  and (upper_inf(valid) or upper(valid) > present())
order by feature_id, lower(valid)

-- name: add_report
insert into alarm_report (alarm_id, kind, number, revision, fields, body, account)
values (:alarm_id, :kind, :number, :revision, cast(:fields as jsonb), :body, :account)
returning report_id, at

-- name: reports
select report_id, alarm_id, kind, number, revision, fields, body, account, at
from alarm_report where alarm_id = :alarm_id order by report_id

-- name: write_down
insert into log_entry (client_id, typed_at, account, by_system, body, amends, alarm_id, layer, feature_id, place, lon, lat, tokens)
values (:client_id, :typed_at, :account, :by_system, :body, :amends, :alarm_id, :layer, :feature_id, :place, :lon, :lat, :tokens)
on conflict (client_id) do nothing
returning stamp

-- name: entry_of_client
select stamp from log_entry where client_id = :client_id

-- name: entries
select e.*, a.event_no from log_entry e left join alarm a using (alarm_id)
where (cast(:before as bigint) is null or e.stamp < :before) and e.stamp > :after
  and (cast(:alarm_id as bigint) is null or e.alarm_id = :alarm_id)
  and (cast(:since as timestamptz) is null or e.recorded_at >= :since)
order by e.stamp desc limit :limit

-- name: entries_with_tokens
select e.stamp, e.typed_at, e.recorded_at, e.account, e.by_system, e.body, e.amends, e.alarm_id, e.layer, e.feature_id, e.place,
  e.lon, e.lat, a.event_no
from log_entry e left join alarm a using (alarm_id)
where e.tokens collate "C" @> cast(:tokens as text[]) collate "C" and e.stamp < coalesce(:before, 9223372036854775807)
order by e.stamp desc limit :limit

-- name: entry
select e.*, a.event_no from log_entry e left join alarm a using (alarm_id) where e.stamp = :stamp

-- name: on_duty
select rota_id, begins, ends, duty, name, account, phone from rota
where withdrawn_at is null and begins <= :now and :now < ends
order by array_position(array['officer', 'deputy', 'leader'], duty), begins, rota_id

-- name: rota
select rota_id, begins, ends, duty, name, account, phone from rota
where withdrawn_at is null and begins < :until and ends > :since
order by begins, array_position(array['officer', 'deputy', 'leader'], duty), rota_id

-- name: add_to_rota
insert into rota (begins, ends, duty, name, account, phone, added_by)
select :begins, :ends, :duty, :name, :account, :phone, :added_by
where not exists (
  select from rota where withdrawn_at is null and (begins, ends, duty, name) = (:begins, :ends, :duty, :name))
returning rota_id

-- name: withdraw_from_rota
update rota set withdrawn_at = clock_timestamp(), withdrawn_by = :account
where rota_id = :rota_id and withdrawn_at is null returning rota_id

-- name: open_handover
insert into handover (leaving, taking) values (:leaving, :taking) returning handover_id

-- name: say_of_handover
insert into handover_event (handover_id, number, account, act, stage, sheet)
values (:handover_id, :number, :account, :act, :stage, cast(:sheet as jsonb))

-- name: handover
select h.handover_id, h.leaving, h.taking, h.opened_at, e.number, e.stage, e.sheet, e.at
from handover h join lateral (
  select * from handover_event where handover_id = h.handover_id order by number desc limit 1) e on true
where h.handover_id = :handover_id

-- name: handovers
select h.handover_id, h.leaving, h.taking, h.opened_at, e.number, e.stage, e.sheet, e.at
from handover h join lateral (
  select * from handover_event where handover_id = h.handover_id order by number desc limit 1) e on true
order by h.handover_id desc limit :limit

-- name: handover_events
select number, at, account, act, stage from handover_event where handover_id = :handover_id order by number

-- name: on_watch
-- Who signed last for having taken the watch over.
select h.taking, e.at from handover_event e join handover h using (handover_id)
where e.stage = 'taken' order by e.stamp desc limit 1

-- name: mute
insert into watch_mute (account, muted) values (:account, :muted)
on conflict (account) do update set muted = excluded.muted, at = clock_timestamp()

-- name: muted
select account, at from watch_mute where muted order by account
