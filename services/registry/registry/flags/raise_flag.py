"""Raising flags: by other rooms from what they found, or by a person at a family's page."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.ids import new_id
from common.problems import Refused
from common.web.formats import in_wib
from registry.flags import queries, rules
from registry.flags.rules import NewFlag

AT_ONCE = 5000


async def raise_flags(tx: AsyncConnection, caller: Principal, flags: Sequence[NewFlag]) -> int:
    """Raise flags in the caller's name; return how many are new.

    An open flag of the same subject, kind and source is not raised twice. The audit log has one
    line with how many there are of each kind: about the family, or the region when there are more.
    """
    raised: set[UUID] = set()
    given = [(flag.id or new_id(), flag) for flag in flags]
    for start in range(0, len(given), AT_ONCE):
        some = given[start : start + AT_ONCE]
        values = {
            "flags": json.dumps([_row(flag_id, flag) for flag_id, flag in some]),
            "raised_by": caller.subject,
            "raised_by_name": caller.name,
        }
        raised.update((await tx.execute(queries.RAISE, values)).scalars())
    new = [flag for flag_id, flag in given if flag_id in raised]
    if new:
        await _note(tx, caller, new)
    return len(new)


def _row(flag_id: UUID, flag: NewFlag) -> dict[str, Any]:
    return {
        "id": str(flag_id),
        "subject_kind": flag.subject_kind,
        "subject_id": str(flag.subject_id),
        "household_id": str(flag.household_id),
        "region_code": flag.region_code,
        "kind": flag.kind,
        "severity": rules.severity_of(flag),
        "source": flag.source,
        "source_on": flag.source_on.isoformat(),
        "import_id": str(flag.import_id) if flag.import_id else None,
        "note": flag.note,
        "is_by_hand": flag.is_by_hand,
    }


async def _note(tx: AsyncConnection, caller: Principal, new: Sequence[NewFlag]) -> None:
    kinds = {kind: sum(one.kind == kind for one in new) for kind in {one.kind for one in new}}
    first, details = new[0], {"kinds": kinds}
    region = first.region_code
    if len({one.household_id for one in new}) == 1:
        home = first.household_id
        await audit.record(
            tx, caller, "flag.raised", "household", home, region_code=region, details=details
        )
        return
    await audit.record(
        tx, caller, "flag.raised", "region", region, region_code=region, details=details
    )


async def raise_by_hand(
    tx: AsyncConnection,
    caller: Principal,
    flag_id: UUID,
    *,
    subject_kind: str,
    subject_id: UUID,
    kind: str,
    source: str,
    source_on: date,
    severity: str = "",
    note: str = "",
) -> RowMapping:
    """Raise one flag as the caller's own judgement; a repeat gets the first answer.

    Raises Refused: invalid_input, not_found, outside_your_regions, flag_in_future,
    flag_open_already, id_reused.
    """
    source = " ".join(source.split())[: rules.SOURCE_CHARACTERS_MAX]
    is_known = kind in rules.kinds_by_hand(subject_kind)
    if not is_known or not source or severity not in {"", *rules.SEVERITIES}:
        raise Refused("invalid_input")
    if source_on > in_wib(clock.utc_now()).date():
        raise Refused("flag_in_future")
    place = await place_of(tx, subject_kind, subject_id)
    caller.demand_region(place["region_code"])
    flag = NewFlag(
        subject_kind=subject_kind,
        subject_id=subject_id,
        household_id=place["household_id"],
        region_code=place["region_code"],
        kind=kind,
        source=source,
        source_on=source_on,
        severity=severity or None,
        note=" ".join(note.split())[: rules.NOTE_CHARACTERS_MAX] or None,
        is_by_hand=True,
        id=flag_id,
    )
    return await _raise_once(tx, caller, flag_id, flag)


async def _raise_once(
    tx: AsyncConnection, caller: Principal, flag_id: UUID, flag: NewFlag
) -> RowMapping:
    found = (await tx.execute(queries.FLAG, {"flag_id": flag_id})).mappings().one_or_none()
    if found is None:
        if not await raise_flags(tx, caller, [flag]):
            raise Refused("flag_open_already")
        found = (await tx.execute(queries.FLAG, {"flag_id": flag_id})).mappings().one()
    said = ("subject_id", "kind", "source", "source_on", "note")
    same = all(found[name] == getattr(flag, name) for name in said)
    if not same or found["raised_by"] != caller.subject:
        raise Refused("id_reused")
    return found


async def place_of(tx: AsyncConnection, subject_kind: str, subject_id: UUID) -> RowMapping:
    """Return where a person or family is; raises Refused not_found."""
    of_person = subject_kind == rules.PERSON
    statement = queries.PLACE_OF_PERSON if of_person else queries.PLACE_OF_HOUSEHOLD
    found = (await tx.execute(statement, {"subject_id": subject_id})).mappings().one_or_none()
    if found is None:
        raise Refused("not_found")
    return found
