"""Keep, replace and remove the photo of a family's card."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from issuance.cards.read import region_of
from issuance.photos import queries
from issuance.photos.prepare import prepare_photo
from issuance.photos.read import photo_row
from issuance.photos.rules import CONSENT_BY, SOURCES, photo_context

# Each may take some hundred megabytes and a processor for a second.
AT_ONCE_MAX = 2
_turns = asyncio.Semaphore(AT_ONCE_MAX)


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A picture as it came, and who of the family agreed to it. `photo_id` is the client's."""

    photo_id: UUID
    household_id: UUID
    content: bytes
    source: str
    consent_by: str


async def keep_photo(tx: AsyncConnection, caller: Principal, sealer: Sealer, new: NewPhoto) -> None:
    """Keep a photo in place of the one before; a repeat changes nothing.

    Raises Refused: not_found, outside_your_regions, photo_consent_missing, and what prepare_photo
    raises.
    """
    region_code = await region_of(tx, caller, new.household_id)
    if new.consent_by not in CONSENT_BY:
        raise Refused("photo_consent_missing")
    before = await photo_row(tx, new.household_id)
    if before is not None and before["photo_id"] == new.photo_id:
        return
    async with _turns:
        jpeg = await asyncio.to_thread(prepare_photo, new.content)
    await tx.execute(
        queries.STORE,
        {
            "household_id": new.household_id,
            "photo_id": new.photo_id,
            "sealed_photo": sealer.seal(jpeg, photo_context(new.household_id)),
            "source": new.source if new.source in SOURCES else "upload",
            "consent_by": new.consent_by,
            "taken_by": caller.subject,
            "taken_by_name": caller.name,
            "taken_at": clock.utc_now(),
        },
    )
    await audit.record(
        tx,
        caller,
        "photo.replaced" if before else "photo.kept",
        "household",
        new.household_id,
        region_code=region_code,
        details={"consent_by": new.consent_by, "source": new.source},
    )


async def remove_photo(tx: AsyncConnection, caller: Principal, household_id: UUID) -> None:
    """Delete a family's photo; one that is gone already is no error."""
    region_code = await region_of(tx, caller, household_id)
    if (await tx.execute(queries.REMOVE, {"id": household_id})).first() is not None:
        await audit.record(
            tx, caller, "photo.removed", "household", household_id, region_code=region_code
        )
