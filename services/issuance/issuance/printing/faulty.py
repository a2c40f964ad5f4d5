"""Cards that came out spoiled or never arrived: ended, replaced, and to be destroyed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.card_number import WrongCardNumber, card_number, parse_card_number
from common.problems import Refused
from issuance.cards import queries as card_queries
from issuance.cards.change import apply
from issuance.cards.replace import order_replacement
from issuance.cards.rules import ENDED_STATES
from issuance.cards.waste import note_gone
from issuance.printing import count_queries
from issuance.printing.read_batch import for_the_whole_file, lock_part, read_part

# Why the card ends, in the words of a card's history.
# No family's doing: they do not count among the cards that a family has lost.
REPLACE_REASONS = {"spoiled": "printing_fault", "missing": "lost_in_post"}
IN_FAMILYS_HANDS = frozenset({"handed_over", "active"})


@dataclass(frozen=True, slots=True)
class Faulty:
    """Cards of one file with the same fault, found at one place."""

    batch_id: UUID
    part: int
    kind: str
    card_ids: Sequence[str]
    place: str


def card_ids_of(numbers: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of card numbers as they were typed, each once, in order.

    Raises Refused: faulty_number_wrong.
    """
    found = set()
    for number in numbers:
        try:
            found.add(parse_card_number(number))
        except WrongCardNumber:
            raise Refused("faulty_number_wrong", number=number.strip()) from None
    return tuple(sorted(found))


async def good_cards(tx: AsyncConnection, batch_id: UUID, part: int) -> list[str]:
    """Return the cards of a file that nobody has called spoiled or missing."""
    found = await tx.execute(count_queries.SELECT_IN_FILE, {"id": batch_id, "number": part})
    return [row.card_id for row in found if row.kind is None]


def demand_in_file(card_ids: Sequence[str], in_file: Iterable[str]) -> None:
    """Refuse a card that is not in the file: faulty_not_in_file."""
    foreign = sorted(set(card_ids) - set(in_file))
    if foreign:
        raise Refused("faulty_not_in_file", number=card_number(foreign[0]))


async def end_and_replace(tx: AsyncConnection, principal: Principal, faulty: Faulty) -> None:
    """End these cards and order new ones in the same transaction.

    At no moment do two tokens of a family count: the old one ends before the new one is ordered.
    A card that has ended already is only noted. Raises Refused: faulty_card_handed_over.
    """
    if not faulty.card_ids:
        return
    ids = {"card_ids": list(faulty.card_ids)}
    locked = (await tx.execute(count_queries.LOCK_CARDS, ids)).all()
    for card in locked:
        if card.state in IN_FAMILYS_HANDS:
            raise Refused("faulty_card_handed_over", number=card_number(card.card_id))
    for card in locked:
        if card.state not in ENDED_STATES:
            await _replace(tx, principal, card.card_id, faulty)
    await tx.execute(
        count_queries.INSERT_FAULTS,
        {
            **ids,
            "id": faulty.batch_id,
            "number": faulty.part,
            "kind": faulty.kind,
            "at": clock.utc_now(),
            "by": principal.subject,
            "by_name": principal.name,
        },
    )


async def _replace(tx: AsyncConnection, principal: Principal, card_id: str, faulty: Faulty) -> None:
    who, reason = for_the_whole_file(principal), REPLACE_REASONS[faulty.kind]
    card = (await tx.execute(card_queries.SELECT_FOR_UPDATE, {"id": card_id})).mappings().one()
    await apply(tx, who, card, "replaced", reason=reason, change_id=None, place=faulty.place)
    await order_replacement(tx, who, card, reason, place=faulty.place)


async def confirm_destruction(
    tx: AsyncConnection,
    principal: Principal,
    batch_id: UUID,
    number: int,
    card_ids: Sequence[str],
) -> int:
    """Note that this person saw these cards destroyed; return how many were not noted before.

    Raises Refused: nothing_to_destroy, and those of read_part.
    """
    await lock_part(tx, batch_id, number)
    _, part = await read_part(tx, principal, batch_id, number)
    if not card_ids:
        raise Refused("nothing_to_destroy")
    found = await tx.execute(
        count_queries.MARK_DESTROYED,
        {
            "id": batch_id,
            "number": number,
            "card_ids": list(card_ids),
            "at": clock.utc_now(),
            "by": principal.subject,
            "by_name": principal.name,
        },
    )
    destroyed = list(found.scalars())
    await note_gone(tx, principal, destroyed)
    await audit.record(
        tx,
        principal,
        "print.destroyed",
        "print_batch",
        batch_id,
        region_code=part["region_code"],
        details={"part": number, "cards": len(destroyed)},
    )
    return len(destroyed)
