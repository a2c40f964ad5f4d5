"""A family as a change finds it: who lives in it, what runs, how many changes it has seen."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.changes import queries
from registry.changes.rules import Family, Member
from registry.enrolment.change_state import running_of


async def read_family(tx: AsyncConnection, household: RowMapping) -> Family:
    """Return a family whose record is at hand (locked, where a change is to be made)."""
    household_id: UUID = household["id"]
    asked = {"household_id": household_id}
    rows = (await tx.execute(queries.MEMBERS, asked)).mappings()
    members = tuple(
        Member(
            row["id"],
            row["version"],
            row["household_id"],
            row["relation"],
            row["status"],
            row["name"],
        )
        for row in rows
    )
    enrolments = await running_of(tx, [household_id])
    return Family(
        household_id,
        household["region_code"],
        members,
        tuple(row["id"] for row in enrolments if row["state"] == "active"),
        tuple(row["id"] for row in enrolments if row["state"] == "suspended"),
        int(await tx.scalar(queries.SEQUENCE, asked) or 0),
    )
