"""Browser and store answer a View alike, over the real wire: columns, closed rows, changes, codes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine_server import LAYERS, LISTS
from playwright.sync_api import Page
from served import Web

from emmap import exercise
from emmap.ingest.importer import import_file
from emmap.layer import Layer
from emmap.view import parse_view

ASK = """async ([queries, lists]) => {
  const [{ Answer }, { Columns }, { districtCodes, parseView }] = await Promise.all(
    ['answer', 'columns', 'view'].map((name) => import(`/static/engine/${name}.js`)));
  lists.districts.forEach((code) => districtCodes.add(code));
  const layers = window.layers;
  const told = {};
  for (const layer of layers.filter((one) => one.points)) {
    const columns = Columns.of(layer, lists);
    for (const rows of ['open', 'closed']) {
      columns.load(await (await fetch(`${layer.points}&rows=${rows}`)).arrayBuffer());
    }
    columns.apply(await (await fetch(`/api/layers/${layer.id}/changes?realm=exercise&after=${layer.checkpoint}`)).json());
    const answer = new Answer(layer, columns);
    told[layer.id] = queries.map((query) => {
      answer.ask(parseView(query, layers).view, 800000000);
      const { total, unplaced, severity, groups } = answer.counts();
      return { total, unplaced, severity, district: groups.districts, hazard: groups.hazards, status: groups.status };
    });
  }
  return told;
}"""
QUERIES = [
    "at=2020-05-22T01:12:00%2B08:00",
    "at=2020-05-22T01:12:00%2B08:00&known_at=at",
    "at=2020-05-22T01:12:00%2B08:00&known_at=2020-05-21T12:00:00Z",
    "at=2020-05-22T01:12:00%2B08:00&severity=3..4&hazard=11B03,11A01",
    "at=2020-10-01T00:00:00Z&district=440118,440106&status=open,ready,overdue",
    "at=2026-06-01T00:00:00Z",
    "at=2026-06-01T00:00:00Z&known_at=at",
    "at=2026-06-01T00:00:00Z&team_class=industry&status=standby",
]
BY = ["severity", "district", "hazard", "status"]


def for_layer(query: str, layer: Layer) -> str:
    """The question as the layer's own route takes it: with the filters that bind the layer."""
    view, _ = parse_view(query, LAYERS, strict=True)
    bound = view.bound(layer)
    fields = {name: wanted for name, wanted in view.fields.items() if name in bound}
    return replace(view, status=bound.get("status", ()), fields=fields).to_query()


def test_counts_of_the_browser_are_the_stores(
    web: Web, open_page: Callable[..., Page], open_context: Callable[..., Any], samples: Any
) -> None:
    db = web.database
    exercise.load(db, "city-2020", LAYERS, share=0.002)
    context = open_context(extra_http_headers={"authorization": f"Bearer {web.token('viewer')}"})
    page = open_page(f"{web.url}/healthz", context)
    page.evaluate(
        "fetch('/api/layers?realm=exercise').then((a) => a.json()).then((all) => (window.layers = all))"
    )
    for name, layer, datum in (
        ("hotspots.csv", "risk_hotspots", "wgs84"),
        ("teams_gcj02.xlsx", "rescue_teams", "gcj02"),
        ("firms/modis_c6_1_nrt_24h_2022-02-26_east_asia.csv", "forest_fire_alerts", "wgs84"),
    ):
        result = import_file(db, "exercise", layer, name, (samples / name).read_bytes(), datum=datum)
        assert result.as_json()["added"] > 0
    found = page.evaluate(ASK, [QUERIES, LISTS])
    client = web.client("viewer")
    some = 0
    assert {"risk_hotspots", "rescue_teams", "forest_fire_alerts", "flood_warnings"} <= set(found)
    for layer in found:
        for query, told in zip(QUERIES, found[layer], strict=True):
            for by in BY:
                if told.get(by) is None:
                    continue
                answer = client.get(
                    f"/api/layers/{layer}/counts?realm=exercise&by={by}&{for_layer(query, LAYERS[layer])}"
                ).json()
                wanted = {
                    str(one[by] or (0 if by == "severity" else "")): one["count"] for one in answer["counts"]
                }
                have = {value: n for value, n in told[by].items() if n}
                assert (layer, query, by, have) == (layer, query, by, wanted)
                assert (layer, query, told["total"], told["unplaced"]) == (
                    layer,
                    query,
                    answer["total"],
                    answer["unplaced"],
                )
            some += told["total"]
    assert some > 200
