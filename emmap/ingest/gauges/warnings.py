"""What a gauge's exceedance says as a warning: in its own datum, with the reading that brought it."""

from collections.abc import Mapping
from typing import Any

from emmap.codes import SEVERITIES
from emmap.hydrology.levels import Change
from emmap.hydrology.rules import Rules
from emmap.layer import GAUGE_WARNINGS, Layer, Row
from emmap.view import BEIJING

THRESHOLDS: Mapping[str, tuple[str, str]] = {
    "frz": ("设防水位", "alert stage"),
    "wrz": ("警戒水位", "warning stage"),
    "grz": ("保证水位", "guarantee stage"),
}


def warning(
    layer: Layer,
    station: str,
    kind: str,
    fields: Mapping[str, Any],
    geometry: bytes | None,
    districts: tuple[str, ...],
    change: Change,
    rules: Rules,
) -> Row:
    """The warning that holds from a change on, as a row of the warnings' layer."""
    assert change.because is not None
    name = str(fields.get("name") or station)
    told = _stage(name, fields, change, rules) if kind == "stage" else _rain(name, change, rules)
    zh, en, about_zh, about_en = told
    if change.silent:
        zh, en = f"{zh}（测站中断）", f"{en} (gauge silent)"
        last = change.because.at.astimezone(BEIJING)
        about_zh += f"{last:%m-%d %H:%M} 以后没有数据，实况不明。"
        about_en += f" No reading since {last:%m-%d %H:%M} Beijing time."
    values = {
        "headline": zh,
        "headline_en": en,
        "description": about_zh,
        "description_en": about_en,
        "hazards": (rules.stage.hazard if kind == "stage" else rules.rain.hazard,),
        "form": "gauge",
        "severity": change.level,
        "colour": SEVERITIES[change.level].zh,
        "issuer": fields.get("authority"),
        "event": "水位超限" if kind == "stage" else "雨量超限",
        "area": "·".join(str(fields[one]) for one in ("river", "name") if fields.get(one)) or station,
        "onset_at": change.at,
    }
    return Row(
        position=1,
        feature_id=f"{GAUGE_WARNINGS[kind]}{station}",
        properties=layer.properties.model_validate(values),
        geometry=geometry,
        valid_from=change.at,
        districts=districts,
    )


def _stage(name: str, fields: Mapping[str, Any], change: Change, rules: Rules) -> tuple[str, str, str, str]:
    reading = change.because
    assert reading is not None
    field = next(one.field for one in rules.stage.thresholds if one.severity == change.level)
    zh, en = THRESHOLDS[field]
    above = fields.get(field)
    datum = fields.get("datum")
    called = _called(name)
    where_zh, where_en = (f"，{datum}", f", {datum}") if datum else ("，基面未注明", ", datum not stated")
    limit = f" {above:.2f} m" if above is not None else ""
    at = reading.at.astimezone(BEIJING)
    until_zh = f"降到该水位以下 {rules.stage.margin:g} m 并持续 {rules.stage.dwell_min:g} 分钟后解除。"
    until_en = f"It ends {rules.stage.margin:g} m below that for {rules.stage.dwell_min:g} min."
    return (
        f"{called}水位超{zh.removesuffix('水位')}",
        f"{name}: above {en}",
        f"{at:%m-%d %H:%M} 水位 {reading.value:.2f} m，{zh}{limit}{where_zh}。{until_zh}",
        f"Stage {reading.value:.2f} m at {at:%m-%d %H:%M} Beijing time; {en}{limit}{where_en}. {until_en}",
    )


def _rain(name: str, change: Change, rules: Rules) -> tuple[str, str, str, str]:
    reading = change.because
    assert reading is not None
    limit = next(one for one in rules.rain.thresholds if one.severity == change.level)
    at = reading.at.astimezone(BEIJING)
    called = _called(name)
    fallen_zh = f"{at:%m-%d %H:%M} 前 {reading.hours} 小时雨量 {reading.value:.1f} mm。"
    fallen_en = f"{reading.value:.1f} mm in the {reading.hours} h before {at:%m-%d %H:%M} Beijing time."
    return (
        f"{called} {limit.hours} 小时雨量超 {limit.mm:g} mm",
        f"{name}: over {limit.mm:g} mm in {limit.hours} h",
        f"{fallen_zh}判据：{limit.hours} 小时 {limit.mm:g} mm（{SEVERITIES[change.level].zh}）。",
        f"{fallen_en} Criterion: {limit.mm:g} mm in {limit.hours} h ({SEVERITIES[change.level].en}).",
    )


def _called(name: str) -> str:
    """A station as a sentence names it."""
    return name if name.endswith("站") else f"{name}站"
