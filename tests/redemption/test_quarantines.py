"""Journals that were put aside whole are reviewed by people, and nothing of them is lost."""

from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.clients import bearer
from tests.redemption.a_journal import a_phone
from tests.redemption.test_journal import rows, sums_hold
from tests.redemption.world import (
    World,
    a_benefit,
    left,
)

from common.ids import new_id
from common.sealed import Sealer
from redemption.journal.chain_rules import QUARANTINE_REASONS
from redemption.journal.pages import words as page_words
from redemption.journal.seal_lines import open_lines, quarantine_place


def a_supervisor(**options: Any) -> dict[str, str]:
    return bearer("supervisor", **options)


async def a_quarantine(world: World, client: httpx.AsyncClient, quantity: int = 9) -> Any:
    """A journal with a hole in it, of which the last two lines came."""
    family, approved = await world.a_family(a_benefit(quantity=quantity))
    phone = await a_phone(client)
    await phone.begin()
    for _ in range(3):
        phone.give(family, approved)
    answer = (await phone.send(phone.segment(2))).json()
    assert {one["outcome"] for one in answer["outcomes"]} == {"quarantined"}
    return family, phone, answer["quarantine_id"]


async def test_a_quarantine_is_released_line_by_line_as_unleased_ones(
    world: World, client: httpx.AsyncClient
):
    family, phone, quarantine_id = await a_quarantine(world, client, quantity=1)
    path = f"/conflicts/quarantines/{quarantine_id}"
    judge = a_supervisor()
    page = await client.get(path, headers=judge)
    assert page_words.REASONS["gap"] in page.text
    assert "Simpan keputusan" in page.text
    said = {"id": str(new_id()), "outcome": "released", "reason": "Baris pertama hilang, sah."}
    assert (await client.post(f"{path}/review", data=said, headers=judge)).status_code == 303
    assert (await client.post(f"{path}/review", data=said, headers=judge)).status_code == 303
    assert await left(world, family.household_id) == [(0, 0)]
    found = await rows(
        world, "SELECT sequence, code FROM conflicts WHERE journal_id = :j", j=phone.journal_id
    )
    assert [(one["sequence"], one["code"]) for one in found] == [(3, "already_redeemed")]
    await sums_hold(world)
    # What comes after the answer is another quarantine.
    answer = (await phone.send(phone.segment(1))).json()
    assert answer["quarantine_id"] != quarantine_id


async def test_a_quarantine_may_be_refused_and_nobody_of_the_terminal_reviews_it(
    world: World, client: httpx.AsyncClient
):
    family, phone, quarantine_id = await a_quarantine(world, client)
    path = f"/conflicts/quarantines/{quarantine_id}/review"
    said = {"id": str(new_id()), "outcome": "refused", "reason": "Telepon itu dicuri."}
    giver = a_supervisor(subject=phone.operator)
    assert (await client.post(path, data=said, headers=giver)).status_code == 409
    assert (await client.post(path, data=said, headers=a_supervisor())).status_code == 303
    assert await left(world, family.household_id) == [(9, 9 * 150_000)]
    async with world.engine.connect() as tx:
        with pytest.raises(Exception, match="another_person"):
            await tx.execute(
                text("UPDATE quarantines SET reviewed_by = :o WHERE id = :q"),
                {"o": phone.operator, "q": quarantine_id},
            )


async def test_lines_of_a_refused_quarantine_stay_sealed_where_they_are(
    world: World, client: httpx.AsyncClient
):
    _, phone, quarantine_id = await a_quarantine(world, client)
    (kept,) = await rows(
        world, "SELECT * FROM quarantined_segments WHERE quarantine_id = :q", q=quarantine_id
    )
    own = Sealer(world.settings.sealing_key.get_secret_value())
    lines = open_lines(own, kept["sealed_lines"], quarantine_place(kept["id"]))
    assert [one.line for one in lines] == [one["line"] for one in phone.lines[1:]]


async def test_every_reason_for_a_quarantine_has_its_words():
    assert set(page_words.REASONS) == set(QUARANTINE_REASONS)
