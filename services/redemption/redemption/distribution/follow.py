"""How a distribution day goes: expected, served, left, by hour and by terminal."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.web.formats import WIB
from redemption.distribution import queries
from redemption.distribution.rules import STOCK_KINDS, Count

Row = dict[str, Any]
# A line is written on the day or later: a terminal's clock may run this far ahead at most.
CLOCK_AHEAD_MAX = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Served:
    """One benefit of a day. `expected` are the rights that were not used before it began."""

    benefit_id: UUID
    cycle_id: UUID
    name_id: str
    name_en: str
    kind: str
    served: int
    left: int
    rupiah: int

    @property
    def expected(self) -> int:
        """How many there were to serve."""
        return self.served + self.left


@dataclass(frozen=True, slots=True)
class Day:
    """A distribution day with all that its page shows."""

    found: Row
    benefits: list[Served]
    hours: list[Row]
    terminals: list[Row]
    stock: list[Row]
    signatures: list[Row]
    after_closing: int

    @property
    def served(self) -> int:
        """How many rights were served in all."""
        return sum(one.served for one in self.benefits)

    @property
    def left(self) -> int:
        """How many are left."""
        return sum(one.left for one in self.benefits)

    @property
    def unsent(self) -> int:
        """How many acts the terminals said they had not sent yet when they were last heard."""
        return sum(one["unsent_lines"] or 0 for one in self.terminals)

    @property
    def leased(self) -> int:
        """How many families are in leases of the day that still stand."""
        return sum(one["leased_families"] or 0 for one in self.terminals)

    @property
    def counts(self) -> list[Count]:
        """Return what came, went back and was given, by benefit."""
        names = {one.benefit_id: one for one in self.benefits if one.kind == "parcel"}
        return [
            Count(
                benefit_id,
                one.name_id,
                one.name_en,
                **{kind: self._noted(benefit_id, kind) for kind in STOCK_KINDS},
                given=one.served,
            )
            for benefit_id, one in names.items()
        ]

    def _noted(self, benefit_id: UUID, kind: str) -> int:
        return sum(
            one["quantity"]
            for one in self.stock
            if one["benefit_id"] == benefit_id and one["kind"] == kind
        )


async def follow(tx: AsyncConnection, found: Row) -> Day:
    """Return how a day stands now."""
    asked = {"distribution_id": found["id"]}
    terminals = await queries.rows(tx, queries.SHARES, **asked)
    begin = datetime.combine(found["held_on"], time.min, WIB).astimezone(UTC)
    acts = {
        "partner_id": found["partner_id"],
        "terminal_ids": [one["terminal_id"] for one in terminals],
        "held_on": found["held_on"],
        "since": begin - CLOCK_AHEAD_MAX,
    }
    given = await queries.rows(tx, queries.GIVEN, **acts)
    by_terminal = {
        one["terminal_id"]: one for one in await queries.rows(tx, queries.BY_TERMINAL, **acts)
    }
    nothing = {"acts": 0, "offline": 0, "last_at": None}
    late = 0
    if found["closed_at"] is not None:
        late_asked = {**acts, "closed_at": found["closed_at"]}
        late = int(await tx.scalar(queries.AFTER_CLOSING, late_asked) or 0)
    return Day(
        found=found,
        benefits=await _benefits(tx, found, given),
        hours=await queries.rows(tx, queries.BY_HOUR, **acts),
        terminals=[{**one, **by_terminal.get(one["terminal_id"], nothing)} for one in terminals],
        stock=await queries.rows(tx, queries.STOCK, **asked),
        signatures=await queries.rows(tx, queries.SIGNATURES, **asked),
        after_closing=late,
    )


async def _benefits(tx: AsyncConnection, found: Row, given: list[Row]) -> list[Served]:
    """Return the day's benefits: those that are left, and those that were given."""
    names = ("region_codes", "partner_id", "held_on")
    left = await queries.rows(tx, queries.LEFT, **{name: found[name] for name in names})
    given_by = {_key(one): one for one in given}
    gone = given_by.keys() - {_key(one) for one in left}
    named = await queries.rows(tx, queries.BENEFIT_NAMES, benefit_ids=[key[1] for key in gone])
    left += [{**one, "left_over": 0} for one in named if _key(one) in gone]
    nothing = {"quantity": 0, "rupiah": 0}
    return [
        Served(
            one["benefit_id"],
            one["cycle_id"],
            one["name_id"],
            one["name_en"],
            one["kind"],
            served=int(given_by.get(_key(one), nothing)["quantity"]),
            left=one["left_over"],
            rupiah=int(given_by.get(_key(one), nothing)["rupiah"]),
        )
        for one in left
    ]


def _key(row: Row) -> tuple[UUID, UUID]:
    return row["cycle_id"], row["benefit_id"]
