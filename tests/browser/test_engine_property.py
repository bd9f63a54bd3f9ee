"""Whatever was written and whatever is asked, the browser's arrays answer as the store does.

Random histories (late reports, corrections, ends, several writings within a second) go through the store's own verbs;
the columns, from a random checkpoint on, and the changes after it go to the engine in Chromium; random Views are asked
of both; T and K then walk on by small steps. So are the differences between what was known at K and what is known now.
Instants come from a few neighbouring seconds, so that bounds meet in nearly every example.
"""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from engine_server import LISTS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page
from sqlalchemy import Connection

from emmap.layer import Act, End
from emmap.store import answers, differences, lineage, pieces, points, versions
from emmap.store.database import Database
from emmap.view import View
from emmap.web.api.layers import described
from tests.facts import DAY, HOTSPOTS, hotspot, second

TELL = """async ([layer, lists, downloads, parts, changes, queries, kinship]) => {
  const load = (name) => import(`/static/engine/${name}.js`);
  const [{ Answer }, { Columns }, { PiecedAnswer }] = await Promise.all(['answer', 'columns', 'pieced_answer'].map(load));
  const [{ districtCodes, parseView }, { decoded }, { hindsight, KINDS }] = await Promise.all(
    ['view', 'lineage', 'knowledge'].map(load));
  lists.districts.forEach((code) => districtCodes.add(code));
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const columns = Columns.of(layer, lists);
  for (const one of downloads) columns.load(bytes(one));
  const [whole, later] = kinship.map((one) => one && decoded(bytes(one)));
  const none = new Uint32Array(0);
  const kin = { ...(whole ?? { row: none, feature: none, content: none }), last: whole?.told.last ?? 0, later: new Map() };
  later.row.forEach((row, k) => kin.later.set(row, [later.feature[k], later.content[k]]));
  let answer = new Answer(layer, columns);
  // Once before the changes come and once after, so that steps, changes and new questions meet.
  const ask = (query) => {
    const { view } = parseView(query, [layer]);
    answer.ask(view, 0);
    const { total, unplaced, severity, groups } = answer.counts();
    const rows = (found) => Array.from(found, (i) => answer.columns.row[i]).sort((a, b) => a - b);
    const K = typeof view.known_at === 'number' ? view.known_at : view.at;
    const row = (i) => (i < 0 ? null : answer.columns.row[i]);
    const { kinds, before, after, ended, unknown } = hindsight(answer, view.at, K, kin);
    const differing = kinds.map((kind, k) => [KINDS[kind], row(before[k]), row(after[k])]);
    differing.push(...ended.map(([old, now]) => ['changed', row(old), row(now)]));
    return {
      unknown, differing: differing.sort((a, b) => (a[1] ?? a[2]) - (b[1] ?? b[2])),
      rows: rows(answer.all()), inside: rows(answer.inside(view.bbox)), total, unplaced,
      severity, district: groups.districts, hazard: groups.hazards, status: groups.status,
    };
  };
  queries.forEach(ask);
  columns.apply(changes);
  const told = [queries.map(ask)];
  if (!parts) return told;
  // The same in pieces: first as K stands at now, then with what was closed, then with what changed.
  window.fetch = async (address) => {
    const [, piece, rows] = /pieces.(.*)[?].*rows=(.*)$/.exec(address);
    return new Response(bytes(parts[`piece-${piece}-${rows}`]));
  };
  answer = new PiecedAnswer({ ...layer, cells: '/cells?edition=1' }, lists);
  answer.load(bytes(parts['cells-kinds']), bytes(parts['cells-open']));
  queries.filter((query) => !query.includes('known_at')).forEach(ask);
  answer.loadAll(bytes(parts['cells-all']));
  await answer.follow([113, 23, 114, 24]);
  queries.forEach(ask);
  answer.take(changes);
  return [...told, queries.map(ask)];
}"""
BY = ("severity", "district", "hazard", "status")
SECONDS = st.integers(0, 6)
HAZARDS = ("11B03", "11A01", "11G")
DISTRICTS = ("440118", "440112", "440106")
STATUSES = ("open", "rectifying", "overdue", "rectified")
PLACES = ((113.2, 23.1), (113.3, 23.1), (113.3, 23.2), None)
BOXES = ((113.2, 23.0, 113.3, 23.1), (113.25, 23.05, 113.35, 23.25), (113.3, 23.1, 113.4, 23.3))


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """Some of the values, or none."""
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


@st.composite
def an_act(draw: st.DrawFn) -> Act:
    """A state over a span, bounded or not, or an end."""
    name = draw(st.sampled_from("ABCD"))
    start = draw(SECONDS)
    if draw(st.integers(0, 4)) == 0:
        return End(1, name, second(start))
    return hotspot(
        name,
        start,
        draw(st.none() | st.integers(start + 1, 7)),
        at=draw(st.sampled_from(PLACES)),
        severity=draw(st.integers(0, 4)),
        status=draw(st.none() | st.sampled_from(STATUSES)),
        hazards=draw(some(HAZARDS)),
        districts=draw(some(DISTRICTS)),
    )


@st.composite
def a_view(draw: st.DrawFn) -> View:
    """T and K among the seconds in which everything happens, and filters."""
    return View(
        at=second(draw(st.integers(-1, 8))),
        known_at=draw(st.none() | st.just("at") | st.integers(-1, 8).map(second)),
        bbox=draw(st.none() | st.sampled_from(BOXES)),
        hazard=draw(some(HAZARDS)),
        severity=draw(st.lists(st.integers(1, 4), max_size=2, unique=True).map(tuple)),
        status=draw(some(STATUSES)),
        district=draw(some(DISTRICTS)),
    )


@st.composite
def some_views(draw: st.DrawFn) -> list[View]:
    """Views of every kind, then one from which T and K go on by small steps, together or apart."""
    found = draw(st.lists(a_view(), min_size=5, max_size=5))
    steps = st.integers(-1, 2)
    at, known = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    for _ in range(4):
        at, known = at + draw(steps), known + draw(steps)
        together = draw(st.integers(0, 3)) == 0
        found.append(replace(found[4], at=second(at), known_at="at" if together else second(known)))
    return found


writings = st.lists(
    st.tuples(st.integers(0, 13), st.lists(an_act(), min_size=1, max_size=4)), min_size=1, max_size=5
)
"""(half second of the day at which it is recorded, what is said)."""


@pytest.fixture(scope="module")
def connection(module_database: Database) -> Iterator[Connection]:
    """One connection, on which every example is undone."""
    with module_database.engine("app", "exercise").connect() as conn:
        yield conn


@settings(
    max_examples=30,
    phases=[Phase.generate],  # examples are small as they are; to look for smaller ones takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(writings=writings, checkpoint=st.integers(0, 4), views=some_views())
def test_browser_and_store_answer_alike(
    connection: Connection,
    modules: Page,
    writings: list[tuple[int, list[Act]]],
    checkpoint: int,
    views: list[View],
) -> None:
    with connection.begin() as transaction:
        stamps = [
            written.stamp
            for half, acts in sorted(writings, key=lambda one: one[0])
            if (
                written := versions.write(connection, HOTSPOTS, acts, at=DAY + timedelta(seconds=half / 2))
            ).stamp
        ]
        told = _told_by_browser(
            connection, modules, stamps[checkpoint % len(stamps)] if stamps else None, views
        )
        wanted = [_told_by_store(connection, view) for view in views]
        transaction.rollback()
    for answers_of in told:
        for view, have, want in zip(views, answers_of, wanted, strict=True):
            assert (view.to_query(), have) == (view.to_query(), want)


def _told_by_browser(
    conn: Connection, page: Page, stamp: datetime | None, views: list[View]
) -> list[list[dict[str, Any]]]:
    """What the engine answers with the columns of this stamp and the changes since, whole and in pieces; without a stamp,
    with changes alone."""
    downloads = []
    parts = None
    if stamp is not None:
        with pytest.MonkeyPatch.context() as small:
            small.setattr(pieces, "MOST_ROWS", 2)
            small.setattr(pieces, "MOST_CELLS", 2)
            parts = {
                name: base64.b64encode(content).decode()
                for name, content in pieces.parts(conn, HOTSPOTS, "exercise", stamp)
            }
        for rows in ("open", "closed"):
            content = points.columns(conn, HOTSPOTS, "exercise", stamp, rows=rows)
            downloads.append(base64.b64encode(content).decode())
    changes = points.changes(conn, HOTSPOTS, stamp, whole=True)
    message = points.message_of(changes, "exercise")
    new = [*message["opened"].get("row", []), *message["closed"]["row"]]
    kinship = [
        stamp and base64.b64encode(lineage.lineage(conn, HOTSPOTS, "exercise", stamp)).decode(),
        base64.b64encode(lineage.lineage_of(conn, HOTSPOTS, "exercise", new)).decode(),
    ]
    queries = [view.to_query() for view in views]
    found = page.evaluate(TELL, [described(HOTSPOTS), LISTS, downloads, parts, message, queries, kinship])
    for answers_of in found:
        for one in answers_of:
            for name in BY:
                one[name] = {value: n for value, n in one[name].items() if n}
    return list(found)


def _told_by_store(conn: Connection, view: View) -> dict[str, Any]:
    everywhere = replace(view, bbox=None)  # the extent filters lists, not counts
    counted = {name: answers.counts(conn, HOTSPOTS, everywhere, [name]) for name in BY}
    held = _features(conn, everywhere)
    inside = _features(conn, view) if view.bbox else [one for one in held if one["geometry"]]
    then = replace(everywhere, known_at=everywhere.known_at or "at")
    apart = differences.differences(conn, HOTSPOTS, then, replace(everywhere, known_at=None), limit=1000)
    return {
        "unknown": [],
        "differing": sorted(
            ([kind, before, after] for kind, _, before, after in apart.rows), key=lambda one: one[1] or one[2]
        ),
        "rows": _rows(held),
        "inside": _rows(inside),
        "total": counted["severity"]["total"],
        "unplaced": counted["severity"]["unplaced"],
        **{
            name: {
                str(one[name] or (0 if name == "severity" else "")): one["count"] for one in told["counts"]
            }
            for name, told in counted.items()
        },
    }


def _features(conn: Connection, view: View) -> list[dict[str, Any]]:
    return answers.features(conn, HOTSPOTS, view, limit=1000).features


def _rows(features: list[dict[str, Any]]) -> list[int]:
    return sorted(one["properties"]["row"] for one in features)
