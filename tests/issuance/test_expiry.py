"""A card whose last moment is over gives its place to the next one."""

import asyncio
from datetime import timedelta

import pytest
from tests.clients import bearer
from tests.issuance.builders import an_approval, an_enrolment

from common import clock
from common.ids import new_id
from issuance.cards.expire import expire_some


async def a_card_that_is_over(desk, name="SITI AMINAH", *, state="signed"):
    """A card whose last moment was a minute ago."""
    card = await desk.a_card(name, state=state)
    await desk.rows(
        "UPDATE cards SET expires_at = :at WHERE card_id = :id RETURNING 1",
        at=clock.utc_now() - timedelta(minutes=1),
        id=card.card_id,
    )
    return card


async def changes_of(desk, card_id):
    return await desk.rows(
        "SELECT state, old_state, actor FROM card_changes WHERE card_id = :id ORDER BY version",
        id=card_id,
    )


async def statuses_told(desk):
    kind = "card.status_changed.v1"
    return (await desk.rows("SELECT count(*) FROM outbox WHERE event_type = :k", k=kind))[0][0]


async def last_step(desk):
    (row,) = await desk.rows(
        "SELECT envelope::jsonb #> '{data,steps,0}' AS step FROM outbox"
        " WHERE event_type = 'cards.state_changed.v1' ORDER BY position DESC LIMIT 1"
    )
    return row.step


async def test_a_card_that_is_over_is_ended_once_and_verifiers_are_not_told(desk):
    over, valid = await a_card_that_is_over(desk), await desk.a_card()
    told = await statuses_told(desk)
    assert await desk.do(lambda tx: expire_some(tx, clock.utc_now())) == 1
    assert await desk.do(lambda tx: expire_some(tx, clock.utc_now())) == 0

    assert (await desk.card_of(over.household_id)).state == "expired"
    assert (await desk.card_of(valid.household_id)).state == "signed"
    last = (await changes_of(desk, over.card_id))[-1]
    assert (last.state, last.old_state, last.actor) == ("expired", "signed", "expiry")
    assert await statuses_told(desk) == told
    step = await last_step(desk)
    assert (step["card_id"], step["state"], step["version"]) == (over.card_id, "expired", 3)


async def test_a_family_whose_card_is_over_gets_a_new_one_with_its_next_enrolment(desk):
    old = await a_card_that_is_over(desk)
    again = an_enrolment("SITI AMINAH", household_id=old.household_id)
    assert await desk.hear(an_approval([again]))
    await desk.sign()

    new = await desk.card_of(old.household_id)
    assert (new.state, new.card_id != old.card_id) == ("signed", True)
    assert new.expires_at > clock.utc_now()
    assert (await changes_of(desk, old.card_id))[-1].state == "expired"


@pytest.mark.parametrize("state", ["in_print", "printed", "at_desk", "handed_over", "active"])
async def test_a_card_that_is_over_on_its_way_ends_too(desk, state):
    card = await a_card_that_is_over(desk, state=state)
    assert await desk.do(lambda tx: expire_some(tx, clock.utc_now())) == 1
    last = (await changes_of(desk, card.card_id))[-1]
    assert (last.state, last.old_state) == ("expired", state)


async def test_a_blocked_card_ends_as_any_other(desk):
    card = await a_card_that_is_over(desk)
    await desk.rows(
        "WITH line AS (INSERT INTO card_changes (card_id, version, state, old_state, actor,"
        " actor_name, reason, place)"
        " VALUES (:id, 3, 'blocked', 'signed', 'a', 'A', 'lost', '62') RETURNING card_id)"
        " UPDATE cards SET state = 'blocked', version = 3 FROM line"
        " WHERE cards.card_id = line.card_id RETURNING 1",
        id=card.card_id,
    )
    assert await desk.do(lambda tx: expire_some(tx, clock.utc_now())) == 1
    assert (await desk.card_of(card.household_id)).state == "expired"


async def test_the_desk_orders_a_card_for_a_family_whose_last_one_ran_out(desk, client):
    old = await a_card_that_is_over(desk, state="active")
    await desk.do(lambda tx: expire_some(tx, clock.utc_now()))
    path = f"/v1/cards/{old.card_id}/status-changes"
    body = {"change_id": str(new_id()), "act": "issue", "reason": "ran_out"}
    family = f"/cards/families/{old.household_id}"
    page = await client.get(family, headers=bearer("card_desk"))
    assert "Pesan kartu baru" in page.text
    answers = await asyncio.gather(
        *(client.post(path, json=body, headers=bearer("card_desk")) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {200}
    (new,) = {answer.json()["card_id"] for answer in answers}
    assert new != old.card_id
    card = await desk.card_of(old.household_id)
    assert (card.card_id, card.state) == (new, "ordered")


async def test_a_card_that_was_revoked_is_not_issued_again_at_the_desk(desk, client):
    card = await desk.a_card()
    path = f"/v1/cards/{card.card_id}/status-changes"
    for act, reason, status in (("revoke", "issued_in_error", 200), ("issue", "ran_out", 409)):
        body = {"change_id": str(new_id()), "act": act, "reason": reason}
        answer = await client.post(path, json=body, headers=bearer("card_desk"))
        assert answer.status_code == status


async def test_an_older_card_that_ran_out_is_no_way_around_a_later_one_that_was_revoked(
    desk, client
):
    old = await a_card_that_is_over(desk, state="active")
    await desk.do(lambda tx: expire_some(tx, clock.utc_now()))

    async def asks(card_id, act, reason):
        body = {"change_id": str(new_id()), "act": act, "reason": reason}
        path = f"/v1/cards/{card_id}/status-changes"
        return await client.post(path, json=body, headers=bearer("card_desk"))

    new = (await asks(old.card_id, "issue", "ran_out")).json()["card_id"]
    assert (await asks(new, "revoke", "issued_in_error")).status_code == 200
    refused = await asks(old.card_id, "issue", "ran_out")
    assert (refused.status_code, refused.json()["code"]) == (409, "card_state_impossible")
    assert (await desk.card_of(old.household_id)).card_id == new
