"""Cards follow enrolments and families' lives; what the desk did itself stays as it is."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.clients import bearer
from tests.issuance.builders import (
    OTHER_VILLAGE,
    VILLAGE,
    Desk,
    an_approval,
    an_enrolment,
)

from common import clock, events
from common.ids import new_id
from common.sealed import Sealer
from common.worker import deliver
from issuance.cards.handlers import handlers
from issuance.cards.settle import settle_some

ABOUT: dict[str, Any] = {"programme_code": "PANGAN", "cycle_id": new_id(), "batch": 1, "batches": 1}


def one_of(enrolment: events.EnrolledHousehold, version: int) -> dict[str, Any]:
    return {
        "enrolment_id": enrolment.enrolment_id,
        "household_id": enrolment.household_id,
        "region_code": enrolment.region_code,
        "reason": "suspected",
        "version": version,
    }


def suspended(enrolment: events.EnrolledHousehold, version: int = 2) -> events.Event:
    one = events.SuspendedEnrolment(**one_of(enrolment, version), suspended_at=clock.utc_now())
    return events.EnrolmentsSuspendedV1(**ABOUT, suspended=(one,))


def resumed(enrolment: events.EnrolledHousehold, version: int = 3) -> events.Event:
    one = events.ResumedEnrolment(**one_of(enrolment, version), resumed_at=clock.utc_now())
    return events.EnrolmentsResumedV1(**ABOUT, resumed=(one,))


def ended(
    enrolment: events.EnrolledHousehold, version: int = 4, *, grace_days: int = 0
) -> events.Event:
    now = clock.utc_now()
    one = events.EndedEnrolment(
        **one_of(enrolment, version),
        ended_at=now - timedelta(seconds=1),
        grace_until=now + timedelta(days=grace_days) if grace_days else None,
    )
    return events.EnrolmentsEndedV1(**ABOUT, ended=(one,))


def changed(household_id: UUID, kind: str, action: str, **more: Any) -> events.HouseholdChangedV1:
    sealer = Sealer(bytes([3]) * 32)
    name = {"head_name": more.pop("name", "IBU SITI")}
    return events.HouseholdChangedV1.model_validate(
        {
            "household_id": household_id,
            "kind": kind,
            "region_code": VILLAGE,
            "sealed": sealer.seal_json(name, f"household:{household_id}"),
            "card_action": action,
            "happened_on": clock.utc_now().date(),
            "changed_at": clock.utc_now(),
            **more,
        }
    )


async def told(desk: Desk, event: events.Event, sequence: int) -> None:
    closed = events.enclose(
        event,
        event_id=new_id(),
        source="registry",
        subject="household",
        sequence=sequence,
        time=clock.utc_now(),
    )
    body = closed.model_dump_json().encode()
    assert await deliver(desk.engine, handlers(desk.settings), body)


async def a_family(desk: Desk, *, state: str = "active") -> tuple[events.EnrolledHousehold, Any]:
    enrolment = an_enrolment()
    assert await desk.hear(an_approval([enrolment]))
    await desk.sign()
    card = await desk.card_of(enrolment.household_id)
    return enrolment, await desk.bring(card, state)


async def state_of(desk: Desk, household_id: UUID) -> str:
    return str((await desk.card_of(household_id)).state)


async def act(
    client: httpx.AsyncClient, card_id: str, wish: str, reason: str, region: str = "62"
) -> Any:
    path = f"/v1/cards/{card_id}/status-changes"
    body = {"change_id": str(new_id()), "act": wish, "reason": reason}
    return await client.post(path, json=body, headers=bearer("card_desk", regions=(region,)))


async def test_a_card_is_suspended_while_all_that_its_family_has_waits(desk: Desk):
    enrolment, card = await a_family(desk)
    other = an_enrolment(household_id=enrolment.household_id)
    await desk.hear(an_approval([other]))
    await desk.hear(suspended(enrolment))
    assert await state_of(desk, enrolment.household_id) == "active"
    await desk.hear(suspended(other))
    assert await state_of(desk, enrolment.household_id) == "blocked"
    (entry,) = await desk.rows(
        "SELECT status FROM status_entries WHERE list_number = :l AND index = :i",
        l=card.list_number,
        i=card.status_index,
    )
    assert entry.status == 2
    await desk.hear(resumed(other))
    assert await state_of(desk, enrolment.household_id) == "active"


async def test_what_the_desk_has_blocked_stays_blocked_when_the_registry_resumes(
    desk: Desk, client: httpx.AsyncClient
):
    enrolment, card = await a_family(desk)
    assert (await act(client, card.card_id, "block", "lost")).status_code == 200
    await desk.hear(suspended(enrolment))
    kept = await act(client, card.card_id, "unblock", "found")
    assert kept.json()["code"] == "enrolment_suspended"
    await desk.hear(resumed(enrolment))
    assert await state_of(desk, enrolment.household_id) == "blocked"
    assert (await act(client, card.card_id, "unblock", "found")).status_code == 200


async def test_the_desk_does_not_lift_what_the_registry_suspends(
    desk: Desk, client: httpx.AsyncClient
):
    enrolment, card = await a_family(desk)
    await desk.hear(suspended(enrolment))
    refused = await act(client, card.card_id, "unblock", "cleared")
    assert refused.json()["code"] == "enrolment_suspended"
    replaced = await act(client, card.card_id, "replace", "lost")
    assert replaced.status_code == 200
    await desk.sign()
    await desk.do(lambda tx: settle_some(tx, clock.utc_now()))
    assert await state_of(desk, enrolment.household_id) == "blocked"


async def test_in_any_order_and_twice_an_ended_enrolment_has_no_card(desk: Desk):
    for order in permutations(range(4)):
        enrolment = an_enrolment()
        said = [
            an_approval([enrolment]),
            suspended(enrolment),
            resumed(enrolment),
            ended(enrolment),
        ]
        for nth in (*order, order[-1]):
            assert await desk.hear(said[nth])
        assert await state_of(desk, enrolment.household_id) == "revoked"


async def test_a_card_goes_on_until_the_grace_is_over_and_while_another_list_runs(desk: Desk):
    enrolment, _ = await a_family(desk)
    await desk.hear(ended(enrolment, grace_days=30))
    assert await state_of(desk, enrolment.household_id) == "active"
    await desk.do(lambda tx: settle_some(tx, clock.utc_now() + timedelta(days=31)))
    assert await state_of(desk, enrolment.household_id) == "revoked"
    other = an_enrolment(household_id=enrolment.household_id)
    await desk.hear(an_approval([other]))
    assert await state_of(desk, enrolment.household_id) == "ordered"


async def test_a_new_head_s_card_is_made_at_once_only_if_nobody_holds_the_old_one(
    desk: Desk, client: httpx.AsyncClient
):
    enrolment, card = await a_family(desk, state="at_desk")
    await told(desk, changed(enrolment.household_id, "person_died", "reissue"), 1)
    await desk.sign()
    new = await desk.card_of(enrolment.household_id)
    assert new.replaces_card_id == card.card_id
    held, old = await a_family(desk)
    await told(desk, changed(held.household_id, "person_died", "reissue"), 1)
    assert await state_of(desk, held.household_id) == "active"
    page = await client.get(f"/cards/families/{held.household_id}", headers=bearer("card_desk"))
    assert "Ganti kartu: kepala keluarga sudah berganti" in page.text
    assert "IBU SITI" in page.text
    assert (await act(client, old.card_id, "replace", "name_changed")).status_code == 200
    page = await client.get(f"/cards/families/{held.household_id}", headers=bearer("card_desk"))
    assert "Ganti kartu: kepala keluarga sudah berganti" not in page.text


async def test_an_older_change_of_a_family_says_nothing_any_more(desk: Desk):
    enrolment, _ = await a_family(desk)
    leaving = changed(enrolment.household_id, "moved_out", "revoke")
    await told(desk, leaving, 2)
    assert await state_of(desk, enrolment.household_id) == "revoked"
    moved = changed(enrolment.household_id, "moved_in_province", "none", region_code=OTHER_VILLAGE)
    await told(desk, moved, 1)
    assert await state_of(desk, enrolment.household_id) == "revoked"
    await told(desk, changed(enrolment.household_id, "corrected", "reissue"), 3)
    assert await state_of(desk, enrolment.household_id) == "ordered"


async def test_a_family_that_moves_is_found_at_the_desk_of_its_new_place(
    desk: Desk, client: httpx.AsyncClient
):
    enrolment, card = await a_family(desk)
    moved = changed(enrolment.household_id, "moved_in_province", "none", region_code=OTHER_VILLAGE)
    await told(desk, moved, 1)
    path = f"/cards/families/{enrolment.household_id}"
    here = await client.get(path, headers=bearer("card_desk", regions=(OTHER_VILLAGE,)))
    assert here.status_code == 200
    there = await client.get(path, headers=bearer("card_desk", regions=(VILLAGE,)))
    assert there.status_code == 403
    assert (await act(client, card.card_id, "block", "lost", VILLAGE)).status_code == 403
    assert (await act(client, card.card_id, "block", "lost", OTHER_VILLAGE)).status_code == 200


async def test_a_card_is_ordered_for_where_the_family_lives_now_however_late_it_is_heard(
    desk: Desk,
):
    late = an_enrolment()
    move = {"kind": "moved_in_province", "action": "none", "region_code": OTHER_VILLAGE}
    await told(desk, changed(late.household_id, **move), 1)
    message = events.enclose(
        an_approval([late]),
        event_id=new_id(),
        source="registry",
        subject="list",
        sequence=1,
        time=clock.utc_now() - timedelta(days=1),
    )
    body = message.model_dump_json().encode()
    assert await deliver(desk.engine, handlers(desk.settings), body)
    assert (await desk.card_of(late.household_id)).region_code == OTHER_VILLAGE

    # A family that moved while it had no card, and is enrolled again.
    again, _ = await a_family(desk)
    await desk.hear(ended(again, 4))
    assert await state_of(desk, again.household_id) == "revoked"
    await told(desk, changed(again.household_id, **move), 1)
    await desk.hear(resumed(again, 5))
    card = await desk.card_of(again.household_id)
    assert (card.state, card.region_code) == ("ordered", OTHER_VILLAGE)


async def test_a_signature_never_lifts_the_block_of_the_person_who_made_it(desk: Desk):
    _, card = await a_family(desk)
    with pytest.raises(Exception, match="unblocked by another person"):
        await desk.do(lambda tx: _block_and_lift(tx, card))


async def _block_and_lift(tx: Any, card: Any) -> None:
    line = text(
        "INSERT INTO card_changes "
        "(card_id, version, state, old_state, actor, actor_name, reason, place) "
        "VALUES (:c, :v, :new, :old, 'registry', 'x', :why, '62')"
    )
    told = {"c": card.card_id, "v": card.version + 1, "new": "blocked", "old": "active"}
    await tx.execute(line, {**told, "why": "lost"})
    told = {"c": card.card_id, "v": card.version + 2, "new": "active", "old": "blocked"}
    await tx.execute(line, {**told, "why": "enrolment_resumed"})


async def test_only_families_whose_day_has_come_are_looked_at_again(desk: Desk):
    enrolment, _ = await a_family(desk)
    unmarked, _ = await a_family(desk)
    await desk.hear(ended(enrolment, grace_days=30))
    # Nobody was told of this one: that it is not found shows that not everything is read again.
    await desk.rows(
        "INSERT INTO enrolment_standings VALUES (:e, :h, 9, 'ended', :at) RETURNING 1",
        e=unmarked.enrolment_id,
        h=unmarked.household_id,
        at=clock.utc_now(),
    )
    mark = "SELECT due_at FROM unsettled_households WHERE household_id = :h"
    (due,) = await desk.rows(mark, h=enrolment.household_id)
    assert due.due_at > clock.utc_now() + timedelta(days=29)
    await desk.do(lambda tx: settle_some(tx, clock.utc_now() + timedelta(days=29)))
    assert await state_of(desk, enrolment.household_id) == "active"
    await desk.do(lambda tx: settle_some(tx, clock.utc_now() + timedelta(days=31)))
    assert await state_of(desk, enrolment.household_id) == "revoked"
    assert await state_of(desk, unmarked.household_id) == "active"
    # What is settled is forgotten: the next round has nothing to read.
    assert await desk.rows(mark, h=enrolment.household_id) == []
    assert await desk.do(lambda tx: settle_some(tx, clock.utc_now() + timedelta(days=32))) == 0
