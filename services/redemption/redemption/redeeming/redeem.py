"""Families use their rights at partners: once for each id, and never more than there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.cards.identify import Presented, TrustedKeys, identify_again
from redemption.companions.note import unuse, use
from redemption.payments.at_counter import why_not_in_cash
from redemption.redeeming import line_queries
from redemption.redeeming.batch_queries import EVENT, TELL
from redemption.redeeming.lines import Redemption
from redemption.redeeming.record_many import find_at, record_at, situations_at
from redemption.redeeming.rules import Attempt, Situation, Wanted, is_answered_by
from redemption.redeeming.rules_of_many import (
    Again,
    Key,
    Verdict,
    judge_all,
    key_of,
    versions_after,
)
from redemption.redeeming.statement_queries import Fetches, InTransaction
from redemption.redeeming.tell import told_of

# What a rival has spoilt is judged again with the rival's line before it; a third time only where
# a card's state changed in between.
PASSES_MAX = 3
# A right that somebody else holds keeps its whole batch waiting; by itself it may wait longer.
BATCH_LOCK_TIMEOUT = "300ms"

Outcome = Redemption | Refused


class StillMoving(Exception):
    """What the acts are judged by changed each time that they were judged."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a counter asks for, and the card that was shown, or why it was none of ours."""

    caller: Principal
    wanted: Wanted
    at: datetime
    shown: Presented | Refused


@dataclass(slots=True)
class _Try:
    """An act on its way: by what it was judged, how, and what came of it."""

    act: Act
    attempt: Attempt | None
    verdict: Verdict | None = None
    situation: Situation | None = None
    outcome: Outcome | None = None
    # Whoever collects was counted for it in this transaction.
    has_place: bool = False


async def redeem_all(
    tx: AsyncConnection, trusted: TrustedKeys, acts: Sequence[Act]
) -> list[Outcome]:
    """Return for each act its line (a repeat's is the first one, for ever) or its refusal.

    Refusals are noted and returned, not raised: whatever they are, the transaction is committed.
    Raises StillMoving, and then nothing may be committed.
    """
    tries = [_Try(act, attempt_of(act)) for act in acts]
    for _ in range(PASSES_MAX):
        if not (pending := [one for one in tries if one.outcome is None]):
            break
        await _pass(tx, trusted, pending, BATCH_LOCK_TIMEOUT if len(acts) > 1 else None)
    if any(one.outcome is None for one in tries):
        raise StillMoving
    # Counted, and then the card ceased to count before the line was written.
    await unuse(tx, [one.act.wanted.id for one in tries if one.has_place and _is_refused(one)])
    refused = [one for one in tries if _is_refused(one)]
    await _say_when_first(tx, refused)
    await _note(tx, refused)
    return [one.outcome for one in tries if one.outcome is not None]


def _is_refused(one: _Try) -> bool:
    return isinstance(one.outcome, Refused)


async def _pass(
    tx: AsyncConnection, trusted: TrustedKeys, tries: Sequence[_Try], lock_timeout: str | None
) -> None:
    """Judge, write, and look up what was answered before; what is spoilt stays without outcome.

    The happy path looks for no earlier line: the statement that writes finds it.
    """
    place = InTransaction(tx)
    known = [(one, one.attempt) for one in tries if one.attempt is not None]
    attempts = [attempt for _, attempt in known]
    situations = await situations_at(place, attempts, lock_timeout=lock_timeout)
    verdicts = judge_all(attempts, situations)
    for (one, _), situation, verdict in zip(known, situations, verdicts, strict=True):
        one.situation, one.verdict = situation, verdict
    await _use_companions(tx, tries)
    await _write(place, [one for one in tries if isinstance(one.verdict, Redemption)])
    unwritten = [one for one in tries if one.outcome is None]
    if unwritten:
        earlier = await find_at(place, [one.act.wanted.id for one in unwritten])
        for one in unwritten:
            one.outcome = _answer(trusted, one, earlier.get(one.act.wanted.id))


async def _use_companions(tx: AsyncConnection, tries: Sequence[_Try]) -> None:
    """Count for good that somebody collects for a family; without a note nobody does.

    Whoever was judged by what such an act would have left is judged again in the next pass.
    """
    untaken: set[Key] = set()
    for one in tries:
        right = one.situation.entitlement if one.situation is not None else None
        if right is not None and key_of(right) in untaken:
            one.verdict = Again()
        line = one.verdict
        if not isinstance(line, Redemption) or line.companion_id is None:
            continue
        try:
            await use(
                tx,
                act_id=line.id,
                companion_id=line.companion_id,
                household_id=line.household_id,
                now=one.act.at,
            )
            one.has_place = True
        except Refused as refusal:
            one.verdict = refusal
            untaken.update([key_of(right)] if right is not None else [])


async def _write(place: Fetches, tries: Sequence[_Try]) -> None:
    """Write lines with the events that tell of them; tell of fewer when some are spoilt."""
    lines = [one.verdict for one in tries if isinstance(one.verdict, Redemption)]
    rights = [one.situation.entitlement for one in tries if one.situation is not None]
    expected = versions_after([right for right in rights if right is not None])
    versions = await record_at(place, lines, told=told_of(lines, expected))
    for one, line, version in zip(tries, lines, versions, strict=True):
        one.outcome = line if version is not None else None
    if None in versions:
        written = [
            (line, version)
            for line, version in zip(lines, versions, strict=True)
            if version is not None
        ]
        rows = told_of([line for line, _ in written], [version for _, version in written])
        await TELL.fetch(place, {f"event_{name}": [row[name] for row in rows] for name in EVENT})


def _answer(trusted: TrustedKeys, one: _Try, line: Redemption | None) -> Outcome | None:
    if line is None:
        refusal = one.verdict if one.attempt is not None else one.act.shown
        return refusal if isinstance(refusal, Refused) else None
    attempt = one.attempt
    if attempt is None:
        # The card ran out, or its key did, after the first answer was given.
        try:
            then = identify_again(trusted, one.act.wanted.shown, line.redeemed_at)
        except Refused as refusal:
            return refusal
        attempt = _attempt(one.act, then)
    return line if is_answered_by(line, attempt) else Refused("id_reused")


def attempt_of(act: Act) -> Attempt | None:
    """Return an act as the rules see it, or None where the card was none of ours."""
    return _attempt(act, act.shown) if isinstance(act.shown, Presented) else None


def _attempt(act: Act, shown: Presented) -> Attempt:
    return Attempt(
        wanted=act.wanted,
        card_id=shown.card_id,
        card_reading=shown.reading,
        partner_id=partner_of(act.caller),
        operator=act.caller.subject,
        operator_name=act.caller.name,
        at=act.at,
        terminal_id=act.caller.terminal_id,
    )


def partner_of(caller: Principal) -> UUID:
    """Return the partner that a caller serves at; raises Refused no_partner."""
    if caller.partner_id is None:
        raise Refused("no_partner")
    return caller.partner_id


async def _say_when_first(tx: AsyncConnection, tries: Sequence[_Try]) -> None:
    """Put into "already collected" when and where that was."""
    used = [
        (one, one.situation.entitlement)
        for one in tries
        if isinstance(one.outcome, Refused) and one.outcome.code == "already_redeemed"
        if one.situation is not None and one.situation.entitlement is not None
    ]
    if not used:
        return
    latest = await line_queries.latest_of(tx, {right.household_id for _, right in used})
    for one, right in used:
        line = latest.get((right.household_id, right.cycle_id, right.benefit_id, right.whose))
        if line is not None:
            one.outcome = Refused("already_redeemed", **line.facts)
        if right.kind == "cash":
            by_bank = await why_not_in_cash(tx, right.household_id)
            key = (right.cycle_id, right.benefit_id, right.whose)
            one.outcome = by_bank.get(key, one.outcome)


async def _note(tx: AsyncConnection, tries: Sequence[_Try]) -> None:
    entries = [
        _refused(one.act.caller, one.outcome) for one in tries if isinstance(one.outcome, Refused)
    ]
    await audit.record_all(tx, entries)


async def note_refusal(tx: AsyncConnection, caller: Principal, refusal: Refused) -> None:
    """Note a refusal: it told the partner something about a family.

    The transaction has to be committed, so the refusal is then answered and not raised.
    """
    await audit.record_all(tx, [_refused(caller, refusal)])


def _refused(caller: Principal, refusal: Refused) -> dict[str, Any]:
    return audit.entry(
        caller,
        "redemption.refused",
        "partner",
        caller.partner_id,
        details={"refusal": refusal.code},
    )
