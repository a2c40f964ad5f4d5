"""Ways around the rules that somebody with a login, a phone or a form might try."""

import re
from datetime import UTC, datetime
from typing import Any

import httpx2 as httpx
import numpy
import pytest
import zxingcpp
from tests.clients import bearer
from tests.issuance.builders import Desk, an_approval, an_enrolment
from tests.issuance.handing import Phone, a_giver, calls_as, declares
from tests.issuance.test_rounds import a_round, given

from common.ids import new_id
from issuance.desk.search import MISSES_AN_HOUR_MAX
from issuance.printing.card_faces import SPECIMEN

HTML = {"accept": "text/html"}


def told_of(card) -> dict[str, str]:
    return {
        "handover_id": str(new_id()),
        "card_id": card.card_id,
        "collector": "head",
        "document": "ktp",
        "handed_at": datetime.now(UTC).isoformat(),
    }


async def state_of(desk: Desk, card) -> str:
    (found,) = await desk.rows("SELECT state FROM cards WHERE card_id = :id", id=card.card_id)
    return str(found.state)


@pytest.mark.parametrize("role", ["village_companion", "print_shop"])
async def test_a_refused_form_shows_no_family_to_who_may_not_look_families_up(
    desk: Desk, client, role: str
):
    card = await desk.a_card("RAHASIA KELUARGA", state="at_desk")
    who = {**calls_as(await declares(desk, a_giver("Budi", role))), **HTML}
    base = f"/cards/families/{card.household_id}"
    about = {"card_id": card.card_id, "region_code": card.region_code}
    for path, form in [
        ("hand-over", {"handover_id": str(new_id()), "collector": "dog"}),
        ("print", {"batch_id": str(new_id())}),
    ]:
        answer = await client.post(f"{base}/{path}", data={**about, **form}, headers=who)
        assert answer.status_code == 403, answer.text[:300]
        assert "RAHASIA" not in answer.text


async def test_a_companion_gives_only_what_is_in_the_own_bag(desk: Desk, client):
    round_id, (mine, _), companion = await a_round(desk, cards=2)
    _, (others,), _ = await a_round(desk, cards=1)
    at_desk = await desk.a_card("DI LOKET", state="at_desk")
    who = calls_as(companion)
    for card in (others, at_desk):
        answer = await client.post("/v1/handovers", json=told_of(card), headers=who)
        assert (answer.status_code, answer.json()["code"]) == (409, "card_not_on_round")
        form = {name: value for name, value in told_of(card).items() if name != "card_id"}
        place = f"/handovers/rounds/{round_id}/cards/{card.card_id}/handovers"
        assert (await client.post(place, data=form, headers=who)).status_code == 409
        assert await state_of(desk, card) == "at_desk"
    told = told_of(mine)
    for _ in range(2):
        answer = await client.post("/v1/handovers", json=told, headers=who)
        assert answer.status_code == 200, answer.text
    assert await state_of(desk, mine) == "active"


async def test_nobody_tries_kk_numbers_by_the_thousand(desk: Desk, client):
    known = f"6271{new_id().int % 10**12:012}"
    assert await desk.hear(an_approval([an_enrolment(kk_number=known)]))
    who = {**bearer("card_desk", subject=f"curious-{new_id()}"), **HTML}

    async def tries(number: str) -> httpx.Response:
        answer: httpx.Response = await client.post("/cards", data={"q": number}, headers=who)
        return answer

    for place in range(MISSES_AN_HOUR_MAX):
        assert "Tidak ada penerima" in (await tries(f"6271{place:012}")).text
        if place == 0:
            assert (await tries(known)).status_code == 303
    refused = await tries(known)
    assert "Terlalu banyak nomor KK" in refused.text
    assert known not in refused.text
    other = {**bearer("card_desk", subject=f"other-{new_id()}"), **HTML}
    assert (await client.post("/cards", data={"q": known}, headers=other)).status_code == 303


def code_in(svg: str) -> str:
    """The text of the code that a picture of a card's back shows."""
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-", svg)
    picture = numpy.full((69, 69), 255, numpy.uint8)
    for left, row, length in (map(int, run) for run in runs):
        picture[row + 4, left + 4 : left + 4 + length] = 0
    (found,) = zxingcpp.read_barcodes(picture.repeat(4, 0).repeat(4, 1))
    return str(found.text)


async def test_the_picture_of_a_card_on_a_screen_is_no_second_card(desk: Desk, client):
    card = await desk.a_card(state="at_desk")
    for role in ("card_desk", "auditor"):
        who = bearer(role, subject=f"{role}-1")
        answer = await client.get(f"/prints/families/{card.household_id}/back.svg", headers=who)
        assert answer.status_code == 200
        assert code_in(answer.text) == SPECIMEN


@pytest.mark.parametrize(
    "odd",
    [
        {"words": "\ud800"},
        {"sequence": 2**40},
        {"sequence": 1e400},
        {"at": "0001-01-01T00:00:00+14:00"},
    ],
    ids=["half a letter", "a number too large", "no number", "before all time"],
)
async def test_no_line_of_a_phone_stops_the_others_or_the_end_of_the_round(
    desk: Desk, client, odd: dict[str, Any]
):
    round_id, (one, other), companion = await a_round(desk, cards=2)
    phone = Phone(companion, round_id)
    phone.returns(one, **odd)
    assert [state for state, _ in await phone.sends(client)] == ["put_aside"]
    (kept,) = await desk.rows(
        "SELECT quarantine_id FROM quarantines JOIN phone_journals USING (journal_id)"
        " WHERE round_id = :id",
        id=round_id,
    )
    clerk = {**bearer("card_desk", subject="clerk-9"), **HTML}
    answer = await client.post(
        f"/handovers/quarantines/{kept.quarantine_id}",
        data={"round_id": str(round_id)},
        headers=clerk,
    )
    assert answer.status_code == 303, answer.text[:300]
    again = Phone(companion, round_id)
    again.gives(other)
    assert await again.sends(client) == [("accepted", "")]
    assert await given(desk, round_id) == [other.card_id]
