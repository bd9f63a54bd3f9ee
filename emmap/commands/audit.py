"""`emmap audit list|verify` and `emmap personal erase`."""

import json
from typing import Annotated

import typer

from emmap.commands.access import Json, store, system_user
from emmap.errors import Malformed
from emmap.layer import layer_named, load_layers
from emmap.settings import get_settings
from emmap.store import audit, personal
from emmap.web.api.accounts import entry_as_json

trail = typer.Typer(help="审计：列出、核验 / the audit", no_args_is_help=True)
data = typer.Typer(help="个人信息 / personal data", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.add_typer(trail, name="audit")
    app.add_typer(data, name="personal")


@data.callback()
def _group() -> None:
    """Keeps `erase` a verb of its own although it is the only one."""


@trail.command("list")
def list_(
    actor: Annotated[str | None, typer.Option(help="谁 / who")] = None,
    act: Annotated[
        str | None, typer.Option(help="sign_in, sign_in_failed, sign_out, refused, personal, change, export")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="最多几条 / at most")] = 50,
    as_json: Json = False,
) -> None:
    """列出最近的审计记录 / the newest entries."""
    with store().engine("app").connect() as conn:
        found = audit.entries(conn, limit=limit, actor=actor, act=act)
    if as_json:
        typer.echo(json.dumps([entry_as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        said = one.entry
        times = f" ×{said.times}" if said.times > 1 else ""
        typer.echo(
            f"{one.audit_id}  {said.at.astimezone():%Y-%m-%d %H:%M:%S}  {said.act}  {said.actor or '—'}"
            f"  {said.address or '—'}  {said.subject}{times}  {json.dumps(said.details, ensure_ascii=False)}"
        )


@trail.command()
def verify(
    head: Annotated[
        str | None,
        typer.Option(help="以前记下的 序号:哈希，须仍在链中 / a head noted earlier, NUMBER:HASH"),
    ] = None,
    as_json: Json = False,
) -> None:
    """核验审计链；有改动、缺失或换位则退出码 1 / verify the chain; exit code 1 where it does not hold."""
    noted = _head(head) if head else None
    found_store = store()
    with found_store.engine("app").begin() as conn:
        audit.seal(conn)
    with found_store.engine("app").connect() as conn:
        found = audit.verify(conn, noted)
    if as_json:
        told = {
            "seals": found.seals,
            "hash": found.hash,
            "pending": found.pending,
            "faults": [{"kind": f.kind, "seal": f.seal_id, "id": f.audit_id} for f in found.faults],
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for fault in found.faults:
            zh, en = _FAULTS[fault.kind]
            where = f"链序号 {fault.seal_id or '—'}，记录 {fault.audit_id or '—'}"
            typer.echo(f"✗ {where}：{zh} / seal {fault.seal_id or '—'}, row {fault.audit_id or '—'}: {en}")
        if not found.faults:
            typer.echo(f"✓ {found.seals} 条，链完整 / the chain holds, {found.seals} entries")
        typer.echo(f"  链尾（请另行记下）/ head, to be noted elsewhere: {found.seals}:{found.hash}")
    if found.faults:
        raise typer.Exit(1)


_FAULTS = {
    "changed": ("被改动或换位", "changed or moved"),
    "removed": ("被删除", "removed"),
    "unchained": ("不在链中", "not in the chain"),
}


def _head(said: str) -> tuple[int, str]:
    number, _, digest = said.partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise Malformed("--head 应为 序号:哈希。", "--head is NUMBER:HASH.")
    return int(number), digest.lower()


@data.command()
def erase(
    layer: Annotated[str | None, typer.Argument(help="图层 / layer")] = None,
    feature_id: Annotated[str | None, typer.Argument(help="要素编号 / feature")] = None,
    reason: Annotated[str, typer.Option(help="原因，记入审计 / why; goes into the audit")] = "",
    message: Annotated[int | None, typer.Option(help="改为清除这份原始文件 / this original instead")] = None,
    realm: Annotated[str | None, typer.Option(help="库 / realm")] = None,
) -> None:
    """清除一个要素的个人信息（版本保留），或一份原始文件的内容 / erase a feature's personal data, or an original."""
    found = store()
    by = personal.By(system_user(), "command", "", reason)
    if (message is None) == (layer is None or feature_id is None):
        raise Malformed("请给出 图层 要素编号，或 --message。", "Give LAYER FEATURE_ID, or --message.")
    with found.engine("app", realm or found.default_realm).begin() as conn:
        if message is not None:
            personal.erase_original(conn, message, by)
            typer.echo(f"已清除原始消息 {message} / erased")
            return
        known = layer_named(layer or "", load_layers(get_settings().layers_dir))
        erased = personal.erase(conn, known.id, feature_id or "", by)
        left = personal.originals(conn, known.id, feature_id or "")
    typer.echo(f"已清除 {erased} 个状态的个人信息 / erased in {erased} states")
    if left:
        numbers = ", ".join(str(one) for one in left)
        typer.echo(
            f"  原始文件 {numbers} 里可能还有；可用 --message 编号 清除\n"
            "  originals that may still hold them; --message NUMBER erases one"
        )
