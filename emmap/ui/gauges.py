"""A gauge's measurements in the details: the latest values, rain sums with their gaps, and the hydrograph.

The chart is a `dcc.Graph`: Dash fetches plotly when the first one is shown, so that the page itself does not wait for it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dash import dcc, html
from sqlalchemy import Connection

from emmap.hydrology.rain import Sum
from emmap.hydrology.rules import rules
from emmap.ingest.gauges.reading import reads_gauges
from emmap.layer import Layer
from emmap.store import answers, gauge_readings
from emmap.store.gauge_readings import Readings
from emmap.store.observations import Observation
from emmap.ui.attributes import aria
from emmap.ui.times import beijing, instant
from emmap.ui.words import word
from emmap.view import BEIJING, KNOWN_THEN, View

BEFORE, AFTER = timedelta(hours=36), timedelta(hours=12)
"""What the chart shows around T."""
THRESHOLDS = {"frz": "#b98f00", "wrz": "#ef7d14", "grz": "#d4261c"}
INK, WATER, RAIN, LATER = "#7a8794", "#1f8fd6", "#3fa7c9", "#9fb4c6"
"""Colours that stand on the day's and the night's ground; texts take theirs from the style sheet."""

Feature = Mapping[str, Any]
Measurements = tuple[Readings, Feature, datetime]
"""A gauge's readings, its own fields at (T, K), and T."""


def read(
    conn: Connection, layers: Mapping[str, Layer], station: str, asked: Mapping[str, Any]
) -> Measurements:
    """What the gauge measured around T, as known at K."""
    at = instant(asked.get("at")) or datetime.now(UTC).replace(microsecond=0)
    told = asked.get("known_at")
    known = at if told == KNOWN_THEN else instant(told)
    found = gauge_readings.readings(conn, station, at, known, at - BEFORE, at + AFTER)
    layer = next((one for one in layers.values() if reads_gauges(one)), None)
    feature = answers.feature(conn, layer, station, View(at=at, known_at=known)) if layer else None
    return found, feature["properties"] if feature else {}, at


def section(measurements: Measurements, lang: str) -> list[Any]:
    """The part of the details that shows it."""
    found, about, at = measurements
    if not found.measured:
        return [html.H4(word("gauge_title", lang)), html.P(word("gauge_none", lang), className="muted")]
    return [
        html.H4(word("gauge_title", lang)),
        html.Dl([part for line in _latest(found, about, lang) for part in line]),
        *(_sums(found, lang) if found.sums else []),
        html.Div(
            dcc.Graph(
                figure=figure(found, about, at, lang),
                config={"displayModeBar": False, "responsive": True, "doubleClick": "reset"},
                className="hydrograph-plot",
            ),
            className="hydrograph",
            role="img",
            **aria(
                label=word(
                    "gauge_chart",
                    lang,
                    name=about.get("name") or found.station,
                    start=beijing(at - BEFORE),
                    end=beijing(at + AFTER),
                )
            ),
        ),
    ]


def _latest(found: Readings, about: Feature, lang: str) -> list[tuple[Any, Any]]:
    lines: list[tuple[Any, Any]] = []
    if (stage := found.last.get("stage")) is not None and stage.value is not None:
        datum = about.get("datum")
        told = [
            html.B(f"{stage.value:.2f} m"),
            word("gauge_datum", lang, datum=datum) if datum else word("gauge_no_datum", lang),
        ]
        if (margin := _margin(stage.value, about, lang)) is not None:
            told += [" · ", margin]
        lines.append(_line("gauge_stage", told, stage, lang))
    if (flow := found.last.get("flow")) is not None and flow.value is not None:
        lines.append(_line("gauge_flow", [html.B(f"{flow.value:,.4g} m³/s")], flow, lang))
    return lines


def _line(key: str, told: list[Any], one: Observation, lang: str) -> tuple[Any, Any]:
    when = html.Span(word("gauge_at", lang, at=beijing(one.at)), className="muted")
    return html.Dt(word(key, lang)), html.Dd([*told, when])


def _margin(stage: float, about: Feature, lang: str) -> str | None:
    """How far the stage is above the highest threshold that it passed, or below the lowest."""
    known = [(name, about[name]) for name in THRESHOLDS if about.get(name) is not None]
    passed = [(name, z) for name, z in known if stage >= z]
    if passed:
        name, z = passed[-1]
        return word("gauge_above", lang, name=word(f"gauge_{name}", lang), by=f"{stage - z:.2f}")
    if known:
        name, z = known[0]
        return word("gauge_below", lang, name=word(f"gauge_{name}", lang), by=f"{z - stage:.2f}")
    return None


def _sums(found: Readings, lang: str) -> list[Any]:
    cells = [(word("gauge_hours", lang, hours=hours), one) for hours, one in found.sums.items()]
    if found.day is not None:
        cells.append((word("gauge_day", lang), found.day))
    gaps = any(0 < one.coverage < 1 for _, one in cells)
    return [
        html.Table(
            [
                html.Caption(word("gauge_sums", lang, at=beijing(found.rain_until))),
                html.Tr([html.Th(name, scope="col") for name, _ in cells]),
                html.Tr([html.Td(_amount(one, lang)) for _, one in cells]),
            ],
            className="rain-sums",
        ),
        html.P(word("gauge_gap_note", lang), className="muted") if gaps else None,
    ]


def _amount(one: Sum, lang: str) -> Any:
    """A sum; one that does not know all of its hours is at least so much, and says how much it knows."""
    if not one.coverage:
        return html.Span(word("gauge_unknown", lang), className="muted")
    if one.coverage >= 0.9999:
        return f"{one.mm:.1f}"
    covers = word("gauge_covers", lang, share=f"{100 * one.coverage:.0f}")
    return [f"≥ {one.mm:.1f}", html.Small(covers, className="muted")]


def figure(found: Readings, about: Feature, at: datetime, lang: str) -> dict[str, Any]:
    """The hydrograph as plotly takes it: stage below, the hours' rain hanging from the top, thresholds, T."""
    traces: list[dict[str, Any]] = []
    stages = next((list(values) for of, values in found.values.items() if of.quantity == "stage"), [])
    if stages:
        traces += _stage_traces(stages, at, lang)
    most = max((one.mm for _, one in found.hours), default=0.0)
    if found.hours:
        traces.append(
            {
                "type": "bar",
                "name": word("gauge_rain_hourly", lang),
                "x": [_local(end - timedelta(minutes=30)) for end, _ in found.hours],
                "y": [round(one.mm, 2) for _, one in found.hours],
                "width": 3_600_000 * 0.86,
                "yaxis": "y2",
                "marker": {
                    "color": [RAIN if end <= at else LATER for end, _ in found.hours],
                    "line": {"width": 0},
                },
                "hovertemplate": "%{y:.1f} mm<extra></extra>",
            }
        )
    shown = [(name, float(about[name])) for name in THRESHOLDS if stages and about.get(name) is not None]
    heights = [one.value for one in stages if one.value is not None] + [z for _, z in shown]
    return {"data": traces, "layout": _layout(at, shown, heights, most, lang)}


def _stage_traces(stages: Sequence[Observation], at: datetime, lang: str) -> list[dict[str, Any]]:
    """The stage up to T, and paler what is known to have come after it; broken where readings are missing."""
    gap = rules().stage.silence()
    parts: dict[bool, tuple[list[str], list[float | None]]] = {False: ([], []), True: ([], [])}
    last: Observation | None = None
    for one in stages:
        later = one.at > at
        x, y = parts[later]
        if last is not None and one.at - last.at > gap:
            x.append(_local(last.at + gap / 2))
            y.append(None)
        elif later and not x and last is not None:  # the two parts meet
            x.append(_local(last.at))
            y.append(last.value)
        x.append(_local(one.at))
        y.append(one.value)
        last = one
    common = {"type": "scatter", "mode": "lines", "hovertemplate": "%{y:.2f} m<extra></extra>"}
    name = word("gauge_stage", lang)
    found = [
        {
            **common,
            "name": name,
            "x": parts[False][0],
            "y": parts[False][1],
            "line": {"color": WATER, "width": 2},
        }
    ]
    if parts[True][0]:
        found.append(
            {
                **common,
                "name": f"{name} {word('gauge_later', lang)}",
                "x": parts[True][0],
                "y": parts[True][1],
                "line": {"color": LATER, "width": 2, "dash": "dot"},
            }
        )
    return found


def _layout(
    at: datetime, thresholds: Sequence[tuple[str, float]], heights: Sequence[float], most: float, lang: str
) -> dict[str, Any]:
    start, end = _local(at - BEFORE), _local(at + AFTER)
    low, high = min(heights, default=0.0), max(heights, default=1.0)
    room = max(high - low, 0.5)
    # Rain hangs into the upper third and leaves the stage the lower two thirds.
    top = high + room * (0.75 if most else 0.08)
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y"}
    small = {"size": 11, "color": INK}
    axis = {"gridcolor": "rgba(128,140,152,.25)", "zeroline": False, "tickfont": small, "fixedrange": True}
    return {
        "height": 230,
        "margin": {"l": 44, "r": 40 if most else 12, "t": 12, "b": 34},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hovermode": "x",
        "dragmode": "zoom",
        "font": small,
        "bargap": 0,
        "xaxis": {
            **axis,
            "type": "date",
            "range": [start, end],
            "tickformat": "%H:%M\n%m-%d",
            "nticks": 6,
            "hoverformat": "%m-%d %H:%M",
            "fixedrange": False,
        },
        "yaxis": {
            **axis,
            "range": [low - room * 0.08, top],
            "visible": bool(heights),
            "title": {"text": "m", "standoff": 4, "font": small},
        },
        "yaxis2": {
            **axis,
            "overlaying": "y",
            "side": "right",
            "range": [max(most * (2.6 if heights else 1.1), 5.0), 0],
            "visible": bool(most),
            "showgrid": False,
            "title": {"text": "mm/h", "standoff": 4, "font": small},
        },
        "shapes": [
            *(
                {**line, "y0": z, "y1": z, "line": {"color": THRESHOLDS[name], "width": 1.5, "dash": "dash"}}
                for name, z in thresholds
            ),
            {
                "type": "line",
                "x0": _local(at),
                "x1": _local(at),
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": INK, "width": 1.5},
            },
        ],
        "annotations": [
            *(
                {
                    "xref": "paper",
                    "x": 0,
                    "xanchor": "left",
                    "y": z,
                    "yanchor": "bottom",
                    "showarrow": False,
                    "text": f"{word(f'gauge_{name}', lang)} {z:.2f}",
                    "font": {"size": 11, "color": THRESHOLDS[name]},
                }
                for name, z in thresholds
            ),
            {
                "x": _local(at),
                "yref": "paper",
                "y": 1,
                "xanchor": "left",
                "yanchor": "top",
                "showarrow": False,
                "text": "T",
                "font": {"size": 12, "color": INK},
            },
        ],
    }


def _local(at: datetime) -> str:
    """An instant as plotly takes it: Beijing time without an offset."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
