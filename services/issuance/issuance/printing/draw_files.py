"""Draw many print files at once, in processes of their own, with never more than a few in memory.

async for file in draw_parts(orders):
    … store file.content and file.sha256 under file.part_id
"""

import asyncio
import hashlib
import multiprocessing
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from issuance.printing.design.canvas import Matrix
from issuance.printing.design.codes import batch_matrix
from issuance.printing.design.faces import CardFace
from issuance.printing.design.sheets import Duplex, draw_sheets

CARDS_PER_PART_MAX = 1_000
DRAWING_PROCESSES = 2
# One part is drawn, and one waits, in each process: it is never idle and never holds more.
PARTS_AHEAD = 2 * DRAWING_PROCESSES
# A part of 1,000 takes well under a second; a machine in distress is given this long.
PART_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class CardToDraw:
    """What a card shows, as it travels to the process that draws it."""

    name: str
    # Smallest place first: village, district, regency.
    places: tuple[str, str, str]
    number: str
    expires_at: datetime
    # The text of the QR.
    token: str
    # A JPEG picture of 240 × 312 pixels, or None.
    photo: bytes | None = None

    def face(self, draw_code: Callable[[str], Matrix] = batch_matrix) -> CardFace:
        """Return what is drawn, with its QR."""
        return CardFace(
            name=self.name,
            places=self.places,
            number=self.number,
            expires_at=self.expires_at,
            matrix=draw_code(self.token),
            photo=self.photo,
        )


@dataclass(frozen=True, slots=True)
class DrawOrder:
    """A part to draw: up to CARDS_PER_PART_MAX cards that become one file."""

    # The caller's own name of the part; it comes back with the file.
    part_id: str
    # Stands below the sheets and in the file's properties.
    title: str
    # Of the order, not of the clock: the same order drawn again is the same bytes.
    ordered_at: datetime
    cards: Sequence[CardToDraw]
    duplex: Duplex = "long_edge"

    def __post_init__(self) -> None:
        if not 0 < len(self.cards) <= CARDS_PER_PART_MAX:
            raise ValueError(f"a part has 1 to {CARDS_PER_PART_MAX} cards, not {len(self.cards)}")


@dataclass(frozen=True, slots=True)
class DrawnFile:
    """A finished PDF file."""

    part_id: str
    content: bytes
    # Hexadecimal SHA-256 of the content.
    sha256: str
    cards: int


class DrawingFailed(RuntimeError):
    """A part could not be drawn, and nothing of it exists; `part_id` says which."""

    def __init__(self, part_id: str, why: str) -> None:
        super().__init__(f"part {part_id} was not drawn: {why}")
        self.part_id = part_id


def draw_part(order: DrawOrder) -> DrawnFile:
    """Draw one part in this process; it takes a moment, so never call it in an event loop."""
    content = draw_sheets(
        [card.face() for card in order.cards],
        title=order.title,
        ordered_at=order.ordered_at,
        duplex=order.duplex,
    )
    digest = hashlib.sha256(content).hexdigest()
    return DrawnFile(order.part_id, content, digest, len(order.cards))


async def draw_parts(
    orders: Iterable[DrawOrder] | AsyncIterable[DrawOrder],
    *,
    processes: int = DRAWING_PROCESSES,
) -> AsyncIterator[DrawnFile]:
    """Yield the files of these orders, in their order; raises DrawingFailed.

    Orders are taken only as fast as files are: PARTS_AHEAD of them are in memory, however many
    there are. What was yielded before a failure is good. Close the iterator (aclosing) when
    leaving it early.
    """
    waiting: deque[tuple[str, asyncio.Future[DrawnFile]]] = deque()
    async with _drawing_pool(processes) as pool:
        loop = asyncio.get_running_loop()
        async for order in _one_by_one(orders):
            drawing = loop.run_in_executor(pool, draw_part, order)
            drawing.add_done_callback(_noticed)
            waiting.append((order.part_id, drawing))
            if len(waiting) >= PARTS_AHEAD:
                yield await _drawn(*waiting.popleft())
        while waiting:
            yield await _drawn(*waiting.popleft())


async def _one_by_one(
    orders: Iterable[DrawOrder] | AsyncIterable[DrawOrder],
) -> AsyncIterator[DrawOrder]:
    if isinstance(orders, AsyncIterable):
        async for order in orders:
            yield order
        return
    for order in orders:
        yield order


def _noticed(drawing: asyncio.Future[DrawnFile]) -> None:
    # After a failure nobody asks for the parts behind it: that they failed too is no news.
    if not drawing.cancelled():
        drawing.exception()


async def _drawn(part_id: str, future: asyncio.Future[DrawnFile]) -> DrawnFile:
    try:
        async with asyncio.timeout(PART_TIMEOUT_S):
            return await future
    except TimeoutError as error:
        raise DrawingFailed(part_id, f"it took longer than {PART_TIMEOUT_S:g} s") from error
    except BrokenProcessPool as error:
        why = "a drawing process was ended from outside (out of memory, or killed)"
        raise DrawingFailed(part_id, why) from error
    except Exception as error:
        # What a card says stays out of messages and logs: the kind of error alone is told.
        raise DrawingFailed(part_id, type(error).__name__) from error


@asynccontextmanager
async def _drawing_pool(processes: int) -> AsyncIterator[ProcessPoolExecutor]:
    # A plain fork would copy an event loop, its connections and its threads.
    pool = ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield pool
    finally:
        # Not waited for: a process that hangs must not hold up who was told that it does.
        pool.shutdown(wait=False, cancel_futures=True)
