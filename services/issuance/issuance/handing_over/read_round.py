"""Read rounds: their list, one with its families, and what the phone takes along."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from common.card_number import card_number
from common.problems import Refused
from common.regions import place_of
from common.sealed import Sealer
from common.web.formats import in_wib
from issuance.cards.order import head_name_context
from issuance.cards.read import open_token
from issuance.handing_over import journal_queries
from issuance.handing_over import round_queries as queries
from issuance.handing_over.apply_line import line_context
from issuance.handing_over.come_back import note_context
from issuance.handing_over.declare import find_declaration
from issuance.handing_over.review import note_readings
from issuance.handing_over.round_rules import ROUND_DAYS_MAX, is_overdue

# Who may see the rounds of others: the desk, not every companion.
SEES_ALL = frozenset({"cards.manage", "handovers.review"})


@dataclass(frozen=True, slots=True)
class OnRound:
    """One family of a round."""

    row: RowMapping
    name: str
    number: str
    note: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """A refused line: what the phone said, and why it could not be."""

    row: RowMapping
    name: str
    said: dict[str, Any]


def sees_all(caller: Principal) -> bool:
    """Tell whether the caller sees rounds that others carry."""
    return not SEES_ALL.isdisjoint(caller.permissions)


async def list_rounds(tx: AsyncConnection, caller: Principal) -> list[dict[str, Any]]:
    """Return the rounds of the caller's regions, those that are late marked."""
    asked = {
        "regions": list(caller.regions),
        "subject": caller.subject,
        "sees_all": sees_all(caller),
    }
    today = in_wib(clock.utc_now()).date()
    found = (await tx.execute(queries.SELECT_ROUNDS, asked)).mappings().all()
    return [
        {**row, "is_overdue": is_overdue(row["planned_on"], today, row["state"])} for row in found
    ]


async def read_round(tx: AsyncConnection, caller: Principal, round_id: UUID) -> Mapping[str, Any]:
    """Return a round; one that nobody has taken yet with how many of its cards still lie there.

    Raises Refused: not_found, outside_your_regions, not_your_round.
    """
    found = await tx.execute(queries.SELECT_ROUND, {"id": round_id})
    row = found.mappings().one_or_none()
    if row is None:
        raise Refused("not_found")
    one: dict[str, Any] = {**row}
    caller.demand_region(one["region_code"])
    if one["state"] == "ready":
        at_hand = await tx.scalar(queries.COUNT_AT_HAND, {"id": round_id})
        one["taken"] = int(at_hand or 0)
    is_open_to = one["companion"] in {None, caller.subject} or sees_all(caller)
    if not is_open_to:
        raise Refused("not_your_round")
    return one


async def read_families(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, one: Mapping[Any, Any]
) -> list[OnRound]:
    """Return the families of a round in the order of the paper list; the readings are noted."""
    found = (await tx.execute(queries.SELECT_LIST, {"id": one["round_id"]})).mappings().all()
    is_ready = one["state"] == "ready"
    rows = [row for row in found if not is_ready or row["card_state"] == "at_desk"]
    told = [{**row, "region_code": one["region_code"]} for row in rows]
    await note_readings(tx, caller, told)
    own = await find_declaration(tx, caller)
    own_kk = own["kk_index"] if own else None
    return [_family(sealer, row, own_kk) for row in rows]


def _family(sealer: Sealer, row: RowMapping, own_kk: bytes | None) -> OnRound:
    note = ""
    if row["sealed_note"] is not None:
        context = note_context(row["round_id"], row["card_id"])
        note = sealer.open_text(row["sealed_note"], context)
    return OnRound(
        row=row,
        name=sealer.open_text(row["sealed_head_name"], head_name_context(row["household_id"])),
        number=card_number(row["card_id"]),
        note=note,
        is_own=own_kk is not None and row["kk_index"] == own_kk,
    )


def for_phone(
    sealer: Sealer, one: Mapping[Any, Any], families: Sequence[OnRound]
) -> dict[str, Any]:
    """Return what a phone keeps of a round: names, numbers, and by what a scan is recognised."""
    until = one["taken_at"] + timedelta(days=ROUND_DAYS_MAX) if one["taken_at"] else None
    return {
        "round_id": str(one["round_id"]),
        "place": place_of(one["region_code"]),
        "planned_on": one["planned_on"].isoformat(),
        "state": one["state"],
        "keep_until": until.isoformat() if until else None,
        "families": [
            {
                "card_id": family.row["card_id"],
                "number": family.number,
                "position": family.row["position"],
                "name": family.name,
                "is_own": family.is_own,
                "card_state": family.row["card_state"],
                "outcome": family.row["outcome"],
                "reason": family.row["return_reason"],
                "scan": _scan_mark(sealer, family.row),
            }
            for family in families
        ],
    }


def _scan_mark(sealer: Sealer, row: RowMapping) -> str:
    """Return the SHA-256 of a card's QR text: the phone knows the card without its token."""
    token = open_token(sealer, row)
    return hashlib.sha256(token.encode()).hexdigest()


async def read_conflicts(
    tx: AsyncConnection, sealer: Sealer, families: Sequence[OnRound], round_id: UUID
) -> list[Conflict]:
    """Return the refused lines of a round's phones, with what they said."""
    names = {family.row["card_id"]: family.name for family in families}
    found = await tx.execute(journal_queries.SELECT_REFUSED, {"id": round_id})
    return [
        Conflict(
            row,
            names.get(row["card_id"], ""),
            sealer.open_json(row["sealed_line"].decode(), line_context(row["line_id"])),
        )
        for row in found.mappings()
    ]


async def read_quarantines(tx: AsyncConnection, round_id: UUID) -> Sequence[RowMapping]:
    """Return the batches of a round's phones that were put aside, without what they say."""
    found = await tx.execute(journal_queries.SELECT_QUARANTINES, {"id": round_id})
    return found.mappings().all()
