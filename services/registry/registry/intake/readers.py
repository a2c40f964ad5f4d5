"""Having a file read: a small one here, in a thread; a large one by processes beside this one."""

import asyncio
import pickle
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, cast

from common.problems import Refused
from registry.intake.reading import Head, Order, Tail, read
from registry.intake.reading_process import END, FOUND, FRAME, REFUSED
from registry.intake.sheet import ZIP_MAGIC

# A process takes about half a second to begin: a village's file is read by then.
LARGE_BYTES = 8 * 1024 * 1024
TEXT_READERS = 2
CHUNKS_WAITING_MAX = 6
FRAME_BUFFER_BYTES = 4 * 1024 * 1024
END_WITHIN_S = 5.0

Chunk = tuple[int, bytes]
Found = Head | Tail | Chunk
Reply = Found | Exception | None


class ReaderFailed(Exception):
    """A reading process ended before its file did."""


@asynccontextmanager
async def rows_of(order: Order) -> AsyncIterator[tuple[Head, AsyncIterator[Chunk]]]:
    """Give what a file is, and its rows as they are read. Raises Refused."""
    readers = _readers_for(order)
    async with AsyncExitStack() as stack:
        if readers:
            waiting: asyncio.Queue[Reply] = asyncio.Queue(CHUNKS_WAITING_MAX)
            for share in range(readers):
                own = replace(order, share=share, shares=readers)
                await stack.enter_async_context(_process(own, waiting))
            replies = _merged(waiting, readers)
        else:
            replies = await stack.enter_async_context(_in_thread(order))
        # The first reply of any reader is what the file is.
        head = cast("Head", await anext(replies))
        yield head, _chunks(head, replies)


def _readers_for(order: Order) -> int:
    if order.path.stat().st_size < LARGE_BYTES:
        return 0
    with order.path.open("rb") as file:
        # A workbook can't be read in parts: its rows are one stream.
        return 1 if file.read(len(ZIP_MAGIC)) == ZIP_MAGIC else TEXT_READERS


async def _merged(waiting: "asyncio.Queue[Reply]", readers: int) -> AsyncIterator[Found]:
    reading = readers
    while reading:
        reply = await waiting.get()
        if isinstance(reply, Exception):
            raise reply
        if reply is None:
            reading -= 1
        else:
            yield reply


async def _chunks(head: Head, replies: AsyncIterator[Found]) -> AsyncIterator[Chunk]:
    async for reply in replies:
        if isinstance(reply, Tail):
            head.villages.update(reply.villages)
        elif isinstance(reply, tuple):
            yield reply


@asynccontextmanager
async def _in_thread(order: Order) -> AsyncIterator[AsyncIterator[Found]]:
    """Read in one thread of its own: the reader's objects may not change threads."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "import") as thread:

        async def there(act: Callable[..., Any], *arguments: Any) -> Any:
            return await loop.run_in_executor(thread, act, *arguments)

        async def replies() -> AsyncIterator[Found]:
            parts = await there(read, order)
            try:
                while (part := await there(next, parts, None)) is not None:
                    yield part
            finally:
                await there(parts.close)

        yield replies()


@asynccontextmanager
async def _process(order: Order, waiting: "asyncio.Queue[Reply]") -> AsyncIterator[None]:
    """Let a process of its own read a share; it ends with this context, whatever happens."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "registry.intake.reading_process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=FRAME_BUFFER_BYTES,
    )
    source = cast("asyncio.StreamReader", process.stdout)
    target = cast("asyncio.StreamWriter", process.stdin)
    target.write(pickle.dumps(order))
    target.close()
    pump = asyncio.create_task(_pump(source, waiting))
    try:
        yield
    finally:
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)
        with suppress(ProcessLookupError):
            process.kill()
        async with asyncio.timeout(END_WITHIN_S):
            await process.wait()


async def _pump(source: asyncio.StreamReader, waiting: "asyncio.Queue[Reply]") -> None:
    """Pass on what a process says; a process that falls silent before its end is said so too."""
    try:
        while True:
            kind, rows, size = FRAME.unpack(await source.readexactly(FRAME.size))
            content = await source.readexactly(size)
            if kind == FOUND:
                await waiting.put(pickle.loads(content))  # noqa: S301 - from our own process
            elif kind == REFUSED:
                code, facts = pickle.loads(content)  # noqa: S301
                await waiting.put(Refused(code, **facts))
            elif kind == END:
                await waiting.put(None)
                return
            else:
                await waiting.put((rows, content))
    except asyncio.IncompleteReadError:
        await waiting.put(ReaderFailed("a reading process ended before its file did"))
