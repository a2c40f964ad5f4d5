"""Cards carried to a village: the phone's journal, what comes back, and that it adds up."""

import asyncio
import json
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.issuance.handing import (
    INDEX,
    SEALER,
    Phone,
    a_giver,
    calls_as,
    declares,
    gives,
    nik,
    to_the_head,
)
from tests.issuance.prints import CLERK as AT_DESK
from tests.issuance.prints import a_made_batch, a_village_of_cards, ask, states

from common.ids import new_id
from common.problems import Refused
from common.regions import all_regions
from issuance.handing_over.apply_line import Tools
from issuance.handing_over.come_back import Return, close_round, return_card, sign_back
from issuance.handing_over.journal_rules import LINES_A_CALL_MAX
from issuance.handing_over.read_round import list_rounds, read_conflicts, read_families, read_round
from issuance.handing_over.release import release, settle
from issuance.handing_over.round_rules import is_overdue
from issuance.handing_over.rounds import NewRound, cancel_round, make_round, take_round
from issuance.printing.make_sheets import make_next_file

TOOLS = Tools(SEALER, INDEX)
# Each test has a village of its own: a round takes whatever lies there.
VILLAGES = iter([code for code in all_regions() if code.startswith("62.03.") and len(code) == 13])
TODAY = date(2026, 5, 6)
CLERK = a_giver("Kartini", "card_desk")


async def refusal_of(doing) -> str:
    with pytest.raises(Refused) as refused:
        await doing
    return refused.value.code


async def a_round(desk, cards=3, *, companion=None, take=True):
    """A round of cards in a village of its own: (round id, cards by name, companion)."""
    village = next(VILLAGES)
    made = [
        await desk.a_card(f"KELUARGA {n:02}", region_code=village, state="at_desk")
        for n in range(cards)
    ]
    companion = companion or await declares(desk, a_giver("Dewi"))
    wish = NewRound(new_id(), village, TODAY)
    await desk.do(lambda tx: make_round(tx, CLERK, SEALER, INDEX, wish))
    if take:
        await desk.do(lambda tx: take_round(tx, companion, wish.round_id, counted=cards))
    return wish.round_id, made, companion


async def outcomes(desk, round_id):
    found = await desk.rows(
        "SELECT outcome, count(*) AS n FROM round_cards WHERE round_id = :id GROUP BY 1",
        id=round_id,
    )
    return {row.outcome: row.n for row in found}


async def given(desk, round_id):
    found = await desk.rows("SELECT card_id FROM hand_overs WHERE round_id = :id", id=round_id)
    return [row.card_id for row in found]


def test_a_round_is_late_after_a_week_unless_it_is_closed():
    assert not is_overdue(TODAY, TODAY + timedelta(days=7), "out")
    assert is_overdue(TODAY, TODAY + timedelta(days=8), "out")
    assert not is_overdue(TODAY, TODAY + timedelta(days=99), "closed")


async def test_a_round_takes_what_lies_at_hand_once_and_is_counted_when_it_is_taken(desk):
    round_id, cards, companion = await a_round(desk, take=False)
    village = cards[0].region_code
    again = desk.do(
        lambda tx: make_round(tx, CLERK, SEALER, INDEX, NewRound(new_id(), village, TODAY))
    )
    assert await refusal_of(again) == "nothing_to_hand_over"
    wrong = desk.do(lambda tx: take_round(tx, companion, round_id, counted=2))
    assert await refusal_of(wrong) == "count_differs"
    await desk.do(lambda tx: take_round(tx, companion, round_id, counted=3))
    other = await declares(desk, a_giver("Eka"))
    taken = desk.do(lambda tx: take_round(tx, other, round_id, counted=3))
    assert await refusal_of(taken) == "round_is_taken"
    assert await refusal_of(desk.do(lambda tx: read_round(tx, other, round_id))) == (
        "not_your_round"
    )
    assert await refusal_of(desk.do(lambda tx: cancel_round(tx, CLERK, round_id))) == (
        "round_is_taken"
    )
    one = await desk.do(lambda tx: read_round(tx, companion, round_id))
    families = await desk.do(lambda tx: read_families(tx, companion, SEALER, one))
    assert [family.name for family in families] == ["KELUARGA 00", "KELUARGA 01", "KELUARGA 02"]
    read = await desk.rows(
        "SELECT 1 FROM audit_log WHERE actor = :who AND subject_type = 'household'",
        who=companion.subject,
    )
    assert len(read) == 3
    late = await desk.do(lambda tx: list_rounds(tx, CLERK))
    assert [row["is_overdue"] for row in late if row["round_id"] == round_id] == [True]


async def test_what_left_the_desk_meanwhile_is_not_in_the_bag_that_is_taken(desk):
    round_id, cards, companion = await a_round(desk, 3, take=False)
    clerk = await declares(desk, a_giver("Loket", "card_desk"))
    await gives(desk, clerk, to_the_head(cards[1]))
    one = await desk.do(lambda tx: read_round(tx, CLERK, round_id))
    families = await desk.do(lambda tx: read_families(tx, CLERK, SEALER, one))
    assert (one["taken"], len(families)) == (2, 2)
    listed = await desk.do(lambda tx: list_rounds(tx, CLERK))
    assert next(row["at_hand"] for row in listed if row["round_id"] == round_id) == 2
    stale = desk.do(lambda tx: take_round(tx, companion, round_id, counted=3))
    assert await refusal_of(stale) == "count_differs"
    taken = await desk.do(lambda tx: take_round(tx, companion, round_id, counted=2))
    assert taken["taken"] == 2
    for card in (cards[0], cards[2]):
        back = Return(card.card_id, "not_at_home")
        await desk.do(lambda tx, back=back: return_card(tx, companion, SEALER, round_id, back))
    signed = await desk.do(lambda tx: sign_back(tx, companion, round_id))
    assert (signed["handed_over"], signed["returned"]) == (0, 2)


async def test_a_round_of_which_nothing_is_left_is_not_taken(desk):
    round_id, (card,), companion = await a_round(desk, 1, take=False)
    clerk = await declares(desk, a_giver("Loket", "card_desk"))
    await gives(desk, clerk, to_the_head(card))
    nothing = desk.do(lambda tx: take_round(tx, companion, round_id, counted=1))
    assert await refusal_of(nothing) == "nothing_to_hand_over"


async def test_a_file_that_nobody_has_received_is_in_no_bag(desk, client):
    village = next(VILLAGES)
    _, (waiting,) = await a_made_batch(desk, client, village, ["BELUM DITERIMA"])
    (alone,) = await a_village_of_cards(desk, village, ["DICETAK SENDIRI"])
    await ask(client, village, card_id=alone.card_id, who=AT_DESK)
    assert await make_next_file(desk.engine, SEALER)
    received = await desk.a_card("SUDAH DITERIMA", region_code=village, state="at_desk")
    made = await desk.do(
        lambda tx: make_round(tx, CLERK, SEALER, INDEX, NewRound(new_id(), village, TODAY))
    )
    bag = await desk.rows(
        "SELECT card_id FROM round_cards WHERE round_id = :id", id=made["round_id"]
    )
    assert {row.card_id for row in bag} == {alone.card_id, received.card_id}
    (state,) = await states(desk, [waiting])
    assert state == "printed"


async def test_a_journal_sent_twenty_times_has_one_effect(desk, client):
    round_id, cards, companion = await a_round(desk)
    phone = Phone(companion, round_id)
    phone.gives(cards[0], position={"lat": -2.2136, "lon": 113.92, "accuracy_m": 14.2})
    phone.gives(
        cards[1],
        collector="representative",
        document="surat_kuasa",
        relation="neighbour",
        name="BUDI",
        nik=nik(900),
        signature="M1 2L3 4",
    )
    phone.returns(cards[2], "moved")
    answers = await asyncio.gather(*(phone.sends(client) for _ in range(20)))
    assert answers == [[("accepted", "")] * 3] * 20
    assert sorted(await given(desk, round_id)) == sorted(card.card_id for card in cards[:2])
    assert await outcomes(desk, round_id) == {"handed_over": 2, "returned": 1}


async def test_lines_that_come_shuffled_are_done_in_their_order(desk, client):
    round_id, cards, companion = await a_round(desk)
    phone = Phone(companion, round_id)
    phone.returns(cards[0])
    phone.gives(cards[0])
    phone.gives(cards[1])
    assert await phone.sends(client, phone.lines[::-1]) == [("accepted", "")] * 3
    assert await outcomes(desk, round_id) == {"handed_over": 2, "waiting": 1}


def tampered(phone):
    line = phone.lines[1]
    body = {**json.loads(line["text"]), "name": "Y"}
    return [phone.lines[0], {**line, "text": json.dumps(body)}, phone.lines[2]]


BROKEN = {
    "chain_broken": tampered,
    "gap": lambda phone: [phone.lines[0], phone.lines[2]],
    "unreadable": lambda phone: [{"text": "not a line", "hash": "0" * 64}, *phone.lines],
    "sequence_repeated": lambda phone: [*phone.lines, forked(phone)],
}


def forked(phone):
    fork = Phone(phone.holder, phone.round_id, phone.journal_id, phone.lines[:2])
    return fork.gives(card=type("Card", (), {"card_id": "0" * 16}))


@pytest.mark.parametrize("reason", BROKEN)
async def test_a_broken_journal_is_put_aside_whole_and_another_person_releases_it(
    desk, client, reason
):
    round_id, cards, companion = await a_round(desk)
    phone = Phone(companion, round_id)
    for number, card in enumerate(cards):
        phone.gives(
            card,
            collector="representative",
            document="surat_kuasa",
            relation="other",
            name="X",
            nik=nik(hash(reason) % 10**6 * 10 + number),
        )
    sent = BROKEN[reason](phone)
    for _ in range(3):
        assert await phone.sends(client, sent) == [("put_aside", "")] * len(sent)
    assert await given(desk, round_id) == []
    held = await desk.rows("SELECT * FROM quarantines WHERE journal_id = :j", j=phone.journal_id)
    assert [(one.reason, one.lines) for one in held] == [(reason, len(sent))]

    back = desk.do(lambda tx: sign_back(tx, companion, round_id))
    assert await refusal_of(back) in {"round_not_finished", "round_has_conflicts"}
    mine = desk.do(lambda tx: release(tx, companion, TOOLS, held[0].quarantine_id))
    assert await refusal_of(mine) == "needs_another_person"
    await desk.do(lambda tx: release(tx, CLERK, TOOLS, held[0].quarantine_id))
    wanted = {"gap": 2}.get(reason, 3)
    rows = await desk.rows("SELECT * FROM hand_overs WHERE round_id = :id", id=round_id)
    assert len(rows) == wanted
    assert {row.giver for row in rows} == {companion.subject}
    assert all(row.collector_nik_index for row in rows)
    # The phone goes on from its own last line, and that fits again.
    fresh = await desk.a_card(region_code=cards[0].region_code, state="at_desk")
    phone.returns(fresh)
    if reason != "sequence_repeated":
        assert await phone.sends(client, phone.lines[3:]) == [("refused", "card_not_on_round")]


async def test_a_line_that_was_changed_after_it_was_accepted_is_put_aside(desk, client):
    round_id, cards, companion = await a_round(desk)
    phone = Phone(companion, round_id)
    first = phone.gives(cards[0])
    assert await phone.sends(client) == [("accepted", "")]
    forged = Phone(companion, round_id, phone.journal_id)
    forged.gives(cards[1], id=json.loads(first["text"])["id"])
    assert await forged.sends(client) == [("put_aside", "")]
    assert await given(desk, round_id) == [cards[0].card_id]


async def test_a_phone_cannot_make_up_the_index_of_a_representative(desk, client):
    round_id, cards, companion = await a_round(desk)
    told = {"collector": "representative", "document": "surat_kuasa", "relation": "other"}
    made_up = {**told, "name": "X", "nik_index": "ab" * 16}
    phone = Phone(companion, round_id)
    phone.gives(cards[0], **made_up)
    assert await phone.sends(client) == [("refused", "collector_nik_wrong")]
    phone.gives(cards[1], **made_up)
    phone.gives(cards[2], **made_up)
    assert await phone.sends(client, phone.lines[2:]) == [("put_aside", "")]
    (held,) = await desk.rows("SELECT * FROM quarantines WHERE journal_id = :j", j=phone.journal_id)
    await desk.do(lambda tx: release(tx, CLERK, TOOLS, held.quarantine_id))
    assert await given(desk, round_id) == []


async def test_two_phones_of_one_companion_tell_of_the_same_cards_once(desk, client):
    round_id, cards, companion = await a_round(desk)
    one, two = Phone(companion, round_id), Phone(companion, round_id)
    for card in cards:
        one.gives(card)
        two.gives(card)
    told = await asyncio.gather(one.sends(client), two.sends(client))
    assert sorted(told) == [[("accepted", "")] * 3, [("already", "")] * 3]
    assert len(await given(desk, round_id)) == 3


async def test_what_happened_meanwhile_is_a_conflict_that_another_person_settles(desk, client):
    round_id, cards, companion = await a_round(desk)
    desk_person = await declares(desk, a_giver("Fitri", "card_desk"))
    await gives(desk, desk_person, to_the_head(cards[0]))
    body = {"change_id": str(new_id()), "act": "block", "reason": "lost"}
    path = f"/v1/cards/{cards[1].card_id}/status-changes"
    assert (await client.post(path, json=body, headers=calls_as(CLERK))).status_code == 200
    phone = Phone(companion, round_id)
    for card in cards:
        phone.gives(card)
    assert await phone.sends(client) == [
        ("refused", "already_handed_over"),
        ("refused", "card_is_blocked"),
        ("accepted", ""),
    ]
    one = await desk.do(lambda tx: read_round(tx, CLERK, round_id))
    families = await desk.do(lambda tx: read_families(tx, CLERK, SEALER, one))
    conflicts = await desk.do(lambda tx: read_conflicts(tx, SEALER, families, round_id))
    assert [(c.name, c.row["refusal"], c.said["collector"]) for c in conflicts] == [
        ("KELUARGA 00", "already_handed_over", "head"),
        ("KELUARGA 01", "card_is_blocked", "head"),
    ]
    lines = [conflict.row["line_id"] for conflict in conflicts]
    own = desk.do(lambda tx: settle(tx, companion, lines[0], "returned"))
    assert await refusal_of(own) == "needs_another_person"
    await desk.do(lambda tx: settle(tx, CLERK, lines[0], "returned"))
    assert await refusal_of(desk.do(lambda tx: sign_back(tx, companion, round_id))) == (
        "round_not_finished"
    )
    await desk.do(lambda tx: settle(tx, CLERK, lines[1], "with_family"))
    signed = await desk.do(lambda tx: sign_back(tx, companion, round_id))
    assert (signed["handed_over"], signed["returned"], signed["not_counted"]) == (2, 0, 1)


async def test_a_round_closes_when_another_person_has_counted_what_came_back(desk, client):
    round_id, cards, companion = await a_round(desk, 4)
    phone = Phone(companion, round_id)
    phone.gives(cards[0])
    phone.returns(cards[1], "died")
    phone.returns(cards[2], "other", words="jembatan putus")
    assert await phone.sends(client) == [("accepted", "")] * 3
    early = desk.do(lambda tx: sign_back(tx, companion, round_id))
    assert await refusal_of(early) == "round_not_finished"
    wordless = Return(cards[3].card_id, "other")
    doing = desk.do(lambda tx: return_card(tx, companion, SEALER, round_id, wordless))
    assert await refusal_of(doing) == "words_missing"
    last = Return(cards[3].card_id, "not_at_home")
    await desk.do(lambda tx: return_card(tx, companion, SEALER, round_id, last))
    await desk.do(lambda tx: sign_back(tx, companion, round_id))

    def closes(who, counted):
        return desk.do(lambda tx: close_round(tx, who, round_id, counted=counted))

    assert await refusal_of(closes(companion, 3)) == "needs_another_person"
    assert await refusal_of(closes(CLERK, 2)) == "count_differs"
    closed = await closes(CLERK, 3)
    assert closed["handed_over"] + closed["returned"] == closed["taken"] == 4
    asked = await desk.rows(
        "SELECT card_id FROM round_cards WHERE round_id = :id AND desk_asked", id=round_id
    )
    assert [row.card_id for row in asked] == [cards[1].card_id]
    # What came back may be carried again; what is told of it later is a conflict.
    states = [(await desk.card_of(card.household_id)).state for card in cards]
    assert states == ["active", "at_desk", "at_desk", "at_desk"]
    phone.gives(cards[1])
    assert (await phone.sends(client))[3] == ("refused", "round_is_closed")
    wish = NewRound(new_id(), cards[0].region_code, TODAY)
    made = await desk.do(lambda tx: make_round(tx, CLERK, SEALER, INDEX, wish))
    assert made["taken"] == 3


async def test_the_database_closes_no_round_that_does_not_add_up(desk):
    round_id, cards, companion = await a_round(desk)
    numbers = "returned_at = now(), handed_over = :h, returned = :r, not_counted = 0"
    closing = "closed_at = now(), closed_by = :by, closed_by_name = 'x', counted = :c"
    for values, said in [
        ({"h": 1, "r": 1, "c": 1, "by": "x"}, "adds_up"),
        ({"h": 1, "r": 2, "c": 1, "by": "x"}, "counted_as_returned"),
        ({"h": 1, "r": 2, "c": 2, "by": companion.subject}, "closed_by_another"),
    ]:
        whole = f"state = 'closed', {numbers}, {closing}"
        statement = f"UPDATE rounds SET {whole} WHERE round_id = :id"  # noqa: S608
        with pytest.raises(DBAPIError, match=said):
            await desk.do(
                lambda tx, s=statement, v=values: tx.execute(text(s), {"id": round_id, **v})
            )
    second = (
        "INSERT INTO rounds (round_id, region_code, planned_on, state, taken, made_at, made_by,"
        " made_by_name, digest) VALUES (:id, '62.01.01.2001', now(), 'ready', 1, now(), 'x', 'x',"
        " '\\x00')"
    )
    other = new_id()

    async def in_two_bags(tx):
        await tx.execute(text(second), {"id": other})
        await tx.execute(
            text("INSERT INTO round_cards (round_id, card_id, position) VALUES (:id, :card, 1)"),
            {"id": other, "card": cards[0].card_id},
        )

    with pytest.raises(DBAPIError, match="uq_round_cards_out"):
        await desk.do(in_two_bags)


async def test_only_who_carries_the_round_sends_its_journal(desk, client):
    round_id, cards, companion = await a_round(desk)
    stranger = await declares(desk, a_giver("Gita"))
    phone = Phone(stranger, round_id)
    phone.gives(cards[0])
    body = {"journal_id": str(phone.journal_id), "round_id": str(round_id), "lines": phone.lines}
    answer = await client.post("/v1/handovers/journal", json=body, headers=calls_as(stranger))
    assert answer.json()["code"] == "not_your_round"
    too_many = {**body, "lines": phone.lines * (LINES_A_CALL_MAX + 1)}
    answer = await client.post("/v1/handovers/journal", json=too_many, headers=calls_as(companion))
    assert answer.status_code == 422
    mine = await client.get(f"/v1/handovers/rounds/{round_id}", headers=calls_as(companion))
    assert [one["name"] for one in mine.json()["families"]] == [
        "KELUARGA 00",
        "KELUARGA 01",
        "KELUARGA 02",
    ]
    me = (await client.get("/v1/handovers/me", headers=calls_as(companion))).json()
    assert [one["round_id"] for one in me["rounds"]] == [str(round_id)]
