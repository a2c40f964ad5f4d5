"""What a lease holds, with the names and cards by which its families are known at a counter."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.sealed import Sealer
from common.web.formats import in_wib
from redemption.cards.printed_name import open_name
from redemption.entitlements import lease_queries as rights
from redemption.entitlements.persons import persons_of
from redemption.leases import queries


@dataclass(frozen=True, slots=True)
class Family:
    """A family of a lease: the name as printed on its newest card, its cards, its rights."""

    household_id: UUID
    name: str
    cards: tuple[str, ...]
    rights: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """A lease as the terminal gets it."""

    head: RowMapping
    benefits: list[RowMapping]
    families: list[Family]


async def read(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, head: RowMapping, now: datetime
) -> Taken:
    """Return what is set aside under a lease now; whose names were opened is noted."""
    held = await rights.of_lease(tx, head["id"])
    by_family: dict[UUID, list[RowMapping]] = defaultdict(list)
    for row in held:
        by_family[row["household_id"]].append(row)
    cards: dict[UUID, list[RowMapping]] = defaultdict(list)
    for card in await queries.cards_of(tx, list(by_family), now):
        cards[card["household_id"]].append(card)
    names = await _names_of_persons(tx, sealer, held)
    families = [
        Family(
            household_id=household_id,
            name=open_name(sealer, own[0]["card_id"], own[0]["printed_name"]),
            cards=tuple(card["card_id"] for card in own),
            rights=tuple(_right(row, names) for row in by_family[household_id]),
        )
        for household_id, own in sorted(cards.items())
    ]
    keys = {(row["cycle_id"], row["benefit_id"]) for row in held}
    benefits = [
        row
        for row in await rights.open_benefits(tx, in_wib(now).date())
        if (row["cycle_id"], row["benefit_id"]) in keys
    ]
    await _note(tx, caller, head, len(families))
    return Taken(head, benefits, families)


async def _names_of_persons(
    tx: AsyncConnection, sealer: Sealer, held: list[RowMapping]
) -> dict[UUID, str]:
    """Return the names of members who have rights of their own, by the member's id."""
    of_persons = [row["household_id"] for row in held if row["subject_id"] != row["household_id"]]
    if not of_persons:
        return {}
    return {
        person_id: person.name
        for person_id, person in (await persons_of(tx, sealer, of_persons)).items()
    }


def _right(row: RowMapping, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "entitlement_id": row["entitlement_id"],
        "cycle_id": row["cycle_id"],
        "benefit_id": row["benefit_id"],
        "subject_id": row["subject_id"],
        "subject_name": names.get(row["subject_id"]),
        "remaining_quantity": row["remaining_quantity"],
        "remaining_rupiah": row["remaining_rupiah"],
    }


async def _note(tx: AsyncConnection, caller: Principal, head: RowMapping, families: int) -> None:
    await audit.record(
        tx,
        caller,
        "lease.read",
        "lease",
        head["id"],
        region_code=head["region_codes"][0],
        details={"families": families, "terminal_id": str(head["terminal_id"])},
    )
