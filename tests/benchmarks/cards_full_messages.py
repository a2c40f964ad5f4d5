"""The registry's messages about an approved list of any size, as they lie in RabbitMQ."""

from dataclasses import dataclass
from uuid import UUID

from tests.redemption.world import a_benefit, a_cycle, a_list

from common import clock, events
from common.ids import new_id
from common.sealed import Sealer

VILLAGES = 1_571
SEALER = Sealer(bytes([3]) * 32)
# What each service hears of what is measured; the registry's queue only fills.
HEARD_BY: dict[str, tuple[str, ...]] = {
    "registry": (events.CardsIssuedV1.event_type, events.CardsStateChangedV1.event_type),
    "issuance": (
        events.BeneficiaryListApprovedV1.event_type,
        events.EnrolmentsApprovedV1.event_type,
    ),
    "redemption": (
        events.BeneficiaryListApprovedV1.event_type,
        events.EnrolmentsApprovedV1.event_type,
        events.CardsIssuedV1.event_type,
    ),
}


@dataclass(frozen=True, slots=True)
class Message:
    event_id: str
    event_type: str
    body: str


def messages(families: int) -> list[Message]:
    """Return the approval of a list of so many families, the list itself first."""
    told = a_list(a_cycle(), [a_benefit()])
    batches = -(-families // events.BATCH_MAX)
    approved = told.model_copy(update={"subjects": families, "batches": batches})
    return [
        _message(approved),
        *(_message(_enrolments(approved, batch, families)) for batch in range(1, batches + 1)),
    ]


def _enrolments(
    approved: events.BeneficiaryListApprovedV1, batch: int, families: int
) -> events.EnrolmentsApprovedV1:
    first = (batch - 1) * events.BATCH_MAX
    return events.EnrolmentsApprovedV1(
        list_id=approved.list_id,
        programme_code=approved.programme_code,
        cycle_id=approved.cycle.cycle_id,
        batch=batch,
        batches=approved.batches,
        enrolments=tuple(
            _enrolled(number, new_id())
            for number in range(first, min(families, first + events.BATCH_MAX))
        ),
    )


def _enrolled(number: int, household_id: UUID) -> events.EnrolledHousehold:
    told = {"head_name": f"SITI AMINAH {number}", "kk_number": f"{6_203_000_000_000_000 + number}"}
    return events.EnrolledHousehold(
        enrolment_id=new_id(),
        household_id=household_id,
        region_code=village(number),
        sealed=SEALER.seal_json(told, f"enrolment:{household_id}"),
    )


def village(number: int) -> str:
    """Return the code of one of as many villages as the province has."""
    district, place = divmod(number % VILLAGES, 90)
    return f"62.{1 + district % 14:02}.{1 + district // 14:02}.{2001 + place}"


def _message(event: events.Event) -> Message:
    envelope = events.enclose(
        event,
        event_id=new_id(),
        source="registry",
        subject="list:bench",
        sequence=1,
        time=clock.utc_now(),
    )
    return Message(str(envelope.id), envelope.type, envelope.model_dump_json())
