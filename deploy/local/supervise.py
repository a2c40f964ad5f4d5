"""The supervisor process: runs the system until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable

from local.logbook import Logbook, Progress
from local.supervisor import StartFailed
from local.system import Request, System


async def supervise(
    request: Request, *, echo: bool = False, ready: Callable[[], None] | None = None
) -> int:
    """Run the system until SIGINT or SIGTERM; the exit code. The caller holds the folder's lock.

    `echo` shows the log at the terminal, and `ready` is called when all is ready.
    """
    log = Logbook(request.folder.log, echo)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    progress = Progress(request.folder, echo=echo)
    system = System(request, log, progress)
    starting = asyncio.create_task(system.start())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done() and starting.exception() is not None:
            _explain(starting.exception(), log, progress)
            return 1
        if ready is not None and starting.done():
            ready()
        await stop.wait()
        return 0
    finally:
        starting.cancel()
        stopping.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)
        await system.stop()
        log.close()


def _explain(failure: BaseException | None, log: Logbook, progress: Progress) -> None:
    step, detail = type(failure).__name__, str(failure)
    if isinstance(failure, StartFailed):
        step, detail = failure.step, failure.detail
    log.write("supervisor", f"failed: {step}: {detail}")
    progress.say("failed", step, detail)
