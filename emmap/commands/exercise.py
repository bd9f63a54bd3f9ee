"""`emmap exercise list|load|drop`."""

import json
import sys
from typing import Annotated

import typer

from emmap import exercise
from emmap.layer import load_layers
from emmap.settings import get_settings
from emmap.store.database import Database

Realm = Annotated[str, typer.Option(help="演练所用的库 / the exercise's realm")]


def register(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.add_typer(verbs, name="exercise")


verbs = typer.Typer(help="演练数据：列出、载入、清空 / exercises: list, load, drop", no_args_is_help=True)


@verbs.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """列出演练场景 / which exercises there are."""
    found = [
        {"name": one.name, "title": {"zh": one.title.zh, "en": one.title.en}, "share": one.share}
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
        written = exercise.load(
            db, name, load_layers(settings.layers_dir), realm=realm, share=share, say=typer.echo
        )
        if written:
            total = sum(written.values())
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
        typer.echo(f"库 {realm} 已清空 / the realm {realm} is empty")
    finally:
        db.dispose()
