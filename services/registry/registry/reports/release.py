"""A release of a data set: frozen by one person, checked and published by the data steward."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE, all_regions
from common.web.formats import in_wib
from registry.reports import queries
from registry.reports.definitions import DATASETS, Dataset
from registry.reports.figures import FIGURES
from registry.reports.rules import REASON_CHARACTERS_MIN, SMALL_CELL_MAX, Row, suppressed

# A quarter, a month or a day; also the name of the file.
PERIOD = re.compile(r"20\d{2}-(Q[1-4]|(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)")
ROWS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked before publishing, and how many rows fail it."""

    code: str
    failures: int


async def prepare(
    tx: AsyncConnection, caller: Principal, release_id: UUID, code: str, period: str
) -> RowMapping:
    """Count a data set now and freeze it for checking, with small cells hidden.

    Raises Refused: not_found, outside_your_regions, period_unreadable, dataset_empty, id_reused.
    """
    dataset = DATASETS.get(code)
    if dataset is None:
        raise Refused("not_found")
    # A data set is of the whole province: so is who answers for it.
    caller.demand_region(PROVINCE)
    if not PERIOD.fullmatch(period):
        raise Refused("period_unreadable")
    earlier = await find(tx, release_id)
    if earlier is not None:
        if (earlier["dataset_code"], earlier["period"]) != (code, period):
            raise Refused("id_reused")
        return earlier
    rows, hidden = await _counted(tx, dataset)
    await tx.execute(
        queries.PUT_RELEASE,
        {
            "id": release_id,
            "dataset_code": code,
            "period": period,
            "rows": rows,
            "row_count": len(rows),
            "suppressed_cells": hidden,
            "content_hash": content_hash(rows),
            "prepared_by": caller.subject,
            "prepared_by_name": caller.name,
        },
    )
    await audit.record(
        tx, caller, "dataset.prepare", "dataset_release", release_id, details={"code": code}
    )
    return await get(tx, release_id)


async def _counted(tx: AsyncConnection, dataset: Dataset) -> tuple[list[Row], int]:
    today = in_wib(clock.utc_now()).date()
    figures = FIGURES[dataset.code]
    asked = {"today": today} if "today" in figures.compile().params else {}
    found = [dict(row) for row in (await tx.execute(figures, asked)).mappings()]
    if not found:
        raise Refused("dataset_empty")
    if len(found) > ROWS_MAX:
        raise Refused("dataset_too_long", rows_max=ROWS_MAX)
    return suppressed(
        found,
        counts=dataset.counts,
        within=dataset.group,
        derived=dataset.derived,
        is_whole=dataset.is_whole,
    )


def content_hash(rows: Sequence[Row]) -> bytes:
    """Return the SHA-256 of frozen rows."""
    text = json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


async def publish(
    tx: AsyncConnection, caller: Principal, release_id: UUID, shown_hash: bytes
) -> None:
    """Publish a release that somebody else prepared and every check passes.

    `shown_hash` is what the person looked at. A repeat by the same person changes nothing.
    Raises Refused: not_found, release_closed, same_person_prepared, release_changed,
    release_fails_checks, period_published_already.
    """
    one = await _to_check(tx, caller, release_id)
    if one["state"] == "published" and one["checked_by"] == caller.subject:
        return
    _demand_open(one, caller)
    if bytes(one["content_hash"]) != shown_hash or content_hash(one["rows"]) != shown_hash:
        raise Refused("release_changed")
    failed = [check.code for check in checks_of(one) if check.failures]
    if failed:
        raise Refused("release_fails_checks", checks=", ".join(failed))
    try:
        async with tx.begin_nested():
            await _close(tx, caller, release_id, "published", None)
    except IntegrityError as error:
        raise Refused("period_published_already") from error
    details = {"code": one["dataset_code"], "period": one["period"], "hash": shown_hash.hex()}
    await audit.record(
        tx, caller, "dataset.publish", "dataset_release", release_id, details=details
    )


async def send_back(tx: AsyncConnection, caller: Principal, release_id: UUID, reason: str) -> None:
    """Return a release to whoever prepared it, with the reason; nothing is published."""
    words = " ".join(reason.split())
    if len(words) < REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=REASON_CHARACTERS_MIN)
    _demand_open(await _to_check(tx, caller, release_id), caller)
    await _close(tx, caller, release_id, "returned", words)
    await audit.record(tx, caller, "dataset.return", "dataset_release", release_id)


async def _to_check(tx: AsyncConnection, caller: Principal, release_id: UUID) -> RowMapping:
    caller.demand_region(PROVINCE)
    found = await tx.execute(queries.LOCK_RELEASE, {"release_id": release_id})
    one = found.mappings().one_or_none()
    if one is None:
        raise Refused("not_found")
    return one


def _demand_open(one: RowMapping, caller: Principal) -> None:
    if one["state"] != "prepared":
        raise Refused("release_closed")
    if one["prepared_by"] == caller.subject:
        raise Refused("same_person_prepared")


async def _close(
    tx: AsyncConnection, caller: Principal, release_id: UUID, state: str, reason: str | None
) -> None:
    await tx.execute(
        queries.CHECK_RELEASE,
        {
            "release_id": release_id,
            "new_state": state,
            "person": caller.subject,
            "person_name": caller.name,
            "at": clock.utc_now(),
            "reason": reason,
        },
    )


async def find(tx: AsyncConnection, release_id: UUID) -> RowMapping | None:
    """Return a release, or None."""
    found = await tx.execute(queries.RELEASE, {"release_id": release_id})
    return found.mappings().one_or_none()


async def get(tx: AsyncConnection, release_id: UUID) -> RowMapping:
    """Return a release; raises Refused."""
    one = await find(tx, release_id)
    if one is None:
        raise Refused("not_found")
    return one


def checks_of(one: RowMapping) -> list[Check]:
    """Return what the data steward must see to hold before a release is published."""
    dataset = DATASETS[one["dataset_code"]]
    rows: list[Row] = one["rows"]
    names = {variable.name for variable in dataset.variables}
    known = all_regions()
    codes = [name for name in ("kode_kabupaten", "kode_kecamatan") if name in names]
    return [
        Check("columns", sum(set(row) != names for row in rows)),
        Check("region_codes", sum(any(row[name] not in known for name in codes) for row in rows)),
        Check(
            "small_cells",
            sum(0 < (row[name] or 0) <= SMALL_CELL_MAX for row in rows for name in dataset.counts),
        ),
        Check(
            "no_negative_numbers",
            sum(
                (row[name] or 0) < 0 for row in rows for name in (*dataset.counts, *dataset.derived)
            ),
        ),
        Check("rows_unique", len(rows) - len({_identity(row, dataset) for row in rows})),
        Check(
            "definitions",
            sum(not (v.definition and v.concept and v.measure) for v in dataset.variables),
        ),
    ]


def _identity(row: Row, dataset: Dataset) -> tuple[Any, ...]:
    return tuple(row.get(one.name) for one in dataset.variables if one.kind in {"code", "text"})
