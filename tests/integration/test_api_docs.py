"""docs/api.md names every route, permission and role that there is, and gives each role what it has."""

import re

from served import Web

from emmap.permissions import PERMISSIONS, ROLES
from emmap.settings import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_route_is_in_the_page(web: Web) -> None:
    with web.client("viewer") as client:
        paths = client.get("/api/openapi.json").json()["paths"]
    missing = [
        path
        for path in paths
        if path not in PAGE and f"…/{path.rsplit('/', 1)[1]}" not in PAGE and f"`{path}`" not in PAGE
    ]
    assert missing == []


def test_the_table_of_permissions_is_the_one_in_force() -> None:
    header = next(line for line in PAGE.splitlines() if line.startswith("| permission"))
    columns = [cell.strip() for cell in header.strip("|").split("|")][2:]
    assert columns == list(ROLES)
    told: dict[str, set[str]] = {role: set() for role in ROLES}
    for line in re.findall(r"^\| `\w+` \|.*✓.*$", PAGE, re.M):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for role, cell in zip(columns, cells[2:], strict=True):
            if cell == "✓":
                told[role].add(cells[0].strip("`"))
    assert told == {role: set(permissions) for role, permissions in PERMISSIONS.items()}
