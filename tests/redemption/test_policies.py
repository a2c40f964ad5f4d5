"""The rule for work without network: versioned, by two people, as of any moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.redemption.rights import run, somebody
from tests.redemption.world import NOW, World, a_benefit, a_cycle, a_list

from common import demo
from common.database import in_transaction
from common.ids import new_id
from common.problems import Refused
from redemption.policies import seed
from redemption.policies.queries import policies_at, policies_of_open_cycles
from redemption.policies.rules import OfflinePolicy
from redemption.policies.set_policy import Proposal, decide_policy, propose_policy


def a_proposal(cycle_id: UUID, benefit_id: UUID, **changes: Any) -> Proposal:
    values: dict[str, Any] = {
        "is_allowed": True,
        "per_act_rupiah_max": 150_000,
        "per_act_quantity_max": 1,
        "acts_per_terminal_max": 20,
        "lease_hours_max": 24,
        "decree_number": "SK-UJI/3",
        "decree_on": NOW.date(),
        "reason": "Desa tanpa sinyal",
    }
    return Proposal(cycle_id=cycle_id, benefit_id=benefit_id, **{**values, **changes})


async def decided(world: World, wanted: Proposal, at: datetime) -> None:
    policy_id = new_id()
    await in_transaction(
        world.engine,
        lambda tx: propose_policy(tx, somebody("programme_owner"), policy_id, wanted),
    )
    await in_transaction(
        world.engine,
        lambda tx: decide_policy(
            tx, somebody("provincial_approver"), policy_id, is_approved=True, at=at
        ),
    )


async def test_a_rule_holds_from_its_approval_until_the_next_and_none_allows_nothing(
    world: World,
):
    cycle_id, benefit_id = new_id(), new_id()
    wanted = a_proposal(cycle_id, benefit_id)
    await decided(world, wanted, NOW - timedelta(days=2))
    await decided(world, replace(wanted, acts_per_terminal_max=5), NOW - timedelta(days=1))

    async def at(moment: datetime) -> OfflinePolicy:
        async with world.engine.connect() as tx:
            found = await policies_at(tx, [cycle_id], moment)
        return found.get((cycle_id, benefit_id)) or OfflinePolicy(cycle_id, benefit_id)

    before = await at(NOW - timedelta(days=3))
    assert (before.is_allowed, before.lease_hours_max, before.version) == (False, 24, 0)
    assert not before.allows(quantity=1, amount_rupiah=1, nth=1)
    first, second = await at(NOW - timedelta(days=2)), await at(NOW)
    assert (first.acts_per_terminal_max, second.acts_per_terminal_max) == (20, 5)
    assert second.allows(quantity=1, amount_rupiah=150_000, nth=5)
    for over in ({"quantity": 2}, {"amount_rupiah": 150_001}, {"nth": 6}):
        assert not second.allows(**{"quantity": 1, "amount_rupiah": 150_000, "nth": 5, **over})


async def test_nobody_approves_an_own_rule_and_a_repeat_changes_nothing(world: World):
    wanted, policy_id, maker = a_proposal(new_id(), new_id()), new_id(), somebody("programme_owner")

    def propose(what: Proposal, this: UUID = policy_id):
        return in_transaction(world.engine, lambda tx: propose_policy(tx, maker, this, what))

    await propose(wanted)
    await propose(wanted)
    with pytest.raises(Refused, match="id_reused"):
        await propose(replace(wanted, acts_per_terminal_max=1))
    with pytest.raises(Refused, match="proposal_waits"):
        await propose(wanted, new_id())
    with pytest.raises(Refused, match="policy_allows_nothing"):
        await propose(a_proposal(new_id(), new_id(), acts_per_terminal_max=0), new_id())

    def decide(caller, *, is_approved: bool):
        return in_transaction(
            world.engine,
            lambda tx: decide_policy(tx, caller, policy_id, is_approved=is_approved, at=NOW),
        )

    with pytest.raises(Refused, match="maker_decides"):
        await decide(maker, is_approved=True)
    with pytest.raises(DBAPIError, match="two_people"):
        await run(
            world,
            "UPDATE offline_policies SET outcome = 'refused', decided_by = proposed_by, "
            "decided_by_name = 'x', decided_at = now() WHERE id = :id",
            id=policy_id,
        )
    checker = somebody("provincial_approver")
    await decide(checker, is_approved=False)
    with pytest.raises(Refused, match="decided_already"):
        await decide(checker, is_approved=True)
    async with world.engine.connect() as tx:
        assert await policies_at(tx, [wanted.cycle_id], datetime.now(UTC)) == {}


async def test_a_terminal_is_told_a_rule_for_each_benefit_its_partner_gives_today(world: World):
    parcel, fee = a_benefit(), a_benefit(code="SPP", kind="fee", partner_kinds=("school",))
    cycle = a_cycle()
    await world.tell(a_list(cycle, [parcel, fee]))
    await decided(world, a_proposal(cycle.cycle_id, parcel.benefit_id), NOW)
    async with world.engine.connect() as tx:
        here = await policies_of_open_cycles(tx, NOW.date(), datetime.now(UTC), "food_point")
    mine = [one for one in here if one.cycle_id == cycle.cycle_id]
    assert [(one.benefit_id, one.is_allowed) for one in mine] == [(parcel.benefit_id, True)]


async def test_the_demonstration_lets_parcels_be_given_without_network(world: World):
    for _ in range(2):
        await in_transaction(world.engine, seed.seed_demo)
    async with world.engine.connect() as tx:
        found = await policies_at(tx, [demo.CYCLE_ID], datetime.now(UTC))
    rule = found[demo.CYCLE_ID, seed.PARCEL_ID]
    assert (rule.is_allowed, rule.per_act_quantity_max, rule.acts_per_terminal_max) == (True, 1, 20)


async def test_a_rule_is_proposed_and_approved_on_its_page(world: World, client: httpx.AsyncClient):
    benefit, cycle = a_benefit(name_id="Paket uji aturan"), a_cycle()
    await world.tell(a_list(cycle, [benefit]))
    owner, approver = bearer("programme_owner"), bearer("provincial_approver")
    asked = {"cycle": str(cycle.cycle_id), "benefit": str(benefit.benefit_id)}
    form = await client.get("/offline-policies/new", params=asked, headers=owner)
    assert "Paket uji aturan" in form.text
    assert (
        await client.get("/offline-policies/new", params=asked, headers=approver)
    ).status_code == 403
    policy_id = str(new_id())
    body = {
        "id": policy_id,
        "cycle_id": asked["cycle"],
        "benefit_id": asked["benefit"],
        "is_allowed": "yes",
        "per_act_quantity_max": "1",
        "per_act_rupiah_max": "150000",
        "acts_per_terminal_max": "20",
        "lease_hours_max": "48",
        "decree_number": "SK-UJI/4",
        "decree_on": NOW.date().isoformat(),
        "reason": "Desa tanpa sinyal",
    }
    sent = await client.post("/offline-policies", data=body, headers=owner)
    assert sent.status_code == 303, sent.text
    decision = f"/offline-policies/{policy_id}/decision"
    said = {"decision": "approved"}
    assert (await client.post(decision, data=said, headers=owner)).status_code == 403
    assert (await client.post(decision, data=said, headers=approver)).status_code == 303
    page = await client.get("/offline-policies", headers=approver)
    assert "48 jam" in page.text
    assert (await client.get("/offline-policies", headers=bearer("card_desk"))).status_code == 403
