"""Schedules of briefings, what was due, and the responses that some of them wait for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, text

from emmap.errors import NotFound
from emmap.store.present import scenario_clock


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a draft is left: every day at `daily_at` (Beijing time), or when a response is raised to severity
    `response_level` or above; one of them is None. `view` has no time of its own. `fault`: why the last that was due could
    not be made. `last_at` and `last_draft`: when it last left one, and its id."""

    schedule_id: int
    title: str
    template: str
    realm: str
    view: Mapping[str, Any]
    daily_at: time | None
    response_level: int | None
    created_by: str
    created_at: datetime
    fault: str
    last_at: datetime | None
    last_draft: str | None


_COLUMNS = (
    "s.schedule_id, s.title, s.template, s.realm, s.view, s.daily_at, s.response_level, s.created_by, s.created_at, s.fault,"
    " d.at, d.draft_id"
)


def add(
    conn: Connection,
    *,
    title: str,
    template: str,
    realm: str,
    view: Mapping[str, Any],
    daily_at: time | None,
    response_level: int | None,
    account: str,
) -> int:
    """A new schedule's number."""
    return int(
        conn.execute(
            text(
                "insert into briefing_schedule (title, template, realm, view, daily_at, response_level, created_by) values"
                " (:title, :template, :realm, cast(:view as jsonb), :daily_at, :response_level, :account)"
                " returning schedule_id"
            ),
            {
                "title": title,
                "template": template,
                "realm": realm,
                "view": json.dumps(dict(view), ensure_ascii=False),
                "daily_at": daily_at,
                "response_level": response_level,
                "account": account,
            },
        ).scalar_one()
    )


def schedules(conn: Connection) -> list[Schedule]:
    """Those that run, the oldest first."""
    found = conn.execute(
        text(
            f"select {_COLUMNS} from briefing_schedule s left join lateral (select at, draft_id from briefing_schedule_due"
            "   where schedule_id = s.schedule_id and draft_id is not null order by at desc limit 1) d on true"
            " where s.ended_at is null order by s.schedule_id"
        )
    )
    return [Schedule(*row) for row in found]


def end(conn: Connection, schedule_id: int, account: str) -> None:
    """Ends a schedule. `NotFound` where none of this number runs."""
    found = conn.execute(
        text(
            "update briefing_schedule set ended_at = clock_timestamp(), ended_by = :account"
            " where schedule_id = :schedule_id and ended_at is null returning true"
        ),
        {"schedule_id": schedule_id, "account": account},
    ).scalar()
    if found is None:
        raise NotFound(f"没有定时简报 {schedule_id}。", f"There is no schedule {schedule_id}.")


def claim(conn: Connection, schedule_id: int, due: str) -> bool:
    """Takes what is due, for this transaction; False where it was taken before. Waits for another that is at it."""
    return bool(
        conn.execute(
            text(
                "insert into briefing_schedule_due (schedule_id, due) values (:schedule_id, :due)"
                " on conflict do nothing returning true"
            ),
            {"schedule_id": schedule_id, "due": due},
        ).scalar()
    )


def taken(conn: Connection, schedule_id: int, dues: Sequence[str]) -> set[str]:
    """Those that were taken before."""
    found = conn.execute(
        text("select due from briefing_schedule_due where schedule_id = :schedule_id and due = any(:dues)"),
        {"schedule_id": schedule_id, "dues": list(dues)},
    )
    return set(found.scalars())


def left(conn: Connection, schedule_id: int, due: str, draft_id: str) -> None:
    """Notes the draft that was left."""
    conn.execute(
        text(
            "update briefing_schedule_due set draft_id = :draft_id where schedule_id = :schedule_id and due = :due"
        ),
        {"schedule_id": schedule_id, "due": due, "draft_id": draft_id},
    )


def note_fault(conn: Connection, schedule_id: int, fault: str) -> bool:
    """Notes why a draft could not be made, empty when it could; whether that is news."""
    return bool(
        conn.execute(
            text(
                "update briefing_schedule set fault = :fault where schedule_id = :schedule_id and fault <> :fault"
                " returning true"
            ),
            {"schedule_id": schedule_id, "fault": fault},
        ).scalar()
    )


def responses(
    conn: Connection,
    layers: Sequence[str],
    level: int,
    hazards: Sequence[str] = (),
    districts: Sequence[str] = (),
) -> list[str]:
    """What names each response of these layers that holds now at this severity or above: raised again, it has another
    name, and so has one of another replay. Of these hazards and districts, or of all. The connection is the realm's."""
    found = conn.execute(
        text(
            "select v.layer || '/' || v.feature_id || '/' || v.severity from version v"
            " where v.layer = any(:layers) and v.form = 'response' and v.severity >= :level"
            " and upper_inf(v.recorded) and v.valid @> present()"
            " and (cast(:hazards as text[]) = '{}' or v.hazards && cast(:hazards as text[]))"
            " and (cast(:districts as text[]) = '{}' or v.districts && cast(:districts as text[]))"
            " order by lower(v.valid), 1"
        ),
        {
            "layers": list(layers),
            "level": level,
            "hazards": list(hazards),
            "districts": list(districts),
        },
    ).scalars()
    clock = scenario_clock(conn)
    run = f"/{clock.started_at.isoformat()}" if clock else ""
    return [f"{name}{run}" for name in found]
