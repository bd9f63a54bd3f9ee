"""The private PostGIS cluster: made, started, found alive, recovered and stopped by emmap itself.

The data directory belongs to an ordinary system user, the socket lies apart from it in a short path, and only
system users that the map names may connect. A cluster is alive when it answers, not when its pid file says so.
Errors are `SetupError` with one sentence on what to do.
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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import PGconn, Ping

from emmap.errors import SetupError
from emmap.settings import ROOT, Settings

SUPERUSER = "emmap_super"
DATABASE = "emmap"
CLUSTER_USER = "emmap-db"
WEB_USER = "emmap"
WORKER_USER = "emmap-worker"
"""Not the web's: what the web can read of its own processes must not hold the sources' credentials."""
SOCKET_LIMIT = 107
"""Longest path of a Unix socket, in bytes (sockaddr_un)."""
SMALLEST_FREE = 1 << 30
"""A cluster is not made with less free disk than this, in bytes."""
NEARLY_FULL = 64 << 20
"""With less free disk than this, in bytes, a cluster that does not start is told to lack space."""
LONGEST_LOG = 16 << 20
"""The server's log is set aside at a start when it is longer, in bytes; one old log is kept."""

TRIES = 30
"""How often a start is tried while a killed predecessor may still be on its way out, 0.2 s apart."""
PATIENT_TRIES = 10
"""After this many tries a dead predecessor's pid file is removed."""

Say = Callable[[str], None]

CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0777
max_connections = 200
shared_buffers = 256MB
work_mem = 32MB
maintenance_work_mem = 256MB
effective_cache_size = 2GB
max_wal_size = 4GB
checkpoint_timeout = 15min
random_page_cost = 1.1
gin_pending_list_limit = 64MB
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
                f"无法建立系统用户 {name}：{run.stderr.decode(errors='replace').strip()}",
                f"The system user {name} cannot be made; make it with useradd --system {name}.",
            ) from None
        entry = pwd.getpwnam(name)
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def cluster_user() -> SystemUser:
    """Who owns a new cluster: `emmap-db` when this is root (PostgreSQL refuses root), else this user."""
    return system_user(CLUSTER_USER) if os.geteuid() == 0 else this_user()


def web_user() -> SystemUser:
    """Who the web process runs as: `emmap` when this is root, else this user."""
    return system_user(WEB_USER) if os.geteuid() == 0 else this_user()


def worker_user() -> SystemUser:
    """Who the worker runs as: `emmap-worker` when this is root, else this user."""
    return system_user(WORKER_USER) if os.geteuid() == 0 else this_user()


def as_user(user: SystemUser) -> dict[str, Any]:
    """The arguments with which `subprocess` starts a child as `user`; only root may name another one."""
    if os.geteuid() == user.uid:
        return {}
    return {"user": user.uid, "group": user.gid, "extra_groups": []}


def reaches(user: SystemUser, path: Path, test: str = "-x") -> bool:
    """Whether the kernel lets `user` reach `path`; mode bits alone do not tell."""
    run = subprocess.run(["/usr/bin/test", test, str(path)], check=False, cwd="/", **as_user(user))
    return run.returncode == 0


def choose_data_dir(settings: Settings) -> Path:
    """`EMMAP_DATA_DIR`; else `var/` where the cluster's user can reach it; else /var/lib/emmap."""
    if settings.data_dir is not None:
        return settings.data_dir.absolute()
    if os.geteuid() != 0 or (ROOT / "var" / "postgres").exists():
        return ROOT / "var"
    try:
        entry = pwd.getpwnam(CLUSTER_USER)
    except KeyError:
        entry = pwd.getpwnam("nobody")
    stranger = SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    return ROOT / "var" if reaches(stranger, ROOT) else Path("/var/lib/emmap")


class Cluster:
    """One private cluster under `data_dir`. Making the object does nothing yet."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.pgdata = data_dir / "postgres"
        self.log = data_dir / "postgres.log"

    @property
    def owner(self) -> SystemUser:
        """Whom the cluster belongs to; before there is one, who would own it."""
        uid = self._owner_id()
        if not uid:
            return cluster_user()
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise SetupError(
                f"{self.pgdata} 属于本机没有的用户（编号 {uid}）；请用 chown 改为现有用户，或用 EMMAP_DATA_DIR 另指一处。",
                f"{self.pgdata} belongs to a user that is not known here (uid {uid}); chown it, or name another place "
                "with EMMAP_DATA_DIR.",
            ) from None
        return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)

    @property
    def socket_dir(self) -> Path:
        """Where the socket lies: apart from the data, in a short path that every user may pass.

        In /run, or for an ordinary user in /tmp; a folder there counts only if the cluster's owner made it.
        """
        mark = hashlib.sha256(os.fsencode(self.data_dir.resolve())).hexdigest()[:10]
        places = [Path("/run", f"emmap-{mark}"), Path("/tmp", f"emmap-{mark}")]
        for place in places:
            with contextlib.suppress(OSError):
                if place.lstat().st_uid == self._owner_id():
                    return place
        return places[0] if os.access("/run", os.W_OK) else places[1]

    @property
    def port(self) -> int:
        """Only part of the socket's name: the cluster listens on no network address."""
        return 5432

    def conninfo(self, user: str, database: str = DATABASE) -> str:
        """How to reach the cluster through its socket."""
        return f"host={self.socket_dir} port={self.port} user={user} dbname={database}"

    def ping(self) -> Ping:
        """What the server says of itself: OK, REJECT (it starts, recovers or stops) or NO_RESPONSE."""
        return Ping(PGconn.ping(f"{self.conninfo('emmap_app', 'postgres')} connect_timeout=5".encode()))

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        return self.ping() == Ping.OK

    def start(self, say: Say = lambda line: None) -> bool:
        """Starts the cluster, making it first where there is none. True if this call started it.

        Safe to call from several processes at once: one works, the others wait. `say` gets a line for each slow step.
        """
        if self.answers():
            return False
        try:
            self._prepare_folders()
            with self._locked() as lock:
                if self.answers():
                    return False
                if not self.pgdata.exists():
                    say("建立私有数据库 / making the private database …")
                    self._create(lock)
                self._write_configuration()
                self._launch(say)
        except OSError as error:
            raise SetupError(
                f"无法写入数据目录 {self.data_dir}（{error.strerror}）；请检查磁盘空间和权限，或用 EMMAP_DATA_DIR 另指一处。",
                f"The data directory {self.data_dir} cannot be written ({error.strerror}); check space and rights, or "
                "name another place with EMMAP_DATA_DIR.",
            ) from error
        return True

    def stop(self) -> bool:
        """Stops the cluster, ending whatever is connected. True if it was running."""
        if self.ping() == Ping.NO_RESPONSE:
            return False
        self._refuse_strangers()
        self._pg_ctl("stop", "-m", "fast", "-w", "-t", "60")
        return True

    def others_connected(self) -> int:
        """How many clients are connected besides this call; none where the server does not answer."""
        try:
            with psycopg.connect(self.conninfo(SUPERUSER, "postgres"), autocommit=True) as connection:
                row = connection.execute(
                    "select count(*) from pg_stat_activity"
                    " where backend_type = 'client backend' and pid <> pg_backend_pid()"
                ).fetchone()
        except psycopg.OperationalError:
            return 0
        return int(row[0]) if row else 0

    @property
    def reader_password_file(self) -> Path:
        """Where the read-only role's password is kept, readable by the cluster's owner and root alone."""
        return self.data_dir / "reader-password"

    def reader_password(self) -> str:
        """The read-only role's password. `SetupError` where there is none yet or this user may not read it."""
        try:
            return self.reader_password_file.read_text(encoding="ascii")
        except OSError as error:
            raise SetupError(
                f"无法读取 {self.reader_password_file}（{error.strerror}）；请以 root 运行 emmap db start。",
                f"{self.reader_password_file} cannot be read ({error.strerror}); as the owner of the database or root run "
                "emmap db start, then try again.",
            ) from error

    def new_reader_password(self) -> str:
        """Makes a password for the read-only role and keeps it."""
        password = secrets.token_urlsafe(18)
        _write(self.reader_password_file, password, self.owner)
        return password

    def _owner_id(self) -> int | None:
        try:
            return self.pgdata.stat().st_uid
        except OSError:
            return None

    def _refuse_strangers(self) -> None:
        owner = self.owner
        if os.geteuid() not in (0, owner.uid):
            raise SetupError(
                f"私有数据库 {self.pgdata} 属于用户 {owner.name}；请以 {owner.name} 或 root 运行。",
                f"The private database {self.pgdata} belongs to {owner.name}; run this as {owner.name} or root.",
            )

    def _prepare_folders(self) -> None:
        self._refuse_strangers()
        owner, socket_dir = self.owner, self.socket_dir
        mask = os.umask(0o022)
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            socket_dir.mkdir(exist_ok=True)
        finally:
            os.umask(mask)
        if not reaches(owner, self.data_dir):
            raise SetupError(
                f"系统用户 {owner.name} 无法进入 {self.data_dir}；请用 EMMAP_DATA_DIR 另指一处。",
                f"The system user {owner.name} cannot reach {self.data_dir}; name another place with EMMAP_DATA_DIR.",
            )
        if os.geteuid() == 0:
            os.chown(socket_dir, owner.uid, owner.gid, follow_symlinks=False)
        if socket_dir.is_symlink() or socket_dir.stat().st_uid != owner.uid:
            raise SetupError(
                f"{socket_dir} 属于别的用户；请删除它，或用 EMMAP_DATA_DIR 另指一处。",
                f"{socket_dir} belongs to another user; remove it, or name another place with EMMAP_DATA_DIR.",
            )
        socket = socket_dir / f".s.PGSQL.{self.port}"
        if len(os.fsencode(socket)) > SOCKET_LIMIT:
            raise SetupError(f"套接字路径过长：{socket}。", f"The socket's path is too long: {socket}.")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """The cluster's lock file, held. initdb inherits it, so that it keeps the lock if this process dies."""
        handle = os.open(self.data_dir / "cluster.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            self._hand_over(handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)

    def _create(self, lock: int) -> None:
        free = shutil.disk_usage(self.data_dir).free
        if free < SMALLEST_FREE:
            raise SetupError(
                f"{self.data_dir} 所在磁盘只剩 {free >> 20} MiB；至少需要 {SMALLEST_FREE >> 20} MiB。",
                f"Only {free >> 20} MiB are free for {self.data_dir}; at least {SMALLEST_FREE >> 20} MiB are needed.",
            )
        # Made under another name, so that an initdb that was cut short is never taken for a cluster.
        making = self.pgdata.with_name("postgres.new")
        if making.exists():
            shutil.rmtree(making)
        making.mkdir(mode=0o700)
        self._hand_over(making)
        self._run(
            [
                program("initdb"), "-D", str(making), "-U", SUPERUSER, "--encoding=UTF8",
                "--locale=C.UTF-8", "--auth=peer", "--no-instructions",
            ],
            pass_fds=(lock,),
        )  # fmt: skip
        making.rename(self.pgdata)

    def _hand_over(self, file: Path | int) -> None:
        """Gives what root made to the cluster's owner."""
        if os.geteuid() == 0:
            os.chown(file, self.owner.uid, self.owner.gid)

    def _write_configuration(self) -> None:
        user = self.owner
        identities = [f'emmap "{name}" {role}' for name in sorted({user.name, "root"})
                      for role in (SUPERUSER, "emmap_owner", "emmap_app")]  # fmt: skip
        if user.name == CLUSTER_USER:
            identities += [f'emmap "{name}" emmap_app' for name in (WEB_USER, WORKER_USER)]
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

    def _launch(self, say: Say) -> None:
        """Starts the server. A predecessor that was killed may leave a pid file, a zombie or children for a while."""
        self._turn_log()
        said = self.log.stat().st_size
        for attempt in range(TRIES):
            if attempt >= PATIENT_TRIES:
                self._clear_stale()
            self._pg_ctl(
                "start", "-w", "-t", "60", "-l", str(self.log), "-o", f"-k {self.socket_dir}", check=False
            )
            if self.ping() == Ping.REJECT:
                say("数据库正在恢复 / the database is recovering …")
            while (state := self.ping()) == Ping.REJECT:
                time.sleep(0.2)
            if state == Ping.OK:
                return
            words = self._log_since(said)
            passing = (self.pgdata / "postmaster.pid").exists() or "shared memory block" in words
            if not passing and attempt >= 2:
                break
            time.sleep(0.2)
        free = shutil.disk_usage(self.data_dir).free
        if free < NEARLY_FULL:
            raise SetupError(
                f"磁盘已满，私有数据库无法启动：{self.data_dir} 只剩 {free >> 20} MiB；请先腾出空间。",
                f"The disk is full and the private database cannot start: {free >> 20} MiB are free for "
                f"{self.data_dir}; make room first.",
            )
        reason = next(
            (line for line in reversed(words.splitlines()) if "FATAL" in line or "PANIC" in line), ""
        )
        raise SetupError(
            f"私有数据库无法启动：{reason or '原因见日志'}（日志 {self.log}）。",
            f"The private database does not start: {reason or 'see the log'} (log: {self.log}).",
        )

    def _turn_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch(mode=0o600)
        self._hand_over(self.log)

    def _log_since(self, start: int) -> str:
        with self.log.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")

    def _clear_stale(self) -> None:
        """Removes the pid file of a postmaster that is dead: not yet reaped (kill -9 under a PID 1 that is no init),
        or its number now another program's (a machine that lost power). Never that of a postmaster that lives."""
        path = self.pgdata / "postmaster.pid"
        try:
            process = Path("/proc", os.fsdecode(path.read_bytes().split()[0]))
            state = (process / "stat").read_bytes().rpartition(b")")[2].split()[0]
            dead = state == b"Z" or (process / "cwd").readlink() != self.pgdata.resolve()
        except (ValueError, IndexError, OSError):
            return
        if dead:
            path.unlink(missing_ok=True)
            (self.socket_dir / f".s.PGSQL.{self.port}.lock").unlink(missing_ok=True)

    def _pg_ctl(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        return self._run([program("pg_ctl"), "-D", str(self.pgdata), *arguments], check=check)

    def _run(
        self, command: list[str], *, check: bool = True, pass_fds: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs a PostgreSQL program as the cluster's user, in a session of its own."""
        with (self.data_dir / "cluster-commands.log").open("ab") as output:
            self._hand_over(output.fileno())
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
                **as_user(self.owner),
            )
        if check and run.returncode:
            tail = _last_line(self.data_dir / "cluster-commands.log")
            raise SetupError(
                f"{Path(command[0]).name} 未成功：{tail}", f"{Path(command[0]).name} failed: {tail}"
            )
        return run


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _write(path: Path, text: str, user: SystemUser) -> None:
    """Writes a file of the cluster's owner whole, or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    os.chown(draft, user.uid, user.gid)
    draft.replace(path)


def program(name: str) -> str:
    """A PostgreSQL program by its full path; Debian keeps the server's outside PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = next((str(path) for path in versions), None) or shutil.which(name)
    if found is None:
        raise SetupError(
            f"没有找到 PostgreSQL 程序 {name}；请先运行 script/bootstrap。",
            f"The PostgreSQL program {name} is missing; run script/bootstrap first.",
        )
    return found
