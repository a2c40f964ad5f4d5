"""The page that shows the signing keys."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.web.pages import render
from issuance.signing import queries

router = new_router(include_in_schema=False)


@router.get("/keys")
async def get_keys_page(
    request: Request,
    tx: Transaction,
    caller: Annotated[Principal, Depends(require("keys.read"))],
) -> HTMLResponse:
    """Show every key: whether it signs, and until when what it signed counts."""
    del caller
    return render(request, "signing/keys.html", keys=await queries.all_keys(tx))
