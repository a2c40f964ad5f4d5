"""Make a signing key; nobody is told of it before it is published."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.cose import Algorithm
from common.ids import new_id
from common.problems import Refused
from common.regions import PROVINCE, all_regions
from common.sealed import Sealer
from issuance.signing import private_keys, queries
from issuance.signing.change_key import note
from issuance.signing.private_keys import NewKey
from issuance.signing.rules import FIRST_KEY, PREPARE, dates_of_new_key
from issuance.signing.tell import tell


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """What a new key is for."""

    starts_at: datetime
    card_valid_years: int
    region_code: str = PROVINCE
    algorithm: Algorithm = "Ed25519"


async def create_key(tx: AsyncConnection, plan: KeyPlan, made: NewKey, who: Principal) -> str:
    """Note a pair that was just made as a planned key and return its key id.

    Raises Refused region_unknown.
    """
    key = await _insert(tx, plan, made, who)
    return str(key["kid"])


async def _insert(
    tx: AsyncConnection, plan: KeyPlan, made: NewKey, who: Principal
) -> dict[str, Any]:
    if plan.region_code not in all_regions():
        raise Refused("region_unknown", region=plan.region_code)
    dates = dates_of_new_key(plan.starts_at, plan.card_valid_years)
    key = {
        "id": new_id(),
        "kid": made.kid,
        "algorithm": plan.algorithm,
        "public_key": made.public_key,
        "region_code": plan.region_code,
        "custody": "sealed" if made.device_uri is None else "pkcs11",
        "sealed_private_key": made.sealed_private_key,
        "device_uri": made.device_uri,
        "state": "planned",
        "not_before": dates.not_before,
        "sign_until": dates.sign_until,
        "verify_until": dates.verify_until,
        "created_by": who.name,
    }
    await tx.execute(queries.INSERT_KEY, key)
    await note(tx, key, who, "created", new_state="planned")
    return key


async def create_first_key(
    tx: AsyncConnection, master: Sealer, *, now: datetime, card_valid_years: int
) -> str | None:
    """Make one active key when there is none that is or will be active; return its id if made.

    A site that begins has no terminals that would have to learn the key first.
    """
    # Two operators who prepare at once must not make two first keys.
    await tx.execute(queries.HOLD_KEYS_TO_CHANGE)
    if await tx.scalar(queries.COUNT_LIVING):
        return None
    who = Principal(PREPARE, PREPARE, frozenset(), frozenset(), (PROVINCE,))
    plan = KeyPlan(now, card_valid_years)
    key = await _insert(tx, plan, private_keys.generate(plan.algorithm, master), who)
    await tx.execute(queries.UPDATE_PUBLISHED, {"key_id": key["id"], "published_at": now})
    activated = {"activated_at": now, "activated_by": PREPARE, "early_reason": FIRST_KEY}
    await tx.execute(queries.UPDATE_ACTIVATED, {"key_id": key["id"], **activated})
    await note(tx, key, who, "activated", new_state="active", reason=FIRST_KEY)
    await tell(tx, {**key, "state": "active"})
    return str(key["kid"])
