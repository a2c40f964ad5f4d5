"""Runs `spin` over the model of work without network, and says what it found."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MODEL = Path(__file__).with_name("offline.pml")
NEEDED = ("spin", "gcc")
WITHIN_S = 300
STATES = re.compile(r"([0-9.e+]+) states, stored")
ERRORS = re.compile(r"errors: (\d+)")
VIOLATED = re.compile(r"assertion violated (.*) \(at depth")
# Deeper than any run of the model is.
DEPTH_MAX = 10_000


@dataclass(frozen=True)
class Found:
    """What a search came to: complete with no error, or the assertion that some run violates."""

    states: int
    errors: int
    violated: str


def is_here() -> bool:
    """Tell whether spin and a compiler are installed."""
    return all(shutil.which(name) for name in NEEDED)


def search(folder: Path, *macros: str) -> Found:
    """Look at every order of the model with these macros; raises when that could not be done."""
    defined = [f"-D{macro}" for macro in macros]
    _run(folder, "spin", *defined, "-a", str(MODEL))
    _run(folder, "gcc", "-O2", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c")
    said = _run(folder, "./pan", f"-m{DEPTH_MAX}", "-w24")
    errors, states, violated = ERRORS.search(said), STATES.search(said), VIOLATED.search(said)
    is_cut = "max search depth too small" in said or "out of memory" in said
    if errors is None or states is None or is_cut:
        raise RuntimeError(said)
    return Found(int(float(states[1])), int(errors[1]), violated[1] if violated else "")


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=WITHIN_S
    )
    if done.returncode and command[0] != "./pan":
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout
