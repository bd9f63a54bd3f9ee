"""Named SQL: the blocks of `sql/*.sql`, each headed by a line `-- name: what_it_does`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from sqlalchemy import TextClause, text

FOLDER = Path(__file__).parent / "sql"
_HEAD = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@lru_cache
def statements(file: str) -> Mapping[str, TextClause]:
    """The statements of one file by name; parameters are `:name`."""
    parts = _HEAD.split((FOLDER / f"{file}.sql").read_text(encoding="utf-8"))[1:]
    return {name: text(block.strip()) for name, block in zip(parts[::2], parts[1::2], strict=True)}
