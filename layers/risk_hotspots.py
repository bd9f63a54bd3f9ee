"""风险隐患点: what an inspection found, and whether it has been put right."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from emmap.codes import SEVERITIES, Code
from emmap.layer import (
    NO_LEVEL,
    SEVERITY_SYMBOLS,
    Info,
    Layer,
    Properties,
    Rejected,
    Row,
    Source,
    Standing,
    Style,
    Title,
    hazard_choices,
)

STATUSES = (
    Code("open", "未整改", "Open"),
    Code("rectifying", "整改中", "Rectifying"),
    Code("overdue", "逾期", "Overdue"),
    Code("rectified", "已整改", "Rectified"),
)


class RiskHotspot(Properties):
    """A safety hazard found in an inspection."""

    name: Annotated[str, Info("隐患名称", "Name", searched=True, aliases=("名称", "隐患"))]
    industry: Annotated[
        str | None, Info("行业", "Industry", filtered=True, aliases=("行业领域", "所属行业"))
    ] = None
    hazards: Annotated[
        tuple[str, ...],
        Info("灾种", "Hazards", filtered=True, choices=hazard_choices(), aliases=("风险类型",)),
    ] = ()
    severity: Annotated[
        int | None,
        Info(
            "级别",
            "Severity",
            filtered=True,
            choices=SEVERITIES,
            aliases=("风险等级", "风险级别", "隐患级别"),
        ),
    ] = None
    status: Annotated[
        str | None, Info("状态", "Status", filtered=True, choices=STATUSES, aliases=("整改状态", "隐患状态"))
    ] = None
    found_at: Annotated[datetime | None, Info("发现时间", "Found", aliases=("排查时间", "发现日期"))] = None
    due_at: Annotated[datetime | None, Info("整改期限", "Due", aliases=("整改时限", "期限"))] = None
    rectified_at: Annotated[
        datetime | None, Info("整改完成时间", "Rectified", aliases=("完成时间", "整改时间", "整改日期"))
    ] = None
    responsible_unit: Annotated[
        str | None, Info("责任单位", "Responsible unit", searched=True, aliases=("单位",))
    ] = None
    responsible_person: Annotated[str | None, Info("责任人", "Responsible person", personal=True)] = None
    phone: Annotated[str | None, Info("电话", "Phone", personal=True, aliases=("联系电话",))] = None
    address: Annotated[str | None, Info("地址", "Address", searched=True, aliases=("位置",))] = None


def life(layer: Layer, row: Row) -> Iterator[tuple[datetime | None, datetime | None, Mapping[str, Any]]]:
    """Open from `found_at`, overdue from `due_at`, rectified from `rectified_at` on.

    Dates decide; the stated status only where they are missing. Raises `Rejected` where a hazard is
    rectified before it is found.
    """
    stated = row.properties.__dict__
    found, due, rectified = row.valid_from or stated["found_at"], stated["due_at"], stated["rectified_at"]
    if found and rectified and rectified < found:
        raise Rejected(
            "end_before_start",
            "整改完成时间早于发现时间,请核对两个日期。",
            "It is rectified before it is found: check the two dates.",
        )
    standing = stated["status"] if stated["status"] in ("open", "rectifying") else "open"
    if due is None and rectified is None:
        yield found, row.valid_to, {"status": stated["status"] or "open"}
        return
    start = found or min(at for at in (due, rectified) if at is not None)
    late = due if due is not None and (rectified is None or due < rectified) else None
    if late is not None:
        late = max(late, start)
    for begins, ends, status in (
        (start, late or rectified, standing),
        (late, rectified, "overdue"),
        (rectified, None, "rectified"),
    ):
        if begins is not None and begins != ends:
            yield begins, ends or row.valid_to, {"status": status}


LAYER = Layer(
    id="risk_hotspots",
    title=Title("风险隐患点", "Risk hotspots"),
    geometry="point",
    time=Standing(since="found_at"),
    properties=RiskHotspot,
    style=Style(by="severity", symbols=SEVERITY_SYMBOLS, other=NO_LEVEL),
    sources=(Source("table", reader="table"), Source("gis", reader="gis")),
    details=(
        "severity",
        "status",
        "industry",
        "hazards",
        "found_at",
        "due_at",
        "rectified_at",
        "responsible_unit",
        "responsible_person",
        "phone",
        "address",
    ),
    default_status=("open", "rectifying", "overdue"),
    responsible=("responsible_unit", "responsible_person"),
    spans=life,
    much_history=True,
    order=10,
    glyph="隐",
)
