-- name: message
-- `substring` of a packed content unpacks no more than it needs.
select message_id, source, name, media_type, received_at, sha256, pruned_at,
  coalesce(size, octet_length(content)) as size,
  case when cast(:first as integer) is null then content else substring(content from 1 for cast(:first as integer)) end as content
from source_message where message_id = :message_id and erased_at is null

-- name: messages_of_run
select m.message_id, m.source, m.name, m.media_type, m.received_at, m.sha256, m.pruned_at, m.erased_at,
  coalesce(m.size, octet_length(m.content)) as size, cast(null as bytea) as content,
  (select identifier from message_chain c where c.message_id = m.message_id limit 1) as identifier
from (
  select message_id, 0 as place from ingest_run where run_id = :run_id and message_id is not null
  union all
  select message_id, 1 from run_message
  where run_id = :run_id and message_id is distinct from (select message_id from ingest_run where run_id = :run_id)
) as brought join source_message m using (message_id)
order by brought.place, m.message_id

-- name: link_messages
insert into run_message (run_id, message_id)
select :run_id, unnest(cast(:message_ids as bigint[])) on conflict do nothing

-- name: prune
select messages, bytes from prune_messages(:kept_for, :at_most)

-- name: revive
select revive_message(:content)

-- name: newest_runs
-- Runs of what comes by push or by hand, with the reason of the first refused row.
select r.run_id, r.layer, r.file_name, r.account, r.message_id, r.started_at, coalesce(r.finished_at, r.started_at) as finished_at,
  r.counts, f.zh, f.en, f.code
from ingest_run r left join lateral (
  select zh, en, code from rejected_record where run_id = r.run_id order by position limit 1) f on true
where r.source = :source and (cast(:before as bigint) is null or r.run_id < :before)
order by r.run_id desc limit :limit

-- name: last_runs
select source, max(finished_at) as last_at from ingest_run where source = any(:sources) group by source

-- name: days_of_runs
-- By how it came and Beijing day: how many came, how many of them were new.
select source, cast(timezone('Asia/Shanghai', finished_at) as date) as day,
  sum(coalesce(cast(counts ->> 'read' as bigint), 0)) as records,
  sum(coalesce(cast(counts ->> 'added' as bigint), 0) + coalesce(cast(counts ->> 'changed' as bigint), 0)) as new
from ingest_run where source = any(:sources) and finished_at >= :since
group by 1, 2 order by 1, 2
