"""The most memory that a process took."""

import subprocess
import sys
from pathlib import Path

from emmap.settings import ROOT


def peak_megabytes() -> float:
    """Of this process. `getrusage` would begin with the parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def peak_of(module: str, *arguments: str) -> float:
    """Of a process of its own that runs a module, which prints it."""
    found = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(found.stdout)
