"""Families complain at any counter; somebody who had no part in it answers in time."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.redemption.world import FOOD_POINT, MARKET, World, an_operator, body_of

from common.ids import new_id
from redemption.complaints.rules import ALPHABET, complaint_number, due_on, parse_number

PAGE = {"accept": "text/html"}
WORDS = "Beras hanya delapan kilo, padahal tertulis sepuluh."


def staff(*roles: str, **options: Any) -> dict[str, str]:
    return bearer(*roles, **options) | PAGE


def counter(partner_id: UUID = FOOD_POINT, **options: Any) -> dict[str, str]:
    return an_operator(partner_id, **options) | PAGE


async def complain(client: httpx.AsyncClient, who: dict[str, str], **changes: str) -> str:
    sent = {
        "id": str(new_id()),
        "kind": "short_or_bad",
        "complainant": "Ibu Rahma",
        "words": WORDS,
        **changes,
    }
    answer = await client.post("/complaints", data=sent, headers=who)
    assert answer.status_code == 303, answer.text
    return sent["id"]


async def answer(
    client: httpx.AsyncClient, complaint_id: str, who: dict[str, str], words: str = "Diganti."
) -> httpx.Response:
    sent = {"outcome": "upheld", "answer": words + " Keluarga menerima dua kilo lagi."}
    return await client.post(f"/complaints/{complaint_id}/answer", data=sent, headers=who)


async def state_of(world: World, complaint_id: str) -> str:
    async with world.engine.connect() as tx:
        found = text("SELECT state FROM complaints WHERE id = :id")
        return str(await tx.scalar(found, {"id": complaint_id}))


def test_every_wrong_character_and_every_swap_of_a_number_is_found():
    number = complaint_number(new_id())
    assert parse_number(number.lower().replace("-", " ")) == number
    symbols = number.removeprefix("ADU").replace("-", "")
    for place, right in enumerate(symbols):
        for letter in ALPHABET:
            if letter != right:
                wrong = symbols[:place] + letter + symbols[place + 1 :]
                assert parse_number(f"ADU{wrong}") is None
        if place and symbols[place - 1] != right:
            swapped = symbols[: place - 1] + right + symbols[place - 1] + symbols[place + 1 :]
            assert parse_number(swapped) is None


def test_weekends_do_not_count_where_only_working_days_do():
    friday = date(2026, 11, 20)
    assert due_on(friday, 3, is_working_days=True) == date(2026, 11, 25)
    assert due_on(friday, 3, is_working_days=False) == date(2026, 11, 23)


async def test_a_family_gets_a_number_and_reads_the_answer_at_another_counter(world, client):
    family, approved = await world.a_family()
    body = body_of(family, approved)
    assert (await client.post("/v1/redemptions", json=body, headers=an_operator())).is_success
    receiver = counter(MARKET)
    form = await client.post("/complaints/form", data={"card": family.number}, headers=receiver)
    assert body["id"] in form.text
    one = await complain(client, receiver, card=family.number, redemption_id=body["id"])
    receipt = await client.get(f"/complaints/{one}/receipt", headers=receiver)
    number = complaint_number(UUID(one))
    assert number in receipt.text
    supervisor = staff("supervisor")
    queue = await client.get("/complaints", headers=supervisor)
    assert number in queue.text
    assert (await answer(client, one, supervisor)).status_code == 303
    asked = {"number": number, "card": family.number}
    told = await client.post("/complaints/lookup", data=asked, headers=staff("card_desk"))
    assert "dua kilo lagi" in told.text
    stranger, _ = await world.a_family()
    asked["card"] = stranger.number
    missed = await client.post("/complaints/lookup", data=asked, headers=staff("card_desk"))
    assert missed.status_code == 422
    assert "dua kilo lagi" not in missed.text


async def test_guessing_numbers_is_limited(world, client):
    family, _ = await world.a_family()
    guesser = staff("card_desk", subject=str(new_id()))
    codes = []
    for _ in range(11):
        asked = {"number": complaint_number(new_id()), "card": family.number}
        codes.append(
            (await client.post("/complaints/lookup", data=asked, headers=guesser)).status_code
        )
    assert codes == [422] * 10 + [429]


async def test_neither_who_received_nor_who_gave_answers(world, client):
    family, approved = await world.a_family()
    giver = str(new_id())
    body = body_of(family, approved)
    await client.post("/v1/redemptions", json=body, headers=an_operator(subject=giver))
    receiver = staff("supervisor", subject=str(new_id()))
    one = await complain(client, receiver, card=family.number, redemption_id=body["id"])
    assert (await answer(client, one, receiver)).status_code == 409
    assert (await answer(client, one, staff("supervisor", subject=giver))).status_code == 409
    elsewhere = staff("supervisor", regions=("62.01",))
    assert (await answer(client, one, elsewhere)).status_code == 403
    assert await state_of(world, one) == "received"
    for who in (giver, (await received_by(world, one))):
        async with world.engine.connect() as tx:
            with pytest.raises(DBAPIError, match=r"not_(the_receiver|involved)"):
                await tx.execute(
                    text(
                        "INSERT INTO complaint_answers SELECT id, 1, 'upheld', '', '', :who, 'x', "
                        "now(), received_by, involved, NULL FROM complaints WHERE id = :id"
                    ),
                    {"id": one, "who": who},
                )
    taken = await client.post(f"/complaints/{one}/taking", headers=staff("supervisor"))
    assert taken.status_code == 303
    assert await state_of(world, one) == "assigned"


async def received_by(world: World, complaint_id: str) -> str:
    async with world.engine.connect() as tx:
        found = text("SELECT received_by FROM complaints WHERE id = :id")
        return str(await tx.scalar(found, {"id": complaint_id}))


async def test_it_is_opened_again_once_and_then_answered_by_another_person(world, client):
    family, _ = await world.a_family()
    receiver, first = counter(), staff("supervisor", subject=str(new_id()))
    one = await complain(client, receiver, card=family.number)
    again = {"words": "Dua kilo itu tidak pernah datang."}
    path = f"/complaints/{one}/reopening"
    assert (await client.post(path, data=again, headers=receiver)).status_code == 409
    assert (await answer(client, one, first)).status_code == 303
    assert (await answer(client, one, first)).status_code == 303
    assert (await answer(client, one, staff("supervisor"))).status_code == 409
    assert (await client.post(path, data=again, headers=receiver)).status_code == 303
    assert await state_of(world, one) == "reopened"
    assert (await answer(client, one, first)).status_code == 409
    assert (await answer(client, one, staff("supervisor"))).status_code == 303
    assert (await client.post(path, data=again, headers=receiver)).status_code == 409


async def test_a_partner_sees_what_it_received_and_never_what_others_received_about_it(
    world, client
):
    family, approved = await world.a_family()
    body = body_of(family, approved)
    await client.post("/v1/redemptions", json=body, headers=an_operator())
    about = {"card": family.number, "redemption_id": body["id"]}
    elsewhere = await complain(client, counter(MARKET), **about)
    own_receiver = counter(subject=str(new_id()))
    own = await complain(client, own_receiver, **about)
    colleague = counter()
    for complaint_id, who, status in (
        (elsewhere, colleague, 404),
        (own, colleague, 404),
        (own, own_receiver, 200),
        (own, counter(MARKET), 404),
        (elsewhere, staff("village_operator"), 404),
        (elsewhere, staff("supervisor"), 200),
    ):
        shown = await client.get(f"/complaints/{complaint_id}", headers=who)
        assert shown.status_code == status
    listed = await client.get("/complaints", headers=colleague)
    assert complaint_number(UUID(elsewhere)) not in listed.text
    assert complaint_number(UUID(own)) not in listed.text
    received = await client.get("/complaints", headers=own_receiver)
    assert complaint_number(UUID(own)) in received.text


async def test_a_repeat_is_one_complaint_and_other_words_under_its_id_are_refused(world, client):
    family, _ = await world.a_family()
    who = counter(subject=str(new_id()))
    one = await complain(client, who, card=family.number)
    assert await complain(client, who, card=family.number, id=one) == one
    sent = {"id": one, "kind": "other", "complainant": "X", "words": WORDS, "card": family.number}
    assert (await client.post("/complaints", data=sent, headers=who)).status_code == 409


async def test_a_family_without_a_card_complains_too_and_words_are_sealed(world, client):
    one = await complain(client, staff("village_operator", regions=("62.71",)), kind="not_received")
    assert await state_of(world, one) == "received"
    async with world.engine.connect() as tx:
        stored = await tx.scalar(
            text("SELECT c::text FROM complaints c WHERE id = :id"), {"id": one}
        )
    assert "Beras" not in stored
    assert "Rahma" not in stored
    short = {"id": str(new_id()), "kind": "other", "complainant": "X", "words": "pendek"}
    refused = await client.post("/complaints", data=short, headers=counter())
    assert refused.status_code == 422


async def test_what_is_overdue_comes_first_and_is_counted(world, client):
    family, _ = await world.a_family(region_code="62.05.01.2001")
    supervisor = staff("supervisor", regions=("62.05",))
    await complain(client, counter(), card=family.number)
    late = await complain(client, counter(), card=family.number, kind="other")
    async with world.engine.begin() as tx:
        await tx.execute(
            text("UPDATE complaints SET due_on = :day WHERE id = :id"),
            {"id": late, "day": datetime.now(UTC).date().replace(year=2020)},
        )
    queue = (await client.get("/complaints", headers=supervisor)).text
    assert "1 pengaduan lewat batas waktu" in queue
    first = queue.index("<code>ADU-")
    assert complaint_number(UUID(late)) in queue[first : first + 40]
