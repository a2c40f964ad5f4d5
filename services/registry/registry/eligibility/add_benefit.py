"""A programme gives something more: to families, or to each member of a certain age.

What a benefit is never changes afterwards, because lists were approved with it; whoever approves
the next list sees what it costs with the new one.
"""

from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from registry.eligibility import queries
from registry.eligibility.criteria import programme_called

KINDS = ("parcel", "cash", "balance", "fee", "service")
PARTNER_KINDS = ("food_point", "market", "school", "clinic", "university", "bank")
AGE_MAX = 150


@dataclass(frozen=True, slots=True)
class NewBenefit:
    """What is given, to whom, and where it can be used."""

    code: str
    kind: str
    name_id: str
    name_en: str
    quantity: int
    amount_rupiah: int
    partner_kinds: list[str]
    subject: str
    age_from: int | None
    age_to: int | None
    # The day on which a member has to be of that age; without one the cycle's first day.
    ages_on: date | None
    relations: list[str]
    goods_categories: list[str]


async def add_benefit(
    tx: AsyncConnection,
    caller: Principal,
    programme_code: str,
    benefit_id: UUID,
    wanted: NewBenefit,
) -> None:
    """Add a benefit to a programme. A repeat changes nothing.

    Raises Refused: not_found, benefit_ages_wrong, benefit_members_wrong, benefit_goods_wrong,
    benefit_nowhere, benefit_code_taken, id_reused.
    """
    programme = await programme_called(tx, programme_code)
    _demand_sense(wanted)
    row = {"programme_id": programme["id"], **asdict(wanted)}
    if await tx.scalar(queries.ADD_BENEFIT, {"id": benefit_id, **row}) is None:
        known = await tx.execute(queries.BENEFIT, {"benefit_id": benefit_id})
        earlier = known.mappings().one_or_none()
        if earlier is None:
            raise Refused("benefit_code_taken", taken=wanted.code)
        if {name: earlier[name] for name in row} != row:
            raise Refused("id_reused")
        return
    details = {"programme": programme_code, "code": wanted.code, "subject": wanted.subject}
    await audit.record(tx, caller, "benefit.added", "benefit", benefit_id, details=details)


def _demand_sense(wanted: NewBenefit) -> None:
    ages = (wanted.age_from, wanted.age_to)
    if wanted.subject == "household" and (
        any(one is not None for one in (*ages, wanted.ages_on)) or wanted.relations
    ):
        raise Refused("benefit_members_wrong")
    if None not in ages and (wanted.age_from or 0) > (wanted.age_to or 0):
        raise Refused("benefit_ages_wrong")
    if wanted.kind != "balance" and wanted.goods_categories:
        raise Refused("benefit_goods_wrong")
    if not wanted.partner_kinds:
        raise Refused("benefit_nowhere")
