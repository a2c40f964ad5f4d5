"""Starting a program as the right account, knowing it again later, and ending exactly it."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

from local.accounts import ServerAccount

KILL_AFTER_S = 20.0
"""How long a program may take to stop before it is killed."""
SAME_START_S = 1.0
"""Two readings of one process's start time differ by less than this."""


@dataclass(frozen=True)
class Program:
    """What to start, in which surroundings, and which signal asks it to stop."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    account: ServerAccount = field(default_factory=ServerAccount)
    stop_signal: signal.Signals = signal.SIGTERM
    folder: Path | None = None

    def arguments(self) -> list[str]:
        """The whole command: as its account, and ended when its starter dies, even by `kill -9`."""
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            return list(self.command)
        ending = self.stop_signal.name.removeprefix("SIG")
        return [*_as_account(setpriv, self.account), "--pdeathsig", ending, "--", *self.command]

    def surroundings(self) -> dict[str, Any]:
        """What `subprocess` and `asyncio` need besides the command.

        A session of its own keeps Ctrl-C for the starter, which ends things in the right order.
        """
        changes_account = shutil.which("setpriv") is not None
        return {
            "env": dict(self.environment),
            "cwd": self.folder,
            "stdin": subprocess.DEVNULL,
            "stderr": subprocess.STDOUT,
            "start_new_session": True,
            **({} if changes_account else self.account.popen_options()),
        }

    def start(self, output: int | IO[bytes]) -> subprocess.Popen[bytes]:
        """Start it with its output going to an open file."""
        return subprocess.Popen(self.arguments(), stdout=output, **self.surroundings())


def _as_account(setpriv: str, account: ServerAccount) -> list[str]:
    if not account.is_other:
        return [setpriv]
    return [setpriv, "--reuid", str(account.uid), "--regid", str(account.gid), "--clear-groups"]


@dataclass(frozen=True)
class ProcessIdentity:
    """A process that is never mistaken for a later one with the same number."""

    pid: int
    started_at: float

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity | None":
        """The identity of a living process; None when it is gone."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    @classmethod
    def own(cls) -> "ProcessIdentity":
        """The identity of this process."""
        return cls(os.getpid(), psutil.Process().create_time())

    def find(self) -> psutil.Process | None:
        """The process itself while it still lives."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.started_at) < SAME_START_S
            return found if same and found.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    def end(self, stop_signal: signal.Signals, within_s: float = KILL_AFTER_S) -> None:
        """Ask it to stop, and kill it and what it started when it does not within the time."""
        found = self.find()
        if found is None:
            return
        try:
            family = [found, *found.children(recursive=True)]
            os.kill(self.pid, stop_signal)
            _, left = psutil.wait_procs([found], timeout=within_s)
        except (psutil.NoSuchProcess, ProcessLookupError):
            return
        for process in family if left else ():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue


def stop(process: subprocess.Popen[bytes], program: Program) -> None:
    """Stop a child that this process started, and collect it."""
    if process.poll() is None:
        identity = ProcessIdentity.of(process.pid)
        process.send_signal(program.stop_signal)
        try:
            process.wait(KILL_AFTER_S)
        except subprocess.TimeoutExpired:
            if identity is not None:
                identity.end(signal.SIGKILL)
            process.kill()
    process.wait()


def wait_until(check: Callable[[], bool], within_s: float, what: str, every_s: float = 0.1) -> None:
    """Return when `check` holds; `TimeoutError` naming `what` when it does not within the time."""
    deadline = time.monotonic() + within_s
    while not check():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within_s:.0f} s")
        time.sleep(every_s)
