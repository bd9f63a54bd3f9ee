-- A source that never succeeded is late only when it has been configured for longer than it may be silent.
alter table source add column configured_at timestamptz not null default clock_timestamp();
