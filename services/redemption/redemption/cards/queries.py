"""Every SQL statement about cards and the keys that sign them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, bindparam, exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from common.cose import VerifyKey, verify_key
from redemption.cards.rules import Card
from redemption.cards.tables import card_statuses, cards, household_regions, signing_keys

# For statements of other capabilities that need the card beside their own rows.
CARD = (
    select(
        cards.c.card_id,
        cards.c.household_id,
        cards.c.region_code.label("card_region_code"),
        cards.c.expires_at,
        cards.c.printed_name,
        func.coalesce(card_statuses.c.status, "valid").label("card_status"),
        exists()
        .where(signing_keys.c.kid == cards.c.kid, signing_keys.c.state == "compromised")
        .label("is_key_compromised"),
    )
    .select_from(cards.outerjoin(card_statuses, card_statuses.c.card_id == cards.c.card_id))
    .subquery("card")
)
ONE = select(CARD).where(CARD.c.card_id == bindparam("card_id"))
# One statement for the cards of a message: five hundred, when a province is signed.
ADD_CARDS = text("""
    INSERT INTO cards (card_id, household_id, region_code, kid, issued_at, expires_at, printed_name)
    SELECT * FROM unnest(
        CAST(:card_ids AS text[]), CAST(:household_ids AS uuid[]), CAST(:region_codes AS text[]),
        CAST(:kids AS text[]), CAST(:issued_at AS timestamptz[]),
        CAST(:expires_at AS timestamptz[]), CAST(:printed_names AS bytea[]))
    ON CONFLICT DO NOTHING
""")
_CARD_ARRAYS = {
    "card_ids": "card_id",
    "household_ids": "household_id",
    "region_codes": "region_code",
    "kids": "kid",
    "issued_at": "issued_at",
    "expires_at": "expires_at",
    "printed_names": "printed_name",
}
_new_status = insert(card_statuses)
SET_STATUS = _new_status.on_conflict_do_update(
    index_elements=["card_id"],
    set_={name: _new_status.excluded[name] for name in ("status", "sequence", "changed_at")},
    # Cards of before the rule that a card counts once it was handed over were told of as valid, and
    # are told of again, at the same point of their life, as not active.
    where=(card_statuses.c.sequence < _new_status.excluded.sequence)
    | (
        (card_statuses.c.sequence == _new_status.excluded.sequence)
        & (card_statuses.c.status == "valid")
        & (_new_status.excluded.status == "not_active")
    ),
)
# Whatever was heard of a card meanwhile is newer than that it was signed.
ADD_WAITING = text("""
    INSERT INTO card_statuses (card_id, status, sequence, changed_at)
    SELECT card_id, 'not_active', 0, issued_at
    FROM unnest(CAST(:card_ids AS text[]), CAST(:issued_at AS timestamptz[]))
        AS issued (card_id, issued_at)
    ON CONFLICT (card_id) DO NOTHING
""")
_new_key = insert(signing_keys)
SET_KEY = _new_key.on_conflict_do_update(
    index_elements=["kid", "public_key"],
    set_={
        name: _new_key.excluded[name]
        for name in ("state", "not_before", "sign_until", "verify_until", "sequence")
    },
    where=signing_keys.c.sequence < _new_key.excluded.sequence,
)
KEYS = select(signing_keys)
# Cards that are told of while their family moves: one of the two sees what the other did.
SHARE_MOVES = text("SELECT pg_advisory_xact_lock_shared(620021)")
LOCK_MOVES = text("SELECT pg_advisory_xact_lock(620021)")
_region = insert(household_regions)
SET_REGION = _region.on_conflict_do_update(
    index_elements=["household_id"],
    set_={name: _region.excluded[name] for name in ("region_code", "sequence", "changed_at")},
    where=household_regions.c.sequence < _region.excluded.sequence,
)
# A card that was made after the family moved names the right place already.
FOLLOW_MOVES = text("""
    UPDATE cards c SET region_code = r.region_code FROM household_regions r
    WHERE c.household_id = ANY(CAST(:household_ids AS uuid[])) AND r.household_id = c.household_id
      AND c.issued_at <= r.changed_at AND c.region_code <> r.region_code
""")


def still_counts(card_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that nothing was said against a card by the time of the statement."""
    # Not EXISTS: that may be answered by gathering all cards with such a status first.
    said = select(card_statuses.c.card_id).where(
        card_statuses.c.card_id == card_id, card_statuses.c.status != "valid"
    )
    one = said.limit(1).correlate_except(card_statuses).scalar_subquery()
    return one.is_(None)


def card_of(row: RowMapping) -> Card | None:
    """Return the card in a row that has CARD's columns, or None where they are empty."""
    if row["card_id"] is None:
        return None
    return Card(
        card_id=row["card_id"],
        household_id=row["household_id"],
        region_code=row["card_region_code"],
        expires_at=row["expires_at"],
        status=row["card_status"],
        is_key_compromised=row["is_key_compromised"],
    )


async def find(tx: AsyncConnection, card_id: str) -> tuple[Card, bytes] | None:
    """Return a card and its sealed printed name."""
    row = (await tx.execute(ONE, {"card_id": card_id})).mappings().one_or_none()
    card = card_of(row) if row else None
    return (card, row["printed_name"]) if row and card else None


async def add_cards(tx: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Note issued cards; one that is known stays as it is."""
    await tx.execute(SHARE_MOVES)
    arrays = {name: [row[column] for row in rows] for name, column in _CARD_ARRAYS.items()}
    await tx.execute(ADD_CARDS, arrays)
    await tx.execute(FOLLOW_MOVES, {"household_ids": arrays["household_ids"]})


async def add_waiting(tx: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Note that issued cards wait to be handed over, where nothing newer is known of them."""
    await tx.execute(
        ADD_WAITING,
        {
            "card_ids": [row["card_id"] for row in rows],
            "issued_at": [row["issued_at"] for row in rows],
        },
    )


async def set_region(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Note where a family lives now, unless newer words are known, and let its cards follow."""
    await tx.execute(LOCK_MOVES)
    await tx.execute(SET_REGION, row)
    await tx.execute(FOLLOW_MOVES, {"household_ids": [row["household_id"]]})


async def set_status(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Note a card's status, unless a newer one is known."""
    await tx.execute(SET_STATUS, row)


async def set_key(tx: AsyncConnection, row: dict[str, Any]) -> None:
    """Note a signing key, unless newer words about it are known."""
    await tx.execute(SET_KEY, row)


async def keys(tx: AsyncConnection) -> list[VerifyKey]:
    """Return every key that was ever published to us."""
    return [
        verify_key(
            row.algorithm,
            row.public_key,
            not_before=row.not_before,
            sign_until=row.sign_until,
            verify_until=row.verify_until,
            state=row.state,
        )
        for row in await tx.execute(KEYS)
    ]
