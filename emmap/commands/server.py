"""`emmap serve`, `emmap status` and `emmap db …`."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from emmap.commands.access import note, store
from emmap.errors import SetupError
from emmap.serve import Supervisor
from emmap.settings import get_settings
from emmap.store import audit, backup, migrate
from emmap.store.database import Database

Json = Annotated[bool, typer.Option("--json", help="JSON")]


def register(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(serve)
    app.command()(status)
    app.add_typer(db, name="db")


db = typer.Typer(help="数据库：启动、停止、升级、地址 / the database", no_args_is_help=True)


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口 / port")] = 8050,
    host: Annotated[str, typer.Option(help="监听地址 / address to listen on")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=64, help="网页进程数 / web processes")] = 1,
    exercise: Annotated[
        bool, typer.Option("--exercise/--no-exercise", help="载入演练数据 / load the exercise")
    ] = True,
) -> None:
    """启动数据库和网页 / start the database and the web."""
    Supervisor(get_settings(), host=host, port=port, workers=workers, exercise=exercise, say=typer.echo).run()


def status(as_json: Json = False) -> None:
    """数据库、库结构与各库的情况 / the database, its schema and its realms. 退出码 1：未就绪 / exit code 1: not ready."""
    found = Database.from_settings(get_settings())
    running = found.cluster is None or found.cluster.answers()
    report: dict[str, object] = {
        "database": "embedded" if found.embedded else "url",
        "data_dir": str(found.data_dir),
        "default_realm": found.default_realm,
        "running": running,
        "pending_migrations": migrate.pending(found) if running else None,
        "realms": migrate.realms(found) if running else None,
    }
    found.dispose()
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        for name, title in STATUS_TITLES.items():
            typer.echo(f"{title}: {_in_words(report[name])}")
    if not running or report["pending_migrations"]:
        raise typer.Exit(1)


STATUS_TITLES = {
    "database": "数据库 / database",
    "data_dir": "数据目录 / data directory",
    "default_realm": "默认库 / default realm",
    "running": "在运行 / running",
    "pending_migrations": "待升级 / pending migrations",
    "realms": "库 / realms",
}


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "是 / yes" if value else "否 / no"
    if isinstance(value, list):
        return "、".join(value) or "无 / none"
    return "未知 / unknown" if value is None else str(value)


@db.command()
def start() -> None:
    """启动私有数据库 / start the private database."""
    Database.from_settings(get_settings()).ensure_running(typer.echo)
    typer.echo("数据库在运行 / the database is running")


@db.command()
def stop() -> None:
    """停止私有数据库，断开所有连接 / stop the private database and end every connection to it."""
    cluster = Database.from_settings(get_settings()).cluster
    if cluster is None:
        raise SetupError(
            "数据库由 EMMAP_DATABASE_URL 指定，不归 emmap 启停；请在那台服务器上操作。",
            "The database is the one of EMMAP_DATABASE_URL; emmap does not start or stop it, do so on its server.",
        )
    stopped = cluster.stop()
    typer.echo("数据库已停止 / stopped" if stopped else "数据库本来就没有运行 / it was not running")


@db.command()
def upgrade() -> None:
    """把库结构升级到当前版本 / bring the schema up to date."""
    found = Database.from_settings(get_settings())
    found.ensure_running(typer.echo)
    migrate.upgrade(found)
    if "real" not in migrate.realms(found):
        migrate.create_realm(found, "real")
    found.dispose()
    typer.echo("库结构是最新的 / the schema is current")


@db.command("backup")
def backup_(file: Annotated[Path, typer.Argument(help="文件，如 emmap.dump / file")]) -> None:
    """把整个库写成一个文件，不停机 / write the whole store to a file, while it runs."""
    found = store()
    size = backup.backup(found, file)
    with found.engine("app").begin() as conn:
        note(conn, "db backup", act="export", file=file.name, bytes=size)
    found.dispose()
    typer.echo(f"✓ 已备份到 {file}，{size / 2**20:,.1f} MiB / backed up")


@db.command()
def restore(file: Annotated[Path, typer.Argument(help="备份文件 / backup")]) -> None:
    """把备份恢复到空库 / restore a backup into an empty store."""
    found = store()
    backup.restore(found, file)
    with found.engine("app").begin() as conn:
        note(conn, "db restore", file=file.name)
    with found.engine("app").begin() as conn:
        audit.seal(conn)
    with found.engine("app").connect() as conn:
        proof = audit.verify(conn)
    found.dispose()
    if proof.faults:
        raise SetupError(
            "已恢复，但审计链不完整；请运行 emmap audit verify 查看。",
            "Restored, but the audit's chain does not hold; see emmap audit verify.",
        )
    typer.echo(
        f"✓ 已恢复；审计链 {proof.seals} 条，完整 / restored; the audit's chain holds, {proof.seals} entries"
    )


@db.command()
def url(
    role: Annotated[
        Literal["owner", "app", "reader"], typer.Option(help="数据库角色 / database role")
    ] = "reader",
    realm: Annotated[str | None, typer.Option(help="库 / realm")] = None,
) -> None:
    """数据库连接串；reader 供 QGIS 只读 / connection string; reader is for QGIS."""
    found = Database.from_settings(get_settings())
    parts = conninfo_to_dict(found.conninfo(role, realm))
    if not found.embedded:
        # The operator's own user and password stay the operator's; a login for the role is theirs to make.
        parts = {key: value for key, value in parts.items() if key != "password"}
        if role == "reader":
            parts["user"] = "emmap_reader"
            parts["options"] = str(parts["options"]).replace(" -crole=emmap_reader", "")
    typer.echo(make_conninfo("", **parts))
