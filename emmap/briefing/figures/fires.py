"""Forest fires that were reported or looked into, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from emmap.briefing.answering import Asked
from emmap.briefing.figures import subjects
from emmap.briefing.figures.subjects import Subject
from emmap.briefing.sight import Sight
from emmap.store.courses import Course, Step

VERIFIED = ("confirmed", "out")
"""A fire of these has been verified."""
BURNING = ("confirmed", "verifying")
REPORT, EVENT = "report", "event"


@dataclass(frozen=True, slots=True)
class Fire:
    """A fire as it stood at an instant. Areas in 亩, None where nobody told; lon and lat in degrees."""

    feature_id: str
    name: str
    form: str
    status: str
    verified: bool
    districts: tuple[str, ...]
    since: datetime | None
    holds: bool
    burnt_mu: float | None
    affected_mu: float | None
    place: tuple[float, float] | None


def subject(asked: Asked, sight: Sight) -> Subject | None:
    """The layer of the fires."""
    return subjects.declaring(asked, subjects.FIRE, sight)


def fires(asked: Asked, of: Subject, start: datetime, end: datetime, *forms: str) -> list[Fire]:
    """Those that held at any time of [start, end), as at `end`, by when they were seen first. Detections that nobody looks
    into and sources of heat that always burn are none."""
    bound = of.of_form(*forms) if forms else of
    rule = of.layer.detections
    plain = rule.plain if rule else ()
    found = []
    for course in bound.courses(asked, start, end):
        last = course.last(end)
        if last is not None and last.status not in plain:
            found.append(_fire(of, course, last, end))
    return found


def _fire(of: Subject, course: Course, last: Step, end: datetime) -> Fire:
    by_then = [one for one in course.steps if one.start is None or one.start <= end]
    placed = last.lon is not None and last.lat is not None
    return Fire(
        course.feature_id,
        of.layer.title_of(last.told, "zh"),
        str(last.told.get("form") or ""),
        last.status or "",
        any(one.status in VERIFIED for one in by_then),
        last.districts,
        course.start,
        course.holds(end),
        _latest(by_then, "burnt_area_mu"),
        _latest(by_then, "affected_forest_area_mu"),
        (last.lon or 0.0, last.lat or 0.0) if placed else None,
    )


def _latest(steps: Sequence[Step], field: str) -> float | None:
    told = [one.told[field] for one in steps if one.told.get(field) is not None]
    return float(told[-1]) if told else None


def area(values: Sequence[float | None]) -> float:
    """The sum of areas, to a hundredth."""
    return round(sum(value for value in values if value is not None), 2)
