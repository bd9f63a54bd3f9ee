"""Reads made-up files without a database, for the tests of the readers."""

from emmap.ingest.datums import datum_of
from emmap.ingest.headers import Names, match, require
from emmap.ingest.reading import read
from emmap.ingest.rows import Understood, understand
from emmap.ingest.sheet import Sheet
from emmap.layer import Layer, load_layers
from emmap.settings import ROOT

LAYERS = load_layers(ROOT / "layers")
LIMIT = 2**24


def sheet_of(content: bytes | str, layer: str = "rescue_teams") -> Sheet:
    """The sheet that a file is read as."""
    raw = content.encode() if isinstance(content, str) else content
    sheet = read(raw, Names(LAYERS[layer]), LIMIT)
    assert sheet is not None
    return sheet


def understood(
    content: bytes | str,
    layer: str | Layer = "rescue_teams",
    *,
    datum: str = "wgs84",
    mapping: dict[str, str] | None = None,
) -> Understood:
    """What a file says to a layer."""
    raw = content.encode() if isinstance(content, str) else content
    wanted = layer if isinstance(layer, Layer) else LAYERS[layer]
    names = Names(wanted, mapping or {})
    sheet = read(raw, names, LIMIT)
    assert sheet is not None
    columns = match(names, sheet.header, clipped=sheet.clipped)
    require(names, sheet.header, columns, placed=sheet.shapes is not None)
    return understand(wanted, sheet, columns, datum_of(datum))


def codes(found: Understood) -> dict[int, str]:
    """Refused rows: position → code."""
    return {i + 1: rejected.code for i, rejected in sorted(found.refused.items())}
