"""Sign what was ordered: a batch of cards in one transaction, with the event that tells of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import outbox
from common.card_encoding import encode_claims, protected_header, qr_text, to_be_signed
from common.card_token import StatusReference
from common.events import BATCH_MAX, CardsIssuedV1, IssuedCard
from common.ids import new_id
from common.sealed import Sealer
from issuance.cards import queries
from issuance.cards.order import head_name_context
from issuance.cards.rules import expiry, printed_name
from issuance.signing.open_signer import KeyRoom
from issuance.signing.private_keys import Signer
from issuance.status.allocate import allocate

ACTOR = "signing"


@dataclass(frozen=True, slots=True)
class Term:
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedCard:
    """A card as it is stored, and as others are told of it."""

    list_number: int
    sealed_token: bytes
    told: IssuedCard


class CardSigner:
    """What signing needs besides a transaction."""

    def __init__(
        self,
        keys: KeyRoom,
        *,
        sealer: Sealer,
        event_sealer: Sealer,
        status_list_address: str,
        card_valid_years: int,
    ) -> None:
        self.keys = keys
        self.sealer = sealer
        self.event_sealer = event_sealer
        self.status_list_address = status_list_address
        self.card_valid_years = card_valid_years


async def sign_batch(
    tx: AsyncConnection, tools: CardSigner, now: datetime, *, limit: int = BATCH_MAX
) -> int:
    """Sign up to `limit` ordered cards and say so; return how many.

    Everything or nothing: a process that dies in the middle leaves the orders as they were.
    Raises NoSigningKey.
    """
    orders = (await tx.execute(queries.SELECT_ORDERS_TO_SIGN, {"limit": limit})).mappings().all()
    if not orders:
        return 0
    signer = await tools.keys.signer(tx, now)
    issued_at = now.replace(microsecond=0)
    places = await allocate(tx, len(orders))
    term = Term(issued_at, expiry(issued_at, tools.card_valid_years))
    made = [
        _make(tools, signer, order, place=place, term=term)
        for order, place in zip(orders, places, strict=True)
    ]
    await _store(tx, made)
    batch_id = new_id()
    event = CardsIssuedV1(batch_id=batch_id, cards=tuple(card.told for card in made))
    await outbox.publish(tx, event, source="issuance", subject=f"cards:{batch_id}")
    return len(orders)


def _make(
    tools: CardSigner,
    signer: Signer,
    order: RowMapping,
    *,
    place: tuple[int, int],
    term: Term,
) -> SignedCard:
    card_id = order["card_id"]
    head_name = tools.sealer.open_text(
        order["sealed_head_name"], head_name_context(order["household_id"])
    )
    name = printed_name(head_name)
    protected = protected_header(signer.algorithm, signer.kid)
    payload = encode_claims(
        card_id,
        household_pseudonym=order["pseudonym"],
        printed_name=name,
        issued_at=term.issued_at,
        expires_at=term.expires_at,
        status=StatusReference(place[1], f"{tools.status_list_address}/{place[0]}"),
    )
    token = qr_text(protected, payload, signer.sign(to_be_signed(protected, payload)))
    event = IssuedCard(
        card_id=card_id,
        household_id=order["household_id"],
        region_code=order["region_code"],
        kid=signer.kid.hex(),
        status_index=place[1],
        issued_at=term.issued_at,
        expires_at=term.expires_at,
        sealed=tools.event_sealer.seal_json({"printed_name": name}, f"card:{card_id}"),
    )
    return SignedCard(place[0], tools.sealer.seal_text(token, token_context(card_id)), event)


async def _store(tx: AsyncConnection, made: list[SignedCard]) -> None:
    first, card_ids = made[0].told, [card.told.card_id for card in made]
    signed = {
        "kid": first.kid,
        "issued_at": first.issued_at,
        "expires_at": first.expires_at,
        "card_ids": card_ids,
        "list_numbers": [card.list_number for card in made],
        "status_indices": [card.told.status_index for card in made],
        "sealed_tokens": [card.sealed_token for card in made],
    }
    changes = {
        "card_ids": card_ids,
        "old_state": "ordered",
        "actor": ACTOR,
        "actor_name": ACTOR,
        "reason": "",
    }
    await tx.execute(queries.UPDATE_SIGNED, signed)
    await tx.execute(queries.INSERT_CHANGES_OF_MANY, changes)


def token_context(card_id: str) -> str:
    """Return the place to which a card's sealed token is bound."""
    return f"cards.token:{card_id}"
