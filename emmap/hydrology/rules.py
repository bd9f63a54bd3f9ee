"""By which figures measurements are judged: `data/gauge_rules.toml`, or the operator's own file."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from emmap.codes import hazards
from emmap.errors import SetupError
from emmap.settings import get_settings

Severity = Annotated[int, Field(ge=1, le=4)]
Positive = Annotated[float, Field(gt=0)]


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    hazard: str
    margin: Annotated[float, Field(ge=0)]
    dwell_min: Annotated[float, Field(ge=0)]
    interval_min: Positive
    silent_after: Annotated[float, Field(ge=1)]
    kept_h: Positive

    @property
    def dwell(self) -> timedelta:
        """A level is left when no reading for so long has kept it."""
        return timedelta(minutes=self.dwell_min)

    @property
    def kept(self) -> timedelta:
        """A level outlasts the last reading by so long."""
        return timedelta(hours=self.kept_h)

    def silence(self, interval: timedelta | None = None) -> timedelta:
        """Without a reading for longer, a station that reports at this interval is silent."""
        return self.silent_after * (interval or timedelta(minutes=self.interval_min))


class StageThreshold(BaseModel):
    """Which of a station's water levels means which severity."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: Literal["frz", "wrz", "grz"]
    severity: Severity


class StageRule(_Rule):
    """How stage is judged; `margin` in metres."""

    thresholds: tuple[StageThreshold, ...]


class RainThreshold(BaseModel):
    """From this sum (mm) over so many hours on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: Annotated[int, Field(ge=1, le=24)]
    mm: Positive
    severity: Severity


class RainRule(_Rule):
    """How rain is judged; `margin` in millimetres. `coverage`: a share of the hours."""

    thresholds: tuple[RainThreshold, ...]
    coverage: Annotated[float, Field(ge=0, le=1)]


class Rules(BaseModel):
    """How measurements are judged."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: StageRule
    rain: RainRule

    @model_validator(mode="after")
    def _each_severity_once(self) -> "Rules":
        for kind in (self.stage, self.rain):
            severities = [one.severity for one in kind.thresholds]
            if len(set(severities)) < len(severities):
                raise ValueError("each severity may stand once in stage and once in rain")
            if kind.hazard not in hazards():
                raise ValueError(f"{kind.hazard} is no hazard of data/hazards.csv")
        return self

    def stage_severities(self) -> Mapping[str, int]:
        """Severity by threshold field."""
        return {one.field: one.severity for one in self.stage.thresholds}


def rules() -> Rules:
    """The rules in force. Raises `SetupError` where the file cannot be used."""
    return read_rules(get_settings().gauge_rules_file)


@lru_cache(maxsize=4)
def read_rules(path: Path) -> Rules:
    """The rules of a file."""
    try:
        return Rules.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        told = error.errors()[0] if isinstance(error, ValidationError) else None
        why = f"{'.'.join(map(str, told['loc']))}: {told['msg']}" if told else str(error)
        raise SetupError(
            f"测站判据文件 {path} 用不了：{why}。请改正，或不设 EMMAP_GAUGE_RULES_FILE。",
            f"The gauge rules {path} cannot be used: {why}. Correct it, or unset EMMAP_GAUGE_RULES_FILE.",
        ) from error
