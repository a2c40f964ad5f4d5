"""What is undone after it was paid: the next statements bear it, and nobody is paid below zero."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.redemption.paying import (
    NOW,
    TODAY,
    a_shop,
    finance,
    paid,
    payer_of,
    result,
    rows_of,
    sealer_of,
    somebody,
)
from tests.redemption.test_settlements import adds_up, approved, did, drawn, gave, seen, undone
from tests.redemption.world import World

from common.database import in_transaction
from common.ids import new_id
from common.problems import Refused
from redemption.payments import decide
from redemption.payments.draw_up import Wanted
from redemption.payments.take_results import take_results
from redemption.settlement.act_rules import Settlement
from redemption.settlement.check_settlements import check_settlements
from redemption.settlement.pay import pay


async def paid_out(world: World, one: Settlement) -> None:
    """Order the payment of all that is approved, and let the bank pay this one."""
    wanted, maker, checker = Wanted(new_id(), "settlement", TODAY), finance(), finance()
    sealer = sealer_of(world)

    async def do(act: Any) -> Any:
        return await in_transaction(world.engine, act)

    batch = await do(lambda tx: pay(tx, maker, payer_of(world), wanted, NOW))
    await do(lambda tx: decide.approve(tx, checker, sealer, batch.id, NOW))
    _, content = await do(
        lambda tx: decide.fetch_file(tx, maker, sealer, batch.id, form="csv", now=NOW)
    )
    (row,) = [row for row in rows_of(content) if one.number in row["keterangan"]]
    answer = result(paid(row["id_instruksi"], int(row["rupiah"])))
    await do(
        lambda tx: take_results(
            tx, maker, sealer, batch_id=batch.id, file_id=new_id(), content=answer, now=NOW
        )
    )
    assert (await seen(world, one.id)).shown_state == "settled"


async def is_payable(world: World, one: Settlement) -> bool:
    async with world.engine.connect() as tx:
        maker, wanted = finance(), Wanted(new_id(), "settlement", TODAY)
        try:
            await pay(tx, maker, payer_of(world), wanted, NOW)
        except Refused:
            return False
        found = await tx.scalar(
            text("SELECT count(*) FROM payment_instructions WHERE matter_id = :id"), {"id": one.id}
        )
        await tx.rollback()
        return bool(found)


async def test_what_is_undone_after_it_was_paid_is_borne_by_the_next_statements_until_it_is_gone(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    lines = await gave(world, client, shop, 3)
    first = await approved(world, shop)
    await paid_out(world, first)
    for line in lines:
        await undone(client, line)
    assert (await seen(world, first.id)).owed_rupiah == 450_000, "what was paid stays what it was"
    debts = [await approved(world, shop, days=1)]
    await gave(world, client, shop)
    debts.append(await approved(world, shop, days=2))
    assert [one.owed_rupiah for one in debts] == [-450_000, -300_000]
    assert [one.carried_rupiah for one in debts] == [0, -450_000]
    for one in debts:
        assert (one.shown_state, one.can_be_paid) == ("carried", False)
        assert not await is_payable(world, one)
    await gave(world, client, shop, 3)
    last = await approved(world, shop, days=3)
    assert (last.given_rupiah, last.carried_rupiah, last.owed_rupiah) == (
        450_000,
        -300_000,
        150_000,
    )
    assert await is_payable(world, last)
    await adds_up(world)


async def test_a_debt_that_makes_the_next_one_even_leaves_nothing_to_pay_and_nothing_to_carry(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    lines = await gave(world, client, shop)
    await approved(world, shop)
    await undone(client, lines[0])
    await approved(world, shop, days=1)
    await gave(world, client, shop)
    even = await approved(world, shop, days=2)
    assert (even.owed_rupiah, even.shown_state, even.can_be_paid) == (0, "settled", False)
    assert not await is_payable(world, even)
    with pytest.raises(Refused, match="nothing_to_settle"):
        await drawn(world, shop, days=3)
    await adds_up(world)


async def test_nobody_is_paid_past_a_debt_that_is_not_agreed_yet(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    lines = await gave(world, client, shop)
    await approved(world, shop)
    await undone(client, lines[0])
    debt = await drawn(world, shop, days=1)
    await gave(world, client, shop, 2)
    with pytest.raises(Refused, match="earlier_debt"):
        await drawn(world, shop, days=2)
    # Withdrawn and settled to a later day, it is a deduction there.
    await did(world, debt, "withdrawn", finance(), "Dihitung sampai hari berikut")
    whole = await drawn(world, shop, days=2)
    assert (whole.given_rupiah, whole.deducted_rupiah, whole.owed_rupiah) == (
        300_000,
        150_000,
        150_000,
    )
    await adds_up(world)


async def test_a_debt_approved_long_after_its_period_is_still_in_the_very_next_one(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    lines = await gave(world, client, shop)
    await approved(world, shop)
    await undone(client, lines[0])
    debt = await drawn(world, shop, days=1)
    await did(world, debt, "sent", finance())
    await did(world, debt, "agreed", somebody("partner_admin", partner_id=shop))
    months_later = NOW + timedelta(days=90)
    await did(world, debt, "approved", finance(), at=months_later)
    await gave(world, client, shop, 2)
    following = await drawn(world, shop, days=2)
    assert (following.carried_rupiah, following.owed_rupiah) == (-150_000, 150_000)
    await adds_up(world)


async def test_the_command_sees_a_debt_that_was_passed_over(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    lines = await gave(world, client, shop)
    await approved(world, shop)
    await undone(client, lines[0])
    debt = await approved(world, shop, days=1)
    await gave(world, client, shop, 2)
    await drawn(world, shop, days=2)
    async with world.engine.connect() as tx:
        await tx.execute(text("ALTER TABLE settlement_lines DISABLE TRIGGER USER"))
        await tx.execute(
            text("DELETE FROM settlement_lines WHERE line_id = :id AND kind = 'carried'"),
            {"id": debt.id},
        )
        found = (await check_settlements(tx)).problems
        await tx.rollback()
    assert any(f"carried {debt.id}" in line and "in no settlement" in line for line in found)


async def test_two_who_approve_at_once_approve_once_and_the_one_who_drew_it_up_never_does(
    world: World, client: httpx.AsyncClient
):
    shop, maker = await a_shop(world), finance()
    await gave(world, client, shop)
    one = await drawn(world, shop, maker=maker)
    await did(world, one, "sent", maker)
    await did(world, one, "agreed", somebody("partner_admin", partner_id=shop))
    rivals = [maker, *(finance() for _ in range(4))]
    answers = await asyncio.gather(
        *(did(world, one, "approved", who) for who in rivals), return_exceptions=True
    )
    done = [answer for answer in answers if isinstance(answer, Settlement)]
    assert len(done) == 1
    assert {str(answer) for answer in answers if isinstance(answer, Exception)} <= {
        "maker_decides",
        "settlement_elsewhere",
    }
    assert await approvers(world, one.id) != [maker.subject]
    assert len(await approvers(world, one.id)) == 1


async def approvers(world: World, settlement_id: UUID) -> list[str]:
    async with world.engine.connect() as tx:
        found = await tx.execute(
            text("SELECT by FROM settlement_acts WHERE settlement_id = :id AND act = 'approved'"),
            {"id": settlement_id},
        )
        return list(found.scalars())
