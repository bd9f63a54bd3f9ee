"""`emmap briefing list|render|verify`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from emmap.briefing import render as rendering
from emmap.layer import load_layers
from emmap.settings import get_settings
from emmap.store import briefings
from emmap.store.database import Database

verbs = typer.Typer(help="简报:列出、输出、核验 / briefings", no_args_is_help=True)
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
            {"id": b.briefing_id, "title": b.title, "realm": b.realm, "created_at": b.created_at.isoformat()}
            for b in found
        ]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in found:
        typer.echo(f"{one.briefing_id}  {one.created_at:%Y-%m-%d %H:%M}Z  {one.realm}  {one.title}")


@verbs.command()
def render(
    briefing_id: Id,
    format: Annotated[str, typer.Option(help="pdf、png 或 svg / pdf, png or svg")] = "pdf",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写到文件 / file to write")] = None,
) -> None:
    """输出简报 / render a briefing."""
    body = rendering.render(_store(), load_layers(get_settings().layers_dir), briefing_id, format)
    path = output or Path(f"emmap-{briefing_id}.{format}")
    path.write_bytes(body)
    typer.echo(str(path))


@verbs.command()
def verify(briefing_id: Id, as_json: Json = False) -> None:
    """重新输出并与当初的比较 / render again and compare with what it was."""
    found = rendering.verify(_store(), load_layers(get_settings().layers_dir), briefing_id)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "id": found.briefing_id,
                    "same": found.same,
                    "differs": found.differs,
                    "sha256": dict(found.formats),
                },
                ensure_ascii=False,
            )
        )
    elif found.same:
        typer.echo(f"✓ 一致 / the same: {', '.join(found.formats) or '尚未输出过 / never rendered'}")
    else:
        typer.echo(f"✗ 不一致 / differs: {'; '.join(found.differs)}")
    if not found.same:
        raise typer.Exit(1)
