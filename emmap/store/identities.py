"""Which account somebody has who signs in at an OpenID Connect provider."""

from sqlalchemy import Connection, text

from emmap.store.access import Account, account


def account_of(conn: Connection, issuer: str, subject: str) -> Account | None:
    """The account of an issuer's subject; None where they were never here."""
    name = conn.execute(
        text("select account from account_identity where issuer = :issuer and subject = :subject"),
        {"issuer": issuer, "subject": subject},
    ).scalar()
    return account(conn, name) if name else None


def bind(conn: Connection, issuer: str, subject: str, name: str) -> None:
    """Remembers whose account it is."""
    conn.execute(
        text("insert into account_identity (issuer, subject, account) values (:issuer, :subject, :name)"),
        {"issuer": issuer, "subject": subject, "name": name},
    )
