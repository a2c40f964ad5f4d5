"""Every SQL statement about partners."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from redemption.partners.rules import Partner
from redemption.partners.tables import partners

COLUMNS = (
    partners.c.id,
    partners.c.name,
    partners.c.kind,
    partners.c.address,
    partners.c.outside_code,
    partners.c.region_codes,
    partners.c.status,
    partners.c.benefit_codes,
    partners.c.contract_from,
    partners.c.contract_until,
)
# For statements of other capabilities that need the partner beside their own rows.
PARTNER = select(*(column.label(f"partner_{column.name}") for column in COLUMNS)).subquery(
    "partner"
)
ALL = select(*COLUMNS).order_by(partners.c.kind, partners.c.name, partners.c.id)
ONE = select(*COLUMNS).where(partners.c.id == bindparam("partner_id"))
VILLAGES = select(partners.c.id, partners.c.village_code).where(partners.c.village_code != "")
ADD = insert(partners).on_conflict_do_nothing(index_elements=["id"])


def partner_of(row: RowMapping, prefix: str = "") -> Partner:
    """Return the partner in a row, whose columns may carry a prefix."""
    values = {column.name: row[f"{prefix}{column.name}"] for column in COLUMNS}
    lists = {name: tuple(values[name]) for name in ("region_codes", "benefit_codes")}
    return Partner(**{**values, **lists})


async def find_seen_by(tx: AsyncConnection, caller: Principal) -> list[Partner]:
    """Return the partners that somebody may know of, by kind and name."""
    found = [partner_of(row) for row in (await tx.execute(ALL)).mappings()]
    return [partner for partner in found if partner.is_seen_by(caller)]


async def find(tx: AsyncConnection, partner_id: UUID) -> Partner | None:
    """Return a partner."""
    row = (await tx.execute(ONE, {"partner_id": partner_id})).mappings().one_or_none()
    return partner_of(row) if row else None


async def villages_of_all(tx: AsyncConnection) -> dict[UUID, str]:
    """Return where partners stand, as far as it was said: the village of each."""
    return {row.id: row.village_code for row in await tx.execute(VILLAGES)}


async def add_missing(tx: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Add the partners that are not there yet."""
    await tx.execute(ADD, rows)
