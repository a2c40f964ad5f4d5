"""The pages on which administrators manage accounts."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from common import ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.pages import render
from registry.accounts import administer, queries, rules
from registry.accounts.acting import active_administrator
from registry.accounts.administer import NewAccount
from registry.accounts.issuer import only_built_in, visit
from registry.accounts.pages import texts
from registry.accounts.pages.account_form import (
    StandingForm,
    name_faults,
    standing_form,
    standing_of_account,
)

PAGE_ROWS = 50
Caller = Annotated[Principal, Depends(require("accounts.manage"))]
FormOfStanding = Annotated[StandingForm, Depends(standing_form)]
Short = Annotated[str, Form(max_length=200)]

router = new_router(
    prefix="/accounts",
    include_in_schema=False,
    dependencies=[
        Depends(require("accounts.manage")),
        Depends(only_built_in),
        Depends(active_administrator),
    ],
)


@router.get("")
async def get_accounts(
    request: Request,
    caller: Caller,
    tx: Transaction,
    role: Annotated[str, Query(max_length=40)] = "",
    after: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """List the accounts that the administrator may manage."""
    wanted = role if role in rules.PERSON_ROLES else ""
    name = after if rules.USERNAME.fullmatch(after) else ""
    given = {"after": name, "role": wanted, "how_many": PAGE_ROWS}
    rows = [dict(row) for row in (await tx.execute(queries.SELECT_PAGE, given)).mappings()]
    shown = [row for row in rows if rules.may_manage(caller.regions, row["regions"])]
    return render(
        request,
        "accounts/list.html",
        accounts=shown,
        role=wanted,
        roles=rules.PERSON_ROLES,
        next_after=rows[-1]["username"] if len(rows) == PAGE_ROWS else "",
        is_first=not name,
    )


@router.get("/new")
async def get_new(request: Request) -> Response:
    """Show the form of a new account."""
    return _new_form(request, ids.new_id(), StandingForm(regions="62"), {})


@router.post("")
async def post_account(
    request: Request,
    caller: Caller,
    tx: Transaction,
    form: FormOfStanding,
    id: Annotated[UUID, Form()],
    username: Short = "",
    display_name: Short = "",
) -> Response:
    """Make an account and show its one-time password, once."""
    name, shown_name = username.strip().lower(), " ".join(display_name.split())
    errors = name_faults(request, name, shown_name) | form.faults(request)
    if errors:
        return _new_form(request, id, form, errors, username=name, display_name=shown_name)
    password, kept = await administer.one_time_password()
    try:
        new = NewAccount(id, name, shown_name, form.standing)
        await administer.create(tx, caller, new, kept)
    except Refused as refusal:
        if refusal.code != "username_taken":
            raise
        _ = request.app.state.pages.gettext(request)
        taken = {"username": _(texts.TAKEN)}
        return _new_form(request, id, form, taken, username=name, display_name=shown_name)
    return _shown_once(request, id, name, password)


@router.get("/{account_id}")
async def get_account(
    request: Request, caller: Caller, tx: Transaction, account_id: UUID
) -> Response:
    """Show an account and what can be done with it."""
    return await _one(request, caller, tx, account_id, errors={})


@router.post("/{account_id}/role")
async def post_role(
    request: Request, caller: Caller, tx: Transaction, account_id: UUID, form: FormOfStanding
) -> Response:
    """Give the person another role, regions or partner."""
    errors = form.faults(request)
    if errors:
        return await _one(request, caller, tx, account_id, errors=errors, form=form)
    await administer.change_standing(tx, caller, account_id, form.standing)
    return _back(account_id)


@router.post("/{account_id}/disable")
async def post_disable(caller: Caller, tx: Transaction, account_id: UUID) -> Response:
    """Let the person sign in no more."""
    await administer.disable(tx, caller, account_id)
    return _back(account_id)


@router.post("/{account_id}/enable")
async def post_enable(caller: Caller, tx: Transaction, account_id: UUID) -> Response:
    """Let the person sign in again."""
    await administer.enable(tx, caller, account_id)
    return _back(account_id)


@router.post("/{account_id}/sign-out")
async def post_sign_out(caller: Caller, tx: Transaction, account_id: UUID) -> Response:
    """End every sign-in of the person."""
    await administer.sign_out(tx, caller, account_id)
    return _back(account_id)


@router.post("/{account_id}/password")
async def post_password(
    request: Request, caller: Caller, tx: Transaction, account_id: UUID
) -> Response:
    """Give the person a one-time password and show it, once."""
    password, kept = await administer.one_time_password()
    await administer.reset_password(tx, caller, account_id, kept)
    account = await administer.find(tx, caller, account_id)
    return _shown_once(request, account_id, account["username"], password)


@router.post("/{account_id}/second-factor")
async def post_second_factor(
    request: Request, caller: Caller, tx: Transaction, account_id: UUID
) -> Response:
    """Take away a lost second factor; the password is replaced with it."""
    password, kept = await administer.one_time_password()
    await administer.reset_second_factor(tx, caller, account_id, kept)
    account = await administer.find(tx, caller, account_id)
    return _shown_once(request, account_id, account["username"], password)


def _new_form(
    request: Request,
    account_id: UUID,
    form: StandingForm,
    errors: dict[str, str],
    *,
    username: str = "",
    display_name: str = "",
) -> Response:
    return render(
        request,
        "accounts/new.html",
        status=422 if errors else 200,
        account_id=account_id,
        form=form,
        errors=errors,
        username=username,
        display_name=display_name,
        roles=rules.PERSON_ROLES,
    )


async def _one(
    request: Request,
    caller: Principal,
    tx: Transaction,
    account_id: UUID,
    *,
    errors: dict[str, str],
    form: StandingForm | None = None,
) -> Response:
    account = await administer.find(tx, caller, account_id)
    given = {"account_id": account_id, "now": visit(request).now}
    sign_ins = await tx.execute(queries.SELECT_OPEN_SIGN_INS, given)
    shown: Any = form or standing_of_account(
        account["role"], account["regions"], account["partner_id"]
    )
    return render(
        request,
        "accounts/one.html",
        status=422 if errors else 200,
        account=account,
        sign_ins=[dict(row) for row in sign_ins.mappings()],
        form=shown,
        errors=errors,
        roles=rules.PERSON_ROLES,
        is_own=caller.subject == str(account_id),
    )


def _shown_once(request: Request, account_id: UUID, username: str, password: str) -> Response:
    return render(
        request,
        "accounts/password.html",
        account_id=account_id,
        username=username,
        password=password,
    )


def _back(account_id: UUID) -> Response:
    return RedirectResponse(f"/accounts/{account_id}", status_code=303)
