"""How the annex of a decree leaves over HTTP, for the pages and for programs."""

from uuid import UUID

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from registry.enrolment.annex import annex_of, as_csv, as_workbook

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def annex_file(
    request: Request, caller: Principal, tx: AsyncConnection, list_id: UUID, form: str
) -> Response:
    """Return an approved list's annex as a file, CSV or a workbook; raises Refused."""
    sealer = request.app.state.sealer
    is_workbook = form == "xlsx"
    annex = await annex_of(tx, caller, sealer, list_id, as_workbook=is_workbook)
    return Response(
        as_workbook(annex) if is_workbook else as_csv(annex),
        media_type=WORKBOOK if is_workbook else "text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="lampiran-{list_id}.{form}"',
            "cache-control": "no-store",
        },
    )
