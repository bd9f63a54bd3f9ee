"""A gauge's measurements: how it stands at T, and its series, as known at K."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from emmap.errors import Malformed, NotFound
from emmap.hydrology.rain import Sum
from emmap.ingest.gauges.reading import reads_gauges
from emmap.permissions import needs
from emmap.series import QUANTITIES
from emmap.store import answers, gauge_readings
from emmap.store.observations import Observation
from emmap.store.points import stamp_text
from emmap.view import KNOWN_THEN, View
from emmap.web.asking import TheRealm, TheSite, instant_from, only

router = APIRouter(prefix="/api", tags=["observations"])

LONGEST = timedelta(days=62)
BEFORE, AFTER = timedelta(days=3), timedelta(days=1)
"""What is told around T, unless it is asked otherwise."""


@router.get("/gauges/{station}", dependencies=[only("at", "known_at", "from", "to")])
@needs("read")
def gauge(
    site: TheSite,
    realm: TheRealm,
    station: str,
    at: str = "",
    known_at: str = "",
    start: Annotated[str, Query(alias="from")] = "",
    end: Annotated[str, Query(alias="to")] = "",
) -> dict[str, Any]:
    """How a gauge stands at T (`at`) as known at K (`known_at`, or `at`), with its series from `from` on and before `to`
    (default three days before T to one day after it). Heights are above the station's own `datum`. Rain sums end at
    `rain_until`, the end of the last amount; `coverage` is the share of its hours that a sum knows: below 1 it may only be
    too low. The rain day begins at 08:00 Beijing time."""
    when = instant_from(at, "at") if at else datetime.now(UTC).replace(microsecond=0)
    known = when if known_at == KNOWN_THEN else instant_from(known_at, "known_at") if known_at else None
    begin = instant_from(start, "from") if start else when - BEFORE
    until = instant_from(end, "to") if end else when + AFTER
    if not timedelta(0) < until - begin <= LONGEST:
        raise Malformed(
            f"from 应早于 to，相隔至多 {LONGEST.days} 天。",
            f"from must lie before to, by at most {LONGEST.days} days.",
            code="malformed_parameter",
        )
    layer = next((one for one in site.layers.values() if reads_gauges(one)), None)
    with site.database.engine("app", realm).connect() as conn:
        feature = answers.feature(conn, layer, station, View(at=when, known_at=known)) if layer else None
        found = gauge_readings.readings(conn, station, when, known, begin, until)
    if feature is None and not found.measured and not found.values:
        raise NotFound(
            f"没有测站 {station[:60]}。", f"There is no gauge {station[:60]}.", code="unknown_gauge"
        )
    about = feature["properties"] if feature else {}
    return {
        "station": station,
        "at": stamp_text(when),
        **{
            name: about.get(name)
            for name in ("name", "river", "status", "severity", "datum", "frz", "wrz", "grz")
        },
        "last": {quantity: _reading(one) | _unit(quantity) for quantity, one in found.last.items()},
        "rain_until": stamp_text(found.rain_until) if found.sums else None,
        "rain": [{"hours": hours, **_sum(one)} for hours, one in found.sums.items()],
        "rain_day": {"from": stamp_text(found.day_from), **_sum(found.day)} if found.day else None,
        "series": [
            {
                "quantity": of.quantity,
                **_unit(of.quantity),
                "period_s": of.period_s,
                "values": [_reading(one) for one in values],
            }
            for of, values in found.values.items()
        ],
    }


def _unit(quantity: str) -> dict[str, str]:
    return {"unit": QUANTITIES[quantity][2]}


def _reading(one: Observation) -> dict[str, Any]:
    return {"at": stamp_text(one.at), "value": one.value, "recorded_at": stamp_text(one.recorded_at)}


def _sum(one: Sum) -> dict[str, float]:
    return {"mm": round(one.mm, 1), "coverage": round(one.coverage, 3)}
