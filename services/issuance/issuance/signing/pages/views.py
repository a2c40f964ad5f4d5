"""The page that shows the signing keys, and what has to be done with them next."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.regions import region_name
from common.web.languages import N_
from common.web.pages import render
from issuance.signing import queries
from issuance.signing.calendar_rules import next_steps, time_line

router = new_router(include_in_schema=False)

STATES = {
    "planned": (N_("Direncanakan"), "wait"),
    "active": (N_("Menandatangani"), "good"),
    "verify_only": (N_("Hanya memeriksa"), "plain"),
    "retired": (N_("Tidak dipakai lagi"), "plain"),
    "compromised": (N_("Bocor"), "bad"),
}
# What the next step is called, and the command with which it is done.
STEPS = {
    "create": (N_("Kunci berikutnya harus dibuat dan diterbitkan sebelum"), "keys create"),
    "publish": (N_("Kunci ini harus diterbitkan sebelum"), "keys publish"),
    "activate": (N_("Kunci ini boleh diaktifkan mulai"), "keys activate"),
    "stop": (N_("Kunci ini tidak menandatangani lagi sejak"), "keys retire"),
    "retire": (N_("Kartu terakhir dengan kunci ini berakhir pada"), "keys retire"),
    "none_active": (N_("Tidak ada kunci yang menandatangani. Kartu menunggu sejak"), "keys list"),
}


@router.get("/keys")
async def get_keys_page(
    request: Request,
    tx: Transaction,
    caller: Annotated[Principal, Depends(require("keys.read"))],
) -> HTMLResponse:
    """Show every key: whose cards it signs, since when, until when, and what comes next."""
    del caller
    keys, now = await queries.all_keys(tx), clock.utc_now()
    cards = await request.app.state.cards_by_key(tx)
    line = time_line(keys) if keys else None
    shown = [
        {
            **key,
            "place": region_name(key["region_code"]),
            "signed": cards.get(key["kid"], {}).get("signed", 0),
            "active_cards": cards.get(key["kid"], {}).get("active", 0),
            "spans": line.spans(key) if line else [],
        }
        for key in keys
    ]
    return render(
        request,
        "signing/keys.html",
        keys=shown,
        states=STATES,
        steps=[
            {"step": step, "place": region_name(step.region_code), "said": STEPS[step.act]}
            for step in next_steps(keys, now)
        ],
        line=line,
        today=line.place(now) if line else 0,
        now=now,
    )
