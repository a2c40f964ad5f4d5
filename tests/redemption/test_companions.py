"""Who collects for whom: limits that hold under rivals, authorisations, and what villages see."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.clients import bearer
from tests.redemption.a_partner import a_partner
from tests.redemption.world import FOOD_POINT, VILLAGE, World, an_operator, body_of

from common.auth.permissions import permissions_of
from common.auth.principal import Principal
from common.database import in_transaction
from common.ids import new_id
from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from common.web.formats import WIB, in_wib
from redemption.companions.authorise import Authorising, authorise
from redemption.companions.note import Keys, Noting, Person, note, use
from redemption.redeeming import redeem

CYCLE = new_id()
CARD = "00" * 8


def keys_of(world: World) -> Keys:
    own = world.settings
    return Keys(
        Sealer(own.sealing_key.get_secret_value()),
        BlindIndex(own.blind_index_key.get_secret_value()),
    )


def somebody(*roles: str, **changes: Any) -> Principal:
    held = frozenset(roles)
    return Principal(str(new_id()), "Orang Uji", held, permissions_of(held), ("62",), **changes)


def a_noting(name: str, **changes: Any) -> Noting:
    values = {
        "id": new_id(),
        "person": Person(name),
        "relation": "neighbour",
        "reason": "Ibu sedang sakit",
        "household_id": new_id(),
        "card_id": CARD,
        "region_code": VILLAGE,
        "cycle_id": CYCLE,
        **changes,
    }
    return Noting(**values)


@dataclass
class Desk:
    """A counter that notes and uses companions of one world."""

    world: World
    caller: Principal

    async def note(self, noting: Noting, now: datetime | None = None) -> UUID:
        keys, at = keys_of(self.world), now or datetime.now(UTC)
        made: UUID = await in_transaction(
            self.world.engine, lambda tx: note(tx, self.caller, keys, noting, at)
        )
        return made

    async def use(self, noting: Noting, companion_id: UUID, now: datetime | None = None) -> None:
        await in_transaction(
            self.world.engine,
            lambda tx: use(
                tx,
                act_id=noting.id,
                companion_id=companion_id,
                household_id=noting.household_id,
                now=now or datetime.now(UTC),
            ),
        )

    async def held(self, noting: Noting) -> bool:
        async with self.world.engine.connect() as tx:
            found = text("SELECT is_held FROM companion_acts WHERE id = :id")
            return bool(await tx.scalar(found, {"id": noting.id}))


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world, somebody("partner_operator", partner_id=FOOD_POINT))


def a_name() -> str:
    return f"Wakil {new_id().hex}"


async def code_of(attempt: Any) -> str:
    try:
        await attempt
    except Refused as refusal:
        return refusal.code
    return "ok"


async def test_a_neighbour_collects_for_two_families_of_a_cycle_and_not_for_a_third(desk: Desk):
    name = a_name()
    first, second = a_noting(name), a_noting(name)
    assert await desk.note(first) == await desk.note(second)
    assert await code_of(desk.note(a_noting(name))) == "companion_limit_reached"
    assert await code_of(desk.note(a_noting(name, cycle_id=new_id()))) == "ok"
    # A second act for a family that counts already takes no further place.
    again = a_noting(name, household_id=first.household_id)
    assert await code_of(desk.note(again)) == "ok"


async def test_rivals_at_many_counters_never_go_beyond_the_limit_together(desk: Desk):
    name = a_name()
    codes = await asyncio.gather(*(code_of(desk.note(a_noting(name))) for _ in range(12)))
    assert codes.count("ok") == 2
    assert codes.count("companion_limit_reached") == 10


async def test_a_family_member_beyond_the_limit_is_served_and_held_for_oversight(desk: Desk):
    name = a_name()
    notings = [a_noting(name, relation="family_elsewhere") for _ in range(4)]
    for one in notings:
        await desk.note(one)
    assert [await desk.held(one) for one in notings] == [False, False, False, True]


async def test_what_was_given_without_network_is_never_refused_but_held(desk: Desk):
    name = a_name()
    notings = [
        a_noting(name, relation="a word nobody knows", reason="", is_late=True) for _ in range(2)
    ]
    for one in notings:
        await desk.note(one)
    assert [await desk.held(one) for one in notings] == [False, True]


async def test_a_note_without_an_act_gives_its_place_back_after_half_an_hour(desk: Desk):
    name, now = a_name(), datetime.now(UTC)
    earlier = now - timedelta(minutes=31)
    unused = [a_noting(name), a_noting(name)]
    for one in unused:
        companion_id = await desk.note(one, earlier)
    assert await code_of(desk.use(unused[0], companion_id, now)) == "companion_not_noted"
    used = a_noting(name)
    await desk.use(used, await desk.note(used, now), now)
    # Noted anew under its own id, it counts again.
    await desk.note(unused[0], now)
    await desk.use(unused[0], companion_id, now)
    assert await code_of(desk.note(a_noting(name), now)) == "companion_limit_reached"


async def test_a_repeat_gets_the_first_answer_and_other_content_is_refused(desk: Desk):
    one = a_noting(a_name())
    assert await desk.note(one) == await desk.note(one)
    assert await code_of(desk.note(replace(one, reason="Alasan lain"))) == "id_reused"
    other = Desk(desk.world, somebody("partner_operator", partner_id=new_id()))
    assert await code_of(other.note(one)) == "id_reused"


async def test_one_person_is_known_by_number_or_by_name_in_the_village(desk: Desk):
    name, phone = a_name(), f"0812{new_id().int % 10**8:08d}"
    ways = [
        Person(name),
        Person(f"  {name.upper()}. "),
        Person(name, phone),
        Person("Nama lain sama sekali", "+62 " + phone[1:]),
    ]
    found = [await desk.note(a_noting("", person=one, cycle_id=new_id())) for one in ways]
    assert len(set(found)) == 1
    elsewhere = a_noting(name, region_code="62.01.01.2001", cycle_id=new_id())
    namesake = a_noting("", person=Person(name, "0899" + phone[4:]), cycle_id=new_id())
    assert len({found[0], await desk.note(elsewhere), await desk.note(namesake)}) == 3


async def test_names_and_reasons_are_sealed(desk: Desk):
    name = a_name()
    await desk.note(a_noting(name, reason="Sakit jantung"))
    async with desk.world.engine.connect() as tx:
        rows = await tx.execute(
            text("SELECT c::text || t::text FROM companions c, companion_acts t LIMIT 5000")
        )
        everything = " ".join(rows.scalars())
    assert name not in everything
    assert "jantung" not in everything


def an_authorising(noting: Noting, **changes: Any) -> Authorising:
    today = in_wib(datetime.now(UTC)).date()
    values = {
        "id": new_id(),
        "household_id": noting.household_id,
        "card_id": noting.card_id,
        "region_code": noting.region_code,
        "person": noting.person,
        "relation": noting.relation,
        "reason": "Tidak dapat berjalan",
        "from_on": today + timedelta(days=0),
        "to_on": today + timedelta(days=30),
        "acts_max": 1,
        **changes,
    }
    return Authorising(**values)


async def authorised(world: World, asked: Authorising, caller: Principal | None = None) -> str:
    who = caller or somebody("village_operator")
    keys = keys_of(world)
    return await code_of(
        in_transaction(world.engine, lambda tx: authorise(tx, who, keys, asked, datetime.now(UTC)))
    )


async def test_a_standing_authorisation_takes_no_place_until_it_is_used_up(desk: Desk):
    name = a_name()
    third = a_noting(name)
    assert await authorised(desk.world, an_authorising(third)) == "ok"
    for one in (a_noting(name), a_noting(name), third):
        await desk.use(one, await desk.note(one))
    again = a_noting(name, household_id=third.household_id)
    assert await code_of(desk.note(again)) == "companion_limit_reached"


async def test_an_authorisation_is_for_own_regions_and_for_so_many_families(desk: Desk):
    name = a_name()
    stranger = replace(somebody("village_operator"), regions=("62.02",))
    one = an_authorising(a_noting(name))
    assert await authorised(desk.world, one, stranger) == "outside_your_regions"
    others = [an_authorising(a_noting(name)) for _ in range(5)]
    codes = [await authorised(desk.world, other) for other in others]
    assert codes == ["ok"] * 4 + ["companion_authorised_often"]
    wrong = an_authorising(a_noting(a_name()), to_on=datetime.now(UTC).date() - timedelta(days=3))
    assert await authorised(desk.world, wrong) == "authorisation_dates_wrong"


async def test_a_counter_notes_a_companion_for_a_family_that_its_partner_serves(world, client):
    family, approved = await world.a_family()
    body = {
        "id": str(new_id()),
        "card": family.number,
        "cycle_id": str(approved.cycle.cycle_id),
        "name": a_name(),
        "relation": "neighbour",
        "reason": "Ibu sedang sakit",
    }
    operator = an_operator()
    first = await client.post("/v1/companions", json=body, headers=operator)
    assert first.status_code == 201, first.text
    again = await client.post("/v1/companions", json=body, headers=operator)
    assert again.json() == first.json()
    unknown = {**body, "id": str(new_id()), "relation": "aunt"}
    refused = await client.post("/v1/companions", json=unknown, headers=operator)
    assert refused.json()["code"] == "companion_relation_unknown"
    shown = await client.get("/v1/companion-relations", headers=operator)
    assert {one["code"] for one in shown.json()} >= {"neighbour", "village_companion", "other"}
    assert (
        await client.post("/v1/companions", json=body, headers=bearer("auditor"))
    ).status_code == 403


async def test_a_suspended_partner_keeps_nobodys_place(world, client):
    family, approved = await world.a_family()
    partner_id = await a_partner(client, kind="food_point", outside_code="")
    body = {
        "id": str(new_id()),
        "card": family.number,
        "cycle_id": str(approved.cycle.cycle_id),
        "name": "Tetangga Sebelah",
        "relation": "neighbour",
        "reason": "Ibu sedang sakit",
    }
    why = {"change_id": str(new_id()), "reason": "Dilaporkan"}
    suspension = f"/v1/partners/{partner_id}/suspension"
    await client.post(suspension, json=why, headers=bearer("administrator"))
    refused = await client.post("/v1/companions", json=body, headers=an_operator(partner_id))
    assert refused.json()["code"] == "partner_suspended"


async def test_a_card_that_is_blocked_before_the_line_is_written_leaves_no_companion_counted(
    world: World, client: Any, monkeypatch: pytest.MonkeyPatch
):
    family, approved = await world.a_family()
    act = body_of(family, approved)
    said = {"name": a_name(), "relation": "neighbour", "reason": "Ibu sedang sakit"}
    noted = {"id": act["id"], "card": family.token, "cycle_id": act["cycle_id"], **said}
    who = an_operator()
    companion = await client.post("/v1/companions", json=noted, headers=who)
    assert companion.status_code == 201, companion.text

    async def use_and_then_block(tx: Any, **values: Any) -> None:
        await use(tx, **values)
        await world.status(family, "revoked", 2)

    monkeypatch.setattr(redeem, "use", use_and_then_block)
    body = {**act, "companion_id": companion.json()["companion_id"]}
    refused = await client.post("/v1/redemptions", json=body, headers=who)
    assert refused.json()["code"] == "card_revoked"
    async with world.engine.connect() as tx:
        found = text("SELECT used_at FROM companion_acts WHERE id = :id")
        assert (await tx.execute(found, {"id": UUID(act["id"])})).scalars().all() == [None]


async def test_the_village_sees_who_collected_and_others_do_not(world, client):
    family, _ = await world.a_family(region_code="62.07.01.2001")
    page = {"accept": "text/html"}
    village = bearer("village_operator", regions=("62.07.01",)) | page
    home = f"/companions/families/{family.household_id}"
    found = await client.post("/companions/family", data={"number": family.number}, headers=village)
    assert (found.status_code, found.headers["location"]) == (303, home)
    today = datetime.now(UTC).astimezone(WIB).date()
    sent = {
        "id": str(new_id()),
        "name": "Wakil Teladan",
        "relation": "village_companion",
        "reason": "Tidak dapat berjalan",
        "from_on": today.isoformat(),
        "to_on": (today + timedelta(days=30)).isoformat(),
        "acts_max": "3",
    }
    for _ in range(2):
        assert (await client.post(home, data=sent, headers=village)).status_code == 303
    wrong = {**sent, "id": str(new_id()), "to_on": "2020-01-01"}
    assert (await client.post(home, data=wrong, headers=village)).status_code == 422
    shown = await client.get(home, headers=village)
    listed = await client.get("/companions", headers=village)
    for answer in (shown, listed):
        assert answer.text.count("Wakil Teladan") == 1
        assert "Tidak dapat berjalan" in answer.text
    ended = await client.post(
        f"/companions/authorisations/{sent['id']}/end",
        data={"household_id": str(family.household_id), "end_reason": "Sudah sehat"},
        headers=village,
    )
    assert ended.status_code == 303
    assert "Wakil Teladan" not in (await client.get("/companions", headers=village)).text
    elsewhere = bearer("village_operator", regions=("62.07.02",)) | page
    assert (await client.get(home, headers=elsewhere)).status_code == 404
    assert (await client.post(home, data=sent, headers=elsewhere)).status_code in {403, 404}
    assert (await client.get("/companions", headers=an_operator() | page)).status_code == 403
    async with world.engine.connect() as tx:
        noted = await tx.scalar(
            text(
                "SELECT count(*) FROM audit_log WHERE action = 'companions.read' "
                "AND subject_id = :h"
            ),
            {"h": str(family.household_id)},
        )
    assert noted >= 1
