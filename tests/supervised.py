"""`emmap serve` as a person runs it, for tests that start, stop and kill it."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from emmap.settings import ROOT

PATIENCE_S = 120


class Run:
    """One run of `emmap serve`, its lines as they come."""

    def __init__(self, data_dir: Path, port: int, *arguments: str, **settings: str) -> None:
        self.port = port
        self.lines: list[str] = []
        self._new: queue.Queue[str | None] = queue.Queue()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("EMMAP_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "emmap.cli", "serve", "--port", str(port), *arguments],
            cwd=ROOT,
            env={
                **environment,
                "EMMAP_DATA_DIR": str(data_dir),
                "EMMAP_EXERCISE_SHARE": "0.01",
                "PYTHONUNBUFFERED": "1",
                **settings,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._new.put(line)
        self._new.put(None)

    def until(self, words: str) -> None:
        """Waits for a line with these words; fails where the run ends first."""
        end = time.monotonic() + PATIENCE_S
        while not any(words in line for line in self.lines):
            try:
                line = self._new.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no «{words}» within {PATIENCE_S} s: {self.lines}") from None
            assert line is not None, f"ended without «{words}»: {self.lines}"
            self.lines.append(line)
        self.lines = []

    def ready(self) -> "Run":
        """Waits until the address is printed."""
        self.until("/sign-in?code=")
        assert self.answers()
        return self

    def answers(self) -> bool:
        """Whether the web is ready."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def web(self) -> int:
        """The web's process number."""
        return self._child(b"uvicorn")

    def web_processes(self) -> list[int]:
        """Where several serve the web, their process numbers."""
        web = self.web()
        children = Path(f"/proc/{web}/task/{web}/children").read_text().split()
        serving = [
            child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]
        return [int(child) for child in serving]

    def worker(self) -> int:
        """The worker's process number."""
        return self._child(b"worker\0")

    def _child(self, word: bytes) -> int:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return next(int(child) for child in children if word in Path(f"/proc/{child}/cmdline").read_bytes())

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Signals the whole group, as a terminal does; the exit code and what was said since."""
        os.killpg(self.process.pid, number)
        code = self.process.wait(PATIENCE_S)
        while (line := self._new.get(timeout=PATIENCE_S)) is not None:
            self.lines.append(line)
        return code, "".join(self.lines)


def eventually(condition: Callable[[], bool]) -> None:
    """Returns once the condition holds; fails when patience ends."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_free(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
