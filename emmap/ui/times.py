"""Times for people: Beijing, the date only where it is not today, ages in words."""

from datetime import UTC, datetime

from emmap.ui.words import word
from emmap.view import BEIJING


def beijing(at: datetime, *, seconds: bool = False) -> str:
    """`2020-05-22 01:12`, in Beijing time."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def instant(text: str | None) -> datetime | None:
    """An RFC 3339 text as aware UTC."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def age(seconds: float, lang: str) -> str:
    """A span in its largest sensible unit."""
    length = abs(int(seconds))
    if length < 60:
        return word("seconds", lang, n=length)
    if length < 3600:
        return word("minutes", lang, n=length // 60)
    if length < 48 * 3600:
        hours, minutes = length // 3600, length % 3600 // 60
        told = word("hours", lang, n=hours)
        return f"{told} {word('minutes', lang, n=minutes)}" if minutes and hours < 12 else told
    return word("days", lang, n=length // 86400)
