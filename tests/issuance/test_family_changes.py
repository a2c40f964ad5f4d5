"""What becomes of a card when its family's life changes: the whole table, state by state."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, get_args

import pytest
from tests.issuance.builders import (
    OTHER_VILLAGE,
    VILLAGE,
    WAY,
    Desk,
    an_approval,
    an_enrolment,
)
from tests.issuance.test_standings import changed, resumed, suspended, told

from common import clock, events
from common.auth.principal import Principal
from common.ids import new_id
from issuance.cards.block import block
from issuance.cards.change import Wish
from issuance.cards.family_rules import ACTIONS, NEEDS, action_for, need_of
from issuance.cards.rules import STATES
from issuance.cards.settle import settle_some
from issuance.cards.waste import note_destroyed, to_destroy

PROVINCE = ("62",)
CLERK = Principal("clerk-1", "Clerk", frozenset(), frozenset({"cards.manage"}), PROVINCE)

# What the office reads (services/issuance/README.md), in the order of a card's way.
NOTHING, FOLLOWS, REPLACED, ASKED = "nothing", "follows", "replaced", "asked"
EXPECTED = {
    # change: ordered signed in_print printed at_desk handed_over active blocked
    "head_dies": (FOLLOWS, *[REPLACED] * 4, ASKED, ASKED, ASKED),
    "head_renamed": (FOLLOWS, *[REPLACED] * 4, ASKED, ASKED, ASKED),
    "moves_in_province": (FOLLOWS, FOLLOWS, *[REPLACED] * 3, FOLLOWS, FOLLOWS, FOLLOWS),
    "moves_out": ("revoked",) * 8,
    "merged_away": ("revoked",) * 8,
    "split_with_new_head": (FOLLOWS, *[REPLACED] * 4, ASKED, ASKED, ASKED),
    "split": (NOTHING,) * 8,
    "merged": (NOTHING,) * 8,
    "kk_changed": (NOTHING,) * 8,
    "corrected": (NOTHING,) * 8,
    "member_dies": (NOTHING,) * 8,
}
SAID: dict[str, tuple[str, str]] = {
    "head_dies": ("person_died", "reissue"),
    "head_renamed": ("corrected", "reissue"),
    "moves_in_province": ("moved_in_province", "none"),
    "moves_out": ("moved_out", "revoke"),
    "merged_away": ("merged_away", "revoke"),
    "split_with_new_head": ("split", "reissue"),
    "split": ("split", "none"),
    "merged": ("merged", "none"),
    "kk_changed": ("kk_changed", "none"),
    "corrected": ("corrected", "none"),
    "member_dies": ("person_died", "none"),
}
ON_THE_WAY = ("ordered", *WAY, "blocked")
CELLS = [
    (change, state, action)
    for change, actions in EXPECTED.items()
    for state, action in zip(ON_THE_WAY, actions, strict=True)
]


async def families_with(desk: Desk, *states: str) -> list[Any]:
    """Families whose cards are in these states."""
    enrolments = [an_enrolment() for _ in states]
    state_of = dict(zip((one.household_id for one in enrolments), states, strict=True))
    await desk.hear(an_approval([e for e in enrolments if state_of[e.household_id] != "ordered"]))
    await desk.sign()
    await desk.hear(an_approval(enrolments))
    cards = [await desk.card_of(one.household_id) for one in enrolments]
    for place, state in enumerate(states):
        if state not in {"ordered", "signed"}:
            cards[place] = await desk.bring(cards[place], "active" if state == "blocked" else state)
        if state == "blocked":
            wish = Wish(new_id(), cards[place].card_id, "block", "lost")
            await desk.do(partial(block, principal=CLERK, wish=wish))
    return cards


async def cards_of(desk: Desk, household_id: Any) -> list[Any]:
    return await desk.rows(
        "SELECT * FROM cards WHERE household_id = :h ORDER BY ordered_at, replaces_card_id NULLS"
        " FIRST",
        h=household_id,
    )


async def asked_at(desk: Desk, household_id: Any) -> Any:
    (row,) = await desk.rows(
        "SELECT replace_asked_at FROM card_household_changes WHERE household_id = :h",
        h=household_id,
    )
    return row.replace_asked_at


@pytest.mark.parametrize("change", EXPECTED)
async def test_each_change_does_to_a_card_in_each_state_what_the_table_says(
    desk: Desk, change: str
):
    kind, card_action = SAID[change]
    region = OTHER_VILLAGE if change == "moves_in_province" else VILLAGE
    families = await families_with(desk, *ON_THE_WAY)
    for card, state, action in zip(families, ON_THE_WAY, EXPECTED[change], strict=True):
        event = changed(card.household_id, kind, card_action, region_code=region)
        await told(desk, event, 1)
        cards = await cards_of(desk, card.household_id)
        assert (await asked_at(desk, card.household_id) is not None) == (action == ASKED), state
        if action == REPLACED:
            assert [one.state for one in cards] == ["replaced", "ordered"]
            # The new one is made where the family lives; the old plastic is where it was sent.
            assert [one.region_code for one in cards] == [VILLAGE, region]
            continue
        (kept,) = cards
        assert kept.state == ("revoked" if action == "revoked" else state)
        assert kept.region_code == region or action == "revoked"


def test_the_code_has_one_table_and_the_office_reads_the_same():
    for change, state, action in CELLS:
        kind, card_action = SAID[change]
        need = need_of(kind, card_action, has_moved=change == "moves_in_province")
        assert action_for(need, state) == action, (change, state)


def test_every_kind_of_change_and_every_state_has_its_cell():
    kinds = set(get_args(events.HouseholdChangedV1.model_fields["kind"].annotation))
    assert {kind for kind, _ in NEEDS} == kinds
    for need, actions in ACTIONS.items():
        assert set(actions) == set(STATES), need


@pytest.mark.parametrize("state", WAY)
async def test_an_enrolment_that_waits_blocks_a_card_wherever_it_is_and_lets_it_go_on(
    desk: Desk, state: str
):
    enrolment = an_enrolment()
    assert await desk.hear(an_approval([enrolment]))
    await desk.sign()
    await desk.bring(await desk.card_of(enrolment.household_id), state)
    await desk.hear(suspended(enrolment))
    assert (await desk.card_of(enrolment.household_id)).state == "blocked"
    await desk.hear(resumed(enrolment))
    # One that was claimed for printing leaves its batch: the next batch takes it again.
    back = "signed" if state == "in_print" else state
    assert (await desk.card_of(enrolment.household_id)).state == back


async def test_a_card_that_state_of_while_its_family_waits_is_blocked_once_it_is_signed(
    desk: Desk,
):
    enrolment = an_enrolment()
    await desk.hear(suspended(enrolment))
    await desk.hear(an_approval([enrolment]))
    assert (await desk.card_of(enrolment.household_id)).state == "ordered"
    await desk.do(lambda tx: settle_some(tx, clock.utc_now()))
    assert (await desk.card_of(enrolment.household_id)).state == "ordered"
    await desk.sign()
    later = clock.utc_now() + timedelta(days=366)
    await desk.do(lambda tx: settle_some(tx, later))
    assert (await desk.card_of(enrolment.household_id)).state == "blocked"


async def test_plastic_of_a_card_that_ended_is_listed_for_destruction(desk: Desk):
    given, signed, printed, claimed = await families_with(
        desk, "active", "signed", "printed", "in_print"
    )
    for card in (given, signed, printed, claimed):
        await told(desk, changed(card.household_id, "moved_out", "revoke"), 1)
    found = {row["card_id"]: row for row in await desk.do(lambda tx: to_destroy(tx, CLERK))}
    assert {printed.card_id, claimed.card_id} <= set(found)
    assert not {given.card_id, signed.card_id} & set(found)
    line = found[printed.card_id]
    assert (line["last_state"], line["reason"], line["place"]) == ("printed", "moved_out", "62")
    wanted = [printed.card_id, printed.card_id, given.card_id]
    assert await desk.do(lambda tx: note_destroyed(tx, CLERK, wanted)) == 1
    assert await desk.do(lambda tx: note_destroyed(tx, CLERK, wanted)) == 0
    left = {row["card_id"] for row in await desk.do(lambda tx: to_destroy(tx, CLERK))}
    assert claimed.card_id in left
    assert printed.card_id not in left


async def test_who_is_of_another_region_destroys_nothing_here(desk: Desk):
    (printed,) = await families_with(desk, "printed")
    await told(desk, changed(printed.household_id, "moved_out", "revoke"), 1)
    stranger = replace(CLERK, regions=("62.71",))
    assert printed.card_id not in {
        row["card_id"] for row in await desk.do(lambda tx: to_destroy(tx, stranger))
    }
    assert await desk.do(lambda tx: note_destroyed(tx, stranger, [printed.card_id])) == 0
