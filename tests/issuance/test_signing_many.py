"""Many cards signed at once: in lanes, by several signers, under the key of their place."""

import asyncio
import json
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.issuance.builders import Desk, a_desk, an_approval, an_enrolment

from common import clock
from common.events import CardsIssuedV1
from common.sealed import SealBroken
from issuance.cards import sign
from issuance.cards.jobs import Orders, card_signer
from issuance.cards.sign import sign_batch
from issuance.status.allocate import allocate
from issuance.status.rules import index_at

CODE_NOT_ACTIVE = 3


async def order(desk: Desk, count: int) -> list[UUID]:
    enrolments = [an_enrolment(f"WARGA {number}") for number in range(count)]
    for first in range(0, count, 500):
        assert await desk.hear(an_approval(enrolments[first : first + 500]))
    return [one.household_id for one in enrolments]


async def told_of(desk: Desk) -> list[CardsIssuedV1]:
    rows = await desk.rows("SELECT envelope FROM outbox WHERE event_type = 'cards.issued.v1'")
    return [CardsIssuedV1.model_validate(json.loads(row.envelope)["data"]) for row in rows]


async def test_signers_with_several_batches_in_hand_sign_every_card_once(new_database):
    desk = await a_desk(new_database("issuance"))
    await order(desk, 1_700)
    signers = [Orders(desk.engine, card_signer(desk.settings)) for _ in range(2)]
    signed = await asyncio.gather(*(signer.sign_all() for signer in signers))
    assert sum(signed) == 1_700
    cards = await desk.rows(
        "SELECT c.card_id, c.state, c.list_number, c.status_index, e.status FROM cards c"
        " JOIN status_entries e ON e.list_number = c.list_number AND e.index = c.status_index"
    )
    assert {(card.state, card.status) for card in cards} == {("signed", CODE_NOT_ACTIVE)}
    assert len({(card.list_number, card.status_index) for card in cards}) == 1_700
    told = await told_of(desk)
    assert not any(event.counts_at_once for event in told)
    assert sorted(one.card_id for event in told for one in event.cards) == sorted(
        card.card_id for card in cards
    )
    await desk.engine.dispose()


async def test_the_places_of_a_batch_that_failed_are_never_given_again(new_database):
    desk = await a_desk(new_database("issuance"))
    tools = card_signer(desk.settings)
    await order(desk, 5)
    stock = await desk.do(lambda tx: allocate(tx, 5))
    lost = set(stock)

    async def fail_at_the_end(tx: AsyncConnection) -> None:
        assert await sign_batch(tx, tools, clock.utc_now(), stock=stock) == 5
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await desk.do(fail_at_the_end)
    assert stock == []
    assert await desk.sign() == 5
    used = await desk.rows("SELECT list_number, status_index FROM cards")
    assert lost.isdisjoint({tuple(place) for place in used})
    await desk.engine.dispose()


async def test_a_stock_of_places_bounds_the_batch(new_database):
    desk = await a_desk(new_database("issuance"))
    await order(desk, 5)
    stock = await desk.do(lambda tx: allocate(tx, 2))
    tools = card_signer(desk.settings)
    signed = await desk.do(lambda tx: sign_batch(tx, tools, clock.utc_now(), stock=stock))
    assert (signed, stock) == (2, [])
    await desk.engine.dispose()


def test_the_shuffle_gives_each_position_the_index_that_it_had_before():
    # Another answer for a position would give one index to two cards. Written down when the first
    # cards were signed.
    positions = (0, 1, 2, 1000, 1 << 19, (1 << 20) - 1)
    known = [29935, 812988, 259231, 287946, 191273, 1035333]
    assert [index_at(position, b"s" * 32) for position in positions] == known


async def test_a_slow_device_makes_small_batches_that_the_next_status_list_knows(
    new_database, monkeypatch: pytest.MonkeyPatch
):
    desk = await a_desk(new_database("issuance"))
    monkeypatch.setattr(sign, "MAKING_S_MAX", -1.0)
    await order(desk, 3)
    tools = card_signer(desk.settings)
    stock = await desk.do(lambda tx: allocate(tx, 3))
    places = set(stock)
    assert await desk.do(lambda tx: sign_batch(tx, tools, clock.utc_now(), stock=stock)) == 1
    assert len(stock) == 2
    assert await Orders(desk.engine, tools).sign_all() == 2
    cards = await desk.rows("SELECT list_number, status_index FROM cards")
    given = {(card.list_number, card.status_index) for card in cards}
    assert len(given) == 3
    assert not given & set(stock)
    assert places - set(stock) < given
    await desk.engine.dispose()


async def test_one_name_that_does_not_open_keeps_no_other_card_waiting(new_database):
    desk = await a_desk(new_database("issuance"))
    broken, *others = await order(desk, 4)
    await desk.rows(
        "UPDATE card_households SET sealed_head_name = sealed_head_name || 'x'::bytea"
        " WHERE household_id = :id RETURNING 1",
        id=broken,
    )
    tools = card_signer(desk.settings)
    assert await desk.do(lambda tx: sign_batch(tx, tools, clock.utc_now())) == len(others)
    with pytest.raises(SealBroken):
        await desk.do(lambda tx: sign_batch(tx, tools, clock.utc_now()))
    waiting = await desk.rows("SELECT household_id FROM cards WHERE state = 'ordered'")
    assert [one.household_id for one in waiting] == [broken]
    await desk.engine.dispose()
