-- Who may come in. Secrets stand here as SHA-256 only, passwords as argon2.
create table account (
  name text primary key check (length(name) between 1 and 80),
  role text not null,
  password_hash text,
  created_at timestamptz not null default clock_timestamp(),
  disabled_at timestamptz,
  failures integer not null default 0,
  locked_until timestamptz
);

create table session (
  secret_sha256 bytea primary key,
  account text not null references account,
  opened_at timestamptz not null default clock_timestamp(),
  used_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz
);

create table sign_in_link (
  secret_sha256 bytea primary key,
  account text not null references account,
  expires_at timestamptz not null,
  used_at timestamptz
);

create table api_token (
  secret_sha256 bytea primary key,
  name text not null,
  role text not null,
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz
);

grant select, insert, update on account, session, sign_in_link, api_token to emmap_app;
