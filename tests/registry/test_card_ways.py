"""Where a family's card is, as its village is told."""

import random
from datetime import UTC, datetime
from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.registry.conftest import Registry, operator
from tests.registry.files import Someone, a_village, csv_bytes

from common.card_number import card_number
from common.clock import utc_now
from common.events import (
    CardsIssuedV1,
    CardsStateChangedV1,
    CardStep,
    Event,
    IssuedCard,
    enclose,
)
from common.ids import new_id
from common.worker import deliver
from registry.worker import handlers

DISTRICT = "62.01.01"
ON_3_MARCH = datetime(2026, 3, 3, 4, tzinfo=UTC)
ON_5_MARCH = datetime(2026, 3, 5, 4, tzinfo=UTC)


async def a_family(registry: Registry) -> tuple[str, UUID]:
    village, head = a_village(), Someone(name="SITI AMINAH")
    await registry.committed(csv_bytes([head]), region=village)
    found = await registry.client.post(
        "/v1/households/search", json={"number": head.kk}, headers=operator(village)
    )
    return village, UUID(found.json()["households"][0]["id"])


def a_card_id() -> str:
    return random.randbytes(8).hex()


def step(
    card_id: str,
    household_id: UUID,
    version: int,
    state: str,
    *,
    at: datetime = ON_3_MARCH,
    reason: str = "",
    place: str = DISTRICT,
) -> CardsStateChangedV1:
    one = CardStep(
        card_id=card_id,
        household_id=household_id,
        region_code=place,
        version=version,
        state=state,
        reason=reason,
    )
    return CardsStateChangedV1(changed_at=at, steps=(one,))


def issued(card_id: str, household_id: UUID) -> CardsIssuedV1:
    now = utc_now()
    card = IssuedCard(
        card_id=card_id,
        household_id=household_id,
        region_code="62.01.01.2001",
        kid="00000000",
        status_index=1,
        issued_at=now,
        expires_at=now.replace(year=now.year + 5, day=1),
        sealed="x",
    )
    return CardsIssuedV1(batch_id=new_id(), cards=(card,), counts_at_once=False)


async def hear(registry: Registry, event: Event) -> None:
    body = enclose(
        event,
        event_id=new_id(),
        source="issuance",
        subject="cards",
        sequence=0,
        time=utc_now(),
    )
    assert await deliver(registry.engine, handlers(), body.model_dump_json().encode())


async def page_of(registry: Registry, village: str, household_id: UUID, lang: str = "id") -> str:
    page = await registry.client.get(
        f"/households/{household_id}?lang={lang}", headers=operator(village)
    )
    assert page.status_code == 200
    return page.text


async def test_a_clerk_can_say_where_the_card_is_at_each_step(registry: Registry):
    village, household_id = await a_family(registry)
    assert "Belum ada kartu" in await page_of(registry, village, household_id)
    card_id = a_card_id()
    await hear(registry, step(card_id, household_id, 1, "ordered"))
    assert "Dipesan 3 Maret 2026" in await page_of(registry, village, household_id)
    await hear(registry, issued(card_id, household_id))
    assert "menunggu dicetak" in await page_of(registry, village, household_id)
    await hear(registry, step(card_id, household_id, 3, "in_print"))
    assert "Di percetakan sejak 3 Maret 2026" in await page_of(registry, village, household_id)
    await hear(registry, step(card_id, household_id, 4, "printed"))
    assert "sedang dikirim ke loket" in await page_of(registry, village, household_id)
    await hear(registry, step(card_id, household_id, 5, "at_desk"))
    shown = await page_of(registry, village, household_id)
    assert "Di loket Kecamatan Kumai, Kabupaten Kotawaringin Barat sejak 3 Maret 2026" in shown
    assert "At the desk of Kecamatan Kumai" in await page_of(registry, village, household_id, "en")
    await hear(registry, step(card_id, household_id, 7, "active", at=ON_5_MARCH))
    shown = await page_of(registry, village, household_id)
    assert "dapat dipakai sejak 5 Maret 2026" in shown
    # Only the end of the number: all of it stands for the card.
    number = card_number(card_id)
    assert number not in shown
    assert card_id not in shown
    assert number[-4:] in shown


async def test_a_replaced_card_is_shown_with_its_reason_below_the_new_one(registry: Registry):
    village, household_id = await a_family(registry)
    old, new = a_card_id(), a_card_id()
    await hear(registry, step(old, household_id, 8, "replaced", at=ON_5_MARCH, reason="lost"))
    await hear(registry, step(new, household_id, 1, "ordered", at=ON_5_MARCH, reason="lost"))
    shown = await page_of(registry, village, household_id)
    assert shown.index("Dipesan 5 Maret 2026") < shown.index("Diganti dengan kartu baru")
    assert "Alasan: Hilang." in shown


@pytest.mark.parametrize("lang", ["id", "en"])
async def test_a_state_of_which_no_words_are_known_is_still_shown(registry: Registry, lang: str):
    village, household_id = await a_family(registry)
    await hear(registry, step(a_card_id(), household_id, 9, "melted_down"))
    assert "melted down" in await page_of(registry, village, household_id, lang)


async def test_in_any_order_and_twice_the_newest_step_stays(registry: Registry):
    for order in permutations(range(4)):
        card_id, household_id = a_card_id(), new_id()
        told = [
            step(card_id, household_id, 1, "ordered"),
            issued(card_id, household_id),
            step(card_id, household_id, 5, "at_desk"),
            step(card_id, household_id, 6, "blocked", reason="lost"),
        ]
        for nth in (*order, order[0]):
            await hear(registry, told[nth])
        async with registry.engine.connect() as tx:
            rows = await tx.execute(
                text(
                    "SELECT version, state, reason, expires_at IS NOT NULL FROM card_ways"
                    " WHERE card_id = :c"
                ),
                {"c": card_id},
            )
            assert [tuple(row) for row in rows] == [(6, "blocked", "lost", True)]
