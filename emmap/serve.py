"""The supervisor: starts the database and the web, keeps them alive, stops them in the right order."""

import contextlib
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from types import FrameType

from psycopg.pq import Ping

from emmap.errors import EmmapError, SetupError
from emmap.processes import die_with_parent
from emmap.settings import ROOT, SECRET_PREFIX, Settings
from emmap.store import migrate
from emmap.store.cluster import Say, SystemUser, as_user, this_user, web_user, worker_user
from emmap.store.database import Database
from emmap.web.access import disable_practice_accounts, make_practice_accounts, new_sign_in_link

READY_WITHIN_S = 60
GRACE_S = 10
PORT_WITHIN_S = 6
"""A web whose supervisor was killed gives its port back within this time."""
OTHERS_WITHIN_S = 30
LONGEST_PAUSE_S = 30
FIRST_EXERCISE = "city-2020"
TRIAL = "import uvicorn, psycopg, emmap.settings; open('app.py').close()"
"""What the web's user must be able to do in the project's folder."""


def check_port(host: str, port: int, say: Say = lambda line: None) -> None:
    """Returns when the address can be listened on; waits for a port that a killed run is about to give back.

    Raises `SetupError` where it cannot.
    """
    end = time.monotonic() + PORT_WITHIN_S
    said = False
    while (error := _listening_error(host, port)) is not None:
        if error.errno != errno.EADDRINUSE or time.monotonic() > end:
            zh, en = _PORT_REASONS.get(error.errno or 0, (error.strerror, error.strerror))
            raise SetupError(
                f"无法监听 {host} 的端口 {port}：{zh}；请用 --port 换端口，或用 --host 换地址。",
                f"Cannot listen on port {port} of {host}: {en}; choose another with --port or --host.",
            )
        if not said:
            say(f"· 端口 {port} 被占用，等它空出 / port {port} is taken, waiting for it …")
            said = True
        time.sleep(0.2)


_PORT_REASONS = {
    errno.EADDRINUSE: ("已被别的程序占用", "another program has it"),
    errno.EACCES: ("没有权限", "no right to it"),
    errno.EADDRNOTAVAIL: ("本机没有这个地址", "this machine has no such address"),
}


def _listening_error(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def _behind_the_web() -> None:
    """In the loader's process: people who look at the page go first."""
    os.nice(5)
    die_with_parent()


class Supervisor:
    """One run of `emmap serve`."""

    def __init__(
        self, settings: Settings, *, host: str, port: int, workers: int, exercise: bool, say: Say
    ) -> None:
        if not exercise and settings.realm is None:
            settings = settings.model_copy(update={"realm": "real"})
        self.settings = settings
        self.database = Database.from_settings(settings)
        self.host = host
        self.port = port
        self.workers = workers
        self.exercise = exercise and self.database.embedded
        self._say = say
        self.stopping = threading.Event()
        self.hurried = False
        self.web: subprocess.Popen[bytes] | None = None
        self.loader: subprocess.Popen[str] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self.web_apart = False
        """Whether the web's own user can run the program."""

    @property
    def address(self) -> str:
        """Where a program on this machine finds the page."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def say(self, line: str) -> None:
        """A line for the person who started this; a terminal that is gone must not stop the stopping."""
        with contextlib.suppress(OSError):
            self._say(line)

    def run(self) -> None:
        """Runs until it is told to stop. Raises `SetupError` where it cannot start."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup keeps its word
                signal.signal(number, self._told_to_stop)
        check_port(self.host, self.port, self.say)
        try:
            self._prepare_store()
            if not self.stopping.is_set():
                self._start_web()
            if self._wait_until_ready():
                link = new_sign_in_link(
                    self.database, self.settings.public_url or self.address, next_path=self._first_page()
                )
                self.say("✓ 已就绪 / ready")
                self.say(f"  打开（一次性登录地址）/ open (one-time sign-in):\n  {link}")
                self._practice_accounts()
                self.say("  Ctrl-C 停止 / stops")
                if self.exercise:
                    self._load_exercise()
                if self._ground_is_laid():
                    self._start_worker()
            self._watch()
        finally:
            self._stop()

    def _practice_accounts(self) -> None:
        """With the exercise an account for each role; without it those of an earlier run are shut out: their passwords
        were shown on a screen."""
        if self.exercise and self.database.default_realm == "exercise":
            made = make_practice_accounts(self.database)
            if made:
                self.say("  演练账号，密码只显示这一次 / exercise accounts, passwords shown this once:")
            for name, password in made.items():
                self.say(f"    {name}  {password}")
        elif closed := disable_practice_accounts(self.database):
            self.say(f"  演练账号已停用 / exercise accounts disabled: {', '.join(closed)}")

    def _first_page(self) -> str:
        """Where the sign-in leads: into the exercise at its moment, where that is what this run shows."""
        shown = self.exercise and self.database.default_realm == "exercise"
        return f"/exercise/{FIRST_EXERCISE}" if shown else "/"

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.hurried = self.stopping.is_set()
        self.stopping.set()

    def _prepare_store(self) -> None:
        began = time.monotonic()
        self.say("· 启动数据库 / database …")
        self.database.ensure_running(lambda line: self.say(f"  {line}"))
        self.say("· 检查库结构 / schema …")
        migrate.upgrade(self.database)
        wanted = {"real", self.database.default_realm, *(["exercise"] if self.exercise else [])}
        for realm in sorted(wanted - set(migrate.realms(self.database))):
            migrate.create_realm(self.database, realm)
        self.say(f"  {time.monotonic() - began:.1f} s")

    def _start_web(self) -> None:
        user = self._who_serves()
        self._prepare_cache(user)
        self.web = subprocess.Popen(
            [
                sys.executable, "-m", "uvicorn", "app:app", "--host", self.host, "--port", str(self.port),
                "--workers", str(self.workers), "--ws", "websockets-sansio", "--no-access-log",
                "--log-level", "warning", "--timeout-graceful-shutdown", "2",
            ],
            cwd=ROOT,
            env=self._web_environment(),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
            **as_user(user),
        )  # fmt: skip

    def _ground_is_laid(self) -> bool:
        """Whether sources may write: a layer that was written takes no ready-made history any more, so they wait until the
        exercise is loaded where it is the realm that they write to."""
        loading = self.loader is not None and self.loader.poll() is None
        return not (loading and self.database.default_realm == "exercise")

    def _start_worker(self) -> None:
        """Fetches the sources and prunes old raw content; as a user of its own, who alone has credentials. None where
        neither is wanted."""
        if self.settings.sources_file is None and self.settings.message_days == 0:
            return
        user = worker_user() if self.web_apart else this_user()
        secrets = {name: value for name, value in os.environ.items() if name.startswith(SECRET_PREFIX)}
        environment = self._web_environment()
        environment.pop("EMMAP_OIDC_CLIENT_SECRET", None)
        self.worker = subprocess.Popen(
            [sys.executable, "-m", "emmap.cli", "worker"],
            cwd=ROOT,
            env=environment | secrets,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
            **as_user(user),
        )

    def _prepare_cache(self, user: SystemUser) -> None:
        """A folder that the web may write; what another user left there is thrown away, it can be made again."""
        cache = self.database.data_dir / "cache"
        if cache.exists() and cache.stat().st_uid != user.uid:
            shutil.rmtree(cache)
        cache.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(cache, user.uid, user.gid)

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "EMMAP_REALM": self.database.default_realm,
            "EMMAP_DATA_DIR": str(self.database.data_dir),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _web_environment(self) -> dict[str, str]:
        """Without the owner's address: code in the web must not become the schema's owner. Nor with the credentials of
        sources."""
        environment = {
            name: value
            for name, value in self._environment().items()
            if name != "EMMAP_DATABASE_OWNER_URL" and not name.startswith(SECRET_PREFIX)
        } | {"EMMAP_SUPERVISED": "true"}
        if os.geteuid() == 0:
            environment["HOME"] = "/nonexistent"
        return environment

    def _who_serves(self) -> SystemUser:
        """The web's own user where it can run the program, else this one, and a word about it."""
        user = web_user()
        try:
            trial = subprocess.run(
                [sys.executable, "-c", TRIAL],
                cwd=ROOT,
                env=self._web_environment(),
                capture_output=True,
                check=False,
                **as_user(user),
            )
            if trial.returncode == 0:
                self.web_apart = True
                return user
        except OSError:
            pass  # neither the folder nor Python can be reached
        self.say(
            f"! 系统用户 {user.name} 无法运行 {ROOT} 里的程序（目录或 Python 不可读），网页改以 {this_user().name} 运行；"
            "请把程序放到所有人可读的目录（如 /opt/emmap）。\n"
            f"  The user {user.name} cannot run the program in {ROOT} (folder or Python not readable): the web runs as "
            f"{this_user().name}. Put the clone where everybody may read it, such as /opt/emmap."
        )
        return this_user()

    def _wait_until_ready(self) -> bool:
        """Whether the web is ready; False where this run is told to stop meanwhile."""
        if self.stopping.is_set():
            return False
        self.say("· 启动网页 / web …")
        # Not through a proxy that the environment may name.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        end = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < end and self.web is not None and self.web.poll() is None:
            with contextlib.suppress(OSError), opener.open(f"{self.address}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return True
            if self.stopping.wait(0.1):
                return False
        raise SetupError(
            "网页没有启动，原因见上面的输出；改正后再运行一次。",
            "The web did not start, and the lines above say why; correct that and start again.",
        )

    def _load_exercise(self) -> None:
        """Loads the first exercise where it is not there yet, beside the running web."""
        self.loader = subprocess.Popen(
            [sys.executable, "-m", "emmap.cli", "exercise", "load", FIRST_EXERCISE],
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_behind_the_web,
        )
        threading.Thread(target=self._relay, args=(self.loader,), daemon=True).start()

    def _relay(self, child: subprocess.Popen[str]) -> None:
        for line in child.stdout or ():
            self.say(f"  演练 / exercise: {line.rstrip()}")
        if child.wait() and not self.stopping.is_set():
            self.say(
                f"! 演练数据没有装完，原因见上；可再运行 emmap exercise load {FIRST_EXERCISE}。\n"
                f"  The exercise is not complete, see above; run emmap exercise load {FIRST_EXERCISE} again."
            )

    def _watch(self) -> None:
        """Restarts what dies, with a growing pause."""
        web = _Restarts("网页进程", "the web", lambda: self.web, self._start_web)
        worker = _Restarts("取数进程", "the worker", lambda: self.worker, self._start_worker)
        while not self.stopping.wait(1.0):
            cluster = self.database.cluster
            if cluster is not None and cluster.ping() == Ping.NO_RESPONSE:
                self.say("! 数据库停了，正在重新启动 / the database is down, starting it again")
                try:
                    cluster.start(self.say)
                    self.say("✓ 数据库已恢复 / the database is back")
                except EmmapError as error:
                    self.say(f"! {error}")
            web.look(self.say)
            if self.worker is None and self._ground_is_laid():
                self._start_worker()
            worker.look(self.say)

    def _stop(self) -> None:
        for child in (self.loader, self.worker, self.web):
            if child is not None and child.poll() is None:
                child.terminate()
        for child in (self.loader, self.worker, self.web):
            if child is not None:
                try:
                    child.wait(GRACE_S)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
        self.database.dispose()
        cluster = self.database.cluster
        if cluster is None or not cluster.answers():
            return
        end = time.monotonic() + OTHERS_WITHIN_S
        said = False
        while (others := cluster.others_connected()) and not self.hurried and time.monotonic() < end:
            if not said:
                self.say(f"· 等另外 {others} 个连接结束 / waiting for {others} other connections to end …")
                said = True
            time.sleep(0.2)
        if others:
            self.say(
                "✓ 网页已停止；还有别的程序连着数据库，让它继续运行，emmap db stop 可停止它。\n"
                "  The web is stopped; others are connected, so the database goes on: emmap db stop stops it."
            )
            return
        cluster.stop()
        self.say("✓ 已停止 / stopped")


class _Restarts:
    """Starts one child again when it ends, after a pause that grows while it keeps ending."""

    def __init__(
        self, zh: str, en: str, child: Callable[[], subprocess.Popen[bytes] | None], start: Callable[[], None]
    ) -> None:
        self._zh, self._en = zh, en
        self._child, self._start = child, start
        self._started = time.monotonic()
        self._pause = 1.0
        self._again_at: float | None = None

    def look(self, say: Say) -> None:
        """Whether it ended, and whether it is time to start it again."""
        child = self._child()
        if child is None or child.poll() is None:
            return
        now = time.monotonic()
        if self._again_at is None:
            if now - self._started > 60:
                self._pause = 1.0
            say(
                f"! {self._zh}退出，{self._pause:.0f} 秒后重新启动 / {self._en} ended, starting it again in "
                f"{self._pause:.0f} s"
            )
            self._again_at = now + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)
        elif now >= self._again_at:
            self._again_at = None
            self._start()
            self._started = time.monotonic()
