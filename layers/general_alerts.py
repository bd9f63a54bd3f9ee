"""其他预警: whatever CAP brings that no other layer claims, so that nothing that arrives is invisible."""

from datetime import timedelta

from emmap.layer import (
    NO_LEVEL,
    SEVERITY_SYMBOLS,
    Interval,
    Layer,
    Rings,
    Source,
    Style,
    Title,
    WarningProperties,
)

LAYER = Layer(
    id="general_alerts",
    title=Title("其他预警", "Other alerts"),
    geometry="any",
    time=Interval(start=("onset_at", "sent_at"), end="expires_at", ttl=timedelta(hours=24)),
    properties=WarningProperties,
    style=Style(by="severity", symbols=SEVERITY_SYMBOLS, other=NO_LEVEL),
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
    claims=lambda notice: True,
    rings=Rings(severity=3),
    order=900,
    glyph="警",
)
