"""One partner: what is agreed with it, who works there, and what was changed."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from starlette.responses import Response

from common import audit, clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.web.formats import in_wib
from common.web.pages import render
from redemption.partners.look import look_at
from redemption.partners.pages.views import shown
from redemption.partners.pages.words import KINDS, WEEKDAYS
from redemption.partners.term_rules import week_of

router = new_router(prefix="/partners", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("partners.read"))]
# A contract that ends within so many days is worth a word.
ENDS_SOON_DAYS = 30


@router.get("/{partner_id}")
async def get_partner(
    request: Request, partner_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Show one partner; a look at a bank account is noted."""
    seen = await look_at(tx, caller, request.app.state.sealer, partner_id)
    if seen.account is not None:
        await audit.record(tx, caller, "partner.account_seen", "partner", partner_id)
    partner = seen.whole.partner
    today = in_wib(clock.utc_now()).date()
    until = partner.contract_until
    may_manage = "partners.manage" in caller.permissions and partner.is_managed_by(caller)
    may_decide = "partners.activate" in caller.permissions and partner.is_managed_by(caller)
    return render(
        request,
        "partners/one.html",
        seen=seen,
        terms=seen.whole.terms,
        state=seen.whole.status,
        kinds=KINDS,
        weekdays=WEEKDAYS,
        week=week_of(seen.whole.terms.hours),
        why_not=partner.why_not_serving(today),
        days_left=(until - today).days if until else None,
        ends_soon=ENDS_SOON_DAYS,
        waiting=[shown(request, one) for one in seen.waiting],
        history=[shown(request, one) for one in seen.history if one.outcome is not None],
        may_manage=may_manage,
        may_decide=may_decide,
        may_see_holder=may_manage or may_decide or caller.partner_id == partner_id,
    )
