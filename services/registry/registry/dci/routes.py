"""The doors for other systems: the plain interface, and the two of the DCI standard."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.responses import JSONResponse, Response

from common.api import new_router
from common.auth.principal import public, require
from common.database import Transaction
from common.regions import CODE
from registry.dci import contract, exchange, message_keys
from registry.dci.calling import System
from registry.dci.converse import converse
from registry.dci.doors import DOORS, ENROLLED, UPDATES
from registry.dci.envelope import Door
from registry.dci.locations import locations_json
from registry.dci.rules import PREFIXES, REQUESTS_PER_MINUTE, Registry
from registry.dci.schemas import (
    LIMIT,
    LIMIT_MAX,
    EnrolmentAnswer,
    EnrolmentQuestion,
    FamilyPage,
    FamilyQuestion,
    FoundFamilies,
)

ABOUT = (
    "For systems of other agencies, with a token by client credentials (role registry_client). "
    "The agreement says which regions and fields; each family that is given out is on record. "
    f"At most {REQUESTS_PER_MINUTE} requests a minute and {LIMIT_MAX} families a page; "
    "bodies of at most 1 MB."
)
KEYS_CACHE_S = 300
LONG_AGO = datetime(1970, 1, 2)  # noqa: DTZ001 - compared before the zone is known
# A zero character, as JSON writes it: PostgreSQL keeps none.
UNKEEPABLE = rb"\u0000"

router = new_router(prefix="/v1/exchange", tags=["exchange"])
standard = new_router(include_in_schema=False, dependencies=[Depends(require("registry.query"))])
published = new_router(
    include_in_schema=False,
    dependencies=[Depends(public("keys, places and definitions are for everybody to check with"))],
)


@router.get("/households", description=f"Families that changed, page by page. {ABOUT}")
async def get_households(
    system: System,
    tx: Transaction,
    updated_since: datetime | None = None,
    region_code: Annotated[str, Query(pattern=rf"^({CODE.pattern})?$")] = "",
    cursor: Annotated[str, Query(max_length=40)] = "",
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> FamilyPage:
    """Return a page of families of the system's regions."""
    since = updated_since
    if since is not None:
        # A moment before the year 1 cannot be told to the database, and means "all" as well.
        since = max(since.replace(tzinfo=None), LONG_AGO).replace(tzinfo=since.tzinfo or UTC)
    found = await exchange.page(
        tx,
        system.profile,
        system.tools,
        region_code=region_code,
        since=since,
        cursor=cursor,
        limit=limit,
    )
    return FamilyPage.model_validate(
        {"households": found.families, "next_cursor": found.next_cursor}
    )


@router.post(
    "/households/search",
    response_model_exclude_unset=True,
    description=f"The family of a NIK or KK number. {ABOUT}",
)
async def post_search(body: FamilyQuestion, system: System, tx: Transaction) -> FoundFamilies:
    """Return the family of a number, when it lies in the system's regions."""
    found = await exchange.one(tx, system.profile, system.tools, *body.asked)
    return FoundFamilies.model_validate({"households": found})


@router.post(
    "/enrolments/search",
    description=f"Is this person or family enrolled, in a programme or a cycle? {ABOUT}",
)
async def post_enrolments(
    body: EnrolmentQuestion, system: System, tx: Transaction
) -> EnrolmentAnswer:
    """Return whether the family of a number is enrolled now, and in what."""
    asked = exchange.Question(*body.asked, body.programme_code, body.cycle_id)
    found = await exchange.enrolment(tx, system.profile, system.tools, asked)
    return EnrolmentAnswer.model_validate(found)


def _way(door: Door) -> Callable[..., Awaitable[Response]]:
    async def post_message(request: Request, system: System, tx: Transaction) -> Response:
        """Take one message of the standard and answer it."""
        body = _parsed(await request.body())
        status, answer = await converse(tx, system.profile, system.tools, door, body)
        return JSONResponse(answer, status_code=status, headers={"cache-control": "no-store"})

    return post_message


def _parsed(raw: bytes) -> Any:
    """Return what a body says; None when it is no JSON, or has characters that cannot be kept."""
    try:
        body = json.loads(raw)
        text = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None
    return None if UNKEEPABLE in text else body


for _door in (*DOORS, ENROLLED, UPDATES):
    standard.post(PREFIXES[_door.registry] + _door.path)(_way(_door))


async def get_keys(request: Request, tx: Transaction) -> Response:
    """Publish the keys with which our messages are verified (jwks_core_api v1.0.0)."""
    keys = await message_keys.published(tx, request.app.state.sealer)
    return JSONResponse(keys, headers={"cache-control": f"public, max-age={KEYS_CACHE_S}"})


async def get_locations() -> Response:
    """Publish the tree of regions (locations_core_api v1.0.0)."""
    return Response(locations_json(), media_type="application/json")


def _definition(registry: Registry) -> Callable[..., Awaitable[Response]]:
    async def get_definition(request: Request) -> Response:
        """Publish the definition that messages are checked against."""
        address = f"{request.app.state.settings.public_url.rstrip('/')}{PREFIXES[registry]}"
        return JSONResponse({**contract.definition(registry), "servers": [{"url": address}]})

    return get_definition


for _registry, _prefix in PREFIXES.items():
    published.get(f"{_prefix}/.well-known/jwks.json")(get_keys)
    published.get(f"{_prefix}/.well-known/locations.json")(get_locations)
    published.get(f"{_prefix}/openapi.json")(_definition(_registry))

ROUTERS = (router, standard, published)
