"""Write what became of a journal's lines: redemptions with their events, conflicts, marks."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import outbox
from common.events import BATCH_MAX, RedemptionsRecordedV1
from common.ids import new_id
from redemption.entitlements.rules import Entitlement
from redemption.journal import conflict_queries, queries
from redemption.journal.lines import Line
from redemption.journal.look_up import Known
from redemption.journal.rules import Judgement
from redemption.journal.sender import Sender
from redemption.leases.rule_words import RULE_VERSION
from redemption.redeeming import line_queries
from redemption.redeeming.lines import Redemption
from redemption.redeeming.record_many import record_late
from redemption.redeeming.tell import SOURCE, recorded

Nth = tuple[int, Line]


@dataclass(slots=True)
class Kept:
    """What is to be written of a stretch of lines, in one round of statements."""

    journal_id: UUID
    sender: Sender
    at: datetime
    redemptions: list[Redemption] = field(default_factory=list)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    marks: list[dict[str, Any]] = field(default_factory=list)

    def note(self, redemption: Redemption, marks: tuple[str, ...]) -> None:
        """Mark an accepted line, where there is something to be said."""
        if marks:
            self.marks.append(
                {
                    "redemption_id": redemption.id,
                    "household_id": redemption.household_id,
                    "terminal_id": self.sender.terminal_id,
                    "partner_id": self.sender.partner.id,
                    "marks": list(marks),
                    "noted_at": self.at,
                }
            )


async def keep(tx: AsyncConnection, kept: Kept) -> None:
    """Write what has been judged so far, and begin anew."""
    await _record(tx, kept.redemptions)
    await queries.add_marks(tx, kept.marks)
    await _say_when_first(tx, kept.conflicts)
    await conflict_queries.add_all(tx, kept.conflicts)
    kept.redemptions, kept.conflicts, kept.marks = [], [], []


async def _record(tx: AsyncConnection, lines: list[Redemption]) -> None:
    versions = await record_late(tx, lines)
    told = []
    for line, version in zip(lines, versions, strict=True):
        if version is None:
            # Its right and its id have been held since it was judged.
            raise RuntimeError("an accepted line could not be written")
        told.append(recorded(line, version))
    for first in range(0, len(told), BATCH_MAX):
        part = told[first : first + BATCH_MAX]
        event = RedemptionsRecordedV1(redemptions=tuple(part))
        subject = str(part[0].redemption_id)
        await outbox.publish(tx, event, source=SOURCE, subject=subject, sequence=1)


async def _say_when_first(tx: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    """Put into "already collected" when and where that was."""
    used = [row for row in rows if row["code"] == "already_redeemed"]
    if not used:
        return
    latest = await line_queries.latest_of(tx, {row["household_id"] for row in used})
    for row in used:
        key = (row["household_id"], row["cycle_id"], row["benefit_id"], row["subject_id"])
        if key in latest:
            row["facts"].update(latest[key].facts)


def line_of(known: Known, nth: Nth, judgement: Judgement, companion_id: UUID | None) -> Redemption:
    """Return the line of the ledger for an accepted one; what is left has been counted already."""
    place, line = nth
    right, card = known.situations[place].entitlement, known.situations[place].card
    if right is None or card is None:
        raise RuntimeError("a line without its right or card was accepted")
    sender, left = known.sender, known.remaining[right.id]
    subject, name = sender.operators[line.operator]
    return Redemption(
        id=line.id,
        household_id=right.household_id,
        cycle_id=right.cycle_id,
        benefit_id=right.benefit_id,
        entitlement_id=right.id,
        card_id=card.card_id,
        card_reading=known.shown[place].reading,
        holder_check=line.holder_check,
        region_code=card.region_code,
        quantity=judgement.quantity,
        amount_rupiah=judgement.amount_rupiah,
        remaining_quantity=left.quantity,
        remaining_rupiah=left.rupiah,
        partner_id=sender.partner.id,
        partner_name=sender.partner.name,
        redeemed_by=subject,
        redeemed_by_name=name,
        redeemed_at=known.at,
        benefit_name_id=right.name_id,
        benefit_name_en=right.name_en,
        benefit_kind=right.kind,
        subject_id=right.whose,
        terminal_id=sender.terminal_id,
        companion_id=companion_id,
        goods_category=line.goods_category,
        mode="offline",
        said_at=line.said_at,
        lease_id=_lease_of(right, line, judgement),
    )


def _lease_of(right: Entitlement, line: Line, judgement: Judgement) -> UUID | None:
    """Return on which lease an accepted line stands: the one that holds now, or one that lapsed."""
    if judgement.is_leased:
        return right.lease_id
    return line.lease_id if "lease_lapsed" in judgement.marks else None


def conflict_row(
    kept: Kept, known: Known, nth: tuple[int | None, Line], judgement: Judgement
) -> dict[str, Any]:
    """Return the row of a conflict, with all that it was judged by."""
    place, line = nth
    situation = known.situations[place] if place is not None else None
    right = situation.entitlement if situation else None
    card = situation.card if situation else None
    shown = known.shown[place] if place is not None else None
    sender = known.sender
    subject, name = sender.operators.get(line.operator, (str(line.operator), "?"))
    return {
        "id": new_id(),
        "act_id": line.id,
        "kind": line.kind,
        "journal_id": kept.journal_id,
        "sequence": line.sequence,
        "terminal_id": sender.terminal_id,
        "partner_id": sender.partner.id,
        "partner_name": sender.partner.name,
        "region_code": card.region_code if card else sender.partner.region_codes[0],
        "household_id": right.household_id if right else card.household_id if card else None,
        **_named_right(line, right),
        "card_id": shown.card_id if shown else None,
        "card_reading": shown.reading if shown else "scanned",
        "holder_check": line.holder_check,
        "lease_id": _covering_lease(known, line, right),
        "quantity": judgement.quantity,
        "amount_rupiah": judgement.amount_rupiah,
        "goods_category": line.goods_category,
        "operator": subject,
        "operator_name": name,
        "said_at": line.said_at,
        "received_at": known.at,
        "code": judgement.code,
        "facts": _facts(known, right),
        "is_owed": judgement.is_owed,
        "evidence": _evidence(known, nth, right),
        "rule_version": RULE_VERSION,
    }


def _covering_lease(known: Known, line: Line, right: Entitlement | None) -> UUID | None:
    """Return the lease that a line names, if it is this terminal's and held this very right."""
    is_covered = right is not None and (line.lease_id, right.id) in known.covers
    return line.lease_id if is_covered else None


def _named_right(line: Line, right: Entitlement | None) -> dict[str, Any]:
    """Return the right that a line is about, or what it says of one that there is not."""
    return {
        "subject_id": right.whose if right else line.subject_id,
        "entitlement_id": right.id if right else None,
        "cycle_id": right.cycle_id if right else line.cycle_id,
        "benefit_id": right.benefit_id if right else line.benefit_id,
    }


def _facts(known: Known, right: Entitlement | None) -> dict[str, Any]:
    if right is None:
        return {}
    left = known.remaining[right.id]
    facts: dict[str, Any] = {
        "remaining_quantity": left.quantity,
        "remaining_rupiah": left.rupiah,
        "opens_on": right.opens_on.isoformat(),
        "closes_on": right.closes_on.isoformat(),
    }
    until = left.set_aside.until
    if until is not None:
        facts["until"] = until.isoformat()
    return facts


def _evidence(
    known: Known, nth: tuple[int | None, Line], right: Entitlement | None
) -> dict[str, Any]:
    place, line = nth
    rule = known.policy_of(line)
    said: dict[str, Any] = {
        "verdict": line.verdict,
        "named_lease": str(line.lease_id) if line.lease_id else None,
        "may_use_lease": known.may_use_lease,
        "undoes": str(line.redemption_id) if line.redemption_id else None,
        "answered": line.answered,
        "policy": {
            "version": rule.version,
            "is_allowed": rule.is_allowed,
            "per_act_quantity_max": rule.per_act_quantity_max,
            "per_act_rupiah_max": rule.per_act_rupiah_max,
            "acts_per_terminal_max": rule.acts_per_terminal_max,
        },
        "acts_before": known.acts[line.cycle_id, line.benefit_id],
    }
    situation = known.situations[place] if place is not None else None
    if situation is not None and situation.card is not None:
        said["card_status"] = situation.card.status
    if right is not None:
        cover = known.covers.get((line.lease_id, right.id)) if line.lease_id else None
        held = known.remaining[right.id].set_aside
        said["covered"] = [cover.quantity, cover.rupiah] if cover else None
        said["set_aside_for"] = str(held.terminal_id) if held.holder(known.at) else None
        said["standing"] = right.standing
    return said
