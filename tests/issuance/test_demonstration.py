"""A demonstration's cards are on every step of their way, and each desk has something to do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.issuance.builders import PIN_PRIVATE_KEY, Desk, a_desk, an_approval, an_enrolment

from common.ids import new_id
from common.sealed import BlindIndex, Sealer
from common.sealed_to import SealedTo, public_key_of
from issuance.demonstration import work
from issuance.demonstration.desk import invented_face
from issuance.demonstration.plan import One, plan
from issuance.demonstration.province import demonstrate
from issuance.demonstration.work import AtWork
from issuance.photos.prepare import prepare_photo
from issuance.printing.make_sheets import make_all_files

PRINT, ROUND, DESK = "62.03.01.1008", "62.03.10.2001", "62.03.09.2001"
VILLAGES = {PRINT: 40, ROUND: 26, DESK: 24, "62.03.02.2001": 3}


def nothing(_: str) -> None:
    """A demonstration that is played in silence."""


@pytest_asyncio.fixture(scope="module")
async def desk(new_database: Callable[[str], str]) -> AsyncIterator[Desk]:
    """The demonstration, played twice: the second time it finds all done."""
    made = await a_desk(new_database("issuance"))
    families = [an_enrolment(region_code=v) for v, many in VILLAGES.items() for _ in range(many)]
    await made.hear(an_approval(families))
    await made.sign()
    for _ in range(2):
        await demonstrate(work_of(made), 1, nothing)
    yield made
    await made.engine.dispose()


@dataclass(frozen=True, slots=True)
class Signing(AtWork):
    """Signs and prints whenever the demonstration waits, as signer and worker do beside it."""

    desk: Desk

    async def until(
        self, ask: Callable[[AsyncConnection], Awaitable[tuple[bool, object]]], what: str
    ) -> None:
        await self.desk.sign()
        await make_all_files(self.engine, self.sealer)
        await AtWork.until(self, ask, what)


def work_of(desk: Desk) -> Signing:
    given = desk.settings
    return Signing(
        desk.engine,
        Sealer(given.sealing_key.get_secret_value()),
        BlindIndex(given.blind_index_key.get_secret_value()),
        SealedTo(public_key_of(PIN_PRIVATE_KEY)),
        desk,
    )


async def how_many(desk: Desk, village: str) -> dict[str, int]:
    found = await desk.rows(
        "SELECT state, count(*) AS cards FROM cards WHERE region_code = :village GROUP BY 1",
        village=village,
    )
    return {row.state: row.cards for row in found}


async def test_cards_are_with_families_at_desks_printed_and_to_be_printed(desk: Desk):
    assert await how_many(desk, PRINT) == {"active": 20, "printed": 20, "replaced": 3}
    assert await how_many(desk, ROUND) == {"active": 14, "at_desk": 12}
    of_the_desk = {"signed": 10, "at_desk": 5, "handed_over": 1, "blocked": 1, "replaced": 3}
    assert await how_many(desk, DESK) == {**of_the_desk, "active": 7}
    assert await how_many(desk, "62.03.02.2001") == {"active": 3}


async def test_one_batch_waits_to_be_received_and_the_cards_made_again_to_be_counted(desk: Desk):
    found = await desk.rows("""
        SELECT p.cards, c.good, c.spoiled, r.receipt_id IS NOT NULL AS is_received
        FROM print_parts p JOIN print_downloads USING (batch_id, part)
        LEFT JOIN print_counts c USING (batch_id, part)
        LEFT JOIN print_receipts r USING (batch_id, part) ORDER BY p.cards
    """)
    assert [tuple(row) for row in found] == [
        (3, None, None, False),
        (12, 12, 0, True),
        (20, 17, 3, False),
    ]


async def test_something_waits_for_a_companion_and_for_a_second_person(desk: Desk):
    rounds = await desk.rows("SELECT region_code, state, taken, companion FROM rounds")
    assert [tuple(row) for row in rounds] == [(ROUND, "ready", 12, None)]
    held = await desk.rows("SELECT held_because FROM hand_overs WHERE held_because IS NOT NULL")
    assert [row.held_because for row in held] == ["collects_for_many"]
    asked = await desk.rows("SELECT confirmed_at FROM replacement_requests")
    assert [row.confirmed_at for row in asked] == [None]
    blocked = await desk.rows("SELECT actor FROM card_changes WHERE state = 'blocked'")
    assert [row.actor for row in blocked] == ["demo:kartu"]
    pins = await desk.rows("SELECT count(*) AS pins FROM card_pin_settings")
    photos = await desk.rows("SELECT count(*) AS photos FROM household_photos")
    assert (pins[0].pins, photos[0].photos) == (1, 1)


async def test_it_waits_until_every_announced_family_has_a_card(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(work, "STANDSTILL_S", 0.0)
    with pytest.raises(TimeoutError, match="the cards are signed"):
        await demonstrate(work_of(desk), 2, nothing)


def test_a_province_of_one_small_village_has_a_demonstration_too():
    cards = [One(f"{n:016x}", new_id(), ROUND) for n in range(3)]
    made = plan(cards)
    assert (len(made.batch), len(made.active), made.round, made.by_hand) == (1, 2, [], [])
    assert plan([]).active == []


def test_the_face_of_the_demonstration_is_a_photo_that_a_card_can_carry():
    assert prepare_photo(invented_face()).startswith(b"\xff\xd8\xff")
