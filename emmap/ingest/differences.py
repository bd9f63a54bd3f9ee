"""From what stands to what is wanted: the acts that make the difference, in a feature's known timeline."""

from collections.abc import Sequence

from emmap.layer import Act, End, Record
from emmap.store.chains import Standing
from emmap.store.copying import content_hash


def acts_between(feature: str, wanted: Sequence[Record], standing: Sequence[Standing]) -> list[Act]:
    """The acts that make `standing` into `wanted`; what is the same from the start on is left alone."""
    same = 0
    while same < min(len(wanted), len(standing)) and _is(wanted[same], standing[same]):
        same += 1
    if same == len(standing):
        return list(wanted[same:])
    starts = [standing[same].valid_from, *(record.valid_from for record in wanted[same : same + 1])]
    first = min((at for at in starts if at is not None), default=None)
    return [End(0, feature, first), *wanted[same:]]


def _is(record: Record, standing: Standing) -> bool:
    return (record.valid_from, record.valid_to, content_hash(record)) == (
        standing.valid_from,
        standing.valid_to,
        standing.content_hash,
    )
