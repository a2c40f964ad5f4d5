"""What the demonstration gives to single members: shapes that are real, amounts by a sample decree.

Nothing here is policy. Rp200,000 a pupil and month was published for 2025; the rest of the terms
(ages, how often, that a check costs nothing) was not, and is an example.
"""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.demo import CHILD_CHECK_ID, ELDER_CHECK_ID, SCHOOL_FEE_ID
from common.problems import Refused
from registry.eligibility import queries
from registry.eligibility.add_benefit import NewBenefit, add_benefit
from registry.eligibility.demo import DRAFTER, PROGRAMME_CODE

FEE_A_MONTH_RUPIAH, MONTHS = 200_000, 6
SCHOOL_YEAR_BEGINS = 7


def school_year_of(day: date) -> date:
    """Return the first day of the school year in which a day is."""
    return date(day.year - (day.month < SCHOOL_YEAR_BEGINS), SCHOOL_YEAR_BEGINS, 1)


def benefits_of_members(opens_on: date) -> dict[UUID, NewBenefit]:
    """Return what members get in a cycle that begins on a day, by the benefit's id."""
    fee = NewBenefit(
        code="school_fee",
        kind="fee",
        name_id="Biaya sekolah SMA/SMK, enam bulan",
        name_en="Senior secondary school fee, six months",
        quantity=1,
        amount_rupiah=FEE_A_MONTH_RUPIAH * MONTHS,
        partner_kinds=["school"],
        subject="person",
        age_from=15,
        age_to=18,
        ages_on=school_year_of(opens_on),
        relations=[],
        goods_categories=[],
    )
    child = _check("child_check", "balita", "child under five", quantity=2, ages=(0, 4))
    elder = _check("elder_check", "lansia", "person of 60 or older", quantity=1, ages=(60, None))
    return {SCHOOL_FEE_ID: fee, CHILD_CHECK_ID: child, ELDER_CHECK_ID: elder}


def _check(
    code: str, who_id: str, who_en: str, *, quantity: int, ages: tuple[int, int | None]
) -> NewBenefit:
    """Return a health check that costs neither the family nor the programme anything."""
    return NewBenefit(
        code=code,
        kind="service",
        name_id=f"Pemeriksaan kesehatan {who_id}",
        name_en=f"Health check, {who_en}",
        quantity=quantity,
        amount_rupiah=0,
        partner_kinds=["clinic"],
        subject="person",
        age_from=ages[0],
        age_to=ages[1],
        ages_on=None,
        relations=[],
        goods_categories=[],
    )


async def put_benefits_of_members(tx: AsyncConnection, opens_on: date) -> None:
    """Add them by the verb of the programme's owner.

    What is there already stays as it is, also what a person has added under the same code.
    """
    for benefit_id, wanted in benefits_of_members(opens_on).items():
        if (await tx.execute(queries.BENEFIT, {"benefit_id": benefit_id})).first() is not None:
            continue
        try:
            await add_benefit(tx, DRAFTER, PROGRAMME_CODE, benefit_id, wanted)
        except Refused as refusal:
            if refusal.code != "benefit_code_taken":
                raise
