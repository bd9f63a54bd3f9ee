"""Measurements into the store: observations, and what they mean for the stations and their warnings.

Each station touched is laid out anew with all that is known of it, and what differs is written. So readings that come
late, out of order, twice or corrected end as if they had come in order and right.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from emmap.errors import SetupError
from emmap.hydrology.rules import Rules, rules
from emmap.ingest.differences import acts_between
from emmap.ingest.gauges import layout
from emmap.ingest.gauges.batch import Batch, Reading, Told
from emmap.ingest.gauges.layout import CONTEXT, KINDS, QUIET, Life, Station
from emmap.ingest.gauges.reading import reads_gauges
from emmap.ingest.result import ImportResult
from emmap.layer import GAUGE_WARNINGS, Act, Layer, Notice, load_layers
from emmap.series import Measured, measured, series_of
from emmap.settings import get_settings
from emmap.store import inbox, observations, stations
from emmap.store.inbox import RejectedRow
from emmap.store.observations import Observation
from emmap.store.overlay import EARLIEST
from emmap.store.versions import write
from emmap.view import BEIJING

SOURCE = "gauges"
"""The source of a run that a person's file of measurements made."""
AHEAD = timedelta(minutes=10)
"""A station's clock may be so far ahead."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a batch is taken in with. `now` aware UTC, whole seconds. `horizon`: silences up to then are said, later ones
    by who looks again; None: nobody looks again, and they are said beforehand."""

    layer: Layer
    warnings: Mapping[str, Layer]
    rules: Rules
    now: datetime
    horizon: datetime | None


def frame(now: datetime, *, looked_after: bool) -> Frame:
    """The layers and rules in force. `looked_after`: a source comes again and `look` is called."""
    layers = load_layers(get_settings().layers_dir)
    found = next((layer for layer in layers.values() if reads_gauges(layer)), None)
    if found is None:
        raise SetupError("没有图层读测站数据（gauges）。", "No layer reads gauges.")
    in_force = rules()
    second = now.astimezone(UTC).replace(microsecond=0)
    return Frame(
        found,
        {
            kind: _claiming(layers, rule.hazard)
            for kind, rule in (("stage", in_force.stage), ("rain", in_force.rain))
        },
        in_force,
        second,
        second if looked_after else None,
    )


def _claiming(layers: Mapping[str, Layer], hazard: str) -> Layer:
    """The layer that takes warnings of this hazard."""
    notice = Notice("", (hazard,), ("Met",), "")
    found = next(
        (layer for layer in layers.values() if "gauge" in layer.forms and layer.claims(notice)), None
    )
    if found is None:
        raise SetupError(
            f"没有图层接收灾种 {hazard} 的测站预警。", f"No layer takes gauge warnings of {hazard}."
        )
    return found


def store(
    conn: Connection,
    batch: Batch,
    content: bytes | None,
    given: Frame,
    *,
    source: str = SOURCE,
    name: str = "",
    user: str = "",
    only_news: bool = False,
) -> ImportResult | None:
    """Takes a batch in and keeps the run, in the caller's transaction. `content` is what came, as it came; None: it was
    read row by row, and the readings that are new are kept. `only_news`: a batch that brings nothing new leaves no trace,
    and the answer is None."""
    stations.lock(conn)
    batch = _not_from_the_future(batch, given.now)
    added = observations.add_new(conn, [(one.of.name, one.at, one.value) for one in batch.readings])
    touched: dict[str, datetime] = {}
    for series, at in added:
        of = measured(series)
        if of is not None:
            since = at - timedelta(seconds=of.period_s)
            touched[of.station] = min(since, touched.get(of.station, since))
    told: dict[str, list[Told]] = defaultdict(list)
    for one in batch.stations:
        told[one.station].append(one)
    message = None
    if content is not None and (added or not batch.readings or not only_news):
        message = inbox.keep_message(conn, source, content, _media_type(content), name)
    elif added:
        message = inbox.keep_message(conn, source, _as_csv(batch, added), "text/csv", name)
    changed = lay_out(conn, {id: touched.get(id) for id in {**touched, **told}}, told, given, message)
    if only_news and not (added or changed or batch.refused):
        return None
    result = _counted(batch, added, changed)
    run_id = inbox.start_run(conn, given.layer.id, source, file_name=name, account=user, message_id=message)
    inbox.reject(conn, run_id, batch.refused)
    counts = ("read", "added", "changed", "unchanged", "rejected", "ended")
    inbox.finish_run(conn, run_id, {count: getattr(result, count) for count in counts})
    return replace(result, run_id=run_id)


def _not_from_the_future(batch: Batch, now: datetime) -> Batch:
    """Without readings of a wrong clock: a station would never fall silent before they come to pass."""
    late = {one.position: one for one in batch.readings if one.at > now + AHEAD}
    if not late:
        return batch
    refused = [
        RejectedRow(
            position,
            "in_the_future",
            f"第 {position} 条：时间 {one.at.astimezone(BEIJING):%Y-%m-%d %H:%M} 还没有到。",
            f"Row {position}: its time {one.at.astimezone(BEIJING):%Y-%m-%d %H:%M} (Beijing) lies ahead.",
            f"{one.of.name} {one.at.isoformat()}",
        )
        for position, one in sorted(late.items())
    ]
    return replace(
        batch,
        stations=[one for one in batch.stations if one.position not in late],
        readings=[one for one in batch.readings if one.position not in late],
        refused=[*batch.refused, *refused],
    )


def _as_csv(batch: Batch, added: Mapping[tuple[str, datetime], bool]) -> bytes:
    """The readings that are new, as they are kept for a person to look at."""
    lines = [
        f"{one.of.station},{one.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S},{one.of.quantity},{one.of.period_s},"
        f"{'' if one.value is None else one.value}"
        for one in batch.readings
        if (one.of.name, one.at) in added
    ]
    return "\n".join(["STCD,TM,quantity,period_s,value", *lines, ""]).encode()


def _media_type(content: bytes) -> str:
    return "application/json" if content.lstrip()[:1] == b"{" else "text/csv"


def _counted(
    batch: Batch, added: Mapping[tuple[str, datetime], bool], changed: Mapping[str, str]
) -> ImportResult:
    """A row is added where it brought a new reading or station, changed where it corrected one, else unchanged."""
    outcomes: dict[int, str] = {}
    last: dict[tuple[str, datetime], Reading] = {(one.of.name, one.at): one for one in batch.readings}
    for key, corrects in added.items():
        position = last[key].position
        if outcomes.get(position) != "added":
            outcomes[position] = "changed" if corrects else "added"
    for one in batch.stations:
        if (what := changed.get(one.station)) and outcomes.get(one.position) != "added":
            outcomes[one.position] = what
    found = list(outcomes.values())
    counts = {what: found.count(what) for what in ("added", "changed")}
    return ImportResult(
        read=batch.read,
        added=counts["added"],
        changed=counts["changed"],
        unchanged=batch.read - len(found) - len(batch.refused),
        rejected=len(batch.refused),
        format=batch.format,
        columns_ignored=batch.columns_ignored,
        rejected_records=tuple(batch.refused),
    )


def look(conn: Connection, given: Frame) -> None:
    """Says of stations that have fallen silent, and of warnings that nobody confirms any more, that it is so. In the
    caller's transaction."""
    stations.lock(conn)
    lively = stations.lively(conn, given.layer.id, given.now, QUIET)
    last = observations.last_at(conn, [one.name for id in lively for one in series_of(id)])
    latest: dict[tuple[str, str], datetime] = {}
    for series, at in last.items():
        of = measured(series)
        if of is not None:
            latest[of.station, of.quantity] = max(at, latest.get((of.station, of.quantity), at))
    due: dict[str, datetime | None] = {}
    for kind, rule in (("stage", given.rules.stage), ("rain", given.rules.rain)):
        for id, (interval, severity) in lively.items():
            read = latest.get((id, kind))
            silence = rule.silence(interval)
            if read is not None and read + (min(silence, rule.kept) if severity else silence) <= given.now:
                due[id] = min(read, due.get(id) or read)
    lay_out(conn, due, {}, given, None)


def lay_out(
    conn: Connection,
    touched: Mapping[str, datetime | None],
    told: Mapping[str, Sequence[Told]],
    given: Frame,
    message: int | None,
) -> dict[str, str]:
    """Lays stations out anew and writes what differs; `touched`: from when on a station's readings are others, None where
    only the station itself is told. Answers the stations of which more is known than readings: `added` or `changed`."""
    known = stations.versions(conn, given.layer.id, touched)
    warned = {
        kind: stations.versions(conn, layer.id, [f"{GAUGE_WARNINGS[kind]}{id}" for id in touched])
        for kind, layer in given.warnings.items()
    }
    acts: dict[str, list[Act]] = defaultdict(list)
    layers = {layer.id: layer for layer in (given.layer, *given.warnings.values())}
    changed: dict[str, str] = {}
    for id, since in sorted(touched.items()):
        station = Station(
            id,
            known.get(id, []),
            {kind: warned[kind].get(f"{GAUGE_WARNINGS[kind]}{id}", []) for kind in KINDS},
        )
        own, again = layout.lives(station, told.get(id, ()), given.now)
        if own != layout.lives(station, (), given.now)[0] or not station.versions:
            changed[id] = "changed" if station.versions else "added"
        condition, warnings = _acts_of(conn, station, own, EARLIEST if again else since, given)
        acts[given.layer.id] += condition
        for kind, of_kind in warnings.items():
            acts[given.warnings[kind].id] += of_kind
    for layer_id in sorted(acts):
        if acts[layer_id]:
            write(conn, layers[layer_id], acts[layer_id], source_message=message)
    return changed


def _acts_of(
    conn: Connection, station: Station, own: Sequence[Life], since: datetime | None, given: Frame
) -> tuple[list[Act], dict[str, list[Act]]]:
    """What makes the station, and its warnings by kind, as they should be."""
    begin = None if since is None else layout.begin_of(station, since)
    found = {}
    if begin is not None:
        found = layout.judged(own, _around(conn, station.id, begin), given.rules, given.horizon)
    wanted = layout.station_records(given.layer, station, own, found, begin, given.rules, given.now)
    acts = acts_between(station.id, wanted, [version.standing for version in station.versions])
    warnings: dict[str, list[Act]] = {}
    for kind, layer in given.warnings.items() if begin is not None else ():
        assert begin is not None
        of_kind = layout.warning_records(
            layer, station.id, kind, own, found.get(kind, ()), begin, given.rules
        )
        standing = [
            version.standing
            for version in station.warnings[kind]
            if version.start is None or version.start >= begin
        ]
        warnings[kind] = acts_between(f"{GAUGE_WARNINGS[kind]}{station.id}", of_kind, standing)
    return acts, warnings


def _around(conn: Connection, station: str, begin: datetime) -> list[Observation]:
    """The station's stages and rain from `begin` on, with those before it that bear on them: of rain `CONTEXT`, and of each
    kind the last reading, however old it is."""
    stage = [Measured(station, "stage").name]
    rain = [one.name for one in series_of(station) if one.quantity == "rain"]
    if begin == EARLIEST:
        return observations.several(conn, stage + rain, None, None, None)
    found: list[Observation] = []
    for names, start in ((stage, begin), (rain, begin - CONTEXT)):
        found += observations.several(conn, names, start, None, None)
        last = observations.last_at(conn, names, before=start - _SECOND)
        if last:
            at = max(last.values())
            found += observations.several(conn, names, at, at + _SECOND, None)
    return found
