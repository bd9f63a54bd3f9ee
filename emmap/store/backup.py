"""The whole store as one file, and back into an empty one: accounts, audit, briefings and every realm.

PostgreSQL's own `pg_dump` and `pg_restore` do it, in the custom format: a consistent picture of one moment, while everybody
works on. The queue of the worker's jobs is left out: what is due is planned anew.
"""

import os
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import text

from emmap.errors import Conflict, NotFound, SetupError
from emmap.store import migrate
from emmap.store.cluster import program
from emmap.store.database import SITE_SCHEMA, Database


def backup(db: Database, file: Path) -> int:
    """Writes the store to a file that only this user may read; its size in bytes. `Conflict` where there is a file of
    that name already."""
    if file.exists():
        raise Conflict(
            f"文件 {file} 已经存在；请换个名字，备份不覆盖旧文件。",
            f"There is a file {file} already: choose another name, a backup overwrites none.",
        )
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _run(db, "pg_dump", "-Fc", "-n", SITE_SCHEMA, "-n", r"realm_*", "-f", str(part))
        part.rename(file)
    except OSError as error:
        raise SetupError(
            f"无法写入 {file}：{error.strerror}。", f"Cannot write {file}: {error.strerror}."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


def restore(db: Database, file: Path) -> None:
    """Fills an empty store from a backup, whole or not at all, and brings the schema up to date. `Conflict` where the
    store holds anything."""
    if not file.is_file():
        raise NotFound(f"没有备份文件 {file}。", f"There is no backup {file}.")
    with db.engine("owner").connect() as conn:
        tables = conn.execute(
            text("select count(*) from pg_tables where schemaname = :site or schemaname like 'realm\\_%'"),
            {"site": SITE_SCHEMA},
        ).scalar_one()
    if tables:
        raise Conflict(
            "库不是空的，没有恢复任何内容；请另设 EMMAP_DATA_DIR，或换一个空的数据库。",
            "The store is not empty, nothing was restored: set another EMMAP_DATA_DIR, or take an empty database.",
        )
    _run(
        db,
        "pg_restore",
        "--exit-on-error",
        "--single-transaction",
        "--clean",  # the empty schema that a new store begins with
        "--if-exists",
        "-d",
        _address(db)[0],
        str(file),
    )
    migrate.upgrade(db)


def _run(db: Database, name: str, *arguments: str) -> None:
    address, environment = _address(db)
    target = () if "-d" in arguments else ("-d", address)
    done = subprocess.run(
        [program(name), *arguments, *target], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0]
        raise SetupError(f"{name} 没有完成：{why}", f"{name} did not complete: {why}")


def _address(db: Database) -> tuple[str, dict[str, str]]:
    """The owner's connection without its password, which others could read in the list of processes, and an environment
    that has it."""
    parts = conninfo_to_dict(db.conninfo("owner"))
    password = parts.pop("password", None)
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    return make_conninfo("", **parts), environment
