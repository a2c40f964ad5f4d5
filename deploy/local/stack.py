"""The stack as its users see it: `up`, `down`, `reset`. `make` and end-to-end tests use this."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.accounts import ROOTS_PLACE, server_account
from local.logbook import show_progress
from local.processes import ProcessIdentity, wait_until
from local.run_folder import OURS, RunFolder, read_json
from local.services import DEPLOY
from local.supervise import supervise
from local.system import Request

UP_WITHIN_S = 6 * 3600.0
"""A full population takes long to load; every step inside has a limit of its own."""
FIRST_SIGN_WITHIN_S = 15.0
DOWN_WITHIN_S = 60.0
LOOK_EVERY_S = 0.1


class StackFailed(Exception):
    """The stack did not come up; the message is for the person at the terminal."""


@dataclass(frozen=True)
class Stack:
    """One stack, known by its run folder."""

    folder: RunFolder
    population: str = "small"
    prefer_known_ports: bool = True
    services: tuple[str, ...] | None = None

    @classmethod
    def at(cls, run_dir: Path, **options: Any) -> "Stack":
        """The stack of this run folder."""
        return cls(RunFolder(run_dir.resolve()), **options)

    @property
    def state(self) -> dict[str, Any]:
        """What `stack.json` says now."""
        return read_json(self.folder.state)

    @property
    def is_running(self) -> bool:
        """Whether its supervisor lives."""
        return self.folder.is_locked()

    def url(self, service: str) -> str:
        """The address of a service."""
        return str(self.state["services"][service]["url"])

    def pid(self, program: str) -> int:
        """The process number of `postgres`, `rabbitmq`, `registry-api`, `registry-worker`, …"""
        return int(self.state["processes"][program]["pid"])

    def up(self, show: Callable[[dict[str, Any]], None] = show_progress) -> None:
        """Start it in the background and return when it is ready; does nothing when it is.

        `StackFailed` with what was said when it does not come up; nothing is left running then.
        """
        if not self.is_running:
            self._start_supervisor()
        elif self.state.get("state") == "ready":
            return
        self._follow_progress(show)

    def _start_supervisor(self) -> None:
        self.folder.make(server_account())
        self.folder.progress.unlink(missing_ok=True)
        command = [sys.executable, "-m", "local", "supervise", "--background"]
        command += ["--run-dir", str(self.folder.path), "--population", self.population]
        if not self.prefer_known_ports:
            command.append("--any-ports")
        if self.services is not None:
            command += ["--services", ",".join(self.services)]
        with (self.folder.path / "logs" / "supervisor.log").open("wb") as output:
            subprocess.run(
                command,
                check=False,
                env=os.environ | {"PYTHONPATH": str(DEPLOY), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def _follow_progress(self, show: Callable[[dict[str, Any]], None]) -> None:
        now = time.monotonic()
        deadline, first_sign = now + UP_WITHIN_S, now + FIRST_SIGN_WITHIN_S
        seen = 0
        while time.monotonic() < deadline:
            # Asked before reading: what a supervisor wrote before it ended is still read.
            alive = self.is_running
            lines = self._progress_lines()
            for line in lines[seen:]:
                if line["event"] == "failed":
                    self._wait_until_down()
                    raise StackFailed(f"✗ {line['step']}\n{line['detail']}")
                show(line)
                if line["event"] == "ready":
                    return
            seen = len(lines)
            if not alive and (seen or time.monotonic() > first_sign):
                break
            time.sleep(LOOK_EVERY_S)
        said = (self.folder.path / "logs" / "supervisor.log").read_text()[-3000:]
        raise StackFailed(f"The supervisor ended before everything was ready.\n{said}")

    def _progress_lines(self) -> list[dict[str, Any]]:
        if not self.folder.progress.exists():
            return []
        text = self.folder.progress.read_text()
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def run_in_foreground(self, ready: Callable[[], None]) -> int:
        """Run it here until Ctrl-C or SIGTERM, with the log on the terminal; the exit code."""
        return self.supervise(echo=True, ready=ready)

    def supervise(self, *, echo: bool = False, ready: Callable[[], None] | None = None) -> int:
        """Be the supervisor; the exit code."""
        self.folder.make(server_account())
        lock = self.folder.lock()
        if lock is None:
            print(f"A stack is running in {self.folder.path} already.", file=sys.stderr)
            return 1
        request = Request(self.folder, self.population, self.services, self.prefer_known_ports)
        with lock:
            self._clear_away_what_crashed()
            return asyncio.run(supervise(request, echo=echo, ready=ready))

    def down(self) -> bool:
        """Stop all that was started here, and nothing else. False: nothing was running."""
        was_running = self.is_running
        if was_running:
            supervisor = self.folder.lock_holder()
            if supervisor is not None and (found := supervisor.find()) is not None:
                found.send_signal(signal.SIGTERM)
            self._wait_until_down()
        return self._clear_away_what_crashed() or was_running

    def _wait_until_down(self) -> None:
        try:
            wait_until(lambda: not self.is_running, DOWN_WITHIN_S, "stopping", LOOK_EVERY_S)
        except TimeoutError:
            supervisor = self.folder.lock_holder()
            if supervisor is not None:
                supervisor.end(signal.SIGKILL)

    def _clear_away_what_crashed(self) -> bool:
        """End what a killed supervisor left behind; whether there was anything."""
        left = {n: i for n, i in self._identities().items() if i[0].find() is not None}
        last = ("rabbitmq", "postgres", "epmd")
        for name in sorted(left, key=lambda n: last.index(n) if n in last else -1):
            identity, stop_signal = left[name]
            identity.end(stop_signal)
        return bool(left)

    def _identities(self) -> dict[str, tuple[ProcessIdentity, signal.Signals]]:
        known = self.state.get("processes", {})
        return {
            name: (ProcessIdentity(p["pid"], p["started_at"]), signal.Signals[p["stop_signal"]])
            for name, p in known.items()
        }

    def reset(self) -> None:
        """Stop it and delete its data and secrets; whatever else is in the run folder stays."""
        data = Path(self.state.get("data", self.folder.path))
        self.down()
        for name in OURS:
            path = self.folder.path / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        if data.is_relative_to(ROOTS_PLACE) and data != ROOTS_PLACE:
            shutil.rmtree(data, ignore_errors=True)
