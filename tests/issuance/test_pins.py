"""The pad: a PIN goes sealed to redemption, stays nowhere here, and easy ones are refused."""

import json
import re
from datetime import timedelta

import httpx2 as httpx
import pytest
from argon2 import PasswordHasher, extract_parameters
from tests.clients import bearer
from tests.issuance.builders import PIN_PRIVATE_KEY, Desk

from common import clock
from common.card_number import card_number
from common.events import CardPinLockedV1, CardPinSetV1, enclose
from common.ids import new_id
from common.sealed_to import Opener
from issuance.pins.handlers import on_pin_locked
from issuance.pins.rules import weakness
from issuance.pins.set_pin import HASHER

PIN, OTHER_PIN = "482913", "739164"
CLERK = {**bearer("card_desk", subject="clerk-1"), "accept": "text/html"}
COLLEAGUE = {**bearer("card_desk", subject="clerk-2"), "accept": "text/html"}


async def a_pad(client: httpx.AsyncClient, card, **form: str) -> str:
    """Open a pad for a card and return its id."""
    pad_id = str(new_id())
    answer = await client.post(
        f"/cards/families/{card.household_id}/pin",
        data={"pad_id": pad_id, "card_id": card.card_id, **form},
        headers=CLERK,
    )
    assert answer.status_code == 303, answer.text
    return pad_id


async def types(
    client: httpx.AsyncClient, pad_id: str, pin: str, again: str = ""
) -> httpx.Response:
    return await client.post(
        f"/pin-pads/{pad_id}", data={"pin": pin, "again": again or pin}, headers=CLERK
    )


async def told_of(desk: Desk, card) -> list[tuple[int, CardPinSetV1]]:
    rows = await desk.rows(
        "SELECT envelope FROM outbox WHERE subject = :s ORDER BY position",
        s=f"card_pin:{card.card_id}",
    )
    found = [json.loads(row.envelope) for row in rows]
    return [(one["sequence"], CardPinSetV1.model_validate(one["data"])) for one in found]


async def test_what_redemption_is_told_opens_there_only_and_fits_the_pin(desk: Desk, client):
    card = await desk.a_card(state="at_desk")
    answer = await types(client, await a_pad(client, card), PIN)
    assert answer.status_code == 303
    ((sequence, event),) = await told_of(desk, card)
    assert (sequence, event.card_id, event.household_id) == (1, card.card_id, card.household_id)
    opened = Opener(PIN_PRIVATE_KEY).open_json(event.sealed, f"card_pin:{card.card_id}")
    assert PasswordHasher().verify(opened["argon2id"], PIN)
    cost = extract_parameters(opened["argon2id"])
    assert (cost.time_cost, cost.memory_cost, cost.parallelism) == (3, 32 * 1024, 1)


async def test_nothing_of_a_pin_is_left_in_database_log_or_page(
    desk: Desk, client, capsys: pytest.CaptureFixture[str]
):
    card = await desk.a_card(state="at_desk")
    pad_id = await a_pad(client, card)
    pages = [
        await types(client, pad_id, PIN, OTHER_PIN),
        await types(client, pad_id, PIN + OTHER_PIN),
        await types(client, pad_id, PIN * 40),
        await types(client, pad_id, PIN),
        await client.get(f"/pin-pads/{pad_id}", headers=CLERK),
        await client.get(f"/cards/families/{card.household_id}", headers=CLERK),
    ]
    assert [one.status_code for one in pages] == [422, 422, 422, 303, 200, 200]
    written = "".join(one.text + str(one.headers) + str(one.url) for one in pages)
    output = capsys.readouterr()
    tables = await desk.rows("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public'")
    dumped = [
        str(await desk.rows(f"SELECT t::text AS line FROM {one.relname} t"))  # noqa: S608
        for one in tables
    ]
    for text in (written, output.out, output.err, *dumped):
        # Never as a number of its own; inside a random hex or id it may stand by chance.
        assert not re.search(rf"(?<![0-9a-fA-F]){PIN}(?![0-9a-fA-F])", text)
        assert "$argon2id$" not in text


async def test_the_same_sending_twice_sets_one_pin(desk: Desk, client):
    card = await desk.a_card(state="at_desk")
    pad_id = await a_pad(client, card)
    assert (await types(client, pad_id, PIN)).status_code == 303
    assert (await types(client, pad_id, OTHER_PIN)).status_code == 303
    assert len(await told_of(desk, card)) == 1


async def test_changing_a_pin_needs_a_document_and_is_a_newer_event(desk: Desk, client):
    card = await desk.a_card(state="at_desk")
    await types(client, await a_pad(client, card), PIN)
    refused = await client.post(
        f"/cards/families/{card.household_id}/pin",
        data={"pad_id": str(new_id()), "card_id": card.card_id},
        headers=CLERK,
    )
    assert refused.status_code == 422
    assert "Dokumen belum dilihat" in refused.text
    await types(client, await a_pad(client, card, document="ktp"), OTHER_PIN)
    assert [sequence for sequence, _ in await told_of(desk, card)] == [1, 2]


@pytest.mark.parametrize("state", ["signed", "in_print"])
async def test_a_card_that_is_not_there_yet_has_no_pin(desk: Desk, client, state: str):
    card = await desk.a_card(state=state)
    answer = await client.post(
        f"/cards/families/{card.household_id}/pin",
        data={"pad_id": str(new_id()), "card_id": card.card_id},
        headers=CLERK,
    )
    assert answer.status_code == 422
    assert "PIN diatur setelah kartu dicetak" in answer.text


async def test_a_pad_belongs_to_its_clerk_and_ends_after_minutes(
    desk: Desk, client, monkeypatch: pytest.MonkeyPatch
):
    card = await desk.a_card(state="at_desk")
    pad_id = await a_pad(client, card)
    assert (await client.get(f"/pin-pads/{pad_id}", headers=COLLEAGUE)).status_code == 404
    later = clock.utc_now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "utc_now", lambda: later)
    assert "Waktunya sudah habis" in (await client.get(f"/pin-pads/{pad_id}", headers=CLERK)).text
    assert (await types(client, pad_id, PIN)).status_code == 410
    assert await told_of(desk, card) == []


async def test_a_code_opens_another_screen_once_and_needs_no_account(desk: Desk, client):
    card = await desk.a_card(state="at_desk")
    pad_id = await a_pad(client, card, where="there")
    shown = (await client.get(f"/pin-pads/{pad_id}", headers=CLERK)).text
    code = re.search(r'pad-code">([0-9A-Z-]+)<', shown)[1]  # type: ignore[index]
    assert (await client.post("/pin", data={"code": "22222222"})).status_code == 404
    opened = await client.post("/pin", data={"code": code.lower()}, headers={"accept": "text/html"})
    assert (await client.post("/pin", data={"code": code})).status_code == 404
    screen = re.search(r'name="screen" value="([^"]+)"', opened.text)[1]  # type: ignore[index]
    weak = await client.post(
        "/pin/set", data={"screen": screen, "pin": "111111", "again": "111111"}
    )
    assert weak.status_code == 422
    done = await client.post("/pin/set", data={"screen": screen, "pin": PIN, "again": PIN})
    assert "PIN sudah diatur" in done.text
    assert len(await told_of(desk, card)) == 1
    page = await client.get(f"/pin-pads/{pad_id}", headers=CLERK)
    assert page.headers["location"].endswith("?done=pin")
    # The screen's word is spent too: it sets nothing more.
    await client.post("/pin/set", data={"screen": screen, "pin": OTHER_PIN, "again": OTHER_PIN})
    assert len(await told_of(desk, card)) == 1


async def test_a_clerk_cannot_choose_before_the_family_on_a_pad_of_its_own_screen(
    desk: Desk, client
):
    card = await desk.a_card(state="at_desk")
    pad_id = await a_pad(client, card, where="there")
    shown = (await client.get(f"/pin-pads/{pad_id}", headers=CLERK)).text
    assert (await types(client, pad_id, OTHER_PIN)).status_code == 404
    code = re.search(r'pad-code">([0-9A-Z-]+)<', shown)[1]  # type: ignore[index]
    opened = await client.post("/pin", data={"code": code}, headers={"accept": "text/html"})
    assert (await types(client, pad_id, OTHER_PIN)).status_code == 404
    screen = re.search(r'name="screen" value="([^"]+)"', opened.text)[1]  # type: ignore[index]
    await client.post("/pin/set", data={"screen": screen, "pin": PIN, "again": PIN})
    ((_, event),) = await told_of(desk, card)
    kept = Opener(PIN_PRIVATE_KEY).open_json(event.sealed, f"card_pin:{card.card_id}")
    assert PasswordHasher().verify(kept["argon2id"], PIN)


async def test_pads_show_their_digits_in_different_orders(desk: Desk, client):
    card = await desk.a_card(state="at_desk")
    pad_id = await a_pad(client, card)
    orders = set()
    for _ in range(6):
        page = (await client.get(f"/pin-pads/{pad_id}", headers=CLERK)).text
        digits = re.findall(r'data-digit="(\d)"', page)
        assert sorted(digits) == list("0123456789")
        orders.add("".join(digits))
    assert len(orders) > 1


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ("000000", "repeated"),
        ("345678", "in_a_row"),
        ("890123", "in_a_row"),
        ("987654", "in_a_row"),
        ("121212", "pairs"),
        ("274274", "pairs"),
        ("334455", "pairs"),
        ("271172", "pairs"),
        ("619853", "year"),
        ("420116", "year"),
        ("170845", "date"),
        ("850917", "date"),
        ("159753", "common"),
        ("482913", None),
        ("739164", None),
    ],
)
def test_easy_pins_are_known_by_name(pin: str, why: str | None):
    assert weakness(pin, "ffffffffffffffff") == why


def test_digits_that_stand_on_the_card_are_refused():
    # Number 0J6HB-7H75C-1JZ1-like: its digits in a row, without the letters between them.
    card_id = "0123456789abcdef"
    digits = re.sub(r"\D", "", card_number(card_id))
    on_it = [digits[at : at + 6] for at in range(len(digits) - 5)]
    assert on_it
    assert all(weakness(one, card_id) for one in on_it)


def test_most_pins_are_left_to_choose_from():
    refused = sum(
        weakness(f"{number:06}", "ffffffffffffffff") is not None for number in range(0, 10**6, 97)
    )
    assert refused < 0.12 * (10**6 / 97)


def test_hashing_is_argon2id():
    assert HASHER.hash(PIN).startswith("$argon2id$")


async def test_a_pin_that_was_locked_at_a_counter_is_shown_until_another_is_set(desk: Desk, client):
    card = await desk.a_card(state="active")
    await types(client, await a_pad(client, card), PIN)
    locked = CardPinLockedV1(
        card_id=card.card_id,
        household_id=card.household_id,
        pin_sequence=1,
        locked_at=clock.utc_now(),
    )
    told = enclose(
        locked, event_id=new_id(), source="test", subject=card.card_id, sequence=1,
        time=clock.utc_now(),
    )  # fmt: skip
    for _ in range(2):
        async with desk.engine.begin() as tx:
            await on_pin_locked(tx, locked, told)
    page = f"/cards/families/{card.household_id}"
    assert "PIN terkunci" in (await client.get(page, headers=CLERK)).text
    assert (
        await types(client, await a_pad(client, card, document="ktp"), OTHER_PIN)
    ).status_code == 303
    after = (await client.get(page, headers=CLERK)).text
    assert "PIN terkunci" not in after
    assert "PIN diatur" in after
