"""What oversight does when a death is reported."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import Envelope, HouseholdChangedV1
from redemption.oversight import queries


async def on_household_changed(
    tx: AsyncConnection, event: HouseholdChangedV1, _envelope: Envelope
) -> None:
    """Note a death after which a card ends (nobody is left) or is made in another name."""
    if event.kind != "person_died" or event.card_action == "none":
        return
    await tx.execute(
        queries.NOTE_DEATH,
        {
            "household_id": event.household_id,
            "happened_on": event.happened_on,
            "is_alone": event.card_action == "revoke",
            "region_code": event.region_code,
            "changed_at": event.changed_at,
        },
    )
