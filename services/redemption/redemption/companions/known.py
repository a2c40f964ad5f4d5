"""A companion is known again by phone number, or by name within a village, never by reading one."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import ids
from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from redemption.companions import queries
from redemption.companions.rules import (
    NAME_MAX,
    NAME_MIN,
    PHONE_MAX,
    plain_name,
    plain_phone,
)

LOCK_BYTES = 4


@dataclass(frozen=True, slots=True)
class Keys:
    """What seals names and reasons, and what finds equal ones without opening them."""

    sealer: Sealer
    index: BlindIndex


@dataclass(frozen=True, slots=True)
class Person:
    """A companion as somebody says it; the phone number may be empty."""

    name: str
    phone: str = ""

    def checked(self) -> "Person":
        """Return it in order; raises Refused invalid_input."""
        name = " ".join(self.name.split())
        is_name = len(plain_name(name)) >= NAME_MIN and len(name) <= NAME_MAX
        is_phone = not self.phone.strip() or bool(plain_phone(self.phone))
        if not is_name or not is_phone or len(self.phone) > PHONE_MAX:
            wrong = "phone" if is_name else "name"
            raise Refused("invalid_input", fields=[{"field": wrong, "problem": "?"}])
        return Person(name, plain_phone(self.phone))


def seal_person(sealer: Sealer, companion_id: UUID, person: Person) -> bytes:
    """Return a name and phone number as they are stored."""
    said = json.dumps({"name": person.name, "phone": person.phone})
    return sealer.seal_text(said, f"companions.person:{companion_id}")


def open_person(sealer: Sealer, companion_id: UUID, sealed: bytes) -> Person:
    """Return a stored name and phone number; raises SealBroken."""
    said = json.loads(sealer.open_text(sealed, f"companions.person:{companion_id}"))
    return Person(said["name"], said["phone"])


async def known(tx: AsyncConnection, keys: Keys, person: Person, region_code: str) -> UUID:
    """Return the id of a companion, the same for the same person, and hold it until the end.

    A phone number decides; without one, or where it is new, the name within the village does.
    Two people of one name in one village are told apart by their numbers only.
    """
    by_name = mark_of_name(keys, person, region_code)
    by_phone = keys.index.of("companion.phone", person.phone) if person.phone else None
    marks = [by_name, by_phone] if by_phone is not None else [by_name]
    await _hold(tx, marks)
    companion_id = await _found(tx, keys, person, by_name, by_phone)
    for mark in marks:
        await tx.execute(queries.ADD_MARK, {"mark": mark, "companion_id": companion_id})
    await tx.execute(queries.HOLD, {"companion_id": companion_id})
    return companion_id


async def hold_names(tx: AsyncConnection, keys: Keys, people: Iterable[tuple[Person, str]]) -> None:
    """Hold several persons, each with a village, until the transaction ends: before `known`.

    A transaction that comes to know more than one takes them at once; otherwise it could wait in a
    circle with another one.
    """
    await _hold(tx, [mark_of_name(keys, person, region_code) for person, region_code in people])


def mark_of_name(keys: Keys, person: Person, region_code: str) -> bytes:
    """Return by what somebody is known again without a phone number: the name in a village."""
    return keys.index.of("companion.name", f"{region_code}:{plain_name(person.name)}")


async def _hold(tx: AsyncConnection, marks: Iterable[bytes]) -> None:
    """Hold marks in one order, so that two counters never wait for each other in a circle."""
    for key in sorted({lock_of(mark) for mark in marks}):
        await tx.execute(queries.LOCK_MARK, {"key": key})


def lock_of(mark: bytes) -> int:
    """Return the number of a mark's lock."""
    return int.from_bytes(mark[:LOCK_BYTES], signed=True)


async def _found(
    tx: AsyncConnection, keys: Keys, person: Person, by_name: bytes, by_phone: bytes | None
) -> UUID:
    if by_phone is not None:
        same_phone = await queries.of_mark(tx, by_phone)
        if same_phone is not None:
            return UUID(str(same_phone["id"]))
    same_name = await queries.of_mark(tx, by_name)
    if same_name is not None and (by_phone is None or not same_name["has_phone"]):
        found = UUID(str(same_name["id"]))
        if by_phone is not None:
            sealed = seal_person(keys.sealer, found, person)
            await tx.execute(queries.GIVE_PHONE, {"id": found, "sealed_person": sealed})
        return found
    made = ids.new_id()
    sealed = seal_person(keys.sealer, made, person)
    row = {"id": made, "sealed_person": sealed, "has_phone": by_phone is not None}
    await tx.execute(queries.ADD, row)
    return made
