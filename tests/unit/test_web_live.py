"""A slow page holds up nobody: what waits for it is bounded, and then it catches up by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from starlette.websockets import WebSocket

from emmap.web.live import MOST_WAITING, NEVER, Page, Told

FIRST = datetime(2020, 5, 22, tzinfo=UTC)


def test_what_waits_for_a_slow_page_is_bounded() -> None:
    page = Page(cast(WebSocket, cast(Any, None)), "exercise", {"one": NEVER, "other": NEVER})
    for n in range(MOST_WAITING * 3):
        page.offer(Told("{}", "one", FIRST + timedelta(seconds=n), FIRST + timedelta(seconds=n + 1)))
        assert len(page.waiting) <= MOST_WAITING
    assert page.behind == {"one", "other"}
    assert page.woken.is_set()


def test_a_page_that_keeps_up_gets_the_messages_themselves() -> None:
    page = Page(cast(WebSocket, cast(Any, None)), "exercise", {"one": NEVER})
    told = Told("{}", "one", NEVER, FIRST)
    page.offer(told)
    assert list(page.waiting) == [told]
    assert page.behind == set()
