"""Events come twice, late and in any order; what they leave behind is the same."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import httpx2 as httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.redemption.world import (
    NOW,
    Card,
    World,
    a_benefit,
    a_cycle,
    a_list,
    an_operator,
    body_of,
    enrolments,
    envelope,
)

from common.database import new_engine
from common.events import CardsIssuedV1, CardStatusChangedV1
from common.ids import new_id
from common.sealed import Sealer
from redemption.settlement.check_ledger import check_ledger

STATE = """
SELECT 'right', household_id::text, id::text || remaining_quantity || remaining_rupiah || version
FROM entitlements WHERE household_id = ANY(:h)
UNION ALL SELECT 'card', card_id, household_id::text FROM cards WHERE household_id = ANY(:h)
UNION ALL SELECT 'status', s.card_id, s.status || s.sequence FROM card_statuses s
JOIN cards c USING (card_id) WHERE c.household_id = ANY(:h)
UNION ALL SELECT 'grant', household_id::text, quantity::text || amount_rupiah
FROM grants WHERE household_id = ANY(:h)
UNION ALL SELECT 'key', kid, state FROM signing_keys WHERE kid = :kid
ORDER BY 1, 2, 3
"""


def the_events(world: World) -> tuple[list[bytes], list[Card]]:
    """Two lists of one cycle that share a family, their cards, statuses, and a key's story."""
    one, two, three = (Card(world.issuer) for _ in range(3))
    cycle, benefit = a_cycle(), a_benefit()
    both = a_list(cycle, [benefit, a_benefit(code="TUNAI", kind="cash", partner_kinds=("bank",))])
    food_only = a_list(cycle, [benefit])
    sealer = Sealer(world.settings.event_sealing_key.get_secret_value())
    issued = tuple(card.issued(sealer) for card in (one, two, three))

    def status(word: str) -> CardStatusChangedV1:
        return CardStatusChangedV1.model_validate(
            {
                "card_id": one.card_id,
                "household_id": one.household_id,
                "status": word,
                "reason": "test",
                "changed_at": NOW,
            }
        )

    return [
        envelope(both),
        envelope(food_only),
        envelope(enrolments(both, [one.household_id], 1)),
        envelope(enrolments(both, [two.household_id], 2)),
        envelope(enrolments(food_only, [two.household_id, three.household_id])),
        envelope(CardsIssuedV1(batch_id=new_id(), cards=issued)),
        envelope(status("suspended"), sequence=1),
        envelope(status("valid"), sequence=2),
        envelope(status("revoked"), sequence=3),
        envelope(world.issuer.published("active"), sequence=3),
        envelope(world.issuer.published("planned"), sequence=2),
    ], [one, two, three]


async def state_after(
    world: World, bodies: list[bytes], cards: list[Card]
) -> list[tuple[str, ...]]:
    for body in bodies:
        assert await world.deliver(body)
    async with world.engine.connect() as tx:
        rows = await tx.execute(
            text(STATE),
            {"h": [card.household_id for card in cards], "kid": world.issuer.kid.hex()},
        )
        return [tuple(row) for row in rows]


async def test_any_order_and_any_repeats_leave_the_same_state(
    world: World, new_database: Callable[[str], str]
):
    bodies, cards = the_events(world)
    expected = await state_after(world, bodies, cards)
    # The cash right comes from one list only; the parcel once, though two lists name the family.
    assert sum(kind == "right" for kind, *_ in expected) == 5
    assert [row[2] for row in expected if row[0] == "status"] == ["revoked3"]
    url = new_database("redemption")
    engine = new_engine(url, application_name="tests", pool_size=2)
    loop = asyncio.get_running_loop()

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.permutations(bodies), st.lists(st.sampled_from(bodies), max_size=4))
    def check(order: list[bytes], again: list[bytes]) -> None:
        async def one_order() -> None:
            async with engine.begin() as tx:
                await tx.execute(text(EMPTY))
            other = replace(world, engine=engine)
            assert await state_after(other, [*order, *again], cards) == expected
            async with engine.connect() as tx:
                assert (await check_ledger(tx))[1] == []

        asyncio.run_coroutine_threadsafe(one_order(), loop).result()

    await asyncio.to_thread(check)
    await engine.dispose()


# The trigger that keeps the ledger is what it is; a test's own database may be begun anew.
EMPTY = """
DO $$ BEGIN
    ALTER TABLE grants DISABLE TRIGGER USER;
    TRUNCATE inbox, grants, entitlements, enrolments, enrolled_persons, budgets, held_openings,
        beneficiary_lists, benefits, cycles, cards,
        card_statuses, signing_keys;
    ALTER TABLE grants ENABLE TRIGGER USER;
END $$
"""


async def test_an_event_that_comes_twice_has_one_effect(world: World, client: httpx.AsyncClient):
    family = Card(world.issuer)
    await world.cards(family)
    approved = a_list(a_cycle(), [a_benefit(quantity=3)])
    told = [envelope(approved), envelope(enrolments(approved, [family.household_id]))]
    for body in (*told, *told):
        assert await world.deliver(body)
    await client.post("/v1/redemptions", json=body_of(family, approved), headers=an_operator())
    for body in told:
        assert await world.deliver(body)
    # The same facts in another message change nothing either.
    await world.tell(enrolments(approved, [family.household_id]))
    async with world.engine.connect() as tx:
        left = await tx.scalar(
            text("SELECT remaining_quantity FROM entitlements WHERE household_id = :h"),
            {"h": family.household_id},
        )
        assert left == 2
        assert (await check_ledger(tx))[1] == []


async def test_a_list_and_its_enrolments_at_the_same_moment_miss_no_family(world: World):
    for _ in range(10):
        households = [new_id() for _ in range(20)]
        approved = a_list(a_cycle(), [a_benefit()])
        await asyncio.gather(
            world.tell(approved),
            world.tell(enrolments(approved, households[:10], 1)),
            world.tell(enrolments(approved, households[10:], 2)),
        )
        async with world.engine.connect() as tx:
            found = await tx.scalar(
                text("SELECT count(*) FROM entitlements WHERE cycle_id = :c"),
                {"c": approved.cycle.cycle_id},
            )
        assert found == 20


async def test_a_second_list_with_other_terms_is_parked_and_not_guessed(world: World):
    cycle, benefit = a_cycle(), a_benefit()
    await world.tell(a_list(cycle, [benefit]))
    other = benefit.model_copy(update={"amount_rupiah": 200_000})
    assert not await world.deliver(envelope(a_list(cycle, [other])))


async def test_a_name_is_sealed_at_rest(world: World):
    family, _ = await world.a_family()
    async with world.engine.connect() as tx:
        stored = await tx.scalar(
            text("SELECT printed_name FROM cards WHERE card_id = :c"), {"c": family.card_id}
        )
    assert family.printed_name.encode() not in stored
