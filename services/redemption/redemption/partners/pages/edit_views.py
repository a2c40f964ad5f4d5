"""The forms by which one person puts a partner forward, or asks for a change of one."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from common import clock, ids
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import Refused
from common.web.pages import render
from redemption.partners import propose
from redemption.partners.account_rules import read_account
from redemption.partners.changes import Whole, find_whole
from redemption.partners.pages.forms import (
    TermsForm,
    form_of,
    told_as,
    typed,
    village_names,
    wide_regions,
)
from redemption.partners.pages.words import KINDS, WEEKDAYS
from redemption.partners.schemas import NUMBER_MAX, REASON_MAX, REASON_MIN

router = new_router(prefix="/partners", include_in_schema=False)
Proposer = Annotated[Principal, Depends(require("partners.manage"))]
Reason = Annotated[str, Form(max_length=REASON_MAX)]
Short = Annotated[str, Form(max_length=80)]
# The faults of an account, and the field at which each is shown.
ACCOUNT_FIELDS = {"account_malformed": "number", "account_words_needed": "bank"}


@router.get("/new")
async def get_new(request: Request, caller: Proposer) -> Response:  # noqa: ARG001
    """Show the form of a new partner; its ids are made here, once."""
    return _form(request, TermsForm(), partner_id=ids.new_id(), change_id=ids.new_id())


@router.post("")
async def post_new(
    request: Request,
    caller: Proposer,
    tx: Transaction,
    partner_id: Annotated[UUID, Form()],
    change_id: Annotated[UUID, Form()],
) -> Response:
    """Put a partner forward."""
    form, terms = typed(request, await request.form())
    if terms is None:
        return _form(request, form, partner_id=partner_id, change_id=change_id)
    await propose.onboard(
        tx, caller, partner_id=partner_id, change_id=change_id, terms=terms, now=clock.utc_now()
    )
    return _to(partner_id)


@router.get("/{partner_id}/edit")
async def get_edit(
    request: Request, partner_id: UUID, caller: Proposer, tx: Transaction
) -> Response:
    """Show the form with what is agreed now."""
    whole = await _managed(tx, caller, partner_id)
    form = form_of(whole.terms)
    return _form(request, form, partner_id=partner_id, change_id=ids.new_id(), whole=whole)


@router.post("/{partner_id}/edit")
async def post_edit(
    request: Request,
    partner_id: UUID,
    caller: Proposer,
    tx: Transaction,
    change_id: Annotated[UUID, Form()],
    version: Annotated[int, Form(ge=1)],
    reason: Reason = "",
) -> Response:
    """Change what is agreed, or ask for it where a second person decides."""
    whole = await _managed(tx, caller, partner_id)
    form, terms = typed(request, await request.form(), kind=whole.terms.kind)
    if len(reason.strip()) < REASON_MIN:
        form.errors["reason"] = told_as(request, "reason_needed")
    if terms is None or form.errors:
        return _form(
            request, form, partner_id=partner_id, change_id=change_id, whole=whole, reason=reason
        )
    await propose.change_terms(
        tx,
        caller,
        partner_id=partner_id,
        change_id=change_id,
        version=version,
        terms=terms,
        reason=reason.strip(),
        now=clock.utc_now(),
    )
    return _to(partner_id)


@router.get("/{partner_id}/account")
async def get_account(
    request: Request, partner_id: UUID, caller: Proposer, tx: Transaction
) -> Response:
    """Show the form of another bank account."""
    whole = await _managed(tx, caller, partner_id)
    return _account_form(request, whole, ids.new_id(), {}, {})


@router.post("/{partner_id}/account")
async def post_account(
    request: Request,
    partner_id: UUID,
    caller: Proposer,
    tx: Transaction,
    change_id: Annotated[UUID, Form()],
    bank: Short = "",
    holder: Short = "",
    number: Annotated[str, Form(max_length=NUMBER_MAX)] = "",
    reason: Reason = "",
) -> Response:
    """Ask for another bank account; the number is not shown again."""
    whole = await _managed(tx, caller, partner_id)
    errors = {}
    try:
        account = read_account(bank, holder, number)
    except Refused as refusal:
        errors[ACCOUNT_FIELDS[refusal.code]] = told_as(request, refusal.code)
    if len(reason.strip()) < REASON_MIN:
        errors["reason"] = told_as(request, "reason_needed")
    if errors:
        given = {"bank": bank, "holder": holder, "reason": reason}
        return _account_form(request, whole, change_id, given, errors)
    await propose.change_account(
        tx,
        caller,
        request.app.state.sealer,
        partner_id=partner_id,
        change_id=change_id,
        account=account,
        reason=reason.strip(),
        now=clock.utc_now(),
    )
    return _to(partner_id)


async def _managed(tx: Transaction, caller: Principal, partner_id: UUID) -> Whole:
    whole = await find_whole(tx, partner_id)
    if whole is None or not whole.partner.is_seen_by(caller):
        raise Refused("not_found")
    if not whole.partner.is_managed_by(caller):
        raise Refused("outside_your_regions")
    return whole


def _to(partner_id: UUID) -> Response:
    return RedirectResponse(f"/partners/{partner_id}", status_code=303)


def _form(
    request: Request,
    form: TermsForm,
    *,
    partner_id: UUID,
    change_id: UUID,
    whole: Whole | None = None,
    reason: str = "",
) -> Response:
    return render(
        request,
        "partners/form.html",
        status=422 if form.errors else 200,
        form=form,
        partner_id=partner_id,
        change_id=change_id,
        whole=whole,
        reason=reason,
        kinds=KINDS,
        weekdays=WEEKDAYS,
        regions=wide_regions(),
        villages=village_names(),
    )


def _account_form(
    request: Request, whole: Whole, change_id: UUID, given: dict[str, str], errors: dict[str, str]
) -> Response:
    return render(
        request,
        "partners/account.html",
        status=422 if errors else 200,
        whole=whole,
        change_id=change_id,
        given=given,
        errors=errors,
    )
