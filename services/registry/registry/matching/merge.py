"""Two records of one person become one, and two again when that was wrong.

The closed record stays in the database with everything it said and points to the one that stands
for it; facts and flags about it move there. Nothing is copied over: of two NIKs, the kept record's
stays.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.ids import new_id
from common.problems import Refused
from registry.eligibility.ask import ask_evaluation
from registry.flags.clear import clear_of_subjects
from registry.flags.raise_flag import raise_flags
from registry.flags.rules import HOUSEHOLD, REASON_CHARACTERS_MIN, NewFlag
from registry.matching import merge_queries as queries
from registry.matching import queries as pairs
from registry.matching.flagging import SOURCE, put_flags

EMPTY = "empty_household"
MERGED = "merged"


async def merge(tx: AsyncConnection, caller: Principal, candidate: RowMapping, keep: UUID) -> UUID:
    """Join a pair's records, in the caller's transaction; return the id of the merge.

    Raises Refused: pair_changed, keep_the_one_with_nik, merge_enrolled_family.
    """
    kept, closed = await _sides(tx, candidate, keep)
    if closed["has_nik"] and not kept["has_nik"]:
        raise Refused("keep_the_one_with_nik")
    await _demand_not_enrolled(tx, kept, closed)
    moved = await _move(tx, closed["id"], kept)
    moved |= {"status": closed["status"], "relation": closed["relation"]}
    await tx.execute(queries.CLOSE_PERSON, {"closed_id": closed["id"], "kept_id": keep})
    moved["pairs"] = await _close_pairs(tx, caller, candidate["id"], closed["id"])
    merge_id = new_id()
    await tx.execute(
        queries.INSERT_MERGE,
        {
            "id": merge_id,
            "candidate_id": candidate["id"],
            "kept_id": keep,
            "closed_id": closed["id"],
            "closed_household_id": closed["household_id"],
            "moved": moved,
            "merged_by": caller.subject,
            "merged_by_name": caller.name,
        },
    )
    await _note_empty(tx, caller, closed)
    await _note(tx, caller, "person.merged", kept, closed)
    return merge_id


async def undo(tx: AsyncConnection, caller: Principal, candidate: RowMapping, reason: str) -> None:
    """Part what a pair's decision had joined; everything is where it was. The pair is open again.

    Raises Refused: reason_too_short, merge_not_standing, merge_undo_later_first.
    """
    reason = " ".join(reason.split())
    if len(reason) < REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=REASON_CHARACTERS_MIN)
    asked = {"candidate_id": candidate["id"]}
    found = (await tx.execute(queries.STANDING_MERGE, asked)).mappings().one_or_none()
    if found is None:
        raise Refused("merge_not_standing")
    by_id = await _locked(tx, [found["kept_id"], found["closed_id"]])
    kept, closed = by_id[found["kept_id"]], by_id[found["closed_id"]]
    if kept["status"] == MERGED:
        raise Refused("merge_undo_later_first")
    moved: dict[str, Any] = found["moved"]
    back = {"status": moved["status"], "relation": moved["relation"]}
    people = {"closed_id": closed["id"], "kept_id": kept["id"]}
    await tx.execute(queries.REOPEN_PERSON, {**people, **back})
    await _move(tx, kept["id"], closed, only=moved)
    said = {"person": caller.subject, "person_name": caller.name, "why": reason}
    await tx.execute(queries.UNDO, {"merge_id": found["id"], **said})
    await tx.execute(pairs.REOPEN, asked)
    again = (await tx.execute(queries.OPEN_PAIRS_AGAIN, {"ids": moved["pairs"]})).all()
    touched = {kept["id"], closed["id"], *(one for pair in again for one in pair)}
    await put_flags(tx, caller, touched)
    await clear_of_subjects(
        tx, caller, [closed["household_id"]], kind=EMPTY, reason=reason, source=SOURCE
    )
    await _note(tx, caller, "person.merge_undone", kept, closed)


async def _sides(
    tx: AsyncConnection, candidate: RowMapping, keep: UUID
) -> tuple[RowMapping, RowMapping]:
    by_id = await _locked(tx, [candidate["person_a"], candidate["person_b"]])
    if len(by_id) != 2 or MERGED in {one["status"] for one in by_id.values()}:
        raise Refused("pair_changed")
    kept = by_id.pop(keep)
    return kept, next(iter(by_id.values()))


async def _locked(tx: AsyncConnection, person_ids: list[UUID]) -> dict[UUID, RowMapping]:
    rows = await tx.execute(queries.LOCK_PERSONS, {"person_ids": person_ids})
    return {row["id"]: row for row in rows.mappings()}


async def _demand_not_enrolled(tx: AsyncConnection, kept: RowMapping, closed: RowMapping) -> None:
    """Refuse what would take a member from a family that has a card and rights."""
    if kept["household_id"] == closed["household_id"]:
        return
    asked = {"household_id": closed["household_id"], "today": clock.utc_now().date()}
    if await tx.scalar(queries.ENROLLED, asked):
        raise Refused("merge_enrolled_family")


async def _move(
    tx: AsyncConnection, from_id: UUID, to: RowMapping, *, only: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Move facts, flags and earlier merges from one record to another; return their ids."""
    way = {"from_id": from_id, "to_id": to["id"]}
    home = {"to_household_id": to["household_id"]}
    ids = {name: only[name] if only is not None else None for name in ("facts", "flags", "people")}
    shelved = list((await tx.execute(queries.SHELVE_FACTS, {**way, "ids": ids["facts"]})).scalars())
    facts = await tx.execute(queries.SAY_ANEW, {"to_id": to["id"], **home, "shelved": shelved})
    await tx.execute(queries.TAKE_OUT, {"shelved": shelved})
    flags = await tx.execute(
        queries.MOVE_FLAGS, {**way, **home, "to_region": to["region_code"], "ids": ids["flags"]}
    )
    people = await tx.execute(queries.FOLLOW, {**way, "ids": ids["people"]})
    return {
        "facts": list(facts.scalars()),
        "flags": [str(one) for one in flags.scalars()],
        "people": [str(one) for one in people.scalars()],
    }


async def _close_pairs(
    tx: AsyncConnection, caller: Principal, candidate_id: UUID, closed_id: UUID
) -> list[str]:
    asked = {"closed_id": closed_id, "candidate_id": candidate_id}
    rows = (await tx.execute(queries.CLOSE_PAIRS, asked)).mappings().all()
    touched = {row[side] for row in rows for side in ("person_a", "person_b")}
    await put_flags(tx, caller, touched)
    return [str(row["id"]) for row in rows]


async def _note_empty(tx: AsyncConnection, caller: Principal, closed: RowMapping) -> None:
    household_id = closed["household_id"]
    if await tx.scalar(queries.LIVING_MEMBERS, {"household_id": household_id}):
        return
    flag = NewFlag(
        subject_kind=HOUSEHOLD,
        subject_id=household_id,
        household_id=household_id,
        region_code=closed["region_code"],
        kind=EMPTY,
        source=SOURCE,
        source_on=clock.utc_now().date(),
    )
    await raise_flags(tx, caller, [flag])


async def _note(
    tx: AsyncConnection, caller: Principal, action: str, kept: RowMapping, closed: RowMapping
) -> None:
    for region in sorted({kept["region_code"], closed["region_code"]}):
        await ask_evaluation(tx, caller, region)
    await audit.record(
        tx,
        caller,
        action,
        "person",
        kept["id"],
        region_code=kept["region_code"],
        details={"closed": str(closed["id"])},
    )
