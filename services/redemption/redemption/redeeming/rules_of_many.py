"""How several attempts are judged together: one after the other, with what the last one left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from common.problems import Refused
from redemption.entitlements.rules import Entitlement
from redemption.redeeming.lines import Redemption
from redemption.redeeming.rules import Attempt, Situation, decide, is_answered_by

Key = tuple[UUID, UUID, UUID, UUID]


@dataclass(frozen=True, slots=True)
class Again:
    """The attempt has a line already, here or in the table: that line is looked at, not this."""


# A line to be written, a line that answers for an earlier attempt of the same batch, or a refusal.
Verdict = Redemption | Refused | Again
Decide = Callable[[Attempt, Situation], Redemption]


def judge_all(
    attempts: Sequence[Attempt], situations: Sequence[Situation], judge: Decide = decide
) -> list[Verdict]:
    """Return what becomes of each attempt, judged in this order; nothing is written yet.

    Two attempts on one right are judged by what the first one leaves. An id that is there already,
    in the table or earlier in the batch, gives Again (or the refusal id_reused, where the batch's
    own line answers another question).
    """
    rights: dict[Key, Entitlement] = {}
    lines: dict[UUID, Redemption] = {}
    verdicts: list[Verdict] = []
    for attempt, situation in zip(attempts, situations, strict=True):
        verdicts.append(_judge(attempt, situation, rights, lines, judge))
    return verdicts


def _judge(
    attempt: Attempt,
    situation: Situation,
    rights: dict[Key, Entitlement],
    lines: dict[UUID, Redemption],
    judge: Decide,
) -> Verdict:
    earlier = lines.get(attempt.wanted.id)
    if earlier is not None:
        return Again() if is_answered_by(earlier, attempt) else Refused("id_reused")
    if situation.has_line:
        return Again()
    right = situation.entitlement
    if right is not None:
        right = rights.get(key_of(right), right)
        situation = replace(situation, entitlement=right)
    try:
        line = judge(attempt, situation)
    except Refused as refusal:
        return refusal
    lines[line.id] = line
    if right is not None:
        rights[key_of(right)] = left_of(right, line)
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
