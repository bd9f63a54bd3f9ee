"""What the tests of page and engine share."""

import json

from playwright.sync_api import Page

from emmap.ingest.importer import import_file
from emmap.store.database import Database

LONGEST_MS = 15_000


def until(page: Page, expression: str) -> None:
    """Waits until a JavaScript expression is true, looked at on every frame.

    `page.wait_for_function` would evaluate text in the page, which its content security policy refuses.
    """
    page.evaluate(
        f"""async () => {{
          const end = performance.now() + {LONGEST_MS};
          while (!({expression})) {{
            if (performance.now() > end) throw new Error('never true: ' + {json.dumps(expression)});
            await new Promise((resolve) => requestAnimationFrame(resolve));
          }}
        }}"""
    )


def violations(page: Page, axe: str) -> list[tuple[str, list[str]]]:
    """Serious rules of accessibility that the page breaks, and where."""
    page.evaluate(f"window.axe || (() => {{{axe}}})()")
    answer = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        (one["id"], [str(node["target"]) for node in one["nodes"]])
        for one in answer["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def put(db: Database, layer: str, content: str) -> None:
    """Imports a table into the exercise realm; every row must go in."""
    result = import_file(db, "exercise", layer, "演练.csv", content.encode()).as_json()
    assert result["rejected"] == 0, result
