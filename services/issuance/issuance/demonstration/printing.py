"""Print batches of the demonstration: one to be received, one to be counted, one on its round."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.card_number import card_number
from common.web.formats import in_wib
from issuance.demonstration.cast import CLERK, COUNTER, PRINTER, demo_id
from issuance.demonstration.plan import SPOILED, One, Plan
from issuance.demonstration.work import AtWork
from issuance.handing_over.rounds import NewRound, make_round
from issuance.printing.count_part import Count, count_part
from issuance.printing.read_batch import read_batch, read_part
from issuance.printing.read_file import Download, take_file
from issuance.printing.receive_part import Receipt, receive_part
from issuance.printing.request_batch import Wish, request_batch

# A village of a demonstration fits one file.
PART = 1
ROUND, FIRST, AGAIN = "round", "first", "again"


async def leave_a_round(work: AtWork, cards: list[One]) -> None:
    """Print the cards of a village, receive them at the desk, and make them ready to be carried."""
    if not cards:
        return
    village = cards[0].region_code
    batch_id = await _printed(work, village, ROUND)
    good = await _count(work, batch_id, spoiled=[])
    receipt = Receipt(demo_id("receipt", village), batch_id, PART, good)
    await work.do(lambda tx: receive_part(tx, CLERK, receipt))
    wish = NewRound(demo_id("round", village), village, in_wib(clock.utc_now()).date())
    await work.do(lambda tx: make_round(tx, CLERK, work.sealer, work.index, wish))


async def leave_batches(work: AtWork, cards: list[One]) -> None:
    """Print and count the cards of a village, some of them spoiled; print those once more.

    The first batch waits for the desk that receives it, the second for whoever counts it.
    """
    if not cards:
        return
    village = cards[0].region_code
    batch_id = await _printed(work, village, FIRST)
    spoiled = [card_number(one.card_id) for one in cards[:SPOILED]]
    await _count(work, batch_id, spoiled=spoiled)
    await work.until_remade(village)
    await _printed(work, village, AGAIN)


async def ask_for_files(work: AtWork, scenes: Plan) -> None:
    """Ask for the first files early: the worker draws them while the desk serves its families."""
    for cards, name in ((scenes.round, ROUND), (scenes.batch, FIRST)):
        if cards:
            await _ask(work, cards[0].region_code, name)


async def _ask(work: AtWork, village: str, name: str) -> UUID:
    wish = Wish(demo_id("batch", name, village), village)
    await work.do(lambda tx: request_batch(tx, PRINTER, work.sealer, wish))
    return wish.batch_id


async def _printed(work: AtWork, village: str, name: str) -> UUID:
    """Have what waits in a village printed, and take the file."""
    batch_id = await _ask(work, village, name)

    async def made(tx: AsyncConnection) -> tuple[bool, object]:
        state = (await read_batch(tx, PRINTER, batch_id)).state
        return state == "printed", state

    await work.until(made, "the print file is made")
    taken = Download(demo_id("download", name, village), batch_id, PART)
    await work.do(lambda tx: take_file(tx, PRINTER, work.sealer, taken))
    return batch_id


async def _count(work: AtWork, batch_id: UUID, *, spoiled: list[str]) -> int:
    """Count a file, as another person than the one who asked for it; return the good cards."""

    async def count(tx: AsyncConnection) -> int:
        _, part = await read_part(tx, COUNTER, batch_id, PART)
        good = part["cards_in_file"] - len(spoiled)
        id_ = demo_id("count", str(batch_id))
        await count_part(tx, COUNTER, Count(id_, batch_id, PART, good, spoiled))
        return int(good)

    return int(await work.do(count))
