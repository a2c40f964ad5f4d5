"""An approved list becomes rights of families, whatever order its events come in."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import BeneficiaryListApprovedV1, Benefit, EnrolmentsApprovedV1
from redemption.entitlements import budget_queries
from redemption.entitlements import list_queries as queries
from redemption.entitlements.open_rights import open_all, open_batch
from redemption.entitlements.persons import Seals, kept
from redemption.entitlements.rules import granted


class TermsDiffer(Exception):
    """Two lists say different things about one cycle: a benefit, its dates, what it may cost.

    Which of them holds would depend on the order in which events come, so neither is guessed:
    the second is parked among the dead letters, where a person sees it.
    """


async def open_list(tx: AsyncConnection, event: BeneficiaryListApprovedV1) -> None:
    """Note the list and what it gives; families whose enrolment came earlier get it now."""
    if await queries.lock_list(tx, event.list_id):
        return
    cycle = {
        "id": event.cycle.cycle_id,
        "programme_code": event.programme_code,
        "programme_name_id": event.programme_name_id,
        "programme_name_en": event.programme_name_en,
        "name": event.cycle.name,
        "opens_on": event.cycle.opens_on,
        "closes_on": event.cycle.closes_on,
    }
    terms = [_terms(event, benefit) for benefit in event.benefits]
    for row in terms:
        await _refuse_other_terms(tx, {**cycle, **row})
    budget = {"cycle_id": event.cycle.cycle_id, "said_rupiah": event.cycle.budget_rupiah}
    if not await budget_queries.say(tx, budget):
        raise TermsDiffer
    await queries.add_list(
        tx,
        cycle,
        terms,
        {
            "id": event.list_id,
            "cycle_id": event.cycle.cycle_id,
            "decree_number": event.decree_number,
            "decree_on": event.decree_on,
            "region_code": event.region_code,
            "benefit_ids": [benefit.benefit_id for benefit in event.benefits],
            "subjects": event.subjects,
            "approved_at": event.approved_at,
        },
    )
    await open_all(tx, event.list_id, event.cycle.cycle_id)


async def enrol(tx: AsyncConnection, event: EnrolmentsApprovedV1, seals: Seals) -> None:
    """Give families and their persons their rights, or keep them until the list is heard."""
    is_known = await queries.lock_list(tx, event.list_id)
    household_ids = [enrolment.household_id for enrolment in event.enrolments]
    regions = [enrolment.region_code for enrolment in event.enrolments]
    await queries.add_enrolments(tx, event.list_id, event.batch, household_ids, regions)
    await queries.add_persons(tx, event.list_id, kept(event.enrolments, seals))
    if is_known:
        await open_batch(tx, event.list_id, event.cycle_id, event.batch, household_ids)


async def _refuse_other_terms(tx: AsyncConnection, said: dict[str, Any]) -> None:
    known = await queries.find_terms(tx, said["cycle_id"], said["id"])
    if known is not None and any(known[name] != said[name] for name in known):
        raise TermsDiffer


def _terms(event: BeneficiaryListApprovedV1, benefit: Benefit) -> dict[str, Any]:
    whole = granted(benefit.kind, benefit.quantity, benefit.amount_rupiah)
    return {
        "cycle_id": event.cycle.cycle_id,
        "id": benefit.benefit_id,
        "code": benefit.code,
        "kind": benefit.kind,
        "name_id": benefit.name_id,
        "name_en": benefit.name_en,
        "granted_quantity": whole.quantity,
        "granted_rupiah": whole.amount_rupiah,
        "unit_rupiah": benefit.amount_rupiah,
        "partner_kinds": sorted(benefit.partner_kinds),
        "subject": benefit.subject,
        "goods_categories": sorted(benefit.goods_categories),
    }
