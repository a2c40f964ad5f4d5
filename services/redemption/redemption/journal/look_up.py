"""All that lines of a journal are judged by, read for many lines at once, their rights held."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.cards.identify import TrustedKeys
from redemption.entitlements import lease_queries as rights
from redemption.entitlements.rules import Entitlement
from redemption.journal import conflict_queries, use_queries
from redemption.journal.hold_rights import hold_rights
from redemption.journal.lines import Line
from redemption.journal.rules import Act, Cover, Policy, Remaining, SetAside
from redemption.journal.sender import Sender, Shown, see
from redemption.leases import queries as leases
from redemption.policies import queries as policies
from redemption.policies.rules import OfflinePolicy
from redemption.redeeming.lines import Redemption
from redemption.redeeming.record_many import find_many
from redemption.redeeming.rules import Situation

Benefit = tuple[UUID, UUID]


@dataclass(slots=True)
class Known:
    """What was found. Balances, covers and counts move on as lines are judged one by one."""

    sender: Sender
    at: datetime
    may_use_lease: bool
    shown: list[Shown]
    situations: list[Situation]
    remaining: dict[UUID, Remaining] = field(default_factory=dict)
    covers: dict[tuple[UUID, UUID], Cover] = field(default_factory=dict)
    policies: Mapping[Benefit, OfflinePolicy] = field(default_factory=dict)
    worth: Mapping[Benefit, Remaining] = field(default_factory=dict)
    # Rights of which this terminal gave before, and its unleased acts of this sync.
    gave: set[UUID] = field(default_factory=set)
    acts: Counter[Benefit] = field(default_factory=Counter)
    # Lines that have one of these ids already, and acts that ended as conflicts before: by code,
    # whether owed, and facts. The first answer stays the answer.
    earlier: dict[UUID, Redemption] = field(default_factory=dict)
    conflicts: dict[UUID, tuple[str, bool, Mapping[str, Any]]] = field(default_factory=dict)

    def give_back(self, line: Redemption) -> None:
        """Let the next line be judged by what an undone one left behind."""
        left = self.remaining.get(line.entitlement_id)
        if left is not None:
            self.remaining[line.entitlement_id] = replace(
                left,
                quantity=left.quantity + line.quantity,
                rupiah=left.rupiah + line.amount_rupiah,
            )

    def policy_of(self, line: Line) -> OfflinePolicy:
        """Return the programme's rule for acts outside of a lease."""
        key = (line.cycle_id, line.benefit_id)
        return self.policies.get(key) or OfflinePolicy(*key)


async def look_up(
    tx: AsyncConnection,
    trusted: TrustedKeys,
    sender: Sender,
    lines: Sequence[Line],
    *,
    at: datetime,
    may_use_lease: bool,
) -> Known:
    """Read what these lines are judged by; their rights are held until the transaction ends."""
    cache: dict[str, Shown] = {}
    for line in lines:
        if line.card not in cache:
            cache[line.card] = await see(tx, trusted, line.card, at)
    shown = [cache[line.card] for line in lines]
    situations = await hold_rights(tx, sender, lines, shown, at)
    known = Known(sender, at, may_use_lease, shown, situations)
    for one in situations:
        if one.entitlement is not None:
            known.remaining[one.entitlement.id] = remaining_of(one.entitlement)
    ids = [line.id for line, one in zip(lines, situations, strict=True) if one.has_line]
    if ids:
        known.earlier = await find_many(tx, ids)
    acts = [line.id for line in lines if line.kind == "redemption"]
    for act_id, row in (await conflict_queries.of_acts(tx, sender.terminal_id, acts)).items():
        known.conflicts[act_id] = (row["code"], row["is_owed"], row["facts"])
    await _look_further(tx, known, lines)
    return known


def remaining_of(right: Entitlement) -> Remaining:
    """Return what the rule needs of a right."""
    return Remaining(
        is_balance=right.is_balance,
        unit_rupiah=right.unit_rupiah,
        quantity=right.remaining_quantity,
        rupiah=right.remaining_rupiah,
        set_aside=SetAside(right.lease_id, right.lease_terminal_id, right.leased_until),
    )


def act_of(known: Known, line: Line) -> Act:
    """Return what the rule needs of a line."""
    return Act(
        terminal_id=known.sender.terminal_id,
        lease_id=line.lease_id,
        quantity=line.quantity,
        amount_rupiah=line.amount_rupiah,
        may_use_lease=known.may_use_lease,
    )


def policy_of(rule: OfflinePolicy) -> Policy:
    """Return a programme's rule in the words of the judgement."""
    return Policy(
        is_allowed=rule.is_allowed,
        per_act_quantity_max=rule.per_act_quantity_max,
        per_act_rupiah_max=rule.per_act_rupiah_max,
        acts_max=rule.acts_per_terminal_max,
    )


async def _look_further(tx: AsyncConnection, known: Known, lines: Sequence[Line]) -> None:
    """Read policies, lapsed leases and earlier acts, only where some line needs them."""
    missing, loose = [], []
    seen: set[UUID] = set()
    for line, one in zip(lines, known.situations, strict=True):
        right = one.entitlement
        if right is None:
            missing.append((line.cycle_id, line.benefit_id))
        elif right.id in seen or not _is_certain(known, line, right):
            loose.append((line, right))
        if right is not None:
            seen.add(right.id)
    if missing:
        found = await rights.worth_of(tx, sorted(set(missing)))
        known.worth = {
            key: Remaining(row["kind"] == "balance", row["unit_rupiah"], 0, 0)
            for key, row in found.items()
        }
    if not loose:
        return
    cycle_ids = {right.cycle_id for _, right in loose}
    known.policies = await policies.policies_at(tx, cycle_ids, known.at)
    households = {right.household_id for _, right in loose}
    terminal_id, partner_id = known.sender.terminal_id, known.sender.partner.id
    known.acts.update(await use_queries.acts_of_this_sync(tx, terminal_id, partner_id, known.at))
    known.gave = await conflict_queries.gave_before(tx, terminal_id, households)
    known.gave |= await use_queries.gave_before(tx, terminal_id, households)
    await _read_covers(tx, known, loose)


def _is_certain(known: Known, line: Line, right: Entitlement) -> bool:
    """Tell whether the first line of a right is accepted by its lease alone."""
    is_own = right.lease_terminal_id == known.sender.terminal_id and right.is_set_aside(
        None, known.at
    )
    asked = line.amount_rupiah if right.is_balance else line.quantity
    left = right.remaining_rupiah if right.is_balance else right.remaining_quantity
    return known.may_use_lease and is_own and (asked or 1) <= left


async def _read_covers(
    tx: AsyncConnection, known: Known, loose: Sequence[tuple[Line, Entitlement]]
) -> None:
    """Read what leases that these lines name set aside for them and is not used up."""
    lease_ids = {line.lease_id for line, _ in loose if line.lease_id is not None}
    if not lease_ids or not known.may_use_lease:
        return
    terminal_id = known.sender.terminal_id
    entitlement_ids = {right.id for _, right in loose}
    households = {right.household_id for _, right in loose}
    found = await leases.set_aside_of(tx, terminal_id, lease_ids, entitlement_ids, known.at)
    given = await use_queries.given_under_leases(tx, households, lease_ids)
    owed = await conflict_queries.owed_of_leases(tx, households, lease_ids)
    for key, (quantity, rupiah) in found.items():
        used = [given.get(key, (0, 0)), owed.get(key, (0, 0))]
        known.covers[key] = Cover(
            quantity - sum(one for one, _ in used), rupiah - sum(one for _, one in used)
        )
