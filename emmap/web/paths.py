"""Paths as logs and the audit may hold them."""

SHARED = "/s/"
"""Begins the path of a shared link. What follows it is a secret."""


def told(path: str) -> str:
    """The path without the secret of a shared link."""
    return f"{SHARED}…" if path.startswith(SHARED) else path
