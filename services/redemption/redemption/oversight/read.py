"""Signals as people read them: the queue, one with its evidence, how often a kind was right."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.card_token import card_number
from common.problems import Refused
from common.sealed import Sealer
from redemption.companions import read as companions
from redemption.measures import queries as measures
from redemption.oversight import queries
from redemption.oversight.judge import judgements_of
from redemption.oversight.rules import Dot, Point, share, strip
from redemption.redeeming.lines import Line

ROWS = 50
NUMBER_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A signal with all that a person judges it by."""

    one: RowMapping
    lines: list[dict[str, Any]]
    conflicts: list[RowMapping]
    dots: list[Dot]
    lanes: list[str]
    judgements: list[RowMapping]
    subject_name: str
    pins: list[dict[str, Any]]
    # When somebody died, and when that was told, of a signal about a death.
    death: RowMapping | None
    # The version of the threshold that raised it.
    measure: RowMapping | None


async def listed(
    tx: AsyncConnection, caller: Principal, *, is_all: bool, kind: str, page: int
) -> tuple[list[RowMapping], dict[str, int]]:
    """Return signals of the own regions, grave ones first, and how many wait of each kind."""
    scope = queries.scope(caller.regions)
    asked = scope | {"is_all": is_all, "kind": kind, "rows": ROWS, "skip": page * ROWS}
    rows = list((await tx.execute(queries.QUEUE, asked)).mappings())
    counts = {row.kind: row.waiting for row in await tx.execute(queries.COUNTS, scope)}
    return rows, counts


async def show(tx: AsyncConnection, caller: Principal, sealer: Sealer, signal_id: UUID) -> Shown:
    """Return a signal with its evidence; raises Refused not_found also for other regions."""
    one = (await tx.execute(queries.ONE, {"id": signal_id})).mappings().one_or_none()
    if one is None or not caller.covers(one["region_code"]):
        raise Refused("not_found")
    region = {"region_code": one["region_code"]}
    await audit.record(tx, caller, "signal.read", "signal", signal_id, **region)
    ids = {"ids": one["evidence"]}
    is_conflicts = one["kind"] == "conflict_share"
    evidence = queries.CONFLICTS if is_conflicts else queries.EVIDENCE
    found = list((await tx.execute(evidence, ids)).mappings())
    lines = [] if is_conflicts else [_line(Line(**row)) for row in found]
    conflicts = found if is_conflicts else []
    lines.sort(key=lambda line: (line["at"], str(line["id"])))
    lanes = sorted({line["partner_name"] for line in lines})
    return Shown(
        one=one,
        lines=lines,
        conflicts=conflicts,
        dots=strip(_points(lines, conflicts, lanes)),
        lanes=lanes or [one["partner_name"]],
        judgements=await judgements_of(tx, signal_id),
        subject_name=await _subject_name(tx, sealer, one) or _card_of(found),
        pins=await _pins(tx, one),
        death=await _death(tx, one),
        measure=await measures.find(tx, one["measure_id"]),
    )


def _card_of(found: list[RowMapping]) -> str:
    return card_number(found[0]["card_id"]) if found and "card_id" in found[0] else ""


async def _pins(tx: AsyncConnection, one: RowMapping) -> list[dict[str, Any]]:
    """Return the wrong PINs of a signal about them."""
    if one["kind"] != "pin_failures":
        return []
    found = await tx.execute(queries.PIN_EVIDENCE, {"ids": one["evidence"]})
    return [dict(row) | {"card": _shortened(row["card_id"])} for row in found.mappings()]


async def _death(tx: AsyncConnection, one: RowMapping) -> RowMapping | None:
    if one["kind"] != "after_death":
        return None
    asked = {
        "household_id": UUID(one["subject_id"]),
        "happened_on": date.fromisoformat(one["window_key"]),
    }
    return (await tx.execute(queries.DEATH, asked)).mappings().one_or_none()


def _shortened(card_id: str) -> str:
    return f"{card_number(card_id)[:NUMBER_SHOWN]}-…"


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "at": line.said_at or line.redeemed_at,
        "is_said": line.said_at is not None,
        "partner_name": line.partner_name,
        "benefit_name_id": line.benefit_name_id,
        "benefit_name_en": line.benefit_name_en,
        "amount_rupiah": line.amount_rupiah,
        "card": _shortened(line.card_id),
        "operator_name": line.redeemed_by_name,
        "state": line.state,
    }


def _points(
    lines: list[dict[str, Any]], conflicts: list[RowMapping], lanes: list[str]
) -> list[Point]:
    if conflicts:
        return [Point(row["said_at"], 0, True, row["partner_name"]) for row in conflicts]
    return [
        Point(line["at"], lanes.index(line["partner_name"]), line["is_said"], line["partner_name"])
        for line in lines
    ]


async def _subject_name(tx: AsyncConnection, sealer: Sealer, one: RowMapping) -> str:
    """Return whom or what a signal is about, as a supervisor needs it to go and ask."""
    if one["subject_kind"] == "companion":
        companion_id = UUID(one["subject_id"])
        return (await companions.names_of(tx, sealer, [companion_id])).get(companion_id, "")
    if one["subject_kind"] == "card":
        return card_number(one["subject_id"])
    return str(one["partner_name"])


async def statistics(tx: AsyncConnection, caller: Principal) -> list[dict[str, Any]]:
    """Return for each kind and each version of its threshold what came of its signals."""
    found = await tx.execute(queries.STATISTICS, queries.scope(caller.regions))
    return [
        dict(row) | {"right_percent": share(row["led_further"], row["judged"])}
        for row in found.mappings()
    ]
