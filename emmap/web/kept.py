"""Downloads that are kept on disk, packed, until newer ones take their place."""

import gzip
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock

import zstandard

_LEVEL = 9
"""A sixth smaller than level 3, for 0.15 s per million rows, once a checkpoint."""
_QUICK = 3
_EDITIONS = 2
"""Whole sets that are kept: the newest, and the one that pages may still be loading."""
_building = tuple(Lock() for _ in range(8))
"""Many pages may ask at once for what is not kept yet: one builds it, the others wait."""


def packed(body: bytes, encoding: str) -> bytes:
    """A body in an encoding that the caller takes; "" plain."""
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=_LEVEL).compress(body)
    return gzip.compress(body, compresslevel=5, mtime=0) if encoding == "gzip" else body


def body(path: Path, build: Callable[[], bytes], *, keep: bool) -> bytes:
    """The body at `path`, built where it is not there; kept instead of the older ones of its folder."""
    with _building[hash(path.name) % len(_building)]:
        found = _read(path)
        if found is None:
            found = build()
            if keep:
                _keep(path, found)
        return found


def one_of(folder: Path, name: str, build: Callable[[], Iterable[tuple[str, bytes]]]) -> bytes | None:
    """A body of a set that is built and kept whole in `folder`, packed with zstd; None where the set has none of that name.

    Raises OSError where the set cannot be written: it is too large to build for each of its parts.
    """
    with _building[hash(folder.name) % len(_building)]:
        if not folder.exists():
            _keep_all(folder, build())
    return _read(folder / name)


def newest(series: Path, edition: str) -> str | None:
    """The name of the newest set of an edition that is kept whole in a folder of sets."""
    if not series.is_dir():
        return None
    return max((one.name for one in series.iterdir() if one.name.startswith(f"{edition}-")), default=None)


def repacked(found: bytes, encoding: str) -> bytes:
    """A body packed with zstd in another encoding."""
    if encoding == "zstd":
        return found
    return packed(zstandard.ZstdDecompressor().decompress(found), encoding)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _keep(path: Path, found: bytes) -> None:
    """A full or read-only disk only costs time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        part.write_bytes(found)
        part.rename(path)
        for older in path.parent.iterdir():
            if older.name < path.name:
                older.unlink(missing_ok=True)
    except OSError:
        return


def _keep_all(folder: Path, bodies: Iterable[tuple[str, bytes]]) -> None:
    part = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    compressor = zstandard.ZstdCompressor(level=_QUICK, write_content_size=True)
    for name, found in bodies:
        (part / name).write_bytes(compressor.compress(found))
    try:
        part.rename(folder)
    except OSError:
        # Another process was faster: its set is the same.
        shutil.rmtree(part, ignore_errors=True)
        if not folder.exists():
            raise
    older = sorted(one for one in folder.parent.iterdir() if one.name < folder.name and one.is_dir())
    for one in older[: max(0, len(older) - _EDITIONS + 1)]:
        shutil.rmtree(one, ignore_errors=True)
