"""Zip archives that arrive (spreadsheets are zips too): opened only when what they unpack to is bearable."""

import io
import zipfile
from pathlib import PurePosixPath

from emmap.errors import TooLarge, Unreadable

MOST_ENTRIES = 10_000


def open_archive(content: bytes, limit: int) -> zipfile.ZipFile:
    """The archive, when it unpacks to at most `limit` bytes.

    Raises `TooLarge`, and `Unreadable` for damage, a password or a path that leads out of the archive.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise damaged() from error
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    if total > limit or len(entries) > MOST_ENTRIES:
        raise TooLarge(
            f"压缩包解开后有 {total / 2**20:,.0f} MiB、{len(entries):,} 个文件,超过上限 {limit / 2**20:,.0f} MiB,"
            "已拒绝。请拆分后再导入。",
            f"The archive unpacks to {total / 2**20:,.0f} MiB in {len(entries):,} files; the limit is "
            f"{limit / 2**20:,.0f} MiB. Refused: split it and import the parts.",
            code="archive_too_large",
        )
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts:
            raise Unreadable(
                "压缩包里有指向包外的路径,已拒绝。请重新打包。",
                "The archive holds a path that leads out of it. Refused: pack it again.",
                code="unsafe_path",
            )
        if entry.flag_bits & 0x1:
            raise Unreadable(
                "压缩包设有密码,无法读取。请去掉密码后再导入。",
                "The archive is locked by a password: remove it and import again.",
                code="password",
            )
    return archive


def read_entry(archive: zipfile.ZipFile, name: str) -> bytes:
    """One file of the archive, whole. Raises `Unreadable`."""
    try:
        return archive.read(name)
    except Exception as error:  # zlib, lzma and bz2 each have errors of their own
        raise damaged() from error


def damaged() -> Unreadable:
    """What a person is told of a damaged archive."""
    return Unreadable(
        "文件已损坏或不完整,无法解开。请重新导出或重新下载。",
        "The file is damaged or incomplete and cannot be unpacked. Export or download it again.",
        code="damaged_file",
    )
