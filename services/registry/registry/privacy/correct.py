"""Writing what a decided correction says, as a new version whose source is the request."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from registry.people.rules import address_context, name_key, nik_context, phone_context
from registry.privacy import request_queries as queries


@dataclass(frozen=True, slots=True)
class Keys:
    """What seals and finds numbers."""

    sealer: Sealer
    index: BlindIndex


def value_context(request_id: UUID) -> str:
    """Return what a proposed value is bound to until it is decided."""
    return f"subject_requests.value:{request_id}"


async def apply_correction(
    tx: AsyncConnection, keys: Keys, request: RowMapping, person: RowMapping
) -> None:
    """Write the proposed value; raises Refused nik_of_another."""
    field, request_id = request["field"], request["id"]
    value = keys.sealer.open_text(request["value_sealed"], value_context(request_id))
    asked: dict[str, object] = {"request_id": request_id, "person_id": person["id"]}
    if field == "address":
        await _address(tx, keys, request, person, value)
        return
    await tx.execute(queries.KEEP_VERSION, {"person_id": person["id"]})
    if field in {"nik", "phone"}:
        index = keys.index.of(field, value)
        context = nik_context(index) if field == "nik" else phone_context(index)
        if field == "nik":
            await _demand_own(tx, index, person["id"])
        asked |= {"index": index, "sealed": keys.sealer.seal_text(value, context)}
    else:
        asked["value"] = value
        if field == "name":
            asked["key"] = name_key(value)
    await tx.execute(queries.CORRECT[field], asked)


async def _demand_own(tx: AsyncConnection, index: bytes, person_id: UUID) -> None:
    if await tx.scalar(queries.NIK_OF_ANOTHER, {"index": index, "person_id": person_id}):
        raise Refused("nik_of_another")


async def _address(
    tx: AsyncConnection, keys: Keys, request: RowMapping, person: RowMapping, value: str
) -> None:
    household = {"household_id": person["household_id"]}
    await tx.execute(queries.KEEP_ADDRESS, household)
    sealed = keys.sealer.seal_text(value, address_context(person["kk_index"]))
    index = keys.index.of("address", value)
    await tx.execute(
        queries.CORRECT_ADDRESS,
        {**household, "request_id": request["id"], "index": index, "sealed": sealed},
    )
