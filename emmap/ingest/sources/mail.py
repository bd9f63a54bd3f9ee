"""Mailed CAP: new messages of an IMAP mailbox, from the senders that the operator names. Nothing in the mailbox is
changed; how far it was read is kept in the store, together with what was taken."""

import asyncio
import email
import email.policy
import imaplib
import re
import socket
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from emmap.ingest.formats import beginning
from emmap.ingest.sources.addresses import Resolve, address_of, resolve
from emmap.ingest.sources.certificates import refused, trusted
from emmap.ingest.sources.config import SourceConfig
from emmap.ingest.sources.credentials import filled
from emmap.ingest.sources.faults import Fault
from emmap.ingest.sources.gathered import Document, Gathered
from emmap.store.sources import Known

MOST_MAILS = 200
"""Mails that one run reads; the rest comes with the next."""


class _Plain(imaplib.IMAP4):
    """Connects to the address that was judged, whatever the name resolves to by now."""

    def __init__(self, address: str, host: str, port: int, timeout: float) -> None:
        self._address = address
        super().__init__(host, port, timeout)

    def _create_socket(self, timeout: float) -> socket.socket:
        return socket.create_connection((self._address, self.port), timeout)


class _Encrypted(_Plain):
    """The same over TLS, its certificate held against the name."""

    def _create_socket(self, timeout: float) -> socket.socket:
        return trusted().wrap_socket(super()._create_socket(timeout), server_hostname=self.host)


async def gather(one: SourceConfig, known: Known, resolving: Resolve = resolve) -> Gathered:
    """The CAP messages of the mails that came since. Raises `Fault`."""
    parts = urlsplit(one.imap)
    host, port = parts.hostname or "", parts.port or (993 if parts.scheme == "imaps" else 143)
    address = await address_of(host, port, one.private_hosts, resolving)
    try:
        return await asyncio.to_thread(_read, one, known, address, host, port)
    except TimeoutError:
        raise Fault(
            "timeout", "邮件服务器没有及时回答。", "The mail server did not answer in time."
        ) from None
    except imaplib.IMAP4.error as error:
        raise Fault(
            "mail_refused",
            f"邮件服务器拒绝：{str(error)[:120]}；请检查用户名、口令和邮箱名。",
            f"The mail server refuses: {str(error)[:120]}; check user, password and mailbox.",
        ) from None
    except OSError as error:
        raise refused(error) or Fault(
            "no_connection",
            f"连不上邮件服务器（{type(error).__name__}）。",
            f"The mail server cannot be reached ({type(error).__name__}).",
        ) from None


def _read(one: SourceConfig, known: Known, address: str, host: str, port: int) -> Gathered:
    parts = urlsplit(one.imap)
    kind = _Encrypted if parts.scheme == "imaps" else _Plain
    with kind(address, host, port, one.timeout.total_seconds()) as mailbox:
        mailbox.login(filled(one.user), filled(one.password))
        name = unquote(parts.path.strip("/")) or "INBOX"
        if mailbox.select(f'"{name}"', readonly=True)[0] != "OK":
            raise Fault("no_mailbox", f"没有邮箱「{name}」。", f"There is no mailbox “{name}”.")
        validity = (mailbox.response("UIDVALIDITY")[1] or [b""])[0] or b""
        generation = validity.decode("ascii", "replace")
        before, _, last = (known.cursor or "").partition(":")
        since = int(last) if before == generation and last.isdecimal() else 0
        documents: list[Document] = []
        numbers = _numbers(mailbox, since)[:MOST_MAILS]
        for number in numbers:
            documents += _messages(_mail(mailbox, number), one, number)
    cursor = f"{generation}:{numbers[-1] if numbers else since}"
    return Gathered(tuple(documents), Known(cursor=cursor), unreadable="refused")


def _numbers(mailbox: imaplib.IMAP4, since: int) -> list[int]:
    """The UIDs behind `since`. A range that ends in `*` always names the last mail too."""
    found = mailbox.uid("SEARCH", f"UID {since + 1}:*")[1]
    text = (found[0] or b"").decode("ascii", "replace") if found else ""
    return sorted(int(word) for word in text.split() if word.isdecimal() and int(word) > since)


def _mail(mailbox: imaplib.IMAP4, number: int) -> bytes:
    parts = mailbox.uid("FETCH", str(number), "(BODY.PEEK[])")[1]
    return next((part[1] for part in parts or () if isinstance(part, tuple)), b"")


def _messages(mail: bytes, one: SourceConfig, number: int) -> list[Document]:
    """The CAP messages that a mail brings, attached or in its text; none where another sender wrote it."""
    told = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(told, EmailMessage)
    sender = parseaddr(str(told.get("from", "")))[1].lower()
    if sender not in one.senders and f"@{sender.rpartition('@')[2]}" not in one.senders:
        return []
    found = []
    for part in told.walk():
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes) or len(content) > one.size_mb << 20:
            continue
        name = part.get_filename() or ""
        is_xml = part.get_content_type().endswith("xml") or re.search(r"\.(xml|cap)$", name, re.I)
        if is_xml or (part.get_content_type() == "text/plain" and beginning(content).startswith("<")):
            found.append(Document(content, name or f"mail-{number}.xml"))
    return found
