"""Recording a breach, and writing to everyone whose data it touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from registry.privacy import request_rules as rules
from registry.privacy import seen_queries as queries
from registry.privacy.seen import Culprit, Seen, by_login, seen

LETTERS_A_PAGE = 50
WORDS = ("data_exposed", "how_it_happened", "remedy")


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What happened, in the words that the letters will use; `id` is made by the client."""

    id: UUID
    culprit: Culprit
    discovered_at: datetime
    data_exposed: str
    how_it_happened: str
    remedy: str


async def record_incident(tx: AsyncConnection, caller: Principal, new: NewIncident) -> RowMapping:
    """Record an incident and count whom it touched; a repeat gets the first answer.

    Raises Refused: outside_your_regions, invalid_input, received_in_future, id_reused.
    """
    _demand_everywhere(caller)
    words = [rules.plain(getattr(new, name)) for name in WORDS]
    culprit = await by_login(tx, new.culprit)
    known = (await tx.execute(queries.INCIDENT, {"incident_id": new.id})).mappings().one_or_none()
    if known is not None:
        said = (known["actor"], known["request_ref"], known["how_it_happened"])
        if said != (culprit.actor, culprit.request_ref, words[1]):
            raise Refused("id_reused")
        return known
    one_of_both = (culprit.actor is None) != (culprit.request_ref is None)
    if not one_of_both or not all(words) or culprit.since > culprit.until:
        raise Refused("invalid_input")
    if new.discovered_at > clock.utc_now():
        raise Refused("received_in_future")
    found = await seen(tx, caller, culprit, rows=1)
    values = {
        "id": new.id,
        "actor": culprit.actor,
        "request_ref": culprit.request_ref,
        "seen_from": culprit.since,
        "seen_until": culprit.until,
        "discovered_at": new.discovered_at,
        "due_at": rules.due_at(new.discovered_at),
        **dict(zip(WORDS, words, strict=True)),
        "families": found.families,
        "recorded_by": caller.subject,
        "recorded_by_name": caller.name,
    }
    await tx.execute(queries.INSERT_INCIDENT, values)
    await audit.record(
        tx, caller, "incident.recorded", "incident", new.id, details={"families": found.families}
    )
    return await one(tx, caller, new.id)


def _demand_everywhere(caller: Principal) -> None:
    """Refuse who has not the whole province: what an account has seen may lie anywhere."""
    caller.demand_region(PROVINCE)


async def one(tx: AsyncConnection, caller: Principal, incident_id: UUID) -> RowMapping:
    """Return an incident; raises Refused not_found, outside_your_regions."""
    _demand_everywhere(caller)
    asked = {"incident_id": incident_id}
    found = (await tx.execute(queries.INCIDENT, asked)).mappings().one_or_none()
    if found is None:
        raise Refused("not_found")
    return found


async def listed(tx: AsyncConnection, caller: Principal) -> Sequence[RowMapping]:
    """Return the incidents, youngest first; raises Refused outside_your_regions."""
    _demand_everywhere(caller)
    return (await tx.execute(queries.INCIDENTS)).mappings().all()


def culprit_of(incident: RowMapping) -> Culprit:
    """Return whose looks an incident is about."""
    return Culprit(
        incident["seen_from"], incident["seen_until"], incident["actor"], incident["request_ref"]
    )


async def touched(
    tx: AsyncConnection,
    caller: Principal,
    incident: RowMapping,
    *,
    after: UUID | None = None,
    rows: int = 100,
) -> Seen:
    """Return a page of the families of an incident."""
    return await seen(tx, caller, culprit_of(incident), after=after, rows=rows)


async def letters(
    tx: AsyncConnection, caller: Principal, incident: RowMapping, after: UUID | None
) -> tuple[Sequence[RowMapping], UUID | None]:
    """Return to whom the next letters go, and where the letters after these begin; noted."""
    asked = {**culprit_of(incident).values(), "after": after, "rows": LETTERS_A_PAGE + 1}
    rows = (await tx.execute(queries.FAMILIES, asked)).mappings().all()
    ids = [row["household_id"] for row in rows[:LETTERS_A_PAGE]]
    heads = (await tx.execute(queries.HEADS, {"household_ids": ids})).mappings().all()
    await audit.record(
        tx,
        caller,
        "incident.letters",
        "incident",
        incident["id"],
        details={"households": [str(one) for one in ids]},
    )
    return heads, ids[-1] if len(rows) > LETTERS_A_PAGE else None


async def note_told(
    tx: AsyncConnection,
    caller: Principal,
    incident_id: UUID,
    *,
    agency_told_on: date | None,
    people_told_on: date | None,
) -> None:
    """Note when the agency and the people were told; what was noted first stays."""
    await one(tx, caller, incident_id)
    days = {"agency_told_on": agency_told_on, "people_told_on": people_told_on}
    await tx.execute(queries.TELL, {"incident_id": incident_id, **days})
    said = {name: day.isoformat() for name, day in days.items() if day is not None}
    await audit.record(tx, caller, "incident.told", "incident", incident_id, details=said)
