"""`emmap exercise list|load|drop|replay`."""

import json
import signal
import sys
import threading
import time
from datetime import datetime
from typing import Annotated, TextIO

import typer

from emmap import exercise
from emmap.commands.access import note_done
from emmap.errors import Malformed
from emmap.exercise import replay as replays
from emmap.layer import load_layers
from emmap.settings import get_settings
from emmap.store.database import Database
from emmap.view import parse_instant

Realm = Annotated[str, typer.Option(help="演练所用的库 / the exercise's realm")]


def register(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.add_typer(verbs, name="exercise")


verbs = typer.Typer(
    help="演练数据：列出、载入、清空、回放 / exercises: list, load, drop, replay", no_args_is_help=True
)


class Bar:
    """How far a load is: a bar in a terminal, else a line at every tenth."""

    WIDTH = 30
    SHORTEST_S = 2.0
    """What takes less is not worth a bar."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._drawn = False
        self._layer = ""
        self._begun = 0.0
        self._told = 0.0

    def say(self, line: str) -> None:
        """A line of its own."""
        if self._drawn:
            self._out.write("\r\x1b[K")
            self._drawn = False
        typer.echo(line, self._out)

    def tell(self, progress: exercise.Progress) -> None:
        """Shows how far it is."""
        if progress.layer.id != self._layer:
            self._layer, self._begun, self._told = progress.layer.id, time.monotonic(), 0.0
        if progress.done - self._told < (0.01 if self._out.isatty() else 0.1):
            return
        taken = time.monotonic() - self._begun
        if taken < self.SHORTEST_S:
            return
        self._told = progress.done
        title, phase = progress.layer.title, progress.phase.title
        if not self._out.isatty():
            self.say(f"{title.zh} {progress.done:.0%} {phase.zh} / {title.en} {progress.done:.0%} {phase.en}")
            return
        full = round(progress.done * self.WIDTH)
        self._out.write(
            f"\r{title.zh} {'█' * full}{'░' * (self.WIDTH - full)} {progress.done:4.0%} {taken:3.0f} s "
            f"{phase.zh} / {phase.en}\x1b[K"
        )
        self._out.flush()
        self._drawn = True


@verbs.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """列出演练场景 / which exercises there are."""
    found = [
        {"name": one.name, "title": {"zh": one.title.zh, "en": one.title.en}}
        for one in exercise.SCENARIOS.values()
    ]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for one in exercise.SCENARIOS.values():
        typer.echo(f"{one.name}  {one.title.zh} / {one.title.en}")


@verbs.command()
def load(
    name: Annotated[str, typer.Argument(help="场景名，如 city-2020 / name of the exercise")],
    realm: Realm = exercise.REALM,
    share: Annotated[
        float | None, typer.Option(help="占完整规模的份额，0 到 1 / part of the full size, 0 to 1")
    ] = None,
) -> None:
    """载入演练数据；已载入则不变 / load an exercise; nothing changes where it is there."""
    settings = get_settings()
    db = Database.from_settings(settings)
    db.ensure_running()
    try:
        typer.echo(f"正在载入演练 {name} … / loading exercise {name} …")
        bar = Bar(sys.stdout)
        written = exercise.load(
            db,
            name,
            load_layers(settings.layers_dir),
            realm=realm,
            share=settings.exercise_share if share is None else share,
            say=bar.say,
            tell=bar.tell,
        )
        if written:
            total = sum(written.values())
            note_done(db, "exercise load", realm=realm, exercise=name, versions=total)
            typer.echo(f"演练 {name} 已载入，共 {total:,} 个版本 / loaded, {total:,} versions")
        else:
            typer.echo(f"演练 {name} 已在库 {realm} 中，未作改动 / already loaded, nothing changed")
    finally:
        db.dispose()


@verbs.command()
def drop(
    realm: Realm = exercise.REALM,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 / do not ask")] = False,
) -> None:
    """清空演练库 / empty the exercise realm."""
    if not yes and sys.stdin.isatty():
        typer.confirm(f"清空库 {realm} 的全部数据？ / empty the realm {realm}?", abort=True)
    db = Database.from_settings(get_settings())
    db.ensure_running()
    try:
        exercise.drop(db, realm=realm)
        note_done(db, "exercise drop", realm=realm)
        typer.echo(f"库 {realm} 已清空 / the realm {realm} is empty")
    finally:
        db.dispose()


@verbs.command()
def replay(
    name: Annotated[str, typer.Argument(help="场景名，如 city-2020 / name of the exercise")],
    speed: Annotated[
        float, typer.Option(help="每秒走多少秒，至多 3600 / scenario seconds a second, at most 3600")
    ] = 60.0,
    start: Annotated[
        str | None,
        typer.Option("--from", help="从何时起，带时区；默认为场景自己的时段 / from when, with offset"),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="到何时止，带时区 / until when, with offset")
    ] = None,
    share: Annotated[
        float | None, typer.Option(help="占完整规模的份额，0 到 1 / part of the full size, 0 to 1")
    ] = None,
) -> None:
    """把过去的一段时间重新实时播入单独的库，先清空该库；Ctrl-C 停止 / feed a past span again, live, into a realm of its own
    that is emptied first; Ctrl-C stops it."""
    settings = get_settings()
    layers = load_layers(settings.layers_dir)
    db = Database.from_settings(settings)
    db.ensure_running()
    stopped = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stopped.set())
    try:
        typer.echo(f"正在准备回放 {name} … / preparing the replay of {name} …")
        prepared = replays.prepare(
            db,
            name,
            layers,
            speed=speed,
            share=settings.exercise_share if share is None else share,
            start=_instant(start, "--from"),
            end=_instant(end, "--to"),
            say=typer.echo,
        )
        note_done(db, "exercise replay", realm=prepared.realm, exercise=name)
        address = f"{settings.public_url or ''}{prepared.address}"
        typer.echo(f"开始回放，速度 {speed:g}×；地图地址 / the replay runs; the map's address: {address}")
        whole = replays.run(db, prepared, layers, stopped=stopped.is_set, say=typer.echo)
        if whole:
            typer.echo(f"回放结束，库 {prepared.realm} 停在最后一刻 / the replay is over")
        else:
            typer.echo(f"回放已停止，库 {prepared.realm} 停在此刻 / the replay was stopped")
    finally:
        db.dispose()


def _instant(text: str | None, name: str) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        raise Malformed(
            f"{name} 应为带时区的时间，如 2020-05-21T20:00:00+08:00。",
            f"{name} is an instant with offset, such as 2020-05-21T20:00:00+08:00.",
        ) from None
