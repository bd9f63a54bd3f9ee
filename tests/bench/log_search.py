"""`log_search`: words of two characters in a year of the duty log, against the bare indexed query for their pairs."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from emmap.store import duty_log
from emmap.store.database import Database
from emmap.store.search import tokens, wanted

NAME = "log_search"
UNIT = "s"
PAIRS = 9
A_DAY = 300
"""Entries of a busy duty room, those of the system included."""
PLACES = (
    "永和街",
    "新塘镇",
    "开源大道",
    "珠江公园",
    "石门水库",
    "江高镇",
    "大石街",
    "南沙湿地",
    "良口镇",
    "流溪河",
)
WHAT = ("积水", "倒树", "停电", "滑坡", "火情", "被困", "溃口", "塌方", "路障", "渗漏")
DONE = ("核实", "处置", "反馈", "电话报告", "转呼", "办结", "通知排水队", "调派抢险车", "联系街道", "复查")
ASKED = ("永和 积水", "滑坡", "抢险", "石门 渗漏", "排水 街道", "流溪", "塌方 办结")


def run(database: Database) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in seconds for all that is asked."""
    _fill(database)
    with database.engine("app", "exercise").connect() as conn:
        for turn in range(PAIRS + 1):
            pair = _ours(conn), _rival(conn)
            if turn:
                yield pair


def _ours(conn: Connection) -> float:
    began = time.perf_counter()
    found = [duty_log.search(conn, q) for q in ASKED]
    assert all(found)
    return time.perf_counter() - began


def _rival(conn: Connection) -> float:
    began = time.perf_counter()
    for q in ASKED:
        conn.execute(
            text(
                'select * from log_entry where tokens collate "C" @> cast(:tokens as text[]) collate "C"'
                " order by stamp desc limit 200"
            ),
            {"tokens": list(wanted(q).tokens)},
        ).all()
    return time.perf_counter() - began


def _fill(database: Database) -> None:
    """A year of entries. Their numbers are given, not counted one by one: only the owner may do so."""
    chance = random.Random(1)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    rows = []
    for number in range(1, 365 * A_DAY + 1):
        place = chance.choice(PLACES)
        body = f"{chance.choice(WHAT)}，{chance.choice(DONE)}，{chance.choice(DONE)}（第 {number} 条）"
        at = begin + timedelta(days=number / A_DAY)
        rows.append((number, at, at, "演练", body, place, tokens(body, place)))
    with database.engine("owner", "exercise").begin() as conn:
        conn.execute(text("alter table log_entry disable trigger a_ticked"))
        raw = conn.connection.cursor()
        with raw.copy(
            "copy log_entry (stamp, typed_at, recorded_at, account, body, place, tokens) from stdin"
        ) as copy:
            for row in rows:
                copy.write_row(row)
        conn.execute(text("alter table log_entry enable trigger a_ticked"))
    with database.engine("owner", "exercise").connect() as conn:
        conn.execution_options(isolation_level="AUTOCOMMIT").execute(text("vacuum analyze log_entry"))
