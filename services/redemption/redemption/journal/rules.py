"""When a terminal's journal is believed, and what becomes of each of its lines. Pure.

Two questions, one after the other. `take_segment`: does this stretch of lines go on where the
journal stood? Then every new line is judged by `judge`, in the order of the journal and of the
server, never by a phone's clock: accepted, or a conflict that is kept for ever.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from redemption.journal.chain_rules import START, Head, Link, Taken, take_segment
from redemption.leases.rules import SetAside, may_redeem

__all__ = [
    "START",
    "Act",
    "Checked",
    "Cover",
    "Head",
    "Judgement",
    "Link",
    "Policy",
    "Remaining",
    "SetAside",
    "Taken",
    "after",
    "cover_after",
    "judge",
    "take_segment",
]


# What is noted on a line that is accepted all the same.
MARKS = ("lease_lapsed", "within_policy", "outside_policy")
NOT_SET_ASIDE = SetAside()


@dataclass(frozen=True, slots=True)
class Act:
    """What a line says was given, and on whose word."""

    terminal_id: UUID
    lease_id: UUID | None
    quantity: int | None
    amount_rupiah: int | None
    # Lines of a journal that was put aside and released stand on no lease any more.
    may_use_lease: bool = True


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of a right, and for whom it is set aside."""

    is_balance: bool
    unit_rupiah: int
    quantity: int
    rupiah: int
    set_aside: SetAside = NOT_SET_ASIDE


@dataclass(frozen=True, slots=True)
class Cover:
    """What this terminal's lease, standing or lapsed, set aside of the right and was not used."""

    quantity: int
    rupiah: int


@dataclass(frozen=True, slots=True)
class Policy:
    """What a programme allows off line to families outside of the lease. None: no limit."""

    is_allowed: bool = False
    per_act_quantity_max: int | None = None
    per_act_rupiah_max: int | None = None
    acts_max: int | None = None


NOT_ALLOWED = Policy()


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found about a line before its right is looked at.

    `fault` rules the line out whatever the lease says: a forged card, a card of another family, a
    suspended partner. `hindrances` rule out an unleased line, and are noted on a leased one: a
    card that was blocked meanwhile, a right that was suspended, a cycle that closed.
    """

    fault: str | None = None
    hindrances: tuple[str, ...] = ()
    # Unleased lines of this terminal for the same benefit that were judged before this one.
    acts_before: int = 0
    # This very terminal wrote an earlier line that used the right up: it could have known.
    gave_before: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of a line, and what it takes or would have taken."""

    outcome: Literal["accepted", "conflict"]
    quantity: int
    amount_rupiah: int
    code: str | None = None
    # The terminal kept to the rule: before a person has judged, the partner is taken to be owed.
    is_owed: bool = False
    marks: tuple[str, ...] = ()
    # Whether it counts as leased in the ledger.
    is_leased: bool = False


def judge(
    act: Act,
    right: Remaining | None,
    cover: Cover | None,
    policy: Policy,
    checked: Checked,
    *,
    at: datetime,
) -> Judgement:
    """Return what becomes of one line.

    (a) Its right is set aside for this terminal, now: accepted. (b) Otherwise accepted while the
    right is free and enough is left, and noted as late, or as within or outside of the policy.
    (c) Otherwise a conflict, owed when the terminal kept to its lease or to the policy.
    """
    quantity, rupiah = taken_by(act, right)
    code = checked.fault or why_not_readable(act, right)
    if right is None or code is not None:
        return Judgement("conflict", quantity, rupiah, code or "not_entitled")
    covers = act.may_use_lease and cover is not None and _is_enough(cover, quantity, rupiah)
    is_leased = act.may_use_lease and right.set_aside.holder(at) == act.terminal_id
    is_within = is_within_policy(policy, quantity, rupiah, checked.acts_before)
    made = Judgement("accepted", quantity, rupiah, is_leased=is_leased)
    code = None if is_leased else _why_not_free(act, right, checked, at)
    if code is None and not _is_enough(right, quantity, rupiah):
        code = "already_redeemed" if is_used_up(right) else "insufficient_entitlement"
    if code is not None:
        is_owed = covers or (is_within and not is_leased and not checked.gave_before)
        return replace(made, outcome="conflict", code=code, is_owed=is_owed, is_leased=False)
    if is_leased:
        return replace(made, marks=checked.hindrances)
    if covers:
        return replace(made, marks=("lease_lapsed",))
    return replace(made, marks=("within_policy" if is_within else "outside_policy",))


def taken_by(act: Act, right: Remaining | None) -> tuple[int, int]:
    """Return what a line takes: whole parcels or services (0 of a balance), and their rupiah."""
    if right is None:
        return act.quantity or 0, act.amount_rupiah or 0
    if right.is_balance:
        return 0, act.amount_rupiah or 0
    quantity = act.quantity or 1
    return quantity, quantity * right.unit_rupiah


def why_not_readable(act: Act, right: Remaining | None) -> str | None:
    """Return why a line's measure does not fit its benefit, or None."""
    if right is None:
        return None
    if right.is_balance:
        return "amount_needed" if not act.amount_rupiah or act.quantity not in (None, 1) else None
    return "amount_is_fixed" if act.amount_rupiah is not None else None


def is_within_policy(policy: Policy, quantity: int, rupiah: int, acts_before: int) -> bool:
    """Tell whether the programme allowed this to be given off line outside of a lease."""
    limits = (
        (policy.per_act_quantity_max, quantity),
        (policy.per_act_rupiah_max, rupiah),
        (policy.acts_max, acts_before + 1),
    )
    return policy.is_allowed and all(most is None or found <= most for most, found in limits)


def is_used_up(right: Remaining) -> bool:
    """Tell whether nothing is left."""
    return (right.rupiah if right.is_balance else right.quantity) <= 0


def after(right: Remaining, judgement: Judgement) -> Remaining:
    """Return what is left of a right once a line was judged: a conflict takes nothing."""
    if judgement.outcome == "conflict":
        return right
    quantity = right.quantity - judgement.quantity
    return replace(right, quantity=quantity, rupiah=right.rupiah - judgement.amount_rupiah)


def cover_after(cover: Cover, judgement: Judgement) -> Cover:
    """Return what a lease still covers once a line was judged that stands on it."""
    if judgement.outcome == "conflict" and not judgement.is_owed:
        return cover
    return Cover(cover.quantity - judgement.quantity, cover.rupiah - judgement.amount_rupiah)


def _is_enough(of: Remaining | Cover, quantity: int, rupiah: int) -> bool:
    return quantity <= of.quantity and rupiah <= of.rupiah


def _why_not_free(act: Act, right: Remaining, checked: Checked, at: datetime) -> str | None:
    if checked.hindrances:
        return checked.hindrances[0]
    if not may_redeem(right.set_aside, act.terminal_id, at):
        return "entitlement_leased"
    return None
