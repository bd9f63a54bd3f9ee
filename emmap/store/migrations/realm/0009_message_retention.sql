-- Raw content is kept for as long as the operator says; hash, name, sender and time stay, so that every version still
-- says where it came from.
alter table source_message alter column content drop not null;
alter table source_message add column size bigint;             -- bytes of a content that is gone
alter table source_message add column pruned_at timestamptz;
alter table source_message add constraint content_or_gone
  check (content is not null or (pruned_at is not null and size is not null));
-- What has content that may be old enough.
create index source_message_whole on source_message (received_at) where content is not null;
-- Whether a run of late still stands on a content.
create index ingest_run_message on ingest_run (message_id);
-- Whether a message stands in a chain.
create index message_chain_message on message_chain (message_id);

create function prune_messages(kept_for interval, at_most integer) returns table (messages bigint, bytes bigint)
language plpgsql security definer set search_path from current as $$
begin
  if kept_for < interval '1 day' then
    raise exception 'raw messages are kept for a day at least' using errcode = '22023';
  end if;
  return query
  with old as (
    select m.message_id from source_message m
    where m.content is not null and m.erased_at is null and m.received_at < clock_timestamp() - kept_for
      -- A CAP message is the warning itself: whatever updates or cancels it later is read together with it.
      and not exists (select from message_chain c where c.message_id = m.message_id)
      -- The same content came again.
      and not exists (select from ingest_run r
        where r.message_id = m.message_id and r.started_at >= clock_timestamp() - kept_for)
      -- A person has yet to decide on it.
      and not exists (select from source s join source_run h on h.source_run_id = s.held_run where h.message_id = m.message_id)
    order by m.received_at limit at_most for update skip locked
  ), gone as (
    update source_message m set size = octet_length(m.content), content = null, pruned_at = clock_timestamp()
    from old where m.message_id = old.message_id
    returning m.size
  )
  select count(*), coalesce(sum(gone.size), 0)::bigint from gone;
end $$;
comment on function prune_messages is 'Drops raw content that is older than it has to be kept; the rest of its row stays.';

create function revive_message(came bytea) returns void
language sql security definer set search_path from current as $$
  update source_message set content = came, size = null, pruned_at = null
  where sha256 = pg_catalog.sha256(came) and content is null
$$;
comment on function revive_message is 'Puts back a content that was dropped, when the very same comes again.';

revoke execute on function prune_messages(interval, integer), revive_message(bytea) from public;
grant execute on function prune_messages(interval, integer), revive_message(bytea) to emmap_app;
