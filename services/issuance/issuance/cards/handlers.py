"""What issuance does about approved lists."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.events import (
    BeneficiaryListApprovedV1,
    EnrolledHousehold,
    EnrolmentsApprovedV1,
    Envelope,
)
from common.sealed import BlindIndex, Sealer
from common.settings import ServiceSettings
from common.worker import Handlers
from issuance.cards import queries
from issuance.cards.order import ApprovedHousehold, kk_index_of, order_for_households
from issuance.cards.settle import settle
from issuance.cards.standing_handlers import standing_handlers

ACTOR = "registry"


def handlers(settings: ServiceSettings) -> Handlers:
    """Return the handlers of approval events."""
    sealer = Sealer(settings.sealing_key.get_secret_value())
    event_sealer = Sealer(settings.event_sealing_key.get_secret_value())
    index = BlindIndex(settings.blind_index_key.get_secret_value())

    def household_of(one: EnrolledHousehold) -> ApprovedHousehold:
        opened = event_sealer.open_json(one.sealed, f"enrolment:{one.household_id}")
        return ApprovedHousehold(
            one.household_id,
            one.enrolment_id,
            one.region_code,
            str(opened["head_name"]),
            kk_index_of(index, opened),
        )

    async def on_enrolments_approved(
        tx: AsyncConnection, event: EnrolmentsApprovedV1, envelope: Envelope
    ) -> None:
        """Order cards for the households of this batch."""
        # One household, one line: a statement cannot order twice for the same one.
        households = {one.household_id: household_of(one) for one in event.enrolments}
        await order_for_households(
            tx,
            sealer,
            # In the order of their ids, so that two batches with common households never lock
            # each other out.
            [households[key] for key in sorted(households)],
            list_id=event.list_id,
            told_at=envelope.time,
            actor=ACTOR,
        )
        # What was heard of these enrolments before they were.
        await settle(tx, sorted(households), clock.utc_now())

    return {
        BeneficiaryListApprovedV1: on_beneficiary_list_approved,
        EnrolmentsApprovedV1: on_enrolments_approved,
        **standing_handlers(settings),
    }


async def on_beneficiary_list_approved(
    tx: AsyncConnection,
    event: BeneficiaryListApprovedV1,
    envelope: Envelope,  # noqa: ARG001 - every handler has this signature
) -> None:
    """Note under which programme and decree the households that follow were approved."""
    await tx.execute(
        queries.UPSERT_LIST,
        {
            "list_id": event.list_id,
            "programme_code": event.programme_code,
            "programme_name_id": event.programme_name_id,
            "programme_name_en": event.programme_name_en,
            "decree_number": event.decree_number,
            "region_code": event.region_code,
            "approved_at": event.approved_at,
        },
    )
