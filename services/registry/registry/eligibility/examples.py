"""Made-up families on which a draft is tried: what they are like, and what it should say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from registry.eligibility import queries
from registry.eligibility.evaluate import criteria_of
from registry.eligibility.facts import FACTS
from registry.eligibility.rules import OUTCOMES, Criterion, Finding, Inputs, decide

EXAMPLES_MAX = 50


@dataclass(frozen=True, slots=True)
class Tried:
    """An example, and what the criteria say about it now."""

    id: UUID
    name: str
    inputs: Mapping[str, Any]
    expected: str
    finding: Finding

    @property
    def passes(self) -> bool:
        """Tell whether the criteria say what is expected."""
        return self.finding.outcome == self.expected


async def own_draft(tx: AsyncConnection, caller: Principal, version_id: UUID) -> RowMapping:
    """Return a draft held for its drafter; raises Refused for anybody and anything else."""
    found = (await tx.execute(queries.LOCK_VERSION, {"version_id": version_id})).mappings()
    version = found.one_or_none()
    if version is None:
        raise Refused("not_found")
    if version["state"] != "draft":
        raise Refused("criteria_approved")
    if version["drafted_by"] != caller.subject:
        raise Refused("draft_of_another")
    return version


async def add_example(
    tx: AsyncConnection,
    caller: Principal,
    version_id: UUID,
    example_id: UUID,
    *,
    name: str,
    inputs: Mapping[str, Any],
    expected: str,
) -> None:
    """Keep an example with a draft; a repeat changes nothing.

    Raises Refused: not_found, criteria_approved, draft_of_another, invalid_input.
    """
    await own_draft(tx, caller, version_id)
    earlier = await examples_of(tx, version_id)
    if len(earlier) >= EXAMPLES_MAX or expected not in OUTCOMES or not name.strip():
        raise Refused("invalid_input")
    values = {
        "id": example_id,
        "criteria_version_id": version_id,
        "name": " ".join(name.split()),
        "inputs": checked_inputs(inputs),
        "expected": expected,
    }
    await tx.execute(queries.INSERT_EXAMPLE, values)
    await audit.record(tx, caller, "criteria.example", "criteria_version", version_id)


def checked_inputs(inputs: Mapping[str, Any]) -> dict[str, bool | int | None]:
    """Return the facts of an example; raises Refused for one that we don't have or can't be."""
    checked: dict[str, bool | int | None] = {}
    for name, value in inputs.items():
        fact = FACTS.get(name)
        is_right = fact is not None and (
            value is None
            or (fact.kind == "yes_no" and isinstance(value, bool))
            or (
                fact.kind == "number"
                and isinstance(value, int)
                and not isinstance(value, bool)
                and 0 <= value <= fact.highest
            )
        )
        if not is_right:
            raise Refused("example_fact_impossible", name=name)
        checked[name] = value
    return checked


async def remove_example(
    tx: AsyncConnection, caller: Principal, version_id: UUID, example_id: UUID
) -> None:
    """Take an example from a draft; raises Refused."""
    await own_draft(tx, caller, version_id)
    wanted = {"version_id": version_id, "example_id": example_id}
    await tx.execute(queries.DELETE_EXAMPLE, wanted)
    await audit.record(tx, caller, "criteria.example", "criteria_version", version_id)


async def examples_of(tx: AsyncConnection, version_id: UUID) -> Sequence[RowMapping]:
    """Return a version's examples in the order in which they were added."""
    return (await tx.execute(queries.EXAMPLES, {"version_id": version_id})).mappings().all()


async def try_examples(tx: AsyncConnection, version_id: UUID) -> list[Tried]:
    """Run a version on its examples, by the engine that explains single families."""
    criteria = await criteria_of(tx, version_id)
    return [tried(criteria, row) for row in await examples_of(tx, version_id)]


def tried(criteria: Sequence[Criterion], row: RowMapping) -> Tried:
    """Return an example with what the criteria say about it."""
    inputs: Inputs = row["inputs"]
    return Tried(row["id"], row["name"], inputs, row["expected"], decide(criteria, inputs))


def demand_proof(tries: Sequence[Tried]) -> None:
    """Refuse criteria that are not shown to say each outcome, or say another than expected."""
    missing = [one for one in OUTCOMES if one not in {each.expected for each in tries}]
    if missing:
        raise Refused("examples_missing", count=len(missing))
    failing = [one for one in tries if not one.passes]
    if failing:
        raise Refused("examples_fail", count=len(failing))
