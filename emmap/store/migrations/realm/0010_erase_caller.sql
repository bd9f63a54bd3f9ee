-- Who called about an alarm leaves by the same door as other personal data: the act and its entry in the audit are one.
create function erase_caller(of_alarm bigint, who text, kind text, from_address text, why text) returns integer
language plpgsql security definer set search_path from current as $$
declare
  erased integer;
begin
  if why = '' then
    raise exception 'erasing personal data needs a reason' using errcode = '22023';
  end if;
  update alarm_caller set properties = null, erased_at = clock_timestamp()
    where alarm_id = of_alarm and erased_at is null;
  get diagnostics erased = row_count;
  insert into emmap.audit (at, actor, actor_kind, address, act, subject, details)
    values (clock_timestamp(), who, kind, from_address, 'change', 'erase a caller', jsonb_build_object(
      'realm', substr(current_schema(), 7), 'alarm', of_alarm, 'erased', erased, 'reason', why));
  return erased;
end $$;
comment on function erase_caller is 'Erases who called about an alarm; answers whether anything was there. The alarm stays.';

revoke execute on function erase_caller(bigint, text, text, text, text) from public;
grant execute on function erase_caller(bigint, text, text, text, text) to emmap_app;
