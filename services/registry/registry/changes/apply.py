"""Doing what a plan says: people, families, enrolments, flags, and the events about them."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock, outbox
from common.auth.principal import Principal
from common.events import HouseholdChangedV1
from common.problems import Refused
from registry.changes import queries
from registry.changes.record import Keys
from registry.changes.rules import EnrolmentStep, FamilyStep, Plan
from registry.changes.settle_flags import settle_flags
from registry.eligibility import follow_queries
from registry.eligibility.ask import ask_evaluation
from registry.enrolment.end import end_enrolments
from registry.enrolment.suspend import (
    STOPPED,
    SUSPENDED,
    resume_enrolments,
    suspend_enrolments,
)
from registry.people.alter import (
    KkNumber,
    add_household,
    alter_household,
    alter_person,
    household_with_kk,
    kk_of,
    temporary_kk,
)

SOURCE = "registry"
NAMELESS = "KELUARGA"


@dataclass(frozen=True, slots=True)
class Applying:
    """Who confirms which change, with the families that are held for it."""

    caller: Principal
    keys: Keys
    change: RowMapping
    held: dict[UUID, RowMapping]


async def apply_plan(tx: AsyncConnection, at: Applying, plan: Plan) -> None:
    """Do all of a plan; raises Refused when the records are not as they were planned on."""
    # A number has to be given up before another family can have it.
    for step in sorted(plan.families, key=lambda one: (one.is_new, one.kk != "temporary")):
        await _alter_family(tx, at, step)
    await _alter_people(tx, at, plan)
    for enrolment in plan.enrolments:
        await _alter_enrolments(tx, at, enrolment)
    for step in plan.families:
        await _tell(tx, at, step)
    await settle_flags(tx, at.caller, at.change, plan)
    for region in plan.regions:
        await ask_evaluation(tx, at.caller, region)


async def _alter_family(tx: AsyncConnection, at: Applying, step: FamilyStep) -> None:
    old = at.held.get(step.household_id)
    kk = await _kk_of(tx, at, step)
    change_id = at.change["id"]
    if old is None:
        if not step.is_new or kk is None:
            raise Refused("changed_meanwhile")
        await add_household(tx, step.household_id, step.region_code, kk, change_id)
    elif kk is not None or step.region_code != old["region_code"]:
        await alter_household(
            tx, at.keys.sealer, old, change_id, region_code=step.region_code, kk=kk
        )
        if step.region_code != old["region_code"]:
            moved = {"household_id": step.household_id, "region_code": step.region_code}
            await tx.execute(follow_queries.FOLLOW, moved)
    await tx.execute(
        queries.ADD_HOUSEHOLD_CHANGE,
        {
            "household_id": step.household_id,
            "sequence": step.sequence + 1,
            "change_id": change_id,
            "kind": step.kind,
            "card_action": step.card_action,
            "related_household_id": step.related_id,
            "happened_on": at.change["happened_on"],
            "changed_at": clock.utc_now(),
            "region_code_before": old["region_code"] if old else None,
            "region_code_after": step.region_code,
            "kk_index_before": old["kk_index"] if old and kk else None,
            "kk_sealed_before": old["kk_sealed"] if old and kk else None,
        },
    )


async def _kk_of(tx: AsyncConnection, at: Applying, step: FamilyStep) -> KkNumber | None:
    """Return the KK number that a family gets by this step, or None when it keeps its own."""
    if step.kk == "keep":
        return None
    if step.kk == "temporary":
        return temporary_kk(at.keys.sealer, at.keys.index, step.household_id)
    if step.kk == "related":
        related = at.held[step.related_id] if step.related_id else None
        return KkNumber(related["kk_index"], related["kk_sealed"]) if related else None
    if step.kk == "back":
        asked = {"change_id": at.change["corrects_id"]}
        rows = (await tx.execute(queries.HOUSEHOLD_CHANGES_OF, asked)).mappings()
        row = next(one for one in rows if one["household_id"] == step.household_id)
        return KkNumber(row["kk_index_before"], row["kk_sealed_before"])
    given = KkNumber(at.change["kk_index"], at.change["kk_sealed"])
    if await household_with_kk(tx, given.index) is not None:
        raise Refused("change_kk_known")
    return given


async def _alter_people(tx: AsyncConnection, at: Applying, plan: Plan) -> None:
    asked = {"person_ids": [one.person_id for one in plan.persons]}
    rows = (await tx.execute(queries.LOCK_PERSONS, asked)).mappings()
    found = {row["id"]: row for row in rows}
    for step in sorted(plan.persons, key=lambda one: one.person_id):
        old = found[step.person_id]
        if old["version"] != step.version:
            raise Refused("changed_meanwhile")
        version = await alter_person(
            tx,
            step.person_id,
            step.version,
            at.change["id"],
            household_id=step.household_id,
            relation=step.relation,
            status=step.status,
        )
        await tx.execute(
            queries.ADD_PERSON_CHANGE,
            {
                "change_id": at.change["id"],
                "person_id": step.person_id,
                "household_id_before": old["household_id"],
                "relation_before": old["relation"],
                "status_before": old["status"],
                "version_after": version,
            },
        )


async def _alter_enrolments(tx: AsyncConnection, at: Applying, step: EnrolmentStep) -> None:
    # An enrolment names the place where it was approved; the family's place of today, which was
    # demanded, may be another one.
    names = {"enrolment_ids": list(step.enrolment_ids)}
    regions = (await tx.execute(queries.ENROLMENT_REGIONS, names)).scalars()
    caller = replace(at.caller, regions=(*at.caller.regions, *regions))
    told: dict[str, Any] = {"change_id": at.change["id"]}
    if step.act == "end":
        done = await end_enrolments(tx, caller, step.enrolment_ids, step.reason, **told)
    elif step.act == "suspend":
        done = await suspend_enrolments(tx, caller, step.enrolment_ids, step.reason, **told)
    else:
        states = STOPPED if at.change["kind"] == "correction" else SUSPENDED
        done = await resume_enrolments(
            tx, caller, step.enrolment_ids, step.reason, states=states, **told
        )
    if done != len(step.enrolment_ids):
        raise Refused("changed_meanwhile")


async def _tell(tx: AsyncConnection, at: Applying, step: FamilyStep) -> None:
    """Tell the others of a family that they know: one that was ever enrolled."""
    asked = {"household_id": step.household_id}
    if not await tx.scalar(queries.WAS_EVER_ENROLLED, asked):
        return
    rows = (await tx.execute(queries.MEMBERS, asked)).mappings().all()
    head = next(
        (row for row in rows if row["relation"] == "head" and row["status"] == "alive"), None
    )
    known = {"head_name": (head or (rows[0] if rows else {"name": NAMELESS}))["name"]}
    number = await kk_of(tx, at.keys.sealer, step.household_id)
    if number:
        known["kk_number"] = number
    told: dict[str, Any] = {"kind": step.kind, "card_action": step.card_action}
    event = HouseholdChangedV1(
        **told,
        household_id=step.household_id,
        region_code=step.region_code,
        sealed=at.keys.event_sealer.seal_json(known, f"household:{step.household_id}"),
        related_household_id=step.related_id,
        happened_on=at.change["happened_on"],
        changed_at=clock.utc_now(),
    )
    await outbox.publish(
        tx,
        event,
        source=SOURCE,
        subject=f"household:{step.household_id}",
        sequence=step.sequence + 1,
    )
