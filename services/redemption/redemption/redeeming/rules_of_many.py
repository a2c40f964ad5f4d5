"""How several attempts are judged together: one after the other, with what the last one left."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from common.problems import Refused
from redemption.entitlements.rules import Entitlement
from redemption.redeeming.lines import Redemption
from redemption.redeeming.rules import Attempt, Situation, decide

Key = tuple[UUID, UUID, UUID, UUID]


@dataclass(frozen=True, slots=True)
class Again:
    """The attempt's id has a line already, in the table or earlier in the batch: look there."""


# A line to be written, word that there is one, or a refusal.
Verdict = Redemption | Refused | Again
Decide = Callable[[Attempt, Situation], Redemption]


def judge_all(
    attempts: Sequence[Attempt], situations: Sequence[Situation], judge: Decide = decide
) -> list[Verdict]:
    """Return what becomes of each attempt, judged in this order; nothing is written yet.

    Two attempts on one right are judged by what the first one leaves. An id that is there already,
    in the table or earlier in the batch, gives Again: once all is written, its line is the answer
    (find_many) if it answers the question (is_answered_by), and else the id was reused.
    """
    used: dict[Key, tuple[Entitlement, Redemption]] = {}
    ids: set[UUID] = set()
    verdicts: list[Verdict] = []
    for attempt, situation in zip(attempts, situations, strict=True):
        verdicts.append(_judge(attempt, situation, used, ids, judge))
    return verdicts


def _judge(
    attempt: Attempt,
    situation: Situation,
    used: dict[Key, tuple[Entitlement, Redemption]],
    ids: set[UUID],
    judge: Decide,
) -> Verdict:
    if situation.has_line or attempt.wanted.id in ids:
        return Again()
    right = situation.entitlement
    key = key_of(right) if right is not None else None
    if key in used:
        # Few rights are used twice in a batch: only then is it worked out what was left.
        right = left_of(*used[key])
        situation = replace(situation, entitlement=right)
    try:
        line = judge(attempt, situation)
    except Refused as refusal:
        return refusal
    ids.add(line.id)
    if key is not None and right is not None:
        used[key] = (right, line)
    return line


def key_of(right: Entitlement) -> Key:
    """Return the key of a right."""
    return (right.household_id, right.cycle_id, right.benefit_id, right.whose)


def left_of(right: Entitlement, line: Redemption) -> Entitlement:
    """Return a right as a line leaves it."""
    return replace(
        right,
        remaining_quantity=line.remaining_quantity,
        remaining_rupiah=line.remaining_rupiah,
        version=right.version + 1,
    )


def versions_after(rights: Sequence[Entitlement]) -> list[int]:
    """Return the version of each right after a line on it, in this order; all as they were read."""
    taken: Counter[Key] = Counter()
    versions = []
    for right in rights:
        taken[key_of(right)] += 1
        versions.append(right.version + taken[key_of(right)])
    return versions
