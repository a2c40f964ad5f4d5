"""Every SQL statement about conflicts and what people judge of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    RowMapping,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.journal.tables import conflict_judgements, conflicts

_c, _j = conflicts.c, conflict_judgements.c
ADD = insert(conflicts)
ADD_JUDGEMENT = insert(conflict_judgements)
_with_judgement = select(
    conflicts,
    _j.id.label("judgement_id"),
    _j.outcome,
    _j.reason.label("judgement_reason"),
    _j.judged_by,
    _j.judged_by_name,
    _j.judged_at,
).select_from(conflicts.outerjoin(conflict_judgements, _j.conflict_id == _c.id))
ONE = _with_judgement.where(_c.id == bindparam("conflict_id"))
# Two people who judge the same conflict at once wait for each other.
LOCK = select(_c.id).where(_c.id == bindparam("conflict_id")).with_for_update()
# Those that the reversals of a segment give up, in one order.
LOCK_OF_ACTS = (
    select(_c.id)
    .where(
        _c.act_id == any_(bindparam("act_ids", type_=ARRAY(Uuid))),
        _c.partner_id == bindparam("partner_id"),
    )
    .order_by(_c.id)
    .with_for_update()
)
KNOWN_ACTS = select(_c.act_id).where(
    _c.act_id == any_(bindparam("act_ids", type_=ARRAY(Uuid))),
    _c.terminal_id == bindparam("terminal_id"),
)
OF_ACTS = select(_c.act_id, _c.code, _c.facts, _c.is_owed).where(
    _c.act_id == any_(bindparam("act_ids", type_=ARRAY(Uuid))),
    _c.terminal_id == bindparam("terminal_id"),
    _c.kind == "redemption",
)
# What a partner's terminals said to have given under an id, for whoever undoes it.
OF_ACT = (
    _with_judgement.where(
        _c.act_id == bindparam("act_id"),
        _c.partner_id == bindparam("partner_id"),
        _c.kind == "redemption",
    )
    .order_by(_c.received_at, _c.id)
    .limit(1)
)
OF_SEGMENT = select(_c.sequence, _c.act_id, _c.code, _c.facts, _c.is_owed).where(
    _c.journal_id == bindparam("journal_id"),
    _c.sequence.between(bindparam("first"), bindparam("last")),
)
_region = _c.region_code
IN_REGIONS = (_region == any_(bindparam("scopes", type_=ARRAY(Text)))) | _region.like(
    any_(bindparam("below", type_=ARRAY(Text)))
)
_wanted_code = bindparam("code", type_=Text)
_wanted_partner = bindparam("partner_id", type_=Uuid)
_FILTERS = (
    _wanted_partner.is_(None) | (_c.partner_id == _wanted_partner),
    _wanted_code.is_(None) | (_c.code == _wanted_code),
    case(
        (bindparam("state", type_=Text) == "open", _j.id.is_(None)),
        (bindparam("state", type_=Text) == "judged", _j.id.is_not(None)),
        else_=True,
    ),
)
QUEUE = (
    _with_judgement.where(*_FILTERS)
    .order_by(_c.received_at.desc(), _c.id.desc())
    .limit(bindparam("rows", type_=Integer))
)
QUEUE_OF_REGIONS = QUEUE.where(IN_REGIONS)
_counts = (
    select(
        _c.partner_id,
        _c.partner_name,
        _c.code,
        func.count().label("conflicts"),
        func.count().filter(_j.id.is_(None)).label("waiting"),
        func.sum(_c.amount_rupiah).label("amount_rupiah"),
    )
    .select_from(conflicts.outerjoin(conflict_judgements, _j.conflict_id == _c.id))
    .where(_wanted_partner.is_(None) | (_c.partner_id == _wanted_partner))
    .group_by(_c.partner_id, _c.partner_name, _c.code)
    .order_by(func.count().filter(_j.id.is_(None)).desc(), _c.partner_name, _c.code)
)
COUNTS = _counts
COUNTS_OF_REGIONS = _counts.where(IN_REGIONS)
# What this terminal gave of some rights before, or says to have given.
GAVE_BEFORE = select(_c.entitlement_id).where(
    _c.terminal_id == bindparam("terminal_id"),
    _c.household_id == any_(bindparam("household_ids", type_=ARRAY(Uuid))),
    _c.entitlement_id.is_not(None),
)
OWED_OF_LEASES = text("""
    SELECT lease_id, entitlement_id, sum(quantity) AS quantity, sum(amount_rupiah) AS rupiah
    FROM conflicts
    WHERE household_id = ANY(CAST(:household_ids AS uuid[]))
      AND lease_id = ANY(CAST(:lease_ids AS uuid[])) AND is_owed AND entitlement_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM conflict_judgements j
                      WHERE j.conflict_id = conflicts.id AND j.outcome = 'not_owed')
    GROUP BY lease_id, entitlement_id
""")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conflicts to show: of one partner or code, and open, judged or all."""

    partner_id: UUID | None = None
    code: str | None = None
    state: str = "open"
    rows: int = 200


async def add_all(tx: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write conflicts; an act of a terminal that is one already stays that one."""
    if not rows:
        return
    seen = await known_acts(tx, rows[0]["terminal_id"], [row["act_id"] for row in rows])
    fresh = []
    for row in rows:
        if row["act_id"] not in seen:
            seen.add(row["act_id"])
            fresh.append(row)
    if fresh:
        await tx.execute(ADD, fresh)


async def hold_undone(tx: AsyncConnection, partner_id: UUID, act_ids: Sequence[UUID]) -> None:
    """Hold the conflicts that acts of a partner ended as, until the transaction ends."""
    if act_ids:
        await tx.execute(LOCK_OF_ACTS, {"partner_id": partner_id, "act_ids": list(act_ids)})


async def known_acts(tx: AsyncConnection, terminal_id: UUID, act_ids: Sequence[UUID]) -> set[UUID]:
    """Return which acts of a terminal ended as conflicts, reversals among them."""
    asked = {"act_ids": list(act_ids), "terminal_id": terminal_id}
    return set((await tx.execute(KNOWN_ACTS, asked)).scalars())


async def find(tx: AsyncConnection, conflict_id: UUID) -> RowMapping | None:
    """Return a conflict with what was judged of it."""
    found = await tx.execute(ONE, {"conflict_id": conflict_id})
    return found.mappings().one_or_none()


async def of_acts(
    tx: AsyncConnection, terminal_id: UUID, act_ids: Sequence[UUID]
) -> dict[UUID, RowMapping]:
    """Return the conflicts that acts of a terminal ended as before."""
    asked = {"terminal_id": terminal_id, "act_ids": list(act_ids)}
    return {row["act_id"]: row for row in (await tx.execute(OF_ACTS, asked)).mappings()}


async def of_act(tx: AsyncConnection, partner_id: UUID, act_id: UUID) -> RowMapping | None:
    """Return the conflict that an act of a partner ended as, with what was judged of it."""
    asked = {"partner_id": partner_id, "act_id": act_id}
    return (await tx.execute(OF_ACT, asked)).mappings().one_or_none()


async def of_segment(
    tx: AsyncConnection, journal_id: UUID, first: int, last: int
) -> dict[int, RowMapping]:
    """Return the conflicts among some lines of a journal, by number."""
    asked = {"journal_id": journal_id, "first": first, "last": last}
    found = await tx.execute(OF_SEGMENT, asked)
    return {row["sequence"]: row for row in found.mappings()}


async def queue(
    tx: AsyncConnection, wanted: Filter, regions: Sequence[str] | None
) -> list[RowMapping]:
    """Return conflicts, newest first; `regions` None means of a partner's own people."""
    asked: dict[str, Any] = {
        "partner_id": wanted.partner_id,
        "code": wanted.code,
        "state": wanted.state,
        "rows": wanted.rows,
    }
    if regions is None:
        return list((await tx.execute(QUEUE, asked)).mappings())
    return list((await tx.execute(QUEUE_OF_REGIONS, asked | scope_of(regions))).mappings())


async def counts(
    tx: AsyncConnection, partner_id: UUID | None, regions: Sequence[str] | None
) -> list[RowMapping]:
    """Return how many conflicts there are, by partner and reason."""
    asked: dict[str, Any] = {"partner_id": partner_id}
    if regions is None:
        return list((await tx.execute(COUNTS, asked)).mappings())
    return list((await tx.execute(COUNTS_OF_REGIONS, asked | scope_of(regions))).mappings())


def scope_of(regions: Sequence[str]) -> dict[str, list[str]]:
    """Return the values with which IN_REGIONS finds these regions and all below them."""
    return {"scopes": list(regions), "below": [f"{code}.%" for code in regions]}


async def gave_before(
    tx: AsyncConnection, terminal_id: UUID, household_ids: Collection[UUID]
) -> set[UUID]:
    """Return the rights of some families of which this terminal says to have given already."""
    asked = {"terminal_id": terminal_id, "household_ids": list(household_ids)}
    return set((await tx.execute(GAVE_BEFORE, asked)).scalars())


async def owed_of_leases(
    tx: AsyncConnection, household_ids: Collection[UUID], lease_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], tuple[int, int]]:
    """Return what is owed of leases for lines that were not accepted, by lease and right."""
    asked = {"household_ids": list(household_ids), "lease_ids": list(lease_ids)}
    found = await tx.execute(OWED_OF_LEASES, asked)
    return {(row.lease_id, row.entitlement_id): (row.quantity, row.rupiah) for row in found}
