"""Say that a key is in wrong hands: from now on nothing under it counts, whenever it was signed."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from issuance.signing.change_key import end, held_key
from issuance.signing.rules import check_reason, check_transition


async def compromise_key(tx: AsyncConnection, kid: str, who: Principal, *, reason: str) -> None:
    """Mark a key as stolen and tell every verifier; there is no way back.

    Raises Refused: key_unknown, key_state_impossible, key_reason_missing.
    """
    reason = check_reason(reason)
    key = await held_key(tx, kid)
    check_transition(key["state"], "compromised")
    await end(tx, key, who, "compromised", new_state="compromised", reason=reason)
