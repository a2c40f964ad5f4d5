"""What this service does when it hears of approved lists."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import BeneficiaryListApprovedV1, EnrolmentsApprovedV1, Envelope
from common.worker import Handlers
from redemption.entitlements.open_list import enrol, open_list


async def on_list_approved(
    tx: AsyncConnection, event: BeneficiaryListApprovedV1, _envelope: Envelope
) -> None:
    """Open a list's benefits."""
    await open_list(tx, event)


async def on_enrolments_approved(
    tx: AsyncConnection, event: EnrolmentsApprovedV1, _envelope: Envelope
) -> None:
    """Give the families of a batch what their list gives."""
    await enrol(tx, event)


HANDLERS: Handlers = {
    BeneficiaryListApprovedV1: on_list_approved,
    EnrolmentsApprovedV1: on_enrolments_approved,
}
