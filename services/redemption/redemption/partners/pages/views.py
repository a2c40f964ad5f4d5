"""Who serves card holders, where, under which contract, and what was changed."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.responses import Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.web.formats import Formats
from common.web.languages import language
from common.web.pages import render
from redemption.partners import queries
from redemption.partners.look import Change, waiting_for
from redemption.partners.pages.words import CHANGES, FIELDS, KINDS, OUTCOMES, in_words
from redemption.partners.rules import KINDS as KIND_WORDS
from redemption.partners.rules import STATUSES

router = new_router(prefix="/partners", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("partners.read"))]
Choice = Annotated[str, Query(max_length=40)]
LISTED_MAX = 200


@router.get("")
async def get_partners(
    request: Request,
    caller: Reader,
    tx: Transaction,
    kind: Choice = "",
    status: Choice = "",
    partner: Choice = "",
) -> Response:
    """List partners: the own one, or those that serve the own regions."""
    known = await queries.find_seen_by(tx, caller)
    found = [
        one
        for one in known
        if (kind in ("", one.kind) and status in ("", one.status))
        and partner.casefold() in one.name.casefold()
    ]
    may_decide = "partners.activate" in caller.permissions
    return render(
        request,
        "partners/list.html",
        partners=found[:LISTED_MAX],
        found=len(found),
        known=len(known),
        listed_max=LISTED_MAX,
        kinds=KINDS,
        chosen={"kind": kind, "status": status, "partner": partner},
        kind_words=KIND_WORDS,
        statuses=STATUSES,
        waiting=len(await waiting_for(tx, caller)) if may_decide else 0,
    )


def _place(name: str) -> int:
    """Return where a field stands in the form; the database keeps no order."""
    known = list(FIELDS)
    return known.index(name) if name in known else len(known)


def shown(request: Request, change: Change) -> dict[str, Any]:
    """Return a change in words, line by line."""
    _ = request.app.state.pages.gettext(request)
    formats = Formats(language(request))
    lines = [
        {
            "field": _(FIELDS.get(name, name)),
            "before": in_words(_, formats, name, change.before.get(name)) if change.before else "",
            "after": in_words(_, formats, name, change.after[name]),
        }
        for name in sorted(change.changed, key=_place)
        if name != "status"
    ]
    return {"change": change, "what": _(CHANGES[change.kind]), "lines": lines,
            "outcome": _(OUTCOMES[change.outcome]) if change.outcome else ""}  # fmt: skip
