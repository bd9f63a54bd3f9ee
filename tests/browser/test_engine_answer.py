"""The browser's answer to a View is the definition's, row by row: time, knowledge, filters, counts."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from engine_server import ALWAYS, EPOCH, LAYERS, LISTS, NEVER, EngineServer, Row, holds, row, seconds
from playwright.sync_api import Page

from emmap.layer import Layer
from emmap.settings import ROOT
from emmap.store.packing import filtered_lists, filtered_scalars
from emmap.view import View, parse_view

TRUTH = json.loads((ROOT / "data" / "time_truth.json").read_text(encoding="utf-8"))
NOW = 700_000_000
ASK = """async ([id, queries, lists, now]) => {
  const [{ Answer }, { Columns }, { districtCodes, parseView }] = await Promise.all(
    ['answer', 'columns', 'view'].map((name) => import(`/static/engine/${name}.js`)));
  lists.districts.forEach((code) => districtCodes.add(code));
  const layers = await (await fetch('/api/layers?realm=exercise')).json();
  const layer = layers.find((one) => one.id === id);
  const columns = Columns.of(layer, lists);
  for (const rows of ['open', 'closed']) columns.load(await (await fetch(`${layer.points}&rows=${rows}`)).arrayBuffer());
  const answer = new Answer(layer, columns);
  return queries.map((query) => {
    answer.ask(parseView(query, layers).view, now);
    const T = answer.T;
    return {
      rows: answer.all().map((i) => columns.row[i]).sort((a, b) => a - b),
      counts: answer.counts(),
      next: [answer.nextChange(T, 1), answer.nextChange(T, -1)],
      histogram: answer.histogram(now - 100, now + 100, 10).map((row) => [...row]),
    };
  });
}"""


def ask(page: Page, layer: str, queries: list[str]) -> list[dict[str, Any]]:
    """What the browser answers to each."""
    found: list[dict[str, Any]] = page.evaluate(ASK, [layer, queries, LISTS, NOW])
    return found


def test_the_boundary_cases_of_time(engine_server: EngineServer, open_page: Callable[..., Page]) -> None:
    def instant(text: str | None, missing: int) -> int:
        return missing if text is None else seconds(datetime.fromisoformat(text))

    engine_server.put(
        "flood_warnings",
        *(
            row(
                number,
                t0=instant(case["valid_from"], NEVER),
                t1=instant(case["valid_to"], ALWAYS),
                r0=instant(case["recorded_from"], NEVER),
                r1=instant(case["recorded_to"], ALWAYS),
            )
            for number, case in enumerate(TRUTH)
        ),
    )
    queries = [f"at={case['at']}&known_at={case['known_at']}" for case in TRUTH]
    found = ask(open_page(engine_server.url), "flood_warnings", queries)
    assert {
        case["why"]: number in one["rows"]
        for number, (case, one) in enumerate(zip(TRUTH, found, strict=True))
    } == {case["why"]: case["holds"] for case in TRUTH}


def rows_of(layer: Layer, chance: random.Random, n: int) -> list[Row]:
    """Rows at random whose times lie within 100 s of NOW, so that bounds often coincide."""
    made = []
    for number in range(1, n + 1):
        t0 = chance.choice([NEVER, NOW + chance.randint(-100, 100)])
        t1 = chance.choice([ALWAYS, max(t0, NOW - 100) + chance.randint(1, 100)])
        r0 = NOW + chance.randint(-200, 0)
        r1 = chance.choice([ALWAYS, ALWAYS, r0 + chance.randint(0, 100)])
        values: Row = {"t0": t0, "t1": t1, "r0": r0, "r1": r1, "severity": chance.randint(0, 4)}
        for scalar in filtered_scalars(layer):
            codes = [choice.code for choice in scalar.info.choices] or ["甲", "乙", "a, b"]
            values[scalar.name] = chance.choice([None, *codes])
        for name, entries in [
            ("districts", LISTS["districts"]),
            *((f.name, codes_of(f)) for f in filtered_lists(layer)),
        ]:
            values[name] = chance.sample(entries, chance.choice([0, 1, 1, 2]))
        made.append(row(number, chance.choice([None, 113.3, 113.4]), **values))
    return made


def codes_of(field: Any) -> list[str]:
    """A list field's codes."""
    return [choice.code for choice in field.info.choices]


def queries_of(layer: Layer, chance: random.Random, n: int) -> list[str]:
    """Views at random, in text form."""

    def instant() -> datetime:
        return EPOCH + timedelta(seconds=NOW + chance.randint(-120, 120))

    made = []
    for _ in range(n):
        fields = {}
        for scalar in filtered_scalars(layer):
            if scalar.name != "status" and chance.random() < 0.3:
                fields[scalar.name] = tuple([c.code for c in scalar.info.choices][:2] or ["甲", "a, b"])
        view = View(
            hazard=tuple(chance.sample(LISTS["hazards"], 12)) if chance.random() < 0.4 else (),
            severity=tuple(sorted(chance.sample(range(5), 3))) if chance.random() < 0.4 else (),
            status=("ready", "open", "hotspot", "deployed") if chance.random() < 0.4 else (),
            district=tuple(chance.sample(LISTS["districts"], 4)) if chance.random() < 0.4 else (),
            at=chance.choice([None, instant()]),
            known_at=chance.choice([None, "at", instant()]),
            fields=fields,
        )
        made.append(view.to_query())
    return made


def told(rows: Iterable[Row], name: str) -> Counter[str]:
    """How many have each value; '' is none."""
    counts: Counter[str] = Counter()
    for one in rows:
        value = one.get(name)
        if name == "severity":
            counts[str(value)] += 1
        elif isinstance(value, list):
            counts.update(value or [""])
        else:
            counts[value or ""] += 1
    return counts


def without(view: View, name: str) -> View:
    """The View without its filter on a field."""
    plain = {"hazards": "hazard", "districts": "district", "severity": "severity", "status": "status"}
    if name in plain:
        return replace(view, **{plain[name]: ()})
    return replace(view, fields={key: wanted for key, wanted in view.fields.items() if key != name})


@pytest.mark.parametrize("name", ["rescue_teams", "risk_hotspots", "forest_fire_alerts", "general_alerts"])
def test_answers_agree_with_the_definition(
    engine_server: EngineServer, open_page: Callable[..., Page], name: str
) -> None:
    chance = random.Random(name)
    layer = LAYERS[name]
    rows = rows_of(layer, chance, 300)
    engine_server.put(name, *rows)
    queries = ["", "known_at=at", *queries_of(layer, chance, 40)]
    groups = ["severity", "districts", *(f.name for f in filtered_scalars(layer) + filtered_lists(layer))]
    some = 0
    for query, found in zip(queries, ask(open_page(engine_server.url), name, queries), strict=True):
        view, _ = parse_view(query, LAYERS, strict=True)
        wanted = [one for one in rows if holds(one, layer, view, NOW)]
        some += len(wanted)
        counts = found["counts"]
        assert (query, found["rows"]) == (query, [one["row"] for one in wanted])
        assert (query, counts["total"]) == (query, len(wanted))
        assert (query, counts["unplaced"]) == (query, sum(one["shape"] == 0 for one in wanted))
        for group in groups:
            shown = counts["severity"] if group == "severity" else counts["groups"][group]
            assert (query, group, Counter(shown)) == (query, group, told(wanted, group))
            free = [one for one in rows if holds(one, layer, without(view, group), NOW)]
            assert (query, group, Counter(counts["facets"][group])) == (query, group, told(free, group))
    assert some > 500


def test_the_histogram_counts_what_moving_t_would_show(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    chance = random.Random(7)
    layer = LAYERS["risk_hotspots"]
    rows = rows_of(layer, chance, 200)
    engine_server.put("risk_hotspots", *rows)
    at = (EPOCH + timedelta(seconds=NOW - 40)).isoformat()
    queries = ["", f"at={at}&known_at=at&status=open".replace("+", "%2B")]
    for query, found in zip(
        queries, ask(open_page(engine_server.url), "risk_hotspots", queries), strict=True
    ):
        view, _ = parse_view(query, LAYERS, strict=True)
        for column in range(10):
            middle = EPOCH + timedelta(seconds=NOW - 100 + 20 * column + 10)
            wanted = [one for one in rows if holds(one, layer, replace(view, at=middle), NOW)]
            have = {str(level): found["histogram"][level][column] for level in range(5)}
            assert (query, column, Counter(have)) == (query, column, told(wanted, "severity"))


def test_the_next_change_is_the_next_second_whose_answer_differs(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    rows = [
        row(1, t0=NOW - 50, t1=NOW + 30),
        row(2, t0=NOW + 40),
        row(3, t1=NOW - 20),
        row(4, t0=NOW - 10, t1=NOW + 5, r1=NOW - 1),
        row(5, t0=NOW - 70, t1=NOW + 20, r0=NOW - 5),
    ]
    engine_server.put("flood_warnings", *rows)
    then = (EPOCH + timedelta(seconds=NOW - 15)).strftime("%Y-%m-%dT%H:%M:%SZ")
    late = (EPOCH + timedelta(seconds=NOW + 40)).strftime("%Y-%m-%dT%H:%M:%SZ")
    queries = ["", f"at={then}", f"at={then}&known_at=at", f"at={late}"]
    found = ask(open_page(engine_server.url), "flood_warnings", queries)
    assert [[at and at - NOW for at in one["next"]] for one in found] == [
        [20, -20],
        [20, -20],
        [-10, -20],
        [None, 30],
    ]


def test_a_time_beyond_what_columns_count_still_has_an_answer(
    engine_server: EngineServer, open_page: Callable[..., Page]
) -> None:
    engine_server.put("flood_warnings", row(1), row(2, t0=0, t1=ALWAYS), row(3, t0=0, t1=NOW))
    found = ask(
        open_page(engine_server.url), "flood_warnings", ["at=2222-01-01T00:00:00Z", "at=1850-01-01T00:00:00Z"]
    )
    assert [one["rows"] for one in found] == [[1, 2], [1]]


def test_changes_grow_the_columns(engine_server: EngineServer, open_page: Callable[..., Page]) -> None:
    engine_server.put(
        "risk_hotspots",
        row(1, severity=4, status="open", industry="甲", districts=["440118"]),
        row(2, severity=1, status="open", industry="乙"),
    )
    page = open_page(engine_server.url)
    opened = [
        row(number, severity=number % 5, status="overdue", industry=f"新{number}", hazards=["11B03", "11G"])
        for number in range(3, 400)
    ]
    engine_server.commit("risk_hotspots", [*opened, row(400, r1=NOW)], {1: NOW})
    found = page.evaluate(
        """async ([lists, now]) => {
          const [{ Answer }, { Columns }, { emptyView }] = await Promise.all(
            ['answer', 'columns', 'view'].map((name) => import(`/static/engine/${name}.js`)));
          const layer = await (await fetch('/api/layers/risk_hotspots?realm=exercise')).json();
          const columns = Columns.of(layer, lists);
          columns.load(await (await fetch(layer.points)).arrayBuffer());
          const answer = new Answer(layer, columns);
          answer.ask(emptyView(), now);
          const before = answer.all().map((i) => columns.row[i]);
          const changes = await (await fetch(`/api/layers/risk_hotspots/changes?after=${layer.checkpoint}`)).json();
          const made = columns.apply(changes).length;
          const again = columns.apply(changes).length;
          columns.load(await (await fetch(`${layer.points}&rows=closed`)).arrayBuffer());
          answer.ask({ ...emptyView(), hazard: ['11G'], fields: { industry: ['新5', '新77'] } }, now);
          const chosen = answer.all().map((i) => columns.row[i]);
          answer.ask(emptyView(), now);
          return { before, made, again, chosen, counts: answer.counts() };
        }""",
        [LISTS, NOW + 10],
    )
    assert (found["before"], found["made"], found["again"], found["chosen"]) == ([1, 2], 398, 0, [5, 77])
    counts = found["counts"]
    assert (counts["total"], counts["severity"]["1"]) == (398, 1 + sum(n % 5 == 1 for n in range(3, 400)))
    assert counts["groups"]["industry"]["乙"] == 1
    assert counts["groups"]["hazards"] | {"": 0} == {
        **dict.fromkeys(LISTS["hazards"], 0),
        "11B03": 397,
        "11G": 397,
        "": 0,
    }
