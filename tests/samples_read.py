"""What becomes of each real sample: read by whichever reader takes it, or refused, and why. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from emmap.errors import EmmapError
from emmap.ingest import cap, importer
from emmap.ingest.gauges import reading as gauges
from emmap.ingest.sources.faults import Fault
from emmap.ingest.sources.feeds import pointers
from emmap.layer import load_layers
from emmap.settings import ROOT

FOLDERS = {
    "cap": "general_alerts",
    "warnings": "general_alerts",
    "firms": "forest_fire_alerts",
    "gauges": "gauge_stations",
    "gdacs": "gdacs_events",
    "tracks": "typhoon_tracks",
    "usgs": "earthquakes",
}
"""The layer to which a person would import the files of each folder."""
LAYERS = load_layers(ROOT / "layers")
LIMIT = 64 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """As what a file was read, how many of its parts were taken, and the reasons of those that were not; or `whole`, why
    all of it was refused."""

    kind: str
    taken: int = 0
    refused: tuple[str, ...] = ()
    whole: str = ""


def files(samples: Path) -> Iterator[Path]:
    """The samples, by folder and name."""
    for folder in FOLDERS:
        yield from sorted(path for path in (samples / folder).iterdir() if path.name != "README.md")


def outcome(folder: str, name: str, content: bytes) -> Outcome:
    """What becomes of this content, given to the layer of its folder."""
    layer = LAYERS[FOLDERS[folder]]
    try:
        if gauges.reads_gauges(layer):
            measured = gauges.read(content, layer, "wgs84", LIMIT)
            if measured is not None:
                kind = "gauges" if measured.readings or measured.refused else "gauge stations"
                taken = len(measured.readings) or len({one.station for one in measured.stations})
                return Outcome(kind, taken, _codes(measured.refused))
        table = importer.prepare(layer.id, name, content)
        if table is not None:
            return Outcome(
                table.sheet.format, len(table.sheet.rows) - len(table.refused), _codes(table.refused)
            )
        messages = cap.parse(content)
        return Outcome("CAP", len(messages.messages), _codes(messages.rejected))
    except EmmapError as error:
        return Outcome("—", whole=error.code)


def pointed_to(content: bytes) -> int:
    """To how many messages a feed points; none where it is no index."""
    try:
        return len(pointers(content, "https://example.com/feed", follow=False) or ())
    except (EmmapError, Fault):
        return 0


def line(path: Path) -> str:
    """A sample's row in docs/samples.md."""
    content = path.read_bytes()
    found = outcome(path.parent.name, path.name, content)
    refused = [f"{count} `{code}`" for code, count in sorted(Counter(found.refused).items())]
    refused += [f"all: `{found.whole}`"] if found.whole else []
    links = pointed_to(content) if path.parent.name == "cap" else 0
    refused += [f"points to {links}"] if links else []
    return (
        f"| `{path.parent.name}/{path.name}` | {found.kind} | {found.taken:,} | {', '.join(refused) or '—'} |"
    )


def _codes(refused: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(getattr(one, "code", "")) for one in refused)
