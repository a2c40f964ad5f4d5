"""What comes out of the printer is counted by another person and received by a third."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.issuance.handing import a_giver, declares, gives, to_the_head
from tests.issuance.prints import (
    BATCHES,
    CLERK,
    COUNTER,
    PRINTER,
    a_made_batch,
    a_taken_batch,
    a_village_of_cards,
    ask,
    batch_of,
    count,
    numbers_of,
    receive,
    sealer_of,
    states,
    take,
)

from common.ids import new_id
from common.problems import Refused
from issuance.handing_over.refusals import REFUSALS
from issuance.printing.make_sheets import make_next_file
from issuance.printing.release import receive_unblocked

NAMES = ["AMIR", "BUDI", "CITRA", "DEWI"]


async def code_of(answer):
    return (await answer).json().get("code", "")


async def valid_cards_of(desk, card):
    return await desk.rows(
        "SELECT card_id, state, replaces_card_id FROM cards WHERE household_id = :id"
        " AND state NOT IN ('replaced', 'revoked', 'expired')",
        id=card.household_id,
    )


async def test_only_another_person_counts_and_only_what_was_taken(desk, client):
    batch_id, _ = await a_made_batch(desk, client, "62.08.01.2001", NAMES)
    assert await code_of(count(client, batch_id, 4)) == "print_not_taken"
    await take(client, batch_id)
    assert await code_of(count(client, batch_id, 4, who=PRINTER)) == "count_needs_another"
    count_id = new_id()
    first = await count(client, batch_id, 4, count_id=count_id)
    assert (first.status_code, first.json()["good"]) == (200, 4)
    assert (await count(client, batch_id, 4, count_id=count_id)).json() == first.json()
    assert await code_of(count(client, batch_id, 3, count_id=count_id)) == "id_reused"
    assert await code_of(count(client, batch_id, 4)) == "already_counted"
    assert await code_of(take(client, batch_id, reason="file_lost")) == "print_already_counted"


async def test_a_count_that_does_not_add_up_is_refused_with_its_difference(desk, client):
    batch_id, cards = await a_taken_batch(desk, client, "62.08.01.2002", NAMES)
    first = numbers_of(cards)[0]
    for good, spoiled, difference in ((3, [], 1), (4, [first], -1), (2, [first, first], 1)):
        answer = (await count(client, batch_id, good, spoiled)).json()
        assert (answer["code"], answer["difference"]) == ("count_does_not_add_up", difference)
    mistyped = first[:-1] + ("0" if first[-1] != "0" else "1")
    assert await code_of(count(client, batch_id, 3, [mistyped])) == "faulty_number_wrong"
    _, (stranger,) = await a_made_batch(desk, client, "62.08.01.2003", ["EKO"])
    foreign = numbers_of([stranger])
    assert await code_of(count(client, batch_id, 3, foreign)) == "faulty_not_in_file"
    assert (await batch_of(client, batch_id))["parts"][0]["counted_at"] is None
    assert await states(desk, cards) == ["printed"] * 4


async def test_a_spoiled_card_ends_and_exactly_one_new_one_follows_it_to_be_printed(desk, client):
    batch_id, cards = await a_taken_batch(desk, client, "62.08.01.2004", NAMES)
    spoiled = cards[1]
    typed = numbers_of([spoiled])[0].lower().replace("-", " ")
    after = (await count(client, batch_id, 3, [typed])).json()
    assert (after["good"], after["spoiled"], after["to_destroy"]) == (3, 1, 1)
    (new,) = await valid_cards_of(desk, spoiled)
    assert (new.state, new.replaces_card_id) == ("ordered", spoiled.card_id)
    (line,) = await desk.rows(
        "SELECT reason, actor FROM card_changes WHERE card_id = :id AND state = 'replaced'",
        id=spoiled.card_id,
    )
    assert tuple(line) == ("printing_fault", "printer-2")
    (entry,) = await desk.rows(
        "SELECT status FROM status_entries WHERE list_number = :l AND index = :i",
        l=spoiled.list_number,
        i=spoiled.status_index,
    )
    assert entry.status == 1
    await desk.sign()
    again = (await ask(client, "62.08.01.2004")).json()
    assert again["cards"] == 1
    await make_next_file(desk.engine, sealer_of(desk))
    destroyed = {"card_ids": [spoiled.card_id]}
    path = f"{BATCHES}/{batch_id}/parts/1/destructions"
    assert (await client.post(path, json=destroyed, headers=PRINTER)).json()["to_destroy"] == 0
    seen = await client.get(f"{BATCHES}/{batch_id}/parts/1/cards", headers=PRINTER)
    (gone,) = [one for one in seen.json() if one["fault"]]
    assert (gone["card_id"], gone["destroyed_at"] is not None) == (spoiled.card_id, True)


async def refusal_of(act):
    with pytest.raises(Refused) as refused:
        await act
    return refused.value.code


async def test_no_card_is_given_before_its_file_was_counted_and_received(desk, client):
    batch_id, (card,) = await a_made_batch(desk, client, "62.08.01.2005", ["AMIR"])
    giver = await declares(desk, a_giver("Rina", "card_desk"))

    async def is_refused():
        code = await refusal_of(gives(desk, giver, to_the_head(card)))
        assert code == "card_not_received"
        assert await states(desk, [card]) == ["printed"]

    await is_refused()
    words = REFUSALS["card_not_received"]
    assert "orang lain menghitung" in words.action_id
    assert "another person counts" in words.action_en
    await take(client, batch_id)
    await is_refused()
    await count(client, batch_id, 1)
    await is_refused()
    assert (await receive(client, batch_id, 1)).status_code == 200
    assert (await gives(desk, giver, to_the_head(card)))["held_because"] is None
    assert await states(desk, [card]) == ["active"]


async def test_the_database_lets_no_printed_card_be_handed_over(desk, client):
    _, (card,) = await a_made_batch(desk, client, "62.08.01.2006", ["AMIR"])
    with pytest.raises(DBAPIError, match="ck_card_changes_transition"):
        await desk.rows(
            "WITH line AS (INSERT INTO card_changes (card_id, version, state, old_state, actor,"
            " actor_name, place) SELECT card_id, version + 1, 'handed_over', 'printed', 'x', 'x',"
            " region_code FROM cards WHERE card_id = :id)"
            " UPDATE cards SET state = 'handed_over', version = version + 1 WHERE card_id = :id"
            " RETURNING 1",
            id=card.card_id,
        )


async def test_a_card_that_a_desk_prints_for_itself_can_be_given_at_once(desk, client):
    village = "62.08.01.2007"
    (card,) = await a_village_of_cards(desk, village, ["AMIR"])
    assert (await ask(client, village, card_id=card.card_id, who=CLERK)).status_code == 202
    await make_next_file(desk.engine, sealer_of(desk))
    way = await desk.rows(
        "SELECT state, place, actor FROM card_changes WHERE card_id = :id AND version > 2"
        " ORDER BY version",
        id=card.card_id,
    )
    assert [tuple(row) for row in way] == [
        ("in_print", village, "clerk-1"),
        ("printed", village, "clerk-1"),
        ("at_desk", village, "clerk-1"),
    ]
    giver = await declares(desk, a_giver("Rina", "card_desk"))
    await gives(desk, giver, to_the_head(card))
    assert await states(desk, [card]) == ["active"]


@pytest.mark.parametrize(
    ("village", "who", "kind"),
    [("62.08.01.2008", PRINTER, "sheets"), ("62.08.01.2009", CLERK, "bureau")],
    ids=["a print shop", "a bureau"],
)
async def test_one_card_that_is_not_printed_at_a_desk_is_counted_like_any_other(
    desk, client, village, who, kind
):
    (card,) = await a_village_of_cards(desk, village, ["AMIR"])
    await ask(client, village, card_id=card.card_id, kind=kind, who=who)
    found = await desk.rows(
        "SELECT b.card_id FROM print_batches b JOIN print_batch_cards p USING (batch_id)"
        " WHERE p.card_id = :id",
        id=card.card_id,
    )
    assert [row.card_id for row in found] == [None]
    if kind == "sheets":
        await make_next_file(desk.engine, sealer_of(desk))
        assert await states(desk, [card]) == ["printed"]


async def a_card_of_the_desk(desk, client, village):
    (card,) = await a_village_of_cards(desk, village, ["AMIR"])
    batch_id = (await ask(client, village, card_id=card.card_id, who=CLERK)).json()["batch_id"]
    await make_next_file(desk.engine, sealer_of(desk))
    await take(client, batch_id, who=CLERK)
    return batch_id, card


async def given_or_refused(desk, giver, card):
    """Hand a card over; None when it may no longer be given."""
    try:
        return await gives(desk, giver, to_the_head(card))
    except Refused:
        return None


async def test_spoiled_and_handed_over_at_once_leaves_exactly_one_valid_card(desk, client):
    batch_id, card = await a_card_of_the_desk(desk, client, "62.08.01.2011")
    giver = await declares(desk, a_giver("Rina", "card_desk"))
    given, counted = await asyncio.gather(
        given_or_refused(desk, giver, card),
        count(client, batch_id, 0, numbers_of([card])),
    )
    (valid,) = await valid_cards_of(desk, card)
    if counted.status_code == 200:
        assert given is None
        assert (valid.replaces_card_id, valid.state) == (card.card_id, "ordered")
    else:
        assert counted.json()["code"] == "faulty_card_handed_over"
        assert (valid.card_id, valid.state) == (card.card_id, "active")


async def test_a_card_in_its_familys_hands_is_not_called_spoiled(desk, client):
    batch_id, card = await a_card_of_the_desk(desk, client, "62.08.01.2012")
    giver = await declares(desk, a_giver("Rina", "card_desk"))
    await gives(desk, giver, to_the_head(card))
    numbers = numbers_of([card])
    assert await code_of(count(client, batch_id, 0, numbers)) == "faulty_card_handed_over"
    # It has not ended: a count is whole or not at all, on the page as well.
    path = f"/prints/{batch_id}/parts/1"
    form = {"count_id": str(new_id()), "good": "0", "chosen": numbers}
    page = await client.post(f"{path}/count", data=form, headers={**COUNTER, "accept": "text/html"})
    assert page.status_code == 422
    assert await states(desk, [card]) == ["active"]
    assert (await batch_of(client, batch_id))["parts"][0]["counted_at"] is None


async def test_the_desk_says_what_to_do_about_a_card_that_is_not_received(desk, client):
    batch_id, (card,) = await a_made_batch(desk, client, "62.08.01.2010", ["AMIR"])
    page = await client.get(
        f"/cards/families/{card.household_id}", headers={**CLERK, "accept": "text/html"}
    )
    assert "belum dihitung dan diterima di loket" in page.text
    assert f"/prints/{batch_id}/parts/1" in page.text
    assert "act-hand_over" not in page.text


async def test_what_arrives_is_at_the_desk_and_what_is_missing_ends_and_is_made_anew(desk, client):
    batch_id, cards = await a_taken_batch(desk, client, "62.08.02.2001", NAMES)
    lost = cards[2]
    assert await code_of(receive(client, batch_id, 4)) == "receive_before_count"
    counter_too = bearer("card_desk", subject="printer-2")
    await count(client, batch_id, 4)
    assert await code_of(receive(client, batch_id, 4, who=counter_too)) == "receive_needs_another"
    assert await code_of(receive(client, batch_id, 4, who=PRINTER)) == "permission_missing"
    wrong = (await receive(client, batch_id, 3)).json()
    assert (wrong["code"], wrong["difference"]) == ("receipt_does_not_add_up", 1)
    assert await code_of(receive(client, batch_id, 4, place="62.09")) == "place_unknown"
    receipt_id, office = new_id(), "62.08"
    wish = {"receipt_id": receipt_id, "place": office}
    after = await receive(client, batch_id, 3, numbers_of([lost]), **wish)
    assert (after.json()["received"], after.json()["missing"]) == (3, 1)
    repeat = await receive(client, batch_id, 3, numbers_of([lost]), **wish)
    assert repeat.json() == after.json()
    assert await code_of(receive(client, batch_id, 4)) == "already_received"
    assert await states(desk, cards) == ["at_desk", "at_desk", "replaced", "at_desk"]
    (new,) = await valid_cards_of(desk, lost)
    assert new.replaces_card_id == lost.card_id
    # The post's fault, not the family's: it does not count among the cards that they have lost.
    (line,) = await desk.rows(
        "SELECT reason FROM card_changes WHERE card_id = :id AND state = 'replaced'",
        id=lost.card_id,
    )
    assert line.reason == "lost_in_post"
    places = await desk.rows(
        "SELECT DISTINCT place FROM card_changes WHERE state = 'at_desk' AND card_id = ANY(:ids)",
        ids=[card.card_id for card in cards],
    )
    assert [row.place for row in places] == [office]


async def test_a_card_blocked_since_it_was_printed_is_counted_and_stays_blocked(desk, client):
    batch_id, cards = await a_taken_batch(desk, client, "62.08.02.2002", ["AMIR", "BUDI"])
    body = {"change_id": str(new_id()), "act": "block", "reason": "stolen"}
    path = f"/v1/cards/{cards[0].card_id}/status-changes"
    await client.post(path, json=body, headers=CLERK)
    page = await client.get(f"/prints/{batch_id}", headers={**COUNTER, "accept": "text/html"})
    assert "Sisihkan 1 kartu" in page.text
    assert (await count(client, batch_id, 2)).status_code == 200
    assert (await receive(client, batch_id, 2)).status_code == 200
    assert await states(desk, cards) == ["blocked", "at_desk"]
    # Unblocked it would be called printed for ever: its file was received long ago.
    free = {"change_id": str(new_id()), "act": "unblock", "reason": "found"}
    other = bearer("card_desk", subject="clerk-2")
    assert (await client.post(path, json=free, headers=other)).status_code == 200
    assert await states(desk, cards) == ["printed", "at_desk"]
    assert await desk.do(receive_unblocked) == 1
    assert await states(desk, cards) == ["at_desk", "at_desk"]


class Undone(Exception):
    """What a transaction ends with that is to leave nothing behind."""


async def test_what_the_older_program_printed_is_at_a_desk_once_it_is_unblocked(desk):
    (card,) = await a_village_of_cards(desk, "62.08.02.2003", ["AMIR"])
    lines = """
        INSERT INTO card_changes (card_id, version, state, old_state, reason, actor, actor_name,
            place) VALUES (:id, 3, 'printed', 'signed', '', 'a', 'a', '62'),
            (:id, 4, 'blocked', 'printed', 'lost', 'b', 'b', '62'),
            (:id, 5, 'printed', 'blocked', 'found', 'c', 'c', '62')
    """
    after = "SELECT state, place, reason FROM card_changes WHERE card_id = :id AND version = 6"

    async def unblocked(tx):
        one = {"id": card.card_id}
        # As it was when such a step was lawful.
        await tx.execute(
            text("ALTER TABLE card_changes DROP CONSTRAINT ck_card_changes_transition")
        )
        await tx.execute(text(lines), one)
        state = "UPDATE cards SET state = 'printed', version = 5 WHERE card_id = :id"
        await tx.execute(text(state), one)
        assert await receive_unblocked(tx) == 1
        (line,) = (await tx.execute(text(after), one)).all()
        assert tuple(line) == ("at_desk", card.region_code, "printed_before_counts")
        raise Undone

    with pytest.raises(Undone):
        await desk.do(unblocked)


COUNT = (
    "INSERT INTO print_counts (batch_id, part, count_id, request_hash, cards_in_file, good,"
    " spoiled, requested_by, counted_at, counted_by, counted_by_name) VALUES"
    " (:id, 1, gen_random_uuid(), '', {in_file}, {good}, 0, '{asked}', now(), '{by}', 'x')"
)
RECEIPT = (
    "INSERT INTO print_receipts (batch_id, part, receipt_id, request_hash, place, expected,"
    " received, missing, counted_by, received_at, received_by, received_by_name) VALUES"
    " (:id, 1, gen_random_uuid(), '', '62', {n}, {n}, 0, '{counted}', now(), '{by}', 'x')"
)


async def test_the_database_refuses_counts_by_the_same_person_and_sums_that_are_wrong(desk, client):
    batch_id, _ = await a_taken_batch(desk, client, "62.08.03.2001", ["AMIR", "BUDI"])
    for wrong in (
        # By the requester, by one who says that another asked, and of cards that are not there.
        COUNT.format(in_file=2, good=2, asked="printer-1", by="printer-1"),
        COUNT.format(in_file=2, good=2, asked="somebody", by="printer-1"),
        COUNT.format(in_file=3, good=3, asked="printer-1", by="printer-2"),
        COUNT.format(in_file=2, good=1, asked="printer-1", by="printer-2"),
        RECEIPT.format(n=2, counted="printer-2", by="clerk-1"),
    ):
        with pytest.raises(DBAPIError, match=r"violates (check|foreign key) constraint"):
            await desk.rows(wrong, id=batch_id)
    await count(client, batch_id, 2)
    for wrong in (
        RECEIPT.format(n=2, counted="printer-2", by="printer-2"),
        RECEIPT.format(n=2, counted="another", by="printer-2"),
        RECEIPT.format(n=1, counted="printer-2", by="clerk-1"),
    ):
        with pytest.raises(DBAPIError, match=r"violates (check|foreign key) constraint"):
            await desk.rows(wrong, id=batch_id)
    for change in ("UPDATE print_counts SET good = 0", "DELETE FROM print_counts"):
        with pytest.raises(DBAPIError, match="append-only"):
            await desk.rows(change)


async def test_the_forms_keep_what_was_typed_and_say_what_is_wrong(desk, client):
    batch_id, cards = await a_taken_batch(desk, client, "62.08.04.2001", ["AMIR", "BUDI"])
    number = numbers_of(cards)[0]
    path = f"/prints/{batch_id}/parts/1"
    html, desk_html = {**COUNTER, "accept": "text/html"}, {**CLERK, "accept": "text/html"}
    mine = await client.get(path, headers={**PRINTER, "accept": "text/html"})
    assert "Orang lain yang menghitung" in mine.text
    form = {"count_id": str(new_id()), "good": "2", "chosen": [number]}
    wrong = await client.post(f"{path}/count", data=form, headers=html)
    assert wrong.status_code == 422
    assert "selisih -1" in wrong.text
    assert f'value="{number}" checked' in wrong.text
    right = await client.post(f"{path}/count", data={**form, "good": "1"}, headers=html)
    assert right.headers["location"] == f"{path}?done=counted"
    page = await client.get(right.headers["location"], headers=desk_html)
    assert "harus dimusnahkan" in page.text
    form = {"receipt_id": str(new_id()), "received": "1", "numbers": "ABC"}
    wrong = await client.post(f"{path}/receipt", data=form, headers=desk_html)
    assert (wrong.status_code, "“ABC” bukan nomor kartu" in wrong.text) == (422, True)
    form = {"receipt_id": str(new_id()), "received": "1"}
    right = await client.post(f"{path}/receipt", data=form, headers=desk_html)
    assert right.headers["location"] == f"{path}?done=received"
    none = await client.post(f"{path}/destruction", headers=html)
    assert (none.status_code, "Belum ada kartu yang dipilih" in none.text) == (422, True)
    assert "harus dimusnahkan" in none.text
    form = {"card_ids": [cards[0].card_id]}
    gone = await client.post(f"{path}/destruction", data=form, headers=html)
    assert "dimusnahkan" in (await client.get(gone.headers["location"], headers=html)).text
