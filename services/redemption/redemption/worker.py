"""The event process of the redemption service: `python -m redemption.worker`."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import Envelope, HouseholdChangedV1
from common.sealed import Sealer
from common.worker import Handlers, Job, main
from redemption.cards import handlers as cards
from redemption.cycles.count import count_for_ever
from redemption.entitlements import handlers as entitlements
from redemption.entitlements.expire import expire_for_ever
from redemption.oversight import handlers as oversight
from redemption.oversight.look import look_for_ever
from redemption.payments.continue_runs import runs_for_ever
from redemption.payments.draw_up import Payer
from redemption.pins import handlers as pins
from redemption.settings import Settings
from redemption.terminals import handlers as terminals


def handlers(settings: Settings) -> Handlers:
    """Return what this service does about each event."""
    return {
        **cards.handlers(settings),
        **entitlements.handlers(settings),
        **pins.handlers(settings),
        **terminals.handlers(),
        HouseholdChangedV1: on_household_changed,
    }


async def on_household_changed(
    tx: AsyncConnection, event: HouseholdChangedV1, envelope: Envelope
) -> None:
    """Let a family's cards follow it, and note a death for oversight."""
    await cards.on_household_changed(tx, event, envelope)
    await oversight.on_household_changed(tx, event, envelope)


def jobs(settings: Settings) -> list[Job]:
    """Return what this service does by itself, for ever."""
    payer = Payer.of(settings, Sealer(settings.sealing_key.get_secret_value()))
    return [count_for_ever, expire_for_ever, look_for_ever, runs_for_ever(payer)]


if __name__ == "__main__":
    own_settings = Settings()
    main(own_settings, handlers(own_settings), jobs(own_settings))
