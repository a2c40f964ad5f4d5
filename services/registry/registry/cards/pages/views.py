"""The family's card, on the family's page: "where is my card?"."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.card_number import card_number
from registry.cards import queries
from registry.cards.words import REASONS, WAYS, where
from registry.people.panels import Panel

CARDS_SHOWN_MAX = 20
# A whole number typed at a counter stands for the card itself: only its end is shown here.
NUMBER_SHOWN = 4


async def household_panel(tx: AsyncConnection, household_id: UUID) -> Panel:
    """Return where a family's cards are, for its page."""
    asked = {"household_id": household_id, "rows": CARDS_SHOWN_MAX}
    found = (await tx.execute(queries.OF_HOUSEHOLD, asked)).mappings().all()
    cards = [
        {
            **row,
            "number_end": card_number(row["card_id"])[-NUMBER_SHOWN:],
            "where": where(row["place"]),
        }
        for row in found
    ]
    values = {
        "card": cards[0] if cards else None,
        "earlier": cards[1:],
        "ways": WAYS,
        "reasons": REASONS,
    }
    return Panel("cards/household_panel.html", values)
