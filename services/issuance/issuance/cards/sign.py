"""Sign what was ordered: a batch of cards in one transaction, with the event that tells of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import outbox
from common.card_encoding import assemble, encode_claims, protected_header, to_be_signed
from common.card_token import StatusReference
from common.events import BATCH_MAX, CardsIssuedV1, IssuedCard
from common.ids import new_id
from common.sealed import SealBroken, Sealer
from issuance.cards import sign_queries as queries
from issuance.cards.order import head_name_context
from issuance.cards.rules import expiry, printed_name
from issuance.signing.open_signer import KeyRoom, NoSigningKey, Signers, is_in_device
from issuance.signing.private_keys import Signer
from issuance.status.allocate import allocate
from issuance.status.set_status import Place, set_many

ACTOR = "signing"
# So many cards are made before others of this process get their turn: while PostgreSQL stores one
# batch, the next is made, and what PostgreSQL answers must not wait for all of it.
MADE_IN_A_ROW = 16
# What a transaction costs whatever is in it is shared by so many cards.
CARDS_AT_ONCE_MAX = 2000
# Verifiers without network take it that a list made a minute after a card's moment knows the card
# (common.offline_check): a batch ends long before, however slow a device is.
MAKING_S_MAX = 30.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Term:
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedCard:
    """A card as it is stored, and as others are told of it."""

    place: Place
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
    tx: AsyncConnection,
    tools: CardSigner,
    now: datetime,
    *,
    limit: int = CARDS_AT_ONCE_MAX,
    stock: list[Place] | None = None,
) -> int:
    """Sign up to `limit` ordered cards and say so; return how many.

    Everything or nothing: a process that dies in the middle leaves the orders as they were.
    Places in the status lists come from `stock`, which then limits the batch, or are taken in this
    transaction; those of a transaction that failed are lost, never given to two cards.
    Cards of places for which no key is active wait, and so does one whose family's name does not
    open. Raises NoSigningKey when there is no key at all, SealBroken when no name opens.
    """
    if stock is not None:
        limit = min(limit, len(stock))
    signers = await tools.keys.signers(tx, now)
    if not signers.regions:
        raise NoSigningKey("no active key: python -m issuance.cli keys list")
    await tx.execute(queries.GO_BY_INDEXES)
    asked = {"regions": signers.regions, "limit": limit}
    orders = (await tx.execute(queries.SELECT_ORDERS, asked)).mappings().all()
    if not orders:
        return 0
    places = await allocate(tx, len(orders)) if stock is None else _taken(stock, len(orders))
    made = await _make_all(tools, signers, orders, places, now.replace(microsecond=0))
    if stock is not None:
        used = {card.place for card in made}
        stock.extend(place for place in places if place not in used)
    if not made:
        raise SealBroken("no family's name opens")
    await _store(tx, made)
    await set_many(tx, [card.place for card in made], "not_active")
    await _tell(tx, [card.told for card in made])
    return len(made)


async def _tell(tx: AsyncConnection, told: Sequence[IssuedCard]) -> None:
    """Write the events, BATCH_MAX cards in each."""
    issued = [
        CardsIssuedV1(
            batch_id=new_id(), cards=tuple(told[first : first + BATCH_MAX]), counts_at_once=False
        )
        for first in range(0, len(told), BATCH_MAX)
    ]
    batch = [(event, f"cards:{event.batch_id}", 0) for event in issued]
    await outbox.publish_all(tx, batch, source="issuance")


async def _make_all(
    tools: CardSigner,
    signers: Signers,
    orders: Sequence[RowMapping],
    places: Sequence[Place],
    issued_at: datetime,
) -> list[SignedCard]:
    term = Term(issued_at, expiry(issued_at, tools.card_valid_years))
    by_region: dict[str, Signer] = {}
    made: list[SignedCard] = []
    until = monotonic() + MAKING_S_MAX
    for number, (order, place) in enumerate(zip(orders, places, strict=True), 1):
        if made and monotonic() > until:
            # The others are signed with the next batch.
            break
        region_code = order["region_code"]
        if region_code not in by_region:
            by_region[region_code] = await signers.of_place(region_code)
        signer = by_region[region_code]
        make = partial(_make, tools, signer, order, place=place, term=term)
        try:
            # A device may take its time, or wait for a network.
            made.append(await asyncio.to_thread(make) if is_in_device(signer) else make())
        except SealBroken:
            log.error("a family's name does not open; its card waits", card_id=order["card_id"])
        if number % MADE_IN_A_ROW == 0:
            await asyncio.sleep(0)
    return made


def _taken(stock: list[Place], count: int) -> list[Place]:
    taken = stock[-count:]
    del stock[-count:]
    return taken


def _make(
    tools: CardSigner,
    signer: Signer,
    order: RowMapping,
    *,
    place: Place,
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
    # Kept as bytes: the QR's text is made where a QR is, which is rarer and later.
    token = assemble(protected, payload, signer.sign(to_be_signed(protected, payload)))
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
    return SignedCard(place, tools.sealer.seal(token, token_context(card_id)), event)


async def _store(tx: AsyncConnection, made: list[SignedCard]) -> None:
    told = [card.told for card in made]
    await tx.execute(
        queries.STORE_SIGNED,
        {
            "issued_at": told[0].issued_at,
            "expires_at": told[0].expires_at,
            "card_ids": [card.card_id for card in told],
            "kids": [card.kid for card in told],
            "list_numbers": [card.place[0] for card in made],
            "status_indices": [card.place[1] for card in made],
            "sealed_tokens": [card.sealed_token for card in made],
            "actor": ACTOR,
        },
    )


def token_context(card_id: str) -> str:
    """Return the place to which a card's sealed token is bound."""
    return f"cards.token:{card_id}"
