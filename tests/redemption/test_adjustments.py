"""Rights changed by people: one proposes, another decides, and the ledger has the line."""

import asyncio
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.redemption.rights import differences, entitlement_of, rows, run, somebody
from tests.redemption.test_standings import ended
from tests.redemption.world import (
    NOW,
    VILLAGE,
    Card,
    World,
    a_benefit,
    a_cycle,
    an_operator,
    body_of,
    left,
)

from common.auth.principal import Principal
from common.database import in_transaction
from common.ids import new_id
from common.problems import Refused
from redemption.entitlements.adjust import decide_adjustment, propose_adjustment
from redemption.entitlements.pay_out import Order, give_back, order, rights_to_pay

BANK = UUID("01930000-0000-7000-8000-000000000006")


async def propose(
    world: World,
    family: Card,
    *,
    quantity: int = 0,
    rupiah: int = 0,
    maker: Principal | None = None,
    this: UUID | None = None,
) -> UUID:
    proposal_id = this or new_id()
    entitlement_id = await entitlement_of(world, family.household_id)
    await in_transaction(
        world.engine,
        lambda tx: propose_adjustment(
            tx,
            maker or somebody(),
            proposal_id,
            household_id=family.household_id,
            entitlement_id=entitlement_id,
            quantity=quantity,
            amount_rupiah=rupiah,
            reason="Salah hitung di kecamatan",
            at=NOW,
        ),
    )
    return proposal_id


async def decide(
    world: World,
    proposal_id: UUID,
    caller: Principal | None = None,
    *,
    is_approved: bool = True,
) -> None:
    person = caller or somebody()
    await in_transaction(
        world.engine,
        lambda tx: decide_adjustment(tx, person, proposal_id, is_approved=is_approved, at=NOW),
    )


async def test_an_approved_change_is_a_line_and_a_refused_one_is_none(world: World):
    family, _ = await world.a_family(a_benefit(quantity=2))
    await decide(world, await propose(world, family, quantity=3))
    await decide(world, await propose(world, family, quantity=-1))
    await decide(world, await propose(world, family, quantity=5), is_approved=False)
    assert await left(world, family.household_id) == [(4, 600_000)]
    assert await differences(world) == []


async def test_nobody_decides_on_an_own_proposal_not_even_in_the_database(world: World):
    family, _ = await world.a_family()
    maker = somebody()
    proposal = await propose(world, family, quantity=1, maker=maker)
    with pytest.raises(Refused, match="maker_decides"):
        await decide(world, proposal, maker)
    with pytest.raises(Refused, match="outside_your_regions"):
        await decide(world, proposal, somebody(regions=("62.01",)))
    with pytest.raises(DBAPIError, match="two_people"):
        await run(
            world,
            "INSERT INTO adjustments SELECT id, household_id, cycle_id, benefit_id, subject_id, "
            "quantity, amount_rupiah, reason, proposed_by, proposed_by, 'x', now() "
            "FROM adjustment_proposals WHERE id = :id",
            id=proposal,
        )
    checker = somebody()
    await decide(world, proposal, checker)
    await decide(world, proposal, checker)
    with pytest.raises(Refused, match="decided_already"):
        await decide(world, proposal)
    assert await left(world, family.household_id) == [(2, 300_000)]


async def test_two_deciders_at_once_change_a_right_once(world: World):
    family, _ = await world.a_family()
    proposal = await propose(world, family, quantity=1)
    answers = await asyncio.gather(
        *(decide(world, proposal) for _ in range(4)), return_exceptions=True
    )
    assert sum(answer is None for answer in answers) == 1
    assert await left(world, family.household_id) == [(2, 300_000)]
    assert await differences(world) == []


async def test_only_what_is_left_can_be_taken_also_when_it_was_redeemed_meanwhile(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(quantity=2))
    with pytest.raises(Refused, match="adjustment_too_large"):
        await propose(world, family, quantity=-3)
    proposal = await propose(world, family, quantity=-2)
    answer = await client.post(
        "/v1/redemptions", json=body_of(family, approved), headers=an_operator()
    )
    assert answer.status_code == 201, answer.text
    with pytest.raises(Refused, match="adjustment_too_large"):
        await decide(world, proposal)
    assert await left(world, family.household_id) == [(1, 150_000)]
    assert await differences(world) == []


async def test_what_is_added_is_the_cycles_money_and_what_is_taken_frees_none(world: World):
    balance = a_benefit(kind="balance", amount_rupiah=100_000)
    family, approved = await world.a_family(balance, cycle=a_cycle(budget_rupiah=120_000))
    await decide(world, await propose(world, family, rupiah=-50_000))
    too_much = await propose(world, family, rupiah=30_000)
    with pytest.raises(Refused, match="over_ceiling"):
        await decide(world, too_much)
    await decide(world, await propose(world, family, rupiah=20_000))
    assert await left(world, family.household_id) == [(0, 70_000)]
    opened = "SELECT opened_rupiah FROM budgets WHERE cycle_id = :c"
    assert (await rows(world, opened, c=approved.cycle.cycle_id))[0][0] == 120_000
    with pytest.raises(Refused, match="adjustment_wrong_measure"):
        await propose(world, family, quantity=1)


async def test_nothing_is_added_to_an_ended_right_or_taken_of_one_that_is_set_aside(world: World):
    family, approved = await world.a_family()
    await run(
        world,
        "UPDATE entitlements SET lease_id = :l, lease_terminal_id = :l, "
        "leased_until = now() + interval '1 hour' WHERE household_id = :h",
        l=new_id(),
        h=family.household_id,
    )
    with pytest.raises(Refused, match="entitlement_set_aside"):
        await propose(world, family, quantity=-1)
    await world.tell(ended(approved, family.household_id))
    with pytest.raises(Refused, match="entitlement_ended"):
        await propose(world, family, quantity=1)


async def test_a_bank_is_paid_once_and_what_it_returns_can_be_ordered_again(world: World):
    cash = a_benefit(code="TUNAI", kind="cash", amount_rupiah=250_000, partner_kinds=("bank",))
    family, approved = await world.a_family(cash)

    async def payable():
        async with world.engine.connect() as tx:
            return await rights_to_pay(tx, approved.cycle.cycle_id, NOW, after=None, rows=10)

    async def pay(one: Order):
        return await in_transaction(
            world.engine, lambda tx: order(tx, [one], bank_id=BANK, by="x", at=NOW)
        )

    (right,) = await payable()
    first = Order(new_id(), right)
    taken = await asyncio.gather(pay(first), pay(first), pay(Order(new_id(), right)))
    assert sum(first.id in one for one in taken) in (0, 2)
    winner = next(payout for one in taken for payout in one)
    assert await payable() == []
    assert await left(world, family.household_id) == [(0, 0)]
    said = {winner: "AC04"}
    for expected in (1, 0):
        assert await in_transaction(world.engine, lambda tx: give_back(tx, said)) == expected
    assert [one.amount_rupiah for one in await payable()] == [250_000]
    assert await differences(world) == []


async def test_finance_finds_a_family_by_its_card_sees_every_line_and_no_name_is_in_an_address(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(quantity=3))
    await client.post("/v1/redemptions", json=body_of(family, approved), headers=an_operator())
    await decide(world, await propose(world, family, quantity=2))
    finance = bearer("finance")
    found = await client.post(
        "/entitlements/families", data={"card_number": family.number}, headers=finance
    )
    assert (found.status_code, family.number in found.headers["location"]) == (303, False)
    page = await client.get(found.headers["location"], headers=finance)
    assert page.status_code == 200, page.text
    for words in ("Diberikan oleh daftar", "Diambil", "Perubahan oleh keuangan"):
        assert words in page.text
    assert "Sisa tidak sama" not in page.text
    elsewhere = bearer("finance", regions=("62.01",))
    assert (await client.get(found.headers["location"], headers=elsewhere)).status_code == 403
    wrong = family.number[:-1] + ("0" if family.number[-1] != "0" else "1")
    typed = await client.post(
        "/entitlements/families", data={"card_number": wrong}, headers=finance
    )
    assert typed.json()["code"] == "card_number_mistyped"
    read = await rows(
        world,
        "SELECT region_code FROM audit_log WHERE action = 'family_rights.read' AND subject_id = :h",
        h=str(family.household_id),
    )
    assert [row.region_code for row in read] == [VILLAGE]
