"""Terminals for those who manage them: codes, the list, revocation."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from redemption.partners import queries as partners
from redemption.terminals import list_queries
from redemption.terminals.enrol import make_code
from redemption.terminals.list_queries import Listed
from redemption.terminals.manage import managed_partner, revoke
from redemption.terminals.rules import CODE_LIFE
from redemption.terminals.schemas import REASON_MAX, REASON_MIN, Strict

router = new_router(prefix="/v1", tags=["terminals"])
Admin = Annotated[Principal, Depends(require("terminals.manage"))]


class CodeRequest(Strict):
    partner_id: UUID | None = Field(default=None, description="Of an administrator; else the own.")


class Code(BaseModel):
    code: str
    partner_id: UUID
    expires_at: datetime


class ListedTerminal(BaseModel):
    id: UUID
    partner_id: UUID
    partner_name: str
    label: str
    status: str
    enrolled_at: datetime
    last_seen_at: datetime
    unsent_lines: int | None
    revoked_at: datetime | None


class RevocationRequest(Strict):
    reason: str = Field(min_length=REASON_MIN, max_length=REASON_MAX)


@router.post("/terminal-codes", status_code=201, response_model=Code)
async def post_code(request: Request, body: CodeRequest, caller: Admin, tx: Transaction) -> Code:
    """Make a code that enrols one device within half an hour; it is shown this once."""
    now = clock.utc_now()
    partner = await managed_partner(tx, caller, body.partner_id)
    code = await make_code(tx, caller, request.app.state.blind_index, partner, now)
    return Code(code=code, partner_id=partner.id, expires_at=now + CODE_LIFE)


@router.get("/terminals", response_model=list[ListedTerminal])
async def get_terminals(caller: Admin, tx: Transaction) -> list[ListedTerminal]:
    """List the terminals of the own partner, or of the partners in the own regions."""
    known = [partner.id for partner in await partners.find_seen_by(tx, caller)]
    return [_shown(one) for one in await list_queries.of_partners(tx, known)]


@router.post("/terminals/{terminal_id}/revocation", status_code=200, response_model=ListedTerminal)
async def post_revocation(
    terminal_id: UUID, body: RevocationRequest, caller: Admin, tx: Transaction
) -> ListedTerminal:
    """Revoke a terminal, for good and at once."""
    found = await revoke(tx, caller, terminal_id, reason=body.reason, now=clock.utc_now())
    return _shown(found)


def _shown(one: Listed) -> ListedTerminal:
    return ListedTerminal(**{name: getattr(one, name) for name in ListedTerminal.model_fields})
