"""At the counter: the PIN, the person, the goods, who collects, and the receipt to keep."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

import httpx2 as httpx
import pytest
from argon2 import PasswordHasher
from PIL import Image
from sqlalchemy import text
from tests.redemption.a_terminal import a_terminal
from tests.redemption.world import (
    FOOD_POINT,
    MARKET,
    NOW,
    Card,
    World,
    a_benefit,
    an_operator,
    body_of,
    envelope,
    left,
)

from common import events
from common.ids import new_id
from common.sealed_to import SealedTo, public_key_of
from common.worker import deliver
from redemption.pins import try_pin
from redemption.pins.handlers import handlers
from redemption.pins.rules import ATTEMPTS
from redemption.redeeming.receipt_picture import initials_of

REDEEM = "/v1/redemptions"
PRIVATE = bytes(range(32))
CHEAP = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
PIN, WRONG = "483926", "111222"

Knows = Callable[[Card], Awaitable[None]]


@pytest.fixture
def chooses(world: World) -> Knows:
    """A family chooses the PIN of its card at the desk."""
    own = world.settings.model_copy(
        update={"pin_private_key": type(world.settings.sealing_key)(PRIVATE)}
    )

    async def choose(card: Card) -> None:
        sealed = SealedTo(public_key_of(PRIVATE)).seal_json(
            {"argon2id": CHEAP.hash(PIN)}, f"card_pin:{card.card_id}"
        )
        event = events.CardPinSetV1(
            card_id=card.card_id, household_id=card.household_id, sealed=sealed, set_at=NOW
        )
        assert await deliver(world.engine, handlers(own), envelope(event))

    return choose


async def failures(world: World, card: Card) -> list[tuple[int, str]]:
    async with world.engine.connect() as tx:
        sql = (
            "SELECT attempts_left, operator FROM pin_failures WHERE card_id = :c "
            "ORDER BY attempts_left DESC"
        )
        return [tuple(row) for row in await tx.execute(text(sql), {"c": card.card_id})]


def with_pin(card: Card, approved: Any, pin: str | None, **changes: Any) -> dict[str, Any]:
    return body_of(card, approved, holder_check="pin_right", pin=pin, **changes)


async def test_a_right_pin_gives_and_a_repeat_is_answered_without_counting(
    world: World, client: httpx.AsyncClient, chooses: Knows
):
    family, approved = await world.a_family(a_benefit(quantity=5))
    await chooses(family)
    headers = an_operator()
    shown = (
        await client.post("/v1/card-checks", json={"card": family.token}, headers=headers)
    ).json()
    assert shown["pin"] == "set"
    body = with_pin(family, approved, PIN)
    first = await client.post(REDEEM, json=body, headers=headers)
    assert first.status_code == 201, first.text
    # Whoever repeats the act has typed it before: even a wrong PIN is not looked at.
    for again in (body, {**body, "pin": WRONG}, {**body, "pin": None}):
        repeat = await client.post(REDEEM, json=again, headers=headers)
        assert repeat.content == first.content
    assert await failures(world, family) == []


async def test_wrong_pins_are_counted_once_an_act_then_lock_and_the_name_still_helps(
    world: World, client: httpx.AsyncClient, chooses: Knows
):
    family, approved = await world.a_family()
    await chooses(family)
    headers = an_operator(subject="0193-penjaga")
    body = with_pin(family, approved, WRONG)
    for _ in range(3):  # The network failed twice: the family has tried once.
        answer = await client.post(REDEEM, json=body, headers=headers)
        found = answer.json()
        assert (found["code"], found["attempts_left"]) == ("pin_wrong", ATTEMPTS - 1)
    for left_over in range(ATTEMPTS - 2, 0, -1):
        wrong = with_pin(family, approved, WRONG)
        answer = await client.post(REDEEM, json=wrong, headers=headers)
        assert answer.json()["attempts_left"] == left_over
    last = with_pin(family, approved, WRONG)
    for body in (last, last, with_pin(family, approved, PIN)):
        locked = (await client.post(REDEEM, json=body, headers=headers)).json()
        assert locked["code"] == "pin_locked"
        assert "loket kartu" in locked["detail"]
    async with world.engine.connect() as tx:
        told = "SELECT event_type FROM outbox WHERE subject = :s"
        found = await tx.execute(text(told), {"s": f"card_pin:{family.card_id}"})
        assert found.scalars().all() == ["card.pin_locked.v1"]
    noted = await failures(world, family)
    assert noted == [(number, "0193-penjaga") for number in range(ATTEMPTS - 1, -1, -1)]
    by_name = await client.post(REDEEM, json=body_of(family, approved), headers=headers)
    assert by_name.status_code == 201


async def test_one_attempt_that_is_sent_twice_at_once_is_one_attempt(
    world: World, client: httpx.AsyncClient, chooses: Knows
):
    card, approved = await world.a_family()
    await chooses(card)
    body = with_pin(card, approved, WRONG)
    headers = an_operator()
    answers = await asyncio.gather(
        *(client.post(REDEEM, json=body, headers=headers) for _ in range(4))
    )
    assert {one.json()["code"] for one in answers} == {"pin_wrong"}
    assert [left for left, _ in await failures(world, card)] == [ATTEMPTS - 1]


@pytest.mark.parametrize("has_terminal", [True, False])
async def test_whoever_tries_pin_after_pin_does_not_lock_the_cards_of_a_village(
    world: World,
    client: httpx.AsyncClient,
    chooses: Knows,
    monkeypatch: pytest.MonkeyPatch,
    has_terminal: bool,
):
    monkeypatch.setattr(try_pin, "FAILURES_MAX", 2)
    (family, approved), (other, _) = await world.a_family(), await world.a_family()
    await chooses(family)
    await chooses(other)
    terminal = await a_terminal(client, FOOD_POINT)
    thief, honest = an_operator(subject=str(new_id())), an_operator()

    async def tries(card: Card, pin: str | None, **headers: str) -> str:
        body = with_pin(card, approved, pin)
        if has_terminal and not headers:
            answer = await terminal.post(REDEEM, body)
        else:
            answer = await client.post(REDEEM, json=body, headers=headers or thief)
        return str(answer.json().get("code"))

    assert [await tries(family, WRONG) for _ in range(2)] == ["pin_wrong"] * 2
    assert [await tries(other, pin) for pin in (WRONG, PIN)] == ["pin_paused"] * 2
    assert await failures(world, other) == []
    # Others go on, and so does whoever compares the name.
    assert await tries(other, WRONG, **honest) == "pin_wrong"
    if has_terminal:
        by_name = await terminal.post(REDEEM, body_of(family, approved))
    else:
        by_name = await client.post(REDEEM, json=body_of(family, approved), headers=thief)
    assert by_name.status_code == 201


async def test_no_attempt_is_counted_for_a_card_that_gets_nothing_here(
    world: World, client: httpx.AsyncClient, chooses: Knows
):
    family, approved = await world.a_family()
    await chooses(family)
    await world.status(family, "suspended", 5)
    answer = await client.post(
        REDEEM, json=with_pin(family, approved, WRONG), headers=an_operator()
    )
    assert answer.json()["code"] == "card_suspended"
    assert await failures(world, family) == []


@pytest.mark.parametrize(("pin", "code"), [(None, "pin_needed"), (PIN, "pin_not_set")])
async def test_a_card_without_a_pin_and_a_form_without_one_are_told_what_to_do(
    world: World, client: httpx.AsyncClient, pin: str | None, code: str
):
    family, approved = await world.a_family()
    answer = await client.post(REDEEM, json=with_pin(family, approved, pin), headers=an_operator())
    assert answer.json()["code"] == code
    assert await left(world, family.household_id) == [(1, 150_000)]


async def test_the_form_comes_back_for_the_same_act_and_gives_without_script(
    world: World, client: httpx.AsyncClient, chooses: Knows
):
    goods = a_benefit(kind="balance", amount_rupiah=90_000, goods_categories=("beras", "telur"))
    family, _ = await world.a_family(goods)
    await chooses(family)
    headers = {**an_operator(MARKET), "accept": "text/html"}
    page = await client.post("/counter/cards", data={"card": family.number}, headers=headers)
    right = re.findall(r'name="entitlement_id" value="([^"]+)"', page.text)[0]
    form = {"card": family.number, "entitlement_id": right}
    asked = await client.post("/counter/confirmations", data=form, headers=headers)
    assert "PIN diketik, serahkan" in asked.text
    form["id"] = re.findall(r'name="id" value="([^"]+)"', asked.text)[0]
    form |= {"amount_rupiah": "15000", "goods_category": "telur", "holder_check": "pin_right"}
    wrong = await client.post("/counter/redemptions", data={**form, "pin": WRONG}, headers=headers)
    assert (wrong.status_code, "PIN salah; sisa 4 kali" in wrong.text) == (409, True)
    assert f'value="{form["id"]}"' in wrong.text
    assert 'value="15000"' in wrong.text
    assert WRONG not in wrong.text
    other = {**form, "pin": PIN, "goods_category": "rokok"}
    refused = await client.post("/counter/redemptions", data=other, headers=headers)
    assert refused.status_code == 409
    collector = {
        "companion_name": "Budi Santoso",
        "companion_relation": "neighbour",
        "companion_reason": "pemegang kartu sedang sakit",
    }
    done = await client.post(
        "/counter/redemptions", data={**form, **collector, "pin": PIN}, headers=headers
    )
    assert done.status_code == 303, done.text
    async with world.engine.connect() as tx:
        sql = "SELECT holder_check, goods_category, companion_id FROM redemptions WHERE id = :i"
        line = (await tx.execute(text(sql), {"i": form["id"]})).one()
    assert (line.holder_check, line.goods_category) == ("pin_right", "telur")
    assert line.companion_id is not None
    receipt = await client.get(done.headers["location"], headers=headers)
    assert "Simpan sebagai gambar" in receipt.text


async def test_a_companion_that_nobody_noted_collects_nothing(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    body = body_of(family, approved, companion_id="01930000-0000-7000-8000-0000000000aa")
    answer = await client.post(REDEEM, json=body, headers=an_operator())
    assert answer.json()["code"] == "companion_not_noted"
    assert await left(world, family.household_id) == [(1, 150_000)]


async def test_a_receipt_is_kept_as_a_picture_that_names_nobody(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    body = body_of(family, approved)
    headers = an_operator(name="Rina Petugas")
    await client.post(REDEEM, json=body, headers=headers)
    kept = await client.get(f"/counter/receipts/{body['id']}/picture", headers=headers)
    assert kept.headers["content-type"] == "image/png"
    assert "bukti-" in kept.headers["content-disposition"]
    with Image.open(BytesIO(kept.content)) as picture:
        assert picture.size[0] == 720
        assert picture.info == {}
    strange = await client.get(
        f"/counter/receipts/{body['id']}/picture", headers=an_operator(MARKET)
    )
    assert strange.status_code == 404


def test_initials_tell_one_receipt_from_another_and_not_whose_it_is():
    assert initials_of("SITI AMINAH BINTI RAHMAN") == "S. A. B. R."
    assert initials_of("") == ""
