"""Recording a change by one person: what it will do is worked out, shown and fixed by a hash."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import LEVELS, all_regions
from common.sealed import BlindIndex, Sealer
from common.web.formats import in_wib
from registry.changes import queries, rules
from registry.changes.correct import plan_back
from registry.changes.family import read_family
from registry.changes.plan_rules import plan
from registry.changes.rules import Asked, Family, Plan
from registry.people.alter import (
    KkNumber,
    household_with_kk,
    kk_number,
    locked_households,
)
from registry.people.rules import DIGITS_16


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens and seals: numbers at rest, and names in events."""

    sealer: Sealer
    index: BlindIndex
    event_sealer: Sealer


@dataclass(frozen=True, slots=True)
class Recording:
    """A change as a person records it; the numbers are typed, and kept sealed only."""

    id: UUID
    household_id: UUID
    asked: Asked
    reason: str
    evidence_kind: str
    evidence_number: str = ""
    new_kk: str = ""
    other_kk: str = ""
    corrects_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A change that can be recorded: the families as they are, and what it will do."""

    family: Family
    other: Family | None
    plan: Plan
    kk: KkNumber | None


async def prepare(
    tx: AsyncConnection, caller: Principal, keys: Keys, recording: Recording
) -> Prepared:
    """Return what a change would do, with its families held; nothing is written.

    Raises Refused: not_found, outside_your_regions, reason_too_short, and what the kind asks for.
    """
    asked = recording.asked
    _check_words(recording)
    rules.check_times(asked, in_wib(clock.utc_now()).date())
    if asked.kind == "moved_in_province" and not _is_village(asked.to_region_code):
        raise Refused("region_unknown")
    kk = None
    if recording.new_kk and asked.kind in {"split", "kk_changed"}:
        kk = kk_number(keys.sealer, keys.index, recording.new_kk)
        if await household_with_kk(tx, kk.index) is not None:
            raise Refused("change_kk_known")
    other_id = await _other_of(tx, keys, recording)
    ids = [recording.household_id, *([other_id] if other_id else [])]
    found = await locked_households(tx, ids)
    if recording.household_id not in found:
        raise Refused("not_found")
    caller.demand_region(found[recording.household_id]["region_code"])
    family = await read_family(tx, found[recording.household_id])
    # A family elsewhere is answered like none: what joins it would tell who lives in it.
    if other_id and not caller.covers(found[other_id]["region_code"]):
        raise Refused("change_other_family")
    other = await read_family(tx, found[other_id]) if other_id else None
    if recording.corrects_id is not None:
        made = await plan_back(tx, family, recording.corrects_id)
    else:
        made = plan(family, asked, other)
    return Prepared(family, other, made, kk)


def _check_words(recording: Recording) -> None:
    if len(recording.reason) < rules.REASON_CHARACTERS_MIN:
        raise Refused("reason_too_short", characters=rules.REASON_CHARACTERS_MIN)
    if recording.evidence_kind not in rules.EVIDENCE:
        raise Refused("change_evidence_missing")
    typed = f"{recording.reason} {recording.evidence_number}"
    if DIGITS_16.search("".join(typed.split())):
        raise Refused("change_number_in_words")


def _is_village(code: str) -> bool:
    return code in all_regions() and LEVELS[len(code)] == "village"


async def _other_of(tx: AsyncConnection, keys: Keys, recording: Recording) -> UUID | None:
    """Return the family that joins, found by the KK number that was typed."""
    if recording.asked.kind != "merge":
        return None
    number = kk_number(keys.sealer, keys.index, recording.other_kk)
    found = await household_with_kk(tx, number.index)
    if found is None:
        raise Refused("change_other_family")
    other: UUID = found["id"]
    return other


async def record(
    tx: AsyncConnection, caller: Principal, keys: Keys, recording: Recording
) -> RowMapping:
    """Record a change for another person to confirm; a repeat gets the first answer.

    Raises Refused: id_reused, change_waits_already, and those of `prepare`.
    """
    digest = _digest_of(keys, caller, recording)
    earlier = await find(tx, recording.id)
    if earlier is None:
        await _record_new(tx, caller, keys, recording, digest)
        earlier = await find(tx, recording.id)
    if earlier is None or bytes(earlier["request_hash"]) != digest:
        raise Refused("id_reused")
    return earlier


async def _record_new(
    tx: AsyncConnection, caller: Principal, keys: Keys, recording: Recording, digest: bytes
) -> None:
    ready = await prepare(tx, caller, keys, recording)
    if not await _is_first(tx, recording, ready.plan):
        return
    await tx.execute(queries.INSERT_CHANGE, _row(caller, recording, ready, digest))
    await audit.record(
        tx,
        caller,
        "change.recorded",
        "household",
        recording.household_id,
        region_code=ready.family.region_code,
        details={"change_id": str(recording.id), "kind": recording.asked.kind},
    )


async def _is_first(tx: AsyncConnection, recording: Recording, made: Plan) -> bool:
    """Tell whether this recording is not there yet; raises Refused when another one waits.

    The families are held, so the same recording a moment earlier is seen by now.
    """
    touched = [step.household_id for step in made.families] + [recording.household_id]
    if await tx.scalar(queries.WAITING, {"household_ids": touched}) is not None:
        if await find(tx, recording.id) is None:
            raise Refused("change_waits_already")
        return False
    if recording.corrects_id is not None:
        undone = {"corrects_id": recording.corrects_id}
        if await tx.scalar(queries.UNDONE_ALREADY, undone):
            raise Refused("change_cannot_be_undone")
    return True


def _row(caller: Principal, recording: Recording, ready: Prepared, digest: bytes) -> dict[str, Any]:
    asked, family, other = recording.asked, ready.family, ready.other
    other_id = other.household_id if other else asked.new_household_id
    goes_to = other.region_code if other else asked.to_region_code or family.region_code
    return {
        "id": recording.id,
        "kind": asked.kind,
        "household_id": recording.household_id,
        "other_household_id": other_id,
        "corrects_id": recording.corrects_id,
        "region_code": family.region_code,
        "to_region_code": goes_to,
        "happened_on": asked.happened_on,
        "reason": recording.reason,
        "evidence_kind": recording.evidence_kind,
        "evidence_number": recording.evidence_number or None,
        "request": _as_json(asked),
        "request_hash": digest,
        "kk_index": ready.kk.index if ready.kk else None,
        "kk_sealed": ready.kk.sealed if ready.kk else None,
        "plan": ready.plan.as_json(),
        "plan_hash": ready.plan.digest(),
        "recorded_by": caller.subject,
        "recorded_by_name": caller.name,
    }


async def find(tx: AsyncConnection, change_id: UUID) -> RowMapping | None:
    """Return a change, or None."""
    found = await tx.execute(queries.CHANGE, {"change_id": change_id})
    return found.mappings().one_or_none()


def asked_of(request: dict[str, Any]) -> Asked:
    """Return what was asked from how it is stored."""
    ids = {name: tuple(UUID(one) for one in request[name]) for name in LISTS}
    one = {name: UUID(request[name]) if request[name] else None for name in SINGLES}
    day = {
        name: date.fromisoformat(request[name]) if request[name] else None for name in ("until_on",)
    }
    happened_on = date.fromisoformat(request["happened_on"])
    return Asked(**{**request, **ids, **one, **day, "happened_on": happened_on})


LISTS = ("person_ids", "enrolment_ids")
SINGLES = ("head_id", "new_household_id")


def _as_json(asked: Asked) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(json.dumps(asdict(asked), default=str))
    return whole


def _digest_of(keys: Keys, caller: Principal, recording: Recording) -> bytes:
    numbers = [
        keys.index.of("kk", "".join(one.split())).hex() if one else ""
        for one in (recording.new_kk, recording.other_kk)
    ]
    said = [
        caller.subject,
        str(recording.household_id),
        _as_json(recording.asked),
        recording.reason,
        recording.evidence_kind,
        recording.evidence_number,
        str(recording.corrects_id),
        numbers,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()
