"""What may happen to a card, who may do it, and what others are told."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.issuance.builders import OTHER_VILLAGE

from common.card_number import card_number
from common.events import Envelope
from common.ids import new_id
from issuance.cards.mark_printed import mark_printed
from issuance.cards.rules import printed_name

CLERK = bearer("card_desk", subject="clerk-1")
COLLEAGUE = bearer("card_desk", subject="clerk-2")


async def change(client, card_id, act, reason, *, who=CLERK, change_id=None):
    body = {"change_id": str(change_id or new_id()), "act": act, "reason": reason}
    return await client.post(f"/v1/cards/{card_id}/status-changes", json=body, headers=who)


async def print_it(desk, card):
    await desk.do(lambda tx: mark_printed(tx, [card.card_id], actor="p", actor_name="P"))


async def told_of(desk, card_id):
    rows = await desk.rows(
        "SELECT envelope FROM outbox WHERE subject = :s ORDER BY position", s=f"card:{card_id}"
    )
    envelopes = [Envelope.model_validate_json(row.envelope) for row in rows]
    return [(one.sequence, one.data["status"]) for one in envelopes]


async def test_a_card_is_handed_over_blocked_and_unblocked_by_another(desk, client):
    card = await desk.a_card()
    await print_it(desk, card)
    given = (await change(client, card.card_id, "hand_over", "head")).json()
    assert (given["state"], given["status"], given["version"]) == ("active", "valid", 5)
    blocked = (await change(client, card.card_id, "block", "lost")).json()
    assert (blocked["state"], blocked["status"]) == ("blocked", "suspended")

    same = await change(client, card.card_id, "unblock", "found")
    assert (same.status_code, same.json()["code"]) == (403, "unblock_needs_another")
    freed = (await change(client, card.card_id, "unblock", "found", who=COLLEAGUE)).json()
    assert (freed["state"], freed["status"]) == ("active", "valid")
    assert await told_of(desk, card.card_id) == [(5, "valid"), (6, "suspended"), (7, "valid")]


async def test_unblocking_brings_a_card_back_to_where_it_was(desk, client):
    card = await desk.a_card()
    await change(client, card.card_id, "block", "stolen")
    freed = (await change(client, card.card_id, "unblock", "cleared", who=COLLEAGUE)).json()
    assert freed["state"] == "signed"


async def test_the_database_itself_refuses_to_let_the_same_person_unblock(desk, client):
    card = await desk.a_card()
    await change(client, card.card_id, "block", "lost")
    with pytest.raises(DBAPIError, match="another person"):
        await desk.do(
            lambda tx: tx.execute(
                text(
                    "INSERT INTO card_changes (card_id, version, state, old_state, actor,"
                    " actor_name) VALUES (:id, 4, 'signed', 'blocked', 'clerk-1', '')"
                ),
                {"id": card.card_id},
            )
        )


@pytest.mark.parametrize(
    "statement",
    [
        # A jump that the life of a card does not have.
        "INSERT INTO card_changes (card_id, version, state, old_state, actor, actor_name)"
        " VALUES (:id, 3, 'active', 'signed', 'x', 'x')",
        # A line that does not follow the one before it.
        "INSERT INTO card_changes (card_id, version, state, old_state, actor, actor_name)"
        " VALUES (:id, 3, 'handed_over', 'printed', 'x', 'x')",
        # A state without a line of history.
        "UPDATE cards SET state = 'printed', version = 3 WHERE card_id = :id",
        # History is never rewritten.
        "UPDATE card_changes SET actor = 'x' WHERE card_id = :id",
        "DELETE FROM card_changes WHERE card_id = :id",
        # A second valid card of the household.
        "INSERT INTO cards (card_id, household_id, region_code, state, version, ordered_at)"
        " SELECT 'ffffffffffffffff', household_id, region_code, 'ordered', 1, now() FROM cards"
        " WHERE card_id = :id",
    ],
)
async def test_impossible_changes_are_impossible_in_the_database(desk, statement):
    card = await desk.a_card()
    with pytest.raises(DBAPIError):
        await desk.do(lambda tx: tx.execute(text(statement), {"id": card.card_id}))


async def test_a_lost_card_is_replaced_and_only_the_new_one_counts(desk, client):
    card = await desk.a_card("RUSDIANSYAH")
    change_id = new_id()
    new = (await change(client, card.card_id, "replace", "lost", change_id=change_id)).json()
    assert new["replaces_card_id"] == card.card_id
    assert new["state"] == "ordered"
    again = (await change(client, card.card_id, "replace", "lost", change_id=change_id)).json()
    assert again["card_id"] == new["card_id"]
    assert await desk.sign() == 1
    assert await told_of(desk, card.card_id) == [(3, "revoked")]
    states = await desk.rows(
        "SELECT state FROM cards WHERE household_id = :id ORDER BY ordered_at", id=card.household_id
    )
    assert [row.state for row in states] == ["replaced", "signed"]


async def test_a_revoked_card_stays_revoked(desk, client):
    card = await desk.a_card()
    assert (await change(client, card.card_id, "revoke", "family_left")).json()[
        "state"
    ] == "revoked"
    for act, reason in [("block", "lost"), ("unblock", "found"), ("replace", "lost")]:
        answer = await change(client, card.card_id, act, reason, who=COLLEAGUE)
        assert (answer.status_code, answer.json()["code"]) == (409, "card_state_impossible")


async def test_a_repeat_has_one_effect_and_the_same_id_for_something_else_is_refused(desk, client):
    card = await desk.a_card()
    change_id = new_id()
    answers = await asyncio.gather(
        *(change(client, card.card_id, "block", "lost", change_id=change_id) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["version"] for answer in answers} == {3}
    other = await change(client, card.card_id, "block", "stolen", change_id=change_id)
    assert (other.status_code, other.json()["code"]) == (409, "id_reused")
    undo = await change(
        client, card.card_id, "unblock", "found", who=COLLEAGUE, change_id=change_id
    )
    assert undo.json()["code"] == "id_reused"


async def test_a_clerk_sees_and_changes_only_cards_of_the_own_regions(desk, client):
    card = await desk.a_card(region_code=OTHER_VILLAGE)
    elsewhere = bearer("card_desk", regions=["62.01"])
    found = [
        await client.get(f"/v1/cards/{card.card_id}", headers=elsewhere),
        await change(client, card.card_id, "block", "lost", who=elsewhere),
        await client.post(
            "/v1/cards/searches",
            json={"card_number": card_number(card.card_id)},
            headers=elsewhere,
        ),
        await client.post(
            "/v1/cards/searches", json={"village": OTHER_VILLAGE, "name": "s"}, headers=elsewhere
        ),
        await client.get(f"/cards/families/{card.household_id}", headers=elsewhere),
    ]
    assert {answer.json()["code"] for answer in found} == {"outside_your_regions"}


async def test_families_are_found_by_the_beginnings_of_names_in_a_village(desk, client):
    card = await desk.a_card("Pala'i bin Undan")
    for words in ("palai", "UND pal", "pala’i"):
        body = {"village": card.region_code, "name": words}
        found = (await client.post("/v1/cards/searches", json=body, headers=CLERK)).json()
        assert card.card_id in {one["card_id"] for one in found}, words
    body = {"village": card.region_code, "name": "ndan"}
    assert (await client.post("/v1/cards/searches", json=body, headers=CLERK)).json() == []
    audits = await desk.rows(
        "SELECT 1 FROM audit_log WHERE action = 'household.found' AND subject_id = :id",
        id=str(card.household_id),
    )
    assert len(audits) == 3


async def test_a_mistyped_number_is_told_from_an_unknown_one_in_both_languages(desk, client):
    card = await desk.a_card()
    number = card_number(card.card_id)
    wrong = number[:-1] + ("2" if number[-1] != "2" else "3")
    answer = (
        await client.post("/v1/cards/searches", json={"card_number": wrong}, headers=CLERK)
    ).json()
    assert answer["code"] == "card_number_mistyped"
    assert answer["messages"]["id"]["title"] == "Nomor kartu salah ketik"
    assert answer["messages"]["en"]["title"] == "The card number is mistyped"
    unknown = {"card_number": card_number("00" * 8)}
    answer = await client.post("/v1/cards/searches", json=unknown, headers=CLERK)
    assert answer.json()["code"] == "card_unknown"


async def test_the_card_desk_page_finds_shows_and_acts(desk, client):
    card = await desk.a_card("KRISTINA BAWI")
    html = {**CLERK, "accept": "text/html"}
    typed = {"number": card_number(card.card_id).lower()}
    opened = await client.post("/cards", data=typed, headers=html)
    assert opened.headers["location"] == f"/cards/families/{card.household_id}"
    page = await client.get(opened.headers["location"], headers=html)
    assert "KRISTINA BAWI" in page.text
    assert card.card_id not in str(page.url)
    form = {"act": "block", "card_id": card.card_id, "change_id": str(new_id()), "reason": "lost"}
    done = await client.post(f"{opened.headers['location']}/changes", data=form, headers=html)
    after = await client.get(done.headers["location"], headers=html)
    assert "Kartu sudah diblokir" in after.text
    assert "Anda yang memblokir kartu ini" in after.text
    english = await client.get(f"{opened.headers['location']}?lang=en", headers=html)
    assert "You blocked this card" in english.text


async def test_the_card_desk_page_refuses_in_the_language_that_was_asked_for(client):
    html = {**CLERK, "accept": "text/html", "cookie": "lang=en"}
    typed = {"name": "SITI", "village": "Entah Di Mana"}
    english = await client.post("/cards", data=typed, headers=html)
    assert "That village was not found in your regions" in english.text
    once = await client.post("/cards?lang=id", data=typed, headers=html)
    assert "Desa itu tidak ditemukan di wilayah Anda" in once.text


async def test_both_faces_are_shown_as_pictures(desk, client):
    card = await desk.a_card()
    for side in ("front", "back"):
        answer = await client.get(f"/prints/families/{card.household_id}/{side}.svg", headers=CLERK)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.text.startswith("<svg")


def test_names_are_shortened_as_people_do_it():
    assert printed_name("siti  aminah") == "SITI AMINAH"
    assert printed_name("Muhammad Abdurrahman Alfarisi bin Syahruddin Noor") == (
        "MUHAMMAD ABDURRAHMAN ALFARISI B. S. NOOR"
    )
    assert printed_name("X" * 60) == "X" * 40
    assert len(printed_name("Ä" * 60).encode()) <= 40
