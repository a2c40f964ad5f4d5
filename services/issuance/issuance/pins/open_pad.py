"""Open a pad on which a family chooses the PIN of its card: here, or on another screen."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import BlindIndex
from issuance.pins import queries
from issuance.pins.rules import CODE_ALPHABET, CODE_LETTERS, DOCUMENTS, PAD_VALID_S, STATES

SCREEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class OpenPad:
    """What a clerk asks for. `pad_id` is made by the client."""

    pad_id: UUID
    card_id: str
    # What the family showed; a PIN that is changed needs it.
    document: str = ""
    on_another_screen: bool = False


async def open_pad(
    tx: AsyncConnection, caller: Principal, index: BlindIndex, wish: OpenPad
) -> RowMapping:
    """Return the pad; a repeat returns the same one.

    Raises Refused: card_unknown, outside_your_regions, pin_card_not_given, pin_document_needed,
    id_reused.
    """
    card = await locked_card(tx, wish.card_id)
    caller.demand_region(card["region_code"])
    known = await _known(tx, caller, wish)
    if known is not None:
        return known
    if await tx.scalar(queries.COUNT, {"card_id": wish.card_id}) and wish.document not in DOCUMENTS:
        raise Refused("pin_document_needed")
    now = clock.utc_now()
    code = index.of("pin_pad_code", code_of(index, wish.pad_id))
    pad = {
        "pad_id": wish.pad_id,
        "card_id": wish.card_id,
        "actor": caller.subject,
        "actor_name": caller.name,
        "document_seen": wish.document,
        "code_index": code if wish.on_another_screen else None,
        "opened_at": now,
        "expires_at": now + timedelta(seconds=PAD_VALID_S),
    }
    await audit.record(
        tx, caller, "pin.pad_opened", "card", wish.card_id, region_code=card["region_code"]
    )
    return (await tx.execute(queries.INSERT_PAD, pad)).mappings().one()


async def locked_card(tx: AsyncConnection, card_id: str) -> RowMapping:
    """Return a card that may have a PIN, locked; raises Refused: card_unknown,
    pin_card_not_given."""
    found = await tx.execute(queries.LOCK_CARD, {"card_id": card_id})
    card = found.mappings().one_or_none()
    if card is None:
        raise Refused("card_unknown")
    if card["state"] not in STATES:
        raise Refused("pin_card_not_given")
    return card


async def _known(tx: AsyncConnection, caller: Principal, wish: OpenPad) -> RowMapping | None:
    known = await find_pad(tx, wish.pad_id)
    if known is None:
        return None
    if (known["card_id"], known["actor"]) != (wish.card_id, caller.subject):
        raise Refused("id_reused")
    return known


async def find_pad(tx: AsyncConnection, pad_id: UUID) -> RowMapping | None:
    """Return a pad, or None."""
    found = await tx.execute(queries.PAD, {"pad_id": pad_id})
    return found.mappings().one_or_none()


async def own_pad(tx: AsyncConnection, caller: Principal, pad_id: UUID) -> RowMapping:
    """Return a pad that this clerk opened; raises Refused not_found."""
    pad = await find_pad(tx, pad_id)
    if pad is None or pad["actor"] != caller.subject:
        raise Refused("not_found")
    return pad


async def household_of(tx: AsyncConnection, card_id: str) -> UUID:
    """Return whose card it is."""
    found: UUID = (await tx.execute(queries.HOUSEHOLD_OF, {"card_id": card_id})).scalar_one()
    return found


def code_of(index: BlindIndex, pad_id: UUID) -> str:
    """Return the code of a pad: 39 bits that only the server can make from the pad's id."""
    number = int.from_bytes(index.of("pin_pad", str(pad_id)))
    letters = []
    for _ in range(CODE_LETTERS):
        number, letter = divmod(number, len(CODE_ALPHABET))
        letters.append(CODE_ALPHABET[letter])
    return "".join(letters)


async def take_code(
    tx: AsyncConnection, index: BlindIndex, code: str
) -> tuple[RowMapping, str] | None:
    """Use up a typed code; return its pad and what its screen shows instead from now on."""
    typed = "".join(code.upper().split()).replace("-", "")
    screen = secrets.token_urlsafe(SCREEN_BYTES)
    values = {
        "code": index.of("pin_pad_code", typed),
        "now": clock.utc_now(),
        "screen": index.of("pin_pad_screen", screen),
    }
    pad = (await tx.execute(queries.TAKE_CODE, values)).mappings().one_or_none()
    return (pad, screen) if pad is not None else None


async def pad_of_screen(tx: AsyncConnection, index: BlindIndex, screen: str) -> RowMapping:
    """Return the pad of another screen; raises Refused pin_pad_expired when there is none."""
    values = {"screen_index": index.of("pin_pad_screen", screen)}
    pad = (await tx.execute(queries.PAD_OF_SCREEN, values)).mappings().one_or_none()
    if pad is None:
        raise Refused("pin_pad_expired")
    return pad
