"""Who serves whom on a distribution day, and what its report has to add up to. No database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from uuid import UUID

from common.problems import Refused
from common.regions import covers

STATES = ("planned", "open", "closed", "cancelled")
TERMINALS_MAX = 24
VILLAGES_MAX = 40
NAME_MAX, PLACE_MAX, REASON_MIN, REASON_MAX = 120, 200, 5, 500
QUANTITY_MAX = 1_000_000
AHEAD_MAX_DAYS = 366
# What a card number ends in: its check character (see common.card_number).
CARD_ENDS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
STOCK_KINDS = ("received", "returned", "damaged")
SIGNERS = ("partner", "witness")


@dataclass(frozen=True, slots=True)
class Share:
    """What one terminal serves: villages, and of them the cards with these ends ("" is all)."""

    terminal_id: UUID
    region_codes: tuple[str, ...]
    card_ends: str = ""

    def overlaps(self, other: "Share") -> bool:
        """Tell whether some card could be served by both."""
        same_ends = (
            not self.card_ends
            or not other.card_ends
            or not set(self.card_ends).isdisjoint(other.card_ends)
        )
        return same_ends and any(
            covers(one, two) or covers(two, one)
            for one in self.region_codes
            for two in other.region_codes
        )


def share_out(terminal_ids: Sequence[UUID], families: Mapping[str, int]) -> list[Share]:
    """Return a share for each terminal, none overlapping another, as even as villages allow.

    Whole villages where there are enough of them, the largest first to whoever has least;
    otherwise every terminal takes all villages and a part of the ends of card numbers, which a
    family can read on its own card. `families` says how many are expected in each village.
    """
    if len(terminal_ids) == 1:
        return [Share(terminal_ids[0], tuple(sorted(families)))]
    if len(families) < len(terminal_ids):
        every = tuple(sorted(families))
        ends = _parts(CARD_ENDS, len(terminal_ids))
        return [Share(one, every, part) for one, part in zip(terminal_ids, ends, strict=True)]
    taken: dict[UUID, list[str]] = {one: [] for one in terminal_ids}
    loads = dict.fromkeys(terminal_ids, 0)
    for code in sorted(families, key=lambda code: (-families[code], code)):
        least = min(terminal_ids, key=lambda one: (loads[one], len(taken[one])))
        taken[least].append(code)
        loads[least] += families[code]
    return [Share(one, tuple(sorted(taken[one]))) for one in terminal_ids]


def _parts(whole: str, count: int) -> list[str]:
    bounds = [len(whole) * place // count for place in range(count + 1)]
    return [whole[a:b] for a, b in pairwise(bounds)]


def demand_plan(held_on: date, today: date, villages: int, terminals: int) -> None:
    """Refuse a day that has gone or is too far, and one without villages or terminals."""
    if held_on < today:
        raise Refused("distribution_in_the_past")
    if (held_on - today).days > AHEAD_MAX_DAYS:
        raise Refused("distribution_too_far", days=AHEAD_MAX_DAYS)
    if not 1 <= villages <= VILLAGES_MAX:
        raise Refused("distribution_villages", most=VILLAGES_MAX)
    if not 1 <= terminals <= TERMINALS_MAX:
        raise Refused("distribution_terminals", most=TERMINALS_MAX)


@dataclass(frozen=True, slots=True)
class Count:
    """One benefit of a day: what came, what went back, and what the ledger says was given."""

    benefit_id: UUID
    name_id: str
    name_en: str
    received: int = 0
    returned: int = 0
    damaged: int = 0
    given: int = 0

    @property
    def missing(self) -> int:
        """What was received and is neither given, nor returned, nor damaged; negative: too much."""
        return self.received - self.returned - self.damaged - self.given


def demand_explained(counts: Sequence[Count], explanation: str) -> None:
    """Refuse a report whose numbers do not add up and that does not say why."""
    if any(count.missing for count in counts) and len(explanation.strip()) < REASON_MIN:
        raise Refused("distribution_unexplained")
