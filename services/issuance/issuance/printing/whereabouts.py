"""Where all the cards are: how many in each state, region by region, and what waits too long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.regions import LEVELS
from issuance.printing import whereabouts_queries
from issuance.printing.request_batch import region_values
from issuance.printing.rules import IN_PRINT_MAX, NOT_RECEIVED_MAX

# A card's way, in the order in which it goes; what is blocked waits beside it.
STEPS = ("ordered", "signed", "in_print", "printed", "at_desk", "handed_over", "active", "blocked")
WIDTHS = tuple(LEVELS)


@dataclass(slots=True)
class Whereabouts:
    """The cards of one region."""

    region_code: str
    cards: dict[str, int] = field(default_factory=dict)
    # Since when the card that waits longest is in a state.
    oldest: dict[str, datetime] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many cards there are that have not ended."""
        return sum(self.cards.values())

    def add(self, state: str, cards: int, oldest: datetime | None) -> None:
        """Count some more."""
        self.cards[state] = self.cards.get(state, 0) + cards
        if oldest is not None:
            self.oldest[state] = min(oldest, self.oldest.get(state, oldest))


async def where_cards_are(
    tx: AsyncConnection, principal: Principal, region_code: str = ""
) -> list[Whereabouts]:
    """Return the regions within the given one, or the person's own regions when none is given.

    Raises Refused: outside_your_regions.
    """
    if region_code:
        principal.demand_region(region_code)
        return await _rows(tx, region_code, _width_within(region_code))
    if len(principal.regions) == 1:
        only = principal.regions[0]
        return await _rows(tx, only, _width_within(only))
    found = [await _rows(tx, scope, len(scope)) for scope in sorted(principal.regions)]
    return [one for rows in found for one in rows]


def _width_within(region_code: str) -> int:
    """Return how long the codes of the next smaller regions are."""
    return next((width for width in WIDTHS if width > len(region_code)), WIDTHS[-1])


async def _rows(tx: AsyncConnection, region_code: str, width: int) -> list[Whereabouts]:
    values = {**region_values(region_code), "width": width}
    found: dict[str, Whereabouts] = {}
    for row in await tx.execute(whereabouts_queries.WHERE_CARDS_ARE, values):
        one = found.setdefault(row.region_code, Whereabouts(row.region_code))
        one.add(row.state, row.cards, row.oldest)
    return list(found.values())


def together(rows: Sequence[Whereabouts]) -> Whereabouts:
    """Return the sum of several regions."""
    total = Whereabouts("")
    for row in rows:
        for state, cards in row.cards.items():
            total.add(state, cards, row.oldest.get(state))
    return total


async def overdue(
    tx: AsyncConnection, principal: Principal, now: datetime
) -> list[Mapping[str, object]]:
    """Return the files of a person's regions that wait too long, the oldest first."""
    values = {
        "regions": list(principal.regions),
        "not_made_before": now - IN_PRINT_MAX,
        "not_received_before": now - NOT_RECEIVED_MAX,
    }
    rows = (await tx.execute(whereabouts_queries.SELECT_OVERDUE, values)).mappings()
    return [{**row, "since": _since(row), "days": (now - _since(row)).days} for row in rows]


def _since(row: RowMapping) -> datetime:
    since: datetime = row["made_at"] or row["requested_at"]
    return since
