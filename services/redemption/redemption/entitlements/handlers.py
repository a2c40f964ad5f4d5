"""What this service does when it hears of approved lists."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import (
    BeneficiaryListApprovedV1,
    EnrolmentsApprovedV1,
    EnrolmentsEndedV1,
    EnrolmentsResumedV1,
    EnrolmentsSuspendedV1,
    Envelope,
)
from common.sealed import Sealer
from common.worker import Handlers
from redemption.entitlements.open_list import enrol, open_list
from redemption.entitlements.persons import Seals
from redemption.entitlements.stand import end, resume, suspend
from redemption.settings import Settings


def handlers(settings: Settings) -> Handlers:
    """Return the handlers of events about lists and enrolments."""
    seals = Seals(
        own=Sealer(settings.sealing_key.get_secret_value()),
        events=Sealer(settings.event_sealing_key.get_secret_value()),
    )

    async def on_enrolments_approved(
        tx: AsyncConnection, event: EnrolmentsApprovedV1, _envelope: Envelope
    ) -> None:
        """Give the families of a batch what their list gives."""
        await enrol(tx, event, seals)

    return {
        BeneficiaryListApprovedV1: on_list_approved,
        EnrolmentsApprovedV1: on_enrolments_approved,
        EnrolmentsEndedV1: on_enrolments_ended,
        EnrolmentsResumedV1: on_enrolments_resumed,
        EnrolmentsSuspendedV1: on_enrolments_suspended,
    }


async def on_list_approved(
    tx: AsyncConnection, event: BeneficiaryListApprovedV1, _envelope: Envelope
) -> None:
    """Open a list's benefits."""
    await open_list(tx, event)


async def on_enrolments_suspended(
    tx: AsyncConnection, event: EnrolmentsSuspendedV1, _envelope: Envelope
) -> None:
    """Hold the rights of these families."""
    await suspend(tx, event)


async def on_enrolments_resumed(
    tx: AsyncConnection, event: EnrolmentsResumedV1, _envelope: Envelope
) -> None:
    """Give these families their rights again."""
    await resume(tx, event)


async def on_enrolments_ended(
    tx: AsyncConnection, event: EnrolmentsEndedV1, _envelope: Envelope
) -> None:
    """Close the rights of these families."""
    await end(tx, event)
