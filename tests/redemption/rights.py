"""Builders for rights of persons, ceilings, and the people of finance who change them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from tests.redemption.world import VILLAGE, World

from common import events
from common.auth.permissions import permissions_of
from common.auth.principal import Principal
from common.ids import new_id
from common.sealed import Sealer
from redemption.settlement.check_ledger import check_ledger


def somebody(role: str = "finance", regions: tuple[str, ...] = ("62",)) -> Principal:
    """A person of their own."""
    roles = frozenset({role})
    return Principal(str(new_id()), "Orang uji", roles, permissions_of(roles), regions)


def a_person(
    world: World, *benefits: events.Benefit, name: str = "DAYANG"
) -> events.EnrolledPerson:
    sealer = Sealer(world.settings.event_sealing_key.get_secret_value())
    person_id = new_id()
    return events.EnrolledPerson(
        person_id=person_id,
        benefit_ids=tuple(one.benefit_id for one in benefits),
        sealed=sealer.seal_json({"name": name, "birth_year": 2012}, f"person:{person_id}"),
    )


def enrolled(
    approved: events.BeneficiaryListApprovedV1,
    families: dict[UUID, Sequence[events.EnrolledPerson]],
    batch: int = 1,
) -> events.EnrolmentsApprovedV1:
    return events.EnrolmentsApprovedV1(
        list_id=approved.list_id,
        programme_code=approved.programme_code,
        cycle_id=approved.cycle.cycle_id,
        batch=batch,
        batches=batch,
        enrolments=tuple(
            events.EnrolledHousehold(
                enrolment_id=new_id(),
                household_id=household_id,
                region_code=VILLAGE,
                sealed="x",
                persons=tuple(persons),
            )
            for household_id, persons in families.items()
        ),
    )


async def rows(world: World, sql: str, **values: Any) -> list[Any]:
    async with world.engine.connect() as tx:
        return list(await tx.execute(text(sql), values))


async def value(world: World, sql: str, **values: Any) -> Any:
    async with world.engine.connect() as tx:
        return await tx.scalar(text(sql), values)


async def run(world: World, sql: str, **values: Any) -> None:
    async with world.engine.begin() as tx:
        await tx.execute(text(sql), values)


async def differences(world: World) -> list[str]:
    async with world.engine.connect() as tx:
        return (await check_ledger(tx))[1]


async def entitlement_of(world: World, household_id: UUID) -> UUID:
    found: UUID = await value(
        world, "SELECT id FROM entitlements WHERE household_id = :h", h=household_id
    )
    return found
