"""What a realm takes for now: the wall clock, or scenario time while a past span is fed to it again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class ScenarioClock:
    """Scenario time was `begins_at` when the wall clock stood at `started_at`, runs `speed` times as fast, and stands
    still at `ends_at`. Aware UTC."""

    scenario: str
    started_at: datetime
    begins_at: datetime
    ends_at: datetime
    speed: float

    def reaches(self, at: datetime) -> datetime:
        """When, by the wall clock, scenario time is `at`."""
        return self.started_at + (at - self.begins_at) / self.speed


def present(conn: Connection) -> datetime:
    """The realm's now, aware UTC."""
    found: datetime = conn.execute(text("select present()")).scalar_one()
    return found


def scenario_clock(conn: Connection) -> ScenarioClock | None:
    """The clock of the replay that runs in the realm, or ran last; None where the wall clock counts."""
    found = conn.execute(
        text("select scenario, started_at, begins_at, ends_at, speed from scenario_clock")
    ).one_or_none()
    return ScenarioClock(*found) if found else None


def start(
    conn: Connection, scenario: str, begins_at: datetime, ends_at: datetime, speed: float
) -> ScenarioClock:
    """From now on the realm takes scenario time for its present. Refused in the real realm."""
    conn.execute(
        text("select start_scenario(:scenario, :begins_at, :ends_at, :speed)"),
        {"scenario": scenario, "begins_at": begins_at, "ends_at": ends_at, "speed": speed},
    )
    found = scenario_clock(conn)
    assert found is not None
    return found


def stop(conn: Connection) -> None:
    """The realm's present stands still where it is."""
    conn.execute(text("select stop_scenario()"))
