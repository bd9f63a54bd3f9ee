"""The code on paper that leads to a briefing's record."""

from io import BytesIO
from urllib.parse import urlsplit

import segno

_HERE = ("localhost", "127.0.0.1", "::1")
_ERROR = "m"
"""Level M of ISO/IEC 18004: a code of which 15 % is smudged is still read."""


def leads(url: str) -> bool:
    """Whether a phone gets anywhere with it: an address of this machine alone leads nowhere."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.hostname not in _HERE


def svg(url: str) -> str:
    """The code as SVG with its quiet zone, black on white; empty where the address leads nowhere."""
    if not leads(url):
        return ""
    raw = BytesIO()
    _code(url).save(raw, kind="svg", xmldecl=False, border=4, dark="#000", light="#fff", omitsize=True)
    return raw.getvalue().decode()


def png(url: str) -> bytes:
    """The same as an image, ten pixels a module; empty where the address leads nowhere."""
    if not leads(url):
        return b""
    raw = BytesIO()
    _code(url).save(raw, kind="png", scale=10, border=4)
    return raw.getvalue()


def _code(url: str) -> segno.QRCode:
    return segno.make_qr(url, error=_ERROR)
