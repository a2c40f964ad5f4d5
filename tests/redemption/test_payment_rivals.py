"""Payments when two do the same at once, and when a file of the bank is not whole."""

import asyncio
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.redemption.paying import (
    BANK,
    NOW,
    drawn_again,
    drawn_up,
    failed,
    finance,
    paid,
    result,
    sealer_of,
    sent,
)
from tests.redemption.world import World, an_operator

from common.auth.principal import Principal
from common.database import in_transaction
from redemption.payments import decide
from redemption.payments.result_csv import read_csv
from redemption.payments.result_problems import Unreadable
from redemption.payments.rules import Ordered, judge, reference_of


async def test_two_who_approve_a_batch_at_once_approve_it_once(world: World):
    drawn = await drawn_up(world, 1)
    rivals = [drawn.maker, *(finance() for _ in range(4))]

    async def approved_by(who: Principal) -> Any:
        async def approve(tx: AsyncConnection) -> Any:
            return await decide.approve(tx, who, sealer_of(world), drawn.batch.id, NOW)

        return await in_transaction(world.engine, approve)

    answers = await asyncio.gather(
        *(approved_by(who) for who in rivals),
        return_exceptions=True,
    )
    refused = sorted(str(answer) for answer in answers if isinstance(answer, Exception))
    assert len(refused) == 4
    assert set(refused) <= {"maker_decides", "payment_decided"}


async def test_the_same_file_brought_by_several_at_once_is_taken_once(world: World):
    drawn = await sent(world, 4)
    references = await drawn.references()
    content = result(*map(paid, references[:3]), failed(references[3]))
    taken = await asyncio.gather(*(drawn.answer(content, finance()) for _ in range(5)))
    assert sorted(taken) == [False] * 4 + [True]
    assert await drawn.states() == ["paid", "paid", "paid", "failed"]
    assert await drawn.outcomes() == ["paid", "paid", "paid", "failed"]


ORDERS = [Ordered(UUID(int=n), UUID(int=7), 250_000, "waiting") for n in range(1, 9)]
LINES = [(failed if n % 3 == 0 else paid)(reference_of(one.id)) for n, one in enumerate(ORDERS)]
TRUTH = {one.id: "failed" if n % 3 == 0 else "paid" for n, one in enumerate(ORDERS)}


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_file_cut_in_the_middle_is_refused_or_settles_only_what_it_still_says(data):
    whole = result(*LINES)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        lines = read_csv(cut)
    except Unreadable:
        return
    known = {one.id: one for one in ORDERS}
    for judged in judge(lines, known, UUID(int=7)):
        if judged.instruction_id is not None and judged.outcome in ("paid", "failed"):
            assert judged.outcome == TRUTH[judged.instruction_id]


async def test_what_a_cut_file_left_out_stays_unanswered_and_comes_with_the_whole_one(
    world: World,
):
    drawn = await sent(world, 4)
    references = await drawn.references()
    whole = result(*map(paid, references))
    half = b"\n".join(whole.splitlines()[:3]) + b"\n"
    await drawn.answer(half)
    assert await drawn.states() == ["paid", "paid", "waiting", "waiting"]
    await drawn.answer(whole)
    assert await drawn.states() == ["paid"] * 4
    assert await drawn.outcomes() == ["paid", "paid", "repeated", "repeated", "paid", "paid"]


@pytest.mark.parametrize("times", [1, 3])
async def test_the_counter_hears_of_the_latest_order_however_many_failed_before(
    world: World, client: httpx.AsyncClient, times: int
):
    drawn = await sent(world, 1)
    families, cycle_id = drawn.families, drawn.cycle_id
    for _ in range(times):
        await drawn.answer(result(failed((await drawn.references())[0])))
        drawn = await (await drawn_again(world, families, cycle_id)).approved()
        await drawn.file()

    async def why() -> str:
        answer = await client.post(
            "/v1/card-checks", json={"card": families[0].token}, headers=an_operator(BANK)
        )
        return str(answer.json()["benefits"][0]["why_not"]["code"])

    assert await why() == "payment_on_its_way"
    await drawn.answer(result(paid((await drawn.references())[0])))
    assert await why() == "paid_by_bank"
