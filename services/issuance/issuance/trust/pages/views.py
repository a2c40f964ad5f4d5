"""The page that tells partners what to fetch, how fresh it is, and how to compare the root."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from common import clock
from common.api import new_router
from common.auth.principal import public
from common.cose_keys import in_groups
from common.database import Transaction
from common.trust_bundle import BundleContent
from common.web.pages import render
from issuance.settings import Settings
from issuance.status.queries import files
from issuance.trust.ask import in_force, what_to_sign
from issuance.trust.rules import WARN_BEFORE_END, says_the_same

router = new_router(
    include_in_schema=False,
    dependencies=[Depends(public("partners compare the root and see what to fetch; no person"))],
)

Standing = Literal["none", "ended", "ends_soon", "outdated", "good"]


@router.get("/trust")
async def get_trust_page(request: Request, tx: Transaction) -> HTMLResponse:
    """Show the root's fingerprint, the published files with their age, and the keys."""
    settings: Settings = request.app.state.settings
    bundle, now = await in_force(tx), clock.utc_now()
    is_current = bundle is not None and says_the_same(await what_to_sign(tx, settings), bundle)
    return render(
        request,
        "trust/trust.html",
        bundle=bundle,
        standing=standing(bundle, now, is_current=is_current),
        root=in_rows(bundle.root.thumbprint) if bundle else [],
        next_root=in_rows(bundle.next_root.thumbprint) if bundle else [],
        files=await files(tx),
        address=settings.public_url.rstrip("/"),
    )


def standing(bundle: BundleContent | None, now: datetime, *, is_current: bool) -> Standing:
    """Tell what is the matter with the bundle, the worst first."""
    if bundle is None:
        return "none"
    if now >= bundle.expires_at:
        return "ended"
    if bundle.expires_at - now < WARN_BEFORE_END:
        return "ends_soon"
    return "good" if is_current else "outdated"


def in_rows(thumbprint: bytes) -> Sequence[Sequence[str]]:
    """Return a fingerprint in rows of four groups, as it is read aloud."""
    groups = in_groups(thumbprint)
    return [groups[at : at + 4] for at in range(0, len(groups), 4)]
