"""Zip archives that hold nothing but their files: the same files give the same bytes."""

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip archive can tell; it means none."""


def packed(files: Mapping[str, bytes]) -> bytes:
    """An archive of the files, in their order, without times."""
    raw = BytesIO()
    with ZipFile(raw, "w") as archive:
        for name, body in files.items():
            entry = ZipInfo(name, _EPOCH)
            entry.compress_type = ZIP_DEFLATED
            entry.create_system = 3  # Unix, whatever machine packs it
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, body)
    return raw.getvalue()


def repacked(archive: bytes) -> bytes:
    """An Office file without the time at which it was packed; its parts keep their order."""
    with ZipFile(BytesIO(archive)) as parts:
        return packed({one.filename: parts.read(one) for one in parts.infolist()})
