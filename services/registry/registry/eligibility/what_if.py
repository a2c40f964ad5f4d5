"""What a version would mean for the whole registry, before anybody approves it. Writes nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.eligibility import bulk
from registry.eligibility.evaluate import PROVINCE, Basis
from registry.eligibility.family_facts import BY_REGION, family_facts
from registry.eligibility.plan import Plan
from registry.eligibility.rules import ELIGIBLE, INELIGIBLE, NEEDS_REVIEW, UNKNOWN
from registry.people.queries import SHOWN_HEAD

FAMILIES_MAX = 500
# Who is on the programme's list today.
_RUNNING = """
    SELECT DISTINCT e.household_id FROM enrolments e JOIN cycles c ON c.id = e.cycle_id
    WHERE e.programme_id = :programme_id AND (e.ended_at IS NULL OR e.ended_at > now())
      AND CAST(:facts_on AS date) BETWEEN c.opens_on AND c.closes_on"""


@dataclass(slots=True)
class Counts:
    """Families by what the version says and whether they are on the running list."""

    eligible: int = 0
    needs_review: int = 0
    ineligible: int = 0
    running: int = 0
    enters: int = 0
    leaves: int = 0
    running_for_review: int = 0

    def add(self, outcome: str, families: int, *, was_on: bool) -> None:
        """Count families of one outcome."""
        setattr(self, outcome, getattr(self, outcome) + families)
        if was_on:
            self.running += families
            self.leaves += families if outcome == INELIGIBLE else 0
            self.running_for_review += families if outcome == NEEDS_REVIEW else 0
        else:
            self.enters += families if outcome == ELIGIBLE else 0


@dataclass(slots=True)
class WhatIf:
    """The whole, by region, and for families to be reviewed the criteria and facts in the way."""

    total: Counts = field(default_factory=Counts)
    regions: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    open_criteria: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    missing_facts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    failed_criteria: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True, slots=True)
class Money:
    """What a number of families costs a year, and what the ceiling allows."""

    families: int
    amount_rupiah: int
    rounds: int
    ceiling_rupiah: int

    @property
    def round_rupiah(self) -> int:
        """Return what one round costs."""
        return self.families * self.amount_rupiah

    @property
    def year_rupiah(self) -> int:
        """Return what all rounds cost."""
        return self.round_rupiah * self.rounds

    @property
    def over_rupiah(self) -> int:
        """Return by how much the ceiling is exceeded; negative is what is left."""
        return self.year_rupiah - self.ceiling_rupiah

    @property
    def rounds_within(self) -> int:
        """Return how many whole rounds for everybody the ceiling pays."""
        return self.ceiling_rupiah // self.round_rupiah if self.round_rupiah else self.rounds

    @property
    def families_within(self) -> int:
        """Return how many families the ceiling pays in every round."""
        price = self.amount_rupiah * self.rounds
        return self.ceiling_rupiah // price if price else self.families

    @property
    def amount_within(self) -> int:
        """Return the largest amount a round, in whole thousands, that the ceiling pays."""
        shares = self.families * self.rounds
        return self.ceiling_rupiah // shares // 1000 * 1000 if shares else self.amount_rupiah


async def what_if(tx: AsyncConnection, basis: Basis, region_code: str, width: int) -> WhatIf:
    """Run a version over a region's families; by regions whose codes have `width` characters."""
    statement = _counting(basis.plan, is_whole=region_code == PROVINCE)
    values = {
        "region_prefix": f"{region_code}%",
        "width": width,
        "programme_id": basis.programme_id,
        **basis.dates(),
    }
    await tx.execute(bulk.MORE_MEMORY)
    rows = (await tx.execute(statement, bulk.bound(statement, values))).mappings()
    return _summed(basis.plan, rows)


def _summed(plan: Plan, rows: Iterable[Mapping[str, Any] | RowMapping]) -> WhatIf:
    found = WhatIf()
    for row in rows:
        outcome, families = row["outcome"], row["families"]
        for counts in (found.total, found.regions[row["region"]]):
            counts.add(outcome, families, was_on=row["was_on"])
        for place, one in enumerate(plan.criteria):
            answer = row[f"o{place}"]
            if outcome == NEEDS_REVIEW and answer == UNKNOWN:
                found.open_criteria[one.code] += families
            elif outcome == INELIGIBLE and answer == "not_met":
                found.failed_criteria[one.code] += families
        if outcome == NEEDS_REVIEW:
            for name in plan.asked.names:
                found.missing_facts[name] += row[f"missing_{name}"]
    return found


def _counting(plan: Plan, *, is_whole: bool) -> TextClause:
    """Return the statement: families are gathered by their facts first, and then judged."""
    names = plan.asked.names
    found = family_facts(plan.asked, BY_REGION, has_ids=False, is_whole=is_whole)
    named = "".join(f", any_value(f.{name}) AS {name}" for name in names)
    places = [f"o{place}" for place in range(len(plan.criteria))]
    judged = "".join(
        f", {sql} AS {place}" for sql, place in zip(plan.outcomes_sql("g."), places, strict=True)
    )
    missing = "".join(
        f", CAST(coalesce(sum(families) FILTER (WHERE {name} IS NULL), 0) AS bigint)"
        f" AS missing_{name}"
        for name in names
    )
    every = "".join(f", {place}" for place in places)
    return text(f"""
        WITH running AS MATERIALIZED ({_RUNNING}), gathered AS (
            SELECT left(f.region_code, :width) AS region, r.household_id IS NOT NULL AS was_on,
                   {plan.asked.packed("f.")} AS combination, count(*) AS families {named}
            FROM ({found}) f LEFT JOIN running r ON r.household_id = f.household_id
            GROUP BY 1, 2, 3
        ), judged AS (
            SELECT g.* {judged} FROM gathered g
        )
        SELECT region, was_on, {bulk.outcome_of(places)} AS outcome,
               CAST(sum(families) AS bigint) AS families {every} {missing}
        FROM judged GROUP BY region, was_on, outcome {every}
    """)  # noqa: S608


async def changing_families(
    tx: AsyncConnection, basis: Basis, village: str, change: str
) -> Sequence[RowMapping]:
    """Return the families of a village that would enter, leave or wait for review."""
    plan = basis.plan
    places = [f"o{place}" for place in range(len(plan.criteria))]
    judged = "".join(
        f", {sql} AS {place}" for sql, place in zip(plan.outcomes_sql("f."), places, strict=True)
    )
    found = family_facts(plan.asked, BY_REGION, has_ids=False)
    wanted = {
        "enters": f"outcome = '{ELIGIBLE}' AND NOT was_on",
        "leaves": f"outcome = '{INELIGIBLE}' AND was_on",
        "review": f"outcome = '{NEEDS_REVIEW}'",
    }[change]
    statement = text(f"""
        WITH running AS MATERIALIZED ({_RUNNING}), judged AS (
            SELECT f.household_id, r.household_id IS NOT NULL AS was_on {judged}
            FROM ({found}) f LEFT JOIN running r ON r.household_id = f.household_id
        ), settled AS (
            SELECT j.*, {bulk.outcome_of(places)} AS outcome FROM judged j
        )
        SELECT s.*, h.name AS head_name FROM settled s
        {SHOWN_HEAD.format(household="s.household_id")}
        WHERE {wanted} ORDER BY h.name, s.household_id LIMIT {FAMILIES_MAX}
    """)  # noqa: S608
    values = {"region_prefix": village, "programme_id": basis.programme_id, **basis.dates()}
    return (await tx.execute(statement, bulk.bound(statement, values))).mappings().all()
