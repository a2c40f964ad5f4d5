"""The JSON interface to print batches."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from issuance.printing.count_part import Count, count_part
from issuance.printing.faulty import confirm_destruction
from issuance.printing.read_batch import cards_of_part, read_batch, read_part
from issuance.printing.read_file import Download, PrintFile, take_file
from issuance.printing.receive_part import Receipt, receive_part
from issuance.printing.release import cancel_batch, retry_batch
from issuance.printing.request_batch import Wish, request_batch
from issuance.printing.rules import CARDS_PER_BATCH_MAX
from issuance.printing.schemas import (
    CountIn,
    DestructionIn,
    DownloadIn,
    PartCardOut,
    PrintBatchIn,
    PrintBatchOut,
    PrintPartOut,
    ReceiptIn,
    WhereaboutsOut,
)
from issuance.printing.whereabouts import where_cards_are

router = new_router(tags=["printing"])
BATCHES = "/v1/print-batches"
BATCH = f"{BATCHES}/{{batch_id}}"
PART = f"{BATCH}/parts/{{part}}"

Printer = Annotated[Principal, Depends(require("cards.print"))]
Reader = Annotated[Principal, Depends(require("cards.read"))]
# Who hands cards out: the print shop does not receive what it sent.
Clerk = Annotated[Principal, Depends(require("cards.manage"))]
PartNumber = Annotated[int, Path(ge=1, le=CARDS_PER_BATCH_MAX)]


@router.post(BATCHES, status_code=202)
async def post_print_batch(
    request: Request, tx: Transaction, caller: Printer, wanted: PrintBatchIn
) -> PrintBatchOut:
    """Ask for print files; the worker makes them, so look again until the state is "printed"."""
    wish = Wish(wanted.batch_id, wanted.region_code, wanted.card_id, wanted.kind, wanted.duplex)
    await request_batch(tx, caller, request.app.state.sealer, wish)
    return PrintBatchOut.of(await read_batch(tx, caller, wanted.batch_id))


@router.get(BATCH)
async def get_print_batch(tx: Transaction, caller: Printer, batch_id: UUID) -> PrintBatchOut:
    """Return a batch with its files and what happened to each."""
    return PrintBatchOut.of(await read_batch(tx, caller, batch_id))


@router.post(f"{BATCH}/cancellations")
async def post_cancellation(tx: Transaction, caller: Printer, batch_id: UUID) -> PrintBatchOut:
    """Cancel what is not yet made; its cards wait for another batch."""
    return PrintBatchOut.of(await cancel_batch(tx, caller, batch_id))


@router.post(f"{BATCH}/retries")
async def post_retry(tx: Transaction, caller: Printer, batch_id: UUID) -> PrintBatchOut:
    """Try the files again that could not be made."""
    return PrintBatchOut.of(await retry_batch(tx, caller, batch_id))


@router.get(f"{PART}/cards")
async def get_part_cards(
    tx: Transaction, caller: Printer, batch_id: UUID, part: PartNumber
) -> list[PartCardOut]:
    """Return the numbers of a file's cards in their order; no names."""
    await read_part(tx, caller, batch_id, part)
    return [PartCardOut.of(card) for card in await cards_of_part(tx, batch_id, part)]


@router.post(f"{PART}/downloads", response_class=Response)
async def post_download(
    request: Request,
    tx: Transaction,
    caller: Printer,
    batch_id: UUID,
    part: PartNumber,
    wanted: DownloadIn,
) -> Response:
    """Take a file: a PDF of sheets, or a bureau's ZIP. From the second time on with a reason."""
    sealer = request.app.state.sealer
    download = Download(wanted.download_id, batch_id, part, wanted.reason)
    return file_answer(await take_file(tx, caller, sealer, download))


@router.post(f"{PART}/counts")
async def post_count(
    tx: Transaction, caller: Printer, batch_id: UUID, part: PartNumber, counted: CountIn
) -> PrintPartOut:
    """Confirm the good and the spoiled cards of a file; the spoiled end and are made anew."""
    count = Count(counted.count_id, batch_id, part, counted.good, counted.spoiled)
    return PrintPartOut.of(await count_part(tx, caller, count))


@router.post(f"{PART}/receipts")
async def post_receipt(
    tx: Transaction, caller: Clerk, batch_id: UUID, part: PartNumber, arrived: ReceiptIn
) -> PrintPartOut:
    """Note what arrived at a desk; the missing cards end at once and are made anew."""
    receipt = Receipt(
        arrived.receipt_id, batch_id, part, arrived.received, arrived.missing, arrived.place
    )
    return PrintPartOut.of(await receive_part(tx, caller, receipt))


@router.post(f"{PART}/destructions")
async def post_destruction(
    tx: Transaction, caller: Printer, batch_id: UUID, part: PartNumber, seen: DestructionIn
) -> PrintPartOut:
    """Confirm that spoiled cards were destroyed."""
    await confirm_destruction(tx, caller, batch_id, part, seen.card_ids)
    _, after = await read_part(tx, caller, batch_id, part)
    return PrintPartOut.of(after)


@router.get("/v1/card-whereabouts")
async def get_whereabouts(
    tx: Transaction, caller: Reader, region_code: Annotated[str, Query(max_length=13)] = ""
) -> list[WhereaboutsOut]:
    """Return how many cards are in each state, region by region, and since when the oldest."""
    return [WhereaboutsOut.of(one) for one in await where_cards_are(tx, caller, region_code)]


def file_answer(file: PrintFile) -> Response:
    """Return a print file as a download that no cache keeps."""
    headers = {
        "content-disposition": f'attachment; filename="{file.name}"',
        "cache-control": "no-store",
    }
    return Response(file.content, media_type=file.media_type, headers=headers)
