"""The data behind a briefing: what each of its views held at T as known at K, under its filters, and its own tables.

    README.txt        what this is, in Chinese and English
    spec.json         the spec, as it was hashed
    manifest.json     the software, fonts and boundaries of the pages
    data.gpkg         a layer for each layer of each view, codes as the store has them
    data/*.csv        the same as tables, with names instead of codes; UTF-8 with a byte-order mark
    tables/*.csv      the tables and lists of the pages

Never personal fields. The extent does not bind, as it does not bind the counts on the page.
"""

import csv
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from emmap.briefing import words
from emmap.briefing.answering import Asked
from emmap.briefing.outputs.archive import packed
from emmap.briefing.outputs.layer_files import LayerFiles, settle
from emmap.briefing.outputs.shapes import shapes_of
from emmap.briefing.parts import sights
from emmap.briefing.sight import Sight, moment_of
from emmap.ingest.formulas import tamed
from emmap.store.extracts import extract


def data(asked: Asked, content: Mapping[str, Any], manifest: Mapping[str, str]) -> bytes:
    """The archive. What it holds goes into `asked.digest`."""
    files: dict[str, bytes] = {}
    told: list[str] = []
    with TemporaryDirectory(prefix="emmap-data-") as folder:
        package = Path(folder) / "data.gpkg"
        for number, sight in enumerate(_sights(asked), 1):
            told.append(_seen(asked, sight, number))
            for name, count, table in _layers(asked, sight, number, package):
                files[f"data/{name}.csv"] = table
                told.append(f"  {name}: {count}")
        if package.exists():
            files["data.gpkg"] = settle(package)
    for name, table in _tables(content):
        files[f"tables/{name}.csv"] = table
    asked.remember("files", {name: hashlib.sha256(body).hexdigest() for name, body in files.items()})
    spec = asked.spec.canonical().encode()
    head = {
        "README.txt": "\r\n".join(_readme(content, told)).encode("utf-8-sig"),
        "spec.json": spec,
        "manifest.json": json.dumps(
            _of_the_data(manifest), ensure_ascii=False, sort_keys=True, indent=2
        ).encode(),
    }
    return packed(head | dict(sorted(files.items())))


def _of_the_data(manifest: Mapping[str, str]) -> dict[str, str]:
    """The manifest without the drawing: data stay the same when a template is set otherwise."""
    return {name: value for name, value in manifest.items() if name != "drawing"}


def _sights(asked: Asked) -> list[Sight]:
    """The briefing's own sight, then those of its blocks, each once."""
    found = [asked.spec.sight, *(Sight(**one) for one in sights(asked.spec.blocks))]
    return [one for place, one in enumerate(found) if _asks(one) not in map(_asks, found[:place])]


def _asks(sight: Sight) -> tuple[str, str, str]:
    return sight.view, sight.at, json.dumps(dict(sight.known_at), sort_keys=True)


def _layers(asked: Asked, sight: Sight, number: int, package: Path) -> Iterator[tuple[str, int, bytes]]:
    """Name, number of features and table of each layer of a sight; the features go into the package."""
    view = replace(asked.view(sight), bbox=None)
    for layer in (asked.layers[name] for name in view.layers or ()):
        name = layer.id if number == 1 else f"{layer.id}_{number}"
        table = package.with_name(f"{name}.csv")
        files = LayerFiles(package, table, layer, name)
        moment = asked.moment(layer.id, sight)
        files.write(extract(asked.conn, layer, view, moment) if moment else ())
        yield name, files.written, table.read_bytes()


def _seen(asked: Asked, sight: Sight, number: int) -> str:
    """A sight in words, before its layers."""
    view = asked.view(sight)
    shown = [asked.layers[name] for name in view.layers or ()]
    filters = "；".join(f"{name} {wanted}" for name, wanted, _ in words.filters(view, shown)) or "无 none"
    at = words.beijing(moment_of(sight.at))
    return f"视图 {number} / view {number}: T = {at}，{words.known(sight)}；筛选 filters: {filters}"


def _tables(content: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The tables and lists of the pages, in their order."""
    for number, one in enumerate(shapes_of(content), 1):
        if one["shape"] == "table" and one["columns"]:
            heads = [column["title"] for column in one["columns"]]
            rows = [*one["rows"], *([one["total"]] if one["total"] else [])]
        elif one["shape"] == "list":
            heads = ["序号", "级别", "内容", "备注"]
            rows = [[item["number"], item["level"], item["text"], item["note"]] for item in one["items"]]
        else:
            continue
        title = re.sub(r"[^\w·（）-]+", "_", one["title"])[:40].strip("_")
        yield f"{number:02d}{'-' if title else ''}{title}", _csv([heads, *rows])


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text).writerows([tamed(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _readme(content: Mapping[str, Any], told: Sequence[str]) -> Iterator[str]:
    if content["exercise"]:
        yield f"【演练】 演练数据，库 {content['realm']}，不是真实情况。 Exercise data, realm {content['realm']}: not real."
        yield ""
    yield f"《{content['title']}》背后的数据 / the data behind this briefing"
    yield f"编号 id: {content['id']}"
    yield f"规格 spec sha256: {content['sha256']}"
    yield f"数据截至 data until: {content['at']}，{content['known']}"
    yield f"制作 made: {content['created']}（北京时间 / Beijing time）· {content['software']}"
    yield f"用途 use: {content['approval']}"
    yield ""
    yield "内容 / contents"
    yield "data.gpkg：GeoPackage，坐标系 WGS 84（EPSG:4326），字段名和代码与系统一致，时刻为 UTC。"
    yield "  GeoPackage, WGS 84 (EPSG:4326); fields and codes as in the system, instants in UTC."
    yield "data/*.csv：同样的数据，代码换成名称，时刻为北京时间；UTF-8（带 BOM）。以 = + - @ 开头的文字前加了一个 '。"
    yield "  The same with names for codes, Beijing time; UTF-8 with BOM. Texts that begin with = + - @ carry a ' before them."
    yield "tables/*.csv：页面上的表格和清单。 The tables and lists of the pages."
    yield "spec.json、manifest.json：固定下来的视图和制作软件。 The frozen view, and what made the pages."
    yield "不含个人信息；不受图幅范围限制，与页面上的合计一致。"
    yield "  Without personal data; not bound by the map's extent, like the totals on the page."
    yield ""
    yield "各图层要素数 / features of each layer"
    yield from told
    yield ""
    yield "来源与署名 / sources and attribution"
    yield from content["sources"] or ["无 none"]
