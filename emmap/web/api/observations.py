"""Measurements over time: which series there are, and their values."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from emmap.errors import Malformed, NotFound
from emmap.permissions import needs
from emmap.series import series as known_series
from emmap.series import series_named
from emmap.store import observations
from emmap.store.points import stamp_text
from emmap.web.asking import TheRealm, TheSite, instant_from, only

router = APIRouter(prefix="/api", tags=["observations"])

MOST = 20_000
"""Values in one answer."""


@router.get("/series", dependencies=[only("prefix")])
@needs("read")
def series(site: TheSite, realm: TheRealm, prefix: str = "") -> list[dict[str, Any]]:
    """Which series of measurements the realm has (those whose names begin with `prefix`), with unit and extent.
    `period_s`: an amount over so many seconds, 0 a reading of the moment."""
    with site.database.engine("app", realm).connect() as conn:
        found = observations.extents(conn, prefix)
    return [
        {
            **_described(one.series),
            "values": one.values,
            "first": stamp_text(one.first),
            "last": stamp_text(one.last),
        }
        for one in found
    ]


@router.get("/observations", dependencies=[only("series", "from", "to", "known_at")])
@needs("read")
def values(
    site: TheSite,
    realm: TheRealm,
    series: str,
    start: Annotated[str, Query(alias="from")] = "",
    end: Annotated[str, Query(alias="to")] = "",
    known_at: str = "",
) -> dict[str, Any]:
    """The values of one series from `from` on and before `to`, as known at `known_at` (default now; later corrections do
    not count). An amount stands at the end of its period: what has been measured by T is what stands before T."""
    begin, until, known = (
        instant_from(text, name) if text else None
        for name, text in (("from", start), ("to", end), ("known_at", known_at))
    )
    with site.database.engine("app", realm).connect() as conn:
        found = observations.values(conn, series, begin, until, known, MOST + 1)
        if (
            not found
            and series not in known_series()
            and all(one.series != series for one in observations.extents(conn))
        ):
            raise NotFound(f"没有观测序列 {series[:60]}。", f"There is no series {series[:60]}.")
    if len(found) > MOST:
        raise Malformed(
            f"这段时间的观测值超过 {MOST:,} 个;请缩短 from 与 to 之间的时间。",
            f"There are more than {MOST:,} values; choose a shorter span from … to.",
            code="too_many",
        )
    return {
        **_described(series),
        "values": [
            {"at": stamp_text(at), "value": value, "recorded_at": stamp_text(recorded_at)}
            for at, value, recorded_at in found
        ],
    }


def _described(name: str) -> dict[str, Any]:
    one = series_named(name)
    return {
        "series": name,
        "title": {"zh": one.zh, "en": one.en},
        "unit": one.unit,
        "period_s": one.period_s,
    }
