"""A worker process for the tests: `python -m tests.common.a_worker URL AMQP_URL`."""

import asyncio
import sys

from sqlalchemy.ext.asyncio import AsyncConnection
from tests.clients import settings_values
from tests.common.scenes import note_effect

from common.events import CardStatusChangedV1, Envelope
from common.settings import ServiceSettings
from common.worker import main


async def on_card_status_changed(
    tx: AsyncConnection, event: CardStatusChangedV1, envelope: Envelope
) -> None:
    """Write the effect, and take long over it when the event says so."""
    await note_effect(tx, event, envelope)
    if event.reason == "slow":
        await asyncio.sleep(30)
    if event.reason == "deadly":
        raise SystemExit(3)


if __name__ == "__main__":
    values = {**settings_values(sys.argv[1], sys.argv[2]), "log_level": "INFO"}
    main(
        ServiceSettings(service="redemption", **values),
        {CardStatusChangedV1: on_card_status_changed},
    )
