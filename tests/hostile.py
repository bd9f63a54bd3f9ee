"""Hostile files, each read in this process under limits: `python tests/hostile.py` answers what became of each as JSON.

What a case may take beyond the file itself is 512 MiB and 5 s of processor time; the limits protect, they do not measure.
"""

import io
import json
import resource
import signal
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent / "unit"))

import numpy as np
import shapely
from ingest_reading import understood

from emmap.errors import EmmapError
from emmap.ingest import cap

MEMORY = 512 << 20
SECONDS = 5
HEAD = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>A</identifier><sender>x@example.cn</sender>'
    "<sent>2026-05-21T09:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>"
    "<info><category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Severe</severity>"
    "<certainty>Likely</certainty>"
)
TAIL = "</info></alert>"


def ring(count: int) -> list[tuple[float, float]]:
    """A coast around 增城, ragged as coasts are."""
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    radius = 0.2 + 1e-5 * np.cumsum(np.random.default_rng(1).normal(size=count)) / count**0.5
    lon, lat = 113.75 + radius * np.cos(turn), 23.4 + radius * np.sin(turn)
    return [*zip(lon.tolist(), lat.tolist(), strict=True), (float(lon[0]), float(lat[0]))]


def star(count: int) -> list[tuple[float, float]]:
    """An outline whose every side crosses nearly every other; `count` is odd."""
    turn = 2 * np.pi * (np.arange(count + 1) * (count // 2) % count) / count
    return list(
        zip((113.75 + 0.2 * np.cos(turn)).tolist(), (23.4 + 0.2 * np.sin(turn)).tolist(), strict=True)
    )


def outline(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{lat:.7f},{lon:.7f}" for lon, lat in points)


def message(content: bytes) -> str:
    """What becomes of a CAP document."""
    found = cap.parse(content)
    if found.rejected:
        return found.rejected[0].code
    place = found.messages[0].events[0].geometry
    return f"taken, {shapely.get_num_coordinates(shapely.from_wkb(place)) if place else 0:,} vertices"


def table(content: bytes, layer: str = "flood_warnings") -> str:
    """What becomes of a table or GIS file."""
    found = understood(content, layer)
    if found.refused:
        return next(iter(found.refused.values())).code
    places = [one.geometry for one in found.records if one.geometry]
    return f"taken, {sum(shapely.get_num_coordinates(shapely.from_wkb(places)).tolist()) if places else 0:,} vertices"


def feature(coordinates: Any) -> bytes:
    told = {"id": "A", "headline": "演练"}
    geometry = {"type": "Polygon", "coordinates": coordinates}
    return json.dumps({"type": "Feature", "properties": told, "geometry": geometry}).encode()


def archive(name: str, content: bytes | int, **others: bytes) -> bytes:
    """A zip with one entry of so many zeros, or of this content."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for other, text in others.items():
            made.writestr(other.replace("__", "/").replace("_dot_", "."), text)
        with made.open(name, "w", force_zip64=True) as entry:
            if isinstance(content, bytes):
                entry.write(content)
            else:
                for _ in range(content >> 20):
                    entry.write(bytes(1 << 20))
    return packed.getvalue()


def lying(packed: bytes, real: int) -> bytes:
    """The archive with the size of its large entry told as a thousand bytes."""
    return packed.replace(struct.pack("<I", real), struct.pack("<I", 1000))


def workbook(sheet: bytes | int) -> bytes:
    """The least that is an XLSX, with this sheet."""
    return archive(
        "xl/worksheets/sheet1.xml",
        sheet,
        **{
            "[Content_Types]_dot_xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "xl__workbook_dot_xml": b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
            b'<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl___rels__workbook_dot_xml_dot_rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
            b'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
            b'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        },
    )


def entities() -> str:
    levels = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE alert [<!ENTITY l0 "lol">{levels}]>{HEAD}<headline>&l9;</headline>{TAIL}'


OUTSIDE = (
    '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'
    f"{HEAD}<headline>&x;</headline>{TAIL}"
)
CASES: dict[str, tuple[Callable[[bytes], str], Callable[[], bytes]]] = {
    "a polygon of a million vertices, CAP": (
        message,
        lambda: f"{HEAD}<area><areaDesc>x</areaDesc><polygon>{outline(ring(1_000_000))}</polygon></area>{TAIL}".encode(),
    ),
    "a polygon of a million vertices, GeoJSON": (table, lambda: feature([ring(1_000_000)])),
    "a star that crosses itself everywhere, CAP": (
        message,
        lambda: f"{HEAD}<area><polygon>{outline(star(5_001))}</polygon></area>{TAIL}".encode(),
    ),
    "a star that crosses itself everywhere, GeoJSON": (table, lambda: feature([star(5_001)])),
    "100 MB in one element": (message, lambda: f"{HEAD}<headline>{'雨' * (100 << 18)}</headline>{TAIL}".encode()),
    "100 MB in one attribute": (message, lambda: f'<alert x="{"a" * (100 << 20)}"/>'.encode()),
    "100 MB in one cell": (table, lambda: b"id,headline\nA," + b"x" * (100 << 20)),
    "a quote that never closes": (table, lambda: b'id,headline\nA,"' + b"x,\n" * (30 << 20)),
    "deep nesting, XML": (message, lambda: b"<a>" * 1_000_000 + b"</a>" * 1_000_000),
    "deep nesting, JSON": (table, lambda: b"[" * 20_000_000),
    "deep nesting, GeoJSON": (table, lambda: feature("@").replace(b'"@"', b"[" * 100_000 + b"]" * 100_000)),
    "an entity bomb": (message, lambda: entities().encode()),
    "an external entity": (message, lambda: OUTSIDE.encode()),
    "an entity bomb in UTF-16": (message, lambda: entities().encode("utf-16")),
    "a zip bomb": (table, lambda: workbook(1 << 28)),
    "a zip bomb that lies about its size": (table, lambda: lying(workbook(1 << 28), 1 << 28)),
    "an entity bomb in a workbook": (table, lambda: workbook(entities().encode())),
    "a gzip bomb": (table, lambda: b"\x1f\x8b\x08\x00" + bytes(1 << 20)),
    "a path out of the archive": (table, lambda: archive("../../etc/cron.d/x.shp", b"x")),
}  # fmt: skip


def memory() -> int:
    """Bytes of address space in use."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def late(signum: int, frame: object) -> None:
    raise TimeoutError


def became(read: Callable[[bytes], str], content: bytes) -> str:
    resource.setrlimit(resource.RLIMIT_AS, (memory() + MEMORY, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        return read(content)
    except EmmapError as error:
        return error.code
    except TimeoutError:
        return "TOO SLOW"
    except MemoryError:
        return "TOO LARGE"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def main() -> None:
    signal.signal(signal.SIGPROF, late)
    wanted = sys.argv[1:] or list(CASES)
    for name in wanted:
        read, make = CASES[name]
        print(json.dumps([name, became(read, make())], ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
