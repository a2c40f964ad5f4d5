"""The whole demonstration: families with cards, and something that waits on every page.

Most cards were printed for nobody and given by nobody, in one go: their history says
"demonstration". A real site never runs this.
"""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from issuance.demonstration import queries
from issuance.demonstration.desk import serve, take_a_photo
from issuance.demonstration.plan import One, Plan, plan
from issuance.demonstration.printing import ask_for_files, leave_a_round, leave_batches
from issuance.demonstration.work import AtWork

Say = Callable[[str], None]


async def demonstrate(work: AtWork, announced: int, say: Say) -> None:
    """Wait for the cards of so many announcements and bring each to its scene; safe to repeat."""
    await work.until_signed(announced)
    scenes: Plan = await work.do(_planned)
    given = await work.bring(scenes.active, "active")
    await work.bring(scenes.by_hand + scenes.at_desk, "at_desk")
    say(f"Kartu di tangan keluarga: {given}")
    await ask_for_files(work, scenes)
    await serve(work, scenes.by_hand)
    for one in scenes.to_print[:1]:
        await take_a_photo(work, one)
    await leave_a_round(work, scenes.round)
    await leave_batches(work, scenes.batch)
    say("Cetakan, keliling desa dan loket: masing-masing ada yang menunggu")


async def _planned(tx: AsyncConnection) -> Plan:
    rows = (await tx.execute(queries.FIRST_CARDS)).all()
    return plan(One(row.card_id, row.household_id, row.region_code) for row in rows)
