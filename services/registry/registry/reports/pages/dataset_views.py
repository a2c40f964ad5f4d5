"""The pages of data sets: prepare, check, publish; and the public page of what is published."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from common.api import new_router
from common.auth.principal import Principal, public, require
from common.clock import utc_now
from common.database import Transaction
from common.ids import new_id
from common.web.formats import in_wib
from common.web.languages import N_
from common.web.pages import render
from registry.reports import open_data, queries, release
from registry.reports.definitions import DATASETS
from registry.reports.open_data import dataset_called

SHOWN_RELEASES = 50
PREVIEW_ROWS = 20
STATES = {
    "prepared": (N_("Menunggu walidata"), "wait"),
    "published": (N_("Diterbitkan"), "good"),
    "returned": (N_("Dikembalikan"), "bad"),
}
CHECKS = {
    "columns": N_("Setiap baris punya semua kolom, dan tidak lebih"),
    "region_codes": N_("Kode wilayah ada di daftar Kemendagri"),
    "small_cells": N_("Tidak ada jumlah 1 sampai 4"),
    "no_negative_numbers": N_("Tidak ada angka negatif"),
    "rows_unique": N_("Tidak ada baris yang sama"),
    "definitions": N_("Setiap kolom punya konsep, definisi, dan ukuran"),
}

Reader = Annotated[Principal, Depends(require("reports.read"))]
Preparer = Annotated[Principal, Depends(require("datasets.prepare"))]
Steward = Annotated[Principal, Depends(require("datasets.publish"))]

router = new_router(prefix="/datasets", include_in_schema=False)
open_router = new_router(
    prefix="/open-data",
    include_in_schema=False,
    dependencies=[Depends(public("published aggregates, in which small cells are hidden"))],
)


@router.get("")
async def get_datasets(request: Request, caller: Reader, tx: Transaction) -> Response:
    """Show the data sets and their last releases."""
    del caller
    rows = (await tx.execute(queries.RELEASES, {"how_many": SHOWN_RELEASES})).mappings().all()
    today = in_wib(utc_now()).date()
    return render(
        request,
        "reports/datasets.html",
        datasets=DATASETS,
        rows=rows,
        states=STATES,
        id=new_id(),
        period=f"{today.year}-Q{(today.month + 2) // 3}",
    )


@router.post("")
async def post_dataset(
    caller: Preparer,
    tx: Transaction,
    id: Annotated[UUID, Form()],
    code: Annotated[str, Form(max_length=60)],
    period: Annotated[str, Form(max_length=10)],
) -> Response:
    """Prepare a release and show it."""
    await release.prepare(tx, caller, id, code, period.strip())
    return RedirectResponse(f"/datasets/releases/{id}", 303)


@router.get("/releases/{release_id}")
async def get_release(
    request: Request, release_id: UUID, caller: Reader, tx: Transaction
) -> Response:
    """Show a release with its checks and first rows."""
    one = await release.get(tx, release_id)
    return render(
        request,
        "reports/release.html",
        one=one,
        dataset=DATASETS[one["dataset_code"]],
        checks=release.checks_of(one),
        check_words=CHECKS,
        states=STATES,
        rows=one["rows"][:PREVIEW_ROWS],
        content_hash=bytes(one["content_hash"]).hex(),
        is_own=one["prepared_by"] == caller.subject,
    )


@router.post("/releases/{release_id}/publication")
async def post_publication(
    release_id: UUID,
    caller: Steward,
    tx: Transaction,
    content_hash: Annotated[str, Form(pattern=r"^[0-9a-f]{64}$")],
) -> Response:
    """Publish a release."""
    await release.publish(tx, caller, release_id, bytes.fromhex(content_hash))
    return RedirectResponse(f"/datasets/releases/{release_id}", 303)


@router.post("/releases/{release_id}/return")
async def post_return(
    release_id: UUID,
    caller: Steward,
    tx: Transaction,
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Send a release back."""
    await release.send_back(tx, caller, release_id, reason)
    return RedirectResponse(f"/datasets/releases/{release_id}", 303)


@open_router.get("")
async def get_open_data(request: Request, tx: Transaction) -> Response:
    """Show everybody what is published."""
    releases = await open_data.published(tx)
    return render(request, "reports/open_data.html", datasets=DATASETS, releases=releases)


@open_router.get("/{code}")
async def get_open_dataset(request: Request, code: str, tx: Transaction) -> Response:
    """Show everybody one data set: what it means, and its releases."""
    dataset = dataset_called(code)
    releases = [one for one in await open_data.published(tx) if one["dataset_code"] == code]
    return render(request, "reports/open_dataset.html", dataset=dataset, releases=releases)
