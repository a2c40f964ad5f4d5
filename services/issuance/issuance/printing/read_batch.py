"""Read a print batch: its files, and the cards of one of them, as far as a person may see them."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from issuance.printing import queries
from issuance.printing.request_batch import find_batch
from issuance.printing.rules import batch_state


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch with those of its files that lie in the reader's regions."""

    row: RowMapping
    parts: tuple[RowMapping, ...]

    @property
    def state(self) -> str:
        """The state of the batch, as far as the reader sees it."""
        return batch_state(part["state"] for part in self.parts)

    @property
    def made(self) -> int:
        """How many files there are."""
        return sum(part["state"] == "printed" for part in self.parts)

    @property
    def awaited(self) -> int:
        """How many files there are or will be."""
        return sum(part["state"] in ("queued", "printed", "failed") for part in self.parts)

    @property
    def is_single(self) -> bool:
        """Whether a desk prints one card for itself, which nobody counts or receives."""
        return self.row["card_id"] is not None


async def read_batch(tx: AsyncConnection, principal: Principal, batch_id: UUID) -> Batch:
    """Return a batch; raises Refused: not_found, outside_your_regions."""
    row = await find_batch(tx, batch_id)
    if row is None:
        raise Refused("not_found")
    found = await tx.execute(queries.SELECT_PARTS, {"id": batch_id})
    parts = tuple(part for part in found.mappings() if principal.covers(part["region_code"]))
    if not parts:
        raise Refused("outside_your_regions")
    return Batch(row, parts)


async def read_part(
    tx: AsyncConnection, principal: Principal, batch_id: UUID, number: int
) -> tuple[RowMapping, RowMapping]:
    """Return a batch and one of its files with its story; raises as read_batch does."""
    row = await find_batch(tx, batch_id)
    found = await tx.execute(queries.SELECT_PART, {"id": batch_id, "number": number})
    part = found.mappings().one_or_none()
    if row is None or part is None:
        raise Refused("not_found")
    principal.demand_region(part["region_code"])
    return row, part


async def lock_part(tx: AsyncConnection, batch_id: UUID, number: int) -> None:
    """Make others who do something with this file wait for the end of the transaction."""
    await tx.execute(queries.SELECT_PART_FOR_UPDATE, {"id": batch_id, "number": number})


async def cards_of_part(tx: AsyncConnection, batch_id: UUID, number: int) -> list[RowMapping]:
    """Return a file's cards in their order; no names."""
    found = await tx.execute(queries.SELECT_PART_CARDS, {"id": batch_id, "number": number})
    return list(found.mappings().all())


def for_the_whole_file(principal: Principal) -> Principal:
    """Return the same person without limits of region.

    For what is done to a file that lies in the person's regions: a family that has moved away
    since does not stop it.
    """
    return replace(principal, regions=(PROVINCE,))
