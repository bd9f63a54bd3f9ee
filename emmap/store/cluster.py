"""The private PostGIS cluster: made, started, found alive, recovered and stopped by emmap itself.

The data directory belongs to an ordinary system user, the socket lies apart from it in a short path, and only
system users that the map names may connect. A cluster is alive when it answers, not when its pid file says so.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from emmap.errors import SetupError
from emmap.settings import ROOT, Settings

SUPERUSER = "emmap_super"
DATABASE = "emmap"
CLUSTER_USER = "emmap-db"
WEB_USER = "emmap"
SOCKET_LIMIT = 107
"""Longest path of a Unix socket, in bytes (sockaddr_un)."""
SMALLEST_FREE = 1 << 30
"""A cluster is not made with less free disk than this, in bytes."""
MARK = "emmap-initialised"

CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0777
max_connections = 100
shared_buffers = 256MB
work_mem = 32MB
maintenance_work_mem = 256MB
effective_cache_size = 2GB
max_wal_size = 4GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
"""


@dataclass(frozen=True, slots=True)
class SystemUser:
    """An ordinary user of this machine."""

    name: str
    uid: int
    gid: int


def this_user() -> SystemUser:
    """The user this process runs as."""
    entry = pwd.getpwuid(os.geteuid())
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def system_user(name: str) -> SystemUser:
    """The system user of that name, made where it is missing (root only)."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        run = subprocess.run(
            [
                "/usr/sbin/useradd",
                "--system",
                "--user-group",
                "--no-create-home",
                "--shell",
                "/usr/sbin/nologin",
                name,
            ],
            capture_output=True,
            check=False,
        )
        if run.returncode:
            raise SetupError(
                f"无法建立系统用户 {name}:{run.stderr.decode(errors='replace').strip()}",
                f"The system user {name} cannot be made; make it with useradd --system {name}.",
            ) from None
        entry = pwd.getpwnam(name)
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def cluster_user() -> SystemUser:
    """Who owns the cluster: `emmap-db` when this is root (PostgreSQL refuses root), else this user."""
    return system_user(CLUSTER_USER) if os.geteuid() == 0 else this_user()


def web_user() -> SystemUser:
    """Who the web process runs as: `emmap` when this is root, else this user."""
    return system_user(WEB_USER) if os.geteuid() == 0 else this_user()


def reaches(user: SystemUser, path: Path, test: str = "-x") -> bool:
    """Whether the kernel lets `user` reach `path`; mode bits alone do not tell."""
    if os.geteuid() == user.uid:
        return subprocess.run(["/usr/bin/test", test, str(path)], check=False, cwd="/").returncode == 0
    return (
        subprocess.run(
            ["/usr/bin/test", test, str(path)],
            check=False,
            cwd="/",
            user=user.uid,
            group=user.gid,
            extra_groups=[],
        ).returncode
        == 0
    )


def choose_data_dir(settings: Settings) -> Path:
    """`EMMAP_DATA_DIR`; else `var/` where the cluster's user can reach it; else /var/lib/emmap."""
    if settings.data_dir is not None:
        return settings.data_dir.absolute()
    user = this_user() if os.geteuid() else None
    if user is not None:
        return ROOT / "var"
    return ROOT / "var" if reaches(cluster_user(), ROOT) else Path("/var/lib/emmap")


class Cluster:
    """One private cluster under `data_dir`. Making the object does nothing yet."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.pgdata = data_dir / "postgres"
        self.log = data_dir / "postgres.log"
        mark = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:10]
        base = Path("/run") if os.access("/run", os.W_OK) else Path("/tmp")
        found = Path(f"/run/emmap-{mark}")
        self.socket_dir = found if found.is_dir() else base / f"emmap-{mark}"

    @property
    def port(self) -> int:
        """Only part of the socket's name: the cluster listens on no network address."""
        return 5432

    def conninfo(self, user: str, database: str = DATABASE) -> str:
        """How to reach the cluster through its socket."""
        return f"host={self.socket_dir} port={self.port} user={user} dbname={database}"

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        run = subprocess.run(
            [_program("pg_isready"), "-q", "-h", str(self.socket_dir), "-p", str(self.port)],
            check=False,
            cwd="/",
        )
        return run.returncode == 0

    def start(self) -> bool:
        """Starts the cluster, making it first where there is none. True if this call started it.

        Safe to call from several processes at once: one works, the others wait.
        """
        if self.answers():
            return False
        self._prepare_folders()
        with self._locked() as lock:
            if self.answers():
                return False
            if not (self.pgdata / MARK).exists():
                self._create(lock)
            self._write_configuration()
            self._launch()
        return True

    def stop(self) -> bool:
        """Stops the cluster. True if it was running."""
        if not self.answers():
            return False
        self._pg_ctl("stop", "-m", "fast", "-w", "-t", "60")
        return True

    def others_connected(self) -> int:
        """How many clients are connected besides this call."""
        with psycopg.connect(self.conninfo(SUPERUSER, "postgres"), autocommit=True) as connection:
            row = connection.execute(
                "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
            ).fetchone()
        return int(row[0]) if row else 0

    def reader_password(self) -> str:
        """The password of the read-only role, made once and kept beside the cluster."""
        path = self.data_dir / "reader-password"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(18), encoding="utf-8")
        return path.read_text(encoding="utf-8")

    def _prepare_folders(self) -> None:
        user = cluster_user()
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self.socket_dir.mkdir(mode=0o755, exist_ok=True)
            if os.geteuid() == 0:
                os.chown(self.socket_dir, user.uid, user.gid)
        except OSError as error:
            raise SetupError(
                f"数据目录 {self.data_dir} 无法建立({error.strerror});请用 EMMAP_DATA_DIR 另指一处。",
                f"The data directory cannot be made ({error.strerror}); name another one with EMMAP_DATA_DIR.",
            ) from error
        if not reaches(user, self.data_dir):
            raise SetupError(
                f"系统用户 {user.name} 无法进入 {self.data_dir};请用 EMMAP_DATA_DIR 另指一处。",
                f"The system user {user.name} cannot reach {self.data_dir}; name another place with EMMAP_DATA_DIR.",
            )
        socket = self.socket_dir / f".s.PGSQL.{self.port}"
        if len(os.fsencode(socket)) > SOCKET_LIMIT:
            raise SetupError(f"套接字路径过长:{socket}。", f"The socket's path is too long: {socket}.")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """The cluster's lock file, held. initdb inherits it, so that it keeps the lock if this process dies."""
        handle = os.open(self.data_dir / "cluster.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)

    def _create(self, lock: int) -> None:
        free = shutil.disk_usage(self.data_dir).free
        if free < SMALLEST_FREE:
            raise SetupError(
                f"{self.data_dir} 所在磁盘只剩 {free >> 20} MiB;至少需要 {SMALLEST_FREE >> 20} MiB。",
                f"Only {free >> 20} MiB are free for {self.data_dir}; at least {SMALLEST_FREE >> 20} MiB are needed.",
            )
        if self.pgdata.exists():
            shutil.rmtree(self.pgdata)
        self.pgdata.mkdir(mode=0o700)
        user = cluster_user()
        if os.geteuid() == 0:
            os.chown(self.pgdata, user.uid, user.gid)
        self._run(
            [
                _program("initdb"), "-D", str(self.pgdata), "-U", SUPERUSER, "--encoding=UTF8",
                "--locale=C.UTF-8", "--auth=peer", "--no-instructions",
            ],
            pass_fds=(lock,),
        )  # fmt: skip
        _write(self.pgdata / MARK, "", user)

    def _write_configuration(self) -> None:
        user = cluster_user()
        me = this_user()
        administrators = {user.name, me.name}
        identities = [f"emmap {name} {role}" for name in sorted(administrators)
                      for role in (SUPERUSER, "emmap_owner", "emmap_app")]  # fmt: skip
        if os.geteuid() == 0:
            identities.append(f"emmap {web_user().name} emmap_app")
        _write(self.pgdata / "pg_ident.conf", "\n".join(identities) + "\n", user)
        _write(
            self.pgdata / "pg_hba.conf",
            f"local all {SUPERUSER} peer map=emmap\n"
            "local all emmap_owner peer map=emmap\n"
            "local all emmap_app peer map=emmap\n"
            "local all emmap_reader scram-sha-256\n"
            "local all all reject\n",
            user,
        )
        _write(self.pgdata / "emmap.conf", CONFIGURATION, user)
        main = self.pgdata / "postgresql.conf"
        text = main.read_text(encoding="utf-8")
        if "include = 'emmap.conf'" not in text:
            _write(main, text + "\ninclude = 'emmap.conf'\n", user)

    def _launch(self) -> None:
        for attempt in range(50):
            self._clear_stale(attempt)
            self.log.touch(mode=0o600)
            user = cluster_user()
            if os.geteuid() == 0:
                os.chown(self.log, user.uid, user.gid)
            run = self._pg_ctl(
                "start", "-w", "-t", "60", "-l", str(self.log), "-o", f"-k {self.socket_dir}", check=False
            )
            if run.returncode == 0 and self.answers():
                return
            if not (self.pgdata / "postmaster.pid").exists():
                break
            time.sleep(0.2)
        tail = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        raise SetupError(
            f"私有数据库无法启动,日志 {self.log} 末尾:{' | '.join(tail)}",
            f"The private database does not start; see the end of {self.log}.",
        )

    def _clear_stale(self, attempt: int) -> None:
        """Removes the pid file of a postmaster that is dead but not yet reaped (kill -9 under a PID 1 that is
        no init); never that of a process that lives."""
        path = self.pgdata / "postmaster.pid"
        if not path.exists() or attempt < 10:
            return
        try:
            pid = int(path.read_text(encoding="ascii").split()[0])
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        except (ValueError, IndexError, OSError):
            return
        if state == "Z":
            path.unlink(missing_ok=True)
            (self.socket_dir / f".s.PGSQL.{self.port}.lock").unlink(missing_ok=True)

    def _pg_ctl(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        return self._run([_program("pg_ctl"), "-D", str(self.pgdata), *arguments], check=check)

    def _run(
        self, command: list[str], *, check: bool = True, pass_fds: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs a PostgreSQL program as the cluster's user, in a session of its own."""
        user = cluster_user()
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            identity = {"user": user.uid, "group": user.gid, "extra_groups": []}
        with (self.data_dir / "cluster-commands.log").open("ab") as output:
            run: subprocess.CompletedProcess[bytes] = subprocess.run(
                command,
                check=False,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=pass_fds,
                start_new_session=True,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                **identity,
            )
        if check and run.returncode:
            tail = output_tail(self.data_dir / "cluster-commands.log")
            raise SetupError(
                f"{Path(command[0]).name} 未成功:{tail}", f"{Path(command[0]).name} failed: {tail}"
            )
        return run


def output_tail(path: Path) -> str:
    """The last line that a log holds."""
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _write(path: Path, text: str, user: SystemUser) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(path, user.uid, user.gid)


def _program(name: str) -> str:
    """A PostgreSQL program by its full path; Debian keeps the server's outside PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = next((str(path) for path in versions), None) or shutil.which(name)
    if found is None:
        raise SetupError(
            f"没有找到 PostgreSQL 程序 {name};请先运行 script/bootstrap。",
            f"The PostgreSQL program {name} is missing; run script/bootstrap first.",
        )
    return found
