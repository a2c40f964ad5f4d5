"""The page on which auditors read what was done, by whom, to what."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from starlette.responses import Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.web.pages import render
from registry.privacy.pages.words import ACTIONS, KINDS, SUBJECTS
from registry.privacy.read_audit import PAGE_ROWS, read_audit
from registry.privacy.rules import IDENTIFIER_CHARACTERS_MAX, search_of

Auditor = Annotated[Principal, Depends(require("audit.read"))]
Word = Annotated[str, Query(max_length=IDENTIFIER_CHARACTERS_MAX)]

router = new_router(prefix="/audit", include_in_schema=False)


@router.get("")
async def get_audit(
    request: Request,
    caller: Auditor,
    tx: Transaction,
    actor: Word = "",
    action: Word = "",
    subject: Word = "",
    day: Word = "",
    before: Word = "",
) -> Response:
    """Show notes of the audit log, youngest first."""
    search = search_of(actor=actor, action=action, subject=subject, day=day, before=before)
    rows = await read_audit(tx, caller, search)
    asked = {"actor": actor, "action": action, "subject": subject, "day": day}
    kept = {name: value for name, value in asked.items() if value}
    older = urlencode({**kept, "before": rows[-1]["id"]}) if len(rows) == PAGE_ROWS else ""
    return render(
        request,
        "privacy/audit.html",
        rows=rows,
        asked=asked,
        older=older,
        newest=urlencode(kept) if before else None,
        actions=ACTIONS,
        kinds=KINDS,
        subjects=SUBJECTS,
    )
