"""The SQL statements about one redemption and its reversal."""

from uuid import UUID

from sqlalchemy import RowMapping, and_, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.entitlements import queries as entitlements
from redemption.redeeming.lines import Redemption, Reversal
from redemption.redeeming.tables import redemptions, reversals

_terms = entitlements.TERMS_OF
_its_terms = and_(
    _terms.c.terms_cycle_id == redemptions.c.cycle_id,
    _terms.c.terms_benefit_id == redemptions.c.benefit_id,
)
_named = (_terms.c.benefit_name_id, _terms.c.benefit_name_en, _terms.c.benefit_kind)
FIND = (
    select(*redemptions.columns, *_named)
    .select_from(redemptions.join(_terms, _its_terms))
    .where(redemptions.c.id == bindparam("redemption_id"))
)
FIND_REVERSAL = select(reversals).where(
    (reversals.c.id == bindparam("reversal_id"))
    | (
        (reversals.c.redemption_id == bindparam("redemption_id"))
        & (reversals.c.household_id == bindparam("household_id"))
    )
)
ADD_REVERSAL = insert(reversals)


def redemption_of(row: RowMapping) -> Redemption:
    """Return the redemption in a row of FIND."""
    return Redemption(**row)


async def find(tx: AsyncConnection, redemption_id: UUID) -> Redemption | None:
    """Return a redemption."""
    row = (await tx.execute(FIND, {"redemption_id": redemption_id})).mappings().one_or_none()
    return redemption_of(row) if row else None


async def find_reversals(
    tx: AsyncConnection, reversal_id: UUID, redemption: Redemption
) -> list[Reversal]:
    """Return the reversals that have this id, or undo this redemption."""
    found = await tx.execute(
        FIND_REVERSAL,
        {
            "reversal_id": reversal_id,
            "redemption_id": redemption.id,
            "household_id": redemption.household_id,
        },
    )
    return [Reversal(**row) for row in found.mappings()]


async def add_reversal(tx: AsyncConnection, reversal: Reversal) -> None:
    """Write the line that undoes a redemption."""
    names = [column.name for column in reversals.columns]
    await tx.execute(ADD_REVERSAL, {name: getattr(reversal, name) for name in names})
