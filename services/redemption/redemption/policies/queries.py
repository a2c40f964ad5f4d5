"""Every SQL statement about rules for work without network."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    RowMapping,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.entitlements import queries as entitlements
from redemption.policies.rules import OfflinePolicy
from redemption.policies.tables import offline_policies

_p = offline_policies.c
POLICY = (
    "cycle_id", "benefit_id", "is_allowed", "per_act_rupiah_max", "per_act_quantity_max",
    "acts_per_terminal_max", "lease_hours_max", "version",
)  # fmt: skip
SHOWN_MAX = 300
# The newest of those that had begun by then.
IN_FORCE = (
    select(*(_p[name] for name in POLICY))
    .ext(distinct_on(_p.cycle_id, _p.benefit_id))
    .where(
        _p.cycle_id == any_(bindparam("cycle_ids", type_=ARRAY(Uuid))),
        _p.outcome == "approved",
        _p.valid_from <= bindparam("at", type_=DateTime(timezone=True)),
    )
    .order_by(_p.cycle_id, _p.benefit_id, _p.version.desc())
)
ADD = insert(offline_policies)
FIND = select(offline_policies).where(_p.id == bindparam("policy_id"))
LOCK = FIND.with_for_update()
OF_CYCLES = (
    select(offline_policies)
    .where(_p.cycle_id == any_(bindparam("cycle_ids", type_=ARRAY(Uuid))))
    .order_by(_p.proposed_at.desc(), _p.id.desc())
    .limit(SHOWN_MAX)
)
HAS_OPEN = select(_p.id).where(
    _p.cycle_id == bindparam("cycle_id"),
    _p.benefit_id == bindparam("benefit_id"),
    _p.outcome.is_(None),
)
# Two decisions on one benefit wait for each other, so that versions are counted one by one.
LOCK_BENEFIT = text("SELECT pg_advisory_xact_lock(620021, hashtext(:cycle_id || :benefit_id))")
NEWEST = select(func.coalesce(func.max(_p.version), 0)).where(
    _p.cycle_id == bindparam("cycle_id"), _p.benefit_id == bindparam("benefit_id")
)
DECIDE = (
    update(offline_policies)
    .where(_p.id == bindparam("policy_id"))
    .values(
        outcome=bindparam("new_outcome"),
        decided_by=bindparam("person"),
        decided_by_name=bindparam("person_name"),
        decided_at=bindparam("at"),
        version=bindparam("new_version"),
        valid_from=bindparam("from_at"),
    )
)


async def policies_at(
    tx: AsyncConnection, cycle_ids: Collection[UUID], at: datetime
) -> dict[tuple[UUID, UUID], OfflinePolicy]:
    """Return the rules in force at a moment, by cycle and benefit.

    One that is missing has none: `rules.OfflinePolicy(cycle_id, benefit_id)` is the default.
    """
    found = await tx.execute(IN_FORCE, {"cycle_ids": list(cycle_ids), "at": at})
    return {(row["cycle_id"], row["benefit_id"]): OfflinePolicy(**row) for row in found.mappings()}


async def policies_of_open_cycles(
    tx: AsyncConnection, today: date, at: datetime, partner_kind: str | None = None
) -> list[OfflinePolicy]:
    """Return the rule, or its default, of each benefit of the cycles that are open on a day.

    With a kind of partner, of the benefits which that kind gives.
    """
    benefits = await entitlements.benefits_of_open_cycles(tx, today, partner_kind)
    known = await policies_at(tx, {cycle_id for cycle_id, _ in benefits}, at)
    return [known.get(key) or OfflinePolicy(*key) for key in benefits]


async def add(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Write a proposed rule."""
    await tx.execute(ADD, row)


async def find(tx: AsyncConnection, policy_id: UUID, *, lock: bool = False) -> RowMapping | None:
    """Return a rule with its proposal and decision; held until the transaction ends if asked."""
    found = await tx.execute(LOCK if lock else FIND, {"policy_id": policy_id})
    return found.mappings().one_or_none()


async def has_open(tx: AsyncConnection, cycle_id: UUID, benefit_id: UUID) -> bool:
    """Tell whether a proposal for this benefit waits for a decision."""
    asked = {"cycle_id": cycle_id, "benefit_id": benefit_id}
    return (await tx.scalar(HAS_OPEN, asked)) is not None


async def hold_benefit(tx: AsyncConnection, cycle_id: UUID, benefit_id: UUID) -> None:
    """Keep others from proposing or deciding about this benefit until the transaction ends."""
    await tx.execute(LOCK_BENEFIT, {"cycle_id": str(cycle_id), "benefit_id": str(benefit_id)})


async def next_version(tx: AsyncConnection, cycle_id: UUID, benefit_id: UUID) -> int:
    """Return the number of the next version of this benefit's rule."""
    asked = {"cycle_id": cycle_id, "benefit_id": benefit_id}
    return int(await tx.scalar(NEWEST, asked) or 0) + 1


async def decide(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Write down what was decided on a proposal."""
    await tx.execute(DECIDE, row)


async def of_cycles(tx: AsyncConnection, cycle_ids: Sequence[UUID]) -> list[RowMapping]:
    """Return proposed, decided and refused rules of some cycles, newest first."""
    return list((await tx.execute(OF_CYCLES, {"cycle_ids": list(cycle_ids)})).mappings())
