"""Look at hand-overs that do not count yet, or that look odd; never one's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from issuance.cards.change import apply
from issuance.cards.order import head_name_context
from issuance.cards.replace import order_replacement
from issuance.handing_over import queries, review_queries
from issuance.handing_over.hand_over import sealed_context

NOTE_CHARACTERS_MAX = 500
WORDS = ("confirmed", "refused")


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """A hand-over with the names that the page shows."""

    row: RowMapping
    head_name: str
    collector_name: str = ""


async def waiting(
    tx: AsyncConnection, caller: Principal, sealer: Sealer
) -> tuple[list[ToLookAt], list[ToLookAt]]:
    """Return what is held and what is flagged in the caller's regions; the readings are noted."""
    asked = {"regions": list(caller.regions)}
    held = (await tx.execute(review_queries.SELECT_HELD, asked)).mappings().all()
    flagged = (await tx.execute(review_queries.SELECT_FLAGGED, asked)).mappings().all()
    await note_readings(tx, caller, [*held, *flagged])
    return (
        [ToLookAt(row, _head(sealer, row), collector_name(sealer, row)) for row in held],
        [ToLookAt(row, _head(sealer, row)) for row in flagged],
    )


async def note_readings(
    tx: AsyncConnection, caller: Principal, rows: Sequence[Mapping[str, Any] | RowMapping]
) -> None:
    """Note that the caller saw these families' names, each once."""
    seen = {row["household_id"]: row["region_code"] for row in rows}
    for household_id, region_code in seen.items():
        await audit.record(
            tx, caller, "household.found", "household", household_id, region_code=region_code
        )


def _head(sealer: Sealer, row: RowMapping) -> str:
    return sealer.open_text(row["sealed_head_name"], head_name_context(row["household_id"]))


def collector_name(sealer: Sealer, row: RowMapping) -> str:
    """Return the name of who took a card, or an empty text for the head."""
    sealed = row["sealed_collector_name"]
    if sealed is None:
        return ""
    return sealer.open_text(sealed, sealed_context("collector_name", row["handover_id"]))


async def judge(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    handover_id: UUID,
    *,
    word: str,
    note: str,
) -> RowMapping:
    """Let a held hand-over count, or block and replace its card; `note` says how it was checked.

    Raises Refused: not_found, outside_your_regions, needs_another_person, changed_meanwhile,
    words_missing, and card_state_impossible when the card was blocked or ended meanwhile.
    """
    card = await _card(tx, handover_id)
    held = await _held(tx, caller, handover_id)
    if _is_judged_so(held, caller, word):
        return held
    words = note.strip()[:NOTE_CHARACTERS_MAX]
    if not words:
        raise Refused("words_missing")
    values = {
        "id": handover_id,
        "word": word,
        "at": clock.utc_now(),
        "by": caller.subject,
        "by_name": caller.name,
        "note": sealer.seal_text(words, sealed_context("judgement_note", handover_id)),
    }
    judged = (await tx.execute(review_queries.JUDGE, values)).mappings().one()
    await _follow(tx, caller, card, word, held["collector"])
    place = str(card["region_code"])
    await audit.record(tx, caller, f"hand_over.{word}", "card", card["card_id"], region_code=place)
    return judged


async def _held(tx: AsyncConnection, caller: Principal, handover_id: UUID) -> RowMapping:
    found = await tx.execute(queries.SELECT_BY_ID_FOR_UPDATE, {"id": handover_id})
    held = found.mappings().one()
    caller.demand_region(held["region_code"])
    return held


def _is_judged_so(held: RowMapping, caller: Principal, word: str) -> bool:
    """Tell whether the caller has said this very word before; refuse what cannot be judged."""
    if held["held_because"] is None or word not in WORDS:
        raise Refused("not_found")
    if held["giver"] == caller.subject:
        raise Refused("needs_another_person")
    if held["judgement"] is None:
        return False
    if (held["judgement"], held["judged_by"]) != (word, caller.subject):
        raise Refused("changed_meanwhile")
    return True


async def _card(tx: AsyncConnection, handover_id: UUID) -> RowMapping:
    found = await tx.execute(review_queries.LOCK_CARD_OF, {"id": handover_id})
    card = found.mappings().one_or_none()
    if card is None:
        raise Refused("not_found")
    return card


async def _follow(
    tx: AsyncConnection, caller: Principal, card: RowMapping, word: str, collector: str
) -> None:
    """Bring the card to where the judgement leads; a card that has ended meanwhile stays so."""
    if word == "confirmed":
        await apply(tx, caller, card, "active", reason=collector, change_id=None)
        return
    reason = "hand_over_refused"
    if card["state"] == "handed_over":
        card = await apply(tx, caller, card, "blocked", reason=reason, change_id=None)
    if card["state"] == "blocked":
        await apply(tx, caller, card, "replaced", reason=reason, change_id=None)
        await order_replacement(tx, caller, card, reason)


async def mark_seen(tx: AsyncConnection, caller: Principal, handover_id: UUID, flag: str) -> None:
    """Note that somebody else than the giver has looked at a flag; raises Refused: not_found,
    outside_your_regions, needs_another_person."""
    found = await tx.execute(queries.SELECT_BY_ID, {"id": handover_id})
    row = found.mappings().one_or_none()
    if row is None:
        raise Refused("not_found")
    caller.demand_region(row["region_code"])
    if row["giver"] == caller.subject:
        raise Refused("needs_another_person")
    values = {
        "id": handover_id,
        "flag": flag,
        "at": clock.utc_now(),
        "by": caller.subject,
        "by_name": caller.name,
    }
    await tx.execute(review_queries.MARK_SEEN, values)
    await audit.record(
        tx,
        caller,
        "hand_over.flag_seen",
        "card",
        row["card_id"],
        region_code=row["region_code"],
        details={"flag": flag},
    )
