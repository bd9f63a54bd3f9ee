"""Requests made up from the API's own description: whatever is sent, no answer is a failure of the server."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from served import Web, application

from emmap.store.database import Database

REQUESTS = {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 2}
"""For each operation: requests as described, and requests that are not."""
THERE = {
    "layer": "rescue_teams",
    "feature_id": "T1",
    "alarm_id": 1,
    "report_id": 1,
    "run_id": 1,
    "message_id": 1,
}
"""Names in the paths that are in the store, so that requests get past the look-up."""
TEAMS = "编号,队伍名称,经度,纬度\nT1,演练一队,113.5,23.1\n".encode()


@pytest.fixture(scope="module")
def served(module_database: Database) -> Iterator[Web]:
    with application(module_database) as (web, _):
        client = web.client()
        file = {"file": ("teams.csv", TEAMS)}
        assert client.post("/api/layers/rescue_teams/imports", files=file).json()["run_id"] == 1
        alarm = {"facts": {"title": "演练", "district": "440112"}, "source": "phone", "take": True}
        assert client.post("/api/watch/alarms", json=alarm).json()["id"] == 1
        report = {"kind": "initial", "seen": 2, "fields": [{"title": "标题", "text": "演练"}]}
        client.post("/api/watch/alarms/1/reports", json=report)
        yield web


def answers(web: Web, operation: APIOperation, mode: GenerationMode) -> list[tuple[int, str]]:
    """What an operation answers to its made-up requests: the status, and how to ask it again."""
    # A token of its own: some operations end tokens.
    headers = {"authorization": f"Bearer {web.token()}"}
    found: list[tuple[int, str]] = []

    def ask(case: Case) -> None:
        if mode is GenerationMode.POSITIVE:
            case.path_parameters.update({n: THERE[n] for n in case.path_parameters if n in THERE})
            case.query.pop("realm", None)
        answer = case.call(base_url=web.url, headers=headers)
        found.append((answer.status_code, f"{case.as_curl_command()}\n{answer.content[:500]!r}"))

    few = settings(
        max_examples=REQUESTS[mode],
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with suppress(Unsatisfiable):  # an operation that takes nothing has nothing to get wrong
        few(given(case=operation.as_strategy(generation_mode=mode))(ask))()
    return found


def test_no_request_makes_the_server_fail(served: Web) -> None:
    described = served.client().get("/api/openapi.json").json()
    del described["security"]  # each operation is asked with a token that holds
    asked = {}
    for one in schemathesis.openapi.from_dict(described).get_all_operations():
        operation = one.ok()
        asked[operation.label] = [told for mode in REQUESTS for told in answers(served, operation, mode)]
    assert set(asked) == {f"{m.upper()} {p}" for p, every in described["paths"].items() for m in every}
    failed = [how for told in asked.values() for status, how in told if status >= 500]
    assert failed == [], "\n\n".join(failed)
    assert [label for label, told in asked.items() if not told or 401 in dict(told)] == []
