"""What becomes of a family's card when its life or its enrolments change: one table."""

from typing import Literal

from issuance.cards.rules import ENDED_STATES

# What a change asks for, whatever it was called.
Need = Literal["nothing", "new_name", "new_place", "end", "wait", "resume"]
# nothing: it stays as it is. follows: it stays, and goes with the family's name and place.
# replaced: it ends and another is ordered; what was printed of it is destroyed. asked: it stays
# valid, so that nobody goes without, and the desk replaces it when the family comes. blocked, freed
# and revoked by the registry. ordered: a card again, since the last one was only revoked for this.
Action = Literal[
    "nothing", "follows", "replaced", "asked", "blocked", "freed", "revoked", "ordered"
]

# What the registry tells (household.changed.v1), by kind and card action.
NEEDS: dict[tuple[str, str], Need] = {
    ("person_died", "none"): "nothing",
    ("person_died", "reissue"): "new_name",
    ("person_died", "revoke"): "end",
    ("head_changed", "reissue"): "new_name",
    ("moved_in_province", "none"): "new_place",
    ("moved_out", "revoke"): "end",
    # The part that keeps the enrolment keeps the card; the other has none until it is enrolled.
    ("split", "none"): "nothing",
    ("split", "reissue"): "new_name",
    ("split_off", "none"): "nothing",
    ("merged", "none"): "nothing",
    ("merged_away", "revoke"): "end",
    # Its enrolments end by events of their own, and the card with them.
    ("left", "none"): "nothing",
    # The card does not carry the KK number.
    ("kk_changed", "none"): "nothing",
    ("corrected", "none"): "nothing",
    ("corrected", "reissue"): "new_name",
}
OF_ACTION: dict[str, Need] = {"none": "nothing", "reissue": "new_name", "revoke": "end"}

_NOT_PRINTED = ("signed",)
_ON_PLASTIC = ("in_print", "printed", "at_desk")
_IN_HAND = ("handed_over", "active")
_ON_ITS_WAY = (*_NOT_PRINTED, *_ON_PLASTIC)


def _by(*groups: tuple[tuple[str, ...], Action]) -> dict[str, Action]:
    table: dict[str, Action] = dict.fromkeys(ENDED_STATES, "nothing")
    for states, action in groups:
        table.update(dict.fromkeys(states, action))
    return table


# An ordered card is signed with the name and for the place that the family then has.
ACTIONS: dict[Need, dict[str, Action]] = {
    "nothing": _by((("ordered", *_ON_ITS_WAY, *_IN_HAND, "blocked"), "nothing")),
    "new_name": _by(
        (("ordered",), "follows"), (_ON_ITS_WAY, "replaced"), ((*_IN_HAND, "blocked"), "asked")
    ),
    # The village is printed on it, and it lies at a desk where the family is no more.
    "new_place": _by(
        (("ordered", *_NOT_PRINTED), "follows"),
        (_ON_PLASTIC, "replaced"),
        ((*_IN_HAND, "blocked"), "follows"),
    ),
    "end": _by((("ordered", *_ON_ITS_WAY, *_IN_HAND, "blocked"), "revoked")),
    # An ordered card waits for its signature, and is blocked then.
    "wait": _by((("ordered", "blocked"), "nothing"), ((*_ON_ITS_WAY, *_IN_HAND), "blocked")),
    "resume": _by(
        (("ordered", *_ON_ITS_WAY, *_IN_HAND), "nothing"),
        (("blocked",), "freed"),
        (("revoked",), "ordered"),
    ),
}


def need_of(kind: str, card_action: str, *, has_moved: bool) -> Need:
    """Return what a change asks for; a kind that is not in the table is taken by its action.

    A change that says nothing of the card and brings the family to another village is a move,
    also when it only corrects an earlier one.
    """
    need = NEEDS.get((kind, card_action), OF_ACTION[card_action])
    if need in {"nothing", "new_place"}:
        return "new_place" if has_moved else "nothing"
    return need


def action_for(need: Need, state: str) -> Action:
    """Return what becomes of a card in this state.

    "freed" and "ordered" hold for what the registry itself blocked or revoked: what the desk did
    stays as it is.
    """
    return ACTIONS[need][state]
