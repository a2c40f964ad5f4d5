"""What every act upon a signing key shares: the key held, its new line of history, who is told."""

from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.ids import new_id
from common.problems import Refused
from common.regions import PROVINCE
from issuance.signing import queries
from issuance.signing.rules import check_name
from issuance.signing.tell import tell


def operator(name: str) -> Principal:
    """Return the person at the server's terminal as the audit log names them.

    Raises Refused operator_unnamed.
    """
    name = check_name(name)
    return Principal(f"operator:{name}", name, frozenset(), frozenset(), (PROVINCE,))


async def held_key(tx: AsyncConnection, kid: str) -> RowMapping:
    """Return a key that nobody else changes or signs with until the commit.

    Raises Refused key_unknown.
    """
    await tx.execute(queries.HOLD_KEYS_TO_CHANGE)
    found = await tx.execute(queries.SELECT_KEY_FOR_UPDATE, {"kid": kid})
    key = found.mappings().one_or_none()
    if key is None:
        raise Refused("key_unknown", kid=kid)
    return key


async def note(
    tx: AsyncConnection,
    key: RowMapping | dict[str, Any],
    who: Principal,
    act: str,
    *,
    new_state: str,
    reason: str = "",
) -> None:
    """Write the line of history and of the audit log about what was just done to a key."""
    line = {
        "id": new_id(),
        "key_id": key["id"],
        "act": act,
        "old_state": None if act == "created" else key["state"],
        "new_state": new_state,
        "actor": who.name,
        "reason": reason,
    }
    await tx.execute(queries.INSERT_CHANGE, line)
    await audit.record(
        tx,
        who,
        f"signing_key.{act}",
        "signing_key",
        key["kid"],
        region_code=key["region_code"],
        details={"state": new_state, "reason": reason},
    )


async def end(
    tx: AsyncConnection,
    key: RowMapping,
    who: Principal,
    act: str,
    *,
    new_state: str,
    reason: str,
) -> None:
    """Bring a held key to a state in which it signs nothing; its private side is erased."""
    await tx.execute(queries.UPDATE_ENDED, {"key_id": key["id"], "new_state": new_state})
    await note(tx, key, who, act, new_state=new_state, reason=reason)
    # What was never published is nobody's business.
    if key["published_at"] is not None:
        await tell(tx, {**key, "state": new_state})
