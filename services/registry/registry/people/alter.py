"""Altering a person or a family by a change that two people have confirmed; the old is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from registry.people import alter_queries as queries
from registry.people import rules

KK_PURPOSE = "kk"


@dataclass(frozen=True, slots=True)
class KkNumber:
    """A family card's number as it is kept: found by its index, opened only for display."""

    index: bytes
    sealed: bytes


def kk_number(sealer: Sealer, index: BlindIndex, number: str) -> KkNumber:
    """Return a KK number sealed; raises Refused number_not_16_digits."""
    digits = "".join(number.split())
    if not rules.DIGITS_16.fullmatch(digits):
        raise Refused("number_not_16_digits")
    return _kept(sealer, index, digits)


def temporary_kk(sealer: Sealer, index: BlindIndex, household_id: UUID) -> KkNumber:
    """Return what a family goes by until its own KK number is known."""
    return _kept(sealer, index, f"TK-{rules.temporary_number(household_id)[3:]}")


def real_kk(sealer: Sealer, kk_sealed: bytes, kk_index: bytes) -> str:
    """Return a family's KK number, or nothing while it goes by a temporary one."""
    text = sealer.open_text(kk_sealed, rules.kk_context(kk_index))
    return text if rules.DIGITS_16.fullmatch(text) else ""


async def kk_of(tx: AsyncConnection, sealer: Sealer, household_id: UUID) -> str:
    """Return the KK number that a family has now, or nothing while it is a temporary one."""
    found = await tx.execute(queries.KK_OF, {"household_id": household_id})
    row = found.one()
    return real_kk(sealer, row.kk_sealed, row.kk_index)


def _kept(sealer: Sealer, index: BlindIndex, text: str) -> KkNumber:
    found = index.of(KK_PURPOSE, text)
    return KkNumber(found, sealer.seal_text(text, rules.kk_context(found)))


async def locked_households(
    tx: AsyncConnection, household_ids: Sequence[UUID]
) -> dict[UUID, RowMapping]:
    """Return families by id, held until the transaction ends; always in the same order."""
    asked = {"household_ids": sorted(set(household_ids))}
    rows = (await tx.execute(queries.LOCK_HOUSEHOLDS, asked)).mappings()
    return {row["id"]: row for row in rows}


async def household_with_kk(tx: AsyncConnection, kk_index: bytes) -> RowMapping | None:
    """Return the family that has a KK number, or None."""
    found = await tx.execute(queries.HOUSEHOLD_WITH_KK, {"kk_index": kk_index})
    return found.mappings().one_or_none()


async def alter_person(
    tx: AsyncConnection, person_id: UUID, version: int, source_id: UUID, **values: Any
) -> int:
    """Write a person's household_id, relation and status; return the new version.

    Raises Refused changed_meanwhile when the record is not the one that was looked at.
    """
    asked = {"person_id": person_id, "version": version, "source_id": source_id}
    await tx.execute(queries.KEEP_PERSON, asked)
    new = await tx.scalar(queries.ALTER_PERSON, {**asked, **values})
    if new is None:
        raise Refused("changed_meanwhile")
    return int(new)


async def alter_household(
    tx: AsyncConnection,
    sealer: Sealer,
    old: RowMapping,
    source_id: UUID,
    *,
    region_code: str,
    kk: KkNumber | None = None,
) -> None:
    """Write where a family lives and under which KK number; its address stays bound to that."""
    address = old["address_sealed"]
    if kk is not None and address is not None:
        text = sealer.open_text(address, rules.address_context(old["kk_index"]))
        address = sealer.seal_text(text, rules.address_context(kk.index))
    moved = region_code != old["region_code"]
    await tx.execute(queries.KEEP_HOUSEHOLD, {"household_id": old["id"]})
    await tx.execute(
        queries.ALTER_HOUSEHOLD,
        {
            "household_id": old["id"],
            "region_code": region_code,
            "kk_index": kk.index if kk else old["kk_index"],
            "kk_sealed": kk.sealed if kk else old["kk_sealed"],
            # The street of the old village says nothing about the new one.
            "address_index": None if moved else old["address_index"],
            "address_sealed": None if moved else address,
            "source_id": source_id,
        },
    )


async def add_household(
    tx: AsyncConnection, household_id: UUID, region_code: str, kk: KkNumber, source_id: UUID
) -> None:
    """Add a family that has come out of another one."""
    await tx.execute(
        queries.ADD_HOUSEHOLD,
        {
            "household_id": household_id,
            "region_code": region_code,
            "kk_index": kk.index,
            "kk_sealed": kk.sealed,
            "source_id": source_id,
        },
    )
