"""`script/bootstrap`: what cannot work ends with one sentence on what to do. Run with a PATH of stand-ins."""

import shutil
import subprocess
from pathlib import Path

import pytest

from emmap.settings import ROOT

NEEDED = (
    "awk",
    "bash",
    "cat",
    "cut",
    "date",
    "dirname",
    "env",
    "flock",
    "grep",
    "mktemp",
    "rm",
    "sed",
    "sha256sum",
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of what bootstrap needs, beside a folder `bin` with the few programs that this machine has."""
    for name in ("script/bootstrap", "requirements.txt"):
        target = tmp_path / "clone" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    (tmp_path / "bin").mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None, name
        (tmp_path / "bin" / name).symlink_to(found)
    stand_in(tmp_path / "clone", "id", "echo 1000")
    stand_in(tmp_path / "clone", "apt-get", "exit 0")
    stand_in(tmp_path / "clone", "df", "echo header; echo / 9 9 99999 9 /")
    return tmp_path / "clone"


def stand_in(clone: Path, name: str, body: str) -> None:
    """Puts a small program onto the PATH."""
    program = clone.parent / "bin" / name
    program.write_text(f"#!/bin/bash\n{body}\n")
    program.chmod(0o755)


def bootstrap(clone: Path) -> str:
    """What a run for the tests (which lacks Chromium here) says when it fails."""
    run = subprocess.run(
        ["bash", "script/bootstrap", "--test"],
        cwd=clone,
        env={"PATH": str(clone.parent / "bin"), "LANG": "C.UTF-8", "TMPDIR": str(clone.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert not (clone / ".venv").exists()
    return run.stderr


def test_without_sudo_it_says_what_root_has_to_run(clone: Path) -> None:
    said = bootstrap(clone)
    assert "apt-get install" in said
    assert "chromium" in said
    assert "as root run" in said


def test_without_the_right_to_sudo_it_says_whom_to_ask(clone: Path) -> None:
    stand_in(clone, "sudo", "exit 1")
    assert "ask an administrator for: apt-get install" in bootstrap(clone)


def test_without_apt_it_names_the_packages(clone: Path) -> None:
    (clone.parent / "bin" / "apt-get").unlink()
    assert "there is no apt-get here" in bootstrap(clone)


def test_a_full_disk_is_said_before_installing(clone: Path) -> None:
    stand_in(clone, "sudo", "exit 0")
    stand_in(clone, "df", "echo header; echo / 9 9 12 9 /")
    assert "12 MiB free, 1500 MiB are needed" in bootstrap(clone)


def test_a_failing_installation_shows_why(clone: Path) -> None:
    stand_in(clone, "sudo", '[ "$1" = -v ] || exec "$@"')
    stand_in(clone, "sleep", "exit 0")
    stand_in(clone, "tail", "echo the reason")
    stand_in(clone, "mkdir", "exit 0")
    stand_in(clone, "tee", "cat >/dev/null")
    stand_in(clone, "dpkg", "exit 0")
    stand_in(clone, "apt-get", '[ "$1" = update ]')
    said = bootstrap(clone)
    assert "the reason" in said
    assert "System packages cannot be installed" in said
