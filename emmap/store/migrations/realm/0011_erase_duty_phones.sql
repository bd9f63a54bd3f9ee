-- The phone numbers of whoever is on the rota leave by the same door as other personal data: act and entry in the audit are one.
-- The turns stay, of all times: who was on duty is no secret.
create function erase_duty_phones(of_name text, who text, kind text, from_address text, why text) returns integer
language plpgsql security definer set search_path from current as $$
declare
  erased integer;
begin
  if why = '' then
    raise exception 'erasing personal data needs a reason' using errcode = '22023';
  end if;
  update rota set phone = '' where name = of_name and phone <> '';
  get diagnostics erased = row_count;
  insert into emmap.audit (at, actor, actor_kind, address, act, subject, details)
    values (clock_timestamp(), who, kind, from_address, 'change', 'erase duty phones', jsonb_build_object(
      'realm', substr(current_schema(), 7), 'name', of_name, 'erased', erased, 'reason', why));
  return erased;
end $$;
comment on function erase_duty_phones is 'Erases a person''s phone numbers in all turns of the rota; answers in how many. The turns stay.';

revoke execute on function erase_duty_phones(text, text, text, text, text) from public;
grant execute on function erase_duty_phones(text, text, text, text, text) to emmap_app;
