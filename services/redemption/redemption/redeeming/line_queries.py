"""The SQL statements that read lines together with what became of them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from redemption.entitlements import queries as entitlements
from redemption.redeeming.lines import Collected, Line, Window
from redemption.redeeming.tables import redemptions, reversals

_terms = entitlements.TERMS_OF
_its_terms = and_(
    _terms.c.terms_cycle_id == redemptions.c.cycle_id,
    _terms.c.terms_benefit_id == redemptions.c.benefit_id,
)
_named = (_terms.c.benefit_name_id, _terms.c.benefit_name_en, _terms.c.benefit_kind)
_its_reversal = and_(
    reversals.c.redemption_id == redemptions.c.id,
    reversals.c.household_id == redemptions.c.household_id,
)
# Every line with what became of it, for statements of this capability and of others.
LINES = (
    select(
        *redemptions.columns,
        *_named,
        reversals.c.id.label("reversal_id"),
        reversals.c.quantity.label("reversed_quantity"),
        reversals.c.amount_rupiah.label("reversed_rupiah"),
        reversals.c.reason.label("reversal_reason"),
        reversals.c.reversed_by_name,
        reversals.c.reversed_at,
    )
    .select_from(redemptions.join(_terms, _its_terms).outerjoin(reversals, _its_reversal))
    .subquery("lines")
)
_in_time = [
    LINES.c.redeemed_at >= bindparam("since", type_=DateTime(timezone=True)),
    LINES.c.redeemed_at < bindparam("until", type_=DateTime(timezone=True)),
]
# Newest first; `before` and `before_id` are the last line that was shown.
_page = (
    select(LINES)
    .where(
        *_in_time,
        tuple_(LINES.c.redeemed_at, LINES.c.id)
        < tuple_(
            bindparam("before", type_=DateTime(timezone=True)), bindparam("before_id", type_=Uuid)
        ),
    )
    .order_by(LINES.c.redeemed_at.desc(), LINES.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
LINES_OF_PARTNER = _page.where(LINES.c.partner_id == bindparam("partner_id"))
_scopes = bindparam("scopes", type_=ARRAY(Text))
_below = bindparam("below", type_=ARRAY(Text))
# Lines of families that live in regions; its values come from region_parameters().
IN_REGIONS = (LINES.c.region_code == any_(_scopes)) | LINES.c.region_code.like(any_(_below))
LINES_OF_REGIONS = _page.where(IN_REGIONS)
_ids = bindparam("act_ids", type_=ARRAY(Uuid))
_of_terminal = redemptions.c.terminal_id == bindparam("terminal_id", type_=Uuid)
# Acts of a terminal that are written: what it gave, and what was undone of that. Each id is looked
# up by its key.
KNOWN_OF_TERMINAL = union_all(
    select(redemptions.c.id).where(redemptions.c.id == any_(_ids), _of_terminal),
    select(reversals.c.id)
    .select_from(reversals.join(redemptions, _its_reversal))
    .where(reversals.c.id == any_(_ids), _of_terminal),
)
_undone = exists().where(_its_reversal)
_right = [redemptions.c[name] for name in entitlements.KEY]
LATEST = (
    select(*_right, redemptions.c.redeemed_at, redemptions.c.partner_name)
    .ext(distinct_on(*_right))
    .where(
        redemptions.c.household_id == any_(bindparam("household_ids", type_=ARRAY(Uuid))), ~_undone
    )
    .order_by(*_right, redemptions.c.redeemed_at.desc())
)


def region_parameters(regions: Sequence[str]) -> dict[str, list[str]]:
    """Return the values with which IN_REGIONS finds these regions and all below them."""
    return {"scopes": list(regions), "below": [f"{code}.%" for code in regions]}


async def lines(tx: AsyncConnection, scope: Principal, window: Window) -> list[Line]:
    """Return lines that a person may see, newest first: of the own partner, or of the regions."""
    parameters: dict[str, Any] = {
        "since": window.since,
        "until": window.until,
        "before": window.before,
        "before_id": window.before_id,
        "limit": window.limit,
    }
    if scope.partner_id is not None:
        parameters["partner_id"] = scope.partner_id
        found = await tx.execute(LINES_OF_PARTNER, parameters)
    else:
        found = await tx.execute(
            LINES_OF_REGIONS, {**parameters, **region_parameters(scope.regions)}
        )
    return [Line(**row) for row in found.mappings()]


async def latest_of(
    tx: AsyncConnection, household_ids: Iterable[UUID]
) -> dict[tuple[UUID, UUID, UUID, UUID], Collected]:
    """Return families' last redemptions that were not undone, by the key of the right."""
    found = await tx.execute(LATEST, {"household_ids": list(household_ids)})
    return {
        (row.household_id, row.cycle_id, row.benefit_id, row.subject_id): Collected(
            row.redeemed_at, row.partner_name
        )
        for row in found
    }


async def known_of_terminal(
    tx: AsyncConnection, terminal_id: UUID, act_ids: Sequence[UUID]
) -> set[UUID]:
    """Return which of these ids are redemptions of a terminal, or reversals of what it gave."""
    asked = {"terminal_id": terminal_id, "act_ids": list(act_ids)}
    return set((await tx.execute(KNOWN_OF_TERMINAL, asked)).scalars())
