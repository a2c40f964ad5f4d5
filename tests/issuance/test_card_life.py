"""What may happen to a card, who may do it, and what others are told."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.issuance.builders import OTHER_VILLAGE

from common.card_number import card_number
from common.events import CardsStateChangedV1, Envelope
from common.ids import new_id
from issuance.cards.rules import printed_name

CLERK = bearer("card_desk", subject="clerk-1")
COLLEAGUE = bearer("card_desk", subject="clerk-2")


async def change(client, card_id, act, reason, *, who=CLERK, change_id=None):
    body = {"change_id": str(change_id or new_id()), "act": act, "reason": reason}
    return await client.post(f"/v1/cards/{card_id}/status-changes", json=body, headers=who)


async def told_of(desk, card_id):
    rows = await desk.rows(
        "SELECT envelope FROM outbox WHERE subject = :s ORDER BY position", s=f"card:{card_id}"
    )
    envelopes = [Envelope.model_validate_json(row.envelope) for row in rows]
    return [(one.sequence, one.data["status"]) for one in envelopes if "status" in one.data]


async def way_of(desk, card_id):
    """The steps that others heard of, oldest first."""
    rows = await desk.rows(
        "SELECT envelope FROM outbox WHERE event_type = 'cards.state_changed.v1' ORDER BY position"
    )
    heard = [Envelope.model_validate_json(row.envelope).event() for row in rows]
    steps = [step for one in heard if isinstance(one, CardsStateChangedV1) for step in one.steps]
    return [(step.version, step.state) for step in steps if step.card_id == card_id]


async def status_entry(desk, card):
    found = await desk.rows(
        "SELECT status FROM status_entries WHERE list_number = :l AND index = :i",
        l=card.list_number,
        i=card.status_index,
    )
    return found[0].status if found else None


async def test_a_card_counts_once_it_is_active_and_each_step_is_told(desk):
    card = await desk.a_card(state="active")
    assert await way_of(desk, card.card_id) == [
        (1, "ordered"),
        (3, "in_print"),
        (4, "printed"),
        (5, "at_desk"),
        (6, "handed_over"),
        (7, "active"),
    ]
    assert await told_of(desk, card.card_id) == [(7, "valid")]
    assert await status_entry(desk, card) == 0


async def test_an_active_card_is_blocked_and_unblocked_by_another(desk, client):
    card = await desk.a_card(state="active")
    blocked = (await change(client, card.card_id, "block", "lost")).json()
    assert (blocked["state"], blocked["status"]) == ("blocked", "suspended")

    same = await change(client, card.card_id, "unblock", "found")
    assert (same.status_code, same.json()["code"]) == (403, "unblock_needs_another")
    freed = (await change(client, card.card_id, "unblock", "found", who=COLLEAGUE)).json()
    assert (freed["state"], freed["status"]) == ("active", "valid")
    assert await told_of(desk, card.card_id) == [(7, "valid"), (8, "suspended"), (9, "valid")]


@pytest.mark.parametrize("state", ["signed", "printed", "at_desk", "handed_over"])
async def test_unblocking_brings_a_card_back_to_where_it_was(desk, client, state):
    card = await desk.a_card(state=state)
    await change(client, card.card_id, "block", "stolen")
    freed = (await change(client, card.card_id, "unblock", "cleared", who=COLLEAGUE)).json()
    assert (freed["state"], freed["status"]) == (state, "not_active")
    assert (await told_of(desk, card.card_id))[-1] == (freed["version"], "not_active")
    assert await status_entry(desk, card) == 3


async def test_a_card_that_is_blocked_in_print_leaves_its_batch_first(desk, client):
    card = await desk.a_card(state="in_print")
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
                    " actor_name, place) VALUES (:id, 4, 'signed', 'blocked', 'clerk-1', '', '62')"
                ),
                {"id": card.card_id},
            )
        )


LINE = (
    "INSERT INTO card_changes"
    " (card_id, version, state, old_state, actor, actor_name, reason, place)"
    " VALUES (:id, 3, {new}, {old}, 'x', 'x', {reason}, {place})"
)


def a_line(new, old="'signed'", reason="'why'", place="'62'"):
    return LINE.format(new=new, old=old, reason=reason, place=place)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        # Jumps that the life of a card does not have; nothing is active that was not handed over.
        (a_line("'active'"), "ck_card_changes_transition"),
        (a_line("'printed'"), "ck_card_changes_transition"),
        (a_line("'at_desk'"), "ck_card_changes_transition"),
        (a_line("'handed_over'"), "ck_card_changes_transition"),
        (a_line("'lost'"), "ck_card_changes_(state|transition)"),
        # A line that does not follow the one before it.
        (a_line("'active'", "'handed_over'"), "fk_card_changes_follows"),
        (a_line("'printed'", "'in_print'"), "fk_card_changes_follows"),
        # An end, or a block, without a reason; a change that happened nowhere.
        (a_line("'revoked'", reason="''"), "ck_card_changes_has_reason"),
        (a_line("'expired'", reason="''"), "ck_card_changes_has_reason"),
        (a_line("'blocked'", reason="''"), "ck_card_changes_has_reason"),
        (a_line("'in_print'", place="NULL"), "place"),
        (a_line("'in_print'", place="'di kantor'"), "ck_card_changes_place"),
        # A state without a line of history, and a line of history without its state.
        (
            "UPDATE cards SET state = 'in_print', version = 3 WHERE card_id = :id",
            "fk_cards_last_change",
        ),
        # History is never rewritten.
        ("UPDATE card_changes SET actor = 'x' WHERE card_id = :id", "append-only|append only"),
        ("DELETE FROM card_changes WHERE card_id = :id", "append-only|append only"),
        # A second valid card of the household.
        (
            "INSERT INTO cards (card_id, household_id, region_code, state, version, ordered_at)"
            " SELECT 'ffffffffffffffff', household_id, region_code, 'ordered', 1, now() FROM cards"
            " WHERE card_id = :id",
            "uq_cards_one_valid_per_household",
        ),
    ],
)
async def test_impossible_changes_are_impossible_in_the_database(desk, statement, why):
    card = await desk.a_card()
    with pytest.raises(DBAPIError, match=why):
        await desk.do(lambda tx: tx.execute(text(statement), {"id": card.card_id}))


@pytest.mark.parametrize("elsewhere", ["signed", "in_print", "at_desk", "handed_over", "active"])
async def test_the_database_lets_a_blocked_card_come_back_only_to_where_it_was(
    desk, client, elsewhere
):
    card = await desk.a_card(state="printed")
    await change(client, card.card_id, "block", "lost")
    line = LINE.replace(":id, 3", ":id, 6").format(
        new=f"'{elsewhere}'", old="'blocked'", reason="'found'", place="'62'"
    )
    with pytest.raises(DBAPIError, match="comes back to where it was"):
        await desk.do(lambda tx: tx.execute(text(line), {"id": card.card_id}))


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
    assert await way_of(desk, card.card_id) == [(1, "ordered"), (3, "replaced")]
    assert await way_of(desk, new["card_id"]) == [(1, "ordered")]
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
    typed = {"q": card_number(card.card_id).lower()}
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
    typed = {"q": "SITI", "village": "Entah Di Mana"}
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
