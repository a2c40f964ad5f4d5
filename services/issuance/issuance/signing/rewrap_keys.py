"""Seal every private key anew under another master key."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.sealed import Sealer
from issuance.signing import private_keys, queries
from issuance.signing.change_key import note


async def rewrap_keys(tx: AsyncConnection, old: Sealer, new: Sealer, who: Principal) -> int:
    """Seal all private keys under `new` and return how many; all of them or, on failure, none.

    Raises SealBroken when one of them does not open under `old`.
    """
    await tx.execute(queries.HOLD_KEYS_TO_CHANGE)
    keys = (await tx.execute(queries.SELECT_SEALED_FOR_UPDATE)).mappings().all()
    for key in keys:
        sealed = private_keys.rewrap(key["kid"], key["sealed_private_key"], old, new)
        await tx.execute(queries.UPDATE_SEALED, {"key_id": key["id"], "sealed": sealed})
        await note(tx, key, who, "rewrapped", new_state=key["state"])
    return len(keys)
