"""Let a published key sign: by another person than its maker, and not before terminals know it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.problems import Refused
from issuance.signing import queries
from issuance.signing.change_key import held_key, note
from issuance.signing.rules import check_another_person, check_transition, early_reason
from issuance.signing.tell import tell


async def activate_key(
    tx: AsyncConnection, kid: str, who: Principal, now: datetime, *, despite: str = ""
) -> None:
    """Let a planned key sign from its first day on.

    `despite` says why it may although terminals without network may not know it yet. Raises
    Refused: key_unknown, key_state_impossible, key_over, key_needs_another, key_not_published,
    key_too_young.
    """
    key = await held_key(tx, kid)
    check_transition(key["state"], "active")
    if now >= key["sign_until"]:
        raise Refused("key_over", until=f"{key['sign_until']:%Y-%m-%d}")
    check_another_person(key["created_by"], who.name)
    is_first = not await tx.scalar(queries.COUNT_EVER_ACTIVE)
    early = early_reason(key, now, is_first=is_first, despite=despite)
    values = {"activated_at": now, "activated_by": who.name, "early_reason": early}
    await tx.execute(queries.UPDATE_ACTIVATED, {"key_id": key["id"], **values})
    await note(tx, key, who, "activated", new_state="active", reason=early or "")
    await tell(tx, {**key, "state": "active"})
