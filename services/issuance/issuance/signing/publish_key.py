"""Let the world know a planned key, so that every verifier has it before it signs."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.problems import Refused
from issuance.signing import queries
from issuance.signing.change_key import held_key, note
from issuance.signing.rules import PUBLISHED_BEFORE_USE
from issuance.signing.tell import tell


async def publish_key(tx: AsyncConnection, kid: str, who: Principal, now: datetime) -> datetime:
    """Publish a planned key and return when it may be activated.

    Raises Refused: key_unknown, key_state_impossible (not planned), key_published_already.
    """
    key = await held_key(tx, kid)
    if key["state"] != "planned":
        raise Refused("key_state_impossible", old=key["state"], new="planned")
    if key["published_at"] is not None:
        raise Refused("key_published_already", at=f"{key['published_at']:%Y-%m-%d}")
    await tx.execute(queries.UPDATE_PUBLISHED, {"key_id": key["id"], "published_at": now})
    await note(tx, key, who, "published", new_state="planned")
    await tell(tx, key)
    return now + PUBLISHED_BEFORE_USE
