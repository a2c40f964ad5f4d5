"""Every SQL statement about terminals as people look at them: lists, and one with its history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, case, select
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.partners.queries import PARTNER
from redemption.terminals.tables import terminal_codes, terminals

LISTED_MAX = 200
_t = terminals
COLUMNS = (
    _t.c.id,
    _t.c.partner_id,
    PARTNER.c.partner_name,
    _t.c.label,
    _t.c.enrolled_at,
    terminal_codes.c.made_by_name,
    _t.c.last_seen_at,
    _t.c.unsent_lines,
    _t.c.unsent_at,
    _t.c.revoked_at,
    _t.c.revoked_by_name,
    _t.c.revoked_reason,
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A terminal as people see it."""

    id: UUID
    partner_id: UUID
    partner_name: str
    label: str
    enrolled_at: datetime
    made_by_name: str
    last_seen_at: datetime
    unsent_lines: int | None
    unsent_at: datetime | None
    revoked_at: datetime | None
    revoked_by_name: str | None
    revoked_reason: str | None

    @property
    def status(self) -> str:
        """Whether it may serve, in the words of states."""
        return "revoked" if self.revoked_at else "active"


def _listed() -> Select[Any]:
    return select(*COLUMNS).select_from(
        _t.join(PARTNER, PARTNER.c.partner_id == _t.c.partner_id).join(
            terminal_codes, terminal_codes.c.id == _t.c.code_id
        )
    )


OF_PARTNERS = (
    _listed()
    .where(_t.c.partner_id == any_(bindparam("partner_ids", type_=ARRAY(Uuid))))
    .order_by(
        case((_t.c.revoked_at.is_(None), 0), else_=1),
        PARTNER.c.partner_name,
        _t.c.last_seen_at.desc(),
        _t.c.id,
    )
    .limit(LISTED_MAX)
)
ONE = _listed().where(_t.c.id == bindparam("terminal_id", type_=Uuid))


async def of_partners(tx: AsyncConnection, partner_ids: list[UUID]) -> list[Listed]:
    """Return the terminals of some partners: those that may serve first."""
    found = await tx.execute(OF_PARTNERS, {"partner_ids": partner_ids})
    return [Listed(**row) for row in found.mappings()]


async def one(tx: AsyncConnection, terminal_id: UUID) -> Listed | None:
    """Return a terminal."""
    row = (await tx.execute(ONE, {"terminal_id": terminal_id})).mappings().one_or_none()
    return Listed(**row) if row else None
