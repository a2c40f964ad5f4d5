"""What another agency's system may do: found for a caller, written by an administrator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from registry.dci import queries
from registry.dci.rules import scopes_of


@dataclass(frozen=True, slots=True)
class Profile:
    """A system as it calls now: its agreement, and the regions it has today."""

    client_id: str
    sender_id: str
    agency_name: str
    scopes: tuple[str, ...]
    fields: frozenset[str]
    roster_codes: tuple[str, ...]
    callback_addresses: tuple[str, ...]
    public_keys: tuple[Mapping[str, Any], ...]
    needs_signature: bool
    actor: Principal


async def of_caller(tx: AsyncConnection, caller: Principal) -> Profile:
    """Return the profile of the system that calls.

    Raises Refused: exchange_not_agreed (no profile), exchange_ended (disabled or run out).
    """
    row = await _row(tx, caller.client_id or caller.subject)
    if row is None:
        raise Refused("exchange_not_agreed")
    demand_valid(row, clock.utc_now().date())
    return _profile(row, scopes_of(caller.regions, row["regions"]), caller)


async def of_client(tx: AsyncConnection, client_id: str) -> Profile | None:
    """Return a system's profile for work that it asked for; None when it may no longer."""
    row = await _row(tx, client_id)
    if row is None or not is_valid(row, clock.utc_now().date()):
        return None
    name = row["agency_name"]
    actor = Principal(
        client_id, name, frozenset(), frozenset(), tuple(row["regions"]), is_client=True
    )
    return _profile(row, tuple(row["regions"]), actor)


def demand_valid(row: RowMapping, today: date) -> None:
    """Refuse a system whose agreement is over; raises Refused exchange_ended."""
    if not is_valid(row, today):
        raise Refused("exchange_ended", until=row["valid_until"].isoformat())


def is_valid(row: Mapping[str, Any] | RowMapping, today: date) -> bool:
    """Tell whether an agreement runs."""
    return row["disabled_at"] is None and bool(row["valid_until"] >= today)


async def find(tx: AsyncConnection, client_id: str) -> RowMapping:
    """Return a profile as it is kept; raises Refused not_found."""
    row = await _row(tx, client_id)
    if row is None:
        raise Refused("not_found")
    return row


async def listed(tx: AsyncConnection) -> list[RowMapping]:
    """Return all profiles, youngest first."""
    return list((await tx.execute(queries.PROFILES)).mappings())


async def create(
    tx: AsyncConnection, actor: Principal, client_id: str, values: Mapping[str, Any]
) -> None:
    """Write a new profile; raises Refused id_reused, sender_name_taken."""
    await _demand_sender(tx, client_id, values["sender_id"])
    made = {"client_id": client_id, "created_by": actor.subject, "created_by_name": actor.name}
    row = await tx.execute(queries.INSERT_PROFILE, {**made, **values})
    if row.first() is None:
        raise Refused("id_reused")
    await _note(tx, actor, "agency.created", client_id, values)


async def change(
    tx: AsyncConnection, actor: Principal, client_id: str, values: Mapping[str, Any]
) -> None:
    """Write a profile anew; raises Refused not_found, sender_name_taken."""
    found = await tx.execute(queries.LOCK_PROFILE, {"client": client_id})
    row = found.mappings().one_or_none()
    if row is None or row["disabled_at"] is not None:
        raise Refused("not_found")
    await _demand_sender(tx, client_id, values["sender_id"])
    new = {f"new_{name}": value for name, value in values.items()}
    await tx.execute(queries.CHANGE_PROFILE, {"client": client_id, **new})
    await _note(tx, actor, "agency.changed", client_id, values)


async def disable(tx: AsyncConnection, actor: Principal, client_id: str) -> None:
    """End an agreement at once: the next request is refused, and nothing more is sent."""
    await find(tx, client_id)
    await tx.execute(queries.DISABLE_PROFILE, {"client": client_id})
    await audit.record(tx, actor, "agency.disabled", "agency", client_id)


async def _note(
    tx: AsyncConnection, actor: Principal, action: str, client_id: str, values: Mapping[str, Any]
) -> None:
    told = ("regions", "fields", "roster_codes", "callback_addresses", "needs_signature")
    details = {name: values[name] for name in told}
    details["legal_basis"] = values["legal_basis"]
    details["valid_until"] = values["valid_until"].isoformat()
    details["key_ids"] = [one["kid"] for one in values["public_keys"]]
    await audit.record(tx, actor, action, "agency", client_id, details=details)


async def _demand_sender(tx: AsyncConnection, client_id: str, sender_id: str) -> None:
    given = {"client": client_id, "sender_id": sender_id}
    if await tx.scalar(queries.SENDER_TAKEN, given):
        raise Refused("sender_name_taken")


async def _row(tx: AsyncConnection, client_id: str) -> RowMapping | None:
    found = await tx.execute(queries.PROFILE, {"client": client_id})
    return found.mappings().one_or_none()


def _profile(row: RowMapping, scopes: tuple[str, ...], actor: Principal) -> Profile:
    return Profile(
        client_id=row["client_id"],
        sender_id=row["sender_id"],
        agency_name=row["agency_name"],
        scopes=scopes,
        fields=frozenset(row["fields"]),
        roster_codes=tuple(row["roster_codes"]),
        callback_addresses=tuple(row["callback_addresses"]),
        public_keys=tuple(row["public_keys"]),
        needs_signature=row["needs_signature"],
        actor=actor,
    )
