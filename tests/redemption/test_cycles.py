"""How far a cycle is, counted from the ledger, by village and by day, within a minute."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
from sqlalchemy import text
from tests.clients import bearer
from tests.redemption import paying
from tests.redemption.world import NOW, World, a_benefit, a_list, an_operator, body_of, enrolments

from common import events
from common.database import in_transaction
from common.ids import new_id
from redemption.cycles.count import count_cycles

PARCEL, BALANCE = 150_000, 400_000
OWNER = bearer("programme_owner")

# As if a terminal had leased every right of the cycle before one of them was collected.
SET_ASIDE = text(
    "UPDATE entitlements SET lease_id = gen_random_uuid(), lease_terminal_id = gen_random_uuid(), "
    "leased_until = now() + interval '1 hour' WHERE cycle_id = :cycle_id"
)


async def counted(world: World) -> None:
    """Count now, whatever was counted before."""
    async with world.engine.begin() as tx:
        await tx.execute(text("UPDATE cycle_counts SET marker = 'x', took_ms = 0"))
        assert await count_cycles(tx)


async def shown(client: httpx.AsyncClient, cycle_id: UUID, **params: Any) -> dict[str, Any]:
    answer = await client.get(f"/v1/cycles/{cycle_id}", params=params, headers=OWNER)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def three_families(world: World) -> tuple[list[Any], events.BeneficiaryListApprovedV1]:
    """Three families of one village with a parcel and a balance each."""
    benefits = [a_benefit(), a_benefit(kind="balance", amount_rupiah=BALANCE, name_id="Saldo")]
    first, approved = await world.a_family(*benefits)
    others = []
    for _ in range(2):
        other, _ = await world.a_family()
        others.append(other)
    await world.tell(enrolments(approved, [one.household_id for one in others], batch=2))
    return [first, *others], approved


async def give(
    client: httpx.AsyncClient, card: Any, approved: Any, nth: int = 0, **changes: Any
) -> dict[str, Any]:
    body = body_of(card, approved, nth, **changes)
    answer = await client.post("/v1/redemptions", json=body, headers=an_operator())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_rights_parts_and_rupiah_are_counted_as_the_ledger_has_them(
    world: World, client: httpx.AsyncClient
):
    families, approved = await three_families(world)
    await give(client, families[0], approved)
    await give(client, families[1], approved)
    await give(client, families[2], approved, 1, amount_rupiah=100_000)
    await counted(world)
    found = await shown(client, approved.cycle.cycle_id)
    assert found["sums"] == {
        "entitled": 6,
        "collected": 2,
        "begun": 1,
        "leased": 0,
        "entitled_rupiah": 3 * (PARCEL + BALANCE),
        "collected_rupiah": 2 * PARCEL + 100_000,
    }
    assert [(day["acts"], day["rupiah"]) for day in found["days"]] == [(3, 2 * PARCEL + 100_000)]
    parcel = await shown(
        client, approved.cycle.cycle_id, benefit=str(approved.benefits[0].benefit_id)
    )
    assert (parcel["sums"]["entitled"], parcel["sums"]["collected"]) == (3, 2)


async def test_a_right_that_waits_at_a_terminal_counts_there_until_it_is_collected(
    world: World, client: httpx.AsyncClient
):
    families, approved = await three_families(world)
    await give(client, families[0], approved)
    async with world.engine.begin() as tx:
        await tx.execute(SET_ASIDE, {"cycle_id": approved.cycle.cycle_id})
    await counted(world)
    found = await shown(client, approved.cycle.cycle_id)
    assert (found["sums"]["entitled"], found["sums"]["leased"]) == (6, 5)


async def test_what_was_undone_is_not_counted_as_given(world: World, client: httpx.AsyncClient):
    families, approved = await three_families(world)
    receipt = await give(client, families[0], approved)
    undone = await client.post(
        f"/v1/redemptions/{receipt['id']}/reversals",
        json={"id": str(new_id()), "reason": "Salah keluarga."},
        headers=an_operator(role="partner_admin"),
    )
    assert undone.status_code == 201
    await counted(world)
    found = await shown(client, approved.cycle.cycle_id)
    assert (found["sums"]["collected"], found["sums"]["collected_rupiah"]) == (0, 0)
    assert found["days"] == []


async def test_a_family_counts_where_it_lives_now(world: World, client: httpx.AsyncClient):
    families, approved = await three_families(world)
    moved_to = "62.03.01.1006"
    change = events.HouseholdChangedV1(
        household_id=families[0].household_id,
        kind="moved_in_province",
        region_code=moved_to,
        sealed="x",
        card_action="none",
        happened_on=NOW.date(),
        changed_at=NOW,
    )
    await world.tell(change, sequence=5)
    await counted(world)
    there = await shown(client, approved.cycle.cycle_id, **{"in": moved_to})
    here = await shown(client, approved.cycle.cycle_id, **{"in": families[1].region_code})
    assert (there["sums"]["entitled"], here["sums"]["entitled"]) == (2, 4)


async def test_an_ended_right_counts_only_where_something_was_taken(
    world: World, client: httpx.AsyncClient
):
    families, approved = await three_families(world)
    await give(client, families[0], approved)
    ended = events.EnrolmentsEndedV1(
        list_id=approved.list_id,
        programme_code="PANGAN",
        cycle_id=approved.cycle.cycle_id,
        batch=1,
        batches=1,
        ended=tuple(
            events.EndedEnrolment(
                enrolment_id=new_id(),
                household_id=one.household_id,
                region_code=one.region_code,
                reason="not_eligible",
                ended_at=NOW - timedelta(hours=1),
                version=2,
            )
            for one in families[:2]
        ),
    )
    await world.tell(ended)
    await counted(world)
    found = await shown(client, approved.cycle.cycle_id)
    # The parcel that was taken, and both rights of the family that goes on.
    assert (found["sums"]["entitled"], found["sums"]["collected"]) == (3, 1)


async def test_cash_counts_once_the_bank_says_that_it_was_paid(
    world: World, client: httpx.AsyncClient
):
    drawn = await paying.sent(world)
    await counted(world)
    before = await shown(client, drawn.cycle_id)
    assert (before["sums"]["entitled"], before["sums"]["collected"]) == (3, 0)
    first, second, third = await drawn.references()
    lines = (paying.paid(first), paying.failed(second), paying.paid(third))
    await drawn.answer(paying.result(*lines))
    await counted(world)
    found = await shown(client, drawn.cycle_id)
    assert (found["sums"]["collected"], found["sums"]["collected_rupiah"]) == (2, 500_000)
    assert [(day["acts"], day["rupiah"]) for day in found["days"]] == [(2, 500_000)]


async def test_nothing_is_counted_anew_while_it_rests_or_another_counts(world: World):
    await counted(world)
    async with world.engine.begin() as tx:
        await tx.execute(text("UPDATE cycle_counts SET took_ms = 60000, marker = 'x'"))
        assert not await count_cycles(tx)
    async with world.engine.begin() as holder:
        assert await holder.scalar(text("SELECT pg_try_advisory_xact_lock(620030)"))
        assert not await in_transaction(world.engine, count_cycles)


async def test_the_page_says_it_in_one_line_and_shows_days_map_and_table(
    world: World, client: httpx.AsyncClient
):
    families, approved = await three_families(world)
    await give(client, families[0], approved)
    await counted(world)
    path = f"/cycles/{approved.cycle.cycle_id}"
    page = await client.get(f"{path}?in=62", headers=OWNER)
    assert page.status_code == 200
    # Which of the many cycles of these tests it lists is not ours to say.
    assert "hak sudah diambil" in (await client.get("/cycles", headers=OWNER)).text
    assert 'class="day-bar"' in page.text
    assert page.text.count('<circle class="dot') > 1500
    assert "Kota Palangkaraya" in page.text
    since = re.search(r"since=([^\"]+)\"", page.text)
    assert since
    live = await client.get(f"{path}/live?in=62&since={since[1]}", headers=OWNER)
    assert live.status_code == 204


async def test_a_table_comes_as_a_file_and_strangers_get_nothing(
    world: World, client: httpx.AsyncClient
):
    _, approved = await three_families(world)
    await counted(world)
    path = f"/v1/cycles/{approved.cycle.cycle_id}.csv"
    lines = (await client.get(path, headers=OWNER)).text.splitlines()
    assert lines[0].startswith("code,name,entitled,collected")
    assert lines[1].startswith("62.71,")
    assert (await client.get(path, headers=an_operator())).status_code == 403
    assert (await client.get(f"/v1/cycles/{new_id()}", headers=OWNER)).status_code == 404
    wrong = await client.get(f"/v1/cycles/{approved.cycle.cycle_id}?in=62.99", headers=OWNER)
    assert wrong.status_code == 422


async def test_a_cycle_without_a_list_can_be_opened(world: World, client: httpx.AsyncClient):
    approved = a_list(events.Cycle.model_validate({
        "cycle_id": new_id(), "name": "Tahap kosong",
        "opens_on": NOW.date(), "closes_on": NOW.date() + timedelta(days=9),
    }), [a_benefit()])  # fmt: skip
    await world.tell(approved)
    await counted(world)
    page = await client.get(f"/cycles/{approved.cycle.cycle_id}", headers=OWNER)
    assert "Tidak ada hak di wilayah ini" in page.text
