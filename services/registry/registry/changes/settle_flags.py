"""Flags that a confirmed change answers, and the one that it leaves."""

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from registry.changes.rules import DEAD, MOVED, Plan
from registry.flags.clear import clear_of_subjects
from registry.flags.raise_flag import raise_flags
from registry.flags.rules import HOUSEHOLD, NewFlag

SOURCE = "Perubahan keluarga"
SETTLED = "Sudah dicatat sebagai perubahan keluarga dan dikonfirmasi."


async def settle_flags(
    tx: AsyncConnection, caller: Principal, change: RowMapping, plan: Plan
) -> None:
    """Clear what the change has answered, and mark a family that it has left without members."""
    dead = [one.person_id for one in plan.persons if one.status == DEAD]
    moved = [one.person_id for one in plan.persons if one.status == MOVED]
    moved += [
        one.household_id
        for one in plan.families
        if one.kind in {"moved_in_province", "moved_out", "merged_away"}
    ]
    for kind, subjects in (("dead", dead), ("moved", moved)):
        if subjects:
            await clear_of_subjects(tx, caller, subjects, kind=kind, reason=SETTLED)
    empty = [
        NewFlag(
            subject_kind=HOUSEHOLD,
            subject_id=one.household_id,
            household_id=one.household_id,
            region_code=one.region_code,
            kind="empty_household",
            source=SOURCE,
            source_on=change["happened_on"],
        )
        for one in plan.families
        if one.kind == "merged_away" or (one.kind == "corrected" and one.kk == "temporary")
    ]
    if empty:
        await raise_flags(tx, caller, empty)
    if change["kind"] == "correction":
        back = [one.household_id for one in plan.families if one.kk != "temporary"]
        await clear_of_subjects(
            tx, caller, back, kind="empty_household", reason=SETTLED, source=SOURCE
        )
