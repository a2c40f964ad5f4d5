"""Do what one line of a phone's journal says, and note what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from issuance.handing_over import journal_queries, queries
from issuance.handing_over.come_back import Return, return_card
from issuance.handing_over.hand_over import HandOver, hand_over
from issuance.handing_over.journal_rules import Line
from issuance.handing_over.rounds import demand_carrier, demand_on_round
from issuance.handing_over.rules import Position

LATITUDES, LONGITUDES = (-90.0, 90.0), (-180.0, 180.0)
ACCURACY_M_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Tools:
    """What seals and what finds."""

    sealer: Sealer
    index: BlindIndex


async def do_line(
    tx: AsyncConnection,
    caller: Principal,
    tools: Tools,
    journal: Mapping[str, Any] | RowMapping,
    line: Line,
) -> dict[str, Any]:
    """Do a line, or note why not; a refused line undoes nothing of the others. Returns its row."""
    state, refusal = "accepted", ""
    try:
        async with tx.begin_nested():
            await _do(tx, caller, tools, journal["round_id"], line)
    except Refused as refused:
        state, refusal = "refused", refused.code
        if line.act == "hand_over" and await _is_own_repeat(tx, caller, line):
            state, refusal = "already", ""
    row = {
        "line_id": line.line_id,
        "journal_id": journal["journal_id"],
        "sequence": line.sequence,
        "hash": line.hash,
        "card_id": line.card_id,
        "act": line.act,
        "received_at": clock.utc_now(),
        "state": state,
        "refusal": refusal,
        "sealed_line": _sealed(tools.sealer, line) if refusal else None,
    }
    await tx.execute(journal_queries.INSERT_LINE, row)
    last = {"id": journal["journal_id"], "sequence": line.sequence, "hash": line.hash}
    await tx.execute(journal_queries.ADVANCE, last)
    return row


async def _do(
    tx: AsyncConnection, caller: Principal, tools: Tools, round_id: UUID, line: Line
) -> None:
    await demand_carrier(tx, caller, round_id)
    await demand_on_round(tx, round_id, line.card_id)
    if line.act == "return":
        told = Return(line.card_id, line.word("reason"), line.word("words"))
        await return_card(tx, caller, tools.sealer, round_id, told)
        return
    await hand_over(tx, caller, tools.sealer, wish_of(line, round_id), index=tools.index)


async def _is_own_repeat(tx: AsyncConnection, caller: Principal, line: Line) -> bool:
    """Tell whether the same person has told of this hand-over before, from another phone."""
    found = await tx.execute(queries.SELECT_BY_CARD, {"card_id": line.card_id})
    known = found.mappings().one_or_none()
    return known is not None and known["giver"] == caller.subject


def wish_of(line: Line, round_id: UUID) -> HandOver:
    """Return the hand-over that a line tells of; what is missing is refused by the verb."""
    known_by = line.word("nik_index")
    return HandOver(
        handover_id=line.line_id,
        card_id=line.card_id,
        collector=line.word("collector"),
        document=line.word("document"),
        handed_at=line.at,
        relation=line.word("relation"),
        collector_name=line.word("name"),
        collector_nik=line.word("nik").replace(" ", ""),
        collector_index=bytes.fromhex(known_by) if len(known_by) == 32 else None,
        position=_position(line.body.get("position")),
        signature=line.word("signature").encode(),
        round_id=round_id,
    )


def _position(told: Any) -> Position | None:
    """Return a position that can be one; anything else is none: it never stops a hand-over."""
    try:
        latitude, longitude = float(told["lat"]), float(told["lon"])
        accuracy = min(float(told["accuracy_m"]), ACCURACY_M_MAX)
    except (TypeError, KeyError, ValueError):
        return None
    inside = (
        LATITUDES[0] <= latitude <= LATITUDES[1] and LONGITUDES[0] <= longitude <= LONGITUDES[1]
    )
    return Position.coarse(latitude, longitude, accuracy) if inside and accuracy >= 0 else None


def line_context(line_id: UUID) -> str:
    """Return the place to which a refused line's text is bound."""
    return f"journal_lines.line:{line_id}"


def _sealed(sealer: Sealer, line: Line) -> bytes:
    body = {name: value for name, value in line.body.items() if name not in {"nik", "signature"}}
    return sealer.seal_json(body, line_context(line.line_id)).encode()
