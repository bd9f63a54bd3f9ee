"""`emmap briefing list|render|verify|series`."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from emmap.briefing import proof
from emmap.briefing import render as rendering
from emmap.briefing.words import beijing
from emmap.commands.access import note
from emmap.errors import Malformed, Unreadable
from emmap.layer import load_layers
from emmap.settings import get_settings
from emmap.store import briefings
from emmap.store.briefings import Number
from emmap.store.database import Database
from emmap.view import BEIJING

verbs = typer.Typer(
    help="简报：列出、输出、核验、期号 / briefings: list, render, verify, numbers", no_args_is_help=True
)
Id = Annotated[str, typer.Argument(help="简报编号 / id of the briefing")]
Json = Annotated[bool, typer.Option("--json", help="JSON")]


def register(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.add_typer(verbs, name="briefing")


def _store() -> Database:
    found = Database.from_settings(get_settings())
    found.ensure_running()
    return found


@verbs.command("list")
def list_(as_json: Json = False) -> None:
    """列出最近的简报 / the newest briefings."""
    with _store().engine("app").connect() as conn:
        found = briefings.latest(conn)
    if as_json:
        told = [
            {
                "id": one.briefing_id,
                "title": one.title,
                "template": one.template,
                "realm": one.realm,
                "account": one.account,
                "created_at": one.created_at.isoformat(),
                "sha256": one.sha256,
                "number": rendering.number_as_json(one.number),
            }
            for one in found
        ]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in found:
        at = beijing(one.created_at.replace(microsecond=0))
        number = (
            f"{one.number.series} {one.number.year} 年第 {one.number.issue} 期（总第 {one.number.total} 期） "
            if one.number
            else ""
        )
        typer.echo(f"{one.briefing_id}  {at}  {one.realm}  {number}{one.title}")


@verbs.command()
def render(
    briefing_id: Id,
    format: Annotated[str, typer.Option(help="pdf、png、svg、pptx、docx、zip")] = "pdf",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写到文件 / file to write")] = None,
    dpi: Annotated[
        int, typer.Option(help="PNG 分辨率：96、150、300 / resolution of PNG")
    ] = rendering.PNG_DPI,
    page: Annotated[int, typer.Option(help="PNG、SVG 的页码 / page of PNG and SVG")] = 1,
) -> None:
    """输出简报，每次完全相同 / render a briefing, the same every time."""
    body = rendering.render(_store(), load_layers(get_settings().layers_dir), briefing_id, format, dpi, page)
    path = output or Path(f"emmap-{briefing_id}.{format}")
    try:
        path.write_bytes(body)
    except OSError as error:
        raise Unreadable(
            f"写不了文件 {path}:{error.strerror}。", f"Cannot write {path}: {error.strerror}."
        ) from error
    typer.echo(str(path))


@verbs.command()
def verify(briefing_id: Id, as_json: Json = False) -> None:
    """重新输出并与当初的比较，不一致时指出原因 / render again, compare with what it was, and name what differs."""
    found = proof.verify(_store(), load_layers(get_settings().layers_dir), briefing_id)
    if as_json:
        told = {
            "id": found.briefing_id,
            "same": found.same,
            "gone": found.gone,
            "differs": [str(one) for one in found.differs],
            "sha256": dict(found.formats),
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for name, sha256 in found.formats.items():
            typer.echo(f"  {name}  {sha256}")
        if found.same:
            typer.echo("✓ 一致 / the same")
        for line in found.differs:
            typer.echo(f"✗ 不一致 / differs: {line}")
    if not found.same:
        raise typer.Exit(1)


@verbs.command()
def series(
    masthead: Annotated[str, typer.Argument(help="刊名 / masthead")],
    issue: Annotated[int, typer.Option(min=0, help="本年已编到第几期 / the year's last issue so far")],
    total: Annotated[int, typer.Option(min=0, help="总共已编到第几期 / the last of all so far")],
    year: Annotated[int | None, typer.Option(help="年 / year; default: this one")] = None,
) -> None:
    """接着原有期号编 / number a series on from what was issued before emmap counted it."""
    if total < issue:
        raise Malformed("总期数不能小于本年期数。", "The total cannot be less than the year's issues.")
    before = Number(masthead.strip(), year or datetime.now(BEIJING).year, issue, total)
    with _store().engine("owner").begin() as conn:
        briefings.continue_series(conn, before)
        note(conn, "briefing series", **asdict(before))
    typer.echo(f"{before.series}：下一期为第 {issue + 1} 期（总第 {total + 1} 期）")
