"""A drop folder: files that people and programs put there are read one by one, and moved to `done` or `failed`."""

import contextlib
import hashlib
import os
import stat
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from emmap.ingest.sources.config import SourceConfig
from emmap.ingest.sources.faults import Fault
from emmap.ingest.sources.gathered import Document, Gathered
from emmap.store.sources import Item, Known, Outcome

SETTLED = timedelta(seconds=5)
"""A file that was written to within this time may still be growing."""
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~")
_KEPT_FOR = "理由.txt"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file that is ready to be read."""

    path: Path
    gathered: Gathered


def next_file(one: SourceConfig, known: Known, now: datetime) -> Dropped | None:
    """The oldest file that is complete; None where there is none. One that was taken already, by a worker that was
    killed before it could move it, brings no documents. Raises `Fault`."""
    folder = Path(one.folder)
    try:
        waiting = sorted(_ready(folder, now), key=lambda path: (path.stat().st_mtime_ns, path.name))
    except OSError as error:
        raise _unusable(folder, error) from None
    for path in waiting:
        content = _read(path, one.size_mb << 20)
        if content is None:
            continue
        digest = hashlib.sha256(content).digest()
        item = known.items.get(path.name)
        documents = () if item is not None and item.sha256 == digest else (Document(content, path.name),)
        after = Known(items={path.name: Item(path.name, sha256=digest)})
        return Dropped(path, Gathered(documents, after, forget_others=True))
    return None


def set_aside(path: Path, outcome: Outcome, reason: tuple[str, str] | None, now: datetime) -> None:
    """Moves a file that was read to `done`, one that waits for a person to `held`, one that could not be read to
    `failed`; with a reason beside it where there is one. Raises `Fault` where it cannot be moved."""
    target = path.parent / (outcome if outcome in ("failed", "held") else "done")
    try:
        target.mkdir(exist_ok=True)
        moved = _free(target, path.name, now)
        if reason is not None:
            moved.with_name(f"{moved.name}.{_KEPT_FOR}").write_text(
                "\n".join(reason) + "\n", encoding="utf-8"
            )
        with contextlib.suppress(FileNotFoundError):
            path.rename(moved)
    except OSError as error:
        raise _unusable(target, error) from None


def _ready(folder: Path, now: datetime) -> list[Path]:
    """Ordinary files, no links, that nobody writes to any more."""
    found = []
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name.lower().endswith(_UNFINISHED):
            continue
        about = path.lstat()
        settled = now.timestamp() - about.st_mtime >= SETTLED.total_seconds()
        if stat.S_ISREG(about.st_mode) and settled:
            found.append(path)
    return found


def _read(path: Path, limit: int) -> bytes | None:
    """The file whole; None where it is gone or grew while it was read. One byte over the limit tells that it is."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no path
        before = os.fstat(descriptor)
        content = file.read(limit + 1)
        after = os.fstat(descriptor)
    return content if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) else None


def _free(folder: Path, name: str, now: datetime) -> Path:
    """A name in the folder that is not taken yet."""
    path = folder / name
    number = 0
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem}.{now:%Y%m%dT%H%M%SZ}.{number}{Path(name).suffix}"
    return path


def _unusable(folder: Path, error: OSError) -> Fault:
    reason = error.strerror or type(error).__name__
    return Fault(
        "folder_unusable",
        f"文件夹 {folder} 用不了（{reason}）；请检查它是否存在，运行 emmap 的用户能否读写。",
        f"The folder {folder} cannot be used ({reason}): check that it exists and that emmap's user may read and write it.",
    )
