"""What is known of an alarm: the fields that a form takes and that a report is composed of (DOMAIN: 初报)."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from emmap.codes import districts, hazards

Line = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=2000)]


class Facts(BaseModel):
    """Everything known of an alarm besides when and by whom it was received. Empty: not known. Places in WGS 84."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    title: Annotated[str, Field(min_length=1, max_length=200)]
    """What has happened, in a line."""
    hazard: Annotated[str, Field(max_length=8)] = ""
    severity: Annotated[int, Field(ge=0, le=4)] = 0
    informant: Line = ""
    """信息来源: who says so (a citizen, 110, a district's centre); names and phones stand with the caller."""
    occurred_at: datetime | None = None
    place: Line = ""
    district: Annotated[str, Field(max_length=6)] = ""
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    nature: Line = ""
    """事件性质: what kind of event it is."""
    cause: Text = ""
    scope: Text = ""
    casualties: Text = ""
    losses: Text = ""
    trend: Text = ""
    leaders: Text = ""
    measures: Text = ""
    advice: Text = ""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("经度和纬度要么都填，要么都不填 / give both longitude and latitude, or neither")
        if self.hazard and self.hazard not in hazards():
            raise ValueError(f"没有灾种 {self.hazard} / there is no hazard {self.hazard}")
        if self.district and self.district not in districts():
            raise ValueError(f"没有区 {self.district} / there is no district {self.district}")
        if self.occurred_at is not None and self.occurred_at.tzinfo is None:
            raise ValueError("事发时间应带时区 / the time of the event needs an offset")
        return self

    def known(self) -> dict[str, Any]:
        """What is known, as JSON holds it."""
        return {
            name: value for name, value in self.model_dump(mode="json").items() if value not in ("", None)
        }


class Informant(BaseModel):
    """Who called (personal: kept apart, erasable)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    name: Annotated[str, Field(max_length=80)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    unit: Line = ""
    position: Annotated[str, Field(max_length=80)] = ""

    def known(self) -> dict[str, str]:
        """What is known of the caller."""
        return {name: value for name, value in self.model_dump().items() if value}
