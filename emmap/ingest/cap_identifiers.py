"""Identifiers of the Chinese profile (GB/T 35965.1-2018): 31 characters `ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N`.

ZZZZZZ is the sender's area (GB/T 2260), DDD its department (GB/T 4657), UUU its unit, XX 00; then Beijing time and one
character that tells messages of one second apart.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from emmap.errors import Malformed
from emmap.view import BEIJING

_FORM = re.compile(r"(\d{6})([0-9A-Z]{3})([0-9A-Z]{3})([0-9A-Z]{2})_(\d{14})_([0-9A-Z])", re.I)
SERIALS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Identifier:
    """The parts of an identifier; `at` is aware UTC."""

    area: str
    department: str
    unit: str
    reserved: str
    at: datetime
    serial: str

    def __str__(self) -> str:
        office = f"{self.area}{self.department}{self.unit}{self.reserved}"
        return f"{office}_{self.at.astimezone(BEIJING):%Y%m%d%H%M%S}_{self.serial}"


def identifier_of(text: str) -> Identifier | None:
    """The parts of an identifier; None where it is not of this form, or its time does not exist."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    try:
        at = datetime.strptime(found[5], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None
    return Identifier(
        found[1], found[2].upper(), found[3].upper(), found[4].upper(), at.astimezone(UTC), found[6]
    )


def made(office: str, at: datetime, number: int = 1) -> Identifier:
    """The identifier of a sender's message: `office` are its 14 characters ZZZZZZDDDUUUXX, `number` (0 to 35) tells
    messages of one second apart. Raises `Malformed`."""
    found = identifier_of(f"{office}_{at.astimezone(BEIJING):%Y%m%d%H%M%S}_{SERIALS[number % len(SERIALS)]}")
    if found is None or not 0 <= number < len(SERIALS):
        raise Malformed(
            f"发布单位编码「{office[:20]}」应为 14 位：6 位行政区划、3 位部门、3 位单位、2 位保留（00）。",
            f"The sender's code “{office[:20]}” should have 14 characters: area 6, department 3, unit 3, reserved 2 (00).",
        )
    return found
