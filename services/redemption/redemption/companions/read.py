"""Who collected for whom, as a village reads it: names and reasons opened, every look noted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.card_token import card_number
from common.problems import Refused
from common.sealed import Sealer
from common.web.formats import in_wib
from redemption.companions import queries
from redemption.companions.known import open_person

SHOWN = timedelta(days=30)
SHOWN_OF_FAMILY = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Seen:
    """Authorisations and acts with their words opened."""

    standing: list[dict[str, Any]]
    acts: list[dict[str, Any]]


async def of_regions(tx: AsyncConnection, caller: Principal, sealer: Sealer, now: datetime) -> Seen:
    """Return what is in force and what happened lately where somebody may look."""
    standing = await queries.standing(
        tx, caller.regions, household_id=None, today=in_wib(now).date()
    )
    acts = await queries.acts(tx, caller.regions, household_id=None, since=now - SHOWN)
    details = {"standing": len(standing), "acts": len(acts)}
    where = ",".join(caller.regions)
    await audit.record(tx, caller, "companions.read", "region", where, details=details)
    return _opened(sealer, standing, acts)


async def of_family(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, household_id: UUID, now: datetime
) -> tuple[RowMapping, Seen]:
    """Return a family's card and all about its companions.

    Raises Refused: not_found, also for a family of other regions.
    """
    found = await tx.execute(queries.FAMILY, {"household_id": household_id})
    family = found.mappings().one_or_none()
    if family is None or not caller.covers(family["region_code"]):
        raise Refused("not_found")
    region = {"region_code": family["region_code"]}
    await audit.record(tx, caller, "companions.read", "household", household_id, **region)
    today: date = in_wib(now).date()
    standing = await queries.standing(tx, caller.regions, household_id=household_id, today=today)
    since = now - SHOWN_OF_FAMILY
    acts = await queries.acts(tx, caller.regions, household_id=household_id, since=since)
    return family, _opened(sealer, standing, acts)


async def names_of(
    tx: AsyncConnection, sealer: Sealer, companion_ids: Sequence[UUID]
) -> dict[UUID, str]:
    """Return the names of companions; whoever asks notes the look at what it shows."""
    found = await tx.execute(queries.NAMES, {"ids": list(companion_ids)})
    return {row.id: open_person(sealer, row.id, row.sealed_person).name for row in found}


def _opened(sealer: Sealer, standing: list[RowMapping], acts: list[RowMapping]) -> Seen:
    return Seen(
        [_with_words(sealer, row, "companion_authorisations") for row in standing],
        [_with_words(sealer, row, "companion_acts") for row in acts],
    )


def _with_words(sealer: Sealer, row: RowMapping, table: str) -> dict[str, Any]:
    person = open_person(sealer, row["companion_id"], row["sealed_person"])
    return dict(row) | {
        "name": person.name,
        "phone": person.phone,
        "reason": sealer.open_text(row["sealed_reason"], f"{table}.reason:{row['id']}"),
        "card_number": card_number(row["card_id"]),
    }
