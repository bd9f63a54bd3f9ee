"""拟稿, 核稿, 签发: each may take the steps that are theirs."""

from datetime import UTC, datetime
from typing import Any

import pytest

from emmap.briefing.desk import review
from emmap.errors import Forbidden
from emmap.permissions import Caller
from emmap.store.briefing_drafts import Listed

WRITER, CHECKER = Caller("拟稿人", "briefing_writer"), Caller("核稿人", "duty_officer")
SIGNER, ALONE = Caller("签发人", "commander"), Caller("管理员", "administrator")


def listed(stage: Any, **more: Any) -> Listed:
    now = datetime.now(UTC)
    given = {
        "draft_id": "d1", "title": "", "template": "", "realm": "exercise", "revision": 1, "stage": stage,
        "drafted_by": "拟稿人", "submitted_by": "拟稿人", "checked_by": None, "checked_at": None, "comment": "",
        "came_from": {}, "corrects": None, "briefing_id": None, "created_at": now, "updated_at": now, "updated_by": "",
    }  # fmt: skip
    return Listed(**{**given, **more})


@pytest.mark.parametrize(
    ("stage", "caller", "acts"),
    [
        ("drafting", WRITER, ["edit", "delete", "checking"]),
        ("drafting", CHECKER, ["edit", "checking"]),
        ("drafting", Caller("看图的", "viewer"), []),
        ("checking", WRITER, ["edit", "drafting"]),
        ("checking", CHECKER, ["edit", "drafting", "checked"]),
        ("checking", SIGNER, ["edit", "drafting", "checked", "signed"]),
        ("checked", WRITER, ["drafting"]),
        ("checked", SIGNER, ["drafting", "signed"]),
        ("signed", ALONE, []),
    ],
)
def test_each_may_take_the_steps_that_are_theirs(stage: str, caller: Caller, acts: list[str]) -> None:
    assert review.may(listed(stage), caller) == acts


def test_nobody_checks_alone_what_they_wrote_but_an_administrator() -> None:
    own = listed("checking", drafted_by="签发人")
    acts: tuple[review.Act, ...] = ("checked", "signed")
    for act in acts:
        with pytest.raises(Forbidden, match="别人核稿"):
            review.check(own, act, SIGNER)
    assert "signed" in review.may(listed("checked", drafted_by="签发人", checked_by="核稿人"), SIGNER)
    assert "signed" in review.may(listed("checking", drafted_by="管理员"), ALONE)
