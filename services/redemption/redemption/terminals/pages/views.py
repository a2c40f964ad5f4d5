"""Telephones at counters: enrol one, see which have been here, revoke the one that is lost."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.problems import said
from common.web.languages import language
from common.web.pages import render
from redemption.leases import queries as leases
from redemption.partners import queries as partners
from redemption.partners.rules import Partner
from redemption.terminals import list_queries
from redemption.terminals.enrol import CLOSED, make_code
from redemption.terminals.list_queries import Listed
from redemption.terminals.manage import find_managed, managed_partner, revoke
from redemption.terminals.operators import operators_of, remove_operator
from redemption.terminals.pages.drawing import code_address, drawn
from redemption.terminals.rules import CODE_LIFE
from redemption.terminals.schemas import REASON_MAX, REASON_MIN

router = new_router(prefix="/terminals", include_in_schema=False)
Admin = Annotated[Principal, Depends(require("terminals.manage"))]
# A terminal that was not here for so long is worth a question.
SILENT_DAYS = 7


@router.get("")
async def get_terminals(
    request: Request,
    caller: Admin,
    tx: Transaction,
    partner_id: Annotated[UUID | None, Query()] = None,
) -> Response:
    """List the terminals of the own partner, or of those in the own regions."""
    known = await partners.find_seen_by(tx, caller)
    chosen = [one for one in known if partner_id in (None, one.id)]
    found = await list_queries.of_partners(tx, [one.id for one in chosen])
    return render(
        request,
        "terminals/list.html",
        terminals=found,
        partners=[one for one in known if _may_enrol(caller, one)],
        chosen=partner_id or caller.partner_id,
        leases=await _leases(tx, found),
        journals=await _journals(request, tx, found),
        is_silent={one.id: (clock.utc_now() - one.last_seen_at).days >= SILENT_DAYS
                   for one in found},
    )  # fmt: skip


async def _leases(tx: Transaction, found: Sequence[Listed]) -> dict[UUID, Any]:
    """Return of each terminal the lease that lapses last."""
    standing = await leases.open_of_many(tx, [one.id for one in found], clock.utc_now())
    return {lease["terminal_id"]: lease for lease in standing}


async def _journals(request: Request, tx: Transaction, found: Sequence[Listed]) -> Any:
    """Return how each terminal's journal stands; the room of journals tells it (see app.py)."""
    return await request.app.state.journals_of_terminals(tx, [one.id for one in found])


def _may_enrol(caller: Principal, partner: Partner) -> bool:
    is_own = caller.partner_id == partner.id
    return partner.status not in CLOSED and (is_own or partner.is_managed_by(caller))


@router.post("/codes")
async def post_code(
    request: Request, caller: Admin, tx: Transaction, partner_id: Annotated[UUID, Form()]
) -> Response:
    """Make a code and show it, this once: as text, and as a QR that opens the terminal's app."""
    now = clock.utc_now()
    partner = await managed_partner(tx, caller, partner_id)
    code = await make_code(tx, caller, request.app.state.blind_index, partner, now)
    return render(
        request,
        "terminals/code.html",
        partner=partner,
        code=code,
        drawing=drawn(code_address(request.app.state.settings.public_url, code)),
        address=f"{request.app.state.settings.public_url.rstrip('/')}/terminal/",
        expires_at=now + CODE_LIFE,
    )


@router.get("/{terminal_id}")
async def get_terminal(
    request: Request, terminal_id: UUID, caller: Admin, tx: Transaction
) -> Response:
    """Show one terminal and who can sign in on it."""
    return await _one(request, caller, tx, terminal_id)


@router.post("/{terminal_id}/revocation")
async def post_revocation(
    request: Request,
    terminal_id: UUID,
    caller: Admin,
    tx: Transaction,
    reason: Annotated[str, Form(max_length=REASON_MAX)] = "",
) -> Response:
    """Revoke a terminal, for good and at once."""
    given = reason.strip()
    if len(given) < REASON_MIN:
        texts = request.app.state.refusals
        error = said("reason_needed", {}, texts, language(request))
        return await _one(request, caller, tx, terminal_id, reason=given, error=error)
    await revoke(tx, caller, terminal_id, reason=given, now=clock.utc_now())
    return RedirectResponse(f"/terminals/{terminal_id}", status_code=303)


@router.post("/{terminal_id}/operators/{operator_id}/removal")
async def post_removal(
    terminal_id: UUID, operator_id: UUID, caller: Admin, tx: Transaction
) -> Response:
    """Take somebody off a terminal: the PIN and the sessions there end at once."""
    await find_managed(tx, caller, terminal_id)
    await remove_operator(tx, caller, terminal_id, operator_id, clock.utc_now())
    return RedirectResponse(f"/terminals/{terminal_id}", status_code=303)


async def _one(
    request: Request, caller: Principal, tx: Transaction, terminal_id: UUID, **form: Any
) -> Response:
    found = await find_managed(tx, caller, terminal_id)
    return render(
        request,
        "terminals/one.html",
        status=422 if form.get("error") else 200,
        terminal=found,
        lease=(await _leases(tx, [found])).get(found.id),
        journal=(await _journals(request, tx, [found])).get(found.id),
        operators=await operators_of(tx, terminal_id, clock.utc_now()),
        reason=form.get("reason", ""),
        error=form.get("error", ""),
    )
