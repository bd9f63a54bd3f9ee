"""`step_50k`: one step in time over 50,000 points, each drawn as a disc, against `dl.GeoJSON` told by `hideout`.

Both pages show the same rows on a canvas of 1600 × 900. What counts is how long the page's main thread works a step,
drawing included.
"""

from collections.abc import Iterator

from playwright.sync_api import Page

from tests.bench.rival_page import rival
from tests.bench.screen import SIZE, Worked, chromium, engine_server, open_engine
from tests.city_columns import DAY, MIDDLE, city

NAME = "step_50k"
UNIT = "ms"
PAIRS = 5
POINTS = 50_000
STEPS = 20
RIVAL_STEPS = 4
_FRAMES = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
_OURS = f"""async ([from, step, n]) => {{
  for (let k = 0; k < n; k++) {{
    engine.moveTime(from + k * step);
    {_FRAMES}
  }}
}}"""
_RIVAL = f"""async ([from, step, n]) => {{
  for (let k = 0; k < n; k++) {{
    const asked = rival.asked;
    dash_clientside.set_props('city', {{ hideout: {{ at: from + k * step }} }});
    while (rival.asked === asked) await new Promise((done) => requestAnimationFrame(done));
    {_FRAMES}
  }}
}}"""


def run(_: object) -> Iterator[tuple[float, float]]:
    """Pairs of (ours, rival) in milliseconds a step, interleaved; the first pair warms up and is left out."""
    columns = {name: values[:POINTS] for name, values in city(POINTS, lives=False).items()}
    # Each begins some time in the year and stands for good, so that a step shows a few more.
    columns["t0"] = city(POINTS)["t0"][:POINTS]
    with engine_server(columns) as url, rival(columns) as rival_url, chromium() as browser:
        ours = open_engine(browser, url)
        ours.evaluate("engine.points.fewestToCount = Infinity")
        theirs = browser.new_page(viewport=SIZE)
        theirs.goto(rival_url)
        theirs.wait_for_function("window.rival?.drawn > 0")
        worked = {page: Worked(page) for page in (ours, theirs)}

        def cost(page: Page, code: str, start: int, steps: int) -> float:
            page.bring_to_front()
            before = worked[page].milliseconds()
            page.evaluate(code, [start, 3600, steps])
            return (worked[page].milliseconds() - before) / steps

        for turn in range(PAIRS + 1):
            start = MIDDLE + turn * DAY
            pair = cost(ours, _OURS, start, STEPS), cost(theirs, _RIVAL, start, RIVAL_STEPS)
            if turn:
                yield pair
