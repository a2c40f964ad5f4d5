"""End the use of a key in its time: first it stops signing, and after its last card it is over."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.problems import Refused
from issuance.signing import queries
from issuance.signing.change_key import end, held_key
from issuance.signing.rules import check_successor, check_transition


async def retire_key(
    tx: AsyncConnection,
    kid: str,
    who: Principal,
    now: datetime,
    *,
    reason: str,
    cards_living: int,
) -> str:
    """Stop an active key (its cards stay valid), or end one under which no card lives; its state.

    Raises Refused: key_unknown, key_state_impossible, key_without_successor, key_has_cards.
    """
    key = await held_key(tx, kid)
    new_state = "verify_only" if key["state"] == "active" else "retired"
    check_transition(key["state"], new_state)
    if key["state"] == "active" and now < key["sign_until"]:
        found = (await tx.execute(queries.SELECT_SIGNING_KEYS, {"now": now})).mappings()
        check_successor(key, [other for other in found if other["kid"] != kid])
    if key["state"] == "verify_only" and cards_living and now < key["verify_until"]:
        raise Refused("key_has_cards", cards=cards_living)
    act = "stopped" if new_state == "verify_only" else "retired"
    await end(tx, key, who, act, new_state=new_state, reason=reason.strip())
    return new_state
