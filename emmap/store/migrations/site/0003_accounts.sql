-- Districts as a scope of accounts and tokens, tokens that end, sessions that can be told apart, and waits for whoever guesses.
-- `districts`: GB/T 2260 codes where the holder may change things; null is the whole city. Reading is never limited.
alter table account add column districts text[] check (cardinality(districts) > 0);

alter table session
  add column session_id bigint generated always as identity,
  add column address text not null default '',
  add column browser text not null default '';
-- A person closes one of their sessions by its number.
create unique index session_number on session (session_id);
-- A person's open sessions.
create index session_open on session (account) where closed_at is null;

alter table api_token
  add column token_id bigint generated always as identity,
  add column scope text[] check (cardinality(scope) > 0),  -- permissions; null is all of the role's
  add column districts text[] check (cardinality(districts) > 0),
  add column expires_at timestamptz,
  add column created_by text not null default '';
create unique index token_number on api_token (token_id);

-- Whoever tries many passwords from one address has to wait, whatever names are tried; forgotten after a quiet hour.
create table sign_in_tries (
  address text primary key,
  failures integer not null,
  last_at timestamptz not null default clock_timestamp(),
  waits_until timestamptz
);
grant select, insert, update, delete on sign_in_tries to emmap_app;
