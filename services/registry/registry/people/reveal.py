"""Opening a family's sealed numbers and address, for a reason that stays on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from registry.people import queries, rules
from registry.people.household import Row, find_for, hidden_from

REASON_CHARACTERS_MIN = 10


@dataclass(frozen=True, slots=True)
class Opened:
    """What was sealed, readable; NIKs and telephone numbers by the id of the person."""

    kk: str
    address: str
    niks: Mapping[UUID, str]
    phones: Mapping[UUID, str]


async def reveal(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, household_id: UUID, reason: str
) -> Opened:
    """Return the numbers of a family; who asked and why is in the audit log.

    Numbers of restricted members stay closed to who does not look after them. Raises Refused:
    not_found, outside_your_regions, reason_too_short, person_restricted, person_erased.
    """
    reason = " ".join(reason.split())
    if len(reason) < REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=REASON_CHARACTERS_MIN)
    record = await find_for(tx, caller, household_id)
    if not record["kk_sealed"]:
        raise Refused("person_erased")
    rows = (await tx.execute(queries.MEMBERS, {"household_id": household_id})).mappings().all()
    hidden = hidden_from(caller, rows)
    if rows and len(hidden) == len(rows):
        raise Refused("person_restricted")
    await audit.record(
        tx,
        caller,
        "household.reveal",
        "household",
        household_id,
        region_code=record["region_code"],
        details={"reason": _without_numbers(reason)},
    )
    return opened(sealer, record, [row for row in rows if row["id"] not in hidden])


def opened(sealer: Sealer, record: Row, members: Sequence[Row]) -> Opened:
    """Open what is sealed about a family and these members. The caller notes who saw it and why."""
    kk_index = record["kk_index"]
    address = ""
    if record["address_sealed"] is not None:
        address = sealer.open_text(record["address_sealed"], rules.address_context(kk_index))
    niks = {
        row["id"]: sealer.open_text(row["nik_sealed"], rules.nik_context(row["nik_index"]))
        for row in members
        if row["nik_sealed"] is not None
    }
    phones = {
        row["id"]: sealer.open_text(row["phone_sealed"], rules.phone_context(row["phone_index"]))
        for row in members
        if row["phone_sealed"] is not None
    }
    kk = sealer.open_text(record["kk_sealed"], rules.kk_context(kk_index))
    return Opened(kk, address, niks, phones)


def _without_numbers(reason: str) -> str:
    """Keep a NIK that someone typed as the reason out of the log."""
    return rules.DIGITS_16.sub("[16 digit]", reason)
