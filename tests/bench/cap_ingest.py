"""`cap_ingest`: a feed of CAP messages, from bytes to versions, against lxml and one INSERT for each message.

Ours takes the feed as one file, as feeds come; the rival commits each message, as a plain receiver would.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial

from lxml import etree
from sqlalchemy import text

from emmap.ingest.alerts import receive_file
from emmap.settings import ROOT
from emmap.store.database import Database

NAME = "cap_ingest"
UNIT = "messages/s"
PAIRS = 5
MESSAGES = 500
SAMPLE = ROOT / "tests" / "samples" / "cap" / "oasiscap-v1dot2_appendix_adot2.xml"


def run(database: Database, realm: str = "exercise") -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in messages a second, interleaved; the first pair warms up and is left out."""
    with database.engine("owner", realm).begin() as conn:
        conn.execute(text("create table if not exists bench_cap (identifier text, document text)"))
        conn.execute(text("grant insert on bench_cap to emmap_app"))
    try:
        for turn in range(PAIRS + 1):
            messages = _messages(turn)
            feed = (
                b"<alerts>"
                + b"".join(message[message.index(b"<alert") :] for message in messages)
                + b"</alerts>"
            )
            ours = _rate(partial(receive_file, database, realm, "feed.xml", feed))
            rival = _rate(partial(_insert, database, realm, messages))
            if turn:
                yield ours, rival
    finally:
        with database.engine("owner", realm).begin() as conn:
            conn.execute(text("drop table bench_cap"))


def _messages(turn: int) -> list[bytes]:
    sample = SAMPLE.read_text(encoding="utf-8")
    return [sample.replace("KSTO1055887203", f"BENCH-{turn}-{i}").encode() for i in range(MESSAGES)]


def _insert(database: Database, realm: str, messages: list[bytes]) -> None:
    statement = text("insert into bench_cap (identifier, document) values (:identifier, :document)")
    engine = database.engine("app", realm)
    for message in messages:
        identifier = etree.fromstring(message).findtext("{*}identifier")
        with engine.begin() as conn:
            conn.execute(statement, {"identifier": identifier, "document": message.decode()})


def _rate(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return MESSAGES / (time.perf_counter() - begun)
