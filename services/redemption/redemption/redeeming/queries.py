"""Every SQL statement about redemptions and their reversals."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    insert,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.cards import queries as cards
from redemption.cards.queries import CARD
from redemption.entitlements import queries as entitlements
from redemption.partners import queries as partners
from redemption.partners.queries import PARTNER
from redemption.redeeming.lines import Redemption, Reversal
from redemption.redeeming.rules import Attempt, Situation
from redemption.redeeming.tables import redemptions, reversals

STORED = tuple(column.name for column in redemptions.columns)
_state = {column.name: column for column in entitlements.STATE_COLUMNS}


def _situation(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the statement that reads all an attempt is judged by, and holds the entitlement.

    The advisory lock makes attempts with one id wait for each other even where they name other
    families: the tables' keys carry the family, so that no unique index could see it.
    """
    held = entitlements.locked_state(_state["household_id"] == CARD.c.household_id, *conditions)
    id_lock = func.pg_advisory_xact_lock(bindparam("id_lock", type_=BigInteger))
    return (
        select(id_lock, PARTNER, CARD, held)
        .select_from(
            PARTNER.outerjoin(CARD, CARD.c.card_id == bindparam("card_id")).outerjoin(held, true())
        )
        .where(PARTNER.c.partner_id == bindparam("partner_id"))
    )


SITUATION_BY_ENTITLEMENT = _situation(_state["id"] == bindparam("entitlement_id"))
SITUATION_BY_BENEFIT = _situation(
    _state["cycle_id"] == bindparam("cycle_id"),
    _state["benefit_id"] == bindparam("benefit_id"),
    _state["subject_id"] == func.coalesce(bindparam("subject_id", type_=Uuid), CARD.c.household_id),
)

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
# One statement takes from the entitlement and writes the line, or does neither when the id is
# there already (then the attempt is a repeat) or the card has ceased to count since it was judged.
_id_is_new = ~exists().where(redemptions.c.id == bindparam("new_id"))
_counts = cards.still_counts(bindparam("new_card_id"))
_taken = entitlements.TAKE.where(_id_is_new, _counts).returning(entitlements.VERSION).cte("taken")
RECORD = (
    insert(redemptions)
    .from_select(
        STORED,
        select(
            *(bindparam(f"new_{name}", type_=redemptions.c[name].type) for name in STORED)
        ).select_from(_taken),
    )
    .returning(select(_taken.c.version).scalar_subquery())
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


async def lock_situation(tx: AsyncConnection, attempt: Attempt) -> Situation:
    """Return what an attempt is judged by; the entitlement is held until the transaction ends."""
    wanted = attempt.wanted
    parameters: dict[str, Any] = {
        # The random part of a UUIDv7; two ids that share it wait for each other, no more.
        "id_lock": int.from_bytes(wanted.id.bytes[8:], signed=True),
        "card_id": attempt.card_id,
        "partner_id": attempt.partner_id,
    }
    if wanted.entitlement_id is not None:
        statement = SITUATION_BY_ENTITLEMENT
        parameters["entitlement_id"] = wanted.entitlement_id
    else:
        statement = SITUATION_BY_BENEFIT
        names = ("cycle_id", "benefit_id", "subject_id")
        parameters |= {name: getattr(wanted, name) for name in names}
    row = (await tx.execute(statement, parameters)).mappings().one_or_none()
    if row is None:
        return Situation(None, None, None)
    return Situation(
        partner=partners.partner_of(row, "partner_"),
        card=cards.card_of(row),
        entitlement=entitlements.entitlement_of(row),
    )


async def record(tx: AsyncConnection, redemption: Redemption) -> int | None:
    """Take from the entitlement and write the line; return the entitlement's new version.

    Returns None, with nothing written, when a line has that id already or the card counts no more.
    """
    row = {f"new_{name}": getattr(redemption, name) for name in STORED}
    row |= entitlements.key_of(
        redemption.household_id, redemption.cycle_id, redemption.benefit_id, redemption.subject_id
    )
    row |= {"quantity": redemption.quantity, "amount_rupiah": redemption.amount_rupiah}
    version: int | None = (await tx.execute(RECORD, row)).scalar_one_or_none()
    return version


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
