"""Keeps the flags of people in step with the pairs about them that wait for a decision."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from registry.flags.clear import clear_of_subjects
from registry.flags.raise_flag import raise_flags
from registry.flags.rules import BLOCKING, NOTICE, PERSON, NewFlag
from registry.matching import queries

KIND = "possible_duplicate"
SOURCE = "Pembandingan data"
SEVERITIES = {1: NOTICE, 2: BLOCKING}
DECIDED = "Pasangannya sudah diputuskan atau datanya sudah diperbaiki."


async def put_flags(tx: AsyncConnection, caller: Principal, person_ids: Iterable[UUID]) -> int:
    """Raise, weigh anew or clear the flags of these people; return how many were raised."""
    asked = {"person_ids": list(person_ids)}
    if not asked["person_ids"]:
        return 0
    wanted = (await tx.execute(queries.WANTED_FLAGS, asked)).mappings().all()
    rows = (await tx.execute(queries.OPEN_FLAGS, asked)).mappings()
    open_now: dict[UUID, str] = {row["subject_id"]: row["severity"] for row in rows}
    over = [
        row["person_id"]
        for row in wanted
        if row["person_id"] in open_now
        and open_now[row["person_id"]] != SEVERITIES.get(row["level"])
    ]
    if over:
        await clear_of_subjects(tx, caller, over, kind=KIND, reason=DECIDED, source=SOURCE)
    today = clock.utc_now().date()
    new = [
        NewFlag(
            subject_kind=PERSON,
            subject_id=row["person_id"],
            household_id=row["household_id"],
            region_code=row["region_code"],
            kind=KIND,
            source=SOURCE,
            source_on=today,
            severity=SEVERITIES[row["level"]],
        )
        for row in wanted
        if row["level"] and open_now.get(row["person_id"]) != SEVERITIES[row["level"]]
    ]
    return await raise_flags(tx, caller, new)
