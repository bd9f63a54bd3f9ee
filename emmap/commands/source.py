"""`emmap worker` and `emmap source …`."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Annotated

import typer
from sqlalchemy import Connection

from emmap.briefing.desk import schedule
from emmap.commands.access import note
from emmap.errors import Conflict, SetupError
from emmap.ingest.sources import plan
from emmap.ingest.sources.config import SourceConfig, configured
from emmap.ingest.sources.fetch import Fetcher
from emmap.ingest.sources.run import Means, run
from emmap.ingest.sources.words import age, as_json, outcome_words
from emmap.ingest.sources.worker import Worker, quiet_libraries
from emmap.layer import load_layers
from emmap.processes import die_with_parent, log_as_json
from emmap.settings import get_settings
from emmap.store import migrate, source_states
from emmap.store.database import Database
from emmap.store.source_states import Standing
from emmap.store.sources import Told
from emmap.view import BEIJING

Name = Annotated[str, typer.Argument(help="来源名 / name of the source")]
Realm = Annotated[str | None, typer.Option(help="库 / realm; default: the source's own, else EMMAP_REALM")]
DAYS = timedelta(days=14)
DAYS_SHOWN = 7
"""Days with records that `list` prints; `--json` gives all of `DAYS`."""

source = typer.Typer(help="来源：自动取数 / sources that emmap fetches by itself", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(worker)
    app.add_typer(source, name="source")


def worker() -> None:
    """自动取数、定时拟稿、清理过期原文，直到停止 / fetch sources, leave scheduled drafts, prune old raw content until stopped."""
    settings = get_settings()
    if settings.supervised:
        die_with_parent()
    log_as_json(settings.log_level)
    quiet_libraries()
    if settings.sources_file is None:
        _say("· 没有设置 EMMAP_SOURCES_FILE，不取数 / no file of sources: nothing is fetched")

    async def work() -> None:
        database, layers = Database.from_settings(settings), load_layers(settings.layers_dir)
        found = Worker(
            database,
            layers,
            settings.sources_file,
            _say,
            message_days=settings.message_days,
            besides=[partial(schedule.look, database, layers, settings)],
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, found.stopping.set)
        await found.work()
        database.dispose()

    asyncio.run(work())


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


@source.command("list")
def list_(
    realm: Realm = None, as_json_: Annotated[bool, typer.Option("--json", help="JSON")] = False
) -> None:
    """列出来源：上次成功、故障、下次运行 / each source: last success, trouble, next run."""
    db = _store()
    now = datetime.now(UTC)
    with db.engine("app", realm).connect() as conn:
        found = source_states.standings(conn)
        days = source_states.per_day(conn, now - DAYS)
        workers = source_states.workers(conn)
    if as_json_:
        told = [as_json(one, days.get(one.name, []), now) for one in found]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    if not found:
        typer.echo("没有来源；见 docs/sources.md / there are no sources")
    for one in found:
        _print(one, days.get(one.name, []), now)
    if found and not workers:
        typer.echo("! 没有取数进程在运行（emmap worker）/ no worker is running")


def _print(one: Standing, days: list[tuple[date, int, int]], now: datetime) -> None:
    last = age(now - one.last_success_at) if one.last_success_at else ("从未", "never")
    marks = [
        ("已不在配置里", "no longer configured") if not one.configured else None,
        ("已暂停", "paused") if one.paused_at else None,
        ("正在运行", "running") if one.running_since else None,
        ("迟到", "late") if one.late(now) else None,
    ]
    said = [f"{zh} / {en}" for zh, en in filter(None, marks)]
    typer.echo(f"{one.name}  {one.title}{'  [' + '; '.join(said) + ']' if said else ''}")
    planned = one.next_run_at if one.paused_at is None else None
    following = planned.astimezone(BEIJING).strftime("%m-%d %H:%M:%S") if planned else "—"
    typer.echo(
        f"  上次成功 {last[0]} / last success {last[1]}；下次（北京时间）/ next (Beijing time) {following}"
    )
    if days:
        told = "  ".join(f"{day:%m-%d} {records:,}" for day, records, _ in days[-DAYS_SHOWN:])
        typer.echo(f"  每日条数 / records per day  {told}")
    if one.trouble:
        typer.echo(f"  ✗ {one.trouble[1]}\n    {one.trouble[2]}")
    if one.held_run is not None:
        typer.echo(f"  → emmap source confirm {one.name}")


@source.command("run")
def run_(name: Name) -> None:
    """现在取一次，并等结果 / fetch once, now, and wait for the result."""
    _run_here(name)


@source.command()
def pause(name: Name, realm: Realm = None) -> None:
    """暂停 / fetch no more until resumed."""
    _change("pause", name, realm, lambda conn, now: source_states.pause(conn, name, "cli", now))
    typer.echo(f"已暂停 {name} / paused")


@source.command()
def resume(name: Name, realm: Realm = None) -> None:
    """恢复 / fetch again."""
    _change("resume", name, realm, lambda conn, now: source_states.resume(conn, name, now))
    typer.echo(f"已恢复 {name} / resumed")


@source.command()
def confirm(name: Name) -> None:
    """让暂存的内容入库 / let in what was held."""
    _run_here(name, confirming=True)


def _run_here(name: str, *, confirming: bool = False) -> None:
    """Runs a source in this process; a run of a worker that is on its way meanwhile may not write."""
    log_as_json("WARNING")
    quiet_libraries()
    db = _store()
    one = _configured(name)
    realm = one.realm or db.default_realm
    now = datetime.now(UTC)
    plan.configure(db, configured(load_layers(get_settings().layers_dir)), now)
    with db.engine("app", realm).begin() as conn:
        if (found := source_states.standing(conn, name)).paused_at is not None:
            raise source_states.resting(found)
        if confirming:
            source_states.confirm(conn, name, "cli")
        note(conn, f"source {'confirm' if confirming else 'run'}", realm=realm, source=name)

    async def go() -> list[Told]:
        fetcher = Fetcher()
        try:
            return await run(one, Means(db, fetcher))
        finally:
            await fetcher.close()

    outcomes = asyncio.run(go())
    db.dispose()
    if not outcomes:
        raise Conflict(
            f"另一次运行抢先开始，这一次没有写入；用 emmap source list 查看 {name}。",
            f"Another run of {name} began meanwhile and this one wrote nothing: see emmap source list.",
            code="overtaken",
        )
    for told in outcomes:
        zh, en = outcome_words(told)
        typer.echo(f"{'✗' if told.outcome in ('failed', 'held') else '✓'} {zh}\n  {en}")
        if told.outcome == "held":
            typer.echo(f"  → emmap source confirm {name}")
    if any(told.outcome in ("failed", "held") for told in outcomes):
        raise typer.Exit(1)


def _configured(name: str) -> SourceConfig:
    found = {one.name: one for one in configured(load_layers(get_settings().layers_dir))}
    if name not in found:
        raise SetupError(
            f"EMMAP_SOURCES_FILE 里没有来源「{name}」；有 {'、'.join(found) or '无'}。",
            f"EMMAP_SOURCES_FILE has no source “{name}”; it has {', '.join(found) or 'none'}.",
        )
    return found[name]


def _change(verb: str, name: str, realm: str | None, change: Callable[[Connection, datetime], None]) -> None:
    db = _store()
    chosen = realm or _realm_of(name) or db.default_realm
    with db.engine("app", chosen).begin() as conn:
        change(conn, datetime.now(UTC))
        note(conn, f"source {verb}", realm=chosen, source=name)
    db.dispose()


def _realm_of(name: str) -> str | None:
    """The realm that a source is configured for, where this process knows the configuration."""
    return next(
        (one.realm or None for one in configured(load_layers(get_settings().layers_dir)) if one.name == name),
        None,
    )


def _store() -> Database:
    db = Database.from_settings(get_settings())
    db.ensure_running()
    if migrate.pending(db):
        raise SetupError(
            "数据库的库结构还不是当前版本，请先运行 emmap db upgrade。",
            "The database's schema is not current: run `emmap db upgrade` first.",
        )
    return db
