"""Where anybody fetches the status lists that cards point to."""

from typing import Annotated

from fastapi import Depends, Header, Path, Response

from common.api import new_router
from common.auth.principal import public
from common.database import Transaction
from common.problems import Refused
from issuance.status import queries

MEDIA_TYPE = "application/statuslist+cwt"
# How long a cache may answer for us: a card blocked at the desk is known to be blocked after it.
MAX_AGE_S = 60

router = new_router(
    prefix="/s",
    tags=["status lists"],
    dependencies=[Depends(public("every verifier needs them, and they name nobody"))],
)


@router.get("/{number}", response_class=Response)
async def get_status_list(
    tx: Transaction,
    number: Annotated[int, Path(ge=0, le=9999)],
    if_none_match: Annotated[str, Header(max_length=200)] = "",
) -> Response:
    """Return a Token Status List in its CWT form, or 304 when the caller has it."""
    row = await queries.published(tx, number)
    if row is None:
        raise Refused("not_found")
    headers = {
        "etag": row["etag"],
        "cache-control": f"public, max-age={MAX_AGE_S}",
        # Verifiers run in browsers too, on the partners' address.
        "access-control-allow-origin": "*",
    }
    if row["etag"] in [one.strip().removeprefix("W/") for one in if_none_match.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(row["token"], media_type=MEDIA_TYPE, headers=headers)
