"""`emmap layers`."""

import json
from typing import Annotated

import typer

from emmap.layer import load_layers
from emmap.settings import get_settings
from emmap.store import answers
from emmap.store.database import Database
from emmap.store.points import stamp_text


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command("layers")(layers)


def layers(
    realm: Annotated[str | None, typer.Option(help="库 / realm")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """列出图层及其数量 / the layers and how much they hold."""
    settings = get_settings()
    store = Database.from_settings(settings)
    store.ensure_running()
    chosen = load_layers(settings.layers_dir)
    with store.engine("app", realm).connect() as conn:
        held = answers.summary(conn, list(chosen.values()))
    if as_json:
        told = [
            {
                "id": layer.id,
                "title": {"zh": layer.title.zh, "en": layer.title.en},
                "features": held[layer.id].features,
                "versions": held[layer.id].versions,
                "stamp": stamp_text(held[layer.id].stamp),
                "fields": list(layer.fields),
            }
            for layer in chosen.values()
        ]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for layer in chosen.values():
        one = held[layer.id]
        typer.echo(
            f"{layer.id:20} {layer.title.zh}  {one.features:,} 个要素 / features  {one.versions:,} 个版本 / versions"
        )
        typer.echo("    " + ", ".join(f"{f.name} {f.info.zh}" for f in layer.fields.values()))
