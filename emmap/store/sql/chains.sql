-- name: lock
select pg_advisory_xact_lock(hashtextextended(current_schema() || '.message_chain', 0))

-- name: by_name
select sender, identifier, sent_at, message_type, layer, feature_ids, refers_to, message_id, signature
from message_chain
where (sender, identifier) in (
  select s, i from unnest(cast(:senders as text[]), cast(:identifiers as text[])) as wanted (s, i))

-- name: by_reference
select sender, identifier, sent_at, message_type, layer, feature_ids, refers_to, message_id, signature
from message_chain
where refers_to ?| cast(:names as text[])

-- name: add
insert into message_chain (sender, identifier, sent_at, message_type, layer, feature_ids, refers_to, message_id,
  signature)
select n.sender, n.identifier, n.sent_at, n.message_type, n.layer,
  array(select jsonb_array_elements_text(n.feature_ids)), n.refers_to, n.message_id, n.signature
from jsonb_to_recordset(cast(:links as jsonb)) as n (
  sender text, identifier text, sent_at timestamptz, message_type text, layer text, feature_ids jsonb,
  refers_to jsonb, message_id bigint, signature jsonb)

-- name: standing
select feature_id, lower(valid), upper(valid), content_hash
from version
where layer = :layer and feature_id = any(:feature_ids) and upper_inf(recorded)
order by feature_id, lower(valid)
