"""The pages on which administrators manage other agencies' systems."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import RedirectResponse, Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.regions import PROVINCE
from common.web.pages import render
from registry.accounts import clients, rules
from registry.accounts.acting import active_administrator
from registry.accounts.issuer import is_built_in
from registry.dci import callbacks, overview, profiles
from registry.dci.pages import texts
from registry.dci.pages.agency_form import AgencyForm, a_year_from, agency_form, form_of
from registry.dci.rules import FIELDS

Caller = Annotated[Principal, Depends(require("accounts.manage"))]
Filled = Annotated[AgencyForm, Depends(agency_form)]


async def whole_province(request: Request, caller: Caller) -> None:
    """Refuse an administrator of some regions, and one who has just been disabled."""
    if not rules.may_manage(caller.regions, [PROVINCE]):
        raise Refused("outside_your_regions")
    if is_built_in(request.app):
        await active_administrator(request)


router = new_router(
    prefix="/agencies",
    include_in_schema=False,
    dependencies=[Depends(require("accounts.manage")), Depends(whole_province)],
)


@router.get("")
async def get_agencies(request: Request, tx: Transaction) -> Response:
    """List the systems and their agreements."""
    today = clock.utc_now().date()
    rows = [{**row, "is_valid": profiles.is_valid(row, today)} for row in await profiles.listed(tx)]
    return render(request, "dci/agencies.html", rows=rows)


@router.get("/new")
async def get_new(request: Request) -> Response:
    """Show the form of a new agreement."""
    client_id = clients.new_client_id() if is_built_in(request.app) else ""
    blank = AgencyForm(sender_id=client_id, valid_until=a_year_from(clock.utc_now().date()))
    return _form(request, blank, {}, client_id=client_id, is_new=True)


@router.post("")
async def post_agency(
    request: Request,
    caller: Caller,
    tx: Transaction,
    form: Filled,
    client_id: Annotated[str, Form(max_length=64, pattern=clients.CLIENT_ID.pattern)],
) -> Response:
    """Make a system known. With the built-in accounts its secret is shown, once."""
    faults = form.faults(request)
    if faults:
        return _form(request, form, faults, client_id=client_id, is_new=True)
    values = form.values()
    await profiles.create(tx, caller, client_id, values)
    if not is_built_in(request.app):
        return RedirectResponse(f"/agencies/{client_id}", status_code=303)
    secret = await clients.create_registry_client(
        tx, caller, client_id, name=values["agency_name"], regions=values["regions"]
    )
    return _shown_once(request, client_id, secret)


@router.get("/{client_id}")
async def get_agency(request: Request, tx: Transaction, client_id: str) -> Response:
    """Show an agreement, what the system did, and what could not be sent to it."""
    row = await profiles.find(tx, client_id)
    seen = await overview.of(tx, client_id)
    secrets = []
    if is_built_in(request.app):
        _, found = await clients.find(tx, client_id)
        secrets = [dict(one) for one in found]
    prefix = request.app.state.settings.public_url.rstrip("/")
    return render(
        request,
        "dci/agency.html",
        row=dict(row),
        is_valid=profiles.is_valid(row, clock.utc_now().date()),
        seen=seen,
        secrets=secrets,
        may_add=is_built_in(request.app) and len(secrets) < clients.VALID_SECRETS_MAX,
        is_built_in=is_built_in(request.app),
        token_address=f"{request.app.state.settings.issuer}/oauth2/token",
        prefix=prefix,
        words=texts,
    )


@router.get("/{client_id}/edit")
async def get_edit(request: Request, tx: Transaction, client_id: str) -> Response:
    """Show the form of an agreement that exists."""
    row = await profiles.find(tx, client_id)
    return _form(request, form_of(dict(row)), {}, client_id=client_id, is_new=False)


@router.post("/{client_id}")
async def post_change(
    request: Request, caller: Caller, tx: Transaction, client_id: str, form: Filled
) -> Response:
    """Write an agreement anew; it holds from the next request on."""
    faults = form.faults(request)
    if faults:
        return _form(request, form, faults, client_id=client_id, is_new=False)
    values = form.values()
    await profiles.change(tx, caller, client_id, values)
    name, regions = values["agency_name"], values["regions"]
    await clients.limit(tx, client_id, name=name, regions=regions)
    return _back(client_id)


@router.post("/{client_id}/disable")
async def post_disable(
    request: Request, caller: Caller, tx: Transaction, client_id: str
) -> Response:
    """End an agreement for good, at once."""
    await profiles.disable(tx, caller, client_id)
    if is_built_in(request.app):
        await clients.disable(tx, caller, client_id)
    return _back(client_id)


@router.post("/{client_id}/secrets")
async def post_secret(
    request: Request, caller: Caller, tx: Transaction, client_id: str
) -> Response:
    """Add a second secret and show it, once."""
    await _demand_own(tx, client_id)
    return _shown_once(request, client_id, await clients.rotate(tx, caller, client_id))


@router.post("/{client_id}/secrets/{secret_id}/revoke")
async def post_revoke(caller: Caller, tx: Transaction, client_id: str, secret_id: UUID) -> Response:
    """End one secret."""
    await _demand_own(tx, client_id)
    await clients.revoke_secret(tx, caller, client_id, secret_id)
    return _back(client_id)


@router.post("/{client_id}/callbacks/{callback_id}/again")
async def post_again(
    caller: Caller, tx: Transaction, client_id: str, callback_id: UUID
) -> Response:
    """Try to send a message anew that had been given up."""
    await callbacks.send_again(tx, caller, client_id, callback_id)
    return _back(client_id)


async def _demand_own(tx: AsyncConnection, client_id: str) -> None:
    await profiles.find(tx, client_id)


def _back(client_id: str) -> Response:
    return RedirectResponse(f"/agencies/{client_id}", status_code=303)


def _form(
    request: Request, form: AgencyForm, errors: dict[str, str], *, client_id: str, is_new: bool
) -> Response:
    return render(
        request,
        "dci/agency_form.html",
        status=422 if errors else 200,
        form=form,
        errors=errors,
        client_id=client_id,
        is_new=is_new,
        is_built_in=is_built_in(request.app),
        field_words=[(name, texts.FIELD_WORDS[name]) for name in FIELDS],
    )


def _shown_once(request: Request, client_id: str, secret: str) -> Response:
    return render(request, "accounts/secret.html", client_id=client_id, secret=secret)
