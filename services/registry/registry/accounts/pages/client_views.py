"""The pages on which administrators manage partners' systems."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.regions import PROVINCE
from common.web.pages import render
from registry.accounts import clients, rules
from registry.accounts.acting import active_administrator
from registry.accounts.issuer import only_built_in
from registry.accounts.pages import texts

Caller = Annotated[Principal, Depends(require("accounts.manage"))]
Short = Annotated[str, Form(max_length=200)]


async def whole_province(caller: Caller) -> None:
    """Refuse an administrator of some regions: a partner's system belongs to no region."""
    if not rules.may_manage(caller.regions, [PROVINCE]):
        raise Refused("outside_your_regions")


router = new_router(
    prefix="/accounts/systems",
    include_in_schema=False,
    dependencies=[
        Depends(require("accounts.manage")),
        Depends(only_built_in),
        Depends(active_administrator),
        Depends(whole_province),
    ],
)


@router.get("")
async def get_systems(request: Request, tx: Transaction) -> Response:
    """List the partners' systems."""
    found = [dict(row) for row in await clients.integrators(tx)]
    return render(request, "accounts/systems.html", systems=found)


@router.get("/new")
async def get_new(request: Request) -> Response:
    """Show the form of a new system."""
    return _new_form(request, clients.new_client_id(), {}, "", "")


@router.post("")
async def post_system(
    request: Request,
    caller: Caller,
    tx: Transaction,
    client_id: Annotated[str, Form(max_length=64, pattern=clients.CLIENT_ID.pattern)],
    name: Short = "",
    partner: Short = "",
) -> Response:
    """Make a system known and show its secret, once."""
    shown_name = " ".join(name.split())
    errors, partner_id = _faults(request, shown_name, partner)
    if errors or partner_id is None:
        return _new_form(request, client_id, errors, shown_name, partner)
    secret = await clients.create_integrator(
        tx, caller, client_id, name=shown_name, partner_id=partner_id
    )
    return _shown_once(request, client_id, secret)


@router.get("/{client_id}")
async def get_system(request: Request, tx: Transaction, client_id: str) -> Response:
    """Show a system and its secrets: when they were made and used, never what they are."""
    client, valid = await clients.find(tx, client_id)
    if client["kind"] == "registry_client":
        return RedirectResponse(f"/agencies/{client_id}", status_code=303)
    return render(
        request,
        "accounts/system.html",
        client=client,
        secrets=[dict(row) for row in valid],
        may_add=len(valid) < clients.VALID_SECRETS_MAX,
        token_address=f"{request.app.state.settings.issuer}/oauth2/token",
    )


@router.post("/{client_id}/secrets")
async def post_secret(
    request: Request, caller: Caller, tx: Transaction, client_id: str
) -> Response:
    """Add a second secret and show it, once; the first stays valid until it is revoked."""
    return _shown_once(request, client_id, await clients.rotate(tx, caller, client_id))


@router.post("/{client_id}/secrets/{secret_id}/revoke")
async def post_revoke(caller: Caller, tx: Transaction, client_id: str, secret_id: UUID) -> Response:
    """End one secret."""
    await clients.revoke_secret(tx, caller, client_id, secret_id)
    return RedirectResponse(f"/accounts/systems/{client_id}", status_code=303)


@router.post("/{client_id}/disable")
async def post_disable(caller: Caller, tx: Transaction, client_id: str) -> Response:
    """End the system for good."""
    await clients.disable(tx, caller, client_id)
    return RedirectResponse(f"/accounts/systems/{client_id}", status_code=303)


def _faults(request: Request, name: str, partner: str) -> tuple[dict[str, str], UUID | None]:
    _ = request.app.state.pages.gettext(request)
    errors, partner_id = {}, None
    if not name or len(name) > rules.DISPLAY_NAME_CHARACTERS_MAX or not name.isprintable():
        errors["name"] = _(texts.BAD_SYSTEM_NAME)
    try:
        partner_id = UUID(partner.strip())
    except ValueError:
        errors["partner"] = _(texts.BAD_PARTNER)
    return errors, partner_id


def _new_form(
    request: Request, client_id: str, errors: dict[str, str], name: str, partner: str
) -> Response:
    return render(
        request,
        "accounts/new_system.html",
        status=422 if errors else 200,
        client_id=client_id,
        errors=errors,
        name=name,
        partner=partner,
    )


def _shown_once(request: Request, client_id: str, secret: str) -> Response:
    return render(request, "accounts/secret.html", client_id=client_id, secret=secret)
