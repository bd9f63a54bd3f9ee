"""Ten million versions of hotspots in one layer, made by the database itself, for the rows about a layer in pieces.

Each hotspot's life through 2020: open, overdue, rectified, so three versions, all of them known now. Clustered as a city
is; the same rows at every call.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, Page
from sqlalchemy import text

from emmap.store import migrate
from emmap.store.database import Database
from tests.bench.application import application
from tests.bench.city import HOTSPOTS
from tests.served import Web

VERSIONS = 10_000_000
SPANS = 3
CENTRE = (23.2, 113.4)
ZOOM = 10
MIDDLE = 646_848_000
"""2020-07-01T00:00:00+08:00 in seconds since 2000."""
_ADDRESS = (
    "/?layers=risk_hotspots&at=2020-07-01T00:00:00%2B08:00&status=open,overdue&bbox=112.3,22.44,114.5,23.96"
)
_DRAWN = """async (least) => {
  const layer = (map) => {
    let found = null;
    map.eachLayer((one) => (found = one.answers ? one : found));
    return found;
  };
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  while (!window.emmapMaps) await frame();
  const map = await window.emmapMaps.when('map');
  let points;
  for (;;) {
    points = layer(map);
    if (points?.answers.length === 1 && points.answers[0].counts().total > least && points.drawn > 0) break;
    await frame();
  }
  await frame();
  await frame();
  const took = performance.now();
  const [answer] = points.answers;
  answer.prepare();
  const none = { layers: null, hazard: [], severity: [], district: [], q: '', known_at: null, fields: {} };
  const view = { ...none, status: ['open', 'overdue'] };
  window.bench = { points, view, now: answer.T };
  map.setView([23.2, 113.4], 10, { animate: false });
  return took;
}"""
_INSERT = """
insert into version (layer, feature_id, valid, recorded, geom, hazards, severity, status, districts, properties, content_hash)
select 'risk_hotspots', feature, tstzrange(starts, ends), tstzrange(starts + late, null),
       geom, array[hazard], severity, status, array[district],
       jsonb_build_object('name', '隐患(演练)', 'industry', industry), '\\x00'
from (
  select 'YL-' || n as feature,
         timestamptz '2020-01-01 00:00:00+00' + (1 + floor(random() * 31536000)) * interval '1 second' as found,
         (1 + floor(random() * 2592000)) * interval '1 second' as until_due,
         (1 + floor(random() * 2592000)) * interval '1 second' as until_done,
         floor(random() * 7200) * interval '1 second' as late,
         -- Four hundred hubs, and around each of them a spread that thins out.
         st_setsrid(st_makepoint(
           113.4 + 0.3 * sin(hub * 12.9898) * cos(hub * 4.1) + 0.03 * ln(1 - random()) * sign(random() - 0.5),
           23.2 + 0.3 * sin(hub * 78.233) * cos(hub * 1.7) + 0.03 * ln(1 - random()) * sign(random() - 0.5)), 4326) as geom,
         (array['11B03', '11A02', '11G', '11A01'])[1 + floor(random() * 4)] as hazard,
         (array[1, 1, 1, 1, 1, 1, 2, 2, 3, 4])[1 + floor(random() * 10)] as severity,
         (array['440103', '440104', '440105', '440106', '440111', '440112', '440113', '440114', '440115', '440117',
                '440118'])[1 + hub % 11] as district,
         (array['工贸', '建筑施工', '交通运输', '消防', '水务', '林业', '燃气', '危险化学品'])
           [1 + floor(random() * 8)] as industry
  from (select n, floor(400 * random() * random())::int as hub from generate_series(1, :features) as n) as numbered
) as made
cross join lateral (values
  ('open', found, found + until_due),
  ('overdue', found + until_due, found + until_due + until_done),
  ('rectified', found + until_due + until_done, null)) as life (status, starts, ends)
"""


def build(database: Database, versions: int = VERSIONS) -> None:
    """Fills the hotspots of the realm `exercise`, once."""
    with database.engine("app", "exercise").connect() as conn:
        if conn.execute(text("select exists (select from version)")).scalar_one():
            return
    migrate.drop_indexes(database, "exercise", HOTSPOTS)
    with database.engine("app", "exercise").begin() as conn:
        conn.execute(text("select setseed(0.2020)"))
        conn.execute(text("select begin_history(:layer)"), {"layer": HOTSPOTS.id})
        conn.execute(text(_INSERT), {"features": versions // SPANS})
    migrate.analyze(database, "exercise", HOTSPOTS)


@contextmanager
def ten_million_page(database: Database) -> Iterator[Web]:
    """The application before it, its parts built."""
    with application(database) as web:
        client = web.client()
        client.timeout = 1800
        answer = client.get(f"/api/layers/{HOTSPOTS.id}/cells", params={"realm": "exercise", "part": "kinds"})
        assert answer.is_success
        yield web


def open_ours(context: BrowserContext, web: Web) -> tuple[Page, float]:
    """The page, and milliseconds from the address until the layer is here and drawn; `bench` is ready for steps then."""
    page = context.new_page()
    page.goto(f"{web.url}{_ADDRESS}", wait_until="commit")
    return page, float(page.evaluate(_DRAWN, VERSIONS // 100))
