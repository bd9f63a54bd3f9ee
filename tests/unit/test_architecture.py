"""Imports point one way (docs/architecture.md)."""

import ast
from pathlib import Path

from emmap.settings import ROOT

RANK = {
    "settings": 0, "errors": 0, "processes": 0, "codes": 1, "permissions": 2, "series": 2, "area": 2, "layer": 2,
    "hydrology": 3, "view": 3, "store": 4, "ingest": 5, "exercise": 6, "briefing": 6, "watch": 7, "command": 7, "ui": 8,
    "web": 9, "serve": 10, "commands": 11, "cli": 12,
}  # fmt: skip
"""A module may import from its own room and from rooms of a lower rank."""


def imported(path: Path) -> set[str]:
    """Dotted names that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def room(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "emmap" and len(parts) > 1 and parts[1] in RANK else None


def test_every_room_of_the_engine_has_a_rank() -> None:
    rooms = {path.stem for path in (ROOT / "emmap").iterdir() if path.suffix in ("", ".py")}
    assert rooms - {"__init__", "__pycache__", "py"} <= set(RANK)


def test_imports_point_one_way() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / "emmap").rglob("*.py")
        for own in [path.relative_to(ROOT / "emmap").parts[0].removesuffix(".py")]
        if own in RANK
        for name in imported(path)
        if (other := room(name)) and other != own and RANK[other] >= RANK[own]
    ]
    assert wrong == []


def test_the_engine_knows_no_particular_layer() -> None:
    names = [path.stem for path in (ROOT / "layers").glob("*.py") if path.stem != "__init__"]
    wrong = [
        f"{path.relative_to(ROOT)} names {name}"
        for path in (ROOT / "emmap").rglob("*.py")
        if "exercise" not in path.parts
        for name in names
        if name in path.read_text(encoding="utf-8")
    ]
    assert wrong == []


def test_layers_import_nothing_of_the_engine_but_its_contract() -> None:
    for path in (ROOT / "layers").glob("*.py"):
        rooms = {room(name) for name in imported(path)} - {None}
        assert rooms <= {"layer", "codes"}, path.name


def test_the_page_holds_no_sql() -> None:
    for folder in ("ui", "web", "briefing"):
        for path in (ROOT / "emmap" / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "select " not in text, path
            assert "sqlalchemy.text" not in text, path


def test_every_route_declares_what_it_needs() -> None:
    silent = [
        f"{path.relative_to(ROOT)} {node.name}"
        for path in (ROOT / "emmap").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for calls in [[ast.unparse(one) for one in node.decorator_list]]
        if any(one.startswith(("router.", "app.callback(", "app.api_route(")) for one in calls)
        if not any(one.startswith("needs(") for one in calls)
    ]
    assert silent == [], 'mark it @needs("…") below the route, see docs/access.md'
