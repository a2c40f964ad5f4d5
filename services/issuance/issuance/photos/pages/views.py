"""Take, choose or remove the photo of a family's card."""

import base64
from typing import Annotated
from uuid import UUID

from fastapi import Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused, said
from common.web.languages import N_, language
from common.web.pages import render
from issuance.cards.read import read_family
from issuance.photos.keep import NewPhoto, keep_photo, remove_photo
from issuance.photos.read import photo_for_print, photo_row
from issuance.photos.rules import CONSENT_BY, UPLOAD_BYTES_MAX

router = new_router(include_in_schema=False, prefix="/cards/families/{household_id}/photo")

Clerk = Annotated[Principal, Depends(require("cards.manage"))]
# The form's other fields and the borders between its parts.
FORM_BYTES_MAX = UPLOAD_BYTES_MAX + 64 * 1024
FIELDS = {"photo_consent_missing": "consent_by"}
CONSENT_WORDS = {
    "head": N_("Kepala keluarga"),
    "family_member": N_("Anggota keluarga, atas nama kepala keluarga"),
    "representative": N_("Wakil dengan surat kuasa"),
}
NOT_HERE = ("not_found", "outside_your_regions")


@router.get("")
async def get_photo(
    request: Request, tx: Transaction, caller: Clerk, household_id: UUID
) -> HTMLResponse:
    """Show the photo that there is, and how to take another."""
    return await show(request, tx, caller, household_id)


@router.post("", max_body_size=FORM_BYTES_MAX)
async def post_photo(
    request: Request,
    tx: Transaction,
    caller: Clerk,
    household_id: UUID,
    photo_id: Annotated[UUID, Form()],
    photo: Annotated[UploadFile | str | None, File()] = None,
    consent_by: Annotated[str, Form(max_length=40)] = "",
    source: Annotated[str, Form(max_length=10)] = "upload",
) -> Response:
    """Keep a photo and go back to the family."""
    content = b"" if photo is None or isinstance(photo, str) else await photo.read()
    new = NewPhoto(photo_id, household_id, content, source, consent_by)
    try:
        async with tx.begin_nested():
            await keep_photo(tx, caller, request.app.state.sealer, new)
    except Refused as refusal:
        if refusal.code in NOT_HERE:
            raise
        texts = request.app.state.refusals
        words = said(refusal.code, refusal.facts, texts, language(request))
        errors = {FIELDS.get(refusal.code, "photo"): words}
        return await show(request, tx, caller, household_id, errors=errors, consent_by=consent_by)
    return RedirectResponse(f"/cards/families/{household_id}?done=photo", status_code=303)


@router.post("/removals")
async def post_removal(tx: Transaction, caller: Clerk, household_id: UUID) -> Response:
    """Delete the photo and go back to the family."""
    await remove_photo(tx, caller, household_id)
    return RedirectResponse(f"/cards/families/{household_id}?done=photo_removed", status_code=303)


async def show(
    request: Request,
    tx: AsyncConnection,
    caller: Principal,
    household_id: UUID,
    *,
    errors: dict[str, str] | None = None,
    consent_by: str = "",
) -> HTMLResponse:
    """Answer with the page of the photo."""
    sealer = request.app.state.sealer
    family = await read_family(tx, caller, sealer, household_id)
    content = await photo_for_print(tx, sealer, household_id)
    picture = f"data:image/jpeg;base64,{base64.b64encode(content).decode()}" if content else ""
    _ = request.app.state.pages.gettext(request)
    return render(
        request,
        "photos/photo.html",
        status=422 if errors else 200,
        family=family,
        photo=await photo_row(tx, household_id),
        picture=picture,
        errors=errors or {},
        consent_by=consent_by,
        consents=[(word, _(CONSENT_WORDS[word])) for word in CONSENT_BY],
        new_id=new_id,
    )
