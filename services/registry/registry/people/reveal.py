"""Opening a family's sealed numbers and address, for a reason that stays on record."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from registry.people import queries, rules
from registry.people.household import find_for

REASON_CHARACTERS_MIN = 10


@dataclass(frozen=True, slots=True)
class Opened:
    """What was sealed, readable; NIKs by the id of the person."""

    kk: str
    address: str
    niks: Mapping[UUID, str]


async def reveal(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, household_id: UUID, reason: str
) -> Opened:
    """Return the numbers of a family; who asked and why is in the audit log.

    Raises Refused: not_found, outside_your_regions, reason_too_short.
    """
    reason = " ".join(reason.split())
    if len(reason) < REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=REASON_CHARACTERS_MIN)
    record = await find_for(tx, caller, household_id)
    await audit.record(
        tx,
        caller,
        "household.reveal",
        "household",
        household_id,
        region_code=record["region_code"],
        details={"reason": _without_numbers(reason)},
    )
    kk_index = record["kk_index"]
    address = ""
    if record["address_sealed"] is not None:
        address = sealer.open_text(record["address_sealed"], rules.address_context(kk_index))
    rows = (await tx.execute(queries.MEMBERS, {"household_id": household_id})).mappings()
    niks = {
        row["id"]: sealer.open_text(row["nik_sealed"], rules.nik_context(row["nik_index"]))
        for row in rows
        if row["nik_sealed"] is not None
    }
    return Opened(sealer.open_text(record["kk_sealed"], rules.kk_context(kk_index)), address, niks)


def _without_numbers(reason: str) -> str:
    """Keep a NIK that someone typed as the reason out of the log."""
    return rules.DIGITS_16.sub("[16 digit]", reason)
