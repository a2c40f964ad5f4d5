"""Bring a signing key to its next state and tell those who verify."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.ids import new_id
from common.problems import Refused
from issuance.signing import queries
from issuance.signing.publish_key import publish_key
from issuance.signing.rules import check_transition


async def change_key(
    tx: AsyncConnection, kid: str, new_state: str, *, actor: str, reason: str
) -> None:
    """Change a key's state; raises Refused: key_unknown, key_state_impossible."""
    row = (await tx.execute(queries.SELECT_KEY_FOR_UPDATE, {"kid": kid})).mappings().one_or_none()
    if row is None:
        raise Refused("key_unknown", kid=kid)
    check_transition(row["state"], new_state)
    await tx.execute(queries.UPDATE_STATE, {"key_id": row["id"], "new_state": new_state})
    await tx.execute(
        queries.INSERT_CHANGE,
        {
            "id": new_id(),
            "key_id": row["id"],
            "old_state": row["state"],
            "new_state": new_state,
            "actor": actor,
            "reason": reason,
        },
    )
    await publish_key(tx, {**row, "state": new_state})
