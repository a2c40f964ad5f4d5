"""Make a signing key and tell everyone who verifies."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from common.cose import Algorithm
from common.ids import new_id
from common.sealed import Sealer
from issuance.signing import private_keys, queries
from issuance.signing.publish_key import publish_key
from issuance.signing.rules import dates_of_new_key

# Two operators who prepare at once must not make two first keys.
PREPARE_LOCK = 620_010


async def create_key(
    tx: AsyncConnection,
    master: Sealer,
    *,
    starts_at: datetime,
    card_valid_years: int,
    actor: str,
    algorithm: Algorithm = "Ed25519",
    state: str = "planned",
) -> str:
    """Make a key that signs for a year from `starts_at`, publish it and return its key id."""
    made = private_keys.generate(algorithm, master)
    dates = dates_of_new_key(starts_at, card_valid_years)
    key = {
        "id": new_id(),
        "kid": made.kid,
        "algorithm": algorithm,
        "public_key": made.public_key,
        "sealed_private_key": made.sealed_private_key,
        "state": state,
        "not_before": dates.not_before,
        "sign_until": dates.sign_until,
        "verify_until": dates.verify_until,
    }
    await tx.execute(queries.INSERT_KEY, key)
    change = {"id": new_id(), "key_id": key["id"], "new_state": state, "actor": actor}
    await tx.execute(queries.INSERT_CHANGE, change)
    await publish_key(tx, key)
    return made.kid


async def create_first_key(
    tx: AsyncConnection, master: Sealer, *, now: datetime, card_valid_years: int
) -> str | None:
    """Make one active key when there is none that is or will be active; return its id if made."""
    await tx.execute(text(f"SELECT pg_advisory_xact_lock({PREPARE_LOCK})"))
    if await tx.scalar(queries.COUNT_LIVING):
        return None
    return await create_key(
        tx,
        master,
        starts_at=now,
        card_valid_years=card_valid_years,
        actor="prepare",
        state="active",
    )
