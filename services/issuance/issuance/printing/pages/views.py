"""The pages of print batches, and the pictures of a card for screens."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common import clock
from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.regions import parent_of, region_name
from common.web.pages import render
from issuance.cards.read import read_family
from issuance.photos.read import photo_for_print
from issuance.printing import queries
from issuance.printing.card_faces import SPECIMEN, card_to_draw
from issuance.printing.design.codes import single_matrix
from issuance.printing.design.faces import draw_back, draw_front
from issuance.printing.design.svg_canvas import SvgCanvas
from issuance.printing.pages.part_views import part_context
from issuance.printing.pages.words import (
    DONE,
    DUPLEX_WORDS,
    KIND_WORDS,
    PROGRESS,
    SHORT_STEP_WORDS,
    STEP_WORDS,
)
from issuance.printing.read_batch import read_batch
from issuance.printing.release import cancel_batch, retry_batch
from issuance.printing.request_batch import Wish, region_values, request_batch
from issuance.printing.rules import CARDS_PER_FILE_MAX, IN_PRINT_MAX, NOT_RECEIVED_MAX, batch_state
from issuance.printing.schemas import REGION
from issuance.printing.whereabouts import STEPS, overdue, together, where_cards_are

router = new_router(include_in_schema=False)

Printer = Annotated[Principal, Depends(require("cards.print"))]
Reader = Annotated[Principal, Depends(require("cards.read"))]
# Below so many villages every regency's list is open from the start.
OPEN_UP_TO = 40


@dataclass(slots=True)
class Waiting:
    """A regency whose cards wait, with its districts and villages."""

    region_code: str
    cards: int = 0
    villages: list[dict[str, Any]] = field(default_factory=list)

    def add(self, code: str, cards: int) -> None:
        """Count a village's cards."""
        self.cards += cards
        district = parent_of(code) or code
        self.villages.append(
            {
                "region_code": code,
                "place": region_name(code),
                "district": region_name(district),
                "district_code": district,
                "cards": cards,
            }
        )


@router.get("/prints")
async def get_prints(request: Request, tx: Transaction, caller: Printer) -> HTMLResponse:
    """Show what waits by regency and village, what waits too long, and the batches made lately."""
    regencies: dict[str, Waiting] = {}
    for scope in caller.regions:
        for row in await tx.execute(queries.COUNT_WAITING, region_values(scope)):
            regency = ".".join(row.region_code.split(".")[:2])
            regencies.setdefault(regency, Waiting(regency)).add(row.region_code, row.cards)
    found = await tx.execute(queries.SELECT_BATCHES, {"regions": list(caller.regions)})
    batches = [{**row, "state": batch_state(row["states"])} for row in found.mappings()]
    villages = sum(len(one.villages) for one in regencies.values())
    return render(
        request,
        "printing/prints.html",
        regencies=sorted(regencies.values(), key=lambda one: one.region_code),
        is_open=villages <= OPEN_UP_TO,
        villages=villages,
        total=sum(one.cards for one in regencies.values()),
        may_choose=caller.covers,
        batches=batches,
        overdue=await overdue(tx, caller, clock.utc_now()),
        limits={"print": IN_PRINT_MAX.days, "receive": NOT_RECEIVED_MAX.days},
    )


@router.get("/prints/new")
async def get_new_print(
    request: Request,
    tx: Transaction,
    caller: Printer,
    region_code: Annotated[str, Query(pattern=REGION)],
) -> HTMLResponse:
    """Let a person choose in which form the cards of a region are printed."""
    caller.demand_region(region_code)
    rows = (await tx.execute(queries.COUNT_WAITING, region_values(region_code))).all()
    cards = sum(row.cards for row in rows)
    return render(
        request,
        "printing/new.html",
        region_code=region_code,
        cards=cards,
        villages=len(rows),
        per_file=CARDS_PER_FILE_MAX,
        kinds=KIND_WORDS,
        duplexes=DUPLEX_WORDS,
        batch_id=new_id(),
    )


@router.post("/prints")
async def post_prints(
    request: Request,
    tx: Transaction,
    caller: Printer,
    batch_id: Annotated[UUID, Form()],
    region_code: Annotated[str, Form(pattern=REGION)],
    card_id: Annotated[str, Form(pattern=r"^([0-9a-f]{16})?$")] = "",
    kind: Annotated[Literal["sheets", "bureau"], Form()] = "sheets",
    duplex: Annotated[Literal["long_edge", "short_edge"], Form()] = "long_edge",
) -> Response:
    """Queue print files and show them."""
    wish = Wish(batch_id, region_code, card_id, kind, duplex)
    await request_batch(tx, caller, request.app.state.sealer, wish)
    return RedirectResponse(f"/prints/{batch_id}", status_code=303)


@router.get("/prints/where")
async def get_where(
    request: Request,
    tx: Transaction,
    caller: Printer,
    region_code: Annotated[str, Query(max_length=13)] = "",
) -> HTMLResponse:
    """Show where all the cards are: how many in each state, and since when."""
    rows = await where_cards_are(tx, caller, region_code)
    total = together(rows)
    return render(
        request,
        "printing/where.html",
        rows=rows,
        total=total,
        largest=max(total.cards.values(), default=0),
        steps=STEPS,
        step_words=STEP_WORDS,
        short_words=SHORT_STEP_WORDS,
        region_code=region_code,
        parent=parent_of(region_code) if region_code else None,
        now=clock.utc_now(),
        limits={"in_print": IN_PRINT_MAX, "printed": NOT_RECEIVED_MAX},
    )


@router.get("/prints/{batch_id}")
async def get_print(
    request: Request,
    tx: Transaction,
    caller: Printer,
    batch_id: UUID,
    done: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Show a batch: how far it is, its files, and what is to be done next."""
    batch = await read_batch(tx, caller, batch_id)
    only = batch.parts[0] if len(batch.parts) == 1 else None
    about = await part_context(tx, caller, batch.row, only) if only else {}
    return render(
        request,
        "printing/batch.html",
        batch=batch.row,
        state=batch.state,
        parts=batch.parts,
        made=batch.made,
        awaited=batch.awaited,
        may_change=caller.covers(batch.row["region_code"]),
        kind_words=KIND_WORDS,
        duplex_words=DUPLEX_WORDS,
        progress=PROGRESS,
        progress_of=progress_of,
        stuck=stuck(batch.parts),
        done=DONE.get(done, ""),
        **about,
    )


def stuck(parts: Sequence[Any]) -> list[Any]:
    """Return the files that a person has to look at."""
    return [part for part in parts if part["state"] == "failed"]


def progress_of(part: Any) -> str:
    """Return how far a file is, as one word."""
    if part["state"] != "printed":
        return str(part["state"])
    if part["received_at"] is not None:
        return "arrived"
    if part["counted_at"] is not None:
        return "on_the_way"
    return "to_count" if part["downloads"] else "to_take"


@router.post("/prints/{batch_id}/cancellation")
async def post_cancellation(tx: Transaction, caller: Printer, batch_id: UUID) -> Response:
    """Cancel what is not yet made."""
    await cancel_batch(tx, caller, batch_id)
    return RedirectResponse(f"/prints/{batch_id}?done=cancelled", status_code=303)


@router.post("/prints/{batch_id}/retry")
async def post_retry(tx: Transaction, caller: Printer, batch_id: UUID) -> Response:
    """Try again what could not be made."""
    await retry_batch(tx, caller, batch_id)
    return RedirectResponse(f"/prints/{batch_id}?done=retried", status_code=303)


@router.get("/prints/families/{household_id}/{side}.svg")
async def get_preview(
    request: Request, tx: Transaction, caller: Reader, household_id: UUID, side: str
) -> Response:
    """Return a picture of one face of a family's newest card; its code is a specimen's.

    The card's own code on a screen would be a second card for whoever takes a picture of it.
    """
    sealer = request.app.state.sealer
    family = await read_family(tx, caller, sealer, household_id)
    if family.card is None or family.card["sealed_token"] is None or side not in {"front", "back"}:
        raise Refused("not_found")
    photo = await photo_for_print(tx, sealer, household_id)
    face = card_to_draw(family.card, sealer, photo).face(lambda _token: single_matrix(SPECIMEN))
    canvas = SvgCanvas()
    (draw_front if side == "front" else draw_back)(canvas, face)
    return Response(
        canvas.document(), media_type="image/svg+xml", headers={"cache-control": "no-store"}
    )
