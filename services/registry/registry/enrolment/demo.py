"""Field visits of the demonstration, by the verbs that people use."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from common.ids import new_id
from common.web.formats import in_wib
from registry.enrolment.rules import AS_RECORDED
from registry.enrolment.sample import draw, sampled
from registry.enrolment.visit import Visit, record_visit


async def visit_sample(tx: AsyncConnection, caller: Principal, list_id: UUID) -> None:
    """Draw a list's sample and find each of its families as recorded."""
    await draw(tx, caller, list_id)
    visited_on = in_wib(clock.utc_now()).date()
    for family in await sampled(tx, list_id):
        visit = Visit(
            id=new_id(),
            household_id=family["household_id"],
            visited_on=visited_on,
            place_code=family["region_code"],
            finding=AS_RECORDED,
        )
        await record_visit(tx, caller, list_id, visit)
