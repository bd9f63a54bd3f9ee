-- Personal data leave by one door, which tells the audit in the same transaction: neither can happen without the other.
alter table source_message add column erased_at timestamptz;

create function erase_personal(of_layer text, of_feature text, who text, kind text, from_address text, why text) returns integer
language plpgsql security definer set search_path from current as $$
declare
  erased integer;
begin
  if why = '' then
    raise exception 'erasing personal data needs a reason' using errcode = '22023';
  end if;
  update personal set properties = null, erased_at = clock_timestamp()
    where layer = of_layer and feature_id = of_feature and erased_at is null;
  get diagnostics erased = row_count;
  insert into emmap.audit (at, actor, actor_kind, address, act, subject, details)
    values (clock_timestamp(), who, kind, from_address, 'change', 'erase personal data', jsonb_build_object(
      'realm', substr(current_schema(), 7), 'layer', of_layer, 'feature', of_feature, 'states', erased, 'reason', why));
  return erased;
end $$;
comment on function erase_personal is 'Erases a feature''s personal data in all its states; answers how many. The versions stay.';

create function erase_message(of_message bigint, who text, kind text, from_address text, why text) returns integer
language plpgsql security definer set search_path from current as $$
declare
  erased integer;
begin
  if why = '' then
    raise exception 'erasing personal data needs a reason' using errcode = '22023';
  end if;
  -- The hash stays: it still tells what the file was.
  update source_message set content = '', erased_at = clock_timestamp() where message_id = of_message and erased_at is null;
  get diagnostics erased = row_count;
  update rejected_record r set raw = '' from ingest_run i where i.run_id = r.run_id and i.message_id = of_message;
  insert into emmap.audit (at, actor, actor_kind, address, act, subject, details)
    values (clock_timestamp(), who, kind, from_address, 'change', 'erase an original', jsonb_build_object(
      'realm', substr(current_schema(), 7), 'message', of_message, 'erased', erased, 'reason', why));
  return erased;
end $$;
comment on function erase_message is 'Erases the content of an original file or message and of its refused rows; its hash stays.';

revoke execute on function erase_personal(text, text, text, text, text, text), erase_message(bigint, text, text, text, text)
  from public;
grant execute on function erase_personal(text, text, text, text, text, text), erase_message(bigint, text, text, text, text)
  to emmap_app;
