"""Who serves card holders, and where."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.web.languages import N_
from common.web.pages import render
from redemption.partners import queries

router = new_router(include_in_schema=False)
KINDS = {
    "food_point": N_("Titik pangan"),
    "market": N_("Pasar atau toko"),
    "school": N_("Sekolah"),
    "clinic": N_("Klinik atau puskesmas"),
    "university": N_("Perguruan tinggi"),
    "bank": N_("Bank"),
}


@router.get("/partners")
async def get_partners(
    request: Request,
    caller: Annotated[Principal, Depends(require("partners.read"))],
    tx: Transaction,
) -> Response:
    """List partners: the own one, or those that serve the own regions."""
    found = await queries.find_seen_by(tx, caller)
    return render(request, "partners/list.html", partners=found, kinds=KINDS)
