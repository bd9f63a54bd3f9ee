-- What was said of a message's signature when it came: certificates come and go, the message stays as it was taken.
alter table message_chain add column signature jsonb;
