"""How soon a program that died is started again."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from local import supervisor
from local.processes import Program
from local.supervisor import Child, restart_delay_s

DEATHS = 3
WITHIN_S = 60


class Lines:
    """Keeps what the supervisor says of a program."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def write(self, _name: str, line: str) -> None:
        self.said.append(line)


async def delays_of(folder: Path) -> list[str]:
    """What is said of the first deaths of a program that ends at once."""
    lines = Lines()
    program = Program("short-lived", (sys.executable, "-c", ""), dict(os.environ), folder=folder)
    child = Child(program, lines, lambda: None)  # type: ignore[arg-type]
    child.start()
    async with asyncio.timeout(WITHIN_S):
        while sum("again in" in line for line in lines.said) < DEATHS:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await child.stop()
    return [line.rsplit("again in ", 1)[1] for line in lines.said if "again in" in line][:DEATHS]


async def test_what_keeps_dying_waits_longer_each_time(tmp_path: Path):
    assert await delays_of(tmp_path) == ["0.2 s]", "1 s]", "2 s]"]


async def test_what_ran_well_and_died_is_back_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(supervisor, "STABLE_AFTER_S", 0.0)
    assert await delays_of(tmp_path) == ["0.2 s]"] * DEATHS


def test_the_longest_wait_is_the_last_one_named():
    assert restart_delay_s(1_000) == supervisor.RESTART_DELAYS_S[-1]
