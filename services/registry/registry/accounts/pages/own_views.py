"""A signed-in person's own account: who they are here, and their password."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from sqlalchemy import RowMapping
from starlette.responses import Response

from common.api import new_router
from common.auth.principal import Principal, signed_in
from common.problems import Refused
from common.web.pages import render
from registry.accounts import attempts, change_password, passwords, queries, rules
from registry.accounts.issuer import only_built_in, visit
from registry.accounts.pages import browser
from registry.accounts.pages.texts import PASSWORD_FAULTS, WRONG_OWN_PASSWORD

Caller = Annotated[Principal, Depends(signed_in())]
Word = Annotated[str, Form(max_length=400)]

router = new_router(
    prefix="/account", include_in_schema=False, dependencies=[Depends(only_built_in)]
)


@router.get("")
async def get_account(request: Request, caller: Caller) -> Response:
    """Show a person what is known of their account."""
    account = await _account(request, caller)
    return render(request, "accounts/own.html", account=account, errors={}, is_changed=False)


@router.post("/password")
async def post_password(
    request: Request, caller: Caller, present: Word = "", password: Word = "", repeated: Word = ""
) -> Response:
    """Change the person's password; sign-ins on other devices end."""
    account = await _account(request, caller)
    errors = await _faults(request, account, present, password, repeated)
    if errors:
        said = browser.in_words(request, errors)
        return render(
            request, "accounts/own.html", status=422, account=account, errors=said, is_changed=False
        )
    kept = await passwords.hash_password(password)
    here = await _sign_in_of_browser(request)
    async with request.app.state.engine.begin() as tx:
        await change_password.change_password(
            tx, caller, account["id"], kept, spared_sign_in=here, now=visit(request).now
        )
    return render(request, "accounts/own.html", account=account, errors={}, is_changed=True)


async def _account(request: Request, caller: Principal) -> RowMapping:
    try:
        account_id = UUID(caller.subject)
    except ValueError as error:
        raise Refused("not_found") from error
    async with request.app.state.engine.connect() as tx:
        found = await tx.execute(queries.SELECT_ACCOUNT, {"account_id": account_id})
        account: RowMapping | None = found.mappings().first()
    if account is None:
        raise Refused("not_found")
    return account


async def _faults(
    request: Request, account: RowMapping, present: str, password: str, repeated: str
) -> dict[str, str]:
    if not await _is_present_password(request, account, present):
        return {"present": WRONG_OWN_PASSWORD}
    fault = rules.password_fault(password, account["username"])
    if fault is None and password == present:
        fault = "same"
    if fault:
        return {"password": PASSWORD_FAULTS[fault]}
    return {} if password == repeated else {"repeated": PASSWORD_FAULTS["differs"]}


async def _is_present_password(request: Request, account: RowMapping, present: str) -> bool:
    """Judge it as a sign-in would: who took over a session must not guess on at leisure."""
    here, state = visit(request), request.app.state
    guesses = attempts.at_password(state.blind_index, account["username"], here.address)
    async with state.engine.begin() as tx:
        wait = await attempts.begin(tx, guesses, here.now)
    if wait:
        raise Refused("too_many_requests", wait_s=wait)
    is_right = await passwords.is_right(present, account["password_hash"])
    if is_right:
        async with state.engine.begin() as tx:
            await attempts.forgive(tx, guesses)
    return is_right


async def _sign_in_of_browser(request: Request) -> UUID | None:
    """Return the sign-in that stays: the one of this browser."""
    token = request.state.csrf_token
    here = await browser.signed_in(request)
    request.state.csrf_token = token
    return here.id if here else None
