"""Keeps programs running: starts them, passes on what they say, restarts what dies."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable

from local.logbook import Logbook
from local.processes import KILL_AFTER_S, ProcessIdentity, Program

RESTART_DELAYS_S = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Waits before the first, second, … restart in a row; the last one is kept for ever after."""
STABLE_AFTER_S = 60.0
"""A program that ran this long starts at the first delay again."""
FAILURES_WHILE_STARTING_MAX = 3
LINE_BYTES_MAX = 1024 * 1024
CHECK_EVERY_S = 0.15
LAST_WORDS_WITHIN_S = 1.0


class StartFailed(Exception):
    """A step of the start did not succeed: the step, and what was said about it."""

    def __init__(self, step: str, detail: str):
        super().__init__(f"{step}: {detail}")
        self.step = step
        self.detail = detail


def restart_delay_s(failures: int) -> float:
    """How long to wait after so many deaths in a row; the first is number one."""
    return RESTART_DELAYS_S[min(failures, len(RESTART_DELAYS_S)) - 1]


class Child:
    """One program that is kept running until it is told to stop."""

    def __init__(
        self,
        program: Program,
        log: Logbook,
        changed: Callable[[], None],
        before: Callable[[], Awaitable[None]] | None = None,
    ):
        self.program = program
        self.identity: ProcessIdentity | None = None
        self.failures = 0
        self.restarts = 0
        self._log = log
        self._changed = changed
        self._before = before
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to run it and keep it running."""
        self._task = asyncio.create_task(self._keep_running(), name=self.program.name)

    async def _keep_running(self) -> None:
        while True:
            began = time.monotonic()
            code = await self._run_once()
            if self._stopping:
                return
            was_stable = time.monotonic() - began > STABLE_AFTER_S
            # What ran well and died is back at once; only what keeps dying waits longer.
            self.failures = 1 if was_stable else self.failures + 1
            self.restarts += 1
            delay = restart_delay_s(self.failures)
            self._log.write(self.program.name, f"[ended with {code}; again in {delay:g} s]")
            await asyncio.sleep(delay)

    async def _run_once(self) -> int | str:
        if self._before is not None:
            try:
                await self._before()
            except Exception as failure:  # noqa: BLE001 - any reason is a failed try, said in the log
                return str(failure)
        try:
            self._process = await _spawn(self.program)
        except OSError as failure:
            return str(failure)
        self.identity = ProcessIdentity.of(self._process.pid)
        self._changed()
        await pass_on(self._process, self.program.name, self._log)
        code = await self._process.wait()
        self.identity = None
        self._changed()
        return code

    async def stop(self) -> None:
        """End it, by force when it does not end within its time."""
        self._stopping = True
        process = self._process
        if process is not None and process.returncode is None:
            process.send_signal(self.program.stop_signal)
            try:
                await asyncio.wait_for(process.wait(), KILL_AFTER_S)
            except TimeoutError:
                self._log.write(self.program.name, f"[killed: not ended within {KILL_AFTER_S:g} s]")
                # It leads a session of its own: this reaches whatever it started, too.
                os.killpg(process.pid, signal.SIGKILL)
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=LAST_WORDS_WITHIN_S)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.identity = None


async def _spawn(program: Program) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *program.arguments(),
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES_MAX,
        **program.surroundings(),
    )


async def pass_on(process: asyncio.subprocess.Process, name: str, log: Logbook) -> None:
    """Write every line that a program says to the log, until it has closed its output."""
    output = process.stdout
    while output is not None:
        try:
            line = await output.readline()
        except ValueError:
            log.write(name, f"[a line longer than {LINE_BYTES_MAX} bytes was left out]")
            continue
        if not line:
            return
        log.write(name, line.decode(errors="replace"))


async def run_to_end(program: Program, log: Logbook, within_s: float) -> None:
    """Run a command that ends by itself; `StartFailed` with its last lines when it fails."""
    process = await _spawn(program)
    talking = asyncio.create_task(pass_on(process, program.name, log))
    try:
        code = await asyncio.wait_for(process.wait(), within_s)
        await talking
    except TimeoutError:
        raise StartFailed(program.name, f"not done within {within_s:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        talking.cancel()
    if code:
        raise StartFailed(program.name, log.tail(program.name))


async def until_ready(
    child: Child, is_ready: Callable[[], bool], within_s: float, log: Logbook
) -> None:
    """Return when the child is ready; `StartFailed` when it keeps dying or takes too long."""
    name = child.program.name
    deadline = time.monotonic() + within_s
    while not await asyncio.to_thread(is_ready):
        if child.failures >= FAILURES_WHILE_STARTING_MAX:
            raise StartFailed(name, log.tail(name))
        if time.monotonic() > deadline:
            raise StartFailed(name, f"not ready within {within_s:g} s\n{log.tail(name)}")
        await asyncio.sleep(CHECK_EVERY_S)
