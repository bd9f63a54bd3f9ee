"""The supervisor: starts the database and the web, keeps them alive, stops them in the right order."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from emmap.errors import EmmapError, SetupError
from emmap.processes import die_with_parent
from emmap.settings import ROOT, Settings
from emmap.store import migrate
from emmap.store.cluster import SystemUser, reaches, this_user, web_user
from emmap.store.database import Database
from emmap.web.access import new_sign_in_link

READY_WITHIN_S = 60
GRACE_S = 10
OTHERS_WITHIN_S = 30
LONGEST_PAUSE_S = 30
FIRST_EXERCISE = "city-2020"

Say = Callable[[str], None]


def check_port(host: str, port: int) -> None:
    """Raises `SetupError` where the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupError(
                f"无法使用 {host}:{port}({error.strerror});请用 --port 换一个端口。",
                f"Cannot listen on {host}:{port} ({error.strerror}); choose another port with --port.",
            ) from error


class Supervisor:
    """One run of `emmap serve`."""

    def __init__(
        self, settings: Settings, *, host: str, port: int, workers: int, exercise: bool, say: Say
    ) -> None:
        self.database = Database.from_settings(settings)
        self.host = host
        self.port = port
        self.workers = workers
        self.exercise = exercise and self.database.embedded
        self.say = say
        self.stopping = threading.Event()
        self.web: subprocess.Popen[bytes] | None = None
        self.loader: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the page."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        return f"http://{host}:{self.port}"

    def run(self) -> None:
        """Runs until it is told to stop. Raises `SetupError` where it cannot start."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._told_to_stop)
        check_port(self.host, self.port)
        try:
            self._prepare_store()
            self._start_web()
            if self._wait_until_ready():
                self.say("✓ 已就绪 / ready")
                self.say(
                    f"  打开(一次性登录地址)/ open (one-time sign-in):\n  {new_sign_in_link(self.database, self.address)}"
                )
                self.say("  Ctrl-C 停止 / stops")
                if self.exercise:
                    self._load_exercise()
            self._watch()
        finally:
            self._stop()

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def _prepare_store(self) -> None:
        began = time.monotonic()
        self.say("· 启动数据库 / database …")
        self.database.ensure_running()
        self.say("· 检查库结构 / schema …")
        migrate.upgrade(self.database)
        for realm in ("real", *(["exercise"] if self.exercise else []), self.database.default_realm):
            if realm not in migrate.realms(self.database):
                migrate.create_realm(self.database, realm)
        self.say(f"  {time.monotonic() - began:.1f} s")

    def _start_web(self) -> None:
        user = self._who_serves()
        cache = self.database.data_dir / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        identity: dict[str, Any] = {}
        if os.geteuid() == 0 and user.uid != 0:
            os.chown(cache, user.uid, user.gid)
            identity = {"user": user.uid, "group": user.gid, "extra_groups": []}
        self.web = subprocess.Popen(
            [
                sys.executable, "-m", "uvicorn", "app:app", "--host", self.host, "--port", str(self.port),
                "--workers", str(self.workers), "--ws", "websockets-sansio", "--no-access-log",
                "--log-level", "warning", "--timeout-graceful-shutdown", "5",
            ],
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
            **identity,
        )  # fmt: skip

    def _environment(self) -> dict[str, str]:
        realm = self.database.default_realm if self.exercise or not self.database.embedded else "real"
        return {
            **os.environ,
            "EMMAP_REALM": os.environ.get("EMMAP_REALM", realm),
            "EMMAP_DATA_DIR": str(self.database.data_dir),
            "EMMAP_SUPERVISED": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": "/nonexistent" if os.geteuid() == 0 else os.environ.get("HOME", "/"),
        }

    def _who_serves(self) -> SystemUser:
        """The web's own user where it can read the program, else this one, and a word about it."""
        user = web_user()
        needed = [
            (ROOT / "app.py", "-r"),
            (Path(sys.executable), "-x"),
            (Path(sys.executable).resolve(), "-x"),
        ]
        if all(reaches(user, path, test) for path, test in needed):
            return user
        self.say(
            f"! 系统用户 {user.name} 无法读取程序目录,网页改以 {this_user().name} 运行;"
            "请把程序放到所有人可读的目录(如 /opt/emmap)。\n"
            f"  The user {user.name} cannot read the program; the web runs as {this_user().name}. "
            "Put the clone where everybody may read it."
        )
        return this_user()

    def _wait_until_ready(self) -> bool:
        self.say("· 启动网页 / web …")
        end = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < end and not self.stopping.is_set():
            try:
                with urllib.request.urlopen(f"{self.address}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return True
            except (urllib.error.URLError, OSError):
                if self.web is not None and self.web.poll() is not None:
                    break
            self.stopping.wait(0.1)
        if self.stopping.is_set():
            return False
        raise SetupError("网页没有启动;原因见上面的日志。", "The web did not start; the lines above say why.")

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
            preexec_fn=die_with_parent,
        )
        threading.Thread(target=self._relay, args=(self.loader,), daemon=True).start()

    def _relay(self, child: subprocess.Popen[str]) -> None:
        for line in child.stdout or ():
            self.say(f"  演练 / exercise: {line.rstrip()}")
        if child.wait() and not self.stopping.is_set():
            self.say(
                "! 演练数据没有装完;可运行 emmap exercise load city-2020。\n  The exercise is not complete; run emmap exercise load city-2020."
            )

    def _watch(self) -> None:
        """Restarts what dies, with a growing pause."""
        pause = 1.0
        started = time.monotonic()
        while not self.stopping.wait(1.0):
            cluster = self.database.cluster
            if cluster is not None and not cluster.answers():
                self.say("! 数据库停了,正在重新启动 / the database is down, starting it again")
                try:
                    cluster.start()
                    self.say("✓ 数据库已恢复 / the database is back")
                except EmmapError as error:
                    self.say(f"! {error}")
            if self.web is not None and self.web.poll() is not None:
                if time.monotonic() - started > 60:
                    pause = 1.0
                self.say(
                    f"! 网页进程退出,{pause:.0f} 秒后重新启动 / the web ended, starting it again in {pause:.0f} s"
                )
                if self.stopping.wait(pause):
                    return
                pause = min(pause * 2, LONGEST_PAUSE_S)
                self._start_web()
                started = time.monotonic()

    def _stop(self) -> None:
        for child in (self.loader, self.web):
            if child is not None and child.poll() is None:
                child.terminate()
        for child in (self.loader, self.web):
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
        while cluster.others_connected() and time.monotonic() < end:
            time.sleep(0.2)
        if cluster.others_connected():
            self.say(
                "! 还有别的程序连着数据库,让它继续运行;emmap db stop 可停止它。\n  Others are still connected: the database goes on; emmap db stop stops it."
            )
            return
        cluster.stop()
        self.say("✓ 已停止 / stopped")
