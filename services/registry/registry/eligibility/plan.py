"""What decides a programme's families: a version of criteria, the overlap matrix, and their SQL.

A pair of the matrix is judged like one more criterion: `overlap:pkh`. An exception that a person
granted to a family is one of its facts, so that it is seen in the decision.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registry.eligibility.facts import FACTS, Fact
from registry.eligibility.family_facts import Asked
from registry.eligibility.grammar import Kind
from registry.eligibility.overlap_rules import OUTSIDE, Pair, words_of
from registry.eligibility.rules import KINDS, MET, NOT_MET, UNKNOWN, Criterion
from registry.eligibility.sql_of import names_in, sql_of

# Families with an exception, and families on another programme of ours on the day.
_EXCEPTIONS = """
    LEFT JOIN (SELECT household_id AS of_household, array_agg(other_code) AS codes
        FROM overlap_exceptions
        WHERE programme_id = :programme_id AND valid_from <= :facts_on
          AND (valid_to IS NULL OR valid_to >= CAST(:facts_on AS date)) AND ended_at IS NULL
        GROUP BY household_id) granted ON granted.of_household = s.id"""
_ENROLMENTS = """
    LEFT JOIN (SELECT e.household_id AS of_household, array_agg(DISTINCT o.code) AS codes
        FROM enrolments e JOIN programmes o ON o.id = e.programme_id
        JOIN cycles c ON c.id = e.cycle_id
        WHERE e.programme_id <> :programme_id AND (e.ended_at IS NULL OR e.ended_at > now())
          AND CAST(:facts_on AS date) BETWEEN c.opens_on AND c.closes_on
        GROUP BY e.household_id) enrolled ON enrolled.of_household = s.id"""


@dataclass(frozen=True, slots=True)
class Plan:
    """The criteria in their order, the overlap's last, and the facts that they name."""

    criteria: tuple[Criterion, ...]
    asked: Asked

    @property
    def kinds(self) -> dict[str, Kind]:
        """Return the kind of each fact that is named."""
        return {name: fact.kind for name, fact in self.asked.facts.items()}

    def outcomes_sql(self, prefix: str = "") -> list[str]:
        """Return SQL for each criterion's outcome: met, not_met or unknown."""
        found = []
        for one in self.criteria:
            failed = UNKNOWN if one.is_for_review else NOT_MET
            answer = sql_of(one.expression, self.kinds, prefix)
            found.append(
                f"CASE ({answer}) WHEN TRUE THEN '{MET}' WHEN FALSE THEN '{failed}' "
                f"ELSE '{UNKNOWN}' END"
            )
        return found


def plan_of(criteria: Sequence[Criterion], pairs: Iterable[Pair] = ()) -> Plan:
    """Return how families are decided by these criteria under these pairs of the matrix."""
    overlaps = [one for one in pairs if one.outcome != "allow"]
    named = set[str]().union(*(names_in(one.expression, KINDS) for one in criteria))
    more: dict[str, tuple[Fact, str]] = {}
    joins = _EXCEPTIONS if overlaps else ""
    if any(one.other_code not in OUTSIDE for one in overlaps):
        joins += _ENROLMENTS
    judged = list(criteria)
    for pair in overlaps:
        other = pair.other_code
        words = words_of(pair)
        exception = Fact("yes_no", words.exception_id, words.exception_en, "")
        more[f"allowed_{other}"] = (exception, _in_codes("granted", other))
        if other in OUTSIDE:
            on = OUTSIDE[other]
            named.add(on)
        else:
            on = f"enrolled_{other}"
            enrolled = Fact("yes_no", words.enrolled_id, words.enrolled_en, "")
            more[on] = (enrolled, _in_codes("enrolled", other))
        judged.append(
            Criterion(
                f"overlap:{other}",
                f"allowed_{other} || !{on}",
                words.id,
                words.en,
                pair.reason_id,
                pair.reason_en,
                is_for_review=pair.outcome == "flag",
            )
        )
    names = tuple(name for name in FACTS if name in named) + tuple(more)
    return Plan(tuple(judged), Asked(names, more, joins))


def _in_codes(table: str, code: str) -> str:
    return f"coalesce('{code}' = ANY({table}.codes), false)"
