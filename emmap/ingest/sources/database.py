"""Tables of SL 323 in an operator's own PostgreSQL database: read in one read-only transaction, readings incrementally by TM.

Each table becomes a CSV document, so that what comes this way is read by the same reader as a file. Tables and columns are
found in any case and schema. Readings are asked for again from `overlap` before the last one on, since they come late and
are corrected; the tables of stations are read whole and handed on when they have changed.
"""

import asyncio
import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from emmap.ingest.sources.config import SourceConfig
from emmap.ingest.sources.credentials import filled
from emmap.ingest.sources.faults import Fault
from emmap.ingest.sources.gathered import Document, Gathered
from emmap.store.sources import Item, Known
from emmap.view import BEIJING

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "st_stbprp_b": (
        "stcd", "stnm", "rvnm", "hnnm", "lgtd", "lttd", "sttp", "dtmnm", "dtmel", "addvcd", "stlc", "admauth",
    ),
    "st_rvfcch_b": ("stcd", "frz", "wrz", "grz"),
    "st_river_r": ("stcd", "tm", "z", "q"),
    "st_pptn_r": ("stcd", "tm", "drp", "intv", "dyp"),
}  # fmt: skip
"""The tables and those of their columns that are read; a table or column that is not there is left out."""
FIRST_READ = timedelta(days=30)
"""So far back the first run reads."""
_INSTANTS = ("timestamp", "timestamptz", "date")
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class _Table:
    """A table as it is spelled there; its columns by their lower-case names, with their types."""

    schema: str
    name: str
    columns: Mapping[str, tuple[str, str]]


async def gather(one: SourceConfig, known: Known, clock: Callable[[], datetime]) -> Gathered:
    """What the tables hold that may be new. Raises `Fault`."""
    return await asyncio.to_thread(_gather, one, known, clock())


def _gather(one: SourceConfig, known: Known, now: datetime) -> Gathered:
    parts = {name: filled(str(value)) for name, value in conninfo_to_dict(one.database).items()}
    milliseconds = max(1, int(one.timeout.total_seconds() * 1000))
    parts.setdefault("connect_timeout", str(max(2, milliseconds // 1000)))
    parts["application_name"] = "emmap-source"
    try:
        with psycopg.connect(**parts) as connection:  # type: ignore[arg-type]
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.execute(sql.SQL("set local statement_timeout = {}").format(milliseconds))
            connection.execute("set local timezone = 'Asia/Shanghai'")
            return _read(connection, one, known, now)
    except psycopg.errors.QueryCanceled:
        raise Fault(
            "timeout",
            f"对方数据库在 {one.timeout.total_seconds():g} 秒内没有答完；可在 (TM) 上建索引，或调大 timeout。",
            f"The database did not answer within {one.timeout.total_seconds():g} s: it may lack an index on TM.",
        ) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise _refused(error) from None
    except psycopg.OperationalError as error:
        raise Fault(
            "no_connection",
            f"连不上数据库：{_first_line(error)}。请检查地址、用户和口令。",
            f"The database cannot be reached: {_first_line(error)}. Check address, user and password.",
        ) from None
    except psycopg.Error as error:
        raise _refused(error) from None


def _read(connection: psycopg.Connection[Any], one: SourceConfig, known: Known, now: datetime) -> Gathered:
    tables = _tables(connection)
    if not {"st_river_r", "st_pptn_r"} & tables.keys():
        raise Fault(
            "no_tables",
            "库里没有可读的 ST_RIVER_R 或 ST_PPTN_R；请检查库名，并给该用户 select 权限。",
            "There is no ST_RIVER_R or ST_PPTN_R that may be read: check the database's name and the user's rights.",
        )
    reached: dict[str, str] = json.loads(known.cursor) if known.cursor else {}
    items: dict[str, Item] = {}
    documents: list[Document] = []
    for name, table in tables.items():
        since = _since(reached.get(name), now, one.overlap) if "tm" in table.columns else None
        content, last = _csv(connection, name, table, since, one.size_mb << 20)
        if content is None:
            continue
        if since is None:
            digest = hashlib.sha256(content).digest()
            items[name] = Item(name, sha256=digest)
            before = known.items.get(name)
            if before is not None and before.sha256 == digest:
                continue
        elif last is not None:
            # Readings from the future, by a wrong clock, must not hide those that are yet to come.
            upto = min(last, now.astimezone(BEIJING).replace(tzinfo=None))
            reached[name] = max(upto.isoformat(), reached.get(name, ""))
        documents.append(Document(content, name.upper()))
    return Gathered(tuple(documents), Known(cursor=json.dumps(reached), items=items), forget_others=True)


def _since(reached: str | None, now: datetime, overlap: timedelta) -> datetime:
    """From which TM on to read, Beijing time without an offset, as the tables hold it."""
    if reached is None:
        return now.astimezone(UTC).astimezone(BEIJING).replace(tzinfo=None) - FIRST_READ
    return datetime.fromisoformat(reached) - overlap


_FIND = """
select lower(c.relname), n.nspname, c.relname, a.attname, t.typname
from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
where lower(c.relname) = any(%s) and c.relkind in ('r', 'v', 'm', 'p', 'f')
  and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
order by pg_table_is_visible(c.oid) desc, n.nspname, c.relname, a.attnum
"""


def _tables(connection: psycopg.Connection[Any]) -> dict[str, _Table]:
    """The tables that are there, by their lower-case names; of several the one on the search path. Raises `Fault`."""
    found: dict[str, _Table] = {}
    for name, schema, relation, column, kind in connection.execute(_FIND, (list(COLUMNS),)):
        table = found.setdefault(name, _Table(schema, relation, {}))
        if (table.schema, table.name) == (schema, relation) and column.lower() in COLUMNS[name]:
            table.columns[column.lower()] = (column, kind)  # type: ignore[index]
    for name, table in found.items():
        wanted = COLUMNS[name][:2] if "tm" in COLUMNS[name] else COLUMNS[name][:1]
        missing = [one for one in wanted if one not in table.columns]
        if missing or ("tm" in wanted and table.columns["tm"][1] not in _INSTANTS):
            raise Fault(
                "another_table",
                f"表 {table.schema}.{table.name} 缺少 {'、'.join(missing) or 'TM 的时间类型'}，不像 SL 323 的表。",
                f"The table {table.schema}.{table.name} lacks {', '.join(missing) or 'a TM that is an instant'}: it is no "
                "table of SL 323.",
            )
    return {name: found[name] for name in COLUMNS if name in found}


def _csv(
    connection: psycopg.Connection[Any], name: str, table: _Table, since: datetime | None, limit: int
) -> tuple[bytes | None, datetime | None]:
    """The table's rows as CSV, readings from `since` on in order of TM; the last TM. None: no rows. Of more readings than
    `limit` bytes the rest comes with the next run. Raises `Fault` where a table of stations is larger."""
    columns = [table.columns[one] for one in COLUMNS[name] if one in table.columns]
    query = sql.SQL("select {} from {}").format(
        sql.SQL(", ").join(sql.Identifier(spelled) for spelled, _ in columns),
        sql.Identifier(table.schema, table.name),
    )
    given: tuple[Any, ...] = ()
    if since is not None:
        tm = sql.Identifier(table.columns["tm"][0])
        query += sql.SQL(" where {} >= %s order by {}").format(tm, tm)
        given = (since,)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([spelled.upper() for spelled, _ in columns])
    rows, last = 0, None
    with connection.cursor(name="emmap_rows") as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(query, given)
        for row in cursor:
            if text.tell() * 3 > limit:  # a character may take three bytes
                if since is None or last is None or last <= since:
                    raise Fault(
                        "too_large",
                        f"表 {table.name} 一次读不完（超过 size_mb）；请调大 size_mb 或减小 overlap。",
                        f"The table {table.name} is more than size_mb: raise it, or make the overlap smaller.",
                    )
                break
            rows += 1
            writer.writerow(row)
            if since is not None:
                last = _local(row[1])
    return (text.getvalue().encode(), last) if rows else (None, None)


def _local(at: Any) -> datetime:
    """A TM as Beijing time without an offset."""
    found = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001
    return found.astimezone(BEIJING).replace(tzinfo=None) if found.tzinfo else found


def _refused(error: psycopg.Error) -> Fault:
    return Fault(
        "database_refused",
        f"对方数据库拒绝：{_first_line(error)}。",
        f"The database refuses: {_first_line(error)}.",
    )


def _first_line(error: psycopg.Error) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".")[:200] if lines else type(error).__name__
