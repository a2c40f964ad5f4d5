"""Where anybody fetches the status lists that cards point to, and the delta since."""

from typing import Annotated

from fastapi import Depends, Header, Path, Request, Response

from common.api import new_router
from common.auth.principal import public
from common.database import Transaction
from common.public_file import answer_file, no_such_file
from common.status_list import MEDIA_TYPE as CWT_MEDIA_TYPE
from common.status_list_jwt import MEDIA_TYPE as JWT_MEDIA_TYPE
from issuance.status import queries
from issuance.status.rules import DELTA_NAME, DELTA_PATH, list_path

router = new_router(
    prefix="/s",
    tags=["status lists"],
    dependencies=[Depends(public("every verifier needs them, and they name nobody"))],
)
Number = Annotated[int, Path(ge=0, le=9999)]


async def _answer(request: Request, tx: Transaction, path: str, *, vary: str = "") -> Response:
    file = await queries.file_at(tx, path)
    if file is None:
        raise no_such_file()
    return answer_file(request, file["body"], file["media_type"], etag=file["etag"], vary=vary)


# Before the lists: its name is no number.
@router.head(f"/{DELTA_NAME}", include_in_schema=False)
@router.get(f"/{DELTA_NAME}", response_class=Response)
async def get_status_delta(request: Request, tx: Transaction) -> Response:
    """Return what changed since the whole lists were published."""
    return await _answer(request, tx, DELTA_PATH)


@router.head("/{number}.cwt", include_in_schema=False)
@router.get("/{number}.cwt", response_class=Response)
async def get_status_list_cwt(request: Request, tx: Transaction, number: Number) -> Response:
    """Return a Token Status List in its CWT form."""
    return await _answer(request, tx, list_path(number, "cwt"))


@router.head("/{number}.jwt", include_in_schema=False)
@router.get("/{number}.jwt", response_class=Response)
async def get_status_list_jwt(request: Request, tx: Transaction, number: Number) -> Response:
    """Return a Token Status List in its JWT form."""
    return await _answer(request, tx, list_path(number, "jwt"))


@router.head("/{number}", include_in_schema=False)
@router.get("/{number}", response_class=Response)
async def get_status_list(
    request: Request,
    tx: Transaction,
    number: Number,
    accept: Annotated[str, Header(max_length=500)] = "",
) -> Response:
    """Return a Token Status List: as JWT to whoever asks for that form alone, else as CWT."""
    wants_jwt = JWT_MEDIA_TYPE in accept and CWT_MEDIA_TYPE not in accept
    path = list_path(number, "jwt") if wants_jwt else list_path(number, "cwt")
    return await _answer(request, tx, path, vary="accept")
