-- Which messages refer to one: an alert may come after what cancels or updates it.
create index message_chain_refers_to on message_chain using gin (refers_to);
