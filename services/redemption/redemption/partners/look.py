"""Partners as people look at them: one with all that is known, its history, and what waits."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from redemption.partners import change_queries as queries
from redemption.partners.account_rules import Account
from redemption.partners.accounts import open_account
from redemption.partners.changes import Whole, find_whole
from redemption.partners.seen import SeenOperator, operators_of


@dataclass(frozen=True, slots=True)
class Change:
    """A change as people see it; an account only by its mask."""

    id: UUID
    partner_id: UUID
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    proposed_by: str
    proposed_by_name: str
    proposed_at: datetime
    outcome: str | None
    decided_by_name: str | None
    decided_at: datetime | None
    decision_reason: str
    # Of the partner, where changes of several are shown together.
    partner_name: str = ""
    partner_kind: str = ""
    region_codes: tuple[str, ...] = ()

    @property
    def changed(self) -> list[str]:
        """The names of what differs."""
        return [name for name in self.after if self.before.get(name) != self.after[name]]


@dataclass(frozen=True, slots=True)
class Seen:
    """One partner with all that somebody may see of it."""

    whole: Whole
    account: Account | None
    operators: list[SeenOperator] = field(default_factory=list)
    history: list[Change] = field(default_factory=list)

    @property
    def waiting(self) -> list[Change]:
        """What waits for a decision."""
        return [one for one in self.history if one.outcome is None]


async def look_at(tx: AsyncConnection, caller: Principal, sealer: Sealer, partner_id: UUID) -> Seen:
    """Return a partner that a caller may know of; any other is not found."""
    whole = await find_whole(tx, partner_id)
    if whole is None or not whole.partner.is_seen_by(caller):
        raise Refused("not_found")
    rows = (await tx.execute(queries.HISTORY, {"partner_id": partner_id})).mappings()
    kept = whole.account_sealed
    return Seen(
        whole=whole,
        account=open_account(sealer, partner_id, kept) if kept else None,
        operators=await operators_of(tx, partner_id),
        history=[_change(row) for row in rows],
    )


async def waiting_for(tx: AsyncConnection, caller: Principal) -> list[Change]:
    """Return what waits for somebody who may decide in a caller's regions, oldest first."""
    rows = (await tx.execute(queries.QUEUE)).mappings()
    found = [
        _change(
            row,
            partner_name=row["name"],
            partner_kind=row["partner_kind"],
            region_codes=tuple(row["region_codes"]),
        )
        for row in rows
    ]
    return [one for one in found if all(caller.covers(code) for code in one.region_codes)]


async def account_asked(tx: AsyncConnection, sealer: Sealer, change_id: UUID) -> Account | None:
    """Return the account that a change asks for, opened for whoever decides; None for others."""
    row = (await tx.execute(queries.CHANGE, {"change_id": change_id})).mappings().one_or_none()
    sealed = row["account_sealed"] if row else None
    return open_account(sealer, row["partner_id"], sealed) if row and sealed else None


async def find_change(tx: AsyncConnection, caller: Principal, change_id: UUID) -> Change:
    """Return a change that somebody may see; raises Refused not_found."""
    row = (await tx.execute(queries.CHANGE, {"change_id": change_id})).mappings().one_or_none()
    partner = await find_whole(tx, row["partner_id"]) if row else None
    if row is None or partner is None or not partner.partner.is_seen_by(caller):
        raise Refused("not_found")
    return _change(row, partner_name=partner.terms.name, partner_kind=partner.terms.kind)


def _change(row: RowMapping, **of_partner: Any) -> Change:
    own = {name: row[name] for name in _OF_ROW}
    return Change(**own, **of_partner)


_OF_ROW = (
    "id",
    "partner_id",
    "kind",
    "before",
    "after",
    "reason",
    "proposed_by",
    "proposed_by_name",
    "proposed_at",
    "outcome",
    "decided_by_name",
    "decided_at",
    "decision_reason",
)
