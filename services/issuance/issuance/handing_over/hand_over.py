"""Give a card to its family, at a desk or in a village, and note who took it."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from issuance.cards.change import apply
from issuance.handing_over import queries
from issuance.handing_over.declare import demand_declaration
from issuance.handing_over.look import note_flags
from issuance.handing_over.rules import (
    LIMITS,
    Limits,
    Position,
    check_collector,
    check_pictures,
    hold_reason,
)

# Words for a card that cannot be given, by its state; any other state is told by the card's life.
NOT_GIVABLE = {
    "printed": "card_not_received",
    "blocked": "card_is_blocked",
    "replaced": "card_is_over",
    "revoked": "card_is_over",
    "expired": "card_is_over",
    "handed_over": "already_handed_over",
    "active": "already_handed_over",
}


@dataclass(frozen=True, slots=True)
class HandOver:
    """What a person says of a card that was given. `handover_id` is made by the client."""

    handover_id: UUID
    card_id: str
    collector: str
    document: str
    # By the clock of the device; kept beside the server's.
    handed_at: datetime
    relation: str = ""
    collector_name: str = ""
    # Of a representative; only its blind index is kept.
    collector_nik: str = ""
    # That index, where the NIK itself was dropped before (a line that was put aside).
    collector_index: bytes | None = None
    position: Position | None = None
    # A PNG, or the lines of a finger as the `d` of an SVG path.
    signature: bytes = b""
    photo: bytes = b""
    round_id: UUID | None = None

    def index_of_collector(self, index: BlindIndex) -> bytes | None:
        """Return by what a representative is known, or None for a family's own member."""
        if self.collector != "representative":
            return None
        return self.collector_index or index.of("nik", self.collector_nik)

    def digest(self, index: BlindIndex) -> bytes:
        """Return what tells this from another hand-over under the same id; keyed, because a name
        or a NIK is found in a plain hash by trying them all. The moment is no part of it: a form
        that is sent twice may tell another one."""
        collector_index = self.index_of_collector(index) or b""
        place = self.position
        told = [
            *(self.card_id, self.collector, self.document),
            *(self.relation, self.collector_name, collector_index.hex(), str(self.round_id)),
            [place.latitude, place.longitude, place.accuracy_m] if place else None,
            *(self.signature.hex(), self.photo.hex()),
        ]
        return index.of("hand_over", json.dumps(told))


async def hand_over(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    wish: HandOver,
    *,
    index: BlindIndex,
    limits: Limits = LIMITS,
) -> RowMapping:
    """Note to whom the card was given and make it count, unless it is held for checking.

    Returns the hand-over; a repeat returns the first one. Raises Refused: what check_collector
    and check_pictures raise, card_unknown, outside_your_regions, id_reused, already_handed_over,
    card_not_received, card_is_blocked, card_is_over, card_state_impossible,
    declare_yourself_first, own_family, own_collector.
    """
    _check(wish)
    card = await _locked_card(tx, caller, wish.card_id)
    known = await _known(tx, wish, index)
    if known is not None:
        return known
    if card["state"] in NOT_GIVABLE:
        raise Refused(NOT_GIVABLE[card["state"]])
    collector_index = wish.index_of_collector(index)
    own = await demand_declaration(tx, caller)
    if card["kk_index"] is not None and card["kk_index"] == own["kk_index"]:
        raise Refused("own_family")
    if collector_index is not None and collector_index == own["nik_index"]:
        raise Refused("own_collector")
    held = await _hold_reason(tx, card, collector_index, limits)
    row = await _insert(tx, caller, sealer, card, _values(wish, index, held))
    await note_flags(tx, row, card["issued_at"], limits)
    await _move(tx, caller, card, wish, counts=held is None)
    return row


async def _move(
    tx: AsyncConnection, caller: Principal, card: RowMapping, wish: HandOver, *, counts: bool
) -> None:
    """Bring the card to its family, and let it count unless it is held."""
    # In a village the place is the village; at a desk it is where the desk is.
    where = str(card["region_code"]) if wish.round_id else ""
    why, id_ = wish.collector, wish.handover_id
    given = await apply(tx, caller, card, "handed_over", reason=why, change_id=id_, place=where)
    if counts:
        await apply(tx, caller, given, "active", reason=why, change_id=None, place=where)


def _check(wish: HandOver) -> None:
    """Refuse an unfinished wish; a line that was put aside has an index in place of the NIK."""
    nik = "0" * 16 if wish.collector_index else wish.collector_nik
    check_collector(wish.collector, wish.relation, wish.collector_name, nik, wish.document)
    check_pictures(wish.signature, wish.photo)


async def _locked_card(tx: AsyncConnection, caller: Principal, card_id: str) -> RowMapping:
    found = await tx.execute(queries.LOCK_CARD, {"card_id": card_id})
    card = found.mappings().one_or_none()
    if card is None:
        raise Refused("card_unknown")
    caller.demand_region(card["region_code"])
    return card


async def _known(tx: AsyncConnection, wish: HandOver, index: BlindIndex) -> RowMapping | None:
    found = await tx.execute(queries.SELECT_BY_ID, {"id": wish.handover_id})
    known = found.mappings().one_or_none()
    if known is not None and known["digest"] != wish.digest(index):
        raise Refused("id_reused")
    return known


async def _hold_reason(
    tx: AsyncConnection, card: RowMapping, collector_index: bytes | None, limits: Limits
) -> str | None:
    if collector_index is None:
        return None
    await tx.execute(queries.LOCK_COLLECTOR, {"index": collector_index})
    asked = {
        "index": collector_index,
        "since": clock.utc_now() - limits.collector_window,
        "household_id": card["household_id"],
    }
    others = await tx.scalar(queries.COUNT_OTHER_FAMILIES, asked)
    is_staff = await tx.scalar(queries.IS_STAFF, {"index": collector_index})
    return hold_reason(int(others or 0), is_staff=bool(is_staff), limits=limits)


def _values(wish: HandOver, index: BlindIndex, held: str | None) -> dict[str, object]:
    place = wish.position
    is_head = wish.collector == "head"
    return {
        "handover_id": wish.handover_id,
        "round_id": wish.round_id,
        "collector": wish.collector,
        "relation": "" if is_head else wish.relation,
        "collector_name": "" if is_head else wish.collector_name.strip(),
        "collector_nik_index": wish.index_of_collector(index),
        "document": wish.document,
        "latitude": place.latitude if place else None,
        "longitude": place.longitude if place else None,
        "accuracy_m": place.accuracy_m if place else None,
        "handed_at": wish.handed_at,
        "signature": wish.signature,
        "photo": wish.photo,
        "digest": wish.digest(index),
        "held_because": held,
    }


async def _insert(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    card: RowMapping,
    values: dict[str, object],
) -> RowMapping:
    handover_id, now = values["handover_id"], clock.utc_now()

    def sealed(name: str) -> bytes | None:
        value = values.pop(name)
        raw = value.encode() if isinstance(value, str) else bytes(value)  # type: ignore[call-overload]
        return sealer.seal(raw, sealed_context(name, handover_id)) if raw else None

    row = {
        "card_id": card["card_id"],
        "household_id": card["household_id"],
        "region_code": card["region_code"],
        "giver": caller.subject,
        "giver_name": caller.name,
        "received_at": now,
        "sealed_collector_name": sealed("collector_name"),
        "sealed_signature": sealed("signature"),
        "sealed_photo": sealed("photo"),
        **values,
    }
    made = (await tx.execute(queries.INSERT_HAND_OVER, row)).mappings().one()
    await _settle_in_round(tx, card["card_id"], now)
    await audit.record(
        tx,
        caller,
        "hand_over.recorded",
        "card",
        card["card_id"],
        region_code=card["region_code"],
        details={"collector": values["collector"], "held": values["held_because"] or ""},
    )
    return made


async def _settle_in_round(tx: AsyncConnection, card_id: str, now: datetime) -> None:
    """Take the card out of whichever companion's bag it was in."""
    round_id = await tx.scalar(queries.SETTLE_IN_ROUND, {"card_id": card_id, "now": now})
    if round_id is not None:
        await tx.execute(queries.REOPEN_ROUND, {"round_id": round_id})


def sealed_context(name: str, handover_id: object) -> str:
    """Return the place to which a sealed value of a hand-over is bound."""
    return f"hand_overs.{name}:{handover_id}"
