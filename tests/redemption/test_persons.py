"""Rights of single members of a family: from events in any order, shown to schools and clinics."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace

import httpx2 as httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.redemption.rights import a_person, differences, enrolled, rows
from tests.redemption.test_standings import ended, resumed, suspended
from tests.redemption.world import (
    Card,
    World,
    a_benefit,
    a_cycle,
    a_list,
    an_operator,
    body_of,
    envelope,
    left,
)

from common.database import new_engine
from common.demo import PARTNER_SCHOOL_ID
from common.ids import new_id
from common.sealed import Sealer
from redemption.entitlements.persons import persons_of
from redemption.redeeming.pages import counter
from redemption.redeeming.receipt_picture import Picture, draw

STATE = """
SELECT e.household_id::text, e.subject_id::text, e.id::text, e.standing, e.remaining_quantity,
       g.quantity, (SELECT opened_rupiah FROM budgets b WHERE b.cycle_id = e.cycle_id)
FROM entitlements e JOIN grants g USING (household_id, cycle_id, benefit_id, subject_id)
WHERE e.household_id = ANY(:h) ORDER BY 1, 2, 3
"""
EMPTY = """
DO $$ BEGIN
    ALTER TABLE grants DISABLE TRIGGER USER;
    TRUNCATE inbox, grants, entitlements, enrolments, enrolled_persons, enrolment_standings,
        budgets, held_openings, beneficiary_lists, benefits, cycles CASCADE;
    ALTER TABLE grants ENABLE TRIGGER USER;
END $$
"""


def a_school_fee(**changes: object):
    return a_benefit(
        **{
            "code": "SEKOLAH",
            "kind": "fee",
            "name_id": "Uang sekolah",
            "subject": "person",
            "amount_rupiah": 1_300_000,
            "partner_kinds": ("school",),
            **changes,
        }
    )


async def test_any_order_and_any_repeats_give_families_and_persons_the_same_rights(
    world: World, new_database: Callable[[str], str]
):
    parcel, fee = a_benefit(), a_school_fee()
    approved = a_list(a_cycle(budget_rupiah=50_000_000), [parcel, fee])
    one, two = new_id(), new_id()
    pupils = [a_person(world, fee) for _ in range(3)]
    bodies = [
        envelope(approved),
        envelope(enrolled(approved, {one: pupils[:2]}, 1)),
        envelope(enrolled(approved, {two: pupils[2:]}, 2)),
        envelope(suspended(approved, one, version=2)),
        envelope(resumed(approved, one, version=3)),
        envelope(suspended(approved, two, version=2)),
    ]
    engine = new_engine(new_database("redemption"), application_name="tests", pool_size=2)
    other = replace(world, engine=engine)

    async def after(order: list[bytes]) -> list[tuple[object, ...]]:
        async with engine.begin() as tx:
            await tx.execute(text(EMPTY))
        for body in order:
            assert await other.deliver(body)
        assert await differences(other) == []
        return [tuple(row) for row in await rows(other, STATE, h=[one, two])]

    expected = await after(bodies)
    assert len(expected) == 5
    assert {(row[0] == row[1], row[3]) for row in expected} == {
        (True, "running"), (False, "running"), (True, "suspended"), (False, "suspended"),
    }  # fmt: skip
    assert {row[6] for row in expected} == {2 * 150_000 + 3 * 1_300_000}
    loop = asyncio.get_running_loop()

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.permutations(bodies), st.lists(st.sampled_from(bodies), max_size=3))
    def check(order: list[bytes], again: list[bytes]) -> None:
        found = asyncio.run_coroutine_threadsafe(after([*order, *again]), loop).result()
        assert found == expected

    await asyncio.to_thread(check)
    await engine.dispose()


async def test_each_member_has_one_right_and_the_school_redeems_that_members_only(
    world: World, client: httpx.AsyncClient
):
    fee = a_school_fee()
    family, pupils = Card(world.issuer), [a_person(world, fee) for _ in range(2)]
    approved = a_list(a_cycle(), [fee])
    await world.cards(family)
    await world.tell(approved)
    await world.tell(enrolled(approved, {family.household_id: pupils}))
    school = an_operator(PARTNER_SCHOOL_ID)
    first = body_of(family, approved, subject_id=str(pupils[0].person_id))
    assert (await client.post("/v1/redemptions", json=first, headers=school)).status_code == 201
    again = body_of(family, approved, subject_id=str(pupils[0].person_id))
    answer = await client.post("/v1/redemptions", json=again, headers=school)
    assert answer.json()["code"] == "already_redeemed"
    nobody = body_of(family, approved)
    answer = await client.post("/v1/redemptions", json=nobody, headers=school)
    assert answer.json()["code"] == "not_entitled"
    second = body_of(family, approved, subject_id=str(pupils[1].person_id))
    assert (await client.post("/v1/redemptions", json=second, headers=school)).status_code == 201
    assert await left(world, family.household_id) == [(0, 0)] * 2


async def test_names_of_persons_are_sealed_and_open_for_their_person_only(world: World):
    fee = a_school_fee()
    household_id, pupil = new_id(), a_person(world, fee, name="MELATI PUTRI")
    approved = a_list(a_cycle(), [fee])
    await world.tell(enrolled(approved, {household_id: [pupil]}))
    stored = await rows(
        world, "SELECT known FROM enrolled_persons WHERE household_id = :h", h=household_id
    )
    assert b"MELATI" not in bytes(stored[0].known)
    own = Sealer(world.settings.sealing_key.get_secret_value())
    async with world.engine.connect() as tx:
        found = await persons_of(tx, own, [household_id])
    assert (found[pupil.person_id].name, found[pupil.person_id].birth_year) == (
        "MELATI PUTRI",
        2012,
    )


async def test_a_record_that_was_sealed_for_somebody_else_is_parked(world: World):
    fee = a_school_fee()
    one, two = a_person(world, fee), a_person(world, fee)
    swapped = one.model_copy(update={"sealed": two.sealed})
    approved = a_list(a_cycle(), [fee])
    assert not await world.deliver(envelope(enrolled(approved, {new_id(): [swapped]})))


async def test_the_end_of_an_enrolment_ends_the_rights_of_its_persons(
    world: World, client: httpx.AsyncClient
):
    fee = a_school_fee()
    family, pupil = Card(world.issuer), a_person(world, fee)
    approved = a_list(a_cycle(), [fee])
    await world.cards(family)
    await world.tell(approved)
    await world.tell(enrolled(approved, {family.household_id: [pupil]}))
    await world.tell(ended(approved, family.household_id))
    body = body_of(family, approved, subject_id=str(pupil.person_id))
    answer = await client.post("/v1/redemptions", json=body, headers=an_operator(PARTNER_SCHOOL_ID))
    assert answer.json()["code"] == "entitlement_ended"


async def test_a_member_is_named_at_the_counter_and_by_initials_on_what_leaves_it(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    free = a_benefit(code="CEK", kind="service", subject="person", amount_rupiah=0, quantity=2,
                     partner_kinds=("school",))  # fmt: skip
    family, pupil = Card(world.issuer), a_person(world, free, name="MELATI PUTRI")
    others = [a_person(world, free, name=name) for name in ("YANI", "BIMA", "ADI")]
    approved = a_list(a_cycle(), [free])
    await world.cards(family)
    await world.tell(approved)
    await world.tell(enrolled(approved, {family.household_id: [pupil, *others]}))
    school = an_operator(PARTNER_SCHOOL_ID)
    shown = await client.post("/counter/cards", data={"card": family.number}, headers=school)
    for words in ("Untuk siapa?", "MELATI PUTRI", "Sisa 2 · tanpa biaya"):
        assert words in shown.text
    assert re.findall(r'"offer-name">([^<]+)<', shown.text) == [
        "ADI", "BIMA", "MELATI PUTRI", "YANI",
    ]  # fmt: skip
    body = body_of(family, approved, subject_id=str(pupil.person_id))
    assert (await client.post("/v1/redemptions", json=body, headers=school)).status_code == 201
    receipt = await client.get(f"/counter/receipts/{body['id']}", headers=school)
    line = await client.get(f"/redemptions/{body['id']}", headers=school)
    # Shown again, because the reason is missing: that is a look as well.
    form = {"id": str(new_id()), "reason": ""}
    again = await client.post(f"/redemptions/{body['id']}/reversals", data=form, headers=school)
    assert again.status_code == 422
    for page in (receipt, line, again):
        assert "MELATI PUTRI" in page.text
        assert "1, tanpa biaya" in page.text
    looks = await rows(
        world,
        "SELECT action FROM audit_log WHERE subject_id = :id AND action LIKE '%.read' ORDER BY id",
        id=body["id"],
    )
    assert [one.action for one in looks] == ["receipt.read", *["redemption.read"] * 2]
    drawn: list[Picture] = []

    def keep(picture: Picture) -> bytes:
        drawn.append(picture)
        return draw(picture)

    monkeypatch.setattr(counter, "draw", keep)
    await client.get(f"/counter/receipts/{body['id']}/picture", headers=school)
    assert dict(drawn[0].facts)["Untuk"] == "M. P."
    assert "MELATI" not in str(drawn)
