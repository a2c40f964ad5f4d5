"""Partners for administration: put forward, changed, suspended, decided."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from redemption.partners import decide as decisions
from redemption.partners import propose, queries
from redemption.partners.account_rules import read_account
from redemption.partners.look import find_change, look_at, waiting_for
from redemption.partners.schemas import (
    AccountRequest,
    ChangeBody,
    DecisionRequest,
    OnboardRequest,
    PartnerBody,
    ReasonRequest,
    TermsRequest,
    WholePartnerBody,
)

router = new_router(prefix="/v1", tags=["partners"])
Reader = Annotated[Principal, Depends(require("partners.read"))]
Proposer = Annotated[Principal, Depends(require("partners.manage"))]
Decider = Annotated[Principal, Depends(require("partners.activate"))]


async def _shown(
    request: Request, tx: Transaction, caller: Principal, partner_id: UUID
) -> WholePartnerBody:
    sealer = request.app.state.sealer
    return WholePartnerBody.of(await look_at(tx, caller, sealer, partner_id))


@router.get("/partners", response_model=list[PartnerBody])
async def get_partners(caller: Reader, tx: Transaction) -> list[PartnerBody]:
    """List partners: the own one, or those that serve the own regions."""
    return [PartnerBody.of(one) for one in await queries.find_seen_by(tx, caller)]


@router.get("/partners/{partner_id}", response_model=WholePartnerBody)
async def get_partner(
    request: Request, partner_id: UUID, caller: Reader, tx: Transaction
) -> WholePartnerBody:
    """Return a partner with what is agreed with it and what waits."""
    return await _shown(request, tx, caller, partner_id)


@router.post("/partners", status_code=201, response_model=WholePartnerBody)
async def post_partner(
    request: Request, body: OnboardRequest, caller: Proposer, tx: Transaction
) -> WholePartnerBody:
    """Put a new partner forward; somebody else activates it."""
    await propose.onboard(
        tx,
        caller,
        partner_id=body.id,
        change_id=body.change_id,
        terms=body.terms.terms(),
        now=clock.utc_now(),
    )
    return await _shown(request, tx, caller, body.id)


@router.put("/partners/{partner_id}/terms", response_model=WholePartnerBody)
async def put_terms(
    request: Request, partner_id: UUID, body: TermsRequest, caller: Proposer, tx: Transaction
) -> WholePartnerBody:
    """Change what is agreed: name, address and hours at once, the rest by a second person."""
    await propose.change_terms(
        tx,
        caller,
        partner_id=partner_id,
        change_id=body.change_id,
        version=body.version,
        terms=body.terms.terms(),
        reason=body.reason,
        now=clock.utc_now(),
    )
    return await _shown(request, tx, caller, partner_id)


@router.put("/partners/{partner_id}/account", response_model=WholePartnerBody)
async def put_account(
    request: Request, partner_id: UUID, body: AccountRequest, caller: Proposer, tx: Transaction
) -> WholePartnerBody:
    """Ask for another bank account; somebody else approves it by typing its number again."""
    await propose.change_account(
        tx,
        caller,
        request.app.state.sealer,
        partner_id=partner_id,
        change_id=body.change_id,
        account=read_account(body.bank, body.holder, body.number),
        reason=body.reason,
        now=clock.utc_now(),
    )
    return await _shown(request, tx, caller, partner_id)


@router.post("/partners/{partner_id}/suspension", response_model=WholePartnerBody)
async def post_suspension(
    request: Request, partner_id: UUID, body: ReasonRequest, caller: Proposer, tx: Transaction
) -> WholePartnerBody:
    """Suspend a partner, at once."""
    await decisions.suspend(tx, caller, body.asked(partner_id), clock.utc_now())
    return await _shown(request, tx, caller, partner_id)


@router.post("/partners/{partner_id}/suspension/end", response_model=WholePartnerBody)
async def post_lift(
    request: Request, partner_id: UUID, body: ReasonRequest, caller: Proposer, tx: Transaction
) -> WholePartnerBody:
    """Ask that a suspension ends; somebody else decides."""
    await propose.ask_to_lift(tx, caller, body.asked(partner_id), clock.utc_now())
    return await _shown(request, tx, caller, partner_id)


@router.post("/partners/{partner_id}/end", response_model=WholePartnerBody)
async def post_end(
    request: Request, partner_id: UUID, body: ReasonRequest, caller: Proposer, tx: Transaction
) -> WholePartnerBody:
    """End a partner, for good."""
    await decisions.end(tx, caller, body.asked(partner_id), clock.utc_now())
    return await _shown(request, tx, caller, partner_id)


@router.get("/partner-changes", response_model=list[ChangeBody])
async def get_waiting(caller: Decider, tx: Transaction) -> list[ChangeBody]:
    """List what waits for a second person, oldest first."""
    return [ChangeBody.of(one) for one in await waiting_for(tx, caller)]


@router.post("/partner-changes/{change_id}/decision", response_model=ChangeBody)
async def post_decision(
    request: Request, change_id: UUID, body: DecisionRequest, caller: Decider, tx: Transaction
) -> ChangeBody:
    """Approve or refuse what somebody else asked for."""
    await decisions.decide(
        tx,
        caller,
        request.app.state.sealer,
        change_id=change_id,
        **body.model_dump(),
        now=clock.utc_now(),
    )
    return ChangeBody.of(await find_change(tx, caller, change_id))


@router.post("/partner-changes/{change_id}/withdrawal", response_model=ChangeBody)
async def post_withdrawal(change_id: UUID, caller: Proposer, tx: Transaction) -> ChangeBody:
    """Take back what one has asked for oneself."""
    await decisions.withdraw(tx, caller, change_id, clock.utc_now())
    return ChangeBody.of(await find_change(tx, caller, change_id))
