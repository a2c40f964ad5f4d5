"""Print files at the size of a province, beside the loop that one would write first.

Ours: parts of 1,000 cards, fronts and backs, drawn by as many processes as the service uses.
The loop: `qrcode` makes each symbol, `reportlab` puts picture and words on a page; the same words,
the same version and correction, ten cards a page, one process, as such a loop is written.
"""

import asyncio
import contextlib
import io
import os
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import psutil
import qrcode
from qrcode.constants import ERROR_CORRECT_M
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from tests.benchmarks import Report
from tests.issuance.drawn_cards import ADDRESS, EXPIRES, NAMES, PLACES, a_token, card_id_of

from common.card_number import card_number
from issuance.printing.design.codes import VERSION
from issuance.printing.design.sheets import PER_SHEET, corner
from issuance.printing.draw_files import CARDS_PER_PART_MAX, CardToDraw, DrawOrder, draw_parts

SIZES = {"full": 279_434, "smaller": 20_000}
LOOP_CARDS = 100
# Signing is not what is measured: so many tokens are signed, and the rest differ in their ends.
SIGNED = 500
WATCH_EVERY_S = 0.05
ORDERED_AT = datetime(2026, 2, 20, tzinfo=UTC)


def measure(report: Report) -> None:
    """Measure cards_pdf_per_s, cards_pdf_vs_qrcode and cards_pdf_peak_mb (SIZE=full or smaller)."""
    size = os.environ.get("SIZE") or "full"
    total = SIZES[size] if size in SIZES else int(size)
    tokens = [a_token(place, NAMES[place % len(NAMES)], address=ADDRESS) for place in range(SIGNED)]
    halves = [_cards(start, LOOP_CARDS // 2, tokens) for start in (0, LOOP_CARDS // 2)]
    # Before and after: what else the machine does changes under both.
    loop_s = _timed_loop(halves[0])
    with _peak_memory() as peak:
        start = time.perf_counter()
        cards, size_bytes = asyncio.run(_draw(total, tokens))
        ours_s = time.perf_counter() - start
    loop_s += _timed_loop(halves[1])
    assert cards == total
    ours, loop = total / ours_s, LOOP_CARDS / loop_s
    report.ratios["cards_pdf_vs_qrcode"] = round(ours / loop, 2)
    report.figures["cards_pdf_per_s"] = round(ours)
    report.figures["cards_pdf_qrcode_per_s"] = round(loop, 1)
    report.figures["cards_pdf_peak_mb"] = round(peak[0] / 1e6)
    report.sizes["cards_pdf_cards"] = total
    report.sizes["cards_pdf_mb"] = round(size_bytes / 1e6)


async def _draw(total: int, tokens: Sequence[str]) -> tuple[int, int]:
    """Draw so many cards in parts, as the service does; how many, and how many bytes."""
    cards = size = 0
    async for file in draw_parts(_orders(total, tokens)):
        cards += file.cards
        size += len(file.content)
    return cards, size


def _orders(total: int, tokens: Sequence[str]) -> Iterator[DrawOrder]:
    for part, start in enumerate(range(0, total, CARDS_PER_PART_MAX)):
        count = min(CARDS_PER_PART_MAX, total - start)
        yield DrawOrder(f"{part}", f"KHBS · {part + 1}", ORDERED_AT, _cards(start, count, tokens))


def _cards(start: int, count: int, tokens: Sequence[str]) -> list[CardToDraw]:
    return [
        CardToDraw(
            name=NAMES[place % len(NAMES)],
            places=PLACES,
            number=card_number(card_id_of(place)),
            expires_at=EXPIRES,
            # No two symbols are alike, as no two tokens are.
            token=f"{tokens[place % SIGNED][:-5]}{place:05X}",
        )
        for place in range(start, start + count)
    ]


def _timed_loop(cards: Sequence[CardToDraw]) -> float:
    start = time.perf_counter()
    canvas = Canvas(io.BytesIO(), pagesize=A4)
    for at in range(0, len(cards), PER_SHEET):
        ten = cards[at : at + PER_SHEET]
        for is_back in (False, True):
            for place, card in enumerate(ten):
                _plain_card(canvas, card, *corner(place, is_back=is_back), is_back=is_back)
            canvas.showPage()
    canvas.save()
    return time.perf_counter() - start


def _plain_card(canvas: Canvas, card: CardToDraw, x: float, y: float, *, is_back: bool) -> None:
    left, bottom = x * mm, A4[1] - (y + 54) * mm
    canvas.rect(left, bottom, 85.6 * mm, 54 * mm)
    if is_back:
        code = qrcode.QRCode(version=VERSION, error_correction=ERROR_CORRECT_M, border=4)
        code.add_data(card.token)
        code.make(fit=True)
        picture = io.BytesIO()
        code.make_image().save(picture, "PNG")
        picture.seek(0)
        side = 29.2 * mm
        canvas.drawImage(ImageReader(picture), left + 51 * mm, bottom + 15 * mm, side, side)
        canvas.drawString(left + 51 * mm, bottom + 10 * mm, card.number)
        return
    for line, text in enumerate(
        (card.name, *card.places, card.number, f"{card.expires_at:%d-%m-%Y}")
    ):
        canvas.drawString(left + 5 * mm, bottom + (45 - 7 * line) * mm, text)


@contextlib.contextmanager
def _peak_memory() -> Iterator[list[int]]:
    """Give the largest memory that this process and its children held at once, in bytes."""
    peak, done = [0], threading.Event()
    me = psutil.Process()

    def watch() -> None:
        while not done.wait(WATCH_EVERY_S):
            held = 0
            for process in (me, *me.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    held += process.memory_info().rss
            peak[0] = max(peak[0], held)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
