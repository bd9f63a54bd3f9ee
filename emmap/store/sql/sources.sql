-- name: known
select name, settings_hash, title, place, every, expected from source where configured

-- name: configure
-- Where content is read otherwise from now on, nothing counts as known, and a run under the old settings may not write.
insert into source as s (name, title, layer, reader, place, mode, every, expected, settings_hash, next_run_at)
values (:name, :title, :layer, :reader, :place, :mode, :every, :expected, :settings_hash, :now)
on conflict (name) do update set
  title = excluded.title, layer = excluded.layer, reader = excluded.reader, place = excluded.place,
  mode = excluded.mode, every = excluded.every, expected = excluded.expected, settings_hash = excluded.settings_hash,
  configured = true, next_run_at = excluded.next_run_at,
  etag = case when s.settings_hash = excluded.settings_hash then s.etag end,
  last_modified = case when s.settings_hash = excluded.settings_hash then s.last_modified end,
  content_sha256 = case when s.settings_hash = excluded.settings_hash then s.content_sha256 end,
  cursor = case when s.settings_hash = excluded.settings_hash then s.cursor end,
  attempt = s.attempt + cast(s.settings_hash <> excluded.settings_hash as integer)

-- name: forget_all_items
delete from source_item where source = :name

-- name: retire
update source set configured = false, next_run_at = null where name = any(:names)

-- name: due
update source set next_run_at = cast(:now as timestamptz) + greatest(every, interval '1 minute')
where configured and paused_at is null and next_run_at <= :now and name = any(:names)
returning name

-- name: next_due
select min(next_run_at) from source where configured and paused_at is null

-- name: begin
update source as s set attempt = s.attempt + 1, attempt_began_at = :now
from (select name, attempt_began_at from source where name = :name and paused_at is null for update) as before
where s.name = before.name
returning s.attempt, before.attempt_began_at, s.failures, s.etag, s.last_modified, s.content_sha256,
  s.cursor, s.held_run, s.confirmed_run, s.confirmed_by, s.last_code, s.last_zh, s.last_en

-- name: exists
select name from source where name = :name

-- name: finish
-- Only by the run that is still the latest; every other one is undone.
update source set attempt_began_at = null, next_run_at = :next_run_at, failures = :failures,
  last_success_at = coalesce(:success_at, last_success_at), last_failure_at = coalesce(:failure_at, last_failure_at),
  last_code = :code, last_zh = :zh, last_en = :en,
  etag = :etag, last_modified = :last_modified, content_sha256 = :content_sha256, cursor = :cursor,
  held_run = :held_run, confirmed_run = null, confirmed_by = null
where name = :name and attempt = :attempt
returning name

-- name: last_run
select source_run_id, outcome, code, zh, message_id from source_run where source = :source order by source_run_id desc limit 1

-- name: extend_run
update source_run set times = times + 1, finished_at = :finished_at where source_run_id = :source_run_id

-- name: add_run
insert into source_run (source, began_at, finished_at, outcome, code, zh, en, counts, size, run_id, message_id, account)
values (:source, :began_at, :finished_at, :outcome, :code, :zh, :en, cast(:counts as jsonb), :size, :run_id, :message_id,
  :account)
returning source_run_id

-- name: items
select address, mark, etag, last_modified, sha256 from source_item where source = :source

-- name: keep_items
insert into source_item (source, address, mark, etag, last_modified, sha256)
select :source, i.address, i.mark, i.etag, i.last_modified, decode(i.sha256, 'hex')
from jsonb_to_recordset(cast(:items as jsonb)) as i (address text, mark text, etag text, last_modified text, sha256 text)
on conflict (source, address) do update set
  mark = excluded.mark, etag = excluded.etag, last_modified = excluded.last_modified, sha256 = excluded.sha256

-- name: forget_items
delete from source_item where source = :source and not address = any(:addresses)

-- name: features_now
select count(distinct feature_id) from version
where layer = :layer and upper_inf(recorded) and valid @> now()

-- name: pause
update source set paused_at = :now, paused_by = :account where name = :name and paused_at is null

-- name: resume
update source set paused_at = null, paused_by = null, next_run_at = :now where name = :name and configured

-- name: hasten
update source set next_run_at = :now where name = :name and configured and paused_at is null

-- name: confirm
update source set confirmed_run = held_run, confirmed_by = :account
where name = :name and held_run = :run

-- name: list
select s.name, s.title, s.layer, s.reader, s.place, s.mode, s.every, s.expected, s.configured, s.configured_at, s.next_run_at, s.paused_at,
  s.paused_by, s.attempt_began_at, s.failures, s.last_success_at, s.last_failure_at, s.last_code, s.last_zh, s.last_en,
  s.held_run, s.confirmed_run, r.counts as held_counts, r.message_id as held_message
from source s left join source_run r on r.source_run_id = s.held_run
order by s.configured desc, s.name

-- name: per_day
-- Records that came by Beijing day, the newest day last.
select source, cast(timezone('Asia/Shanghai', finished_at) as date) as day,
  sum(coalesce(cast(counts ->> 'read' as bigint), 0)) as records,
  sum(coalesce(cast(counts ->> 'added' as bigint), 0) + coalesce(cast(counts ->> 'changed' as bigint), 0)) as new
from source_run
where outcome = 'taken' and finished_at >= :since
group by 1, 2 order by 1, 2

-- name: history
select source_run_id, began_at, finished_at, times, outcome, code, zh, en, counts, size, run_id, message_id, account
from source_run
where source = :source and (cast(:before as bigint) is null or source_run_id < :before)
order by source_run_id desc limit :limit

-- name: run
select source_run_id, began_at, finished_at, times, outcome, code, zh, en, counts, size, run_id, message_id, account
from source_run where source_run_id = :source_run_id

-- name: run_of
select source_run_id, began_at, finished_at, times, outcome, code, zh, en, counts, size, run_id, message_id, account
from source_run where source_run_id = :source_run_id and source = :source

-- name: vouching
select layer, title, last_success_at, configured_at, expected from source
where configured and paused_at is null and layer <> ''
order by layer, name

-- name: workers
select count(*) from emmap_queue.procrastinate_workers where last_heartbeat > now() - interval '30 seconds'
