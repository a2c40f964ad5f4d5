"""Carrying out an approval: the families enrolled and every event about them, in one commit."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock, outbox
from common.events import (
    BATCH_MAX,
    BeneficiaryListApprovedV1,
    Benefit,
    Cycle,
    EnrolledHousehold,
    EnrolledPerson,
    EnrolmentsApprovedV1,
    Event,
)
from common.problems import Refused
from common.sealed import Sealer
from registry.eligibility.read import benefits_of, cycle_with_id, programme_with_id
from registry.enrolment import queries
from registry.enrolment.approve import demand_same_leavers
from registry.enrolment.carry_out import carry_out
from registry.enrolment.persons import enrol_persons, persons_of
from registry.enrolment.rules import DIFFERENCE
from registry.enrolment.verify import content_of, demand_no_flags
from registry.jobs.run import Job
from registry.people.alter import real_kk

SOURCE = "registry"
FIRST_ID = UUID(int=0)
BATCHES_A_PAGE = 20
NAMELESS = "KELUARGA"


@dataclass(frozen=True, slots=True)
class Seals:
    """What opens the registry's own values, and what seals those that travel."""

    own: Sealer
    events: Sealer


async def publish_list(engine: AsyncEngine, job: Job, seals: Seals) -> None:
    """Carry out an approved list: enrol, end, and tell the other services, in one commit.

    Raises Refused: list_changed when the families are not the ones that were signed,
    household_enrolled_already when one of them is enrolled in this cycle, leavers_changed when
    somebody would leave whose decision says "no" no longer, list_has_open_flags.
    """
    async with engine.begin() as tx:
        await job.begin(tx)
        found = await tx.execute(queries.LOCK_LIST, {"list_id": job.subject_id})
        one = found.mappings().one()
        if one["state"] != "approving":
            await job.finish(tx)
            return
        families, digest = await content_of(tx, one)
        if digest != bytes(one["content_hash"]):
            raise Refused("list_changed")
        await demand_same_leavers(tx, one["id"])
        await demand_no_flags(tx, one["id"])
        job.total = families
        enrolled = await _enrol(tx, one["id"])
        at = clock.utc_now()
        await tx.execute(queries.APPROVED, {"list_id": one["id"], "at": at})
        approved = await _approved(tx, one, enrolled, at)
        is_personal = any(benefit.subject == "person" for benefit in approved.benefits)
        if is_personal:
            await enrol_persons(tx, one["id"])
        told = await _tell(tx, job, approved, seals, is_personal)
        if one["kind"] == DIFFERENCE:
            await carry_out(tx, one, at, told)
        await job.finish(tx)


async def _enrol(tx: AsyncConnection, list_id: UUID) -> int:
    """Enrol those who are still there; raises Refused: household_enrolled_already."""
    await tx.execute(queries.NOTE_GONE, {"list_id": list_id})
    try:
        async with tx.begin_nested():
            return int((await tx.execute(queries.ENROL, {"list_id": list_id})).rowcount)
    except IntegrityError as error:
        raise Refused("household_enrolled_already") from error


async def _tell(
    tx: AsyncConnection,
    job: Job,
    approved: BeneficiaryListApprovedV1,
    seals: Seals,
    is_personal: bool,
) -> int:
    """Write the list's event and then its families', all of one subject, numbered from 0.

    Return the next number.
    """
    list_id = approved.list_id
    subject = f"beneficiary_list:{list_id}"
    await outbox.publish(tx, approved, source=SOURCE, subject=subject, sequence=0)
    number = 0
    async for page in _pages(tx, list_id):
        told: list[tuple[Event, str, int]] = []
        persons = await persons_of(tx, page, seals.events) if is_personal else {}
        for start in range(0, len(page), BATCH_MAX):
            number += 1
            part = page[start : start + BATCH_MAX]
            event = EnrolmentsApprovedV1(
                list_id=list_id,
                programme_code=approved.programme_code,
                cycle_id=approved.cycle.cycle_id,
                batch=number,
                batches=approved.batches,
                enrolments=tuple(_enrolled(row, persons.get(row.id, ()), seals) for row in part),
            )
            told.append((event, subject, number))
        await outbox.publish_all(tx, told, source=SOURCE)
        job.done += len(page)
    return number + 1


async def _approved(
    tx: AsyncConnection, one: RowMapping, families: int, at: datetime
) -> BeneficiaryListApprovedV1:
    programme = await programme_with_id(tx, one["programme_id"])
    cycle = await cycle_with_id(tx, one["cycle_id"])
    benefits = await benefits_of(tx, one["programme_id"])
    return BeneficiaryListApprovedV1(
        list_id=one["id"],
        programme_code=programme["code"],
        programme_name_id=programme["name_id"],
        programme_name_en=programme["name_en"],
        decree_number=one["decree_number"],
        decree_on=one["decree_on"],
        region_code=one["region_code"],
        cycle=Cycle(
            cycle_id=cycle["id"],
            name=cycle["name"],
            opens_on=cycle["opens_on"],
            closes_on=cycle["closes_on"],
            budget_rupiah=cycle["budget_rupiah"],
        ),
        benefits=tuple(_benefit(row) for row in benefits),
        subjects=families,
        batches=-(-families // BATCH_MAX),
        approved_at=at,
    )


def _benefit(row: RowMapping) -> Benefit:
    return Benefit(
        benefit_id=row["id"],
        code=row["code"],
        kind=row["kind"],
        name_id=row["name_id"],
        name_en=row["name_en"],
        quantity=row["quantity"],
        amount_rupiah=row["amount_rupiah"],
        partner_kinds=tuple(row["partner_kinds"]),
        subject=row["subject"],
        goods_categories=tuple(row["goods_categories"]),
    )


async def _pages(tx: AsyncConnection, list_id: UUID) -> AsyncIterator[Sequence[Row[Any]]]:
    """Yield a list's enrolments in their order, whole batches at a time.

    Few large pages: the rows were written in this transaction, so that the planner knows nothing
    of them and may sort what is left for each page.
    """
    after = FIRST_ID
    while True:
        asked = {"list_id": list_id, "after": after, "rows": BATCH_MAX * BATCHES_A_PAGE}
        rows = (await tx.execute(queries.ENROLLED, asked)).all()
        if not rows:
            return
        yield rows
        after = rows[-1].id


def _enrolled(row: Any, persons: tuple[EnrolledPerson, ...], seals: Seals) -> EnrolledHousehold:
    known = {"head_name": row.head_name or NAMELESS}
    number = real_kk(seals.own, row.kk_sealed, row.kk_index)
    if number:
        known["kk_number"] = number
    return EnrolledHousehold(
        enrolment_id=row.id,
        household_id=row.household_id,
        region_code=row.region_code,
        sealed=seals.events.seal_json(known, f"enrolment:{row.household_id}"),
        persons=persons,
    )
