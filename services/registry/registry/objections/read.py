"""Reading objections: what is owed first, one with its words opened, and how many of what."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE, region_name
from common.sealed import Sealer
from common.web.formats import in_wib
from registry.eligibility.read import words_of_decision
from registry.objections import queries, rules
from registry.objections.decide import findings_context
from registry.objections.receive import find, words_context

ROWS = 50
VILLAGE_WIDTH = 13
COLUMNS = ("received", "waiting", "overdue", "upheld", "rejected", "others", "late")


@dataclass(frozen=True, slots=True)
class Shown:
    """An objection as those who answer it see it."""

    one: RowMapping
    objector: str
    words: str
    findings: str
    steps: Sequence[RowMapping]
    evidence: Sequence[RowMapping]
    decision: RowMapping
    criteria: Mapping[str, Mapping[str, str]]
    head_name: str
    is_overdue: bool


def today() -> Any:
    """Return the day in the office's time."""
    return in_wib(clock.utc_now()).date()


async def listed(
    tx: AsyncConnection, caller: Principal, *, show: str = "open", page: int = 0
) -> Sequence[RowMapping]:
    """Return objections of the caller's regions, overdue ones first; the reading is noted."""
    asked = {
        "scopes": list(caller.regions),
        "show": show,
        "today": today(),
        "rows": ROWS,
        "skip": page * ROWS,
    }
    rows = (await tx.execute(queries.LISTED, asked)).mappings().all()
    await audit.record(
        tx,
        caller,
        "objections.read",
        "region",
        caller.regions[0] if len(caller.regions) == 1 else PROVINCE,
        details={"found": len(rows), "households": sorted({str(r["household_id"]) for r in rows})},
    )
    return rows


async def get_for(tx: AsyncConnection, caller: Principal, objection_id: UUID) -> RowMapping:
    """Return an objection of the caller's regions; raises Refused."""
    one = await find(tx, objection_id)
    if one is None:
        raise Refused("not_found")
    caller.demand_region(one["region_code"])
    return one


async def show(tx: AsyncConnection, caller: Principal, sealer: Sealer, objection_id: UUID) -> Shown:
    """Return an objection with its words opened, and note who read it."""
    one = await get_for(tx, caller, objection_id)
    await audit.record(
        tx,
        caller,
        "objection.read",
        "objection",
        objection_id,
        region_code=one["region_code"],
        details={"household_id": str(one["household_id"])},
    )
    said = json.loads(sealer.open(one["sealed_words"], words_context(objection_id)))
    findings = ""
    if one["sealed_findings"] is not None:
        findings = sealer.open_text(one["sealed_findings"], findings_context(objection_id))
    asked = {"objection_id": objection_id}
    contested = {"decision_id": one["decision_id"]}
    decision = (await tx.execute(queries.DECISION_WORDS, contested)).mappings().one()
    home = {"household_id": one["household_id"]}
    return Shown(
        one,
        said["objector"],
        said["words"],
        findings,
        (await tx.execute(queries.STEPS, asked)).mappings().all(),
        (await tx.execute(queries.EVIDENCE, asked)).mappings().all(),
        decision,
        await words_of_decision(
            tx, decision["criteria_version_id"], decision["overlap_version_id"]
        ),
        await tx.scalar(queries.HEAD_NAME, home) or "",
        one["state"] in rules.OPEN_STATES and one["due_on"] < today(),
    )


async def criteria_words(
    tx: AsyncConnection, decisions: Sequence[RowMapping]
) -> dict[UUID, Mapping[str, Mapping[str, str]]]:
    """Return the words of criteria and overlap pairs by decision and code."""
    return {
        one["id"]: await words_of_decision(
            tx, one["criteria_version_id"], one["overlap_version_id"]
        )
        for one in decisions
    }


async def statistics(
    tx: AsyncConnection, caller: Principal, width: int = VILLAGE_WIDTH
) -> Sequence[RowMapping]:
    """Return how many objections each region of the caller has, and how they ended."""
    asked = {"scopes": list(caller.regions), "today": today(), "width": width}
    return (await tx.execute(queries.STATISTICS, asked)).mappings().all()


def upheld_percent(row: RowMapping) -> int | None:
    """Return the share of decided objections that were right, or None when none is decided."""
    decided = row["upheld"] + row["rejected"]
    return round(100 * row["upheld"] / decided) if decided else None


def as_csv(rows: Sequence[RowMapping]) -> str:
    """Return the statistics as a table that a spreadsheet opens."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["region_code", "region_name", *COLUMNS, "upheld_percent"])
    for row in rows:
        code = row["region_code"]
        counted = [row[name] for name in COLUMNS]
        writer.writerow([code, region_name(code), *counted, upheld_percent(row)])
    return buffer.getvalue()


def as_json(one: RowMapping) -> dict[str, Any]:
    """Return an objection for a program: no words of the family."""
    hidden = {
        "sealed_words",
        "sealed_findings",
        "request_hash",
        "received_by",
        "examined_by",
        "decided_by",
        "late_by",
        "first_deciders",
    }
    return {key: value for key, value in one.items() if key not in hidden}
