-- The messages that a run brought, beside the document that carried them (`ingest_run.message_id`): an index and what it
-- points to, a feed and what is in it. Messages that were in already are not counted again.
create table run_message (
  run_id bigint not null,
  message_id bigint not null,
  primary key (run_id, message_id)
);
-- `source` is what brought a run: a source by name, `api`, `import`. What was brought is told apart from it.
alter table ingest_run add column reader text not null default '';
update ingest_run set reader = 'cap', source = 'import' where source = 'cap';
-- What came by push or by hand, the newest first: their runs have no row in `source_run`.
create index ingest_run_newest on ingest_run (source, run_id desc);

grant select, insert on run_message to emmap_app;
