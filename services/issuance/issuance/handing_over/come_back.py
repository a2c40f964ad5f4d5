"""How a round ends: cards come back with a reason, are counted by another person, and it closes."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from issuance.handing_over import journal_queries
from issuance.handing_over import round_queries as queries
from issuance.handing_over.round_rules import DESK_REASONS, RETURN_REASONS
from issuance.handing_over.rounds import demand_carrier, locked_round

NOTE_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Return:
    """A card that was not given, and why; `words` say more, and must for `other`."""

    card_id: str
    reason: str
    words: str = ""


def note_context(round_id: object, card_id: str) -> str:
    """Return the place to which the words about a returned card are bound."""
    return f"round_cards.note:{round_id}:{card_id}"


async def return_card(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, round_id: UUID, told: Return
) -> None:
    """Note that a card was not given; it stays in the bag until it is counted at the desk.

    Raises Refused: not_your_round, round_is_closed, reason_unknown, words_missing, not_found,
    already_handed_over.
    """
    one = await demand_carrier(tx, caller, round_id)
    if told.reason not in RETURN_REASONS:
        raise Refused("reason_unknown")
    words = told.words.strip()[:NOTE_CHARACTERS_MAX]
    if told.reason == "other" and not words:
        raise Refused("words_missing")
    asked = {"id": round_id, "card_id": told.card_id}
    found = await tx.execute(queries.SELECT_ROUND_CARD_FOR_UPDATE, asked)
    card = found.mappings().one_or_none()
    if card is None:
        raise Refused("not_found")
    if not card["is_out"]:
        raise Refused("already_handed_over")
    context = note_context(round_id, told.card_id)
    values = {
        "at": clock.utc_now(),
        "reason": told.reason,
        "sealed_note": sealer.seal_text(words, context) if words else None,
        "desk_asked": told.reason in DESK_REASONS,
    }
    await tx.execute(queries.RETURN_CARD, {**asked, **values})
    await tx.execute(journal_queries.REOPEN_ROUND, {"round_id": round_id})
    await audit.record(
        tx,
        caller,
        "round.card_returned",
        "card",
        told.card_id,
        region_code=one["region_code"],
        details={"reason": told.reason},
    )


async def sign_back(tx: AsyncConnection, caller: Principal, round_id: UUID) -> RowMapping:
    """Let the companion sign for what was given and what is brought back.

    Raises Refused: not_your_round, round_is_closed, round_not_finished, round_has_conflicts.
    """
    one = await demand_carrier(tx, caller, round_id)
    if one["state"] == "back":
        return one
    outcomes = await count_outcomes(tx, round_id)
    if outcomes.get("waiting"):
        raise Refused("round_not_finished", cards=outcomes["waiting"])
    open_ones = await tx.scalar(journal_queries.COUNT_OPEN, {"id": round_id})
    if open_ones:
        raise Refused("round_has_conflicts", lines=open_ones)
    signed = await tx.execute(queries.SIGN_BACK, {"id": round_id, "at": clock.utc_now()})
    row = signed.mappings().one()
    await _note(tx, caller, "round.signed_back", row)
    return row


async def close_round(
    tx: AsyncConnection, caller: Principal, round_id: UUID, *, counted: int
) -> RowMapping:
    """Close a round after counting what came back; its cards lie at the desk again.

    Raises Refused: round_not_back, needs_another_person, count_differs.
    """
    one = await locked_round(tx, caller, round_id)
    if one["state"] == "closed" and one["closed_by"] == caller.subject:
        return one
    if one["state"] != "back":
        raise Refused("round_not_back")
    if one["companion"] == caller.subject:
        raise Refused("needs_another_person")
    if counted != one["returned"]:
        raise Refused("count_differs", counted=counted, expected=one["returned"])
    await tx.execute(queries.EMPTY_BAG, {"id": round_id})
    values = {"id": round_id, "by": caller.subject, "by_name": caller.name, "number": counted}
    closed = await tx.execute(queries.CLOSE, {**values, "at": clock.utc_now()})
    row = closed.mappings().one()
    await _note(tx, caller, "round.closed", row)
    return row


async def count_outcomes(tx: AsyncConnection, round_id: UUID) -> dict[str, int]:
    """Return how many cards have come to which outcome."""
    found = await tx.execute(queries.COUNT_OUTCOMES, {"id": round_id})
    return {row["outcome"]: row["cards"] for row in found.mappings()}


async def desk_done(tx: AsyncConnection, caller: Principal, round_id: UUID, card_id: str) -> None:
    """Note that the desk has dealt with a card that came back for a reason."""
    one = await locked_round(tx, caller, round_id)
    values = {"id": round_id, "card_id": card_id, "at": clock.utc_now(), "by_name": caller.name}
    await tx.execute(queries.DESK_DONE, values)
    await audit.record(
        tx, caller, "round.desk_done", "card", card_id, region_code=one["region_code"]
    )


async def _note(tx: AsyncConnection, caller: Principal, act: str, row: RowMapping) -> None:
    numbers = ("taken", "handed_over", "returned", "not_counted", "counted")
    await audit.record(
        tx,
        caller,
        act,
        "round",
        row["round_id"],
        region_code=row["region_code"],
        details={name: row[name] for name in numbers},
    )
