"""What people see of conflicts and quarantines: the line, what else happened, lease and policy."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.entitlements import read_terms
from redemption.journal import conflict_queries, quarantine_queries, use_queries
from redemption.journal.judge_conflict import find_visible
from redemption.leases import queries as leases
from redemption.redeeming.lines import Line
from redemption.terminals import queries as terminals
from redemption.terminals.rules import Terminal

LISTED_MAX = 200


@dataclass(frozen=True, slots=True)
class Case:
    """A conflict with its evidence."""

    conflict: RowMapping
    terms: RowMapping | None
    terminal: Terminal | None
    lease: RowMapping | None
    # Everything that was given of this right, wherever it was.
    given: list[Line]


async def read_conflict(tx: AsyncConnection, caller: Principal, conflict_id: UUID) -> Case:
    """Return a conflict with what it is judged by; the look is noted. Raises Refused not_found."""
    conflict = await find_visible(tx, caller, conflict_id)
    lease_id = conflict["lease_id"] or _uuid(conflict["evidence"].get("named_lease"))
    given = await _given(tx, conflict)
    await audit.record(
        tx,
        caller,
        "conflict.read",
        "conflict",
        conflict_id,
        region_code=conflict["region_code"],
    )
    return Case(
        conflict=conflict,
        terms=await terms_of(tx, conflict),
        terminal=await terminals.find(tx, conflict["terminal_id"]),
        lease=await leases.find(tx, lease_id) if lease_id else None,
        given=given,
    )


async def _given(tx: AsyncConnection, conflict: RowMapping) -> list[Line]:
    """Return all that was given of the right, or what a reversal wanted to undo."""
    undoes = _uuid(conflict["evidence"].get("undoes"))
    if conflict["entitlement_id"] is not None:
        asked = {name: conflict[name] for name in ("household_id", "entitlement_id")}
        found = await tx.execute(use_queries.OF_RIGHT, asked)
    elif undoes is not None:
        asked = {"act_id": undoes, "partner_id": conflict["partner_id"]}
        found = await tx.execute(use_queries.OF_ACT, asked)
    else:
        return []
    return [Line(**row) for row in found.mappings()]


def _uuid(said: str | None) -> UUID | None:
    return UUID(said) if said else None


async def terms_of(tx: AsyncConnection, row: RowMapping) -> RowMapping | None:
    """Return the benefit that a line names, where there is one."""
    try:
        return await read_terms.find(tx, row["cycle_id"], row["benefit_id"])
    except Refused:
        return None


@dataclass(frozen=True, slots=True)
class Queue:
    """The conflicts that somebody may see, and how many there are by partner and reason."""

    rows: list[dict[str, Any]]
    counts: list[RowMapping]

    @property
    def waiting(self) -> int:
        """How many wait for a person."""
        return sum(int(row["waiting"]) for row in self.counts)


async def read_queue(
    tx: AsyncConnection, caller: Principal, wanted: conflict_queries.Filter
) -> Queue:
    """Return conflicts of the own partner, or of the own regions."""
    regions = None if caller.partner_id is not None else caller.regions
    partner_id = caller.partner_id or wanted.partner_id
    own = conflict_queries.Filter(partner_id, wanted.code, wanted.state, LISTED_MAX)
    found = await conflict_queries.queue(tx, own, regions)
    names: dict[tuple[UUID, UUID], RowMapping | None] = {}
    for row in found:
        key = (row["cycle_id"], row["benefit_id"])
        if key not in names:
            names[key] = await terms_of(tx, row)
    rows = [{**row, "terms": names[row["cycle_id"], row["benefit_id"]]} for row in found]
    return Queue(rows, await conflict_queries.counts(tx, caller.partner_id, regions))


async def read_quarantines(tx: AsyncConnection, caller: Principal) -> list[RowMapping]:
    """Return journals that were put aside, of the own partner or of the own regions."""
    regions = None if caller.partner_id is not None else caller.regions
    return await quarantine_queries.listed(tx, caller.partner_id, regions, LISTED_MAX)


@dataclass(frozen=True, slots=True)
class HeldLease:
    """A lease that stands, and the terminal that holds it."""

    lease: RowMapping
    terminal: Terminal | None


async def read_leases(tx: AsyncConnection, caller: Principal, now: datetime) -> list[HeldLease]:
    """Return the leases that stand, of the own partner or within the own regions."""
    found = []
    for lease in await leases.standing(tx, now):
        is_own = caller.partner_id is not None and caller.partner_id == lease["partner_id"]
        is_near = caller.partner_id is None and any(map(caller.covers, lease["region_codes"]))
        if is_own or is_near:
            found.append(HeldLease(lease, await terminals.find(tx, lease["terminal_id"])))
    return found
