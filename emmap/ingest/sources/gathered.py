"""What a source has brought before anything of it is stored."""

from dataclasses import dataclass, field
from typing import Literal

from emmap.ingest.sources.faults import Fault
from emmap.store.sources import Known


@dataclass(frozen=True, slots=True)
class Document:
    """A file or message as it came, and its name for people."""

    content: bytes
    name: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one run brought. No documents: nothing new.

    `documents` go in together; `carrier` is what brought them (an index), else the first of them. `known` counts as
    known once they are in; `forget_others`: whatever else was taken before is no longer there. `unreadable`: what a
    document that cannot be read means: a fault of the run; one part that is asked for again; or a refused message.
    `faults`: parts that did not come, and will be asked for again.
    """

    documents: tuple[Document, ...]
    known: Known
    carrier: Document | None = None
    forget_others: bool = False
    unreadable: Literal["fault", "again", "refused"] = "fault"
    faults: tuple[Fault, ...] = field(default=())

    @property
    def size(self) -> int:
        """Bytes that came."""
        return sum(len(one.content) for one in self.documents) + (
            len(self.carrier.content) if self.carrier else 0
        )
