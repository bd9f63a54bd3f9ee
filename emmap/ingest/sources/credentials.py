"""Credentials: named in the configuration as `{env:EMMAP_SECRET_…}`, taken from the environment when they are needed,
and covered wherever a text or a content might show them."""

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from emmap.ingest.sources.faults import Fault
from emmap.settings import SECRET_PREFIX, secret

REFERENCE = re.compile(r"\{env:([^{}]*)\}")
COVER = "•••"
SHORTEST = 4
"""A shorter credential is not looked for in texts: it would cover words."""


def names_in(text: str) -> list[str]:
    """The variables that a text names."""
    return REFERENCE.findall(text)


def misnamed(text: str) -> list[str]:
    """Those of them that may not be named."""
    return [name for name in names_in(text) if not re.fullmatch(rf"{SECRET_PREFIX}[A-Z0-9_]+", name)]


def filled(text: str) -> str:
    """The text with its credentials. Raises `Fault` where one is not set."""

    def value(match: re.Match[str]) -> str:
        found = secret(match[1])
        if found is None:
            raise Fault(
                "credential_missing",
                f"环境变量 {match[1]} 没有设置；请在启动 emmap 的环境里设置后重启。",
                f"The environment variable {match[1]} is not set: set it where emmap is started and start again.",
            )
        return found.get_secret_value()

    return REFERENCE.sub(value, text)


class Covers:
    """Takes the credentials that some texts name out of whatever is kept or shown."""

    def __init__(self, texts: Iterable[str]) -> None:
        values = {
            found.get_secret_value()
            for text in texts
            for name in names_in(text)
            if (found := secret(name)) is not None
        }
        shown = {form for value in values for form in (value, quote(value, safe=""), quote_plus(value))}
        self._values = sorted((form for form in shown if len(form) >= SHORTEST), key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without them."""
        for value in self._values:
            text = text.replace(value, COVER)
        return text

    def content(self, content: bytes) -> bytes:
        """The content without them: a server may echo the key that it was asked with."""
        for value in self._values:
            content = content.replace(value.encode(), b"***")
        return content
