-- Links by which somebody without an account may read one briefing, until they end. The link's secret stands here as SHA-256.
create table briefing_share (
  share_id bigint generated always as identity primary key,
  secret_sha256 bytea not null unique,
  briefing_id text not null references briefing,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by text,
  opened integer not null default 0  -- how often it was read
);
-- A briefing's links.
create index briefing_share_of on briefing_share (briefing_id);

grant select, insert (secret_sha256, briefing_id, created_by, expires_at) on briefing_share to emmap_app;
grant update (revoked_at, revoked_by, opened) on briefing_share to emmap_app;
