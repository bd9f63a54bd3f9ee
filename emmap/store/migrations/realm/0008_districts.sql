-- Districts as a scope, kept by the store itself: whoever acts for a caller limited to districts sets `emmap.districts` for the
-- transaction, and then no version may open or close outside of them, by whatever route.
create function version_within() returns trigger
language plpgsql security definer set search_path from current as $$
declare
  own text[] := string_to_array(nullif(current_setting('emmap.districts', true), ''), ',');
  bad record;
begin
  if own is null then
    return null;
  end if;
  select feature_id, districts into bad from new_rows where not (districts <@ own and cardinality(districts) > 0) limit 1;
  if found then
    raise exception '%', array_to_string(bad.districts, ',') using errcode = 'EM403', detail = bad.feature_id;
  end if;
  return null;
end $$;
revoke execute on function version_within() from public;

create trigger within_opened after insert on version
  referencing new table as new_rows for each statement execute function version_within();
create trigger within_closed after update on version
  referencing new table as new_rows for each statement execute function version_within();
