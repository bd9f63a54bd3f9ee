"""What an import answers: every input row in exactly one of four counts, and the rows that were refused."""

from dataclasses import dataclass
from typing import Any

from emmap.store.inbox import RejectedRow

FIRST_REJECTED = 1000
"""Rejected rows that the answer itself holds; the rest are read by `run_id`."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The counts of one import, in input rows (features of a GIS file, messages of a CAP file).

    `read` = `added` + `changed` + `unchanged` + `rejected`. `ended` counts features that a complete file no
    longer mentions. `abroad` counts good rows that lie outside Guangdong. `repaired`: areas whose
    outline crossed itself and could be mended without losing any of it. `examples`: rows marked as examples, which
    are passed over and not among `read`. `format` says how the file was read;
    `columns_ignored` which of its columns mean nothing to the layer. `run_id` is None after a dry run.
    """

    read: int
    added: int
    changed: int
    unchanged: int
    rejected: int
    ended: int = 0
    abroad: int = 0
    repaired: int = 0
    examples: int = 0
    run_id: int | None = None
    dry_run: bool = False
    format: str = ""
    columns_ignored: tuple[str, ...] = ()
    rejected_records: tuple[RejectedRow, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The answer of `POST /api/layers/{layer}/imports`."""
        return {
            "run_id": self.run_id,
            "dry_run": self.dry_run,
            "format": self.format,
            "read": self.read,
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "ended": self.ended,
            "rejected": self.rejected,
            "abroad": self.abroad,
            "repaired": self.repaired,
            "examples": self.examples,
            "columns_ignored": list(self.columns_ignored),
            "rejected_records": [
                {"position": row.position, "code": row.code, "message": f"{row.zh} {row.en}"}
                for row in self.rejected_records[:FIRST_REJECTED]
            ],
        }
