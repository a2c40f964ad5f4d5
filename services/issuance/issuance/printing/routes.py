"""The JSON interface to print files."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from issuance.printing.read_file import read_batch, read_file
from issuance.printing.request_batch import Wish, request_batch
from issuance.printing.schemas import PrintBatchIn, PrintBatchOut

router = new_router(prefix="/v1/print-batches", tags=["printing"])

Printer = Annotated[Principal, Depends(require("cards.print"))]


@router.post("", status_code=202)
async def post_print_batch(
    request: Request, tx: Transaction, caller: Printer, wanted: PrintBatchIn
) -> PrintBatchOut:
    """Ask for a print file; it is made by the worker, so look again until it is "printed"."""
    wish = Wish(wanted.batch_id, wanted.region_code, wanted.card_id)
    return PrintBatchOut.of(await request_batch(tx, caller, request.app.state.sealer, wish))


@router.get("/{batch_id}")
async def get_print_batch(tx: Transaction, caller: Printer, batch_id: UUID) -> PrintBatchOut:
    """Return a batch: queued, printed (with its file's hash), or failed."""
    return PrintBatchOut.of(await read_batch(tx, caller, batch_id))


@router.get("/{batch_id}/file", response_class=Response)
async def get_print_file(
    request: Request, tx: Transaction, caller: Printer, batch_id: UUID
) -> Response:
    """Return the PDF file of a batch."""
    batch, content = await read_file(tx, caller, request.app.state.sealer, batch_id)
    return pdf_answer(batch["region_code"], batch_id, content)


def pdf_answer(region_code: str, batch_id: UUID, content: bytes) -> Response:
    """Return a print file as a download that no cache keeps."""
    name = f"kartu-{region_code}-{str(batch_id)[-12:]}.pdf"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)
