-- Who an account is at an OpenID Connect provider. A person is known by issuer and subject alone: names and addresses there
-- may be given to somebody else later, and must never lead to an account that was made here.
create table account_identity (
  issuer text not null,
  subject text not null check (length(subject) between 1 and 255),
  account text not null unique references account,
  bound_at timestamptz not null default clock_timestamp(),
  primary key (issuer, subject)
);
grant select, insert on account_identity to emmap_app;
