"""Criteria as pure functions: three-valued, over named facts. Missing is unknown, never "no"."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cel

from common.problems import Refused
from registry.eligibility.facts import FACTS
from registry.eligibility.grammar import Kind, parse

MET, NOT_MET, UNKNOWN = "met", "not_met", "unknown"
ELIGIBLE, INELIGIBLE, NEEDS_REVIEW = "eligible", "ineligible", "needs_review"
OUTCOMES = (ELIGIBLE, INELIGIBLE, NEEDS_REVIEW)
# Logic, comparison and sums of what is known; nothing that could surprise an auditor.
LOGIC = frozenset({"!_", "_&&_", "_||_", "_?_:_"})
COMPARISONS = frozenset({"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in"})
FUNCTIONS = LOGIC | COMPARISONS | {"_+_", "_-_"}
EXPRESSION_CHARACTERS_MAX = 500
REASON_CHARACTERS_MIN = 10

Inputs = Mapping[str, bool | int | None]

# The name, type and words of every fact that an expression may name.
VARIABLES: dict[str, tuple[type, str, str]] = {
    name: (bool if fact.kind == "yes_no" else int, fact.words_id, fact.words_en)
    for name, fact in FACTS.items()
}
KINDS: dict[str, Kind] = {name: fact.kind for name, fact in FACTS.items()}


@dataclass(frozen=True, slots=True)
class Criterion:
    code: str
    expression: str
    words_id: str = ""
    words_en: str = ""
    evidence_id: str = ""
    evidence_en: str = ""
    # What does not hold is left to a person; it never excludes.
    is_for_review: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What criteria say: the outcome, and each criterion's own."""

    outcome: str
    outcomes: tuple[tuple[str, str], ...]


@lru_cache(maxsize=512)
def compiled(expression: str) -> cel.Program:
    """Return an expression ready to run; raises Refused when it may not be one of ours."""
    if len(expression) > EXPRESSION_CHARACTERS_MAX:
        raise Refused("criterion_unreadable", expression=expression[:60])
    try:
        program = cel.compile(expression)
    except ValueError as error:
        raise Refused("criterion_unreadable", expression=expression) from error
    if not set(program.functions()) <= FUNCTIONS:
        raise Refused("criterion_unreadable", expression=expression)
    return program


def demand_rule(expression: str) -> None:
    """Refuse what is no rule over our facts, by the engine and by our own grammar.

    Raises Refused: criterion_unreadable, criterion_names_unknown_fact, criterion_mixes_kinds,
    criterion_not_yes_or_no.
    """
    if len(expression) <= EXPRESSION_CHARACTERS_MAX:
        parse(expression, KINDS)
    compiled(expression)


def judge(expression: str, inputs: Inputs) -> str:
    """Return met, not_met or unknown.

    A fact that is not known is left out of the context, so that CEL's own logic applies: `false
    && unknown` is false, `true || unknown` is true, and anything else with it is an error, which
    here means unknown. So does any other error: a rule that stumbles excludes nobody.
    """
    known = {name: value for name, value in inputs.items() if value is not None}
    try:
        answer = compiled(expression).execute(known)
    except (RuntimeError, TypeError, ValueError, KeyError, OverflowError):
        return UNKNOWN
    return {True: MET, False: NOT_MET}[answer] if isinstance(answer, bool) else UNKNOWN


def judge_one(one: Criterion, inputs: Inputs) -> str:
    """Return a criterion's outcome; one that is only for review never says not met."""
    answer = judge(one.expression, inputs)
    return UNKNOWN if answer == NOT_MET and one.is_for_review else answer


def decide(criteria: Sequence[Criterion], inputs: Inputs) -> Finding:
    """Return the outcome: ineligible if a criterion is not met, review if one is unknown."""
    outcomes = tuple((one.code, judge_one(one, inputs)) for one in criteria)
    found = {outcome for _, outcome in outcomes}
    if NOT_MET in found:
        return Finding(INELIGIBLE, outcomes)
    if UNKNOWN in found or not outcomes:
        return Finding(NEEDS_REVIEW, outcomes)
    return Finding(ELIGIBLE, outcomes)


def content_hash(version: Mapping[str, Any], criteria: Sequence[Criterion]) -> bytes:
    """Return the hash that an approval fixes: the decree, its dates and every criterion's words."""
    body = {
        "decree": [version["decree_number"], version["decree_on"].isoformat()],
        "valid": [
            version["valid_from"].isoformat(),
            version["valid_to"].isoformat() if version["valid_to"] else None,
        ],
        "fact_age_days_max": version["fact_age_days_max"],
        "criteria": [
            [one.code, one.expression, one.words_id, one.words_en, one.evidence_id, one.evidence_en]
            for one in criteria
        ],
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()
