"""Print batches in a test: cards that wait, files that are made, and who does what with them."""

from tests.clients import bearer
from tests.issuance.builders import an_approval, an_enrolment

from common.card_number import card_number
from common.ids import new_id
from common.sealed import Sealer
from issuance.printing.make_sheets import make_next_file

PRINTER = bearer("print_shop", subject="printer-1")
COUNTER = bearer("print_shop", subject="printer-2")
CLERK = bearer("card_desk", subject="clerk-1")
BATCHES = "/v1/print-batches"


async def a_village_of_cards(desk, village, names):
    """Signed cards of new households, in the order of the names."""
    enrolments = [an_enrolment(name, region_code=village) for name in names]
    assert await desk.hear(an_approval(enrolments))
    await desk.sign()
    return [await desk.card_of(one.household_id) for one in enrolments]


def sealer_of(desk):
    return Sealer(desk.settings.sealing_key.get_secret_value())


async def ask(client, region, *, batch_id=None, who=PRINTER, **others):
    body = {"batch_id": str(batch_id or new_id()), "region_code": region, **others}
    return await client.post(BATCHES, json=body, headers=who)


async def batch_of(client, batch_id, who=PRINTER):
    return (await client.get(f"{BATCHES}/{batch_id}", headers=who)).json()


async def take(client, batch_id, *, part=1, reason="", download_id=None, who=PRINTER):
    body = {"download_id": str(download_id or new_id()), "reason": reason}
    path = f"{BATCHES}/{batch_id}/parts/{part}/downloads"
    return await client.post(path, json=body, headers=who)


async def count(client, batch_id, good, spoiled=(), *, part=1, count_id=None, who=COUNTER):
    body = {"count_id": str(count_id or new_id()), "good": good, "spoiled": list(spoiled)}
    path = f"{BATCHES}/{batch_id}/parts/{part}/counts"
    return await client.post(path, json=body, headers=who)


async def receive(client, batch_id, received, missing=(), *, receipt_id=None, who=CLERK, **others):
    body = {"receipt_id": str(receipt_id or new_id()), "received": received, **others}
    path = f"{BATCHES}/{batch_id}/parts/1/receipts"
    return await client.post(path, json={**body, "missing": list(missing)}, headers=who)


async def a_made_batch(desk, client, village, names):
    """A batch of one file that is there; its id and its cards."""
    cards = await a_village_of_cards(desk, village, names)
    batch_id = (await ask(client, village)).json()["batch_id"]
    assert await make_next_file(desk.engine, sealer_of(desk)) == f"{batch_id}/1"
    return batch_id, cards


async def a_taken_batch(desk, client, village, names):
    """A batch of one file that was downloaded once."""
    batch_id, cards = await a_made_batch(desk, client, village, names)
    assert (await take(client, batch_id)).status_code == 200
    return batch_id, cards


async def states(desk, cards):
    return [
        (await desk.rows("SELECT state FROM cards WHERE card_id = :id", id=card.card_id))[0][0]
        for card in cards
    ]


def numbers_of(cards):
    return [card_number(card.card_id) for card in cards]
