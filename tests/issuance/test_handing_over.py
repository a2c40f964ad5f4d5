"""Who may be given a card, by whom, once; and what is held until another person has looked."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.issuance.builders import OTHER_VILLAGE, an_approval, an_enrolment
from tests.issuance.handing import (
    INDEX,
    NOON,
    SEALER,
    a_giver,
    calls_as,
    declares,
    gives,
    nik,
    to_a_representative,
    to_the_head,
)

from common.ids import new_id
from common.problems import Refused
from issuance.handing_over.review import judge, mark_seen, waiting
from issuance.handing_over.rules import (
    LIMITS,
    Circumstances,
    Position,
    check_collector,
    check_pictures,
    flags_of,
    hold_reason,
)

CALM = Circumstances(
    handed_at=NOON,
    now=NOON + timedelta(minutes=1),
    issued_at=NOON - timedelta(days=9),
    in_this_minute=1,
    position=None,
    others_here=(),
)
HERE = (Position(-2.21, 113.92, 20),) * 5


async def refusal_of(doing) -> str:
    with pytest.raises(Refused) as refused:
        await doing
    return refused.value.code


async def state_of(desk, card):
    found = await desk.rows("SELECT state FROM cards WHERE card_id = :id", id=card.card_id)
    return found[0].state


# ------------------------------------------------------------------------------------ rules


@pytest.mark.parametrize(
    ("collector", "relation", "name", "number", "document", "code"),
    [
        ("dog", "", "", "", "ktp", "collector_unknown"),
        ("head", "", "", "", "a smile", "document_missing"),
        ("family_member", "neighbour", "BUDI", "", "ktp", "relation_missing"),
        ("family_member", "child", " ", "", "ktp", "collector_name_missing"),
        ("representative", "neighbour", "BUDI", "123", "surat_kuasa", "collector_nik_wrong"),
        ("representative", "neighbour", "BUDI", nik(1), "ktp", "mandate_missing"),
    ],
)
def test_an_unfinished_word_about_the_collector_is_refused(
    collector, relation, name, number, document, code
):
    with pytest.raises(Refused) as refused:
        check_collector(collector, relation, name, number, document)
    assert refused.value.code == code


def test_a_picture_is_what_it_says_and_small():
    check_pictures(b"M1 2L3.5 4", b"\xff\xd8\xff...")
    for signature, photo in [(b"<script>", b""), (b"M1 2" * 9000, b""), (b"", b"GIF89a")]:
        with pytest.raises(Refused):
            check_pictures(signature, photo)


def test_what_is_odd_is_flagged_with_what_was_measured():
    assert flags_of(CALM) == {}
    assert flags_of(replace(CALM, in_this_minute=4)) == {"many_at_once": 4}
    far = replace(CALM, position=Position(-2.21, 114.5, 20), others_here=HERE)
    assert flags_of(far) == {"far_away": 64}
    assert flags_of(replace(far, position=HERE[0])) == {}
    assert flags_of(replace(far, others_here=HERE[:2])) == {}, "two say nothing of a village"
    assert flags_of(replace(CALM, handed_at=NOON + timedelta(hours=10), now=NOON + timedelta(1)))
    assert flags_of(replace(CALM, handed_at=NOON + timedelta(days=2))) == {"odd_clock": 48}
    assert flags_of(replace(CALM, issued_at=NOON + timedelta(seconds=1))) == {"odd_clock": 0}


def test_two_families_are_a_favour_and_a_third_is_held():
    assert hold_reason(LIMITS.families_per_collector - 1, is_staff=False) is None
    assert hold_reason(LIMITS.families_per_collector, is_staff=False) == "collects_for_many"
    assert hold_reason(0, is_staff=True) == "collector_is_staff"


# ------------------------------------------------------------------------------------ the verb


async def test_a_card_counts_once_it_is_given_and_a_repeat_changes_nothing(desk):
    giver = await declares(desk, a_giver("Ani"))
    card = await desk.a_card(state="at_desk")
    wish = to_the_head(
        card, position=Position.coarse(-2.2136, 113.9213, 12.4), signature=b"M1 2L3 4"
    )
    first = await gives(desk, giver, wish)
    again = await gives(desk, giver, replace(wish, handed_at=NOON))
    assert first == again
    assert await state_of(desk, card) == "active"
    assert (float(first["latitude"]), float(first["longitude"])) == (-2.21, 113.92)
    assert b"M1 2" not in first["sealed_signature"]
    other = replace(wish, document="kk")
    assert await refusal_of(gives(desk, giver, other)) == "id_reused"


async def test_the_desk_and_a_companion_at_once_hand_a_card_over_once(desk):
    givers = [await declares(desk, a_giver(f"G{n}")) for n in range(4)]
    card = await desk.a_card(state="at_desk")
    told = await asyncio.gather(
        *(gives(desk, giver, to_the_head(card)) for giver in givers), return_exceptions=True
    )
    refused = [one.code for one in told if isinstance(one, Refused)]
    assert refused == ["already_handed_over"] * 3
    found = await desk.rows("SELECT 1 FROM hand_overs WHERE card_id = :id", id=card.card_id)
    assert len(found) == 1


@pytest.mark.parametrize(
    ("state", "code"),
    [("blocked", "card_is_blocked"), ("revoked", "card_is_over"), ("signed", None)],
)
async def test_a_card_that_is_not_at_hand_is_not_given(desk, client, state, code):
    giver = await declares(desk, a_giver("Ani"))
    card = await desk.a_card(state="signed" if state == "signed" else "at_desk")
    acts = {"blocked": ("block", "lost"), "revoked": ("revoke", "issued_in_error")}
    if state in acts:
        act, reason = acts[state]
        body = {"change_id": str(new_id()), "act": act, "reason": reason}
        clerk = calls_as(a_giver("K", "card_desk"))
        path = f"/v1/cards/{card.card_id}/status-changes"
        assert (await client.post(path, json=body, headers=clerk)).status_code == 200
    given = await refusal_of(gives(desk, giver, to_the_head(card)))
    assert given == (code or "card_state_impossible")
    assert await desk.rows("SELECT 1 FROM hand_overs WHERE card_id = :id", id=card.card_id) == []


async def test_nobody_hands_over_elsewhere_or_before_saying_who_they_are(desk):
    card = await desk.a_card(region_code=OTHER_VILLAGE, state="at_desk")
    stranger = a_giver("Ani")
    assert await refusal_of(gives(desk, stranger, to_the_head(card))) == "declare_yourself_first"
    far = await declares(desk, a_giver("Ani", regions=["62.01"]))
    assert await refusal_of(gives(desk, far, to_the_head(card))) == "outside_your_regions"


async def test_nobody_hands_over_to_the_own_family_or_to_the_own_hands(desk):
    kk, own = "6201999912345678", nik(77)
    enrolment = an_enrolment(kk_number=kk)
    assert await desk.hear(an_approval([enrolment]))
    await desk.sign()
    mine = await desk.bring(await desk.card_of(enrolment.household_id), "at_desk")
    other = await desk.a_card(state="at_desk")
    giver = await declares(desk, a_giver("Ani"), own_nik=own, own_kk=kk)
    assert await refusal_of(gives(desk, giver, to_the_head(mine))) == "own_family"
    assert await refusal_of(gives(desk, giver, to_a_representative(other, own))) == "own_collector"


INSERT = """
    INSERT INTO hand_overs (handover_id, card_id, household_id, region_code, giver, giver_name,
        collector, relation, collector_nik_index, sealed_collector_name, document, handed_at,
        received_at, digest, held_because)
    SELECT gen_random_uuid(), card_id, household_id, region_code, :giver, 'x', :collector, '',
        CAST(:nik AS bytea), '\\x00', 'ktp', now(), now(), '\\x00', CAST(:held AS text)
    FROM cards WHERE card_id = :id
"""


async def test_the_database_refuses_what_the_verb_would(desk):
    kk, own = "6201999987654321", nik(78)
    enrolment = an_enrolment(kk_number=kk, region_code=OTHER_VILLAGE)
    assert await desk.hear(an_approval([enrolment]))
    await desk.sign()
    mine = await desk.bring(await desk.card_of(enrolment.household_id), "at_desk")
    card = await desk.a_card(region_code=OTHER_VILLAGE, state="at_desk")
    giver = await declares(desk, a_giver("Ani"), own_nik=own, own_kk=kk)
    plain = {"giver": giver.subject, "collector": "head", "nik": None, "held": None}

    async def write(statement, **values):
        await desk.do(lambda tx: tx.execute(text(statement), {**plain, **values}))

    himself = {"collector": "representative", "nik": INDEX.of("nik", own)}
    for values, said in [
        ({"id": mine.card_id}, "own family"),
        ({"id": card.card_id, **himself}, "own hands"),
        ({"id": card.card_id, "giver": "nobody"}, "own numbers"),
        ({"id": card.card_id, "collector": "representative"}, "representative_known"),
    ]:
        with pytest.raises(DBAPIError, match=said):
            await write(INSERT, **values)
    await write(INSERT, id=card.card_id, held="collects_for_many")
    for statement, said in [
        (INSERT, "card_id"),
        ("UPDATE hand_overs SET collector = 'family_member' WHERE card_id = :id", "judged once"),
        ("DELETE FROM hand_overs WHERE card_id = :id", "append-only"),
        (
            "UPDATE hand_overs SET judgement = 'confirmed', judged_at = now(), judged_by = giver,"
            " judged_by_name = 'x', sealed_judgement_note = '\\x00' WHERE card_id = :id",
            "judged_by_another",
        ),
    ]:
        with pytest.raises(DBAPIError, match=said):
            await write(statement, id=card.card_id)
    # A card that is held cannot be made to count, whichever way is tried.
    with pytest.raises(DBAPIError, match="held hand-over does not count"):
        await desk.bring(card, "active")


# ----------------------------------------------------------------------- held, flagged, judged


async def three_for(desk, giver, number):
    cards = [await desk.a_card(f"KELUARGA {n}", state="at_desk") for n in range(3)]
    rows = [await gives(desk, giver, to_a_representative(card, nik(number))) for card in cards]
    return cards, rows


async def test_who_collects_for_a_third_family_is_held_until_another_has_asked_the_family(desk):
    giver = await declares(desk, a_giver("Ani", "card_desk"))
    checker = a_giver("Budi", "card_desk", regions=["62.01"])
    cards, rows = await three_for(desk, giver, 501)
    assert [row["held_because"] for row in rows] == [None, None, "collects_for_many"]
    assert [await state_of(desk, card) for card in cards] == ["active", "active", "handed_over"]

    held, _ = await desk.do(lambda tx: waiting(tx, checker, SEALER))
    mine = [one for one in held if one.row["card_id"] == cards[2].card_id]
    assert [(one.head_name, one.collector_name, one.row["families"]) for one in mine] == [
        ("KELUARGA 2", "BUDI", 3)
    ]

    def judges(who, word, note="ditelepon"):
        handover_id = rows[2]["handover_id"]
        return desk.do(lambda tx: judge(tx, who, SEALER, handover_id, word=word, note=note))

    assert await refusal_of(judges(giver, "confirmed")) == "needs_another_person"
    assert await refusal_of(judges(checker, "confirmed", note=" ")) == "words_missing"
    first = await judges(checker, "confirmed")
    assert await state_of(desk, cards[2]) == "active"
    assert await judges(checker, "confirmed") == first
    assert await refusal_of(judges(checker, "refused")) == "changed_meanwhile"


async def test_a_refused_hand_over_blocks_the_card_and_orders_another(desk):
    giver = await declares(desk, a_giver("Ani", "card_desk"))
    cards, rows = await three_for(desk, giver, 502)
    await desk.do(
        lambda tx: judge(
            tx,
            a_giver("Budi", "card_desk", regions=["62.01"]),
            SEALER,
            rows[2]["handover_id"],
            word="refused",
            note="keluarga tidak mengenalnya",
        )
    )
    steps = await desk.rows(
        "SELECT state FROM card_changes WHERE card_id = :id ORDER BY version DESC LIMIT 2",
        id=cards[2].card_id,
    )
    assert [step.state for step in steps] == ["replaced", "blocked"]
    newest = await desk.card_of(cards[2].household_id)
    assert (newest.state, newest.replaces_card_id) == ("ordered", cards[2].card_id)


async def test_two_at_once_cannot_both_be_the_second_family(desk):
    giver = await declares(desk, a_giver("Ani"))
    cards = [await desk.a_card(state="at_desk") for _ in range(5)]
    rows = await asyncio.gather(
        *(gives(desk, giver, to_a_representative(card, nik(503))) for card in cards)
    )
    held = [row["held_because"] for row in rows]
    assert (held.count(None), held.count("collects_for_many")) == (2, 3)


async def test_staff_who_collect_as_a_representative_are_held(desk):
    await declares(desk, a_giver("Kepala desa"), own_nik=nik(601))
    giver = await declares(desk, a_giver("Ani"))
    card = await desk.a_card(state="at_desk")
    row = await gives(desk, giver, to_a_representative(card, nik(601)))
    assert row["held_because"] == "collector_is_staff"
    assert await state_of(desk, card) == "handed_over"


async def test_many_at_the_same_minute_are_flagged_and_seen_by_another(desk):
    giver = await declares(desk, a_giver("Ani", "card_desk"))
    checker = a_giver("Budi", "card_desk", regions=["62.01"])
    moment = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    for _ in range(4):
        card = await desk.a_card(state="at_desk")
        row = await gives(desk, giver, to_the_head(card, handed_at=moment))
    assert await state_of(desk, card) == "active", "a flag stops nothing"

    async def flags():
        _, flagged = await desk.do(lambda tx: waiting(tx, checker, SEALER))
        mine = [one.row for one in flagged if one.row["handover_id"] == row["handover_id"]]
        return [one["flag"] for one in mine]

    assert "many_at_once" in await flags()
    seen = (row["handover_id"], "many_at_once")
    assert await refusal_of(desk.do(lambda tx: mark_seen(tx, giver, *seen))) == (
        "needs_another_person"
    )
    await desk.do(lambda tx: mark_seen(tx, checker, *seen))
    assert "many_at_once" not in await flags()


async def test_no_nik_and_no_name_is_readable_in_the_database(desk):
    giver = await declares(desk, a_giver("Ani"), own_nik=nik(701))
    card = await desk.a_card(state="at_desk")
    await gives(desk, giver, to_a_representative(card, nik(702), collector_name="PAK SAMSUDIN"))
    told = await desk.rows(
        "SELECT to_jsonb(h)::text AS told FROM hand_overs h UNION ALL"
        " SELECT to_jsonb(g)::text FROM giver_declarations g UNION ALL"
        " SELECT to_jsonb(a)::text FROM audit_log a"
    )
    for row in told:
        for secret in (nik(701), nik(702), "SAMSUDIN"):
            assert secret not in row.told
            assert secret.encode().hex() not in row.told


async def test_the_interface_hands_over_by_the_same_rules(desk, client):
    giver = a_giver("Ani", "card_desk")
    card = await desk.a_card(state="at_desk")
    body = {
        "handover_id": str(new_id()),
        "card_id": card.card_id,
        "collector": "head",
        "document": "ktp",
        "handed_at": "2026-05-06T03:00:00Z",
        "position": {"lat": -2.2136, "lon": 113.92, "accuracy_m": 12.0},
    }

    async def posts(path, body):
        return await client.post(f"/v1/handovers{path}", json=body, headers=calls_as(giver))

    assert (await posts("", body)).json()["code"] == "declare_yourself_first"
    own = {"declaration_id": str(new_id()), "nik": nik(703), "kk_number": "6201999900000703"}
    assert (await posts("/declarations", own)).json()["counts"] is True
    answers = [await posts("", body) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["held_because"] is None
    assert await state_of(desk, card) == "active"
    assert (await posts("", {**body, "document": "kk"})).json()["code"] == "id_reused"
