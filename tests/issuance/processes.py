"""The programs of the service as they are run: started, looked at, ended."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.clients import key_text

WITHIN_S = 60.0
ENDS_WITHIN_S = 60


def environment(database_url: str, amqp_url: str = "", **others: str) -> dict[str, str]:
    """Settings of a process without keys; the signer is given `SIGNING_MASTER_KEY` besides."""
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "AMQP_URL": amqp_url,
        "PUBLIC_URL": "http://testserver",
        "SEALING_KEY": key_text(1),
        "BLIND_INDEX_KEY": key_text(2),
        "EVENT_SEALING_KEY": key_text(3),
        "SESSION_KEY": key_text(4),
        "LOG_LEVEL": "WARNING",
        **others,
    }


def signer_environment(database_url: str, **others: str) -> dict[str, str]:
    return environment(database_url, SIGNING_MASTER_KEY=key_text(9), **others)


def start(module: str, surroundings: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", module], env=surroundings)


async def ended(process: subprocess.Popen[bytes]) -> int:
    """Ask a process to end, once it can hear that, and return its exit code."""

    async def hears() -> bool:
        return process.poll() is not None or _catches(process.pid, signal.SIGTERM)

    await until(hears, "it listens for the signal that ends it")
    process.terminate()
    return int(await asyncio.to_thread(process.wait, ENDS_WITHIN_S))


def _catches(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler for a signal, as the kernel knows it."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return False
    caught = next(line for line in lines if line.startswith("SigCgt:")).split()[1]
    return bool(int(caught, 16) >> (number - 1) & 1)


async def until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not await holds():
        assert time.monotonic() < deadline, f"not within {WITHIN_S} s: {what}"
        await asyncio.sleep(0.05)
