"""Photographs of briefings, each once, by the SHA-256 of its bytes. Append only."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, text

from emmap.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Image:
    """A photograph as it is printed: JPEG or PNG, by the SHA-256 (hex) of `body`."""

    sha256: str
    media_type: str
    width_px: int
    height_px: int
    body: bytes


def keep(conn: Connection, one: Image, account: str) -> None:
    """Stores a photograph; the same one twice is there once."""
    conn.execute(
        text(
            "insert into briefing_image (sha256, media_type, width_px, height_px, body, account) values"
            " (:sha256, :media_type, :width_px, :height_px, :body, :account) on conflict do nothing"
        ),
        {
            "sha256": one.sha256,
            "media_type": one.media_type,
            "width_px": one.width_px,
            "height_px": one.height_px,
            "body": one.body,
            "account": account,
        },
    )


def images(conn: Connection, wanted: Collection[str]) -> dict[str, Image]:
    """The photographs of these hashes. `NotFound` names one that is not there, `Conflict` one whose bytes are no longer
    those that its name is the hash of."""
    found = {
        row.sha256: Image(row.sha256, row.media_type, row.width_px, row.height_px, bytes(row.body))
        for row in conn.execute(
            text(
                "select sha256, media_type, width_px, height_px, body from briefing_image"
                " where sha256 = any(:wanted)"
            ),
            {"wanted": list(wanted)},
        )
    }
    for name in wanted:
        if name not in found:
            raise NotFound(
                f"没有照片 {name[:12]}；请重新上传。",
                f"There is no photograph {name[:12]}; upload it again.",
                code="unknown_image",
            )
        if hashlib.sha256(found[name].body).hexdigest() != name:
            raise Conflict(
                f"照片 {name[:12]} 与其校验值不符，可能被改动过；请从备份核对。",
                f"The photograph {name[:12]} does not match its hash: it may have been altered. Compare it with a backup.",
                code="altered_image",
            )
    return found
