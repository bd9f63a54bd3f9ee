"""`emmap import`, `emmap rejected`."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from emmap.commands.access import note_done
from emmap.errors import Malformed, NotFound, SetupError, Unreadable
from emmap.ingest.importer import import_file
from emmap.ingest.rejections import error_file
from emmap.ingest.result import ImportResult
from emmap.ingest.returned import given_back
from emmap.ingest.withdrawing import withdraw_run
from emmap.settings import get_settings
from emmap.store import inbox, migrate
from emmap.store.database import Database
from emmap.view import BEIJING

Realm = Annotated[str | None, typer.Option(help="库 / realm; default EMMAP_REALM")]
SHOWN = 20
"""Refused rows that are printed; `--json` gives the first thousand."""

_WORDS = {
    "read": "读入",
    "added": "新增",
    "changed": "变更",
    "unchanged": "未变",
    "rejected": "拒收",
    "ended": "结束",
    "abroad": "省外",
    "repaired": "修复",
    "examples": "示例",
}


def register(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command("import")(import_)
    app.command("rejected")(rejected)


def import_(
    layer: Annotated[str | None, typer.Argument(help="图层 / layer, see `emmap layers`")] = None,
    file: Annotated[
        Path | None, typer.Argument(help="文件 / CSV, XLSX, XLS, ODS, GeoJSON, GPKG, SHP (zip), CAP XML")
    ] = None,
    datum: Annotated[str, typer.Option(help="坐标系 / wgs84, cgcs2000, gcj02, bd09")] = "wgs84",
    mode: Annotated[
        str, typer.Option(help="partial 增补;complete 完整,结束未提到的 / ends what is not mentioned")
    ] = "partial",
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help="列=字段 / COLUMN=FIELD, may repeat")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查,不保存 / check, store nothing")] = False,
    errors: Annotated[
        Path | None, typer.Option(help="把全部拒收的行写入这个 CSV / every refused row, as CSV")
    ] = None,
    withdraw: Annotated[
        int | None,
        typer.Option("--withdraw", metavar="RUN", help="撤回某次导入 / take an import back, by its run_id"),
    ] = None,
    realm: Realm = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """把文件导入图层，或撤回某次导入 / import a file into a layer, or take an import back."""
    if withdraw is not None:
        _withdraw(withdraw, realm, as_json)
        return
    if layer is None or file is None:
        raise Malformed(
            "请写明图层和文件：emmap import LAYER FILE。", "Name a layer and a file: emmap import LAYER FILE."
        )
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Unreadable(
            f"读不了文件 {file}:{error.strerror}。", f"Cannot read {file}: {error.strerror}."
        ) from error
    with _store(realm) as (db, chosen):
        steps = Steps()
        if not as_json:
            steps.say(f"正在读取 {file.name}（{len(content) / 2**20:.1f} MiB） … / reading …")
        result = import_file(
            db, chosen, layer, file.name, content,
            datum=datum, mode=mode, mapping=_mapping(mapping or []), dry_run=dry_run, user="cli",
            say=(lambda line: None) if as_json else steps.say,
        )  # fmt: skip
        if not dry_run:
            note_done(db, "import", realm=chosen, layer=layer, file=file.name, run=result.run_id)
    if errors is not None:
        _write(errors, error_file(result.rejected_records))
    if as_json:
        typer.echo(json.dumps(result.as_json(), ensure_ascii=False, indent=2))
    else:
        _print(result, steps, realm)


def _withdraw(run_id: int, realm: str | None, as_json: bool) -> None:
    """Takes a run back and says what became of its features."""
    with _store(realm) as (db, chosen):
        found = withdraw_run(db, chosen, run_id, user="cli")
        note_done(db, "import --withdraw", realm=chosen, run=found.run_id, withdraws=run_id)
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        return
    done = found.done
    typer.echo(f"已撤回第 {run_id} 次导入（记为第 {found.run_id} 次） / import {run_id} is withdrawn")
    typer.echo(f"  恢复原状 restored  {done.restored:>10,}\n  不再存在 removed   {done.removed:>10,}")
    if done.left:
        typer.echo(f"  后来又改过，未动 left  {len(done.left):>6,}")
    for one in done.left[:SHOWN]:
        typer.echo(f"    {one.feature_id}  {one.changed_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}")


def rejected(
    run: Annotated[int, typer.Argument(help="导入编号 / run_id of an import")],
    output: Annotated[Path | None, typer.Option(help="写入文件，默认标准输出 / file, default stdout")] = None,
    mend: Annotated[
        Path | None,
        typer.Option(help="按原格式写入文件，改好后可再导入 / as the kind of file that came, to be mended"),
    ] = None,
    realm: Realm = None,
) -> None:
    """某次导入拒收的全部行（CSV） / every row that an import refused, as CSV."""
    with _store(realm) as (db, chosen):
        if mend is not None:
            content = given_back(db, chosen, run).content
            note_done(db, "rejected", "export", realm=chosen, run=run)
            _write(mend, [content])
            return
        with db.engine("app", chosen).connect() as conn:
            if inbox.run(conn, run) is None:
                raise NotFound(
                    f"库 {chosen} 没有导入记录 {run}。", f"There is no import {run} in realm {chosen}."
                )
        note_done(db, "rejected", "export", realm=chosen, run=run)
        parts = error_file(inbox.all_rejected(db, chosen, run))
        if output is not None:
            _write(output, parts)
        else:
            for part in parts:
                typer.echo(part, nl=False)


class Steps:
    """The steps of a long import, each with the seconds since its begin."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def say(self, line: str) -> None:
        """A line about the step that begins."""
        typer.echo(f"{self.taken:6.1f} s  {line}")

    @property
    def taken(self) -> float:
        """Seconds so far."""
        return time.monotonic() - self._begun


@contextmanager
def _store(realm: str | None) -> Iterator[tuple[Database, str]]:
    """The running store and the realm that is meant."""
    db = Database.from_settings(get_settings())
    db.ensure_running()
    try:
        chosen = realm or db.default_realm
        _ready(db, chosen)
        yield db, chosen
    finally:
        db.dispose()


def _write(path: Path, parts: Iterable[bytes]) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(parts)
    except OSError as error:
        raise Unreadable(
            f"不能写入文件 {path}：{error.strerror}。", f"Cannot write {path}: {error.strerror}."
        ) from error


def _ready(db: Database, realm: str) -> None:
    if migrate.pending(db):
        raise SetupError(
            "数据库的库结构还不是当前版本,请先运行 emmap db upgrade。",
            "The database's schema is not current: run `emmap db upgrade` first.",
        )
    if realm not in migrate.realms(db):
        raise NotFound(
            f"没有库「{realm}」;现有 {'、'.join(migrate.realms(db))}。",
            f"There is no realm “{realm}”: there are {', '.join(migrate.realms(db))}.",
            code="unknown_realm",
        )


def _mapping(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        column, equals, field = pair.rpartition("=")
        if not equals or not column.strip() or not field.strip():
            raise Malformed(
                f"--map「{pair[:60]}」应写成 列=字段。", f"--map “{pair[:60]}” should read COLUMN=FIELD."
            )
        found[column.strip()] = field.strip()
    return found


def _print(result: ImportResult, steps: Steps, realm: str | None) -> None:
    steps.say("完成 / done")
    if result.format:
        typer.echo(result.format)
    for name, zh in _WORDS.items():
        count = getattr(result, name)
        if count or name in ("read", "added", "changed", "unchanged", "rejected"):
            typer.echo(f"  {zh} {name:<10}{count:>10,}")
    if result.columns_ignored:
        typer.echo(f"  未用的列 / columns ignored: {'、'.join(result.columns_ignored[:20])}")
    for row in result.rejected_records[:SHOWN]:
        typer.echo(f"  ✗ [{row.code}] {row.zh}\n    {row.en}")
    if result.rejected > SHOWN:
        typer.echo(
            f"  …… 另有 {result.rejected - SHOWN:,} 行被拒收 / and {result.rejected - SHOWN:,} more refused"
        )
    if result.rejected and result.run_id is not None:
        where = f" --realm {realm}" if realm else ""
        typer.echo(
            f"  全部拒收的行 / all of them: emmap rejected {result.run_id}{where} --output rejected.csv"
        )
    if result.dry_run:
        typer.echo("仅检查,未保存 / dry run: nothing was stored")
