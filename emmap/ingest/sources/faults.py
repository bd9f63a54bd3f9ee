"""What can go wrong with a source, said in plain words; never a reason to touch what is known."""

from datetime import timedelta

from emmap.errors import EmmapError


class Fault(EmmapError):
    """A run that brought nothing. `retry_after`: the server's own wish, if it had one; `content`: what came, for a
    person to look at."""

    status = 502
    title = "来源故障 / source fault"

    def __init__(
        self,
        code: str,
        zh: str,
        en: str,
        *,
        retry_after: timedelta | None = None,
        content: bytes | None = None,
    ) -> None:
        super().__init__(zh, en, code)
        self.retry_after = retry_after
        self.content = content


def fault_of(error: EmmapError, content: bytes | None = None) -> Fault:
    """What a reader said of the content, as a fault of the source."""
    return Fault(error.code, error.zh, error.en, content=content)
