"""Telling subscribers what has changed: noted by whole transactions, told in batches."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock, ids
from registry.dci import callbacks, find, profiles, queries, search_queries
from registry.dci.answer import demand_enrolments
from registry.dci.attributes import Entity
from registry.dci.callbacks import Outgoing
from registry.dci.find import Tools
from registry.dci.profiles import Profile
from registry.dci.rules import REG_TYPES, VERSION, ItemRejected, stamp
from registry.dci.subscriptions import kept_condition

CHANGES_AT_ONCE = 100


async def note_changes(tx: AsyncConnection) -> None:
    """Write down whose records changed since the last look, when anybody wants to be told.

    Transactions are looked at whole, by their numbers and not by their times: an import that takes
    an hour is told of once it is done, and nothing is told twice.
    """
    till = int(await tx.scalar(queries.NEXT_HORIZON) or 0)
    since = await tx.scalar(queries.HORIZON)
    if since is None:
        await tx.execute(queries.BEGIN_HORIZON, {"number": till})
        return
    if till <= since:
        return
    if await tx.scalar(queries.IS_ANYBODY_TOLD):
        for statement in queries.NOTE_CHANGES:
            await tx.execute(statement, {"since": since, "till": till})
    await tx.execute(queries.MOVE_HORIZON, {"number": till})


async def tell_changes(tx: AsyncConnection, tools: Tools) -> int:
    """Queue notices about the next changes; return how many changes there were."""
    taken = (await tx.execute(queries.TAKE_CHANGES, {"rows": CHANGES_AT_ONCE})).mappings().all()
    if not taken:
        return 0
    subscriptions = (await tx.execute(queries.OPEN_SUBSCRIPTIONS)).mappings().all()
    for subscription in subscriptions:
        wanted = [row for row in taken if _is_meant(row, subscription)]
        profile = await profiles.of_client(tx, subscription["client_id"]) if wanted else None
        if profile is not None:
            await _tell(tx, tools, profile, subscription, wanted)
    return len(taken)


def _is_meant(change: RowMapping, subscription: RowMapping) -> bool:
    same = ("registry", "event")
    return all(change[name] == subscription[name] for name in same)


async def _tell(
    tx: AsyncConnection,
    tools: Tools,
    profile: Profile,
    subscription: RowMapping,
    changes: Sequence[RowMapping],
) -> None:
    try:
        if subscription["registry"] == "ibr":
            demand_enrolments(profile)
        condition = kept_condition(profile, tools, subscription)
    except ItemRejected:
        return  # The agreement no longer has what the subscription is about.
    asked = {**condition.values, "scopes": list(profile.scopes)}
    ids_of = sorted({row["household_id"] for row in changes})
    found = await tx.execute(
        search_queries.which_of(condition.sql), {**asked, "household_ids": ids_of}
    )
    meant = set(found.scalars())
    rows = [row for row in changes if row["household_id"] in meant]
    families = await find.read(tx, profile, tools, meant)
    entity = _entity(subscription)
    records = [
        record
        for row in _subjects(rows, families.members, entity)
        for record in find.records(families, profile, entity, [row])
    ]
    if not records:
        return
    await find.note(tx, profile, families, by="dci.notify")
    outgoing = Outgoing(
        subscription["registry"], "notify", "succ", _message(subscription, records), len(records)
    )
    await callbacks.enqueue(tx, tools.sealer, profile, subscription["sender_uri"], outgoing)


def _entity(subscription: RowMapping) -> Entity:
    named = subscription["record_type"]
    if named == "Beneficiary" or named == "Group":
        entity: Entity = named
        return entity
    return "Member"


def _subjects(
    rows: Sequence[RowMapping], members: Mapping[UUID, Sequence[dict[str, Any]]], entity: Entity
) -> list[dict[str, Any]]:
    """Return what each change is told about: the family, those in it, or the new member."""
    found: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for row in rows:
        subjects = [row["subject_id"]]
        if entity == "Group":
            subjects = [row["household_id"]]
        elif entity == "Member" and row["event"] != "NewHouseHoldMember":
            subjects = [one["id"] for one in members.get(row["household_id"], ())]
        for subject in subjects:
            key = row["household_id"], subject
            found[key] = {"household_id": key[0], "subject_id": subject}
    return list(found.values())


def _message(subscription: RowMapping, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    at = stamp(clock.utc_now())
    about = {
        "version": VERSION,
        "reg_type": REG_TYPES[subscription["registry"]],
        "reg_event_type": subscription["event"],
        "reg_record_type": subscription["record_type"],
    }
    events = [
        {
            "reference_id": str(ids.new_id()),
            "timestamp": at,
            "data": {**about, "reg_records": record},
            "locale": "ind",
        }
        for record in records
    ]
    return {"transaction_id": str(subscription["code"]), "notify_event": events}
