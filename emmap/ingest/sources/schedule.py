"""When a source runs next. Pure: the clock and the chance are the caller's."""

from datetime import datetime, timedelta

from emmap.ingest.sources.config import SourceConfig

LONGEST_WAIT = timedelta(hours=6)
"""No server's `Retry-After` keeps a source away for longer."""


def after_success(one: SourceConfig, began_at: datetime, now: datetime) -> datetime:
    """The next run, counted from the beginning of this one; at once where that is past."""
    return max(began_at + one.every, now)


def after_failure(
    one: SourceConfig, failures: int, now: datetime, chance: float, retry_after: timedelta | None = None
) -> datetime:
    """The next try after this many failures in a row: the pause doubles from `retry` up to `every` (an hour for a
    source that comes less often), by half to one and a half of it, so that sources do not all come at once.

    `chance`: in [0, 1).
    """
    longest = max(one.retry, min(one.every, timedelta(hours=1)))
    doubled: timedelta = one.retry * 2.0 ** min(failures - 1, 20)
    pause = min(doubled, longest) * (0.5 + chance)
    return now + max(pause, min(retry_after or timedelta(0), LONGEST_WAIT))
