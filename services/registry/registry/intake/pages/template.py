"""Our own file form, to download empty."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from common.api import new_router
from common.auth.principal import Principal, require
from registry.intake.template import template_csv, template_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAME = "khbs-penduduk"

router = new_router(prefix="/imports/template", include_in_schema=False)
Uploader = Annotated[Principal, Depends(require("intake.upload"))]


@router.get(".xlsx")
async def get_workbook(caller: Uploader) -> Response:  # noqa: ARG001 - only says who may
    """Return the form as a workbook."""
    headers = {"content-disposition": f'attachment; filename="{NAME}.xlsx"'}
    return Response(template_workbook(), media_type=XLSX, headers=headers)


@router.get(".csv")
async def get_csv(caller: Uploader) -> Response:  # noqa: ARG001
    """Return the form as CSV."""
    headers = {"content-disposition": f'attachment; filename="{NAME}.csv"'}
    return Response(template_csv(), media_type="text/csv; charset=utf-8", headers=headers)
