"""Make what a card bureau gets, once the signer has signed its manifest.

Memory: one delivery of 1,000 cards at a time; with a photo on every card some 20 MB, twice.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.database import in_transaction, is_database_away
from common.sealed import Sealer
from issuance.printing import delivery
from issuance.printing.card_faces import with_photo
from issuance.printing.take_part import Taken, give_back, note_failure, store_file, take_part
from issuance.signing.requests import ask_signature, signature_of

PURPOSE = "print_manifest"
# The signer answers within a second; while it is away this is how often it is looked for.
SIGNATURE_WAIT = timedelta(seconds=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A delivery of which only the signature is missing."""

    files: dict[str, bytes]
    manifest: bytes
    # From the manifest itself: other cards are another request.
    request_id: UUID


async def make_next_delivery(engine: AsyncEngine, sealer: Sealer) -> str | None:
    """Bring the delivery that waits longest one step on; return its name, or None when none waits.

    Two steps: the manifest is given to the signer, and when it is signed the delivery is stored.
    """
    taken = await take_part(engine, "bureau")
    if taken is None:
        return None
    try:
        await _step(engine, sealer, taken)
    except Exception as error:
        if is_database_away(error):
            raise
        log.error("delivery failed", file=taken.key, reason=type(error).__name__)
        await note_failure(engine, taken, type(error).__name__)
    return taken.key


async def _step(engine: AsyncEngine, sealer: Sealer, taken: Taken) -> None:
    asked = taken.part["signature_request_id"]
    signature = None
    if asked is not None:
        signature = await in_transaction(engine, lambda tx: signature_of(tx, asked))
        if signature is None:
            await in_transaction(engine, lambda tx: _wait(tx, taken, asked))
            return
    if not taken.cards:
        await store_file(engine, sealer, taken, b"")
        return
    made = await asyncio.to_thread(unsigned, taken, sealer)
    if signature is None or made.request_id != asked:
        await in_transaction(engine, lambda tx: _ask(tx, taken, made))
        return
    content = await asyncio.to_thread(delivery.pack, made.files, made.manifest, signature)
    await store_file(engine, sealer, taken, content)


def unsigned(taken: Taken, sealer: Sealer) -> Unsigned:
    """Return the files of a delivery and what is to be signed of them."""
    cards = [with_photo(card, sealer) for card in taken.cards]
    files = delivery.files_of(cards)
    label = delivery.Label(
        str(taken.batch["batch_id"]),
        taken.part["part"],
        taken.batch["parts"],
        taken.batch["region_code"],
        taken.batch["requested_at"],
    )
    said = delivery.manifest(files, label, len(cards))
    request_id = uuid5(NAMESPACE_URL, f"khbs:{taken.key}:{hashlib.sha256(said).hexdigest()}")
    return Unsigned(files, said, request_id)


async def _ask(tx: AsyncConnection, taken: Taken, made: Unsigned) -> None:
    await ask_signature(
        tx,
        request_id=made.request_id,
        purpose=PURPOSE,
        payload=made.manifest,
        asked_by=taken.batch["requested_by"],
        region_code=taken.batch["region_code"],
    )
    await _wait(tx, taken, made.request_id)


async def _wait(tx: AsyncConnection, taken: Taken, request_id: UUID) -> None:
    until = clock.utc_now() + SIGNATURE_WAIT
    await give_back(tx, taken, until=until, request_id=request_id)
