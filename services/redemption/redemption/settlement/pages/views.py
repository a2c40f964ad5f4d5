"""The statement of a partner, to be read, printed or taken to a spreadsheet."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from starlette.responses import Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.formats import in_wib
from common.web.pages import render
from redemption.partners import queries as partners
from redemption.settlement.draw_up import draw_up
from redemption.settlement.schemas import as_csv

router = new_router(include_in_schema=False)
Reader = Annotated[Principal, Depends(require("settlement.read"))]
SHOWN_MAX = 300


@router.get("/statements")
async def get_statements(
    request: Request,
    caller: Reader,
    tx: Transaction,
    partner: Annotated[str, Query(max_length=36)] = "",
    first: Annotated[str, Query(alias="from", max_length=10)] = "",
    last: Annotated[str, Query(alias="to", max_length=10)] = "",
) -> Response:
    """Show a partner's statement; this month's when no other period is asked for."""
    known = await partners.find_seen_by(tx, caller)
    partner_id = _id(partner) or caller.partner_id
    begin, end = _period(first, last)
    statement = await draw_up(tx, caller, partner_id, begin, end) if partner_id else None
    return render(
        request,
        "settlement/statement.html",
        partners=[(one.id, one.name) for one in known],
        partner_id=partner_id or "",
        first=begin,
        last=end,
        statement=statement,
        rows=statement.lines[: -SHOWN_MAX - 1 : -1] if statement else [],
    )


@router.get("/statements.csv")
async def get_statement_csv(
    caller: Reader,
    tx: Transaction,
    partner: UUID,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
) -> Response:
    """Download a statement's lines."""
    statement = await draw_up(tx, caller, partner, first, last)
    name = f"rekap-{first}-{last}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(as_csv(statement), media_type="text/csv; charset=utf-8", headers=headers)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _period(first: str, last: str) -> tuple[date, date]:
    today = in_wib(clock.utc_now()).date()
    try:
        return (
            date.fromisoformat(first) if first else today.replace(day=1),
            date.fromisoformat(last) if last else today,
        )
    except ValueError:
        raise Refused("invalid_input", fields=[{"field": "from, to", "problem": "date"}]) from None
