"""How often a card is replaced, what a second person is needed for, and what waits for a desk."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.issuance.builders import OTHER_VILLAGE, VILLAGE, Desk, an_approval, an_enrolment
from tests.issuance.test_standings import changed, told

from common import clock
from common.auth.principal import Principal
from common.ids import new_id
from common.problems import Refused
from common.sealed import Sealer
from issuance.cards.expire import expire_some
from issuance.cards.replacements import open_requests, replacements_of
from issuance.cards.worklist import families_that_ask

CLERK = bearer("card_desk", subject="clerk-1")
COLLEAGUE = bearer("card_desk", subject="clerk-2")
READER = Principal("clerk-1", "Clerk", frozenset(), frozenset({"cards.manage"}), ("62",))


async def replace(
    client: httpx.AsyncClient, card_id: str, reason: str = "lost", **more: Any
) -> httpx.Response:
    body = {
        "change_id": str(more.get("change_id") or new_id()),
        "act": "replace",
        "reason": reason,
    }
    path = f"/v1/cards/{card_id}/status-changes"
    return await client.post(path, json=body, headers=more.get("who", CLERK))


async def ask(
    client: httpx.AsyncClient, card_id: str, change_id: Any, who: Any = CLERK, reason: str = "lost"
) -> httpx.Response:
    body = {"change_id": str(change_id), "reason": reason}
    return await client.post(f"/v1/cards/{card_id}/replacement-requests", json=body, headers=who)


async def confirm(client: httpx.AsyncClient, request_id: Any, who: Any) -> httpx.Response:
    path = f"/v1/cards/replacement-requests/{request_id}/confirmations"
    return await client.post(path, headers=who)


async def a_card_replaced_three_times(desk: Desk, client: httpx.AsyncClient) -> Any:
    card = await desk.a_card()
    for reason in ("lost", "stolen", "damaged"):
        assert (await replace(client, card.card_id, reason)).status_code == 200
        await desk.sign()
        card = await desk.card_of(card.household_id)
    return card


async def test_the_fourth_lost_card_of_a_year_takes_two_people(
    desk: Desk, client: httpx.AsyncClient
):
    card = await a_card_replaced_three_times(desk, client)
    alone = await replace(client, card.card_id)
    assert (alone.status_code, alone.json()["code"]) == (403, "replacement_needs_another")
    # What the office causes is not held against a family.
    other = await desk.a_card()
    assert (await replace(client, other.card_id, "printing_fault")).status_code == 200

    request_id = new_id()
    asked = await ask(client, card.card_id, request_id)
    assert asked.json()["confirmed_at"] is None
    assert (await ask(client, card.card_id, request_id)).json() == asked.json()
    second = await ask(client, card.card_id, new_id(), COLLEAGUE)
    assert second.json()["code"] == "replacement_is_asked"
    assert (await ask(client, card.card_id, request_id, reason="stolen")).json()[
        "code"
    ] == "id_reused"
    # Asking is not having: the clerk still cannot do it alone, nor confirm it.
    still = await replace(client, card.card_id, change_id=request_id)
    assert still.json()["code"] == "replacement_needs_another"
    own = await confirm(client, request_id, CLERK)
    assert own.json()["code"] == "replacement_needs_another"

    new = await confirm(client, request_id, COLLEAGUE)
    assert new.json()["replaces_card_id"] == card.card_id
    again = await confirm(client, request_id, COLLEAGUE)
    assert again.json()["card_id"] == new.json()["card_id"]


async def test_a_year_later_one_clerk_is_enough_again(desk: Desk, client: httpx.AsyncClient):
    card = await a_card_replaced_three_times(desk, client)
    now = clock.utc_now()
    found = await desk.do(lambda tx: replacements_of(tx, card.household_id, card.card_id, now))
    assert [row["reason"] for row in found.rows] == ["damaged", "stolen", "lost"]
    assert (found.counted, found.next_needs_another) == (3, True)
    later = now + timedelta(days=366)
    found = await desk.do(lambda tx: replacements_of(tx, card.household_id, card.card_id, later))
    assert (len(found.rows), found.counted, found.next_needs_another) == (3, 0, False)


LINE = (
    "INSERT INTO card_changes (card_id, version, state, old_state, actor, actor_name, reason,"
    " place, change_id) VALUES (:id, 3, 'replaced', 'signed', 'x', 'x', 'lost', '62', :request)"
)


async def test_the_database_itself_refuses_a_fourth_replacement_by_one_person(
    desk: Desk, client: httpx.AsyncClient
):
    card = await a_card_replaced_three_times(desk, client)
    request_id = new_id()
    values = {"id": card.card_id, "request": request_id}
    with pytest.raises(DBAPIError, match="needs another person"):
        await desk.do(lambda tx: tx.execute(text(LINE), values))
    await ask(client, card.card_id, request_id)
    with pytest.raises(DBAPIError, match="needs another person"):
        await desk.do(lambda tx: tx.execute(text(LINE), values))
    by_oneself = text(
        "UPDATE replacement_requests SET confirmed_at = now(), confirmed_by = asked_by,"
        " confirmed_by_name = 'x' WHERE request_id = :request"
    )
    with pytest.raises(DBAPIError, match="another_person"):
        await desk.do(lambda tx: tx.execute(by_oneself, {"request": request_id}))


async def test_two_clerks_who_replace_one_card_at_once_make_one_new_card(
    desk: Desk, client: httpx.AsyncClient
):
    card = await desk.a_card()
    answers = await asyncio.gather(
        *(replace(client, card.card_id, who=who) for who in (CLERK, COLLEAGUE) * 4)
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] + [409] * 7
    cards = await desk.rows("SELECT 1 FROM cards WHERE household_id = :h", h=card.household_id)
    assert len(cards) == 2


async def test_what_waits_for_a_second_person_is_listed_in_its_region_only(
    desk: Desk, client: httpx.AsyncClient
):
    card = await desk.a_card(region_code=OTHER_VILLAGE)
    request_id = new_id()
    await ask(client, card.card_id, request_id)
    listed = await desk.do(lambda tx: open_requests(tx, READER, OTHER_VILLAGE))
    assert request_id in {row["request_id"] for row in listed}
    here = await desk.do(lambda tx: open_requests(tx, READER, VILLAGE))
    assert request_id not in {row["request_id"] for row in here}


async def test_families_whose_card_asks_for_something_are_listed_oldest_first(desk: Desk):
    sealer = Sealer(desk.settings.sealing_key.get_secret_value())
    renamed = await desk.a_card("LAMA", state="active")
    await told(desk, changed(renamed.household_id, "head_changed", "reissue", name="BARU"), 1)
    ends = await desk.a_card("HAMPIR HABIS", state="active")
    soon = clock.utc_now() + timedelta(days=10)
    await desk.rows(
        "UPDATE cards SET expires_at = :at WHERE card_id = :id RETURNING 1",
        at=soon,
        id=ends.card_id,
    )
    over = await desk.a_card("SUDAH HABIS", state="active")
    await desk.rows(
        "UPDATE cards SET expires_at = :at WHERE card_id = :id RETURNING 1",
        at=clock.utc_now(),
        id=over.card_id,
    )
    await desk.do(lambda tx: expire_some(tx, clock.utc_now()))
    fine = await desk.a_card("TIDAK APA-APA", state="active")

    rows = await desk.do(lambda tx: families_that_ask(tx, READER, sealer, VILLAGE))
    found = {row.household_id: row for row in rows}
    assert fine.household_id not in found
    assert {
        (found[card.household_id].why, found[card.household_id].name)
        for card in (renamed, ends, over)
    } == {("replace", "BARU"), ("runs_out", "HAMPIR HABIS"), ("no_card", "SUDAH HABIS")}
    assert [row.since for row in rows] == sorted(row.since for row in rows)
    noted = await desk.rows(
        "SELECT 1 FROM audit_log WHERE action = 'household.found' AND subject_id = :h",
        h=str(renamed.household_id),
    )
    assert len(noted) == 1
    elsewhere = Principal("x", "X", frozenset(), frozenset({"cards.manage"}), ("62.02",))
    with pytest.raises(Refused, match="outside_your_regions"):
        await desk.do(lambda tx: families_that_ask(tx, elsewhere, sealer, VILLAGE))


async def test_a_family_that_is_not_enrolled_any_more_asks_for_nothing(desk: Desk):
    sealer = Sealer(desk.settings.sealing_key.get_secret_value())
    enrolment = an_enrolment("PERGI")
    await desk.hear(an_approval([enrolment]))
    await told(desk, changed(enrolment.household_id, "moved_out", "revoke"), 1)
    rows = await desk.do(lambda tx: families_that_ask(tx, READER, sealer, VILLAGE))
    assert enrolment.household_id not in {row.household_id for row in rows}
