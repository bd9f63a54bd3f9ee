"""A feature's life on both clocks: every version as a line of text, from which the browser also draws a picture."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html

from emmap.layer import Layer, style_table
from emmap.ui.attributes import data
from emmap.ui.times import age, beijing, instant
from emmap.ui.values import span_of, text_of
from emmap.ui.words import word

Feature = Mapping[str, Any]
EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
LATE_S = 300
"""What is recorded within so many seconds of its beginning is in time."""


def lives(layer: Layer, history: Sequence[Feature], row: int | None, lang: str) -> list[Any]:
    """The picture's place and every version, the newest first: when it holds, when it was recorded, what it changed.

    `history` in the order in which it was recorded; version `row` is marked as the one in the picture. The browser
    reads the lines' data attributes (`assets/page/lifetimes.js`).
    """
    items: list[html.Li] = []
    before: list[Mapping[str, Any]] = []
    for one in history:
        values = one["properties"]
        told = [
            _state(layer, values, lang),
            _change(layer, before[-1] if before else None, values, lang),
        ]
        marks = [_lateness(layer, before, values, lang)]
        if _withdrawn(values, history):
            marks.append(word("withdrawn_at", lang, time=_time(values["recorded_to"])))
        items.append(
            html.Li(
                [
                    html.Div(
                        [
                            html.B(span_of(values, lang)),
                            html.Span(word("in_force", lang), className="badge")
                            if values["row"] == row
                            else None,
                            *(html.Span(mark, className="badge late") for mark in marks if mark),
                        ]
                    ),
                    html.Div(" · ".join(filter(None, told))),
                    html.Div(
                        [f"{word('recorded', lang)} ", *recorded(values, lang)],
                        className="muted",
                    ),
                ],
                className="past" if values["recorded_to"] else "",
                **data(
                    row=str(values["row"]),
                    t0=values["valid_from"] or "",
                    t1=values["valid_to"] or "",
                    r0=values["recorded_from"] or "",
                    r1=values["recorded_to"] or "",
                    style=_style(layer, values),
                    state=_state(layer, values, lang),
                ),
            )
        )
        before.append(values)
    return [
        html.Div(className="lifetimes", **data(layer=layer.id)),
        html.Ol(items[::-1], className="history"),
    ]


def recorded(values: Mapping[str, Any], lang: str) -> list[Any]:
    """When a version was recorded, and when it was replaced."""
    known, replaced = instant(values["recorded_from"]), instant(values["recorded_to"])
    told: list[Any] = [beijing(known, seconds=True) if known else word("unknown", lang)]
    if replaced is not None:
        replacement = word("replaced", lang, time=beijing(replaced, seconds=True))
        told.append(html.Span(f" · {replacement}", className="muted"))
    return told


def _lateness(layer: Layer, before: Sequence[Mapping[str, Any]], values: Mapping[str, Any], lang: str) -> str:
    """Whether a version tells late of a state that had begun, or corrects what was told of it. Empty: neither."""
    start, known = instant(values["valid_from"]), instant(values["recorded_from"])
    replaced = [one for one in before if one["recorded_to"] == values["recorded_from"]]
    told = [one for one in replaced if one["valid_from"] == values["valid_from"]]
    if told:
        return (
            word("corrected", lang) if all(_says(layer, one) != _says(layer, values) for one in told) else ""
        )
    if start is None or known is None or (known - start).total_seconds() < LATE_S:
        return ""
    return word("late_by_report", lang, age=age((known - start).total_seconds(), lang))


def _withdrawn(values: Mapping[str, Any], history: Sequence[Feature]) -> bool:
    """Whether a version was taken back and nothing took its place, not even for a part of its span."""
    return values["recorded_to"] is not None and not any(
        other["properties"]["recorded_from"] == values["recorded_to"]
        and _overlap(other["properties"], values)
        for other in history
    )


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    ends = [instant(values["valid_to"]) or NEVER for values in (one, other)]
    return max(_at(one), _at(other)) < min(ends)


def _at(values: Mapping[str, Any]) -> datetime:
    return instant(values["valid_from"]) or EVER


def _says(layer: Layer, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a version says of the state, not of its times: where only its end came to be known, nothing is corrected."""
    return {name: values.get(name) for name, field in layer.fields.items() if field.kind != "instant"}


def _time(text: str) -> str:
    at = instant(text)
    return beijing(at) if at else ""


def _style(layer: Layer, values: Mapping[str, Any]) -> str:
    value = values.get(layer.style.by)
    return str(value) if str(value) in {str(row["value"]) for row in style_table(layer)} else ""


def _state(layer: Layer, values: Mapping[str, Any], lang: str) -> str:
    told = [
        text_of(layer.fields[name], values.get(name), lang)
        for name in ("severity", "status")
        if name in layer.fields
    ]
    return " · ".join(filter(None, told))


def _change(layer: Layer, before: Mapping[str, Any] | None, values: Mapping[str, Any], lang: str) -> str:
    if before is None:
        return word("first_version", lang)
    names = [
        field.info.en if lang == "en" else field.info.zh
        for name, field in layer.fields.items()
        if before.get(name) != values.get(name)
    ]
    return word("changed_fields", lang, names=word("list_join", lang).join(names)) if names else ""
