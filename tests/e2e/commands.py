"""A service's command, as `make run` does it."""

import os
import subprocess
import sys
from pathlib import Path

from local.stack import Stack

ROOT = Path(__file__).parents[2]


def run(stack: Stack, service: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with the settings of the stack's service."""
    folder = ("--run-dir", str(stack.folder.path))
    command = (sys.executable, "-m", "local", *folder, "run", "--", service, *arguments)
    where = {"PYTHONPATH": f"{ROOT / 'deploy'}:{ROOT}"}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **where}
    )
