"""Preparing and publishing data sets, and what everybody may fetch of them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import JSONResponse, Response

from common.api import new_router
from common.auth.principal import Principal, public, require
from common.database import Transaction
from registry.reports import open_data, release
from registry.reports.definitions import DATASETS
from registry.reports.open_data import dataset_called

MAX_AGE_S = 300
OPEN_HEADERS = {
    "cache-control": f"public, max-age={MAX_AGE_S}",
    # Made for other people's pages too.
    "access-control-allow-origin": "*",
}

router = new_router(prefix="/v1/dataset-releases", tags=["datasets"])
open_router = new_router(
    prefix="/open-data",
    tags=["datasets"],
    dependencies=[Depends(public("published aggregates, in which small cells are hidden"))],
)
Preparer = Annotated[Principal, Depends(require("datasets.prepare"))]
Steward = Annotated[Principal, Depends(require("datasets.publish"))]
Code = Annotated[str, Path(pattern=r"^[a-z-]{1,60}$")]
Period = Annotated[str, Path(pattern=r"^20[0-9Q-]{2,10}$")]


class ReleaseRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: UUID
    dataset_code: str = Field(max_length=60, examples=["penerima-manfaat"])
    period: str = Field(max_length=10, examples=["2026-Q3"])


class PublicationRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    # What the person was shown, in hex: what is published is what was looked at.
    content_hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class ReturnRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=1000)


@router.post("", status_code=201)
async def post_release(body: ReleaseRequest, caller: Preparer, tx: Transaction) -> dict[str, Any]:
    """Count a data set now and freeze it for the data steward."""
    one = await release.prepare(tx, caller, body.id, body.dataset_code, body.period)
    return as_json(one)


@router.post("/{release_id}/publication")
async def post_publication(
    release_id: UUID, body: PublicationRequest, caller: Steward, tx: Transaction
) -> dict[str, Any]:
    """Publish a release that somebody else prepared."""
    await release.publish(tx, caller, release_id, bytes.fromhex(body.content_hash))
    return as_json(await release.get(tx, release_id))


@router.post("/{release_id}/return")
async def post_return(
    release_id: UUID, body: ReturnRequest, caller: Steward, tx: Transaction
) -> dict[str, Any]:
    """Send a release back with a reason."""
    await release.send_back(tx, caller, release_id, body.reason)
    return as_json(await release.get(tx, release_id))


def as_json(one: Any) -> dict[str, Any]:
    """Return a release for a program."""
    return {**one, "content_hash": bytes(one["content_hash"]).hex()}


@open_router.get("/catalog.json")
async def get_catalogue(request: Request, tx: Transaction) -> JSONResponse:
    """Return what is published, as a data package."""
    address = str(request.app.state.settings.public_url).rstrip("/")
    found = open_data.catalogue(await open_data.published(tx), address)
    return JSONResponse(found, headers=OPEN_HEADERS)


@open_router.get("/{code}/metadata.json")
async def get_metadata(code: Code, tx: Transaction) -> JSONResponse:
    """Return what a data set means: activity, variables, indicators, releases."""
    dataset = dataset_called(code)
    releases = [one for one in await open_data.published(tx) if one["dataset_code"] == code]
    return JSONResponse(open_data.metadata_of(dataset, releases), headers=OPEN_HEADERS)


@open_router.get("/{code}/dictionary.csv")
async def get_dictionary(code: Code) -> Response:
    """Return the data dictionary as a table."""
    return _csv(open_data.dictionary_csv(dataset_called(code)), f"{code}-kamus")


@open_router.get("/{code}/{period}.csv")
async def get_release_csv(code: Code, period: Period, tx: Transaction) -> Response:
    """Return a published table; a hidden cell is empty."""
    one = await _published(tx, code, period)
    return _csv(open_data.as_csv(DATASETS[code], one["rows"]), f"{code}-{period}")


@open_router.get("/{code}/{period}.json")
async def get_release_json(code: Code, period: Period, tx: Transaction) -> JSONResponse:
    """Return a published table; a hidden cell is null."""
    one = await _published(tx, code, period)
    found = {
        "dataset": code,
        "period": period,
        "published_at": one["checked_at"].isoformat(),
        "rows_sha256": bytes(one["content_hash"]).hex(),
        "rows": one["rows"],
    }
    return JSONResponse(found, headers=OPEN_HEADERS)


async def _published(tx: AsyncConnection, code: str, period: str) -> Any:
    return await open_data.published_release(tx, dataset_called(code).code, period)


def _csv(text: str, name: str) -> Response:
    disposition = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(
        text, media_type="text/csv; charset=utf-8", headers={**OPEN_HEADERS, **disposition}
    )
