"""Several people and processes at one card, or one box of cards, at the same moment."""

import asyncio
import json
from functools import partial
from itertools import pairwise
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.clients import bearer
from tests.issuance.builders import Desk, an_approval, an_enrolment

from common.auth.principal import Principal
from common.ids import new_id
from common.problems import Refused
from issuance.cards import queries
from issuance.cards.change import Wish, apply
from issuance.cards.move_many import move_many
from issuance.cards.replace import replace
from issuance.cards.revoke import revoke

CLERKS = [bearer("card_desk", subject=f"clerk-{number}") for number in range(4)]
CARRIER = Principal("carrier", "Carrier", frozenset(), frozenset(), ("62",))
CLERK = Principal("clerk-1", "Clerk", frozenset(), frozenset({"cards.manage"}), ("62",))
DESK = "62.01.01"


async def give(tx: AsyncConnection, card_id: str) -> str:
    """Hand a card over as a desk does, if it can still be given."""
    found = await tx.execute(queries.SELECT_FOR_UPDATE, {"id": card_id})
    card = found.mappings().one()
    try:
        given = await apply(tx, CLERK, card, "handed_over", reason="head", change_id=new_id())
    except Refused as refusal:
        return refusal.code
    await apply(tx, CLERK, given, "active", reason="head", change_id=None)
    return "given"


async def histories_hold(desk: Desk, card_ids: list[str]) -> None:
    """Every card is where its history ends, no line is missing, and the status list agrees."""
    rows = await desk.rows(
        "SELECT c.card_id, c.state, c.version, array_agg(l.state ORDER BY l.version) AS way,"
        " (SELECT status FROM status_entries e"
        "  WHERE e.list_number = c.list_number AND e.index = c.status_index) AS status"
        " FROM cards c JOIN card_changes l USING (card_id)"
        " WHERE c.card_id = ANY(:ids) GROUP BY c.card_id",
        ids=card_ids,
    )
    assert len(rows) == len(card_ids)
    codes = {"active": 0, "revoked": 1, "replaced": 1, "blocked": 2}
    for row in rows:
        assert (row.way[-1], len(row.way)) == (row.state, row.version)
        assert row.status == codes.get(row.state, 3), row.state


async def statuses_told(desk: Desk, card_id: str) -> list[tuple[int, str]]:
    rows = await desk.rows(
        "SELECT envelope FROM outbox WHERE subject = :s AND event_type = 'card.status_changed.v1'"
        " ORDER BY position",
        s=f"card:{card_id}",
    )
    told = [json.loads(row.envelope) for row in rows]
    return [(one["sequence"], one["data"]["status"]) for one in told]


async def a_box(desk: Desk, count: int, state: str) -> list[str]:
    enrolments = [an_enrolment(f"WARGA {number}") for number in range(count)]
    await desk.hear(an_approval(enrolments))
    await desk.sign()
    ids = [(await desk.card_of(one.household_id)).card_id for one in enrolments]
    way = ("signed", "in_print", "printed", "at_desk")
    for old, new in pairwise(way[: way.index(state) + 1]):
        await desk.do(carry(ids, old, new))
    return ids


def carry(ids: list[str], old: str, new: str) -> Any:
    return lambda tx: move_many(tx, CARRIER, ids, old=old, new=new, reason="test", place=DESK)


async def test_a_block_and_a_hand_over_at_once_leave_no_blocked_card_that_counts(
    desk: Desk, client: httpx.AsyncClient
):
    for _ in range(8):
        card = await desk.a_card(state="at_desk")
        body = {"change_id": str(new_id()), "act": "block", "reason": "stolen"}
        path = f"/v1/cards/{card.card_id}/status-changes"
        answers = await asyncio.gather(
            client.post(path, json=body, headers=CLERKS[0]),
            desk.do(partial(give, card_id=card.card_id)),
        )
        assert answers[0].status_code == 200
        assert answers[1] in {"given", "card_state_impossible"}
        # Whoever was first, in the end it is blocked, and the last that anybody hears is that.
        (row,) = await desk.rows("SELECT state FROM cards WHERE card_id = :id", id=card.card_id)
        assert row.state == "blocked"
        told = await statuses_told(desk, card.card_id)
        assert told[-1][1] == "suspended"
        assert [sequence for sequence, _ in told] == sorted({sequence for sequence, _ in told})
        await histories_hold(desk, [card.card_id])


async def test_cards_that_are_revoked_while_their_batch_moves_stay_revoked(desk: Desk):
    ids = await a_box(desk, 60, "printed")
    gone = ids[::4]

    async def take_out(card_id: str) -> None:
        wish = Wish(new_id(), card_id, "revoke", "family_left")
        await desk.do(lambda tx: revoke(tx, CLERK, wish))

    moved, *_ = await asyncio.gather(
        desk.do(carry(ids, "printed", "at_desk")), *(take_out(one) for one in gone)
    )
    rows = await desk.rows("SELECT card_id, state FROM cards WHERE card_id = ANY(:i)", i=ids)
    states = {row.card_id: row.state for row in rows}
    assert {states[one] for one in gone} == {"revoked"}
    assert {states[one] for one in ids if one not in gone} == {"at_desk"}
    assert {one for one in ids if one not in gone} <= set(moved)
    await histories_hold(desk, ids)


async def test_a_box_that_several_receive_at_once_is_received_once(desk: Desk):
    ids = await a_box(desk, 40, "printed")
    shuffled = [ids, ids[::-1], ids[20:] + ids[:20], ids]
    moved = await asyncio.gather(*(desk.do(carry(one, "printed", "at_desk")) for one in shuffled))
    assert sorted(card_id for some in moved for card_id in some) == sorted(ids)
    assert await desk.do(carry(ids, "printed", "at_desk")) == []
    await histories_hold(desk, ids)
    steps = await desk.rows(
        "SELECT step ->> 'card_id' AS card_id FROM outbox,"
        " jsonb_array_elements(envelope::jsonb #> '{data,steps}') AS step"
        " WHERE event_type = 'cards.state_changed.v1' AND step ->> 'state' = 'at_desk'"
        " AND step ->> 'card_id' = ANY(:ids)",
        ids=ids,
    )
    assert sorted(row.card_id for row in steps) == sorted(ids)


async def test_a_replacement_that_is_sent_eight_times_at_once_makes_one_card(desk: Desk):
    card = await desk.a_card(state="active")
    wish = Wish(new_id(), card.card_id, "replace", "lost")

    async def send() -> str:
        made = await desk.do(lambda tx: replace(tx, CLERK, wish))
        return str(made["card_id"])

    assert len(set(await asyncio.gather(*(send() for _ in range(8))))) == 1
    assert await statuses_told(desk, card.card_id) == [(7, "valid"), (8, "revoked")]


async def test_a_move_of_cards_of_another_region_moves_nothing(desk: Desk):
    ids = await a_box(desk, 3, "signed")
    elsewhere = Principal("p", "P", frozenset(), frozenset({"cards.print"}), ("62.02",))
    with pytest.raises(Refused, match="outside_your_regions"):
        await desk.do(
            lambda tx: move_many(
                tx, elsewhere, ids, old="signed", new="in_print", reason="", place="62.02"
            )
        )
    rows = await desk.rows("SELECT DISTINCT state FROM cards WHERE card_id = ANY(:i)", i=ids)
    assert [row.state for row in rows] == ["signed"]
