"""`emmap layers`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from emmap.errors import Unreadable
from emmap.ingest.template import template
from emmap.layer import layer_named, load_layers
from emmap.settings import Settings, get_settings
from emmap.store import answers
from emmap.store.database import Database
from emmap.store.points import stamp_text


def register(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command("layers")(layers)


def layers(
    realm: Annotated[str | None, typer.Option(help="库 / realm")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
    template_of: Annotated[
        str | None,
        typer.Option("--template", metavar="LAYER", help="写出图层的导入模板 / write its import template"),
    ] = None,
    output: Annotated[Path | None, typer.Argument(help="模板写入的 .xlsx / where the template goes")] = None,
) -> None:
    """列出图层及其数量 / the layers and how much they hold. --template LAYER OUT.xlsx 写出导入模板 / writes a template."""
    settings = get_settings()
    if template_of is not None:
        _write_template(settings, template_of, output)
        return
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


def _write_template(settings: Settings, layer_id: str, output: Path | None) -> None:
    """Writes a layer's template; its name follows the layer where none is given. Needs no store."""
    layer = layer_named(layer_id, load_layers(settings.layers_dir))
    path = output or Path(f"{layer.id}.xlsx")
    try:
        path.write_bytes(template(layer))
    except OSError as error:
        raise Unreadable(
            f"不能写入文件 {path}：{error.strerror}。", f"Cannot write {path}: {error.strerror}."
        ) from error
    typer.echo(f"{layer.title.zh}：{path}")
