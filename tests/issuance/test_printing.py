"""From signed cards to files with their hashes on record: nothing printed twice, nothing lost."""

import asyncio
import hashlib
import os
import subprocess
import sys

import pypdfium2
from tests.clients import bearer, key_text
from tests.issuance.prints import (
    BATCHES,
    CLERK,
    PRINTER,
    a_village_of_cards,
    ask,
    batch_of,
    sealer_of,
    states,
    take,
)

from common.ids import new_id
from issuance.cards.order import head_name_context
from issuance.printing import request_batch, take_part
from issuance.printing.draw_files import draw_part
from issuance.printing.make_sheets import make_all_files, make_next_file, order_of
from issuance.printing.release import bring_back_strays
from issuance.printing.rules import TRIES_MAX
from issuance.printing.take_part import store_file
from issuance.printing.take_part import take_part as take_next


async def block(client, card, act="block", reason="lost", who=CLERK):
    body = {"change_id": str(new_id()), "act": act, "reason": reason}
    path = f"/v1/cards/{card.card_id}/status-changes"
    answer = await client.post(path, json=body, headers=who)
    assert answer.status_code == 200, answer.text


async def test_cards_are_printed_once_and_only_when_their_file_exists(desk, client):
    (card,) = await a_village_of_cards(desk, "62.03.01.2002", ["AMIR"])
    first = await ask(client, "62.03.01.2002")
    batch_id = first.json()["batch_id"]
    assert (first.status_code, first.json()["state"]) == (202, "queued")
    assert await states(desk, [card]) == ["in_print"]
    assert (await take(client, batch_id)).json()["code"] == "print_not_ready"
    second = await ask(client, "62.03.01.2002")
    assert (second.status_code, second.json()["code"]) == (409, "nothing_to_print")
    await make_next_file(desk.engine, sealer_of(desk))
    assert await states(desk, [card]) == ["printed"]
    (part,) = (await batch_of(client, batch_id))["parts"]
    file = await take(client, batch_id)
    assert hashlib.sha256(file.content).hexdigest() == part["sha256"]
    assert (part["cards_in_file"], part["file_bytes"]) == (1, len(file.content))
    assert len(pypdfium2.PdfDocument(file.content)) == 2


async def test_the_same_wish_twice_is_one_batch_and_another_under_its_id_is_refused(desk, client):
    await a_village_of_cards(desk, "62.03.01.2003", ["AMIR", "BUDI"])
    batch_id = new_id()
    first = await ask(client, "62.03.01.2003", batch_id=batch_id)
    again = await ask(client, "62.03.01.2003", batch_id=batch_id)
    assert first.json() == again.json()
    for other in ({"kind": "bureau"}, {"duplex": "short_edge"}, {"card_id": "00" * 8}):
        answer = await ask(client, "62.03.01.2003", batch_id=batch_id, **other)
        assert answer.json()["code"] == "id_reused"
    await make_next_file(desk.engine, sealer_of(desk))


async def test_two_who_ask_at_once_never_get_the_same_card(desk, client):
    cards = await a_village_of_cards(desk, "62.03.02.2001", [f"ORANG {n}" for n in range(12)])
    answers = await asyncio.gather(*(ask(client, "62.03.02.2001") for _ in range(4)))
    made = [one.json() for one in answers if one.status_code == 202]
    refused = [one.json()["code"] for one in answers if one.status_code != 202]
    assert sum(one["cards"] for one in made) == len(cards)
    assert set(refused) <= {"nothing_to_print"}
    twice = await desk.rows(
        "SELECT card_id FROM print_batch_cards WHERE card_id = ANY(:ids) GROUP BY 1"
        " HAVING count(*) > 1",
        ids=[card.card_id for card in cards],
    )
    assert twice == []
    assert set(await states(desk, cards)) == {"in_print"}
    await make_all_files(desk.engine, sealer_of(desk))


async def test_a_regency_becomes_files_of_one_district_each_in_order_of_village_and_name(
    desk, client, monkeypatch
):
    monkeypatch.setattr(request_batch, "CARDS_PER_FILE_MAX", 2)
    for village, names in {
        "62.04.01.2002": ["ZAINAB", "AMIR", "MADE"],
        "62.04.01.2001": ["BUDI"],
        "62.04.02.2001": ["CITRA"],
    }.items():
        await a_village_of_cards(desk, village, names)
    batch = (await ask(client, "62.04")).json()
    regions = [part["region_code"] for part in batch["parts"]]
    assert regions == ["62.04.01", "62.04.01.2002", "62.04.02.2001"]
    rows = await desk.rows(
        "SELECT part, h.household_id, h.sealed_head_name FROM print_batch_cards p"
        " JOIN cards USING (card_id) JOIN card_households h USING (household_id)"
        " WHERE batch_id = CAST(:id AS uuid) ORDER BY part, position",
        id=batch["batch_id"],
    )
    sealer = sealer_of(desk)
    printed = [
        (row.part, sealer.open_text(row.sealed_head_name, head_name_context(row.household_id)))
        for row in rows
    ]
    assert printed == [(1, "BUDI"), (1, "AMIR"), (2, "MADE"), (2, "ZAINAB"), (3, "CITRA")]
    # Three wait, so they are drawn in processes of their own.
    assert await make_all_files(desk.engine, sealer) == 3
    after = await batch_of(client, batch["batch_id"])
    assert after["state"] == "printed"
    assert len({part["sha256"] for part in after["parts"]}) == 3


async def test_the_same_file_drawn_again_is_the_same_bytes_also_after_a_crash_in_between(
    desk, client
):
    await a_village_of_cards(desk, "62.03.01.2005", ["AMIR", "BUDI", "CITRA"])
    batch_id = (await ask(client, "62.03.01.2005")).json()["batch_id"]
    sealer = sealer_of(desk)
    lost = await take_next(desk.engine, "sheets")
    assert lost
    drawn = draw_part(order_of(lost, sealer)).content
    # Its worker dies here: nobody else takes the file until its time is over.
    assert await make_next_file(desk.engine, sealer) is None
    assert (await batch_of(client, batch_id))["state"] == "queued"
    await desk.rows("UPDATE print_parts SET taken_until = now() RETURNING 1")
    assert await make_next_file(desk.engine, sealer) == f"{batch_id}/1"
    file = await take(client, batch_id)
    assert file.content == drawn
    # The one that was thought dead comes late: what is there stays.
    assert await store_file(desk.engine, sealer, lost, b"something else")
    assert (await take(client, batch_id, reason="file_lost")).content == drawn


def a_worker(desk):
    environment = {
        **os.environ,
        "DATABASE_URL": desk.settings.database_url,
        "SEALING_KEY": key_text(1),
    }
    code = (
        "import asyncio, os, sys\n"
        "from sqlalchemy.ext.asyncio import create_async_engine\n"
        "from common.sealed import Sealer\n"
        "from common.settings import decode_key\n"
        "from issuance.printing.make_sheets import make_next_file\n"
        "async def main():\n"
        "    engine = create_async_engine(os.environ['DATABASE_URL'])\n"
        "    sealer = Sealer(decode_key(os.environ['SEALING_KEY']))\n"
        "    while await make_next_file(engine, sealer):\n"
        "        print('made', flush=True)\n"
        "asyncio.run(main())\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
    )


async def test_a_worker_killed_in_the_middle_leaves_whole_files_and_the_next_one_goes_on(
    desk, client, monkeypatch
):
    monkeypatch.setattr(request_batch, "CARDS_PER_FILE_MAX", 3)
    cards = await a_village_of_cards(desk, "62.03.03.2001", [f"ORANG {n:03}" for n in range(24)])
    batch_id = (await ask(client, "62.03.03.2001")).json()["batch_id"]
    with a_worker(desk) as worker:
        await asyncio.to_thread(worker.stdout.readline)
        worker.kill()
    halfway = await batch_of(client, batch_id)
    made = {part["part"]: part["sha256"] for part in halfway["parts"] if part["sha256"]}
    assert 1 <= len(made) < 8
    printed = (await states(desk, cards)).count("printed")
    assert printed == 3 * len(made)
    await desk.rows("UPDATE print_parts SET taken_until = now() RETURNING 1")
    while await make_next_file(desk.engine, sealer_of(desk)):
        pass
    after = await batch_of(client, batch_id)
    assert after["state"] == "printed"
    assert {part["part"]: part["sha256"] for part in after["parts"]}.items() >= made.items()
    assert set(await states(desk, cards)) == {"printed"}


async def test_a_file_that_cannot_be_drawn_is_shown_tried_again_and_holds_up_nobody(desk, client):
    bad = (await a_village_of_cards(desk, "62.03.04.2001", ["AMIR"]))[0]
    batch_id = (await ask(client, "62.03.04.2001")).json()["batch_id"]
    sealed = (
        await desk.rows("SELECT sealed_token FROM cards WHERE card_id = :id", id=bad.card_id)
    )[0].sealed_token
    spoil = "UPDATE cards SET sealed_token = :token WHERE card_id = :id RETURNING 1"
    await desk.rows(spoil, token=b"not sealed", id=bad.card_id)
    other = await a_made_batch_beside(desk, client, "62.03.04.2002")
    assert (await batch_of(client, other))["state"] == "printed"
    for _ in range(TRIES_MAX):
        await make_next_file(desk.engine, sealer_of(desk))
    failed = await batch_of(client, batch_id)
    assert (failed["state"], failed["parts"][0]["failure"]) == ("failed", "SealBroken")
    assert await states(desk, [bad]) == ["in_print"]
    page = await client.get(f"/prints/{batch_id}", headers={**PRINTER, "accept": "text/html"})
    assert "Coba lagi" in page.text
    await desk.rows(spoil, token=sealed, id=bad.card_id)
    again = await client.post(f"{BATCHES}/{batch_id}/retries", headers=PRINTER)
    assert again.json()["state"] == "queued"
    await make_next_file(desk.engine, sealer_of(desk))
    assert (await batch_of(client, batch_id))["state"] == "printed"


async def a_made_batch_beside(desk, client, village):
    """A batch that is made although an older one cannot be."""
    await a_village_of_cards(desk, village, ["BUDI"])
    batch_id = (await ask(client, village)).json()["batch_id"]
    await make_next_file(desk.engine, sealer_of(desk))
    return batch_id


async def test_a_file_that_stops_its_worker_again_and_again_is_left_for_a_person(desk, client):
    await a_village_of_cards(desk, "62.03.04.2003", ["AMIR"])
    batch_id = (await ask(client, "62.03.04.2003")).json()["batch_id"]
    for _ in range(TRIES_MAX):
        assert await take_next(desk.engine, "sheets") is not None
        await desk.rows("UPDATE print_parts SET taken_until = now() RETURNING 1")
    assert await take_next(desk.engine, "sheets") is None
    part = (await batch_of(client, batch_id))["parts"][0]
    assert (part["state"], part["failure"]) == ("failed", take_part.STOPPED)
    await client.post(f"{BATCHES}/{batch_id}/cancellations", headers=PRINTER)


async def test_what_is_not_yet_made_can_be_cancelled_and_its_cards_wait_again(
    desk, client, monkeypatch
):
    monkeypatch.setattr(request_batch, "CARDS_PER_FILE_MAX", 1)
    cards = await a_village_of_cards(desk, "62.03.05.2001", ["AMIR", "BUDI", "CITRA"])
    batch_id = (await ask(client, "62.03.05.2001")).json()["batch_id"]
    await make_next_file(desk.engine, sealer_of(desk))
    await block(client, cards[2])
    cancelled = await client.post(f"{BATCHES}/{batch_id}/cancellations", headers=PRINTER)
    assert [part["state"] for part in cancelled.json()["parts"]] == [
        "printed",
        "cancelled",
        "cancelled",
    ]
    assert await states(desk, cards) == ["printed", "signed", "blocked"]
    again = await client.post(f"{BATCHES}/{batch_id}/cancellations", headers=PRINTER)
    assert again.json() == cancelled.json()
    await block(client, cards[2], "unblock", "found", who=bearer("card_desk", subject="clerk-9"))
    assert (await ask(client, "62.03.05.2001")).json()["cards"] == 2
    while await make_next_file(desk.engine, sealer_of(desk)):
        pass
    assert await states(desk, cards) == ["printed"] * 3
    whole = await client.post(f"{BATCHES}/{batch_id}/retries", headers=PRINTER)
    assert whole.json()["state"] == "printed"


async def test_a_card_blocked_meanwhile_is_left_out_and_named_also_while_the_file_is_drawn(
    desk, client
):
    early, late, good = await a_village_of_cards(desk, "62.03.01.2007", ["AMIR", "BUDI", "CITRA"])
    batch_id = (await ask(client, "62.03.01.2007")).json()["batch_id"]
    await block(client, early)
    sealer = sealer_of(desk)
    taken = await take_next(desk.engine, "sheets")
    assert taken
    content = draw_part(order_of(taken, sealer)).content
    await block(client, late)
    assert not await store_file(desk.engine, sealer, taken, content)
    await make_next_file(desk.engine, sealer)
    part = (await batch_of(client, batch_id))["parts"][0]
    assert (part["cards"], part["cards_in_file"], part["left_out"]) == (3, 1, 2)
    listed = await client.get(f"{BATCHES}/{batch_id}/parts/1/cards", headers=PRINTER)
    assert [one["left_out"] for one in listed.json()] == ["blocked", "blocked", ""]
    assert await states(desk, [early, late, good]) == ["blocked", "blocked", "printed"]


async def test_a_card_that_came_back_and_was_claimed_anew_is_in_one_file_only(desk, client):
    card, stays = await a_village_of_cards(desk, "62.03.07.2001", ["AMIR", "BUDI"])
    first = (await ask(client, "62.03.07.2001")).json()["batch_id"]
    taken = await take_next(desk.engine, "sheets")
    assert taken
    content = draw_part(order_of(taken, sealer_of(desk))).content
    await block(client, card)
    await block(client, card, "unblock", "found", who=bearer("card_desk", subject="clerk-9"))
    second = (await ask(client, "62.03.07.2001")).json()["batch_id"]
    # Both cards are in print, but the first file, already drawn, may no longer hold this one.
    assert await states(desk, [card, stays]) == ["in_print", "in_print"]
    assert not await store_file(desk.engine, sealer_of(desk), taken, content)
    while await make_next_file(desk.engine, sealer_of(desk)):
        pass
    held = [(await batch_of(client, one))["parts"][0]["cards_in_file"] for one in (first, second)]
    assert held == [1, 1]


async def test_a_card_in_print_for_which_no_file_is_to_come_waits_again(desk, client):
    (card,) = await a_village_of_cards(desk, "62.03.07.2002", ["AMIR"])
    batch_id = (await ask(client, "62.03.07.2002")).json()["batch_id"]
    assert await desk.do(bring_back_strays) == 0
    await desk.rows(
        "UPDATE print_parts SET state = 'empty' WHERE batch_id = CAST(:id AS uuid) RETURNING 1",
        id=batch_id,
    )
    assert await desk.do(bring_back_strays) == 1
    assert await states(desk, [card]) == ["signed"]


async def test_a_file_of_which_no_card_is_left_is_empty_and_nothing_is_called_printed(desk, client):
    (card,) = await a_village_of_cards(desk, "62.03.01.2008", ["AMIR"])
    batch_id = (await ask(client, "62.03.01.2008")).json()["batch_id"]
    await block(client, card)
    await make_next_file(desk.engine, sealer_of(desk))
    assert (await batch_of(client, batch_id))["state"] == "empty"
    assert await states(desk, [card]) == ["blocked"]
