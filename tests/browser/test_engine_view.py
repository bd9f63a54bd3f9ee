"""The View in the browser reads and writes the same text as `emmap/view.py`."""

from datetime import datetime
from typing import Any

from engine_server import LAYERS, LISTS, seconds
from playwright.sync_api import Page

from emmap.layer import Layer
from emmap.view import View, parse_view
from emmap.web.api.layers import described

GOOD = [
    "",
    "realm=exercise&layers=risk_hotspots,flood_warnings",
    "layers=",
    "bbox=113.1,22.9,113.7,23.4",
    "bbox=-180,-90,180,90&hazard=11B03&hazard=11B01,11B03",
    "bbox=1.5e1, 2 ,%2B16,3.",
    "area=box:113.1,22.9,113.7,23.4&area=circle:113.32,23.12,4999.6",
    "area=box:-180,-90,180,90",
    "area=polygon:113.1,22.9,113.7,22.9,113.4,23.4,113.1,22.9&severity=4",
    "area=polygon:0,0,0.000001,0,%2B1.,-1,.5,-.5",
    "area=polygon:0,0,2,0,2,2,1,1,0,2",
    "area=district:440118",
    "severity=3..4&severity=1",
    "severity=2,4",
    "status=ready,open&district=440118",
    "q=%E6%96%B0%E5%A1%98+a%2Bb%26c%3D%25",
    "q=+x+",
    "q=" + "%F0%A0%80%80" * 200,
    "at=2020-05-22T01:12:00%2B08:00",
    "at=2020-05-22T01:12:00+08:00",
    "at=2020-05-22T01:12:00.999Z&known_at=at",
    "at=1999-12-31T23:59:59Z&known_at=2020-02-29T12:00-03:30",
    "team_class=social&team_class=industry&industry=%E5%8D%B1%2C+x&industry=b",
    "sensor=MODIS&sensor=MODIS",
]
BAD = [
    "at=yesterday",
    "at=2020-05-22T01:12:00",
    "at=2020-02-30T00:00:00Z",
    "at=2020-13-01T00:00:00Z",
    "at=2020-05-22T25:00:00Z",
    "at=2020-05-22T24:00:00Z",
    "at=",
    "bbox=1,2,3",
    "bbox=1,2,3,4,5",
    "bbox=3,2,1,4",
    "bbox=,1,2,3",
    "bbox=a,b,c,d",
    "bbox=0x1,0,3,4",
    "bbox=nan,1,2,3",
    "bbox=-181,0,0,1",
    "area=",
    "area=blob:1,2",
    "area=box:1,2,3",
    "area=box:3,1,1,4",
    "area=circle:113,23",
    "area=circle:113,23,0.4",
    "area=circle:113,23,500001",
    "area=circle:113,23,1e3",
    "area=circle:181,23,1000",
    "area=polygon:1,1,2,2",
    "area=polygon:1,1,2,2,3",
    "area=polygon:0,0,2,2,2,0,0,2",
    "area=polygon:0,0,2,0,1,0,1,2",
    "area=polygon:0,0,1,0,2,0",
    "area=polygon:0,0,4,0,4,2,2,0,0,2",
    "area=district:000000",
    "severity=5",
    "severity=",
    "severity=4..3",
    "severity=1..2..3",
    "hazard=99X",
    "district=000000",
    "status=happy",
    "layers=nowhere",
    "realm=A%27;--",
    "realm=",
    "colour_of_my_hat=red",
    "__proto__=1",
    "constructor=1",
    "team_class=royal",
    "known_at=later",
    "q=" + "x" * 201,
]
READ = """async ([queries, layers, lists]) => {
  const { bound, districtCodes, formatView, parseView } = await import('/static/engine/view.js');
  lists.districts.forEach((code) => districtCodes.add(code));
  return queries.map((query) => {
    const read = parseView(query, layers);
    return { ...read, text: formatView(read.view), bound: layers.map((layer) => bound(read.view, layer)) };
  });
}"""


def as_browser(view: View) -> dict[str, Any]:
    """A View as the browser holds it."""
    known = view.known_at
    return {
        "realm": view.realm,
        "layers": None if view.layers is None else list(view.layers),
        "bbox": None if view.bbox is None else list(view.bbox),
        "area": None if view.area is None else str(view.area),
        "hazard": list(view.hazard),
        "severity": list(view.severity),
        "status": list(view.status),
        "district": list(view.district),
        "q": view.q,
        "at": None if view.at is None else seconds(view.at),
        "known_at": seconds(known) if isinstance(known, datetime) else known,
        "fields": {name: list(wanted) for name, wanted in view.fields.items()},
    }


def bound(view: View, layer: Layer) -> dict[str, Any]:
    """The filters that bind a layer, as plain lists."""
    return {name: list(wanted) for name, wanted in view.bound(layer).items()}


def read(page: Page, queries: list[str]) -> dict[str, Any]:
    """What the browser makes of text forms."""
    layers = [described(layer) for layer in LAYERS.values()]
    return dict(zip(queries, page.evaluate(READ, [queries, layers, LISTS]), strict=True))


def test_a_text_form_is_read_as_the_server_does(modules: Page) -> None:
    wanted = {query: parse_view(query, LAYERS, strict=True)[0] for query in GOOD}
    found = read(modules, GOOD)
    assert {query: one["view"] for query, one in found.items()} == {
        query: as_browser(view) for query, view in wanted.items()
    }
    assert [one["notes"] for one in found.values()] == [[] for _ in GOOD]


def test_what_the_browser_writes_the_server_reads_and_the_other_way(modules: Page) -> None:
    wanted = [parse_view(query, LAYERS, strict=True)[0] for query in GOOD]
    found = read(modules, GOOD)
    assert [parse_view(one["text"], LAYERS, strict=True)[0] for one in found.values()] == wanted
    written = [view.to_query() for view in wanted]
    again = read(modules, written)
    assert [again[text]["view"] for text in written] == [as_browser(view) for view in wanted]


def test_what_cannot_be_read_is_named_and_the_rest_survives(modules: Page) -> None:
    found = read(modules, [f"{query}&sensor=MODIS" for query in BAD])
    for query, one in zip(BAD, found.values(), strict=True):
        view, notes = parse_view(f"{query}&sensor=MODIS", LAYERS, strict=False)
        assert (query, len(notes)) == (query, 1)
        assert (query, [note["name"] for note in one["notes"]]) == (query, [query.partition("=")[0]])
        assert (query, one["view"]) == (query, as_browser(view))


def test_a_filter_binds_the_layers_that_declare_the_field(modules: Page) -> None:
    query = "hazard=11B03&severity=3..4&status=ready&district=440118&team_class=social"
    wanted, _ = parse_view(query, LAYERS, strict=True)
    found = read(modules, [query])[query]
    assert found["bound"] == [bound(wanted, layer) for layer in LAYERS.values()]


def test_the_store_of_the_view_owns_the_address(modules: Page) -> None:
    modules.evaluate(
        """async () => {
          const { ViewStore, emptyView } = await import('/static/engine/view.js');
          const store = new ViewStore(emptyView(), () => 'lang=en');
          window.seen = [];
          const stop = store.subscribe((view) => window.seen.push(view.q));
          store.set({ q: '新塘' });
          store.set({ q: 'x' }, { rest: false });
          store.write('replaceState');
          stop();
          store.set({ q: 'y' }, { rest: false });
        }"""
    )
    assert modules.evaluate("[location.search, window.seen, history.length]") == [
        "?q=x&lang=en",
        ["新塘", "x"],
        modules.evaluate("history.length"),
    ]
