"""Statements for partners' and finance's programs."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from redemption.settlement.draw_up import draw_up
from redemption.settlement.schemas import StatementAnswer

router = new_router(prefix="/v1", tags=["settlement"])


@router.get("/statements", response_model=StatementAnswer)
async def get_statement(
    partner: UUID,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
    caller: Annotated[Principal, Depends(require("settlement.read"))],
    tx: Transaction,
) -> StatementAnswer:
    """Return what a partner gave in a period, what was undone, and what it is owed."""
    return StatementAnswer.of(await draw_up(tx, caller, partner, first, last))
