"""What becomes of partners: put forward, changed, suspended, and decided by a second person.

What gives rights or moves money waits as a row of `partner_changes` until somebody else approves
it; a repeat of the same id gets the first answer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.partners import change_queries as queries
from redemption.partners.rules import Partner
from redemption.partners.term_rules import Hours, Terms


@dataclass(frozen=True, slots=True)
class Whole:
    """A partner with all that is agreed with it, its account still sealed."""

    id: UUID
    terms: Terms
    status: str
    version: int
    account_sealed: bytes | None
    proposed_by: str | None
    proposed_by_name: str | None
    activated_by_name: str | None
    activated_at: datetime | None

    @property
    def partner(self) -> Partner:
        """The partner as redeeming knows it."""
        names = ("name", "kind", "address", "outside_code", "region_codes", "benefit_codes")
        own = {name: getattr(self.terms, name) for name in names}
        dates = (self.terms.contract_from, self.terms.contract_until)
        return Partner(self.id, **own, status=self.status, contract_from=dates[0],
                       contract_until=dates[1])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """A change that somebody asks for, under an id that was made where it was typed."""

    id: UUID
    partner_id: UUID
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    account_sealed: bytes | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that is asked of a partner with nothing but a reason."""

    partner_id: UUID
    change_id: UUID
    reason: str

    def wish(self, kind: str, *, before: str, after: str) -> Wish:
        """Return it as a change from one status to another."""
        states = ({"status": before} if before else {}, {"status": after})
        return Wish(self.change_id, self.partner_id, kind, *states, reason=self.reason)


async def find_whole(
    tx: AsyncConnection, partner_id: UUID, *, is_locked: bool = False
) -> Whole | None:
    """Return a partner with its hours; held against other changes when `is_locked`."""
    statement = queries.LOCK if is_locked else queries.ONE
    asked = {"partner_id": partner_id}
    row = (await tx.execute(statement, asked)).mappings().one_or_none()
    if row is None:
        return None
    hours = (await tx.execute(queries.HOURS_OF, asked)).mappings()
    return _whole(row, tuple(Hours(**one) for one in hours))


def _whole(row: RowMapping, hours: tuple[Hours, ...]) -> Whole:
    terms = Terms(
        name=row["name"],
        kind=row["kind"],
        address=row["address"],
        village_code=row["village_code"],
        outside_code=row["outside_code"],
        region_codes=tuple(row["region_codes"]),
        benefit_codes=tuple(row["benefit_codes"]),
        contract_from=row["contract_from"],
        contract_until=row["contract_until"],
        hours=hours,
    )
    same = ("id", "status", "version", "account_sealed", "proposed_by", "proposed_by_name")
    decided = ("activated_by_name", "activated_at")
    return Whole(terms=terms, **{name: row[name] for name in (*same, *decided)})


async def lock_managed(tx: AsyncConnection, caller: Principal, partner_id: UUID) -> Whole:
    """Return a partner that a caller may change; raises Refused not_found, outside_your_regions."""
    whole = await find_whole(tx, partner_id, is_locked=True)
    if whole is None:
        raise Refused("not_found")
    if not whole.partner.is_managed_by(caller):
        raise Refused("outside_your_regions")
    return whole


async def is_repeat(tx: AsyncConnection, wish: Wish) -> bool:
    """Tell whether this very wish was taken before; raises Refused id_reused."""
    row = (await tx.execute(queries.CHANGE, {"change_id": wish.id})).mappings().one_or_none()
    if row is None:
        return False
    is_same = (row["partner_id"], row["kind"]) == (wish.partner_id, wish.kind)
    if not is_same or row["after"] != wish.after or row["reason"] != wish.reason:
        raise Refused("id_reused")
    return True


async def write(
    tx: AsyncConnection, caller: Principal, wish: Wish, now: datetime, *, at_once: bool = False
) -> None:
    """Write a change down: as one that waits, or as one that holds at once.

    Raises Refused change_waits_already when one of its kind is waiting.
    """
    done = (caller.subject, caller.name, now) if at_once else (None, None, None)
    added = await tx.execute(
        queries.ADD_CHANGE,
        {
            "id": wish.id,
            "partner_id": wish.partner_id,
            "kind": wish.kind,
            "before": wish.before,
            "after": wish.after,
            "account_sealed": wish.account_sealed,
            "reason": wish.reason,
            "proposed_by": caller.subject,
            "proposed_by_name": caller.name,
            "proposed_at": now,
            "outcome": "at_once" if at_once else None,
            "decided_by": done[0],
            "decided_by_name": done[1],
            "decided_at": done[2],
        },
    )
    if added.rowcount == 0:
        raise Refused("change_waits_already")
    details = {"change_id": str(wish.id), "reason": wish.reason}
    action = f"partner.{wish.kind}" + ("" if at_once else "_proposed")
    await audit.record(tx, caller, action, "partner", wish.partner_id, details=details)


async def set_terms(tx: AsyncConnection, partner_id: UUID, terms: Terms) -> None:
    """Make terms hold, the hours with them."""
    names = (
        "name", "address", "village_code", "outside_code", "contract_from", "contract_until"
    )  # fmt: skip
    lists = {
        f"new_{name}": list(getattr(terms, name)) for name in ("region_codes", "benefit_codes")
    }
    values = {f"new_{name}": getattr(terms, name) for name in names}
    await tx.execute(queries.SET_TERMS, {"of_partner": partner_id, **values, **lists})
    await set_hours(tx, partner_id, terms.hours)


async def set_hours(tx: AsyncConnection, partner_id: UUID, hours: tuple[Hours, ...]) -> None:
    """Put opening hours in the place of those before."""
    await tx.execute(queries.CLEAR_HOURS, {"partner_id": partner_id})
    rows = [
        {"partner_id": partner_id, "weekday": one.weekday, "opens_at": one.opens_at,
         "closes_at": one.closes_at}
        for one in hours
    ]  # fmt: skip
    if rows:
        await tx.execute(queries.ADD_HOURS, rows)
