"""Judge the lines of a journal one after the other, and write what becomes of each.

    judged = await judge_lines(tx, tools, sender, Batch(journal_id, lines), at=now)

An accepted line is in the ledger as if it had been given at a counter; a conflict is kept beside
it and takes nothing. Nothing is raised for a line: whatever it says, it ends as one of the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from common.web.formats import in_wib
from redemption.cards.identify import TrustedKeys
from redemption.cards.rules import why_not_usable
from redemption.entitlements.rules import Entitlement, why_not_held
from redemption.journal.keep_lines import Kept, conflict_row, keep, line_of
from redemption.journal.lines import Line
from redemption.journal.look_up import Known, act_of, look_up, policy_of
from redemption.journal.note_companion import hold_companions, note_companion
from redemption.journal.rules import Checked, Judgement, after, cover_after, judge
from redemption.journal.sender import Sender
from redemption.journal.undo_line import undo_line
from redemption.redeeming.lines import Redemption
from redemption.redeeming.rules import Situation

ACCEPTED = ""
# Noted on an accepted line that was done with network once, as the terminal says.
ANSWERED = "answered_before"
# Who undid it is the phone's word: it looked at the PIN, and nobody here did.
SAID_BY_PHONE = "undone_on_phone"


@dataclass(frozen=True, slots=True)
class Tools:
    """The process's keys: of the cards, and those that seal and find names."""

    trusted: TrustedKeys
    sealer: Sealer
    index: BlindIndex


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of one journal, in its order."""

    journal_id: UUID
    lines: Sequence[Line]
    # Lines of a quarantine that was released stand on no lease.
    may_use_lease: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a line: an empty code is accepted."""

    code: str
    is_owed: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    marks: tuple[str, ...] = ()


async def judge_lines(
    tx: AsyncConnection, tools: Tools, sender: Sender, batch: Batch, *, at: datetime
) -> list[Judged]:
    """Judge lines in their order and write what becomes of them; nothing else may be locked."""
    known = await look_up(
        tx, tools.trusted, sender, batch.lines, at=at, may_use_lease=batch.may_use_lease
    )
    await hold_companions(tx, tools, known, batch.lines)
    kept = Kept(batch.journal_id, sender, at)
    judged: list[Judged] = []
    for place, line in enumerate(batch.lines):
        if line.kind == "reversal":
            judged.append(await _undo(tx, known, kept, line))
        else:
            judged.append(await _judge(tx, tools, known, kept, (place, line)))
    await keep(tx, kept)
    return judged


async def _judge(
    tx: AsyncConnection, tools: Tools, known: Known, kept: Kept, nth: tuple[int, Line]
) -> Judged:
    place, line = nth
    situation, right = known.situations[place], known.situations[place].entitlement
    earlier = known.earlier.get(line.id)
    if earlier is not None and _is_same_act(known, place, line, earlier):
        return Judged(ACCEPTED)
    if line.id in known.conflicts:
        # Whatever is left by now: an act that is owed as a conflict must not be paid as a line too.
        return Judged(*known.conflicts[line.id])
    checked = _checked(known, place, line)
    if earlier is not None:
        checked = Checked(fault="id_reused")
    judgement = _judged(known, line, right, checked)
    _move_on(known, line, right, judgement)
    if judgement.outcome == "conflict":
        row = conflict_row(kept, known, (place, line), judgement)
        kept.conflicts.append(row)
        known.conflicts[line.id] = (row["code"], row["is_owed"], row["facts"])
        return Judged(row["code"], row["is_owed"], row["facts"])
    companion_id, marks = await note_companion(tx, tools, known, situation, line)
    redemption = line_of(known, (place, line), judgement, companion_id)
    known.earlier[line.id] = redemption
    kept.redemptions.append(redemption)
    marks = (*judgement.marks, *marks, *([ANSWERED] if line.answered else []))
    kept.note(redemption, marks)
    return Judged(ACCEPTED, marks=marks)


def _judged(known: Known, line: Line, right: Entitlement | None, checked: Checked) -> Judgement:
    if right is None:
        remaining = known.worth.get((line.cycle_id, line.benefit_id))
        fault = checked.fault or "not_entitled"
        checked = Checked(fault=fault, hindrances=checked.hindrances)
        cover = None
    else:
        remaining = known.remaining[right.id]
        cover = known.covers.get((line.lease_id, right.id)) if line.lease_id else None
    policy = policy_of(known.policy_of(line))
    return judge(act_of(known, line), remaining, cover, policy, checked, at=known.at)


def _move_on(known: Known, line: Line, right: Entitlement | None, judgement: Judgement) -> None:
    """Let the next line be judged by what this one leaves."""
    benefit = (line.cycle_id, line.benefit_id)
    if not judgement.is_leased:
        known.acts[benefit] += 1
    if right is None:
        return
    known.gave.add(right.id)
    known.remaining[right.id] = after(known.remaining[right.id], judgement)
    key = (line.lease_id, right.id) if line.lease_id else None
    if key is not None and key in known.covers:
        known.covers[key] = cover_after(known.covers[key], judgement)


def _checked(known: Known, place: int, line: Line) -> Checked:
    """Return what rules a line out, and what is only noted where a lease stands."""
    shown, situation = known.shown[place], known.situations[place]
    right, partner = situation.entitlement, known.sender.partner
    benefit = (line.cycle_id, line.benefit_id)
    gave = right is not None and not right.is_balance and right.id in known.gave
    fault = shown.fault or _fault(known, line, situation)
    return Checked(
        fault=fault,
        hindrances=() if fault else _hindrances(known, situation, shown.past, partner.region_codes),
        acts_before=known.acts[benefit],
        gave_before=gave,
    )


def _fault(known: Known, line: Line, situation: Situation) -> str | None:
    partner, right = known.sender.partner, situation.entitlement
    if not partner.is_active:
        return f"partner_{partner.status}"
    if situation.card is None:
        return "card_unknown"
    if line.operator not in known.sender.operators:
        return "operator_unknown"
    if right is None or (line.cycle_id, line.benefit_id) != (right.cycle_id, right.benefit_id):
        return "not_entitled"
    if partner.kind not in right.partner_kinds:
        return "not_at_this_partner_kind"
    allowed = right.goods_categories
    if allowed and line.goods_category not in allowed:
        return "goods_not_allowed"
    return None


def _hindrances(
    known: Known, situation: Situation, past: str | None, regions: Sequence[str]
) -> tuple[str, ...]:
    card, right, partner = situation.card, situation.entitlement, known.sender.partner
    if card is None or right is None or not regions:
        return ()
    today = in_wib(known.at).date()
    held = why_not_held(right, known.at, today)
    served = None if partner.serves(card.region_code) else "outside_partner_regions"
    found = (
        why_not_usable(card, known.at) or past,
        partner.why_not_serving(today),
        served,
        held.code if held else None,
    )
    return tuple(one for one in found if one is not None)


def _is_same_act(known: Known, place: int, line: Line, earlier: Redemption) -> bool:
    """Tell whether a line that came before, with or without network, is this very act."""
    is_balance = earlier.benefit_kind == "balance"
    measure = line.amount_rupiah if is_balance else (line.quantity or 1)
    return (
        earlier.terminal_id == known.sender.terminal_id
        and earlier.card_id == known.shown[place].card_id
        and line.entitlement_id in (None, earlier.entitlement_id)
        and (line.cycle_id, line.benefit_id) == (earlier.cycle_id, earlier.benefit_id)
        and measure == (earlier.amount_rupiah if is_balance else earlier.quantity)
    )


async def _undo(tx: AsyncConnection, known: Known, kept: Kept, line: Line) -> Judged:
    """Do a reversal that another person of the partner wrote without network."""
    await keep(tx, kept)
    try:
        undone = await undo_line(tx, known.sender, line, known.at)
    except Refused as refusal:
        row = conflict_row(kept, known, (None, line), Judgement("conflict", 0, 0, refusal.code))
        kept.conflicts.append(row)
        return Judged(refusal.code)
    if undone is not None:
        known.give_back(undone)
        kept.note(replace(undone, id=line.id), (SAID_BY_PHONE,))
    return Judged(ACCEPTED, marks=(SAID_BY_PHONE,))
