"""The pages of the print shop, and the pictures of a card for screens."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.regions import place_of
from common.web.pages import render
from issuance.cards.read import read_family
from issuance.printing import queries
from issuance.printing.card_faces import card_face
from issuance.printing.design.codes import single_matrix
from issuance.printing.design.faces import draw_back, draw_front
from issuance.printing.design.svg_canvas import SvgCanvas
from issuance.printing.read_file import read_batch, read_file
from issuance.printing.request_batch import Wish, region_values, request_batch
from issuance.printing.routes import pdf_answer

router = new_router(include_in_schema=False)

Printer = Annotated[Principal, Depends(require("cards.print"))]
Reader = Annotated[Principal, Depends(require("cards.read"))]
CARDS_PER_SHEET = 10
# The villages with most cards; the others are reached by their code.
VILLAGES_SHOWN = 100


@router.get("/prints")
async def get_prints(request: Request, tx: Transaction, caller: Printer) -> HTMLResponse:
    """Show which villages have cards that wait, and the files made lately."""
    waiting: list[dict[str, Any]] = []
    for scope in caller.regions:
        found = await tx.execute(queries.COUNT_TO_PRINT, region_values(scope))
        waiting += [
            {"region_code": row.region_code, "place": place_of(row.region_code), "cards": row.cards}
            for row in found
        ]
    waiting.sort(key=lambda one: -one["cards"])
    batches = await tx.execute(queries.SELECT_BATCHES, {"regions": list(caller.regions)})
    return render(
        request,
        "printing/prints.html",
        waiting=sorted(waiting[:VILLAGES_SHOWN], key=lambda one: str(one["place"])),
        villages=len(waiting),
        total=sum(one["cards"] for one in waiting),
        batches=batches.mappings().all(),
        new_id=new_id,
    )


@router.post("/prints")
async def post_prints(
    request: Request,
    tx: Transaction,
    caller: Printer,
    batch_id: Annotated[UUID, Form()],
    region_code: Annotated[str, Form(max_length=13)],
    card_id: Annotated[str, Form(max_length=16)] = "",
) -> Response:
    """Queue a print file and show it."""
    wish = Wish(batch_id, region_code, card_id)
    await request_batch(tx, caller, request.app.state.sealer, wish)
    return RedirectResponse(f"/prints/{batch_id}", status_code=303)


@router.get("/prints/{batch_id}")
async def get_print(
    request: Request, tx: Transaction, caller: Printer, batch_id: UUID
) -> HTMLResponse:
    """Show a batch: being made, ready to download, or failed."""
    batch = await read_batch(tx, caller, batch_id)
    return render(
        request,
        "printing/batch.html",
        batch=batch,
        sheets=-(-batch["cards"] // CARDS_PER_SHEET),
    )


@router.get("/prints/{batch_id}/file.pdf")
async def get_print_pdf(
    request: Request, tx: Transaction, caller: Printer, batch_id: UUID
) -> Response:
    """Hand out the file."""
    batch, content = await read_file(tx, caller, request.app.state.sealer, batch_id)
    return pdf_answer(batch["region_code"], batch_id, content)


@router.get("/prints/families/{household_id}/{side}.svg")
async def get_preview(
    request: Request, tx: Transaction, caller: Reader, household_id: UUID, side: str
) -> Response:
    """Return a picture of one face of a family's newest card."""
    sealer = request.app.state.sealer
    family = await read_family(tx, caller, sealer, household_id)
    if family.card is None or family.card["sealed_token"] is None or side not in {"front", "back"}:
        raise Refused("not_found")
    face = card_face(family.card, sealer, single_matrix)
    canvas = SvgCanvas()
    (draw_front if side == "front" else draw_back)(canvas, face)
    return Response(
        canvas.document(), media_type="image/svg+xml", headers={"cache-control": "no-store"}
    )
