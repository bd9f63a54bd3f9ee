-- What a court may ask for: who came in, who was refused, who saw personal data, who changed and who took something out.
-- Append only. A row is written by the act's own transaction and costs it nothing but the row; `seal_audit` chains committed
-- rows afterwards, one sealer at a time, so that no act ever waits for another's place in the chain.
create table audit (
  audit_id bigint generated always as identity primary key,
  at timestamptz not null,                                         -- when it happened, as the application says
  recorded_at timestamptz not null default clock_timestamp(),      -- when the store heard of it
  actor text not null,                                             -- name of an account or token, or of a system user
  actor_kind text not null check (actor_kind in ('account', 'token', 'command', 'nobody')),
  address text not null default '',                                -- where the request came from
  act text not null check (act in ('sign_in', 'sign_in_failed', 'sign_out', 'refused', 'personal', 'change', 'export')),
  subject text not null,                                           -- what it was done to: a route, a command
  details jsonb not null default '{}',                             -- never a secret, never personal data
  times integer not null default 1 check (times > 0)
);
-- The newest acts of somebody, of a kind.
create index audit_actor on audit (actor, audit_id);
create index audit_act on audit (act, audit_id);

-- The chain: each seal's hash covers its row and the hash before it.
create table audit_seal (
  seal_id bigint primary key,
  audit_id bigint not null unique,
  hash bytea not null,
  sealed_at timestamptz not null default clock_timestamp()
);

-- Rows that are not sealed yet.
create table audit_pending (audit_id bigint primary key);

create function audit_text(one audit) returns text
language sql stable set search_path from current as $$
  select jsonb_build_array(one.audit_id, to_char(one.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
    to_char(one.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), one.actor, one.actor_kind, one.address, one.act,
    one.subject, one.details, one.times)::text
$$;
comment on function audit_text is 'A row as the chain hashes it: the same text whatever the session''s time zone.';

create function audit_written() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  insert into audit_pending select audit_id from new_rows;
  return null;
end $$;

create function audit_refused() returns trigger
language plpgsql security definer set search_path from current as $$
begin
  raise exception 'the audit is append only' using errcode = '23514';
end $$;

create trigger written after insert on audit
  referencing new table as new_rows for each statement execute function audit_written();
create trigger kept before update or delete or truncate on audit for each statement execute function audit_refused();
create trigger kept before update or delete or truncate on audit_seal for each statement execute function audit_refused();

create function seal_audit() returns bigint
language plpgsql security definer set search_path from current as $$
declare
  one audit;
  number bigint;
  last bytea;
  sealed bigint := 0;
begin
  if not pg_try_advisory_xact_lock(7240119) then
    return 0;  -- another sealer is at it
  end if;
  select seal_id, hash into number, last from audit_seal order by seal_id desc limit 1;
  number := coalesce(number, 0);
  last := coalesce(last, '');
  for one in
    with taken as (delete from audit_pending returning audit_id)
    select a.* from audit a join taken using (audit_id) order by audit_id
  loop
    number := number + 1;
    last := sha256(last || convert_to(audit_text(one), 'UTF8'));
    insert into audit_seal (seal_id, audit_id, hash) values (number, one.audit_id, last);
    sealed := sealed + 1;
  end loop;
  return sealed;
end $$;
comment on function seal_audit is 'Chains what was committed since; answers how many rows. Zero where another sealer is at it.';

revoke execute on function audit_written(), audit_refused(), seal_audit() from public;
grant execute on function seal_audit() to emmap_app;
grant select on audit, audit_seal, audit_pending to emmap_app;
-- Without audit_id and recorded_at: those are the store's own.
grant insert (at, actor, actor_kind, address, act, subject, details, times) on audit to emmap_app;
