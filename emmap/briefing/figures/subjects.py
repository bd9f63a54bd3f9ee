"""Which layers a block speaks of, found by the fields that they declare, so that no block knows a layer by name; and what
is asked of them besides their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from emmap.briefing.answering import Asked
from emmap.briefing.sight import Sight
from emmap.layer import Instant, Layer
from emmap.store import answers, courses, tallies
from emmap.store.answers import Moment
from emmap.store.courses import Course
from emmap.store.tallies import During, Tally
from emmap.view import View

TEAM = ("team_class", "people")
HAZARD = ("industry", "found_at", "rectified_at")
FIRE = ("burnt_area_mu", "detected_at")
GAUGE = ("frz", "wrz", "grz")
RESPONSE, SIGNAL, REPORT = "response", "signal", "report"


@dataclass(frozen=True, slots=True)
class Subject:
    """A layer, the View under which a block asks it, and T and K."""

    layer: Layer
    view: View
    moment: Moment

    def at(self, at: datetime) -> "Subject":
        """The same as of another T."""
        return replace(self, moment=replace(self.moment, at=at))

    def of_form(self, *forms: str) -> "Subject":
        """Only features of these forms."""
        return replace(self, view=replace(self.view, fields={"form": forms}))

    def held(self, asked: Asked, start: datetime, step: timedelta) -> list[dict[int, int]]:
        """How many hold at start, start + step, … up to T, by severity."""
        # A second on, so that T itself is asked.
        found = asked.read(
            f"held {self._said} {start} {step}",
            lambda: answers.timeline(
                asked.conn,
                self.layer,
                self.view,
                start,
                self.moment.at + timedelta(seconds=1),
                step,
                moment=self.moment,
            ),
        )
        return [{int(level): n for level, n in one["counts"].items()} for one in found]

    @property
    def _said(self) -> str:
        return f"{self.layer.id} {self.view.to_query()} {self.moment}"

    def courses(self, asked: Asked, start: datetime, end: datetime) -> list[Course]:
        """The features that held at any time of [start, end), see `store.courses`."""
        return asked.read(
            f"courses {self._said} {start} {end}",
            lambda: courses.courses(asked.conn, self.layer, self.view, self.moment, start, end),
        )

    def tally(
        self, asked: Asked, *by: str, sums: Sequence[str] = (), during: During | None = None
    ) -> list[Tally]:
        """What holds by group, see `store.tallies`."""
        return asked.read(
            f"tally {self._said} {by} {sums} {during}",
            lambda: tallies.tally(
                asked.conn, self.layer, self.view, self.moment, by, sums=sums, during=during
            ),
        )


def seen(asked: Asked, layer: Layer, sight: Sight | None = None) -> Subject | None:
    """A layer under all filters of a sight, whatever the extent; None where it had never been written."""
    return _asked(asked, layer, sight, replace(asked.view(sight), bbox=None, area=None))


def declaring(asked: Asked, fields: Sequence[str], sight: Sight | None = None) -> Subject | None:
    """The layer that declares these fields, under the sight's districts; None where there is none or it had never been
    written."""
    found = next((one for one in asked.layers.values() if set(fields) <= set(one.fields)), None)
    return _asked(asked, found, sight, within(asked, sight)) if found else None


def of_form(asked: Asked, form: str, sight: Sight | None = None) -> list[Subject]:
    """Every layer whose features come and go and have this form, under the sight's districts."""
    view = replace(within(asked, sight), fields={"form": (form,)})
    there = [
        _asked(asked, layer, sight, view)
        for layer in asked.layers.values()
        if layer.comes_and_goes and form in layer.forms
    ]
    return [one for one in there if one]


def of_hazard(asked: Asked, hazard: str, sight: Sight | None = None) -> list[Subject]:
    """Every layer of news that knows hazards, asked for this one; under the sight's districts."""
    view = replace(within(asked, sight), hazard=(hazard,))
    there = [
        _asked(asked, layer, sight, view)
        for layer in asked.layers.values()
        if "hazards" in layer.fields and (layer.comes_and_goes or isinstance(layer.time, Instant))
    ]
    return [one for one in there if one]


def _asked(asked: Asked, layer: Layer, sight: Sight | None, view: View) -> Subject | None:
    moment = asked.moment(layer.id, sight, view)
    return Subject(layer, view, moment) if moment else None


def within(asked: Asked, sight: Sight | None = None) -> View:
    """The districts of a sight, and none of its other filters: what a block counts is the block's own question."""
    return View(district=asked.view(sight).district)


def meant(asked: Asked, one: Course) -> bool:
    """Whether a warning was meant: in the real realm tests, exercises and drafts do not count."""
    status = one.steps[-1].told.get("cap_status")
    return asked.spec.realm != "real" or status in (None, "Actual")


def choices(layer: Layer, field: str) -> Mapping[str, str]:
    """The codes that a field takes, in order, and how each is called in Chinese."""
    declared = layer.fields.get(field)
    return {one.code: one.zh for one in declared.info.choices} if declared else {}
