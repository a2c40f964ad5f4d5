"""Which card of the demonstration ends up where. Pure: the same cards give the same plan."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

# Of the village with most cards: a print batch. At most half of a village is printed anew.
IN_BATCH, SPOILED = 27, 3
# Of the second: a round that a companion can take along.
ON_ROUND = 12
# Of the third: given by hand, waiting at the desk, and still to be printed.
BY_HAND, AT_DESK, TO_PRINT = 7, 5, 10
HALF = 2


@dataclass(frozen=True, slots=True)
class One:
    """A family's card."""

    card_id: str
    household_id: UUID
    region_code: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The cards of each scene; a small demonstration lacks some."""

    # Counted by a second person and not yet received; the spoiled ones are printed again.
    batch: list[One] = field(default_factory=list)
    # Received at the desk for a round through their village.
    round: list[One] = field(default_factory=list)
    by_hand: list[One] = field(default_factory=list)
    at_desk: list[One] = field(default_factory=list)
    to_print: list[One] = field(default_factory=list)
    # Everybody else has the card already.
    active: list[One] = field(default_factory=list)


def plan(cards: Iterable[One]) -> Plan:
    """Cast the cards, village by village."""
    villages: dict[str, list[One]] = defaultdict(list)
    for card in cards:
        villages[card.region_code].append(card)
    made = Plan()
    largest_first = sorted(villages.items(), key=lambda one: (-len(one[1]), one[0]))
    casts = (_print_village, _round_village, _desk_village)
    for place, (_, mine) in enumerate(largest_first):
        if place < len(casts):
            casts[place](made, mine)
        else:
            made.active.extend(mine)
    return made


def _print_village(made: Plan, cards: list[One]) -> None:
    many = min(IN_BATCH, len(cards) // HALF)
    made.batch.extend(cards[:many])
    made.active.extend(cards[many:])


def _round_village(made: Plan, cards: list[One]) -> None:
    many = min(ON_ROUND, len(cards) // HALF)
    made.round.extend(cards[:many])
    made.active.extend(cards[many:])


def _desk_village(made: Plan, cards: list[One]) -> None:
    hand, desk, left = BY_HAND, BY_HAND + AT_DESK, BY_HAND + AT_DESK + TO_PRINT
    made.by_hand.extend(cards[:hand])
    made.at_desk.extend(cards[hand:desk])
    made.to_print.extend(cards[desk:left])
    made.active.extend(cards[left:])
