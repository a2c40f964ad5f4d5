"""A family as it was known on a day, with the file and the people behind each value."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.web.languages import N_
from common.web.pages import render
from registry.people.history import as_of
from registry.people.pages.views import WORDS
from registry.people.panels import Panel
from registry.people.words import MARITAL

router = new_router(prefix="/households/{household_id}/history", include_in_schema=False)
Reader = Annotated[Principal, Depends(require("people.read"))]

LABELS = {
    "sex": N_("Jenis kelamin"),
    "born_on": N_("Tanggal lahir"),
    "birth_place": N_("Tempat lahir"),
    "relation": N_("Hubungan"),
    "marital": N_("Status kawin"),
    "status": N_("Keadaan"),
    "father_name": N_("Nama ayah"),
    "mother_name": N_("Nama ibu"),
    "has_nik": N_("NIK"),
}
SAID = {
    "M": N_("laki-laki"),
    "F": N_("perempuan"),
    **MARITAL,
}


@router.get("")
async def get_history(
    household_id: UUID,
    request: Request,
    caller: Reader,
    tx: Transaction,
    day: date | None = None,
) -> HTMLResponse:
    """Show the family as known at the end of a day; today when none is given."""
    today = clock.utc_now().date() + timedelta(days=1)  # Far enough for every time zone.
    known = await as_of(tx, caller, household_id, min(day or clock.utc_now().date(), today))
    return render(request, "people/history.html", known=known, labels=LABELS, said=SAID, **WORDS)


async def household_panel(_tx: AsyncConnection, household_id: UUID) -> Panel:
    """Lead from a family's page to its history."""
    return Panel("people/history_panel.html", {"household_id": household_id})
