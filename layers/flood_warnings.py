"""三防预警: signals, responses and gauge exceedances for rain, flood, waterlogging, typhoon and wind,
drought and frost."""

from datetime import timedelta

from emmap.layer import (
    NO_LEVEL,
    SEVERITY_SYMBOLS,
    Interval,
    Layer,
    Notice,
    Rings,
    Source,
    Style,
    Title,
    WarningProperties,
    station_of_warning,
)

HAZARDS = (
    "11A01", "11A02", "11A03", "11A04", "11A06", "11B01", "11B03", "11B06", "11B16", "11B22",
)  # fmt: skip


def claims(notice: Notice) -> bool:
    """Whether any hazard of the event is one of 三防."""
    return any(code in HAZARDS for code in notice.hazards)


LAYER = Layer(
    id="flood_warnings",
    title=Title("三防预警", "Flood warnings"),
    geometry="any",
    time=Interval(start=("onset_at", "sent_at"), end="expires_at", ttl=timedelta(hours=24)),
    properties=WarningProperties,
    style=Style(by="severity", symbols=SEVERITY_SYMBOLS, other=NO_LEVEL),
    hazards=HAZARDS,
    sources=(
        Source("cap", reader="cap"),
        Source("warnings", reader="warnings"),
        Source("table", reader="table"),
        Source("gis", reader="gis"),
    ),
    details=(
        "severity",
        "issuer",
        "sent_at",
        "onset_at",
        "expires_at",
        "area",
        "description",
        "instruction",
        "resources",
        "cap_signature",
    ),
    claims=claims,
    rings=Rings(severity=3),
    station_of=station_of_warning,
    order=20,
    glyph="汛",
)
