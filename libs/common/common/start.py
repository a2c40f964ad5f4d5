"""The start page of a service, and who the caller is."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from common.auth.identify import identify
from common.auth.principal import Principal, public, signed_in
from common.database import TransactionRoute
from common.problems import SIGN_IN_CODES, Refused
from common.web.pages import Pages

router = APIRouter(route_class=TransactionRoute)


@router.get(
    "/",
    include_in_schema=False,
    dependencies=[Depends(public("the start page says how to sign in"))],
)
async def get_start(request: Request) -> Response:
    """Show what the caller can do here, or how to sign in."""
    try:
        await identify(request)
    except Refused as refusal:
        if refusal.code not in SIGN_IN_CODES:
            raise
        request.state.principal = None
    pages: Pages = request.app.state.pages
    return pages.home(request)


@router.get("/v1/me", dependencies=[Depends(signed_in())])
async def get_me(request: Request) -> dict[str, Any]:
    """Say who the caller is and what that person may do."""
    me: Principal = request.state.principal
    return {
        "subject": me.subject,
        "name": me.name,
        "roles": sorted(me.roles),
        "permissions": sorted(me.permissions),
        "regions": me.regions,
        "partner_id": me.partner_id,
    }
