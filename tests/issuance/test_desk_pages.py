"""The card desk: one box that knows what was typed, one screen a family, the next act first."""

import re

import httpx2 as httpx
import pytest
from tests.clients import bearer
from tests.issuance.builders import (
    OTHER_VILLAGE,
    VILLAGE,
    Desk,
    an_approval,
    an_enrolment,
)
from tests.issuance.handing import a_giver, calls_as, declares

from common.card_number import ALPHABET, card_number
from common.ids import new_id
from common.regions import region_name
from common.sealed import Sealer
from issuance.cards.read import open_token
from issuance.desk.recognise import recognise
from issuance.desk.rules import Situation, acts_for

HTML = {"accept": "text/html"}
CLERK = {**bearer("card_desk", subject="clerk-1"), **HTML}
COLLEAGUE = {**bearer("card_desk", subject="clerk-2"), **HTML}
EVERYTHING = frozenset({"cards.manage", "cards.print", "handovers.record"})


async def looks_for(client: httpx.AsyncClient, q: str, headers=CLERK, **form: str):
    return await client.post("/cards", data={"q": q, **form}, headers=headers)


def leads_to(answer: httpx.Response) -> str:
    return answer.headers.get("location", "").rpartition("/")[2]


async def token_of(desk: Desk, card) -> str:
    rows = await desk.rows(
        "SELECT card_id, sealed_token FROM cards WHERE card_id = :id", id=card.card_id
    )
    sealer = Sealer(desk.settings.sealing_key.get_secret_value())
    return open_token(sealer, dict(rows[0]._mapping))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("siti aminah", "name"),
        ("Siti Aminah, Pahandut", "name"),
        # Fourteen letters of a card number's alphabet, and yet a name.
        ("MARIA MAGDALENA", "name"),
        ("6271012345678901", "kk"),
        ("6271 0123 4567 8901", "kk"),
        ("627101234567890", "kk"),
        ("4YYNH-5J9X0-QK8H", "card"),
        ("4yynh5j9x0qk8h", "card"),
        ("4YYNH-5J9X0-QK8", "card"),
        ("6BF" + "A" * 300, "token"),
        ("6BF" + "A" * 300 + "\r\n", "token"),
        ("", "name"),
    ],
)
def test_the_box_knows_what_was_typed(text: str, kind: str):
    assert recognise(text).kind == kind


def test_a_token_keeps_the_space_at_its_end():
    assert recognise("6BF" + "A" * 300 + " \n").text.endswith("A ")


def test_each_state_has_one_next_act_and_no_act_of_another():
    next_act = {
        state: acts_for(Situation(state, has_pin=False), EVERYTHING).primary
        for state in ("ordered", "signed", "printed", "at_desk", "active", "blocked", "replaced")
    }
    assert next_act == {
        "ordered": "next",
        "signed": "print",
        "printed": "next",
        "at_desk": "hand_over",
        "active": "pin",
        "blocked": "unblock",
        "replaced": "next",
    }
    assert acts_for(Situation("active", has_pin=True), EVERYTHING).primary == "next"
    waiting = Situation("handed_over", has_pin=False, awaits_another=True)
    assert acts_for(waiting, EVERYTHING).primary == "next"
    mine = acts_for(Situation("blocked", has_pin=True, is_blocked_by_me=True), EVERYTHING)
    assert (mine.primary, mine.others) == ("next", ("replace", "revoke"))
    assert acts_for(Situation("active", has_pin=True), frozenset({"cards.read"})).others == ()


async def test_a_family_is_found_by_card_by_scan_by_kk_number_and_by_name(desk: Desk, client):
    kk = f"6271{new_id().int % 10**12:012}"
    name = f"SITI {new_id().hex[:6].translate(str.maketrans('0123456789', 'GHIJKLMNOP')).upper()}"
    enrolment = an_enrolment(name, kk_number=kk)
    assert await desk.hear(an_approval([enrolment]))
    await desk.sign()
    card = await desk.card_of(enrolment.household_id)
    token = await token_of(desk, card)
    for typed in (
        card_number(card.card_id),
        card_number(card.card_id).lower().replace("-", ""),
        token,
        token + "\r\n",
        kk,
        f"{kk[:4]} {kk[4:8]} {kk[8:12]} {kk[12:]}",
        f"{name}, {region_name(VILLAGE)}",
    ):
        answer = await looks_for(client, typed)
        assert answer.status_code == 303, typed
        assert leads_to(answer) == str(enrolment.household_id)


async def test_who_brings_an_old_card_hears_that_it_has_ended(desk: Desk, client):
    card = await desk.a_card(region_code=VILLAGE, state="active")
    token = await token_of(desk, card)
    path = f"/cards/families/{card.household_id}"
    form = {"act": "replace", "card_id": card.card_id, "change_id": str(new_id()), "reason": "lost"}
    assert (await client.post(f"{path}/changes", data=form, headers=CLERK)).status_code == 303
    for typed in (card_number(card.card_id), token):
        answer = await looks_for(client, typed)
        assert answer.headers["location"] == f"{path}?done=ended"
    page = await client.get(answer.headers["location"], headers=CLERK)
    assert "sudah tidak berlaku. Di bawah ini" in page.text


async def test_who_never_told_the_own_numbers_does_so_and_is_back_at_the_family(desk, client):
    stranger = {**calls_as(a_giver("Norma", "card_desk")), **HTML}
    card = await desk.a_card(region_code=VILLAGE, state="at_desk")
    path = f"/cards/families/{card.household_id}"
    form = {"handover_id": str(new_id()), "card_id": card.card_id}
    form |= {"collector": "head", "document": "ktp"}
    refused = await client.post(f"{path}/hand-over", data=form, headers=stranger)
    assert "data-error-summary" not in refused.text
    asked = f"/handovers/me?family={card.household_id}"
    assert f'href="{asked}" autofocus' in refused.text
    assert f'value="{card.household_id}"' in (await client.get(asked, headers=stranger)).text
    told = {"declaration_id": str(new_id()), "family": str(card.household_id)}
    told |= {"nik": "6271990101900077", "kk": "6271990101900078"}
    done = await client.post("/handovers/me", data=told, headers=stranger)
    assert done.headers["location"] == f"{path}?done=declared"


async def test_the_village_of_a_search_is_there_for_the_next(desk: Desk, client):
    await desk.a_card("DAYANG SURI")
    answer = await looks_for(client, "dayang", village=region_name(VILLAGE))
    cookie = answer.headers["set-cookie"]
    assert re.search(r"desk_village=\"?62\.01\.01\.2001", cookie)
    assert "HttpOnly" in cookie
    page = await client.get("/cards", headers={**CLERK, "cookie": f"desk_village={VILLAGE}"})
    assert f'name="village" type="text" value="{region_name(VILLAGE)}"' in page.text
    away = {**bearer("card_desk", regions=["62.02"]), **HTML, "cookie": f"desk_village={VILLAGE}"}
    assert region_name(VILLAGE) not in (await client.get("/cards", headers=away)).text


def mistyped(number: str) -> str:
    wrong = ALPHABET[(ALPHABET.index(number[0]) + 1) % len(ALPHABET)]
    return wrong + number[1:]


async def test_what_is_mistyped_is_named_noted_and_not_repeated(desk: Desk, client):
    card = await desk.a_card()
    token = await token_of(desk, card)
    other = token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:]
    typed = {
        mistyped(card_number(card.card_id)): "Nomor kartu salah ketik",
        "627101234567890": "Anda mengetik 15 angka",
        "6271999999999999": "Tidak ada penerima dengan nomor KK itu",
        token[: len(token) // 2]: "Kode QR tidak terbaca utuh",
        other: "Kode QR ini bukan buatan kita",
    }
    person = {**bearer("card_desk", subject=str(new_id())), **HTML}
    subject = None
    for text, words in typed.items():
        answer = await looks_for(client, text, headers=person)
        assert answer.status_code == 422
        assert words in answer.text
        if len(text) != len(card_number(card.card_id)):
            assert text not in answer.text
        assert text not in str(answer.url)
    rows = await desk.rows(
        "SELECT actor, details ->> 'outcome' AS outcome, subject_id, details::text AS line "
        "FROM audit_log WHERE action = 'household.searched' ORDER BY at DESC LIMIT 5"
    )
    assert {row.outcome for row in rows} == {
        "card_number_mistyped",
        "kk_number_mistyped",
        "kk_unknown",
        "card_text_damaged",
        "card_forged",
    }
    assert subject is None
    assert not any("627" in row.line for row in rows)


async def test_no_family_of_another_region_is_found_by_any_number(desk: Desk, client):
    kk = f"6202{new_id().int % 10**12:012}"
    enrolment = an_enrolment(region_code=OTHER_VILLAGE, kk_number=kk)
    assert await desk.hear(an_approval([enrolment]))
    await desk.sign()
    card = await desk.card_of(enrolment.household_id)
    away = {**bearer("card_desk", regions=["62.01"]), **HTML}
    for typed in (kk, card_number(card.card_id), await token_of(desk, card)):
        answer = await looks_for(client, typed, headers=away)
        assert (answer.status_code, "location" in answer.headers) == (422, False)


async def test_a_kk_number_is_kept_as_an_index_and_follows_the_registry(desk: Desk, client):
    old, new = (f"6271{new_id().int % 10**12:012}" for _ in range(2))
    enrolment = an_enrolment(kk_number=old)
    assert await desk.hear(an_approval([enrolment]))
    again = an_enrolment(household_id=enrolment.household_id, kk_number=new)
    assert await desk.hear(an_approval([again]))
    silent = an_enrolment(household_id=enrolment.household_id)
    assert await desk.hear(an_approval([silent]))
    assert (await looks_for(client, old)).status_code == 422
    assert leads_to(await looks_for(client, new)) == str(enrolment.household_id)
    rows = await desk.rows("SELECT h::text AS line FROM card_households h")
    assert not any(old in row.line or new in row.line for row in rows)


async def gives(client, card, who, **form: str):
    told = {"handover_id": str(new_id()), "card_id": card.card_id, "collector": "head", **form}
    return await client.post(
        f"/cards/families/{card.household_id}/hand-over", data=told, headers={**who, **HTML}
    )


async def test_a_card_is_given_at_the_desk_and_the_pin_is_next(desk: Desk, client):
    card = await desk.a_card(state="at_desk")
    clerk = calls_as(await declares(desk, a_giver("Rina", "card_desk")))
    told = {"handover_id": str(new_id())}
    answer = await gives(client, card, clerk, document="ktp", **told)
    assert answer.status_code == 303
    assert (await gives(client, card, clerk, document="ktp", **told)).status_code == 303
    page = (await client.get(answer.headers["location"], headers={**clerk, **HTML})).text
    assert "Kartu sudah diserahkan dan berlaku" in page
    assert re.search(r'name="where" value="here" autofocus', page)


async def test_an_unfinished_hand_over_is_asked_for_again_and_changes_nothing(desk: Desk, client):
    card = await desk.a_card(state="at_desk")
    clerk = calls_as(await declares(desk, a_giver("Rina", "card_desk")))
    answer = await gives(
        client, card, clerk, document="ktp", collector="family_member", relation="child"
    )
    assert answer.status_code == 422
    assert 'id="collector_name-error"' in answer.text
    assert re.search(r'value="family_member" checked', answer.text)
    assert (await desk.card_of(card.household_id)).state == "at_desk"
    stranger = calls_as(a_giver("Baru", "card_desk"))
    undeclared = await gives(client, card, stranger, document="ktp")
    assert "/handovers/me" in undeclared.text


async def test_a_blocked_card_waits_on_the_first_page_for_somebody_else(desk: Desk, client):
    card = await desk.a_card(state="at_desk")
    act = {"card_id": card.card_id, "change_id": str(new_id()), "act": "block", "reason": "lost"}
    path = f"/cards/families/{card.household_id}"
    answer = await client.post(f"{path}/changes", data=act, headers=CLERK)
    assert answer.headers["location"].endswith("?done=block")
    number = card_number(card.card_id)
    assert number in (await client.get("/cards", headers=COLLEAGUE)).text
    assert 'value="unblock"' not in (await client.get(path, headers=CLERK)).text
    assert 'value="unblock"' in (await client.get(path, headers=COLLEAGUE)).text
    mine = {**act, "act": "unblock", "reason": "found", "change_id": str(new_id())}
    refused = await client.post(f"{path}/changes", data=mine, headers=CLERK)
    assert (refused.status_code, "Minta petugas lain" in refused.text) == (422, True)


async def test_printing_one_card_stays_with_its_family(desk: Desk, client):
    card = await desk.a_card()
    path = f"/cards/families/{card.household_id}"
    wish = {"batch_id": str(new_id()), "card_id": card.card_id, "region_code": card.region_code}
    answer = await client.post(f"{path}/print", data=wish, headers=CLERK)
    assert answer.headers["location"] == f"{path}?done=print"
    page = (await client.get(path, headers=CLERK)).text
    assert "Kartu sedang dicetak" in page
    assert '<meta http-equiv="refresh"' in page
    assert f"/prints/{wish['batch_id']}" in page


async def test_cards_that_lie_at_the_desk_are_listed_by_village(desk: Desk, client):
    await desk.a_card("ANDI LOKET", state="at_desk")
    page = (await client.get("/cards", headers=CLERK)).text
    assert f'name="village" value="{VILLAGE}"' in page
    answer = await client.post("/cards/waiting", data={"village": VILLAGE}, headers=CLERK)
    assert answer.status_code == 200
    assert "ANDI LOKET" in answer.text
